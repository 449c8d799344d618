"""Request parameters: path, query, header and cookie, of an operation or shared by its path."""

from typing import Any

from ..comparison import Comparison, Scope
from ..declared import Declared, explodes, lower, parameters_of
from ..rule import Rule
from ..values import MISSING, equal, show
from . import parameter_lifecycle, parameter_values
from .lifecycle import SUNSET, sunset_date

RULES: list[Rule] = [
    Rule(
        "new-required-request-parameter",
        "error",
        "request",
        "a required request parameter was added",
    ),
    Rule("new-optional-request-parameter", "info", "request", "a request parameter was added"),
    Rule(
        "new-required-request-default-parameter-to-existing-path",
        "error",
        "request",
        "a required request parameter was added to all operations of a path",
    ),
    Rule(
        "new-optional-request-default-parameter-to-existing-path",
        "info",
        "request",
        "a request parameter was added to all operations of a path",
    ),
    Rule("new-request-path-parameter", "error", "request", "a path parameter was added"),
    Rule("request-parameter-removed", "warning", "request", "a request parameter was removed"),
    Rule(
        "request-parameter-removed-with-deprecation",
        "info",
        "request",
        "a request parameter was removed that was deprecated before",
    ),
    Rule(
        "request-parameter-removed-before-sunset",
        "error",
        "request",
        "a request parameter was removed before its announced date",
    ),
    Rule(
        "request-parameter-removed-after-sunset",
        "info",
        "request",
        "a request parameter was removed at or after its announced date",
    ),
    Rule(
        "request-parameter-became-required",
        "error",
        "request",
        "a request parameter became required",
    ),
    Rule(
        "request-parameter-became-optional",
        "info",
        "request",
        "a request parameter became optional",
    ),
    Rule(
        "request-path-parameter-renamed",
        "info",
        "request",
        "a path parameter has another name; callers see the same path",
    ),
    Rule(
        "request-parameter-ambiguous",
        "warning",
        "request",
        "a request parameter is declared twice, and the declarations changed",
    ),
]


