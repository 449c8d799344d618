"""What apps to the right of the catalog add to its pages and reports.

The catalog cannot import billing or keys. They register here, in their AppConfig's `ready()`, a
function for what the catalog cannot know: measured use, prices, health, the true verb of the main
button. Where nobody registered, pages say so or leave the place out. Each function takes all rows
of a page at once, so that a page's queries stay counted.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest

from catalog.models import Api, Operation

Kept = TypeVar("Kept")
KEPT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class ConsumerUse:
    """One application's use of one operation within the days that were looked at."""

    operation_key: str
    tenant_id: UUID
    tenant: str
    team_id: UUID
    team: str
    application: str
    keys: tuple[str, ...]
    calls: int
    last_call_at: datetime | None


@dataclass(frozen=True, slots=True)
class Use:
    """Measured use of an API. `observed` is False where nothing measures its calls: then no
    operation may be called unused. `days` is how far back was looked."""

    observed: bool
    days: int
    lines: tuple[ConsumerUse, ...] = ()


NOT_OBSERVED = Use(observed=False, days=0)


@dataclass(frozen=True, slots=True)
class Action:
    """The page's main button: the verb that is true for this person and this API.

    `note` is the sentence beneath; `drawer` opens the address in the drawer where there is script.
    """

    label: str
    href: str
    icon: str = "key-round"
    primary: bool = True
    drawer: bool = True
    note: str = ""
    note_tone: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What a caller feels: latencies in milliseconds, shares between 0 and 1, calls per day."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    success: float | None = None
    teams: int | None = None
    calls: tuple[int, ...] = ()
    days: tuple[str, ...] = ()

    @property
    def series(self) -> list[tuple[str, int]]:
        """Calls per day as a chart takes them."""
        return list(zip(self.days, self.calls, strict=False))


@dataclass(frozen=True, slots=True)
class Panel:
    """A card on an API's or an operation's page: a template and what it is drawn with."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


UsageReader = Callable[[Api, Collection[str]], Use]
PriceReader = Callable[[Sequence[Api]], Mapping[UUID, str]]
HealthReader = Callable[[Sequence[Api]], Mapping[UUID, Health]]
ActionReader = Callable[[HttpRequest, Sequence[Api]], Mapping[UUID, Action]]
ApiPanel = Callable[[HttpRequest, Api], Panel | None]
OperationPanel = Callable[[HttpRequest, Api, Operation], Panel | None]

_usage: list[UsageReader] = []
_prices: list[PriceReader] = []
_health: list[HealthReader] = []
_actions: list[ActionReader] = []
_api_panels: list[ApiPanel] = []
_operation_panels: list[OperationPanel] = []


def measures_use(reader: UsageReader) -> UsageReader:
    """Register who reads measured use (billing)."""
    _usage[:] = [reader]
    return reader


def names_prices(reader: PriceReader) -> PriceReader:
    """Register who words the price of a call (billing)."""
    _prices[:] = [reader]
    return reader


def measures_health(reader: HealthReader) -> HealthReader:
    """Register who reads latency, success and calls per day (billing)."""
    _health[:] = [reader]
    return reader


def names_actions(reader: ActionReader) -> ActionReader:
    """Register who knows the main button's verb (keys)."""
    _actions[:] = [reader]
    return reader


def adds_api_panel(panel: ApiPanel) -> ApiPanel:
    """Register a card of the API page's Overview."""
    if panel not in _api_panels:
        _api_panels.append(panel)
    return panel


def adds_operation_panel(panel: OperationPanel) -> OperationPanel:
    """Register a card beside an operation: limits, price and policy, try-it."""
    if panel not in _operation_panels:
        _operation_panels.append(panel)
    return panel


def usage_of(api: Api, operation_keys: Collection[str] = ()) -> Use:
    """Measured use of the operations, or of all where none is named."""
    return _usage[0](api, operation_keys) if _usage else NOT_OBSERVED


def prices_of(apis: Sequence[Api]) -> Mapping[UUID, str]:
    """The price of a call by API id; an API without one is missing. At most half a minute old."""
    return _kept("price", _prices[0], apis) if _prices else {}


def health_of(apis: Sequence[Api]) -> Mapping[UUID, Health]:
    """Health by API id; an API that nothing measures is missing. At most half a minute old."""
    return _kept("health", _health[0], apis) if _health else {}


def actions_for(request: HttpRequest, apis: Sequence[Api]) -> Mapping[UUID, Action]:
    """The main button by API id."""
    if _actions and apis:
        return _actions[0](request, apis)
    return {api.id: Action("Get key", f"/apis/{api.slug}/get-key") for api in apis}


def api_panels(request: HttpRequest, api: Api) -> list[Panel]:
    """The cards that others add to the API's page."""
    return [panel for make in _api_panels if (panel := make(request, api)) is not None]


def operation_panels(request: HttpRequest, api: Api, operation: Operation) -> list[Panel]:
    """The cards that others add beside an operation."""
    return [
        panel for make in _operation_panels if (panel := make(request, api, operation)) is not None
    ]


def _kept(
    name: str, reader: Callable[[Sequence[Api]], Mapping[UUID, Kept]], apis: Sequence[Api]
) -> Mapping[UUID, Kept]:
    """What a reader told of the APIs, asked again only for those it was not asked for lately."""
    keys = {f"catalog.{name}.{api.id}": api for api in apis}
    found: dict[str, Kept | None] = cache.get_many(keys)
    missing = [api for key, api in keys.items() if key not in found]
    if missing:
        told = reader(missing)
        fresh = {f"catalog.{name}.{api.id}": told.get(api.id) for api in missing}
        cache.set_many(fresh, KEPT_SECONDS)
        found |= fresh
    return {keys[key].id: value for key, value in found.items() if value is not None}
