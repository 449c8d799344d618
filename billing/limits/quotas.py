"""Quotas: how much of a meter may be used within a window, and how much is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum

from billing.limits.subjects import find_subject, tenant_of
from billing.limits.windows import window_bounds
from billing.meters import meters
from billing.models import Quota, QuotaCounter
from billing.models.limits import Window
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

MOST = 10**15
# What rollups know, for limits that the edge does not count: by the hour at the finest.
ROLLED = """
SELECT q.id, coalesce(sum(r.sum), 0)
FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(subjects)s::uuid[], %(meters)s::text[],
  %(starts)s::timestamptz[]) AS q(id, kind, subject, meter, start)
JOIN billing_usageseries s ON s.meter = q.meter AND CASE q.kind WHEN 'tenant' THEN s.tenant_id
  WHEN 'team' THEN s.team_id WHEN 'application' THEN s.application_id
  WHEN 'api' THEN s.api_id END = q.subject
JOIN billing_usagerollup r ON r.series_id = s.id AND r.grain = 'h' AND r.start >= q.start
GROUP BY q.id
"""


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """A quota and what is used of it in the window around now."""

    quota: Quota
    start: datetime
    end: datetime
    used: int

    @property
    def left(self) -> int:
        return max(0, self.quota.limit - self.used)


def set_quota(
    *,
    actor: Actor,
    subject_kind: str,
    subject: str,
    limit: int,
    window: str,
    meter: str = "requests",
    hard: bool = True,
    sliding: bool = False,
) -> Quota:
    """Set a subject's quota of a meter for a window, in place of the one before.

    Hard ones of the meter `requests` are refused at the edge, exactly at the limit. Raises
    Invalid, Forbidden.
    """
    found = find_subject(actor=actor, kind=subject_kind, named=subject)
    if found.kind not in Quota.Subject.values or found.id is None:
        raise Invalid.at("/subject_kind", f"Choose one of {', '.join(Quota.Subject.values)}.")
    if window not in Window.values:
        raise Invalid.at("/window", f"Choose one of {', '.join(Window.values)}.")
    if not 0 <= limit < MOST:
        raise Invalid.at("/limit", "A limit is a whole number from 0.")
    if meter not in meters([meter]):
        raise Invalid.at("/meter", f"There is no meter {meter!r}.")
    if hard and meter != "requests":
        raise Invalid.at("/hard", "Only requests can be stopped before they are made.")
    with transaction.atomic():
        quota, _ = Quota.across.update_or_create(
            tenant_id=tenant_of(actor),
            subject_kind=found.kind,
            subject_id=found.id,
            meter=meter,
            window=window,
            defaults={
                "subject_name": found.name,
                "limit": limit,
                "hard": hard,
                "sliding": sliding,
            },
        )
        _tell(actor, quota, "quota.changed")
    return quota


def remove_quota(*, actor: Actor, quota_id: UUID) -> None:
    """Take a quota away. Raises NotFound, Forbidden."""
    quota = Quota.across.filter(id=quota_id, tenant_id=tenant_of(actor)).first()
    if quota is None:
        raise NotFound("There is no such quota.")
    find_subject(actor=actor, kind=quota.subject_kind, named=str(quota.subject_id))
    with transaction.atomic():
        _tell(actor, quota, "quota.removed")
        quota.delete()


def _tell(actor: Actor, quota: Quota, action: str) -> None:
    details = {
        "subject": f"{quota.subject_kind}:{quota.subject_id}",
        "meter": quota.meter,
        "limit": quota.limit,
        "window": quota.window,
        "hard": quota.hard,
        "sliding": quota.sliding,
    }
    target = f"quota:{quota.id}"
    record(actor=actor, action=action, target=target, tenant_id=quota.tenant_id, details=details)
    emit(
        "quota.changed",
        tenant_id=quota.tenant_id,
        subject=target,
        data={"quota_id": str(quota.id), "hard": quota.hard},
    )


def visible(actor: Actor) -> QuerySet[Quota]:
    """The quotas an actor may see: finance all of the tenant, others their teams' and the
    tenant's own. Raises Forbidden."""
    rows = Quota.across.filter(tenant_id=tenant_of(actor)).order_by("subject_kind", "subject_name")
    if actor.is_finance:
        return rows
    return rows.filter(
        Q(subject_kind="tenant") | Q(subject_kind="team", subject_id__in=actor.team_roles.keys())
    )


def quota_standings(quotas: Sequence[Quota]) -> list[QuotaStanding]:
    """How quotas stand now: from the edge's counters, or from rollups where it does not count.
    Two queries."""
    now = clock.now()
    spans = {quota.id: _span(quota, now) for quota in quotas}
    counted = dict(
        QuotaCounter.objects.filter(
            quota__in=[quota for quota in quotas if quota.hard],
            window_start__gte=min((start for start, _ in spans.values()), default=now),
        )
        .filter(_within(quotas, spans))
        .values_list("quota_id")
        .annotate(total=Sum("used") + Sum("leased"))
    )
    soft = [quota for quota in quotas if quota.id not in counted and quota.subject_kind != "key"]
    rolled: dict[UUID, int] = {}
    if soft:
        # A quota of an API counts the use of all tenants.
        with platform_scope(), connection.cursor() as cursor:
            cursor.execute(
                ROLLED,
                {
                    "ids": [quota.id for quota in soft],
                    "kinds": [quota.subject_kind for quota in soft],
                    "subjects": [quota.subject_id for quota in soft],
                    "meters": [quota.meter for quota in soft],
                    "starts": [spans[quota.id][0] for quota in soft],
                },
            )
            rolled = {quota_id: int(used) for quota_id, used in cursor.fetchall()}
    return [
        QuotaStanding(quota, *spans[quota.id], counted.get(quota.id, rolled.get(quota.id, 0)))
        for quota in quotas
    ]


def _span(quota: Quota, now: datetime) -> tuple[datetime, datetime]:
    start, end = window_bounds(quota.window, now)
    if not quota.sliding:
        return start, end
    length = end - start if quota.window != Window.MONTH else timedelta(days=30)
    return now - length, now


def _within(quotas: Sequence[Quota], spans: dict[UUID, tuple[datetime, datetime]]) -> Q:
    found = Q(pk__in=[])
    for quota in quotas:
        start, end = spans[quota.id]
        found |= Q(quota_id=quota.id, window_start__gte=start, window_start__lt=end)
    return found
