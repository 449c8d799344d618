"""Ours against Stripe's: every difference, in words that say what each side has."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import stripe
from django.db import transaction
from django.db.models import Sum

from billing.invoicing.client import stripe_client, trouble
from billing.invoicing.items import first_second, items_of
from billing.invoicing.meters import OLDEST, event_name, meters_at, used
from billing.invoicing.send import LINE, PAGE, REFERENCE, facts_of, items_at, metadata, reference
from billing.invoicing.states import BY_STATUS, RANK, settle
from billing.models import StripeAccount, StripeComparison, StripeInvoice, StripeMeterEvent
from billing.months import first_day
from marketplace import clock

EVERY = timedelta(days=1)
AFTER_FAILURE = timedelta(minutes=15)
LEASE = timedelta(minutes=15)
MOST = 500  # differences kept; more of them say the same


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `kind` is missing, extra, twice, amount, line, status or meter."""

    kind: str
    what: str
    ours: str
    stripe: str
    invoice: str = ""


def compare_due() -> int:
    """Compare the tenants whose turn it is; returns how many."""
    client = stripe_client()
    if client is None:
        return 0
    compared = 0
    while (account := _lease()) is not None:
        compare(client, account)
        compared += 1
    return compared


def _lease() -> StripeAccount | None:
    with transaction.atomic():
        account = (
            StripeAccount.across.select_for_update(skip_locked=True)
            .filter(compare_at__lte=clock.now())
            .order_by("compare_at")
            .first()
        )
        if account is not None:
            account.compare_at = clock.now() + LEASE
            account.save(update_fields=["compare_at"])
    return account


def compare(client: stripe.StripeClient, account: StripeAccount) -> StripeComparison:
    """Compare a tenant's invoices and meters with Stripe's and keep what differs.

    A later state that Stripe has is taken over, and named among the differences once.
    """
    comparison = StripeComparison(tenant_id=account.tenant_id)
    next_time = clock.now() + EVERY
    try:
        ours = list(
            StripeInvoice.across.filter(tenant_id=account.tenant_id).select_related("period")
        )
        found = list(_invoices(client, account, ours))
        comparison.invoices = len(ours)
        counted, differing = _meters(client, account)
        comparison.meters = counted
        comparison.differences = [asdict(one) for one in [*found, *differing][:MOST]]
    except stripe.StripeError as error:
        comparison.failure = trouble(error).text[:500]
        next_time = clock.now() + AFTER_FAILURE
    comparison.save()
    StripeAccount.across.filter(id=account.id).update(compare_at=next_time)
    return comparison


def latest(tenant_id: UUID) -> StripeComparison | None:
    """What the last comparison found."""
    return StripeComparison.across.filter(tenant_id=tenant_id).order_by("-at", "-id").first()


def _invoices(
    client: stripe.StripeClient, account: StripeAccount, ours: list[StripeInvoice]
) -> Iterator[Difference]:
    theirs: dict[str, stripe.Invoice] = {}
    if account.customer_id:
        listed = client.v1.invoices.list({"customer": account.customer_id, "limit": PAGE})
        theirs = {found.id: found for found in listed.auto_paging_iter()}
    for invoice in ours:
        there = theirs.pop(invoice.stripe_id, None) if invoice.stripe_id else None
        if there is None:
            yield _told(invoice, "missing", invoice.get_state_display(), "no such invoice")
        else:
            yield from _one(client, invoice, there)
    references = {reference(invoice) for invoice in ours}
    since = datetime.combine(account.since, time(), UTC).timestamp()
    for there in theirs.values():
        written = metadata(there).get(REFERENCE, "")
        if there.status == "void" or (not written and there.created < since):
            continue
        kind = "twice" if written in references else "extra"
        amount = f"{there.total} {there.currency}, {there.status}"
        yield Difference(kind, there.number or there.id, "no such invoice", amount)


