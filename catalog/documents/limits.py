"""How much of a document is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one document, all inclusive.

    `size` in bytes; `depth` in levels of nesting; `nodes` in values; `copied` in characters of
    source text that YAML aliases may add by repetition.
    """

    size: int = 50_000_000  # issue 4: documents of up to 50 MB
    depth: int = 254  # as orjson writes; JSON knows no other limit here
    nodes: int = 4_000_000
    copied: int = 16_000_000
    few: int = 250_000  # values that any YAML text may hold
    sparse: int = 10  # and one more for so many bytes; real documents have 17 or more for each

    def yaml_nodes(self, size: int) -> int:
        """How many values a YAML text of so many bytes may hold.

        They cost ten times what JSON's do, so that a text made of little else is refused early.
        """
        return min(self.nodes, self.few + size // self.sparse)


LIMITS = Limits()
