"""Charges: a tenant's month as it is priced now, kept beside the use it is made from."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from billing.meters import meters
from billing.models import Charge, ConsumerPlan, DirtyMonth, RiskSince, UnpostedMonth
from billing.models.ledger import Kind
from billing.models.prices import Aggregate
from billing.months import bounds, days_in
from billing.rating.allocate import allocate
from billing.rating.cards import CardBook, load_cards
from billing.rating.lines import Due
from billing.rating.month import Month, Plans
from billing.rating.shared import costs_in, shared_dues
from billing.rating.slices import slices, unique_slices
from billing.rating.unsettled import unsettled_dues
from catalog.models import Api, Plan
from marketplace import clock

RATED = {Kind.USAGE, Kind.FLAT, Kind.MINIMUM, Kind.SHARED, Kind.RESERVATION}
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 19))"
USED = """
SELECT DISTINCT s.application_id, s.api_id, s.meter FROM billing_usageseries s
WHERE s.tenant_id = %s AND EXISTS (
  SELECT FROM billing_usagerollup r WHERE r.series_id = s.id AND r.grain = 'd'
    AND r.start >= %s AND r.start < %s)
"""


def rate_month(*, tenant_id: UUID, month: date) -> int:
    """Price a tenant's month anew from its rollups and keep the charges that differ.

    Runs in one transaction, one at a time for a tenant's month; returns how many lines changed.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"billing:rate:{tenant_id}:{month}"])
        DirtyMonth.objects.filter(tenant_id=tenant_id, month=month).delete()
        dues = load_month(tenant_id=tenant_id, month=month).rate()
        dues += unsettled_dues(tenant_id=tenant_id, month=month)
        dues += shared_dues(costs_in(tenant_id=tenant_id, month=month), dues)
        return keep(
            dues, tenant_id=tenant_id, month=month,
            kinds=RATED,
        )  # fmt: skip


def rate_dirty(*, wait: timedelta = timedelta(0)) -> list[tuple[UUID, date]]:
    """Price every month that is out of date for longer than `wait`; returns which."""
    due = DirtyMonth.objects.filter(since__lte=clock.now() - wait).order_by("since")
    rated = []
    for tenant_id, month in due.values_list("tenant_id", "month"):
        rate_month(tenant_id=tenant_id, month=month)
        rated.append((tenant_id, month))
    return rated


