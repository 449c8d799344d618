"""What an API seems to be for, and the picture that stands for it, from its own words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.analysis.naming import info_of, summary_of, title_of
from catalog.capabilities import mentioned_in
from catalog.documents.operation import OperationSpec

MOST = 3
TITLE, TAG, OPERATION = 12, 4, 1
LEAST = 6  # a word or two in passing suggests nothing
GENERIC = frozenset({"search", "risk", "ai", "events", "platform"})
ICONS = {
    "payments": ("credit-card", "blue"),
    "orders": ("shopping-cart", "violet"),
    "catalogue": ("tags", "teal"),
    "inventory": ("boxes", "amber"),
    "logistics": ("truck", "amber"),
    "places": ("map-pin", "green"),
    "customers": ("users", "green"),
    "identity": ("fingerprint", "violet"),
    "messaging": ("bell", "amber"),
    "risk": ("shield-alert", "red"),
    "finance": ("landmark", "teal"),
    "ai": ("sparkles", "violet"),
    "search": ("search", "blue"),
    "events": ("radio", "violet"),
    "platform": ("blocks", "gray"),
}


def suggested_capabilities(
    tree: Mapping[str, Any], operations: Iterable[OperationSpec]
) -> tuple[str, ...]:
    """Up to three capabilities, the likeliest first."""
    scores: Counter[str] = Counter()

    def count(text: str, weight: int) -> None:
        for found in mentioned_in(text[:2000]):
            scores[found.id] += weight

    count(title_of(tree), TITLE)
    count(summary_of(tree), TITLE // 2)
    tags = tree.get("tags") or info_of(tree).get("tags")
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, dict):
            count(str(tag.get("name", "")), TAG)
    for operation in list(operations)[:200]:
        count(operation.summary or "", OPERATION)
    for each in list(scores):
        parent = each.rpartition(".")[0]
        if parent in scores:
            scores[each] += scores[parent] // 2
        if each in GENERIC:
            scores[each] //= 2
    found: list[str] = []
    for each, score in scores.most_common():
        related = any(each.startswith(f"{o}.") or o.startswith(f"{each}.") for o in found)
        if score >= LEAST and not related:
            found.append(each)
    return tuple(found[:MOST])


def icon_for(capabilities: Iterable[str], *, events: bool) -> tuple[str, str]:
    """A lucide icon and a tone."""
    for each in capabilities:
        icon = ICONS.get(each.partition(".")[0])
        if icon:
            return icon
    return ("radio", "violet") if events else ("box", "blue")
