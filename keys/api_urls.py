"""REST paths under /api/v1."""

from django.urls import URLPattern, URLResolver, include, path

from keys.api import access, keys, people

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("marketplace.policy.api_urls")),
    path("applications", access.Applications.as_view(), name="applications"),
    path("access-requests", access.AccessRequests.as_view(), name="access-requests"),
    path("access-requests/preview", access.PreviewAccess.as_view(), name="preview-access"),
    path("access-requests/<str:request_id>", access.OneAccessRequest.as_view()),
    path("access-requests/<str:request_id>/approve", access.ApproveAccess.as_view()),
    path("access-requests/<str:request_id>/deny", access.DenyAccess.as_view()),
    path("access-requests/<str:request_id>/delegate", access.DelegateAccess.as_view()),
    path("keys", keys.Keys.as_view(), name="keys"),
    path("keys/revoke", keys.RevokeKeys.as_view()),
    path("keys/<str:key>", keys.OneKey.as_view()),
    path("keys/<str:key>/reveal", keys.RevealKey.as_view()),
    path("keys/<str:key>/rotate", keys.RotateKey.as_view()),
    path("keys/<str:key>/revoke", keys.RevokeKey.as_view()),
    path("leaks", keys.Leaks.as_view(), name="leaks"),
    path("agent-consents", people.AgentConsents.as_view(), name="agent-consents"),
    path("agent-consents/<str:consent_id>/withdraw", people.WithdrawConsent.as_view()),
    path("break-glass", people.BreakGlassRequests.as_view(), name="break-glass"),
    path("break-glass/<str:glass_id>/confirm", people.ConfirmBreakGlass.as_view()),
    path("break-glass/<str:glass_id>/review", people.ReviewBreakGlass.as_view()),
]
