"""Reads of the log for pages and REST."""

from django.db.models import QuerySet

from marketplace.audit.models import AuditEntry
from marketplace.tenants.actor import Actor


def entries_for(actor: Actor, *, action: str = "", target: str = "") -> QuerySet[AuditEntry]:
    """The entries an actor may see: an admin or finance all of the tenant's, others their own."""
    rows = AuditEntry.objects.filter(chain=str(actor.tenant_id))
    if not actor.is_finance:
        rows = rows.filter(actor_id=actor.id)
    if action:
        rows = rows.filter(action__startswith=action)
    if target:
        rows = rows.filter(target=target)
    return rows
