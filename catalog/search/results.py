"""What a search answers, as values and as REST writes it."""

from dataclasses import dataclass, field
from typing import Any

from catalog.listing import Facet, Listed
from catalog.search.marking import Part
from catalog.search.ranking import Reason


@dataclass(frozen=True, slots=True)
class OperationHit:
    """An operation that matches, and why. `field` is the schema field that matched where nothing
    else of it did."""

    key: str
    slug: str
    method: str
    path: str
    title: str
    score: float
    reasons: tuple[Reason, ...] = ()
    field: str = ""
    path_parts: tuple[Part, ...] = ()
    title_parts: tuple[Part, ...] = ()

    @property
    def why(self) -> str:
        """The reasons in words: refund in name, payment in path."""
        return why_of(self.reasons)

    @property
    def note(self) -> str:
        """What a page says where its marks cannot: the places that it does not show."""
        shown = {"name", "path"}
        hidden = [each for each in self.reasons if each.place not in shown]
        if self.field:
            hidden = [each for each in hidden if each.place != "field"]
        told = [f"field {self.field}"] if self.field else []
        return ", ".join([*told, *(f"{each.word} in {each.place}" for each in hidden)])


@dataclass(slots=True)
class ApiHit:
    """An API with its matching operations, the best first; `more` were left out."""

    api: Listed
    why: str = ""
    score: float = 0.0
    operations: list[OperationHit] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of the list: `apis` of `total_apis`, from `offset`. `corrections` are words that were
    taken for others, `unknown` words that nothing resembles which the asker may see."""

    q: str
    apis: list[ApiHit]
    facets: list[Facet]
    total_apis: int
    total_operations: int
    offset: int
    filtered: bool = False
    corrections: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def next_offset(self) -> int | None:
        end = self.offset + len(self.apis)
        return end if self.apis and end < self.total_apis else None


def why_of(reasons: tuple[Reason, ...]) -> str:
    """Reasons in words."""
    return ", ".join(f"{each.word} in {each.place}" for each in reasons)


def api_dict(hit: ApiHit) -> dict[str, Any]:
    """A hit as REST answers it, without its operations."""
    api = hit.api
    return {
        "api": api.slug,
        "name": api.name,
        "summary": api.summary,
        "kind": api.kind,
        "lifecycle": api.lifecycle,
        "stage": api.stage,
        "data_class": api.data_class,
        "risk": api.risk,
        "approval": api.approval,
        "team": api.team,
        "capabilities": list(api.capabilities),
        "url": f"/apis/{api.slug}",
        "why": hit.why or None,
        "operations": [],
        "more": hit.more,
    }


def operation_dict(slug: str, operation: OperationHit) -> dict[str, Any]:
    """An operation of an API as REST answers it."""
    return {
        "key": operation.key,
        "method": operation.method,
        "path": operation.path,
        "title": operation.title,
        "why": operation.why,
        "scope": f"{slug}:{operation.key}",
        "url": f"/apis/{slug}/operations/{operation.slug}",
    }


def marked(parts: tuple[Part, ...]) -> str:
    """A text with its hits between **, as Markdown does."""
    return "".join(f"**{part.text}**" if part.hit else part.text for part in parts)


def as_dict(hit: ApiHit, *, marks: bool = False) -> dict[str, Any]:
    """A hit as REST answers it; with `marks` also what matched, marked in its text."""
    operations = []
    for each in hit.operations:
        row = operation_dict(hit.api.slug, each)
        if marks:
            row["matched"] = [{"word": r.word, "place": r.place} for r in each.reasons]
            row["marked"] = {"title": marked(each.title_parts), "path": marked(each.path_parts)}
            row["field"] = each.field or None
        operations.append(row)
    return {**api_dict(hit), "operations": operations}
