"""Texts that satisfy a schema of type string: format, pattern, length."""

import importlib
import re
import string
import warnings
from typing import Any

from catalog.mock.errors import CannotAnswer

# Private, and stable since Python 3.11: what `re` itself makes of a pattern, without matching.
codes = importlib.import_module("re._constants")
parser = importlib.import_module("re._parser")

LONGEST = 100_000  # characters of one text
FORMATS = {
    "date-time": "2026-01-15T09:30:00Z",
    "date": "2026-01-15",
    "time": "09:30:00Z",
    "duration": "PT15M",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "api.example.com",
    "idn-hostname": "api.example.com",
    "ipv4": "192.0.2.10",
    "ipv6": "2001:db8::10",
    "uri": "https://example.com/things/1",
    "url": "https://example.com/things/1",
    "uri-reference": "/things/1",
    "iri": "https://example.com/things/1",
    "uri-template": "/things/{id}",
    "uuid": "7f1d0a86-3c1e-4b57-9d2a-5f6f0c1b2a3d",
    "json-pointer": "/things/0",
    "relative-json-pointer": "1/things",
    "regex": "^[a-z]+$",
    "byte": "bWFya2V0",
    "binary": "bytes",
    "password": "not-a-real-password",
}
WORDS = "sample text of a mock "
# One character of each class that a pattern may ask for.
CLASSES = {
    codes.CATEGORY_DIGIT: "7",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_WORD: "-",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: "a",
}


def text_for(schema: dict[str, Any]) -> str:
    """A text for a string schema. Raises CannotAnswer where none is found."""
    least = _length(schema.get("minLength"), 0)
    most = _length(schema.get("maxLength"), max(least, LONGEST))
    if least > LONGEST:
        raise CannotAnswer(f"a text of at least {least} characters is too long for the mock")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        return _of_pattern(pattern, least, most)
    name = schema.get("format")
    if isinstance(name, str) and name in FORMATS and least <= len(FORMATS[name]) <= most:
        return FORMATS[name]
    return _fitted(least, most)


def _length(value: Any, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) and value >= 0 else otherwise


def _fitted(least: int, most: int) -> str:
    base = "string"
    if len(base) < least:
        base = (WORDS * (least // len(WORDS) + 1))[:least]
    return base[:most]


def _of_pattern(pattern: str, least: int, most: int) -> str:
    """A text for a pattern, made by walking what Python's own parser makes of it.

    Tried at its shortest, then with every repetition stretched; nothing is ever matched against
    the pattern by a backtracking engine.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        raise CannotAnswer(
            f"the pattern {pattern[:80]!r} cannot be read; an example would help"
        ) from None
    for stretch in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, least):
        made = "".join(_walk(tree, stretch, []))
        if least <= len(made) <= most:
            return made
        if len(made) > LONGEST:
            break
    raise CannotAnswer(
        f"no text of {least} to {most} characters was found for {pattern[:80]!r};"
        " an example would help"
    )


def _walk(tree: Any, stretch: int, groups: list[str]) -> list[str]:
    made: list[str] = []
    for operator, argument in tree:
        made.append(_one(operator, argument, stretch, groups))
        if sum(map(len, made)) > LONGEST:
            raise CannotAnswer("the pattern asks for a text too long for the mock")
    return made


def _one(operator: Any, argument: Any, stretch: int, groups: list[str]) -> str:
    match operator:
        case codes.LITERAL:
            return chr(argument)
        case codes.NOT_LITERAL:
            return "a" if argument != ord("a") else "b"
        case codes.ANY:
            return "a"
        case codes.IN:
            return _member(argument)
        case codes.BRANCH:
            return "".join(_walk(argument[1][0], stretch, groups))
        case codes.SUBPATTERN:
            made = "".join(_walk(argument[3], stretch, groups))
            if argument[0] is not None:
                groups.append(made)
            return made
        case codes.ATOMIC_GROUP:
            return "".join(_walk(argument, stretch, groups))
        case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
            low, high, inner = argument
            times = min(low + stretch, int(high)) if low < LONGEST else LONGEST + 1
            piece = "".join(_walk(inner, stretch, groups))
            if times * max(1, len(piece)) > LONGEST:
                raise CannotAnswer("the pattern asks for a text too long for the mock")
            return piece * times
        case codes.GROUPREF:
            return groups[argument - 1] if argument <= len(groups) else ""
        case codes.AT:
            return ""
        case codes.CATEGORY:
            return CLASSES.get(argument, "a")
    raise CannotAnswer("the pattern uses what the mock cannot invent for; an example would help")


def _member(members: Any) -> str:
    listed = list(members)
    if listed and listed[0][0] is codes.NEGATE:
        refused = listed[1:]
        for candidate in string.ascii_letters + string.digits + "-_. ":
            if not any(_holds(member, candidate) for member in refused):
                return candidate
        raise CannotAnswer("the pattern excludes every ordinary character")
    operator, argument = listed[0]
    if operator is codes.RANGE:
        return chr(argument[0])
    return chr(argument) if operator is codes.LITERAL else CLASSES.get(argument, "a")


def _holds(member: Any, character: str) -> bool:
    operator, argument = member
    if operator is codes.LITERAL:
        return bool(argument == ord(character))
    if operator is codes.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    return {
        codes.CATEGORY_DIGIT: character.isdigit(),
        codes.CATEGORY_NOT_DIGIT: not character.isdigit(),
        codes.CATEGORY_WORD: character.isalnum() or character == "_",
        codes.CATEGORY_NOT_WORD: not (character.isalnum() or character == "_"),
        codes.CATEGORY_SPACE: character.isspace(),
        codes.CATEGORY_NOT_SPACE: not character.isspace(),
    }.get(argument, False)
