"""What a decision waits for."""

from collections.abc import Awaitable


class Wait:
    """Not decidable yet: `until` brings what is missing."""

    __slots__ = ("until",)

    def __init__(self, until: Awaitable[object]) -> None:
        self.until = until
