"""Paths, operations and webhooks: that they exist."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from catalog.documents.naming import erased

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import show
from . import callbacks, operations, parameters, request_bodies, responses, security, servers
from .lifecycle import SUNSET, stability_of, sunset_date, tracked

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
    found = list(operations_of(resolved))
    for method, _, operation in found:
        _removed(comparison, _scope(method, path, key), operation, whole_path=True)
    if not found:
        comparison.tell(
            "empty-path-removed",
            Scope(),
            ("paths", path),
            f"The path {show(path)} was removed",
            before=item,
        )


def _added_path(comparison: Comparison, path: str, key: str, item: Any) -> None:
    resolved = comparison.documents.revision.resolve(item)
    found = list(operations_of(resolved))
    for method, _, operation in found:
        _added(comparison, _scope(method, path, key), operation)
    if not found:
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
        operations.invalid_stability(comparison, scope, operation)
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
        spoken = {"servers", "parameters", "additionalOperations", *METHODS}
        comparison.leftovers(old, new, spoken, Scope(), where, f"The path {show(paths[0])}")
    comparison.beside(before, after, Scope(), where, f"The path {show(paths[0])}")


def _compare_operation(
    comparison: Comparison,
    scope: Scope,
    paths: tuple[str, str],
    items: tuple[dict[str, Any], dict[str, Any]],
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    before, after = pair
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
    parameters.compare(comparison, scope, paths, items, pair)
    if not same:
        handled |= operations.compare(comparison, scope, before, after)
        request_bodies.compare(comparison, scope, before, after)
        responses.compare(comparison, scope, before, after)
        callbacks.compare(comparison, scope, before, after)
        servers.compare(comparison, scope, (), before.get("servers"), after.get("servers"))
        security.compare_operation(comparison, scope, before, after)
        comparison.leftovers(before, after, handled, scope, (), f"{scope.operation}")
