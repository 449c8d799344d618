"""Properties of objects: that exist or not, must be there or not, are for reading or writing."""

from typing import TYPE_CHECKING, Any

from ..rule import Direction, Rule, schema_rules
from ..values import MISSING

if TYPE_CHECKING:
    from ..schema import Node

# What the ids of each place call a property.
_PARAMETER_PROPERTIES = (
    ("request-parameter-property", "a property of a request parameter"),
    ("request-header-property", "a property of a request header"),
)


def _request_rules() -> list[Rule]:
    rules = []
    for name, noun in (("request-property", "a request property"), *_PARAMETER_PROPERTIES):
        rules += [
            Rule(f"{name}-removed", "warning", "request", f"{noun} was removed"),
            Rule(f"new-required-{name}", "error", "request", f"{noun} was added and is required"),
            Rule(
                f"new-required-{name}-with-default",
                "error",
                "request",
                f"{noun} was added and is required, though it has a default",
            ),
            Rule(f"new-optional-{name}", "info", "request", f"{noun} was added"),
            Rule(f"{name}-became-required", "error", "request", f"{noun} became required"),
            Rule(
                f"{name}-became-required-with-default",
                "error",
                "request",
                f"{noun} became required, though it has a default",
            ),
            Rule(f"{name}-became-optional", "info", "request", f"{noun} became optional"),
        ]
    return rules


def _response_rules() -> list[Rule]:
    rules = []
    for name, noun in (
        ("response", "a response property"),
        ("response-header", "a property of a response header"),
    ):
        rules += [
            Rule(
                f"{name}-required-property-removed",
                "error",
                "response",
                f"{noun} that was always there was removed",
            ),
            Rule(f"{name}-optional-property-removed", "warning", "response", f"{noun} was removed"),
            Rule(
                f"{name}-required-property-added",
                "info",
                "response",
                f"{noun} was added and is always there",
            ),
            Rule(f"{name}-optional-property-added", "info", "response", f"{noun} was added"),
            Rule(f"{name}-property-became-optional", "error", "response", f"{noun} may be missing"),
            Rule(
                f"{name}-property-became-required",
                "info",
                "response",
                f"{noun} is always there now",
            ),
        ]
    hidden = "a response property that is never returned"
    rules += [
        Rule(
            f"response-{need}-write-only-property-{action}", "info", "response", f"{hidden} {told}"
        )
        for need in ("required", "optional")
        for action, told in (("removed", "was removed"), ("added", "was added"))
    ]
    rules += [
        Rule(
            f"response-write-only-property-became-{need}",
            "info",
            "response",
            f"{hidden} became {need}",
        )
        for need in ("required", "optional")
    ]
    return rules


def _mutability_rules() -> list[Rule]:
    rules = []
    for direction in ("request", "response"):
        for need in ("optional", "required"):
            for state in ("not-write-only", "write-only", "read-only", "not-read-only"):
                shown = (direction, need, state) == ("response", "required", "not-write-only")
                rules.append(
                    Rule(
                        f"{direction}-{need}-property-became-{state}",
                        "warning" if shown else "info",
                        "request" if direction == "request" else "response",
                        f"{'an' if need == 'optional' else 'a'} {need} {direction} property "
                        f"became {state}",
                    )
                )
    return rules


_BOTH: tuple[tuple[Direction, str], ...] = (
    ("request", "a request property"),
    ("response", "a response property"),
)

RULES: list[Rule] = [
    *_request_rules(),
    *_response_rules(),
    *_mutability_rules(),
    *schema_rules(
        "mutability-changed", "neutral", "became read-only or write-only, or ceased to be"
    ),
    *(
        Rule(
            f"request-read-only-property-{action}",
            "info",
            "request",
            f"a request property that callers can't set {told}",
        )
        for action, told in (
            ("removed", "was removed"),
            ("added", "was added"),
            ("became-required", "became required"),
            ("became-optional", "became optional"),
        )
    ),
    *(
        Rule(
            f"{place}-property-moved-into-one-of",
            "info",
            place,
            f"{noun} stands in the alternatives of a oneOf now",
        )
        for place, noun in _BOTH
    ),
]

# What makes this module look at a schema.
KEYWORDS = frozenset({"properties", "required", "readOnly", "writeOnly"})


