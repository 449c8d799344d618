"""Request parameters: path, query, header and cookie, of an operation or shared by its path."""

from dataclasses import dataclass
from typing import Any

from ..comparison import Comparison, Scope, Use
from ..rule import (
    EXPLODED_PARAMETER,
    HEADER_PARAMETER,
    PARAMETER,
    Place,
    Rule,
)
from ..values import MISSING, equal, show
from . import media_types
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
        "required-request-parameter-default-value-changed",
        "info",
        "request",
        "the default of a parameter that callers must give changed",
    ),
    Rule(
        "request-parameter-serialization-changed",
        "error",
        "request",
        "a request parameter is written in another way (style, explode)",
    ),
    Rule(
        "request-parameter-empty-value-forbidden",
        "error",
        "request",
        "a request parameter may no longer be empty",
    ),
    Rule(
        "request-parameter-empty-value-allowed",
        "info",
        "request",
        "a request parameter may be empty now",
    ),
    Rule(
        "request-parameter-reserved-characters-changed",
        "warning",
        "request",
        "whether a request parameter may hold reserved characters as they are changed",
    ),
    Rule(
        "request-parameter-schema-added", "error", "request", "a request parameter has a schema now"
    ),
    Rule(
        "request-parameter-schema-removed",
        "info",
        "request",
        "a request parameter has no schema any more",
    ),
    Rule(
        "request-parameter-ambiguous",
        "warning",
        "request",
        "a request parameter is declared twice, and the declarations changed",
    ),
]