def _one(
    client: stripe.StripeClient, invoice: StripeInvoice, there: stripe.Invoice
) -> Iterator[Difference]:
    ours = f"{invoice.amount} {invoice.currency.lower()}"
    if (there.subtotal, there.currency) != (invoice.amount, invoice.currency.lower()):
        yield _told(invoice, "amount", ours, f"{there.subtotal} {there.currency}")
    if there.total != there.subtotal:
        yield _told(invoice, "amount", ours, f"{there.total} after tax and discounts")
    if invoice.rounding_micros:
        exact = f"{invoice.shown_amount} {invoice.currency}"
        yield _told(invoice, "amount", exact, f"{ours}: Stripe takes no smaller amount")
    yield from _lines(client, invoice)
    state = BY_STATUS[there.status or "draft"]
    # That a payment failed is no status of Stripe's: the invoice is open there.
    if state != invoice.state and (state, invoice.state) != ("open", "failed"):
        before = invoice.get_state_display()
        taken = RANK[state] > RANK[invoice.state]
        if taken:
            with transaction.atomic():
                held = StripeInvoice.across.select_for_update().get(id=invoice.id)
                settle(held, state, at=clock.now(), facts=facts_of(there))
        yield _told(invoice, "status", before, f"{there.status}{', taken over' if taken else ''}")


def _lines(client: stripe.StripeClient, invoice: StripeInvoice) -> Iterator[Difference]:
    wanted = {item.line: item for item in items_of(invoice.period, invoice.currency).items}
    for there in items_at(client, invoice.stripe_id):
        item = wanted.pop(metadata(there).get(LINE, ""), None)
        if item is None:
            what = there.description or there.id
            yield _told(invoice, "line", "no such line", f"{there.amount}: {what[:100]}")
        elif item.amount != there.amount:
            yield _told(invoice, "line", f"line {item.line}: {item.amount}", str(there.amount))
    for item in wanted.values():
        yield _told(invoice, "line", f"line {item.line}: {item.amount}", "no such line")


def _told(invoice: StripeInvoice, kind: str, ours: str, theirs: str) -> Difference:
    what = f"{invoice.period.month:%B %Y}, {invoice.currency}"
    return Difference(kind, what, ours, theirs, str(invoice.id))


def _meters(client: stripe.StripeClient, account: StripeAccount) -> tuple[int, list[Difference]]:
    """Per meter what was used since the month before began, as far back as Stripe takes it."""
    today = clock.now().date()
    first = max(account.since, first_day(first_day(today) - timedelta(days=1)), today - OLDEST)
    ours: dict[str, int] = {}
    for (_, slug), total in used(account, first, today).items():
        ours[slug] = ours.get(slug, 0) + total
    if not account.customer_id or first >= today:
        return 0, []
    known = meters_at(client)
    found = []
    for slug, total in sorted(ours.items()):
        meter_id = known.get(event_name(slug))
        theirs = _summed(client, account, meter_id, first, today) if meter_id else 0
        if theirs != total:
            found.append(
                Difference(
                    "meter",
                    f"{slug} since {first:%-d %B %Y}",
                    f"{total} used{_unsent(account, slug, first)}",
                    str(theirs) if meter_id else "no such meter",
                )
            )
    return len(ours), found


def _summed(
    client: stripe.StripeClient, account: StripeAccount, meter_id: str, first: date, last: date
) -> int:
    listed = client.v1.billing.meters.event_summaries.list(
        meter_id,
        {
            "customer": account.customer_id,
            "start_time": first_second(first),
            "end_time": first_second(last),
            "value_grouping_window": "day",
            "limit": PAGE,
        },
    )
    return round(sum(float(summary.aggregated_value) for summary in listed.auto_paging_iter()))


def _unsent(account: StripeAccount, slug: str, first: date) -> str:
    rows = StripeMeterEvent.across.filter(tenant_id=account.tenant_id, meter=slug, day__gte=first)
    counts = rows.exclude(state="sent").values_list("state").annotate(total=Sum("value"))
    names = dict(StripeMeterEvent.State.choices)
    return "".join(f", {names[state].lower()}: {total}" for state, total in counts)
