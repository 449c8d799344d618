"""Reads for the API's pages: one query for the frame around all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import JSONObject

from catalog.apis import may_publish
from catalog.capabilities import BY_ID, Capability
from catalog.listing import visible_to
from catalog.models import Api, ApiCapability, Operation, Plan, Subscription, Version
from marketplace import clock
from marketplace.errors import NotFound
from marketplace.tenants.actor import Actor

EVENT_KINDS = ("send", "receive", "webhook", "callback")
TREE_FIELDS = ("slug", "method", "title", "path", "group", "deprecated", "position", "kind")
MOST_IN_GROUP = 120
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """One version in the switch of the page's head."""

    version: str
    breaking: int
    published_at: datetime
    served: bool


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as its card shows it."""

    slug: str
    name: str
    summary: str
    price_text: str
    limits: Mapping[str, Any]
    is_default: bool


@dataclass(slots=True)
class ApiPage:
    """An API with what every tab of its page shows."""

    api: Api
    version: Version | None
    versions: list[VersionChoice]
    capabilities: list[Capability]
    plans: list[PlanLine]
    watched: bool
    owned: bool

    @property
    def is_served(self) -> bool:
        """Whether the version shown is the one that callers get."""
        return self.version is not None and self.version.id == self.api.served_version_id

    @property
    def query(self) -> str:
        """What an address within the page needs to stay at this version."""
        return "" if self.is_served or self.version is None else f"?version={self.version.version}"

    @property
    def outline(self) -> Mapping[str, Any]:
        return self.version.outline if self.version else {}

    @property
    def groups(self) -> list[Mapping[str, Any]]:
        groups: list[Mapping[str, Any]] = self.outline.get("groups", [])
        return groups

    @property
    def days_left(self) -> int | None:
        """Whole days until it stops answering; None where it has no end, or has ended."""
        left = self.api.sunset_at - clock.now() if self.api.sunset_at else None
        return left.days if left is not None and left.days >= 0 else None

    @property
    def default_plan(self) -> PlanLine | None:
        return next((plan for plan in self.plans if plan.is_default), None)


def page_of(actor: Actor, slug: str, label: str = "") -> ApiPage:
    """The API's page at a version, by default the served one: one query, two for another version.

    Raises NotFound.
    """
    versions = Version.across.filter(api=OuterRef("pk"), state="published").order_by(
        "-rank", "-published_at"
    )
    plans = Plan.across.filter(api=OuterRef("pk")).order_by("position")
    names = ("slug", "name", "summary", "price_text", "limits", "is_default")
    api = (
        visible_to(actor)
        .select_related("team", "served_version", "successor")
        .annotate(
            listed_versions=ArraySubquery(
                versions.values(
                    row=JSONObject(
                        version=F("version"), breaking=F("breaking_count"), at=F("published_at")
                    )
                )
            ),
            listed_plans=ArraySubquery(plans.values(row=JSONObject(**{n: F(n) for n in names}))),
            purposes=ArraySubquery(
                ApiCapability.across.filter(api=OuterRef("pk"))
                .order_by("capability")
                .values("capability")
            ),
            watched=Exists(
                Subscription.across.filter(api=OuterRef("pk"), user_id=actor.id or NOBODY)
            ),
        )
        .filter(slug=slug)
        .first()
    )
    if api is None:
        raise NotFound(f"There is no API {slug!r}.")
    row: Any = api
    version = api.served_version
    if label and (version is None or label != version.version):
        version = Version.across.filter(api=api, version=label).first()
        if version is None:
            raise NotFound(f"There is no version {label!r} of {api.name}.")
    served = api.served_version.version if api.served_version else ""
    return ApiPage(
        api=api,
        version=version,
        versions=[
            VersionChoice(
                each["version"],
                each["breaking"],
                datetime.fromisoformat(each["at"]),
                each["version"] == served,
            )
            for each in row.listed_versions
        ],
        capabilities=[BY_ID[each] for each in row.purposes if each in BY_ID],
        plans=[PlanLine(**each) for each in row.listed_plans],
        watched=row.watched,
        owned=may_publish(actor, api.team_id),
    )


@dataclass(frozen=True, slots=True)
class Leaf:
    """An operation in the tree."""

    slug: str
    method: str
    title: str
    path: str
    group: str
    deprecated: bool
    position: int
    kind: str
    current: bool = False


@dataclass(slots=True)
class Branch:
    """A group of the tree: open with its operations, or closed with their count."""

    name: str
    count: int
    html: str = ""
    operations: list[Leaf] = field(default_factory=list)
    is_open: bool = False

    @property
    def missing(self) -> int:
        """How many operations of an open group are not drawn."""
        return self.count - len(self.operations) if self.is_open else 0


def operation_at(version: Version, slug: str) -> Operation:
    """One operation by its name in addresses. Raises NotFound."""
    operation = Operation.across.filter(version=version, slug=slug).defer("fields").first()
    if operation is None:
        raise NotFound("There is no such operation in this version.")
    return operation


def tree_of(
    page: ApiPage, *, group: str = "", current: Operation | None = None, kinds: Sequence[str] = ()
) -> list[Branch]:
    """The groups of a version, one of them open with its operations near the current one: one
    query."""
    opened = current.group if current else group
    rows = Operation.across.filter(version=page.version, group=opened)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if current is not None:
        rows = rows.filter(position__gte=max(current.position - MOST_IN_GROUP // 2, 0))
    leaves = [
        replace(leaf, current=current is not None and leaf.slug == current.slug)
        for leaf in _leaves(rows, 0, MOST_IN_GROUP)
    ]
    return [
        Branch(
            name=each["name"],
            count=each["count"],
            html=each.get("html", ""),
            operations=leaves if each["name"] == opened else [],
            is_open=each["name"] == opened,
        )
        for each in page.groups
    ]


def operations_in(
    version: Version, *, offset: int = 0, limit: int = 100, group: str = ""
) -> list[Leaf]:
    """Operations in the document's order."""
    rows = Operation.across.filter(version=version)
    if group:
        rows = rows.filter(group=group)
    return _leaves(rows, offset, limit)


