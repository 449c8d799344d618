"""The frame's content: four top-level items, the account menu, theme and shortcuts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.tenants.actor import Actor
from marketplace.ui.badges import initials

THEMES = ("light", "dark", "system")
Counter = Callable[[HttpRequest], int]
_counters: dict[str, Counter] = {}


@dataclass(frozen=True, slots=True)
class Item:
    """A top-level place; `go` is its letter after `g`, `under` the paths that belong to it."""

    key: str
    label: str
    href: str
    icon: str
    go: str
    under: tuple[str, ...]


CATALOG = Item("catalog", "Catalog", "/", "layout-grid", "c", ("/apis", "/search", "/operations"))
ACCESS = Item("access", "My access", "/access", "key-round", "a", ("/access", "/inbox"))
PUBLISH = Item("publish", "Publish", "/publish", "upload", "p", ("/publish", "/owner"))
COSTS = Item("costs", "Costs", "/costs", "chart-column", "b", ("/costs", "/finance"))
ADMIN = Item("admin", "Admin", "/admin-console", "shield", "m", ("/admin-console",))


@dataclass(frozen=True, slots=True)
class Link:
    """An item as this request sees it."""

    item: Item
    current: bool
    request: HttpRequest

    @property
    def count(self) -> int:
        """What waits there for this person; asked only when the frame is drawn."""
        counter = _counters.get(self.item.key)
        return counter(self.request) if counter else 0


def counts(key: str) -> Callable[[Counter], Counter]:
    """Register what counts the things waiting under an item ("access" for approvals)."""

    def register(counter: Counter) -> Counter:
        _counters[key] = counter
        return counter

    return register


def _is_current(item: Item, path: str) -> bool:
    return path == item.href or any(
        path == start or path.startswith(f"{start}/") for start in item.under
    )


def theme_of(request: HttpRequest) -> str:
    """The theme a person chose: light, dark or, unchosen, the system's."""
    chosen = request.COOKIES.get("theme", "system")
    return chosen if chosen in THEMES else "system"


def shortcuts_of(request: HttpRequest) -> bool:
    """Whether single keys act (WCAG 2.1.4): on, unless switched off here or in the account."""
    if request.COOKIES.get("shortcuts") == "off":
        return False
    user = getattr(request, "user", None)
    return bool(getattr(user, "shortcuts", True)) if user else True


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor. No query: roles come with `request.actor`, counts when drawn."""
    actor: Actor = getattr(request, "actor", None) or Actor.anonymous()
    items = [CATALOG, ACCESS, PUBLISH, COSTS] if actor.tenant_id else []
    if actor.is_platform_admin:
        items.append(ADMIN)
    return {
        "brand": settings.BRAND,
        "actor": actor,
        "initials": initials(actor.label),
        "navigation": [Link(item, _is_current(item, request.path), request) for item in items],
        "signup_open": settings.SIGNUP_OPEN,
        "theme": theme_of(request),
        "shortcuts": shortcuts_of(request),
    }
