"""Wall time for each call at the price of an addition."""

import asyncio
import time
from datetime import UTC, datetime

from marketplace import clock

FOLLOW_SECONDS = 0.1


class WallTime:
    """`offset` added to the monotonic clock gives POSIX seconds; kept true as the wall clock is
    set, by reading the marketplace's clock ten times a second."""

    __slots__ = ("_millisecond", "_stamp", "offset")

    def __init__(self) -> None:
        self._millisecond = 0
        self._stamp = b""
        self.offset = clock.now().timestamp() - time.monotonic()

    async def follow(self) -> None:
        """Keep `offset` true until cancelled."""
        while True:
            self.offset = clock.now().timestamp() - time.monotonic()
            await asyncio.sleep(FOLLOW_SECONDS)

    def stamp(self, now: float) -> bytes:
        """`now` (POSIX seconds) as a field of a usage row, to the millisecond, with its tab."""
        millisecond = int(now * 1000)
        if millisecond != self._millisecond:
            self._millisecond = millisecond
            moment = datetime.fromtimestamp(millisecond / 1000, UTC)
            self._stamp = f"\t{moment.isoformat(timespec='milliseconds')}".encode()
        return self._stamp
