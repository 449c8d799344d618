"""AsyncAPI servers: where the application is reached, and by which protocol."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, equal, show
from . import asyncapi_bindings, security

RULES: list[Rule] = [
    Rule("asyncapi-server-added", "info", "none", "the application is reached at another server"),
    Rule("asyncapi-server-removed", "warning", "none",
         "the application is no longer reached at a server"),
    Rule("asyncapi-server-address-changed", "warning", "none", "a server has another address"),
    Rule("asyncapi-server-protocol-changed", "error", "none", "a server speaks another protocol"),
    Rule("asyncapi-server-protocol-version-changed", "warning", "none",
         "a server speaks another version of its protocol"),
    Rule("asyncapi-server-variables-changed", "warning", "none",
         "a variable of a server's address has other values"),
    Rule("asyncapi-server-security-added", "info", "none",
         "a server accepts another way to authenticate"),
    Rule("asyncapi-server-security-removed", "info", "none",
         "a server lost a way to authenticate"),
    Rule("asyncapi-server-security-scope-added", "info", "none", "a server asks for another scope"),
    Rule("asyncapi-server-security-scope-removed", "info", "none",
         "a server asks for one scope less"),
]  # fmt: skip


def compare(comparison: Comparison, before: Any, after: Any) -> None:
    """Compare the servers of two documents by name."""
    if comparison.documents.same(before, after):
        return
    old, new = comparison.objects(before, after, Scope(), ("servers",))
    for name in sorted(old.keys() | new.keys()):
        tokens = ("servers", name)
        if name not in new or name not in old:
            action = "removed" if name not in new else "added"
            comparison.tell(
                f"asyncapi-server-{action}",
                Scope(),
                tokens,
                f"The server {show(name)} was {action}",
                before=old.get(name, MISSING),
                after=new.get(name, MISSING),
            )
        elif not comparison.documents.same(old[name], new[name]):
            _server(comparison, tokens, *comparison.objects(old[name], new[name], Scope(), tokens))


def _server(
    comparison: Comparison, tokens: tuple[str, ...], old: dict[str, Any], new: dict[str, Any]
) -> None:
    subject = f"The server {show(tokens[-1])}"
    told = (
        ("protocol", "protocol"),
        ("protocolVersion", "protocol-version"),
        ("variables", "variables"),
    )
    for keyword, name in told:
        values = old.get(keyword, MISSING), new.get(keyword, MISSING)
        if not comparison.documents.same(*values):
            comparison.tell(
                f"asyncapi-server-{name}-changed",
                Scope(),
                (*tokens, keyword),
                f"{subject}: {keyword} changed from {show(values[0])} to {show(values[1])}",
                before=values[0],
                after=values[1],
            )
    addresses = _address(old), _address(new)
    if addresses[0] != addresses[1]:
        comparison.tell(
            "asyncapi-server-address-changed",
            Scope(),
            (*tokens, "host"),
            f"{subject} is at {show(addresses[1])}, not {show(addresses[0])}",
            before=addresses[0],
            after=addresses[1],
        )
    nodes = old.get("security", MISSING), new.get("security", MISSING)
    if not equal(*nodes):
        plain = tuple(
            security.requirements(comparison, node, side) for side, node in enumerate(nodes)
        )
        scope = Scope()
        if not security.compare_alternatives(comparison, scope, "asyncapi-server-security", *plain):
            comparison.leftovers(
                {"security": nodes[0]}, {"security": nodes[1]}, (), scope, tokens, subject
            )
    asyncapi_bindings.compare(comparison, Scope(), tokens, "server", subject, old, new)
    spoken = ("url", "host", "pathname", "security", "bindings", *(key for key, _ in told))
    comparison.leftovers(old, new, spoken, Scope(), tokens, subject)


def _address(server: dict[str, Any]) -> str:
    """Host and path without the protocol, as AsyncAPI 2 (url) or 3 (host, pathname) gives them."""
    url = server.get("url")
    if isinstance(url, str):
        return url.split("://", 1)[-1]
    return f"{server.get('host', '')}{server.get('pathname', '')}"
