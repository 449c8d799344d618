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


LIMITS = Limits()