def check(node: "Node") -> None:
    """Report properties added, removed, required or not, and walk into those on both sides."""
    _mutability_of_the_whole(node)
    both = node.get("properties", {})
    if all(isinstance(value, dict) for value in both) and any(both):
        node.handled("properties")
    before, after = _map(node.base), _map(node.revision)
    for name in before.keys() - after.keys():
        _removed(node, name, before[name])
    for name in after.keys() - before.keys():
        _added(node, name, after[name])
    for name in before.keys() & after.keys():
        _mutability(node, name, before[name], after[name])
        node.descend(("properties", name), (name,), before[name], after[name], as_property=True)
    _required(node, before, after)


def _map(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _names(schema: dict[str, Any]) -> set[str]:
    required = schema.get("required")
    return {n for n in required if isinstance(n, str)} if isinstance(required, list) else set()


def _removed(node: "Node", name: str, property_: Any) -> None:
    view = node.schemas.view(property_, "base")
    at = ("properties", name)
    if node.transition is not None and name in node.transition.moved:
        node.emit_rule(
            f"{node.place.direction}-property-moved-into-one-of",
            "moved into the alternatives of a oneOf",
            at=at,
            inside=(name,),
        )
        return
    if node.claims("existence"):
        return
    if node.place.direction == "request":
        hidden = view.get("readOnly") is True
        rule = "request-read-only-property-removed" if hidden else f"{node.place.child}-removed"
    else:
        rule = _response_rule(node, name in _names(node.base), view) + "-removed"
    node.emit_rule(rule, "was removed", at=at, inside=(name,), before=property_)


def _added(node: "Node", name: str, property_: Any) -> None:
    if node.claims("existence"):
        return
    view = node.schemas.view(property_, "revision")
    required = name in _names(node.revision)
    told = f"was added{' and is required' if required else ''}"
    if node.place.direction == "request":
        if view.get("readOnly") is True:
            rule = "request-read-only-property-added"
        elif not required:
            rule = f"new-optional-{node.place.child}"
        else:
            rule = f"new-required-{node.place.child}"
            if view.get("default", None) is not None:
                rule += "-with-default"
    else:
        rule = _response_rule(node, required, view) + "-added"
    node.emit_rule(rule, told, at=("properties", name), inside=(name,), after=property_)


def _response_rule(node: "Node", required: bool, view: dict[str, Any]) -> str:
    need = "required" if required else "optional"
    if node.place.child == "response-header-property":
        return f"response-header-{need}-property"
    hidden = "write-only-" if view.get("writeOnly") is True else ""
    return f"response-{need}-{hidden}property"


def _required(node: "Node", before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = _names(node.base), _names(node.revision)
    if old != new or node.claims("requiredness"):
        node.handled("required")
    if node.claims("requiredness"):
        return
    for name in new - old:
        if name not in after or name in before:
            _requiredness(node, name, after.get(name, MISSING), "required")
    for name in old - new:
        if name not in before or name in after:
            _requiredness(node, name, after.get(name, MISSING), "optional")


def _requiredness(node: "Node", name: str, property_: Any, need: str) -> None:
    view = node.schemas.view(property_, "revision")
    if node.place.direction == "request":
        if view.get("readOnly") is True:
            rule = f"request-read-only-property-became-{need}"
        else:
            rule = f"{node.place.child}-became-{need}"
            if need == "required" and view.get("default") is not None:
                rule += "-with-default"
    elif node.place.child == "response-header-property":
        rule = f"response-header-property-became-{need}"
    elif view.get("writeOnly") is True:
        rule = f"response-write-only-property-became-{need}"
    else:
        rule = f"response-property-became-{need}"
    node.emit_rule(
        rule,
        f"became {need}",
        at=("required",),
        inside=(name,),
        before=need == "optional",
        after=need == "required",
    )


def _mutability(node: "Node", name: str, before: Any, after: Any) -> None:
    old, new = node.schemas.view(before, "base"), node.schemas.view(after, "revision")
    need = "required" if name in _names(node.base) else "optional"
    for keyword, state in (("writeOnly", "write-only"), ("readOnly", "read-only")):
        was, is_ = old.get(keyword) is True, new.get(keyword) is True
        if was == is_:
            continue
        node.emit_rule(
            f"{node.place.direction}-{need}-property-became-{'' if is_ else 'not-'}{state}",
            f"became {'' if is_ else 'not '}{state}",
            at=("properties", name, keyword),
            inside=(name,),
            before=was,
            after=is_,
        )


def _mutability_of_the_whole(node: "Node") -> None:
    for keyword in ("readOnly", "writeOnly"):
        was, becomes = node.flag(keyword)
        if was != becomes and node.root:
            node.emit(
                "mutability-changed",
                f"{keyword} is {'on' if becomes else 'off'} now",
                at=(keyword,),
                before=was,
                after=becomes,
            )
