"""Servers: where the API is reached."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import equal, show

RULES: list[Rule] = [
    Rule("server-added", "info", "none", "the API is reached at another address too"),
    Rule("server-removed", "warning", "none", "the API is no longer reached at an address"),
    Rule(
        "server-variables-changed",
        "warning",
        "none",
        "a variable of a server's address has other values",
    ),
]


def compare(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    """Compare two lists of servers by their URL."""
    if comparison.documents.same(before, after):
        return
    old, new = _by_url(before), _by_url(after)
    at = (*tokens, "servers")
    for url in old.keys() - new.keys():
        comparison.tell(
            "server-removed", scope, at, f"The server {show(url)} was removed", before=old[url]
        )
    for url in new.keys() - old.keys():
        comparison.tell(
            "server-added", scope, at, f"The server {show(url)} was added", after=new[url]
        )
    told = old.keys() != new.keys()
    for url in old.keys() & new.keys():
        if equal(old[url], new[url]):
            continue
        told = True
        subject = f"The server {show(url)}"
        if not equal(old[url].get("variables"), new[url].get("variables")):
            comparison.tell(
                "server-variables-changed",
                scope,
                (*at, url, "variables"),
                f"{subject} has other variables",
                before=old[url].get("variables"),
                after=new[url].get("variables"),
            )
        comparison.leftovers(old[url], new[url], ("variables", "url"), scope, (*at, url), subject)
    if not told:
        comparison.leftovers(
            {"servers": before}, {"servers": after}, (), scope, tokens, "The list of servers"
        )


def _by_url(servers: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(servers, list):
        return {}
    return {str(each.get("url")): each for each in servers if isinstance(each, dict)}
