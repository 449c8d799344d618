"""oneOf, anyOf, allOf, not and the discriminator."""

from typing import TYPE_CHECKING, Any, Literal

from ..equivalence import annotates_only
from ..matching import Matching, match, name_of
from ..rule import REQUEST_BODY, RESPONSE_BODY, Rule, schema_rules
from ..transitions import types_of
from ..values import MISSING, listed, show

if TYPE_CHECKING:
    from ..schema import Node

RULES: list[Rule] = [
    *schema_rules("one-of-added", "loosens", "has another oneOf alternative"),
    *schema_rules("one-of-removed", "tightens", "lost a oneOf alternative"),
    *schema_rules(
        "any-of-added", "loosens", "has another anyOf alternative", levels={"response": "info"}
    ),
    *schema_rules("any-of-removed", "tightens", "lost an anyOf alternative"),
    *schema_rules("all-of-added", "tightens", "has to satisfy another allOf part"),
    *schema_rules(
        "all-of-removed",
        "unclear",
        "need not satisfy an allOf part any more",
        levels={"response": "info"},
    ),
    *schema_rules(
        "all-of-added-annotation-only", "neutral", "has another allOf part that limits nothing"
    ),
    *schema_rules(
        "all-of-removed-annotation-only", "neutral", "lost an allOf part that limited nothing"
    ),
    *schema_rules("not-added", "tightens", "excludes values by not"),
    *schema_rules("not-removed", "loosens", "no longer excludes values by not"),
    *schema_rules("not-changed", "unclear", "excludes other values by not"),
    *(
        rule
        for rule in schema_rules(
            "wrapped-in-one-of",
            "tightens",
            "became a oneOf of alternatives",
            levels={"response": "error"},
            places=(REQUEST_BODY, RESPONSE_BODY),
        )
    ),
    *(
        rule
        for action, told in (
            ("added", "is told apart by a discriminator now"),
            ("removed", "is no longer told apart by a discriminator"),
            ("property-name-changed", "is told apart by another property"),
            ("mapping-added", "has new discriminator values"),
            ("mapping-deleted", "lost discriminator values"),
            ("mapping-changed", "maps a discriminator value to another schema"),
        )
        for rule in schema_rules(f"discriminator-{action}", "neutral", told)
    ),
]

Keyword = Literal["oneOf", "anyOf", "allOf"]
_NAMES: dict[Keyword, str] = {"oneOf": "one-of", "anyOf": "any-of", "allOf": "all-of"}

# What makes this module look at a schema.
KEYWORDS = frozenset({"oneOf", "anyOf", "allOf", "not", "discriminator"})


def check(node: "Node") -> None:
    """Report changed alternatives, and walk into those that stand on both sides."""
    for keyword in _NAMES:
        _alternatives(node, keyword)
    _wrapped(node)
    _branches_of_a_list_of_types(node)
    _payload(node)
    _negation(node)
    _discriminator(node)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _alternatives(node: "Node", keyword: Keyword) -> None:
    before, after = node.get(keyword)
    if not all(value is MISSING or isinstance(value, list) for value in (before, after)):
        return
    if before or after:
        node.handled(keyword)
    if node.transition is not None and node.transition.payload is not None:
        return
    matching = match(_list(before), _list(after), node.schemas)
    if not node.claims("structure") or _reports_one_of(node, keyword):
        _report(node, keyword, matching, _list(before), _list(after))
    for i, j in matching.pairs:
        name = name_of(_list(after)[j], j)
        node.descend((keyword, str(j)), (f"{keyword}[{name}]",), _list(before)[i], _list(after)[j])
    if matching.reordered:
        node.emit_rule(
            "order-changed", f"{keyword} alternatives stand in another order", at=(keyword,)
        )


def _reports_one_of(node: "Node", keyword: Keyword) -> bool:
    """A wrapped body is named as such; a wrapped property by its new oneOf alternatives."""
    return (
        keyword == "oneOf"
        and node.transition is not None
        and node.transition.name == "wrapped-in-one-of"
        and node.place not in (REQUEST_BODY, RESPONSE_BODY)
    )


def _report(
    node: "Node", keyword: Keyword, matching: Matching, before: list[Any], after: list[Any]
) -> None:
    for side, nodes, indexes, action, told in (
        ("revision", after, matching.added, "added", "has the new"),
        ("base", before, matching.removed, "removed", "no longer has the"),
    ):
        silent = [
            i
            for i in indexes
            if keyword == "allOf" and annotates_only(nodes[i], side, node.schemas)
        ]
        telling = [i for i in indexes if i not in silent]
        for chosen, suffix in ((telling, ""), (silent, "-annotation-only")):
            if not chosen:
                continue
            names = listed(name_of(nodes[i], i) for i in chosen)
            noun = "part" if keyword == "allOf" else "alternative"
            value = [nodes[i] for i in chosen]
            node.emit(
                f"{_NAMES[keyword]}-{action}{suffix}",
                f"{told} {keyword} {noun}{'s' if len(chosen) > 1 else ''} {names}",
                at=(keyword,),
                before=value if action == "removed" else MISSING,
                after=value if action == "added" else MISSING,
            )


