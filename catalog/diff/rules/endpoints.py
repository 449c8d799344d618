"""Paths, operations and webhooks: that they exist, and what an operation says of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from catalog.documents.naming import erased

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, equal, listed, show
from . import callbacks, parameters, request_bodies, responses, security, servers
from .lifecycle import STABILITY, SUNSET, rank, stability_of, sunset_date, tracked

RULES: list[Rule] = [
    Rule("endpoint-added", "info", "none", "an operation was added"),
    *(
        rule
        for name, noun in (
            ("api-path", "an operation whose whole path is gone"),
            ("api", "an operation"),
        )
        for rule in (
            Rule(
                f"{name}-removed-without-deprecation",
                "error",
                "none",
                f"{noun} was removed that was not deprecated before",
            ),
            Rule(
                f"{name}-removed-with-deprecation",
                "info",
                "none",
                f"{noun} was removed that was deprecated before",
            ),
            Rule(
                f"{name}-removed-before-sunset",
                "error",
                "none",
                f"{noun} was removed before its announced date",
            ),
            Rule(
                f"{name}-removed-after-sunset",
                "info",
                "none",
                f"{noun} was removed at or after its announced date",
            ),
        )
    ),
    Rule("unstable-operation-removed", "info", "none", "a draft or alpha operation was removed"),
    Rule("unstable-operation-changed", "info", "none", "a draft or alpha operation changed"),
    Rule("empty-path-added", "info", "none", "a path without operations was added"),
    Rule("empty-path-removed", "info", "none", "a path without operations was removed"),
    Rule("api-operation-id-added", "info", "none", "an operation has an operationId now"),
    Rule(
        "api-operation-id-removed",
        "info",
        "none",
        "an operation's operationId is gone or another one",
    ),
    Rule("api-tag-added", "info", "none", "an operation has another tag"),
    Rule("api-tag-removed", "info", "none", "an operation lost a tag"),
    Rule("webhook-added", "info", "none", "a webhook was added"),
    Rule("webhook-removed", "error", "none", "a webhook was removed"),
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


def compare_paths(comparison: Comparison, before: Any, after: Any) -> None:
    """Compare two Paths objects; paths that differ in parameter names only are the same path."""
    old_paths, new_paths = comparison.objects(before, after, Scope(), ("paths",))
    comparison.leftovers(
        _extensions(old_paths), _extensions(new_paths), (), Scope(), ("paths",), "The paths"
    )
    old_paths, new_paths = _paths_of(old_paths), _paths_of(new_paths)
    matched = match_paths(old_paths, new_paths)
    names = _named(old_paths), _named(new_paths)
    for path, item in old_paths.items():
        if path not in matched:
            _removed_path(comparison, path, names[0][path], item)
    for path in new_paths.keys() - set(matched.values()):
        _added_path(comparison, path, names[1][path], new_paths[path])
    for path, other in matched.items():
        if comparison.documents.same(old_paths[path], new_paths[other]) and path == other:
            continue
        compare_path(
            comparison, (path, other), old_paths[path], new_paths[other], key=names[0][path]
        )


def _named(paths: Mapping[str, Any]) -> dict[str, str]:
    """What identifies each path: its template without names, but for a template's second path."""
    taken: set[str] = set()
    names = {}
    for path in paths:
        names[path] = path if erased(path) in taken else erased(path)
        taken.add(erased(path))
    return names


def compare_webhooks(comparison: Comparison, before: Any, after: Any) -> None:
    """Compare webhooks by name; inside, they follow the rules of paths."""
    old, new = comparison.objects(before, after, Scope(), ("webhooks",))
    for name in sorted(old.keys() | new.keys()):
        tokens = ("webhooks", name)
        if name not in new:
            comparison.tell(
                "webhook-removed",
                Scope(),
                tokens,
                f"The webhook {show(name)} was removed",
                before=old[name],
            )
        elif name not in old:
            comparison.tell(
                "webhook-added",
                Scope(),
                tokens,
                f"The webhook {show(name)} was added",
                after=new[name],
            )
        elif not comparison.documents.same(old[name], new[name]):
            label = f"webhook:{name}"
            compare_path(comparison, (label, label), old[name], new[name], key=name, webhook=True)


