"""The overview of costs, the lines beneath it, and the events beneath a line."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from billing.meters import Meter, meters
from billing.models import Charge, LedgerEntry, StatementLine
from billing.models.ledger import Kind
from billing.queries import costs
from billing.queries.costs import DIMENSIONS, InCurrency, Part
from billing.queries.events import Line, events_of, may_see, month_of
from billing.queries.names import Names, names_of
from billing.rest import decode_text, encode
from billing.views import frame
from marketplace.errors import NotFound
from marketplace.rest.authentication import actor_of
from marketplace.ui.charts import Point

SHOWN = 8
PAGE = 50


@frame.page
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What a month costs, by day, API, application and team; budgets; what to look at."""
    actor = actor_of(request)
    tenant = frame.tenant_of_page(actor)
    month = frame.month_of(request)
    found = costs.overview(actor, month=month, currency=tenant.currency)
    main = found.currencies[0] if found.currencies else None
    return frame.show(
        request,
        "overview",
        "overview",
        {
            "tenant": tenant,
            "month": month,
            "months": frame.month_links(month, "/costs"),
            "found": found,
            "main": main,
            "others": found.currencies[1:],
            "sub": tenant.name if actor.is_finance else "What your teams spend",
            "chart_title": "Cost of use by day",
            "chart_value": f"{month:%B %Y}",
            "days": _bars(main) if main else [],
            "to_come": sum(day.expected for day in main.days) if main else 0,
            "parts": _parts(main, f"{month:%Y-%m}") if main else [],
        },
    )


def _bars(main: InCurrency) -> list[Point]:
    return [Point(f"{one.day:%-d %b}", one.amount_micros) for one in main.days]


def _parts(main: InCurrency, month: str) -> list[dict[str, Any]]:
    found = []
    for kind, title in DIMENSIONS.items():
        rows = [part for part in main.parts[kind] if part.amount_micros]
        shown = [Point(_link(part, month), part.amount_micros) for part in rows[:SHOWN]]
        rest = rows[SHOWN:]
        if rest:
            others = sum(part.amount_micros for part in rest)
            shown.append(Point(f"{len(rest)} more", others))
        found.append({"title": title, "points": shown, "count": len(rows)})
    return found


def _link(part: Part, month: str) -> str:
    query = urlencode({"month": month, part.kind: part.id})
    return format_html('<a href="/costs/lines?{}">{}</a>', query, part.name)


@frame.page
@require_GET
def lines(request: HttpRequest) -> HttpResponse:
    """The charges of a month: what each line costs and why, a click from its events."""
    actor = actor_of(request)
    month = frame.month_of(request)
    filters = {name: request.GET.get(name, "") for name in costs.FILTERS}
    for name in ("api", "application", "team"):
        if filters[name] and not _is_id(filters[name]):
            raise NotFound("There is no such thing to narrow by.")
    offset = int(request.GET["at"]) if request.GET.get("at", "").isdigit() else 0
    found = costs.lines(actor, month=month, filters=filters, offset=offset, limit=PAGE)
    known = meters({charge.meter for charge, _ in found.rows if charge.meter})
    names = names_of([filters["api"], filters["application"], filters["team"]])
    keep = {name: value for name, value in filters.items() if value}
    chips = [
        {
            "label": _chip(name, value, names),
            "remove": "/costs/lines?"
            + urlencode(
                {"month": f"{month:%Y-%m}", **{k: v for k, v in keep.items() if k != name}}
            ),
        }
        for name, value in keep.items()
    ]
    query = urlencode({"month": f"{month:%Y-%m}", **keep})
    return frame.show(
        request,
        "lines",
        "lines",
        {
            "month": month,
            "months": frame.month_links(
                month, "/costs/lines", keep=f"&{urlencode(keep)}" if keep else ""
            ),
            "rows": [
                {"charge": charge, "names": names_, "meter": known.get(charge.meter)}
                for charge, names_ in found.rows
            ],
            "totals": found.totals,
            "chips": chips,
            "next": f"/costs/lines?{query}&at={offset + PAGE}" if found.more else "",
            "previous": f"/costs/lines?{query}&at={max(0, offset - PAGE)}" if offset else "",
            "shown": f"{offset + 1}–{offset + len(found.rows)}" if found.rows else "",
        },
    )


@frame.page
@require_GET
def events(request: HttpRequest, kind: str, line_id: UUID) -> HttpResponse:
    """The usage events beneath a charge, a ledger entry or a line of a statement."""
    actor = actor_of(request)
    line = _line(kind, line_id)
    if line is None or not may_see(actor, line):
        raise NotFound("There is no such line.")
    cursor = request.GET.get("cursor", "")
    page = events_of(line, cursor=decode_text(cursor) if cursor else "", limit=PAGE)
    entries = list(
        LedgerEntry.across.filter(
            tenant_id=line.tenant_id, usage_month=month_of(line), line_key=line.line_key
        )
        .select_related("period")
        .order_by("sequence")[:20]
    )
    names = names_of([line.api_id, line.application_id, line.team_id, line.plan_id])
    api = names.name("api", line.api_id, "Unknown API") if line.api_id else ""
    known = meters({event.meter for event in page.events} | {line.meter} - {""})
    return frame.show(
        request,
        "events",
        "lines",
        {
            "line": line,
            "month": month_of(line),
            "meter": known.get(line.meter),
            "meters": known,
            "lines_url": f"/costs/lines?month={month_of(line):%Y-%m}",
            "title": _title(line, api, known),
            "sub": f"{_whose(line, names)} in {month_of(line):%B %Y}",
            "api": api or line.get_kind_display(),
            "api_slug": names.slug("api", line.api_id),
            "application": names.name("application", line.application_id, "Unknown"),
            "team": names.name("team", line.team_id),
            "plan": names.name("plan", line.plan_id),
            "page": page,
            "entries": entries,
            "next": f"?cursor={encode(page.next)}" if page.next else "",
        },
    )


def _title(line: Line, api: str, known: Mapping[str, Meter]) -> str:
    meter = known.get(line.meter)
    what = meter.name if meter else line.get_kind_display()
    return f"{api}: {what}" if api else what


def _whose(line: Line, names: Names) -> str:
    """The application whose cost it is, or the team that bears it."""
    if line.application_id:
        return names.name("application", line.application_id, "Unknown")
    return names.name("team", line.team_id, "Unknown")


def _line(kind: str, line_id: UUID) -> Line | None:
    match kind:
        case "charges":
            return Charge.across.filter(id=line_id).first()
        case "entries":
            return LedgerEntry.across.filter(id=line_id).first()
        case _:
            return StatementLine.across.filter(id=line_id).first()


def _chip(name: str, value: str, names: Names) -> str:
    """What a filter in force is called."""
    if name == "kind" and value in Kind.values:
        return str(Kind(value).label)
    return names.name(name, value, value) if _is_id(value) else value


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