def _wrapped(node: "Node") -> None:
    if node.transition is None or node.transition.name != "wrapped-in-one-of":
        return
    if "type" in node.base:
        told = "type moved into the alternatives of a oneOf"
        node.emit_rule("equivalent-rewrite", told, at=("type",), before=node.base["type"])
    if node.place in (REQUEST_BODY, RESPONSE_BODY):
        node.emit(
            "wrapped-in-one-of",
            "became a oneOf of alternatives",
            at=("oneOf",),
            after=node.revision.get("oneOf"),
        )


def _branches_of_a_list_of_types(node: "Node") -> None:
    """A type that became one of several may have changed on the way."""
    if node.transition is None or node.transition.name != "list-of-types":
        return
    for key in ("oneOf", "anyOf"):
        before, after = _list(node.base.get(key)), _list(node.revision.get(key))
        if before and after:
            continue
        wrapper, side = (after, "revision") if after else (before, "base")
        bare = node.base if after else node.revision
        for index, branch in enumerate(wrapper):
            view = node.schemas.view(branch, side)
            if types_of(view) == types_of(bare):
                pair = (bare, branch) if after else (branch, bare)
                node.descend((key, str(index)), (f"{key}[#{index + 1}]",), *pair)


def _payload(node: "Node") -> None:
    """The schema inside a nullable wrapper: only its words can differ."""
    if node.transition is None or node.transition.payload is None:
        return
    side, index = node.transition.payload
    node.handled("oneOf", "properties", "required", "items", "additionalProperties")
    if side == "revision":
        pair = (node.base, node.revision["oneOf"][index])
        node.handled(*node.base.keys())
    else:
        pair = (node.base["oneOf"][index], node.revision)
        node.handled(*node.revision.keys())
    node.descend(("oneOf", str(index)), (f"oneOf[#{index + 1}]",), *pair)


def _negation(node: "Node") -> None:
    before, after = node.get("not")
    if not node.differs("not") and node.schemas.documents.same(before, after):
        return
    node.handled("not")
    if before is MISSING:
        node.emit("not-added", f"excludes {show(after)} now", at=("not",), after=after)
    elif after is MISSING:
        node.emit("not-removed", f"no longer excludes {show(before)}", at=("not",), before=before)
    else:
        # What is stricter inside a negation is laxer outside; so the parts are told, and this too.
        node.emit("not-changed", "excludes other values", at=("not",), before=before, after=after)
        node.descend(("not",), ("not",), before, after)


def _discriminator(node: "Node") -> None:
    before, after = node.get("discriminator")
    if not node.differs("discriminator"):
        return
    at = ("discriminator",)
    if not isinstance(before, dict) or not isinstance(after, dict):
        if before is MISSING or after is MISSING:
            node.handled("discriminator")
            action = "added" if before is MISSING else "removed"
            node.emit(
                f"discriminator-{action}",
                f"discriminator was {action}",
                at=at,
                before=before,
                after=after,
            )
        return
    told = False
    old, new = before.get("propertyName"), after.get("propertyName")
    if old != new:
        told = True
        node.emit(
            "discriminator-property-name-changed",
            f"is told apart by {show(new)}, not {show(old)}",
            at=(*at, "propertyName"),
            before=old,
            after=new,
        )
    told = _mapping(node, before.get("mapping"), after.get("mapping")) or told
    if told and before.keys() | after.keys() <= {"propertyName", "mapping"}:
        node.handled("discriminator")


def _mapping(node: "Node", before: Any, after: Any) -> bool:
    before = before if isinstance(before, dict) else {}
    after = after if isinstance(after, dict) else {}
    at = ("discriminator", "mapping")
    added, deleted = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    changed = sorted(k for k in before.keys() & after.keys() if before[k] != after[k])
    if added:
        node.emit(
            "discriminator-mapping-added",
            f"has the discriminator values {listed(added)}",
            at=at,
            after=added,
        )
    if deleted:
        node.emit(
            "discriminator-mapping-deleted",
            f"no longer has the discriminator values {listed(deleted)}",
            at=at,
            before=deleted,
        )
    for value in changed:
        node.emit(
            "discriminator-mapping-changed",
            f"the discriminator value {show(value)} means {show(after[value])}, "
            f"not {show(before[value])}",
            at=(*at, value),
            before=before[value],
            after=after[value],
        )
    return bool(added or deleted or changed)