LOCATIONS = ("path", "query", "header", "cookie", "querystring")


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as an operation has it."""

    value: dict[str, Any]
    node: Any
    shared: bool  # declared on the path, for all its operations

    @property
    def name(self) -> str:
        return str(self.value.get("name", ""))

    @property
    def location(self) -> str:
        return str(self.value.get("in", ""))

    @property
    def key(self) -> tuple[str, str]:
        # HTTP header names know no case (RFC 9110 5.1).
        return self.location, self.name.lower() if self.location == "header" else self.name

    @property
    def subject(self) -> str:
        return f"{self.location.capitalize() or 'Nameless'} parameter {show(self.name)}"

    @property
    def tokens(self) -> tuple[str, ...]:
        return "parameters", self.location, self.name


def compare(
    comparison: Comparison,
    scope: Scope,
    paths: tuple[str, str],
    items: tuple[dict[str, Any], dict[str, Any]],
    operations: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """Compare the parameters of an operation, with those that its path declares for it."""
    before = _declared(comparison, "base", items[0], operations[0])
    after = _declared(comparison, "revision", items[1], operations[1])
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


def _declared(
    comparison: Comparison, side: str, item: dict[str, Any], operation: dict[str, Any]
) -> dict[tuple[str, str], Declared]:
    document = comparison.documents.base if side == "base" else comparison.documents.revision
    declared: dict[tuple[str, str], Declared] = {}
    for holder, shared in ((item, True), (operation, False)):
        parameters = holder.get("parameters")
        if not isinstance(parameters, list):
            continue
        own: dict[tuple[str, str], Declared] = {}
        for node in parameters:
            value = document.resolve(node)
            if isinstance(value, dict):
                parameter = Declared(value, node, shared)
                own.setdefault(parameter.key, parameter)
        declared |= own
    return declared


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


def _explodes(value: dict[str, Any]) -> bool:
    """Whether an object or array is written as one pair a member (style form, explode)."""
    style = value.get("style", "form" if value.get("in") in ("query", "cookie") else "simple")
    return style == "form" and value.get("explode", True) is True


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
    if not _explodes(value):
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
        rule, scope, new.tokens, f"The {need} {_lower(new.subject)} was added", after=new.value
    )


def _lower(subject: str) -> str:
    return subject[:1].lower() + subject[1:]


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
    handled |= _lifecycle(comparison, scope, old, new)
    handled |= _written(comparison, scope, old, new)
    _schema(comparison, scope, old, new, default_counts=not any(required))
    comparison.leftovers(before, after, handled, scope, new.tokens, new.subject)


def _written(comparison: Comparison, scope: Scope, old: Declared, new: Declared) -> set[str]:
    """How the value is put on the wire."""
    before, after = old.value, new.value
    default = "form" if new.location in ("query", "cookie") else "simple"
    styles = before.get("style", default), after.get("style", default)
    explodes = tuple(
        value.get("explode", style == "form")
        for value, style in zip((before, after), styles, strict=True)
    )
    if styles[0] != styles[1] or explodes[0] != explodes[1]:
        comparison.tell(
            "request-parameter-serialization-changed",
            scope,
            (*new.tokens, "style"),
            f"{new.subject} is written in the style {show(styles[1])} with explode "
            f"{show(explodes[1])}, not {show(styles[0])} with {show(explodes[0])}",
            before=[styles[0], explodes[0]],
            after=[styles[1], explodes[1]],
        )
    else:
        comparison.leftovers(
            {"style": before.get("style", styles[0]), "explode": before.get("explode")},
            {"style": after.get("style", styles[1]), "explode": after.get("explode")},
            (),
            scope,
            new.tokens,
            new.subject,
        )
    handled = set()
    empty = before.get("allowEmptyValue") is True, after.get("allowEmptyValue") is True
    if empty[0] != empty[1]:
        handled.add("allowEmptyValue")
        state = "allowed" if empty[1] else "forbidden"
        comparison.tell(
            f"request-parameter-empty-value-{state}",
            scope,
            (*new.tokens, "allowEmptyValue"),
            f"{new.subject} may {'' if empty[1] else 'no longer '}be empty",
            before=empty[0],
            after=empty[1],
        )
    reserved = before.get("allowReserved") is True, after.get("allowReserved") is True
    if reserved[0] != reserved[1]:
        handled.add("allowReserved")
        comparison.tell(
            "request-parameter-reserved-characters-changed",
            scope,
            (*new.tokens, "allowReserved"),
            f"{new.subject} {'may' if reserved[1] else 'may no longer'} hold reserved "
            "characters as they are",
            before=reserved[0],
            after=reserved[1],
        )
    return handled


def _schema(
    comparison: Comparison, scope: Scope, old: Declared, new: Declared, *, default_counts: bool
) -> None:
    before, after = (each.value.get("schema", MISSING) for each in (old, new))
    place: Place = PARAMETER
    if new.location == "header":
        place = HEADER_PARAMETER
    elif _explodes(new.value):
        place = EXPLODED_PARAMETER
    subject = _lower(new.subject)
    renamed = (
        {}
        if default_counts
        else dict.fromkeys(
            (
                f"request-parameter-default-value-{action}"
                for action in ("added", "removed", "changed")
            ),
            "required-request-parameter-default-value-changed",
        )
    )
    use = Use(
        scope=scope,
        tokens=(*new.tokens, "schema"),
        whole=new.subject,
        part=f"Property `{{}}` of {subject}",
        typed=False,
        renamed=renamed,
    )
    if before is not MISSING and after is not MISSING:
        comparison.schema(use, before, after, place)
    elif before is MISSING and after is not MISSING and "content" not in old.value:
        comparison.tell(
            "request-parameter-schema-added",
            scope,
            use.tokens,
            f"{new.subject} has the schema {show(after)} now",
            after=after,
        )
    elif after is MISSING and before is not MISSING and "content" not in new.value:
        comparison.tell(
            "request-parameter-schema-removed",
            scope,
            use.tokens,
            f"{new.subject} no longer has the schema {show(before)}",
            before=before,
        )
    _content(comparison, scope, old, new, place, renamed)


def _content(
    comparison: Comparison,
    scope: Scope,
    old: Declared,
    new: Declared,
    place: Place,
    renamed: dict[str, str],
) -> None:
    before, after = old.value.get("content"), new.value.get("content")
    if comparison.documents.same(before, after):
        return
    if not before or not after:
        comparison.tell(
            "request-parameter-serialization-changed",
            scope,
            (*new.tokens, "content"),
            f"{new.subject} is written as {'a media type' if after else 'plain text'} now",
            before=before,
            after=after,
        )
        return
    old_content, new_content = comparison.objects(before, after, scope, (*new.tokens, "content"))
    subject = _lower(new.subject)
    media_types.compare_inner(
        comparison,
        scope,
        (*new.tokens, "content"),
        old_content,
        new_content,
        place,
        whole=new.subject,
        part=f"Property `{{}}` of {subject}",
        renamed=renamed,
        changed="request-parameter-serialization-changed",
    )


def _lifecycle(comparison: Comparison, scope: Scope, old: Declared, new: Declared) -> set[str]:
    handled: set[str] = set()
    before, after = old.value, new.value
    was, becomes = before.get("deprecated") is True, after.get("deprecated") is True
    if was != becomes:
        handled.add("deprecated")
        rule, told = "request-parameter-reactivated", f"{new.subject} is no longer deprecated"
        if becomes:
            rule, told = _deprecated(comparison, scope, new)
            if SUNSET in after and SUNSET not in before:
                handled.add(SUNSET)
        comparison.tell(rule, scope, (*new.tokens, "deprecated"), told, before=was, after=becomes)
    dates = before.get(SUNSET, MISSING), after.get(SUNSET, MISSING)
    if becomes and dates[0] is not MISSING and not equal(*dates):
        handled.add(SUNSET)
        rule, told = _sunset(comparison, scope, new, *dates)
        comparison.tell(rule, scope, (*new.tokens, SUNSET), told, before=dates[0], after=dates[1])
    return handled


def _deprecated(comparison: Comparison, scope: Scope, new: Declared) -> tuple[str, str]:
    told = f"{new.subject} is deprecated"
    if SUNSET not in new.value:
        if scope.grace_days > 0:
            return "request-parameter-deprecated-sunset-missing", f"{told} without a sunset date"
        return "request-parameter-deprecated", told
    day = sunset_date(new.value[SUNSET])
    if day is None:
        return "request-parameter-sunset-parse", (
            f"{told} with the unreadable sunset {show(new.value[SUNSET])}"
        )
    if (day - comparison.policy.today).days < scope.grace_days:
        return "request-parameter-sunset-date-too-small", (
            f"{told} with the sunset {day}, less than {scope.grace_days} days ahead"
        )
    return "request-parameter-deprecated", f"{told} with the sunset {day}"


def _sunset(
    comparison: Comparison, scope: Scope, new: Declared, old_value: Any, new_value: Any
) -> tuple[str, str]:
    told = (
        f"The sunset of {_lower(new.subject)} changed from {show(old_value)} to {show(new_value)}"
    )
    if new_value is MISSING:
        return "request-parameter-sunset-deleted", (
            f"{new.subject} lost its sunset {show(old_value)}"
        )
    before, after = sunset_date(old_value), sunset_date(new_value)
    if before is None or after is None:
        return "request-parameter-sunset-parse", f"{told}; one of them can't be read"
    if before > after and (after - comparison.policy.today).days < scope.grace_days:
        return "request-parameter-sunset-date-changed-too-small", (
            f"{told}, earlier than announced and less than {scope.grace_days} days ahead"
        )
    return "request-parameter-sunset-date-changed", told
