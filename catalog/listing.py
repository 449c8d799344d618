"""The catalog as a list: what an actor may see, narrowed by facets with counts."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from catalog.capabilities import BY_ID, children_of, within
from catalog.models import Api
from catalog.models.api import Approval, DataClass, Kind, Lifecycle, Risk, Stage
from marketplace.tenants.actor import Actor

SHOWN_LIFECYCLES = {
    Stage.GA.value: "GA",
    Stage.BETA.value: "Beta",
    Stage.ALPHA.value: "Alpha",
    Lifecycle.DEPRECATED.value: "Retiring",
    Lifecycle.RETIRED.value: "Retired",
    Lifecycle.DRAFT.value: "Draft",
}

ATTRIBUTE_OF = {"protocol": "kind", "lifecycle": "shown_lifecycle"}  # of a line, by facet


@dataclass(frozen=True, slots=True)
class Filters:
    """Values chosen in each facet; several in one facet widen it, facets together narrow."""

    capability: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    lifecycle: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()
    data_class: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    team: tuple[str, ...] = ()

    @classmethod
    def of(cls, chosen: Callable[[str], Sequence[str]]) -> "Filters":
        """From what a query string holds (`request.GET.getlist`); unknown values match nothing."""
        return cls(**{facet.name: tuple(chosen(facet.name)) for facet in fields(cls)})

    @property
    def count(self) -> int:
        """How many values are chosen."""
        return sum(len(getattr(self, facet.name)) for facet in fields(self))


@dataclass(frozen=True, slots=True)
class Listed:
    """An API as a line of the catalog needs it, from one query over all."""

    id: UUID
    slug: str
    name: str
    summary: str
    kind: str
    lifecycle: str
    stage: str
    approval: str
    data_class: str
    risk: str
    team: str
    team_name: str
    operations: int
    capabilities: Sequence[str]

    @property
    def shown_lifecycle(self) -> str:
        return self.stage if self.lifecycle == Lifecycle.ACTIVE else self.lifecycle

    def value_of(self, facet: str) -> Sequence[str]:
        """The API's values in a facet."""
        if facet == "capability":
            return self.capabilities
        return (getattr(self, ATTRIBUTE_OF.get(facet, facet)),)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet, with how many APIs it would show; `within` are narrower ones."""

    value: str
    label: str
    count: int
    chosen: bool
    within: tuple["Option", ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow the list."""

    name: str
    label: str
    options: list[Option] = field(default_factory=list)

    @property
    def chosen(self) -> list[Option]:
        """The values in force, narrower ones included."""
        rows = [inner for option in self.options for inner in (option, *option.within)]
        return [option for option in rows if option.chosen]


def visible_to(actor: Actor) -> QuerySet[Api]:
    """The APIs an actor may see: all but the drafts of teams he is not in."""
    rows = Api.across.all()
    if actor.kind == "system" or actor.is_platform_admin:
        return rows
    return rows.filter(~Q(lifecycle=Lifecycle.DRAFT) | Q(team_id__in=list(actor.team_roles)))


def listed_for(actor: Actor) -> list[Listed]:
    """Every API an actor may see, by name: one query. An API without a version is left out, but
    for the owners of its team."""
    rows = (
        visible_to(actor)
        .filter(Q(served_version__isnull=False) | Q(team_id__in=list(actor.team_roles)))
        .annotate(
            size=Coalesce("served_version__operation_count", 0),
            purposes=ArrayAgg(
                "capabilities__capability", filter=Q(capabilities__isnull=False), default=[]
            ),
        )
        .order_by("name")
        .values_list(
            "id",
            "slug",
            "name",
            "summary",
            "kind",
            "lifecycle",
            "stage",
            "approval",
            "data_class",
            "risk",
            "team__slug",
            "team__name",
            "size",
            "purposes",
        )
    )
    found: list[Any] = list(rows)
    return [Listed(*row) for row in found]


def narrowed(rows: Iterable[Listed], filters: Filters, *, but: str = "") -> list[Listed]:
    """The rows that all facets let through, `but` one."""
    wanted = {
        facet.name: widened(facet.name, getattr(filters, facet.name))
        for facet in fields(filters)
        if getattr(filters, facet.name) and facet.name != but
    }
    if not wanted:
        return list(rows)
    return [
        row
        for row in rows
        if all(not values.isdisjoint(row.value_of(name)) for name, values in wanted.items())
    ]


def facets_of(rows: Sequence[Listed], filters: Filters) -> list[Facet]:
    """The facets with counts: each value's as if its own facet were not narrowed yet."""
    labels: dict[str, tuple[str, Mapping[str, str]]] = {
        "protocol": ("Protocol", dict(Kind.choices)),
        "lifecycle": ("Lifecycle", SHOWN_LIFECYCLES),
        "approval": ("Approval", dict(Approval.choices)),
        "data_class": ("Data class", dict(DataClass.choices)),
        "risk": ("Risk", dict(Risk.choices)),
        "team": ("Owner", {row.team: row.team_name for row in rows}),
    }
    found = [_capability_facet(narrowed(rows, filters, but="capability"), filters)]
    for name, (label, names) in labels.items():
        chosen = getattr(filters, name)
        value_of = attrgetter(ATTRIBUTE_OF.get(name, name))
        counts = Counter(map(value_of, narrowed(rows, filters, but=name)))
        order = sorted(names, key=lambda v: (-counts[v], names[v])) if name == "team" else names
        options = [
            Option(value, str(names[value]), counts[value], value in chosen)
            for value in order
            if counts[value] or value in chosen
        ]
        found.append(Facet(name, label, options))
    return [facet for facet in found if facet.options]


def _capability_facet(rows: Sequence[Listed], filters: Filters) -> Facet:
    """The top of the vocabulary; beneath a chosen one its parts."""

    counts: Counter[str] = Counter()
    for row in rows:
        counts.update({above for id in row.capabilities for above in _lineage(id)})

    def option(id: str, label: str) -> Option:
        opened = not within(id).isdisjoint(filters.capability)
        inner = [option(child.id, child.label) for child in children_of(id)] if opened else []
        return Option(
            id,
            label,
            counts[id],
            id in filters.capability,
            tuple(each for each in inner if each.count or each.chosen),
        )

    options = [option(each.id, each.label) for each in children_of(None)]
    options = [each for each in options if each.count or each.chosen or each.within]
    options.sort(key=lambda each: -each.count)
    return Facet("capability", "Capability", options)


@cache
def _lineage(capability_id: str) -> tuple[str, ...]:
    """Its id and the ids of what it belongs to."""
    parts = capability_id.split(".")
    return tuple(".".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def widened(facet: str, values: Sequence[str]) -> frozenset[str]:
    """What chosen values let through: a capability also what it holds."""
    if facet != "capability":
        return frozenset(values)
    return frozenset(id for value in values if value in BY_ID for id in within(value)) or frozenset(
        values
    )
