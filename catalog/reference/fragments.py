"""The pieces of a version's document that a page has loaded."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from catalog.analysis.pieces import load
from catalog.analysis.places import Tokens, hash_of, owner_of, pointer_of
from catalog.models import Fragment
from catalog.reference.source import LATER, MISSING, Source, within

Drawn = TypeVar("Drawn")
ROUNDS = 3


class Fragments(Source):
    """The fragments of one version that a page has loaded so far.

    A look-up of what is not loaded answers LATER and is noted; `load_wanted` then fetches all
    that was noted in one query, and the page draws again.
    """

    def __init__(self, version_id: UUID) -> None:
        self.version_id = version_id
        self._bodies: dict[str, Any] = {}
        self._wanted: set[str] = set()
        self._asked: set[UUID] = set()

    def load(self, hashes: Iterable[UUID]) -> None:
        """Fetch fragments by the hashes of their pointers: one query."""
        asked = set(hashes) - self._asked
        self._asked |= asked
        rows = Fragment.across.filter(version_id=self.version_id, pointer_hash__in=list(asked))
        for pointer, body in rows.values_list("pointer", "body"):
            self._bodies[pointer] = load(body)

    def load_wanted(self) -> bool:
        """Fetch what was looked for in vain; False where nothing was."""
        if not self._wanted:
            return False
        wanted, self._wanted = self._wanted, set()
        self.load(hash_of(pointer) for pointer in wanted)
        return True

    def at(self, tokens: Tokens) -> Any:
        """The value at a place, MISSING, or LATER."""
        owner = owner_of(tokens)
        pointer = pointer_of(owner)
        value = self._bodies.get(pointer, LATER)
        if value is not LATER:
            return within(value, tokens[len(owner) :])
        if hash_of(pointer) in self._asked:
            return MISSING
        self._wanted.add(pointer)
        return LATER

    def draw(self, draw: Callable[[], Drawn]) -> Drawn:
        """What `draw` makes, made again after fetching what it missed, at most three times."""
        drawn = draw()
        for _ in range(ROUNDS):
            if not self.load_wanted():
                break
            drawn = draw()
        return drawn
