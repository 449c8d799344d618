"""Security: what a caller must show, and how the ways of showing it are set up."""

from collections.abc import Iterator
from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, equal, show

RULES: list[Rule] = [
    *(
        rule
        for name, noun in (
            ("api-security", "an operation"),
            ("api-global-security", "every operation that says nothing else"),
        )
        for rule in (
            Rule(f"{name}-added", "info", "none", f"{noun} accepts another way to authenticate"),
            Rule(f"{name}-removed", "info", "none", f"{noun} lost a way to authenticate"),
            Rule(f"{name}-scope-added", "info", "none", f"{noun} asks for another scope"),
            Rule(f"{name}-scope-removed", "info", "none", f"{noun} asks for one scope less"),
        )
    ),
    Rule(
        "api-security-anonymous-added",
        "info",
        "none",
        "an operation may be called without authentication",
    ),
    Rule(
        "api-security-anonymous-removed",
        "error",
        "none",
        "an operation may no longer be called without authentication",
    ),
    Rule(
        "api-security-override-added",
        "info",
        "none",
        "an operation no longer follows the security of the whole API",
    ),
    Rule(
        "api-security-override-removed",
        "warning",
        "none",
        "an operation follows the security of the whole API now",
    ),
    Rule("api-security-component-added", "info", "none", "a security scheme was added"),
    Rule("api-security-component-removed", "info", "none", "a security scheme was removed"),
    Rule(
        "api-security-component-type-changed",
        "info",
        "none",
        "a security scheme is of another type",
    ),
    Rule(
        "api-security-component-oauth-url-changed",
        "info",
        "none",
        "an OAuth flow has another authorization URL",
    ),
    Rule(
        "api-security-component-oauth-token-url-changed",
        "info",
        "none",
        "an OAuth flow has another token URL",
    ),
    Rule(
        "api-security-component-oauth-scope-added",
        "info",
        "none",
        "an OAuth flow has another scope",
    ),
    Rule(
        "api-security-component-oauth-scope-removed", "info", "none", "an OAuth flow lost a scope"
    ),
    Rule(
        "api-security-component-oauth-scope-changed",
        "info",
        "none",
        "an OAuth scope is described in other words",
    ),
    Rule(
        "api-security-component-oauth-flow-added",
        "info",
        "none",
        "a security scheme has another OAuth flow",
    ),
    Rule(
        "api-security-component-oauth-flow-removed",
        "warning",
        "none",
        "a security scheme lost an OAuth flow",
    ),
    Rule(
        "api-security-component-changed",
        "warning",
        "none",
        "how a credential is sent changed: its name, place, scheme, format or discovery URL",
    ),
]

Alternative = dict[str, tuple[str, ...]]