def _leaves(rows: QuerySet[Operation], offset: int, limit: int) -> list[Leaf]:
    return [
        Leaf(*row)
        for row in rows.order_by("position").values_list(*TREE_FIELDS)[offset : offset + limit]
    ]


def first_operation(version: Version) -> Operation | None:
    """What the reference opens with."""
    return Operation.across.filter(version=version).defer("fields").order_by("position").first()


@dataclass(slots=True)
class RowApi:
    """What a line of the catalog shows beyond what the list holds."""

    icon: str
    tone: str
    version: str
    format: str
    format_version: str
    grade: str
    sunset_at: datetime | None
    price: str
    first_call: Mapping[str, Any] | None
    api: Api


def rows_of(ids: Sequence[UUID]) -> dict[UUID, RowApi]:
    """Those by API id: one query."""
    plan = Plan.across.filter(api=OuterRef("pk"), is_default=True)
    apis = (
        Api.across.filter(id__in=list(ids))
        .select_related("team", "served_version")
        .defer("description_html", "served_version__outline")
        .annotate(
            price=plan.values("price_text")[:1],
            default_plan=plan.values("id")[:1],
            lead=KeyTransform("first_call", "served_version__outline"),
        )
    )
    found: dict[UUID, RowApi] = {}
    for api in apis:
        row: Any = api
        version = api.served_version
        found[api.id] = RowApi(
            icon=api.icon,
            tone=api.tone,
            version=version.version if version else "",
            format=version.format if version else api.kind,
            format_version=version.format_version if version else "",
            grade=version.grade if version else "",
            sunset_at=api.sunset_at,
            price=row.price or "",
            first_call=row.lead,
            api=api,
        )
    return found