def match_paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Which path of the base is which of the revision."""
    matched = {path: path for path in before if path in after}
    free: dict[str, list[str]] = {}
    for path in after:
        if path not in matched:
            free.setdefault(erased(path), []).append(path)
    for path in before:
        candidates = free.get(erased(path))
        if path not in matched and candidates:
            matched[path] = candidates.pop(0)
    return matched


def _extensions(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key.startswith("x-")}


def _paths_of(paths: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in paths.items() if not key.startswith("x-")}


def operations_of(item: Any) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    """The operations of a path item: method, where it stands in the item, and the operation."""
    if not isinstance(item, Mapping):
        return
    for method in METHODS:
        if isinstance(item.get(method), dict):
            yield method.upper(), (method,), item[method]
    more = item.get("additionalOperations")
    if isinstance(more, dict):
        for method, operation in more.items():
            if isinstance(operation, dict):
                yield method, ("additionalOperations", method), operation


def _scope(method: str, path: str, key: str, *, webhook: bool = False) -> Scope:
    """The scope of an operation; its key is the one that catalog.documents.operations gives."""
    return Scope(operation=f"{method} {path}", key=f"{'WEBHOOK ' * webhook}{method} {key}")


def _removed_path(comparison: Comparison, path: str, key: str, item: Any) -> None:
    resolved = comparison.documents.base.resolve(item)
    operations = list(operations_of(resolved))
    for method, _, operation in operations:
        _removed(comparison, _scope(method, path, key), operation, whole_path=True)
    if not operations:
        comparison.tell(
            "empty-path-removed",
            Scope(),
            ("paths", path),
            f"The path {show(path)} was removed",
            before=item,
        )


def _added_path(comparison: Comparison, path: str, key: str, item: Any) -> None:
    resolved = comparison.documents.revision.resolve(item)
    operations = list(operations_of(resolved))
    for method, _, operation in operations:
        _added(comparison, _scope(method, path, key), operation)
    if not operations:
        comparison.tell(
            "empty-path-added",
            Scope(),
            ("paths", path),
            f"The path {show(path)} was added",
            after=item,
        )


def _added(comparison: Comparison, scope: Scope, operation: dict[str, Any]) -> None:
    comparison.tell("endpoint-added", scope, (), f"{scope.operation} was added", after=operation)


def _removed(
    comparison: Comparison, scope: Scope, operation: dict[str, Any], *, whole_path: bool
) -> None:
    told = f"{scope.operation} was removed"
    stability, valid = stability_of(operation)
    if not valid:
        _invalid_stability(comparison, scope, operation)
        return
    if not tracked(stability):
        comparison.tell(
            "unstable-operation-removed", scope, (), f"{told}; it was {stability}", before=operation
        )
        return
    prefix = "api-path" if whole_path else "api"
    if operation.get("deprecated") is not True:
        rule, told = f"{prefix}-removed-without-deprecation", f"{told} without deprecation"
    elif SUNSET not in operation:
        rule, told = f"{prefix}-removed-with-deprecation", f"{told}; it was deprecated"
    else:
        day = sunset_date(operation[SUNSET])
        if day is None:
            rule = "api-path-sunset-parse"
            told += f"; its sunset {show(operation[SUNSET])} can't be read"
        elif comparison.policy.today < day:
            rule, told = f"{prefix}-removed-before-sunset", f"{told} before its sunset {day}"
        else:
            rule, told = f"{prefix}-removed-after-sunset", f"{told}; its sunset was {day}"
    comparison.tell(rule, scope, (), told, before=operation)


def _invalid_stability(comparison: Comparison, scope: Scope, holder: dict[str, Any]) -> None:
    comparison.tell(
        "api-invalid-stability-level",
        scope,
        (STABILITY,),
        f"{scope.operation} has the stability level {show(holder[STABILITY])}, which "
        "is none of draft, alpha, beta, stable",
        after=holder[STABILITY],
    )


def compare_path(
    comparison: Comparison,
    paths: tuple[str, str],
    before: Any,
    after: Any,
    *,
    key: str,
    webhook: bool = False,
) -> None:
    """Compare two path items that are the same path."""
    where = ("webhooks", paths[0].removeprefix("webhook:")) if webhook else ("paths", paths[0])
    old, new = comparison.objects(before, after, Scope(), where)
    removed = {method: op for method, _, op in operations_of(old)}
    added = {method: op for method, _, op in operations_of(new)}
    for method in sorted(removed.keys() | added.keys()):
        scope = _scope(method, paths[0], key, webhook=webhook)
        if method not in added:
            _removed(comparison, scope, removed[method], whole_path=False)
        elif method not in removed:
            _added(comparison, scope, added[method])
        else:
            _compare_operation(
                comparison, scope, paths, (old, new), (removed[method], added[method])
            )
    if old.get("servers") is not None or new.get("servers") is not None:
        servers.compare(comparison, Scope(), where, old.get("servers"), new.get("servers"))
    if not removed and not added:
        comparison.leftovers(old, new, ("servers",), Scope(), where, f"The path {show(paths[0])}")
    else:
        spoken = {"servers", "parameters", "additionalOperations", "$ref", *METHODS}
        comparison.leftovers(old, new, spoken, Scope(), where, f"The path {show(paths[0])}")
    comparison.beside(before, after, Scope(), where, f"The path {show(paths[0])}")


def _compare_operation(
    comparison: Comparison,
    scope: Scope,
    paths: tuple[str, str],
    items: tuple[dict[str, Any], dict[str, Any]],
    operations: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    before, after = operations
    same = comparison.documents.same(before, after)
    shared = comparison.documents.same(items[0].get("parameters"), items[1].get("parameters"))
    if same and shared and paths[0] == paths[1]:
        return
    stability, valid = stability_of(after)
    scope = replace(
        scope,
        unstable=valid and not tracked(stability),
        grace_days=comparison.policy.grace_days(stability),
    )
    handled = {"parameters", "requestBody", "responses", "callbacks", "servers", "security"}
    parameters.compare(comparison, scope, paths, items, operations)
    if not same:
        handled |= _itself(comparison, scope, before, after)
        request_bodies.compare(comparison, scope, before, after)
        responses.compare(comparison, scope, before, after)
        callbacks.compare(comparison, scope, before, after)
        servers.compare(comparison, scope, (), before.get("servers"), after.get("servers"))
        security.compare_operation(comparison, scope, before, after)
        comparison.leftovers(before, after, handled, scope, (), f"{scope.operation}")


def _itself(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    handled = _stability(comparison, scope, before, after)
    handled |= _deprecation(comparison, scope, before, after)
    handled |= _sunset(comparison, scope, before, after)
    old, new = before.get("operationId"), after.get("operationId")
    if old != new:
        handled.add("operationId")
        if not old:
            comparison.tell(
                "api-operation-id-added",
                scope,
                ("operationId",),
                f"{scope.operation} has the operationId {show(new)} now",
                after=new,
            )
        else:
            gone = f"changed to {show(new)}" if new else "is gone"
            comparison.tell(
                "api-operation-id-removed",
                scope,
                ("operationId",),
                f"The operationId {show(old)} of {scope.operation} {gone}",
                before=old,
                after=new,
            )
    return handled | _tags(comparison, scope, before, after)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tags(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    old, new = (
        {each for each in _listed(side.get("tags")) if isinstance(each, str)}
        for side in (before, after)
    )
    for tag in sorted(old - new):
        comparison.tell(
            "api-tag-removed",
            scope,
            ("tags",),
            f"{scope.operation} lost the tag {show(tag)}",
            before=tag,
        )
    for tag in sorted(new - old):
        comparison.tell(
            "api-tag-added",
            scope,
            ("tags",),
            f"{scope.operation} has the new tag {show(tag)}",
            after=tag,
        )
    return {"tags"} if old != new else set()


def _stability(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    (old, old_valid), (new, new_valid) = stability_of(before), stability_of(after)
    for holder, valid in ((before, old_valid), (after, new_valid)):
        if not valid:
            _invalid_stability(comparison, scope, holder)
    if not old_valid or not new_valid:
        return {STABILITY}
    if rank(old) == rank(new) or not tracked(old):
        return set()
    rule = "api-stability-decreased" if rank(new) < rank(old) else "api-stability-increased"
    comparison.tell(
        rule,
        scope,
        (STABILITY,),
        f"The stability of {scope.operation} changed from {old or 'stable'} to {new or 'stable'}",
        before=old,
        after=new,
    )
    return {STABILITY}


def _deprecation(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    old, new = before.get("deprecated") is True, after.get("deprecated") is True
    if old == new:
        return set()
    handled = {"deprecated"}
    told = f"{scope.operation} is {'deprecated' if new else 'no longer deprecated'}"
    rule = "endpoint-reactivated"
    if new:
        if SUNSET not in after:
            if scope.grace_days > 0:
                rule, told = "api-deprecated-sunset-missing", f"{told} without a sunset date"
            else:
                rule = "endpoint-deprecated"
        else:
            if SUNSET not in before:
                handled.add(SUNSET)
            day = sunset_date(after[SUNSET])
            if day is None:
                rule = "api-deprecated-sunset-parse"
                told += f" with the unreadable sunset {show(after[SUNSET])}"
            elif (day - comparison.policy.today).days < scope.grace_days:
                rule = "api-sunset-date-too-small"
                told += f" with the sunset {day}, less than {scope.grace_days} days ahead"
            else:
                rule, told = "endpoint-deprecated-with-sunset", f"{told} with the sunset {day}"
    comparison.tell(rule, scope, ("deprecated",), told, before=old, after=new)
    return handled


def _sunset(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    if after.get("deprecated") is not True or SUNSET not in before:
        return set()
    old, new = before[SUNSET], after.get(SUNSET, MISSING)
    if equal(old, new):
        return set()
    if new is MISSING:
        rule, told = "sunset-deleted", f"{scope.operation} lost its sunset {show(old)}"
    else:
        rule, told = _sunset_changed(comparison, scope, old, new)
    comparison.tell(rule, scope, (SUNSET,), told, before=old, after=new)
    return {SUNSET}


def _sunset_changed(comparison: Comparison, scope: Scope, old: Any, new: Any) -> tuple[str, str]:
    before, after = sunset_date(old), sunset_date(new)
    told = f"The sunset of {scope.operation} changed from {show(old)} to {show(new)}"
    if before is None or after is None:
        unreadable = listed([old] if before is None else [new])
        return "api-path-sunset-parse", f"{told}; {unreadable} can't be read"
    if before > after and (after - comparison.policy.today).days < scope.grace_days:
        return "api-sunset-date-changed-too-small", (
            f"{told}, earlier than announced and less than {scope.grace_days} days ahead"
        )
    return "api-sunset-date-changed", told
