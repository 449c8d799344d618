"""What a document says about itself, as names the catalog can use."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from catalog.analysis.text import short
from catalog.versions import LABEL

LONGEST_SLUG = 60
NOISE = re.compile(r"\b(?:api|apis|openapi|rest|service|swagger|specification|spec)\b")


def slug_for(title: str) -> str:
    """A slug made of a title: "Payments API" → payments. Empty where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    for text in (NOISE.sub(" ", plain), plain):
        words = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
        if words:
            return words[:LONGEST_SLUG].rstrip("-")
    return ""


def info_of(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document's `info`."""
    info = tree.get("info")
    return info if isinstance(info, dict) else {}


def title_of(tree: Mapping[str, Any]) -> str:
    """The title, on one line."""
    return short(info_of(tree).get("title"), 200) or "Untitled"


def version_of(tree: Mapping[str, Any]) -> str:
    """The version the document gives itself, if it can be a label; else nothing."""
    given = info_of(tree).get("version")
    text = re.sub(r"[^A-Za-z0-9._+-]+", "-", str(given or "")).strip("-._+")[:80]
    return text if LABEL.match(text) else ""


def summary_of(tree: Mapping[str, Any]) -> str:
    """One line: the summary, or the first sentence of the description without its marks."""
    info = info_of(tree)
    if isinstance(info.get("summary"), str):
        return short(info["summary"], 300)
    text = info.get("description")
    if not isinstance(text, str):
        return ""
    for block in re.split(r"\n\s*\n", text):
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", block)
        words = " ".join(re.sub(r"<[^>]*>|[`*_#>|]", "", words).split())
        if words and not block.lstrip().startswith("#"):
            sentence = re.split(r"(?<=[.!?])\s", words, maxsplit=1)[0]
            return short(sentence, 300)
    return ""