def compare_operation(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Compare what an operation asks of its callers."""
    nodes = before.get("security", MISSING), after.get("security", MISSING)
    if equal(*nodes):
        return
    if compare_alternatives(comparison, scope, "api-security", *nodes):
        return
    if nodes[0] is MISSING or nodes[1] is MISSING:
        own = nodes[0] is MISSING
        told = "has its own security" if own else "follows the security of the whole API"
        comparison.tell(
            f"api-security-override-{'added' if own else 'removed'}",
            scope,
            ("security",),
            f"{scope.operation} {told} now",
            before=nodes[0],
            after=nodes[1],
        )
    else:
        comparison.leftovers(
            {"security": nodes[0]}, {"security": nodes[1]}, (), scope, (), f"{scope.operation}"
        )


def compare_global(comparison: Comparison, before: Any, after: Any) -> None:
    """Compare what the API asks of callers of every operation that says nothing else."""
    if equal(before, after):
        return
    if not compare_alternatives(comparison, Scope(), "api-global-security", before, after):
        comparison.leftovers(
            {"security": before},
            {"security": after},
            (),
            Scope(),
            (),
            "The security of the whole API",
        )


def requirements(comparison: Comparison, node: Any, side: int) -> Any:
    """The alternatives of AsyncAPI as OpenAPI writes them: the name of a scheme and its scopes.

    AsyncAPI 3 refers to schemes, or holds them, in place of naming them.
    """
    if not isinstance(node, list):
        return node
    documents = comparison.documents
    plain = []
    for each in node:
        reference = each.get("$ref") if isinstance(each, dict) else None
        scheme = (documents.revision if side else documents.base).resolve(each)
        if isinstance(reference, str) or (isinstance(scheme, dict) and "type" in scheme):
            name = reference.rsplit("/", 1)[-1] if isinstance(reference, str) else None
            scheme = scheme if isinstance(scheme, dict) else {}
            plain.append({name or str(scheme.get("type")): scheme.get("scopes", [])})
        else:
            plain.append(each)
    return plain


def compare_alternatives(
    comparison: Comparison, scope: Scope, prefix: str, before: Any, after: Any
) -> bool:
    """Tell the difference of two lists of alternatives; whether there was any to tell."""
    old, new = _alternatives(before), _alternatives(after)
    told = len(comparison.changes)
    left = list(new)
    gone = []
    for each in old:
        if each in left:
            left.remove(each)
        else:
            gone.append(each)
    for each in list(gone):
        alike = [other for other in left if other.keys() == each.keys()]
        rivals = [other for other in gone if other.keys() == each.keys()]
        if len(alike) == 1 and len(rivals) == 1:
            gone.remove(each)
            left.remove(alike[0])
            _scopes(comparison, scope, prefix, each, alike[0])
    whose = scope.operation or "The API"
    for each in gone:
        rule, name = _rule(prefix, each, "removed")
        comparison.tell(
            rule, scope, ("security",), f"{whose} no longer accepts {name}", before=_plain(each)
        )
    for each in left:
        rule, name = _rule(prefix, each, "added")
        comparison.tell(rule, scope, ("security",), f"{whose} accepts {name}", after=_plain(each))
    return len(comparison.changes) > told


def _rule(prefix: str, alternative: Alternative, action: str) -> tuple[str, str]:
    if not alternative and prefix == "api-security":
        return f"api-security-anonymous-{action}", "calls without authentication"
    return f"{prefix}-{action}", _name(alternative)


def _alternatives(value: Any) -> list[Alternative]:
    if not isinstance(value, list):
        return []
    return [
        {
            name: tuple(sorted(str(scope) for scope in scopes)) if isinstance(scopes, list) else ()
            for name, scopes in each.items()
        }
        for each in value
        if isinstance(each, dict)
    ]


def _plain(alternative: Alternative) -> dict[str, list[str]]:
    return {name: list(scopes) for name, scopes in alternative.items()}


def _name(alternative: Alternative) -> str:
    if not alternative:
        return "calls without authentication"
    return " together with ".join(
        show(name) + (f" with the scopes {show(list(scopes))}" if scopes else "")
        for name, scopes in sorted(alternative.items())
    )


def _scopes(
    comparison: Comparison, scope: Scope, prefix: str, before: Alternative, after: Alternative
) -> None:
    whose = scope.operation or "The API"
    for name in sorted(before):
        for each in sorted(set(after[name]) - set(before[name])):
            comparison.tell(
                f"{prefix}-scope-added",
                scope,
                ("security", name),
                f"{whose} asks for the scope {show(each)} of {show(name)}",
                after=each,
            )
        for each in sorted(set(before[name]) - set(after[name])):
            comparison.tell(
                f"{prefix}-scope-removed",
                scope,
                ("security", name),
                f"{whose} no longer asks for the scope {show(each)} of {show(name)}",
                before=each,
            )


def compare_schemes(comparison: Comparison, before: Any, after: Any) -> None:
    """Compare the security schemes of the components."""
    where = ("components", "securitySchemes")
    old, new = comparison.objects(before, after, Scope(), where)
    for name in sorted(old.keys() | new.keys()):
        tokens = (*where, name)
        if name not in new:
            comparison.tell(
                "api-security-component-removed",
                Scope(),
                tokens,
                f"The security scheme {show(name)} was removed",
                before=old[name],
            )
        elif name not in old:
            comparison.tell(
                "api-security-component-added",
                Scope(),
                tokens,
                f"The security scheme {show(name)} was added",
                after=new[name],
            )
        else:
            _scheme(comparison, tokens, *comparison.objects(old[name], new[name], Scope(), tokens))


def _scheme(
    comparison: Comparison, tokens: tuple[str, ...], old: dict[str, Any], new: dict[str, Any]
) -> None:
    subject = f"The security scheme {show(tokens[-1])}"
    if old.get("type") != new.get("type"):
        comparison.tell(
            "api-security-component-type-changed",
            Scope(),
            (*tokens, "type"),
            f"{subject} changed from {show(old.get('type'))} to {show(new.get('type'))}",
            before=old.get("type"),
            after=new.get("type"),
        )
    sent = ("name", "in", "scheme", "bearerFormat", "openIdConnectUrl", "oauth2MetadataUrl")
    for keyword in sent:
        values = old.get(keyword, MISSING), new.get(keyword, MISSING)
        if not equal(*values):
            comparison.tell(
                "api-security-component-changed",
                Scope(),
                (*tokens, keyword),
                f"{subject}: {keyword} changed from {show(values[0])} to {show(values[1])}",
                before=values[0],
                after=values[1],
            )
    at = (*tokens, "flows")
    flows = comparison.objects(old.get("flows", MISSING), new.get("flows", MISSING), Scope(), at)
    for name, before, after in _flows(*flows):
        _flow(comparison, (*at, name), subject, before, after)
    comparison.leftovers(old, new, ("type", "flows", *sent), Scope(), tokens, subject)
    extensions = tuple(
        {key: value for key, value in each.items() if key.startswith("x-")} for each in flows
    )
    comparison.leftovers(extensions[0], extensions[1], (), Scope(), at, subject)


def _flows(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in sorted(old.keys() | new.keys()):
        values = old.get(name, MISSING), new.get(name, MISSING)
        if not name.startswith("x-") and not equal(*values):
            yield name, *values


def _flow(
    comparison: Comparison, tokens: tuple[str, ...], subject: str, before: Any, after: Any
) -> None:
    name = tokens[-1]
    if not isinstance(before, dict) or not isinstance(after, dict):
        action = "added" if before is MISSING else "removed"
        comparison.tell(
            f"api-security-component-oauth-flow-{action}",
            Scope(),
            tokens,
            f"{subject}: the flow {show(name)} was {action}",
            before=before,
            after=after,
        )
        return
    for keyword, rule in (
        ("authorizationUrl", "oauth-url-changed"),
        ("tokenUrl", "oauth-token-url-changed"),
    ):
        values = before.get(keyword, MISSING), after.get(keyword, MISSING)
        if not equal(*values):
            comparison.tell(
                f"api-security-component-{rule}",
                Scope(),
                (*tokens, keyword),
                f"{subject}: {keyword} of the flow {show(name)} changed from "
                f"{show(values[0])} to {show(values[1])}",
                before=values[0],
                after=values[1],
            )
    old, new = comparison.objects(
        before.get("scopes", MISSING),
        after.get("scopes", MISSING),
        Scope(),
        (*tokens, "scopes"),
    )
    for scope in sorted(old.keys() | new.keys()):
        if scope not in new:
            change, told = "removed", "was removed"
        elif scope not in old:
            change, told = "added", "was added"
        elif old[scope] != new[scope]:
            change, told = "changed", f"means {show(new[scope])}, not {show(old[scope])}"
        else:
            continue
        comparison.tell(
            f"api-security-component-oauth-scope-{change}",
            Scope(),
            (*tokens, "scopes", scope),
            f"{subject}: the scope {show(scope)} of the flow {show(name)} {told}",
            before=old.get(scope, MISSING),
            after=new.get(scope, MISSING),
        )
    spoken = ("authorizationUrl", "tokenUrl", "scopes")
    comparison.leftovers(
        before, after, spoken, Scope(), tokens, f"{subject}: the flow {show(name)}"
    )
