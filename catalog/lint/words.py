"""Names taken apart: their words, their style; and foreign words made safe to repeat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

LONGEST_SHOWN = 60
LONGEST_DETAIL = 400
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
STYLES = {
    "camelCase": re.compile(r"[a-z][a-z0-9]*[A-Z][a-zA-Z0-9]*\Z"),
    "PascalCase": re.compile(r"[A-Z][a-z0-9]+[A-Z][a-zA-Z0-9]*\Z"),
    "snake_case": re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+\Z"),
    "kebab-case": re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+\Z"),
    "UPPER_CASE": re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)+\Z"),
    "Train-Case": re.compile(r"[A-Z][a-zA-Z0-9]*(?:-[A-Z][a-zA-Z0-9]*)+\Z"),
}
MOST_OF_A_NAME = 300
REMEMBERED = 8_000  # names; a name recurs in rule after rule


def quoted(text: str, most: int = LONGEST_SHOWN) -> str:
    """Foreign words in quotation marks: one line, bounded, without what could steer a terminal or
    turn the line around."""
    return _quoted(text[: 4 * most], most)


@lru_cache(maxsize=REMEMBERED)
def _quoted(text: str, most: int) -> str:
    return f"“{plain(text, most)}”"


def plain(text: str, most: int = LONGEST_DETAIL) -> str:
    """The text on one line of at most so many characters, all of them printable."""
    text = text[: 4 * most]
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: createRefund_v2 → create, refund, v, 2."""
    return _words_of(name if len(name) <= MOST_OF_A_NAME else name[:MOST_OF_A_NAME])


@lru_cache(maxsize=REMEMBERED)
def _words_of(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in PARTS.findall(name))


def joined(name: str) -> str:
    """The name's words joined by `_`, by which names of any style compare."""
    return "_".join(words_of(name))


def style_of(name: str) -> str:
    """The style of a name of several words; empty where it has one word or none of the styles."""
    return _style_of(name if len(name) <= MOST_OF_A_NAME else name[:MOST_OF_A_NAME])


@lru_cache(maxsize=REMEMBERED)
def _style_of(name: str) -> str:
    return next((style for style, pattern in STYLES.items() if pattern.match(name)), "")


def main_style(names: Iterable[str]) -> str:
    """The style that most of the names have; empty where none has any."""
    counts = Counter(style for name in names if (style := style_of(name)))
    return counts.most_common(1)[0][0] if counts else ""


def in_style(words: Iterable[str], style: str) -> str:
    """The words written in a style."""
    parts = [word.lower() for word in words]
    match style:
        case "snake_case":
            return "_".join(parts)
        case "kebab-case":
            return "-".join(parts)
        case "UPPER_CASE":
            return "_".join(parts).upper()
        case "PascalCase":
            return "".join(part.capitalize() for part in parts)
        case "Train-Case":
            return "-".join(part.capitalize() for part in parts)
    return parts[0] + "".join(part.capitalize() for part in parts[1:]) if parts else ""
