"""The daily and weekly rhythms of calls, and how the applications' uses are written down."""

from __future__ import annotations

from marketplace.demo.company.records import Meter, Rhythm, Use


def _rhythm(name: str, hours: str, days: str, noise: float) -> Rhythm:
    return Rhythm(
        name=name,
        hours=tuple(int(weight) for weight in hours.split()),
        days=tuple(float(weight) for weight in days.split()),
        noise=noise,
    )


RHYTHMS: dict[str, Rhythm] = {
    each.name: each
    for each in (
        _rhythm(
            "shop",
            "4 2 1 1 1 2 5 8 11 13 14 15 16 15 14 14 16 19 23 27 26 20 13 7",
            "0.95 0.92 0.94 0.98 1.05 1.18 1.22",
            0.10,
        ),
        _rhythm(
            "office",
            "0 0 0 0 0 1 4 14 22 24 23 18 14 21 22 19 12 5 2 1 1 0 0 0",
            "1.10 1.05 1.02 1.00 0.88 0.06 0.03",
            0.15,
        ),
        _rhythm(
            "night",
            "10 40 60 45 20 6 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 5",
            "1.00 1.00 1.00 1.00 1.00 0.70 0.70",
            0.05,
        ),
        _rhythm(
            "steady",
            "10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10",
            "1.00 1.00 1.00 1.00 1.00 1.00 1.00",
            0.03,
        ),
        _rhythm(
            "depot",
            "2 2 3 8 16 24 26 22 20 19 18 16 15 16 17 18 17 13 9 6 4 3 2 2",
            "1.08 1.02 1.00 1.02 1.06 0.62 0.12",
            0.08,
        ),
        _rhythm(
            "agent",
            "2 1 1 1 1 2 4 9 14 17 18 16 14 16 18 18 16 14 13 12 10 8 5 3",
            "1.00 1.00 1.00 1.00 0.95 0.55 0.50",
            0.30,
        ),
    )
}


def use(
    target: str,
    daily: int,
    rhythm: str,
    operations: dict[str, float],
    *,
    growth: float = 0.04,
    errors: float = 0.004,
    plan: str = "standard",
    per_call: tuple[tuple[Meter, float], ...] = (),
    started_days_ago: int = 75,
) -> Use:
    """A use of `slug@version`, most of them older than the seeded period."""
    api, _, version = target.partition("@")
    return Use(
        api=api,
        version=version,
        operations=tuple(operations.items()),
        daily_calls=daily,
        rhythm=rhythm,
        growth=growth,
        errors=errors,
        plan=plan,
        per_call=per_call,
        started_days_ago=started_days_ago,
    )


def tokens(read: float, cached: float, written: float) -> tuple[tuple[Meter, float], ...]:
    """Mean tokens a call: read, read from cache, written."""
    return (("tokens_in", read), ("tokens_cached", cached), ("tokens_out", written))