def compare(
    comparison: Comparison,
    scope: Scope,
    paths: tuple[str, str],
    items: tuple[dict[str, Any], dict[str, Any]],
    operations: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """Compare the parameters of an operation, with those that its path declares for it."""
    before = parameters_of(comparison.documents.base, items[0], operations[0])
    after = parameters_of(comparison.documents.revision, items[1], operations[1])
    left_before, left_after = dict(before), dict(after)
    _exploded(comparison, scope, left_before, left_after, to_object=True)
    _exploded(comparison, scope, left_after, left_before, to_object=False)
    renamed = _renamed(paths)
    for key, old in list(left_before.items()):
        location, name = key
        other = (location, renamed.get(name, name)) if location == "path" else key
        if other not in left_after:
            continue
        new = left_after.pop(other)
        del left_before[key]
        _compare(comparison, scope, old, new)
    for old in left_before.values():
        _removed(comparison, scope, old)
    for new in left_after.values():
        _added(comparison, scope, new)
    _order(comparison, scope, items, operations, before, after)


def _renamed(paths: tuple[str, str]) -> dict[str, str]:
    """The names of the revision's path parameters by those of the base, position by position."""
    before, after = ([part.split("}", 1)[0] for part in path.split("{")[1:]] for path in paths)
    return dict(zip(before, after, strict=True)) if len(before) == len(after) else {}


def _order(
    comparison: Comparison,
    scope: Scope,
    items: tuple[dict[str, Any], dict[str, Any]],
    operations: tuple[dict[str, Any], dict[str, Any]],
    before: dict[tuple[str, str], Declared],
    after: dict[tuple[str, str], Declared],
) -> None:
    """The lists may differ where no parameter does: in order, or in a second declaration."""
    if before.keys() != after.keys() or any(
        not comparison.documents.same(before[key].node, after[key].node) for key in before
    ):
        return
    for old, new in (operations, items):
        lists = old.get("parameters"), new.get("parameters")
        if not equal(*lists):
            same = isinstance(lists[0], list) and isinstance(lists[1], list)
            alike = same and len(lists[0] or ()) == len(lists[1] or ())
            # Moved between a path and its operations, the parameters stay what they are.
            moved = any(before[key].shared != after[key].shared for key in before)
            rule = "order-changed" if alike else "request-parameter-ambiguous"
            if not alike and (moved or not any(lists)):
                rule = "equivalent-rewrite"
            comparison.tell(
                rule,
                scope,
                ("parameters",),
                f"The parameters of {scope.operation} are declared in another way",
                before=lists[0],
                after=lists[1],
            )
            return


def _exploded(
    comparison: Comparison,
    scope: Scope,
    simple: dict[tuple[str, str], Declared],
    objects: dict[tuple[str, str], Declared],
    *,
    to_object: bool,
) -> None:
    """Parameters that became the properties of one object that is written as they were."""
    side, other = ("revision", "base") if to_object else ("base", "revision")
    for key, holder in list(objects.items()):
        properties = _properties(comparison, holder, side)
        if not properties or key in simple:
            continue
        matching = [
            each
            for each in simple.values()
            if each.location == holder.location
            and each.name in properties
            and not _properties(comparison, each, other)
        ]
        for each in matching:
            virtual = Declared(
                {**holder.value, "name": each.name, "schema": properties[each.name]}, None, False
            )
            pair = (each, virtual) if to_object else (virtual, each)
            _compare(comparison, scope, *pair)
            del simple[each.key]
        if matching:
            comparison.tell(
                "equivalent-rewrite",
                scope,
                holder.tokens,
                f"{holder.subject} is written as the parameters "
                f"{', '.join(show(each.name) for each in matching)}",
            )
            del objects[key]


def _properties(comparison: Comparison, declared: Declared, side: str) -> dict[str, Any]:
    value = declared.value
    if value.get("in") not in ("query", "cookie") or value.get("explode") is not True:
        return {}
    if not explodes(value):
        return {}
    view = comparison.schemas.view(value.get("schema", MISSING), side)
    properties = view.get("properties")
    return properties if view.get("type") == "object" and isinstance(properties, dict) else {}


def _removed(comparison: Comparison, scope: Scope, old: Declared) -> None:
    told = f"{old.subject} was removed"
    if old.value.get("deprecated") is not True:
        rule = "request-parameter-removed"
    elif SUNSET not in old.value:
        rule, told = "request-parameter-removed-with-deprecation", f"{told}; it was deprecated"
    else:
        day = sunset_date(old.value[SUNSET])
        if day is None:
            rule = "request-parameter-sunset-parse"
            told += f"; its sunset {show(old.value[SUNSET])} can't be read"
        elif comparison.policy.today < day:
            rule, told = "request-parameter-removed-before-sunset", f"{told} before {day}"
        else:
            rule, told = "request-parameter-removed-after-sunset", f"{told}; its sunset was {day}"
    comparison.tell(rule, scope, old.tokens, told, before=old.value)


def _added(comparison: Comparison, scope: Scope, new: Declared) -> None:
    need = "required" if new.value.get("required") is True else "optional"
    if new.location == "path":
        rule = "new-request-path-parameter"
    elif new.shared:
        rule = f"new-{need}-request-default-parameter-to-existing-path"
    else:
        rule = f"new-{need}-request-parameter"
    comparison.tell(
        rule, scope, new.tokens, f"The {need} {lower(new.subject)} was added", after=new.value
    )


def _compare(comparison: Comparison, scope: Scope, old: Declared, new: Declared) -> None:
    before, after = old.value, new.value
    if old.node is not None and new.node is not None:
        comparison.pair(old.node, new.node)
        comparison.beside(old.node, new.node, scope, new.tokens, new.subject)
        if comparison.documents.same(old.node, new.node) and old.name == new.name:
            return
    handled = {"name", "in", "required", "schema", "content", "style", "explode"}
    if old.name != new.name:
        rule = "request-path-parameter-renamed" if new.location == "path" else "equivalent-rewrite"
        comparison.tell(
            rule,
            scope,
            new.tokens,
            f"{old.subject} is called {show(new.name)} now",
            before=old.name,
            after=new.name,
        )
    required = before.get("required") is True, after.get("required") is True
    if required[0] != required[1]:
        state = "required" if required[1] else "optional"
        comparison.tell(
            f"request-parameter-became-{state}",
            scope,
            (*new.tokens, "required"),
            f"{new.subject} became {state}",
            before=required[0],
            after=required[1],
        )
    elif before.get("required", MISSING) is not after.get("required", MISSING):
        handled.discard("required")
    handled |= parameter_lifecycle.compare(comparison, scope, old, new)
    handled |= parameter_values.compare(
        comparison, scope, old, new, default_counts=not any(required)
    )
    comparison.leftovers(before, after, handled, scope, new.tokens, new.subject)
