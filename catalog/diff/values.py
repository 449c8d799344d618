"""JSON values: strict equality, pointers and how a value reads in a sentence."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson


class _Missing:
    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "nothing"


# "The key is not there", which null is not.
MISSING: Final[Any] = _Missing()

# How much of a value a sentence shows; the whole stands in Change.before and Change.after.
SHOWN_LENGTH = 80


def equal(a: Any, b: Any) -> bool:
    """Whether two JSON values are the same; 1 is 1.0, but true is not 1."""
    if a is b:
        return True
    if isinstance(a, dict | list) and type(a) is type(b):
        try:
            if a != b:
                return False
            if orjson.dumps(a, option=orjson.OPT_SORT_KEYS) == orjson.dumps(
                b, option=orjson.OPT_SORT_KEYS
            ):
                return True
        except (TypeError, RecursionError):
            pass
    return _strictly_equal(a, b)


def _strictly_equal(a: Any, b: Any) -> bool:
    pending = [(a, b)]
    while pending:
        left, right = pending.pop()
        if left is right:
            continue
        if isinstance(left, dict):
            if not isinstance(right, dict) or left.keys() != right.keys():
                return False
            pending.extend((value, right[key]) for key, value in left.items())
        elif isinstance(left, list):
            if not isinstance(right, list) or len(left) != len(right):
                return False
            pending.extend(zip(left, right, strict=True))
        elif isinstance(left, bool) or isinstance(right, bool):
            if not (isinstance(left, bool) and isinstance(right, bool) and left == right):
                return False
        elif left != right:
            return False
    return True


def among(value: Any, values: Iterable[Any]) -> bool:
    """Whether the value stands in the list, by strict equality."""
    return any(equal(value, other) for other in values)


def pointer(tokens: Iterable[str]) -> str:
    """The JSON pointer (RFC 6901) of these tokens."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def show(value: Any) -> str:
    """The value as a sentence names it, cut to a readable length."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, str):
        text = value
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
        except (RecursionError, ValueError):
            text = "a deeply nested value"
    text = " ".join(text.splitlines()) if "\n" in text else text
    if len(text) > SHOWN_LENGTH:
        text = text[: SHOWN_LENGTH - 1] + "…"
    return f"`{text}`"


def contrast(before: Any, after: Any) -> tuple[str, str]:
    """Both values as a sentence names them; of long texts the part where they begin to differ."""
    if isinstance(before, str) and isinstance(after, str):
        pairs = enumerate(zip(before, after, strict=False))
        same = next((at for at, (old, new) in pairs if old != new), min(len(before), len(after)))
        if same > SHOWN_LENGTH // 2:
            start = before.find(" ", same - SHOWN_LENGTH // 4, same) + 1 or same
            return show("…" + before[start:]), show("…" + after[start:])
    return show(before), show(after)


def listed(values: Iterable[Any]) -> str:
    """Several values as a sentence names them."""
    return ", ".join(show(value) for value in values) or "nothing"


def plain(value: Any) -> Any:
    """The value for Change.before and Change.after: None where it is missing."""
    return None if value is MISSING else value


def differences(before: Any, after: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """The places at which two plain values differ, as deep as both are objects."""
    pending: list[tuple[tuple[str, ...], Any, Any]] = [((), before, after)]
    while pending:
        path, old, new = pending.pop()
        if equal(old, new):
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            pending.extend(
                ((*path, key), old.get(key, MISSING), new.get(key, MISSING))
                for key in sorted(old.keys() | new.keys(), reverse=True)
            )
        else:
            yield path, old, new
