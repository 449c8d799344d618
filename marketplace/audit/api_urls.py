"""REST paths under /api/v1."""

from django.urls import path

from marketplace.audit.api import AuditLog, Consents, VerifyAudit

urlpatterns = [
    path("audit", AuditLog.as_view(), name="audit"),
    path("audit/verify", VerifyAudit.as_view(), name="audit-verify"),
    path("consents", Consents.as_view(), name="consents"),
]
