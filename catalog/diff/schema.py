"""Compare two schemas node by node.

One pair of schemas at one place is compared once, whatever number of operations use it: the result
holds the facts at the node itself and edges to the pairs below. `expand.py` then walks from each
use along the edges. So cost follows the size of the documents, not the number of paths through
them, and a schema that holds itself is a plain cycle in a graph.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import transitions
from .document import Documents
from .policy import Policy
from .rule import PROPERTY_OF, Place
from .values import MISSING, equal, plain

NEVER: dict[str, Any] = {"not": {}}  # the schema `false`
ALWAYS: dict[str, Any] = {}  # the schema `true`


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """What a module of rules does with a pair of schemas, and the keywords that concern it."""

    keywords: frozenset[str]
    check: Callable[["Node"], None]


# Where one of these differs, an edit of several keywords may be one change.
_TRANSITIONS = frozenset({"type", "oneOf", "anyOf"})


class Setting(NamedTuple):
    """What a schema's use tells about it: whether values keep their JSON type on the wire, as in
    JSON media types, and the operation's grace days between deprecation and removal."""

    typed: bool
    grace_days: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One change at a node, before it is known which use it is reported for."""

    rule: str
    predicate: str
    at: tuple[str, ...]
    inside: tuple[str, ...]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Edge:
    """A pair of schemas below a node: where, how a person calls the step, and what."""

    at: tuple[str, ...]
    label: tuple[str, ...]
    before: Any
    after: Any
    place: Place


@dataclass(slots=True)
class Compared:
    """What one pair of schemas gave."""

    facts: list[Fact] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


class Node:
    """One pair of schemas under comparison, as the rules see it."""

    def __init__(
        self,
        *,
        base: dict[str, Any],
        revision: dict[str, Any],
        place: Place,
        setting: Setting,
        schemas: "Schemas",
    ) -> None:
        self.base = base
        self.revision = revision
        self.place = place
        self.typed = setting.typed
        self.grace_days = setting.grace_days
        self.schemas = schemas
        self.differing = frozenset(
            key
            for key in base.keys() | revision.keys()
            if not schemas.documents.same(base.get(key, MISSING), revision.get(key, MISSING))
        )
        self.transition = (
            transitions.recognise(base, revision, schemas)
            if not self.differing.isdisjoint(_TRANSITIONS)
            else None
        )
        self.result = Compared()
        self._handled: set[str] = set()

    @property
    def root(self) -> bool:
        """Whether this is the whole body, parameter or header, not something inside it."""
        return self.place.child != self.place.prefix and self.place not in PROPERTY_OF.values()

    def get(self, key: str, default: Any = MISSING) -> tuple[Any, Any]:
        """The keyword's value on both sides."""
        return self.base.get(key, default), self.revision.get(key, default)

    def differs(self, key: str) -> bool:
        """Whether the keyword is not the same on both sides, as text."""
        before, after = self.get(key)
        return not equal(before, after)

    def flag(self, key: str) -> tuple[bool, bool]:
        """Whether the keyword is on, on both sides; it is spoken for unless it holds no boolean."""
        values = self.get(key)
        if all(value is MISSING or isinstance(value, bool) for value in values):
            self.handled(key)
        return values[0] is True, values[1] is True

    def claims(self, kind: str) -> bool:
        """Whether the recognised transition already explains changes of this kind here."""
        return self.transition is not None and kind in self.transition.claims

    def handled(self, *keys: str) -> None:
        """These keywords are spoken for: what differs in them was reported or is explained."""
        self._handled.update(keys)

    def was_handled(self, key: str) -> bool:
        """Whether some rule spoke for this keyword."""
        return key in self._handled

    def untold(self) -> list[str]:
        """Keywords that differ and that no rule has spoken for."""
        return sorted(key for key in self.differing - self._handled if self.differs(key))

    def emit(
        self,
        suffix: str,
        predicate: str,
        *,
        at: Iterable[str] = (),
        inside: Iterable[str] = (),
        before: Any = MISSING,
        after: Any = MISSING,
        prefix: str | None = None,
    ) -> None:
        """Report a change: rule `<place>-<suffix>` at the keyword `at` of this node.

        `inside` names a property below the node that the sentence is about.
        """
        rule = f"{prefix if prefix is not None else self.place.prefix}-{suffix}"
        self.emit_rule(rule, predicate, at=at, inside=inside, before=before, after=after)

    def emit_rule(
        self,
        rule: str,
        predicate: str,
        *,
        at: Iterable[str] = (),
        inside: Iterable[str] = (),
        before: Any = MISSING,
        after: Any = MISSING,
    ) -> None:
        """As `emit`, with the whole rule id."""
        self.result.facts.append(
            Fact(rule, predicate, tuple(at), tuple(inside), plain(before), plain(after))
        )

    def descend(
        self,
        at: Iterable[str],
        label: Iterable[str],
        before: Any,
        after: Any,
        *,
        as_property: bool = False,
    ) -> None:
        """Compare a pair of schemas below this one, unless they are the same.

        `as_property`: the pair is a named property, whose readOnly and writeOnly its object tells.
        """
        if self.schemas.documents.same(before, after):
            return
        at, label = tuple(at), tuple(label)
        self.result.edges.append(Edge(at, label, before, after, PROPERTY_OF[self.place.child]))
        if not as_property:
            self._mutability(at, label, before, after)
        beside = beside_reference(self.schemas.documents, before, after)
        if beside is not None:
            self.emit_rule(
                "reference-sibling-changed",
                "has other words beside its reference",
                at=at,
                inside=label,
                before=beside[0],
                after=beside[1],
            )

    def _mutability(
        self, at: tuple[str, ...], label: tuple[str, ...], before: Any, after: Any
    ) -> None:
        old, new = self.schemas.view(before, "base"), self.schemas.view(after, "revision")
        for keyword in ("readOnly", "writeOnly"):
            was, becomes = old.get(keyword) is True, new.get(keyword) is True
            if was != becomes:
                self.emit(
                    "mutability-changed",
                    f"{keyword} is {'on' if becomes else 'off'} now",
                    at=(*at, keyword),
                    inside=label,
                    before=was,
                    after=becomes,
                    prefix=PROPERTY_OF[self.place.child].prefix,
                )

    @property
    def read_only(self) -> bool:
        """A request property that the revision takes from no caller."""
        return self.place.direction == "request" and self.revision.get("readOnly") is True

    @property
    def write_only(self) -> bool:
        """A response property that the revision gives to no caller."""
        return self.place.direction == "response" and self.revision.get("writeOnly") is True


