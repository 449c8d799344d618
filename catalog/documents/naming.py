"""Identities and URL names of operations."""

from __future__ import annotations

import hashlib
import re
import unicodedata

TEMPLATE = re.compile(r"\{[^{}]*\}")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 80


def erased(path: str) -> str:
    """The path's template without the names of its parameters: /pets/{id} → /pets/{}."""
    return TEMPLATE.sub("{}", path)


def slug(key: str) -> str:
    """A URL name of [a-z0-9-] made of a key; a hash stands in for what ASCII cannot say."""
    text = key.replace("{}", " x ")
    if not key.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = NOT_A_WORD.sub("-", text.lower()).strip("-")
    if not key.isascii() or len(words) > LONGEST_SLUG:
        digest = hashlib.blake2b(key.encode(), digest_size=4).hexdigest()
        words = f"{words[: LONGEST_SLUG - 9].rstrip('-')}-{digest}".lstrip("-")
    return words


class Names:
    """Gives each operation of one document a key and a slug of its own."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.slugs: set[str] = set()

    def key(self, wanted: str, *, otherwise: str) -> str:
        """`wanted` the first time; after that `otherwise`, numbered when that is taken too."""
        key = self.unused(wanted if wanted not in self.keys else otherwise, self.keys, " ")
        self.keys.add(key)
        return key

    def slug(self, key: str) -> str:
        name = self.unused(slug(key) or "operation", self.slugs, "-")
        self.slugs.add(name)
        return name

    @staticmethod
    def unused(wanted: str, taken: set[str], separator: str) -> str:
        name, count = wanted, 1
        while name in taken:
            count += 1
            name = f"{wanted}{separator}{count}"
        return name
