"""Plain YAML scalars as the core schema of YAML 1.2 reads them (10.3.2).

OpenAPI and AsyncAPI ask for it: `on` and `yes` are words, dates are text, `0o17` is fifteen.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

WORDS: dict[str, Scalar] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
INTEGER = re.compile(r"[-+]?[0-9]+\Z")
OCTAL = re.compile(r"0o[0-7]+\Z")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")

CORE = "tag:yaml.org,2002:"
MAY_BE_NUMBER = frozenset("-+.0123456789")
WIDEST = 2**64  # JSON interchange: wider integers are read as doubles (RFC 8259, 6)


class NotJson(ValueError):
    """A YAML value that JSON cannot hold."""


def resolve(text: str) -> Scalar:
    """The value of an untagged plain scalar. Raises NotJson for an infinity or not-a-number."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in MAY_BE_NUMBER:
        return text
    if INTEGER.match(text):
        return whole(text, 10)
    if OCTAL.match(text):
        return whole(text[2:], 8)
    if HEXADECIMAL.match(text):
        return whole(text[2:], 16)
    if REAL.match(text):
        return real(text)
    if NOT_FINITE.match(text):
        raise NotJson(f"{text} is not a number that JSON can hold")
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag of the core schema.

    Raises KeyError for any other tag and NotJson for a text that is none of the tag's values.
    """
    if tag in ("!", CORE + "str"):
        return text
    kinds = {"null": type(None), "bool": bool, "int": int, "float": float}
    kind = kinds[tag.removeprefix(CORE)] if tag.startswith(CORE) else kinds[tag]
    value = resolve(text)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise NotJson(f"{text[:40]!r} is not a value of the tag {tag.removeprefix(CORE)}")
    return value


def whole(digits: str, base: int) -> int | float:
    if len(digits) > 400:
        raise NotJson("a number of more than 400 digits")
    value = int(digits, base)
    return value if -WIDEST // 2 <= value < WIDEST else float(value)


def real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJson(f"{text[:40]} is too large a number")
    return value