class Schemas:
    """All schema pairs of one comparison, each compared once a place."""

    def __init__(
        self,
        documents: Documents,
        checks: Sequence[SchemaCheck],
        finish: Callable[[Node], None],
        policy: Policy,
        *,
        harmonise_base: bool = False,
        harmonise_revision: bool = False,
    ) -> None:
        """`harmonise_*`: that side is in the older dialect and is read as the newer one."""
        self.documents = documents
        self.policy = policy
        self._checks = checks
        self._finish = finish
        self._harmonise = {"base": harmonise_base, "revision": harmonise_revision}
        self._views: dict[tuple[str, int], dict[str, Any]] = {}
        self._kept: list[Any] = []
        self._seen: set[tuple[int, int]] = set()
        self._compared: dict[tuple[int, int, Place, Setting], Compared] = {}

    def view(self, node: Any, side: str) -> dict[str, Any]:
        """The schema at a node as an object: references followed, booleans and dialects evened."""
        document = self.documents.base if side == "base" else self.documents.revision
        resolved = document.resolve(node)
        if resolved is True or resolved is MISSING:
            return ALWAYS
        if resolved is False:
            return NEVER
        key = (side, id(resolved))
        if key in self._views:
            return self._views[key]
        if not isinstance(resolved, dict):
            view: dict[str, Any] = {"": resolved}
        elif self._harmonise[side]:
            view = harmonised(resolved)
        else:
            view = resolved
        self._views[key] = view
        self._kept.append(resolved)
        return view

    def compare(self, before: Any, after: Any, place: Place, setting: Setting) -> Compared:
        """The facts and edges of one pair at one place."""
        base, revision = self.view(before, "base"), self.view(after, "revision")
        key = (id(base), id(revision), place, setting)
        if key not in self._compared:
            node = Node(base=base, revision=revision, place=place, setting=setting, schemas=self)
            for each in self._checks:
                if node.transition is not None or not node.differing.isdisjoint(each.keywords):
                    each.check(node)
            self._finish(node)
            self._compared[key] = node.result
        self._seen.add(
            (
                id(self.documents.base.origin(self.documents.base.resolve(before))),
                id(self.documents.revision.origin(self.documents.revision.resolve(after))),
            )
        )
        return self._compared[key]

    @property
    def seen(self) -> set[tuple[int, int]]:
        """The pairs of nodes that were compared at any place, by identity."""
        return self._seen

    def identity(self, before: Any, after: Any, place: Place) -> tuple[int, int, Place]:
        """What tells one pair from another when walking in circles."""
        return id(self.view(before, "base")), id(self.view(after, "revision")), place


def beside_reference(documents: Documents, before: Any, after: Any) -> tuple[Any, Any] | None:
    """What stands beside a `$ref` where the dialect ignores it, if that differs."""
    old, new = (
        {key: value for key, value in side.items() if key != "$ref"}
        if isinstance(side, dict) and "$ref" in side and not document.siblings_count
        else {}
        for side, document in ((before, documents.base), (after, documents.revision))
    )
    return None if equal(old, new) else (old, new)


def harmonised(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of OpenAPI 3.0 as 3.1 writes it: nullability, exclusive bounds and examples."""
    result = dict(schema)
    nullable = result.pop("nullable", None)
    kind = result.get("type")
    if nullable is True and isinstance(kind, str):
        result["type"] = [kind, "null"]
    for bound, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        flag = result.get(exclusive)
        if isinstance(flag, bool):
            del result[exclusive]
            if flag and bound in result:
                result[exclusive] = result.pop(bound)
    if "example" in result and "examples" not in result:
        result["examples"] = [result.pop("example")]
    return result
