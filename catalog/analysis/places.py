"""JSON pointers (RFC 6901) as references write them, and which fragment a pointer lies in."""

from hashlib import md5
from urllib.parse import unquote
from uuid import UUID

Tokens = tuple[str, ...]
HTTP_METHODS = frozenset(
    {"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}
)
# Sections whose entries are fragments of their own; by how many tokens their entries are named.
SECTIONS = {
    "components": 3,
    "definitions": 2,
    "parameters": 2,
    "responses": 2,
    "channels": 2,
    "operations": 2,
}
PATHS = frozenset({"paths", "webhooks"})


def pointer_of(tokens: Tokens) -> str:
    """The pointer with its `#`, as `#/paths/~1pets/get`."""
    return "#" + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def tokens_of(reference: str) -> Tokens | None:
    """The tokens of a reference into the same document; None for any other."""
    if reference == "#":
        return ()
    if not reference.startswith("#/"):
        return None
    text = unquote(reference[2:]) if "%" in reference else reference[2:]
    if "~" not in text:
        return tuple(text.split("/"))
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/"))


def owner_of(tokens: Tokens) -> Tokens:
    """The tokens of the fragment that holds the place."""
    if not tokens:
        return ()
    first = tokens[0]
    if first in PATHS:
        is_operation = len(tokens) > 2 and tokens[2] in HTTP_METHODS
        return tokens[:3] if is_operation else tokens[:2]
    return tokens[: SECTIONS.get(first, 1)]


def hash_of(pointer: str) -> UUID:
    """What stands for a pointer of any length in an index. No secret, so MD5 will do."""
    return UUID(bytes=md5(pointer.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest())
