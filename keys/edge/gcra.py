"""Limits by the second: the generic cell rate algorithm (ITU-T I.371), one number a key.

Over any stretch of T seconds at most burst + T x per_second calls pass; there is no window whose
boundary could be used twice. The state is this process's own.
"""

from collections.abc import Hashable

from keys.edge.entries import Rate

SWEEP_FROM = 100_000


# Whether the call passes, how many more would, when all is free again, and after how long a
# refused one passes; both in seconds.
Standing = tuple[bool, int, float, float]


class Limiter:
    """The theoretical arrival time of each key's next call."""

    def __init__(self) -> None:
        self._arrival: dict[Hashable, float] = {}
        self._sweep_at = SWEEP_FROM

    def take(self, key: Hashable, rate: Rate, now: float) -> Standing:
        """Take one call at `now` (seconds of a clock that never goes back)."""
        interval = 1.0 / rate.per_second
        tolerance = interval * rate.burst
        arrival = max(self._arrival.get(key, now), now)
        ahead = arrival + interval - now
        # One part in a thousand million, lest rounding refuse a call that is due.
        if ahead > tolerance * (1 + 1e-9):
            return False, 0, arrival - now, ahead - tolerance
        if len(self._arrival) > self._sweep_at:
            self._arrival = {k: at for k, at in self._arrival.items() if at > now}
            self._sweep_at = max(SWEEP_FROM, 2 * len(self._arrival))
        self._arrival[key] = now + ahead
        return True, int((tolerance - ahead) / interval + 1e-6), ahead, 0.0
