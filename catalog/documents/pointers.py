"""JSON pointers (RFC 6901) as text."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote


def token(name: object) -> str:
    """One reference token, escaped."""
    text = name if type(name) is str else str(name)
    if "~" in text or "/" in text:
        return text.replace("~", "~0").replace("/", "~1")
    return text


def join(base: str, *names: object) -> str:
    """The pointer to what stands at `names` below `base`."""
    return base + "".join("/" + token(name) for name in names)


def of(names: Iterable[object]) -> str:
    """The pointer made of these names."""
    return "".join("/" + token(name) for name in names)


def split(pointer: str) -> list[str]:
    """The names of a pointer. Raises ValueError if it does not begin with a slash."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer[:80]}")
    names = pointer[1:].split("/")
    if "~" in pointer:
        return [
            name.replace("~1", "/").replace("~0", "~") if "~" in name else name for name in names
        ]
    return names


def of_fragment(fragment: str) -> str:
    """The pointer in a URI fragment (without its #), percent-decoded."""
    return unquote(fragment) if "%" in fragment else fragment


def parent(pointer: str) -> str:
    """The pointer of what holds it; the root's parent is the root."""
    return pointer.rpartition("/")[0]


def last(pointer: str) -> str:
    """The last name of a pointer; empty for the root."""
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
