"""Limits by the second: the generic cell rate algorithm (ITU-T I.371), one number a key.

Over any stretch of T seconds at most burst + T x per_second calls pass; there is no window whose
boundary could be used twice. The state is this process's own.
"""

from collections.abc import Hashable

from keys.edge.entries import Rate

SWEEP_FROM = 100_000
SLACK = 1e-9  # seconds, lest rounding refuse a call that is due


# Whether the call passes, how many more would, when all is free again, and after how long a
# refused one passes; both in seconds.
Standing = tuple[bool, int, float, float]


class Limiter:
    """For each key: when it last took a call, and how far it then stood ahead of its rate.

    Seconds ahead are kept instead of a theoretical arrival time, whose rounding would grow with the
    clock's reading.
    """

    def __init__(self) -> None:
        self._standing: dict[Hashable, tuple[float, float]] = {}
        self._sweep_at = SWEEP_FROM

    def take(self, key: Hashable, rate: Rate, now: float) -> Standing:
        """Take one call at `now` (seconds of a clock that never goes back)."""
        interval, tolerance = rate.interval, rate.tolerance
        stood = self._standing.get(key)
        before = 0.0
        if stood is not None:
            before = stood[1] - (now - stood[0])
            if before < 0.0:
                before = 0.0
        ahead = before + interval
        if ahead > tolerance + SLACK:
            return False, 0, before, ahead - tolerance
        if stood is None and len(self._standing) > self._sweep_at:
            self._sweep(now)
        self._standing[key] = now, ahead
        return True, int((tolerance - ahead) / interval + 1e-6), ahead, 0.0

    def _sweep(self, now: float) -> None:
        """Forget the keys that stand ahead no more: to them nothing is different."""
        self._standing = {
            key: (then, ahead)
            for key, (then, ahead) in self._standing.items()
            if then + ahead > now
        }
        self._sweep_at = max(SWEEP_FROM, 2 * len(self._standing))