def mark_dirty(*, api_ids: Iterable[UUID], since: datetime, tenant_id: UUID | None = None) -> None:
    """Note that months using some APIs from a time on must be priced again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_dirtymonth (tenant_id, month, since)"
            " SELECT DISTINCT r.tenant_id,"
            " date_trunc('month', r.start AT TIME ZONE 'UTC')::date, %s::timestamptz"
            " FROM billing_usageseries s JOIN billing_usagerollup r ON r.series_id = s.id"
            " AND r.grain = 'd' AND r.start >= date_trunc('month', %s::timestamptz, 'UTC')"
            " WHERE s.api_id = ANY(%s) AND (%s::uuid IS NULL OR s.tenant_id = %s)"
            " ORDER BY 1, 2 ON CONFLICT DO NOTHING",
            [clock.now(), since, list(api_ids), tenant_id, tenant_id],
        )


def load_month(
    *, tenant_id: UUID, month: date, book: CardBook | None = None, terms_only: bool = False
) -> Month:
    """All that a month is rated from; `book` in place of the stored cards (a preview).

    `terms_only` leaves out the use itself and writes nothing.
    """
    start, end = bounds(month)
    with connection.cursor() as cursor:
        cursor.execute(USED, [tenant_id, start, end])
        used = cursor.fetchall()
    pairs = {(application, api) for application, api, _ in used if api}
    api_ids = {api for _, api in pairs}
    if not terms_only:
        _pin_risks(api_ids)
    book = book or load_cards(api_ids)
    plans = _plans(tenant_id, pairs, pin=not terms_only)
    changes = {since for timed in plans.values() for since, _ in timed[1:]}
    cuts = sorted(book.cuts(start, end) | {time for time in changes if start < time < end})
    known = meters({meter for *_, meter in used})
    until = min(end - timedelta(microseconds=1), max(clock.now(), start))
    if terms_only:
        return Month(tenant_id, start, until, cuts, book, plans, known)
    unique = {slug for slug, meter in known.items() if meter.aggregate == Aggregate.UNIQUE}
    parts = slices(tenant_id=tenant_id, start=start, end=end, cuts=cuts, special=book.special())
    if unique:
        parts = [part for part in parts if part.meter not in unique]
        parts += unique_slices(tenant_id=tenant_id, start=start, end=end, cuts=cuts)
    return Month(tenant_id, start, until, cuts, book, plans, known, parts)


def keep(dues: list[Due], *, tenant_id: UUID, month: date, kinds: Collection[str]) -> int:
    """Make the stored charges of some kinds be these; returns how many lines changed."""
    days = days_in(month)
    now = clock.now()
    stored = {
        row.line_key: row
        for row in Charge.across.filter(tenant_id=tenant_id, month=month, kind__in=kinds)
    }
    new, changed = [], []
    for due in dues:
        key = due.about.key(tenant_id, month)
        by_day = _by_day(due, days)
        row = stored.pop(key, None)
        if row is None:
            new.append(_charge(due, tenant_id, month, key, by_day, now))
        elif (row.quantity, row.amount_micros, row.by_day, row.rule) != (
            due.quantity, due.amount_micros, by_day, due.rule,
        ):  # fmt: skip
            row.quantity, row.amount_micros = due.quantity, due.amount_micros
            row.by_day, row.rule, row.rated_at = by_day, due.rule, now
            changed.append(row)
    Charge.across.bulk_create(new, batch_size=2000)
    Charge.across.bulk_update(
        changed, ["quantity", "amount_micros", "by_day", "rule", "rated_at"], batch_size=500
    )
    if stored:
        Charge.across.filter(id__in=[row.id for row in stored.values()]).delete()
    count = len(new) + len(changed) + len(stored)
    if count:
        UnpostedMonth.objects.bulk_create(
            [UnpostedMonth(tenant_id=tenant_id, month=month, since=now)], ignore_conflicts=True
        )
    return count


def _charge(
    due: Due, tenant_id: UUID, month: date, key: UUID, by_day: list[int], now: datetime
) -> Charge:
    about = due.about
    return Charge(
        tenant_id=tenant_id,
        month=month,
        line_key=key,
        kind=about.kind,
        application_id=about.application_id,
        team_id=about.team_id,
        cost_center=about.cost_center,
        api_id=about.api_id,
        provider_id=about.provider_id,
        plan_id=about.plan_id,
        operation_key=about.operation_key,
        meter=about.meter,
        card_id=about.card_id,
        price_id=about.price_id,
        quantity=due.quantity,
        amount_micros=due.amount_micros,
        currency=about.currency,
        rule=due.rule,
        by_day=by_day,
        rated_at=now,
    )


def _by_day(due: Due, days: int) -> list[int]:
    """The amount spread over the days on which the use fell; fees over all of them."""
    weights = [due.days.get(day, Decimal(0)) for day in range(1, days + 1)]
    return allocate(due.amount_micros, weights)


def _plans(tenant_id: UUID, pairs: set[tuple[UUID | None, UUID]], *, pin: bool) -> Plans:
    """The plans of applications over time. Where none is on record the API's default plan is put
    there, so that a later default does not price the past anew."""
    found: dict[tuple[UUID | None, UUID | None], list[tuple[datetime, UUID | None]]]
    found = defaultdict(list)
    applications = {application for application, _ in pairs if application}
    for application, api, since, plan in (
        ConsumerPlan.across.filter(application_id__in=applications)
        .order_by("since")
        .values_list("application_id", "api_id", "since", "plan_id")
    ):
        found[application, api].append((since, plan))
    missing = [(a, api) for a, api in pairs if a is not None and (a, api) not in found]
    defaults = dict(
        Plan.across.filter(api_id__in={api for _, api in missing}, is_default=True).values_list(
            "api_id", "id"
        )
    )
    pinned = [
        ConsumerPlan(
            tenant_id=tenant_id, application_id=a, api_id=api, plan_id=defaults[api], since=ALWAYS
        )
        for a, api in missing
        if api in defaults
    ]
    if pinned and pin:
        ConsumerPlan.across.bulk_create(pinned, ignore_conflicts=True)
    for row in pinned:
        found[row.application_id, row.api_id].append((ALWAYS, row.plan_id))
    return found


def _pin_risks(api_ids: Collection[UUID]) -> None:
    """Keep since when each API has the risk class it has."""
    known: dict[UUID, str] = {}
    for api_id, risk in (
        RiskSince.objects.filter(api_id__in=api_ids).order_by("since").values_list("api_id", "risk")
    ):
        known[api_id] = risk
    now = clock.now()
    RiskSince.objects.bulk_create(
        [
            RiskSince(api_id=api_id, risk=risk, since=now if api_id in known else ALWAYS)
            for api_id, risk in Api.across.filter(id__in=api_ids).values_list("id", "risk")
            if known.get(api_id) != risk
        ],
        ignore_conflicts=True,
    )
