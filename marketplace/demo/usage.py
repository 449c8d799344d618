"""Two months of calls, made by a seeded generator: daily rhythm, weekly rhythm, growth, noise.

Gateways report an hour's calls of one key to one operation as one usage event with a quantity,
so that the demo's millions of calls are a few hundred thousand events.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from marketplace.demo.company import RHYTHMS
from marketplace.demo.company.records import Application, Use

DAYS_A_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class HourOfCalls:
    """What one application did to one operation within one hour."""

    hour: datetime
    application: str
    api: str
    operation_id: str
    calls: int
    errors: int
    meters: tuple[tuple[str, int], ...]


def first_moment(now: datetime) -> datetime:
    """The beginning of last month: the demo holds that month whole and this one until `now`."""
    first_of_month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first_of_month - timedelta(days=1)).replace(day=1)


def calls_of(application: Application, *, now: datetime, seed: int = 7) -> Iterator[HourOfCalls]:
    """Every hour of every use of one application, from `first_moment` to `now`.

    The same arguments give the same hours: each use has a generator of its own, so that changing
    one does not move the others.
    """
    for use in application.uses:
        random = Random(f"{seed}:{application.slug}:{use.api}")
        yield from _calls_of_use(application.slug, use, now, random)


def _calls_of_use(
    application: str, use: Use, now: datetime, random: Random
) -> Iterator[HourOfCalls]:
    start = max(first_moment(now), now - timedelta(days=use.started_days_ago))
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < now:
        expected = _expected_calls(use, hour, now)
        for operation_id, share in use.operations:
            calls = _poisson(random, expected * share)
            if calls:
                yield HourOfCalls(
                    hour=hour + timedelta(minutes=random.randrange(60)),
                    application=application,
                    api=use.api,
                    operation_id=operation_id,
                    calls=calls,
                    errors=_poisson(random, calls * use.errors),
                    meters=tuple(
                        (meter, max(1, round(calls * mean * random.gauss(1, 0.06))))
                        for meter, mean in use.per_call
                    ),
                )
        hour += timedelta(hours=1)


def _expected_calls(use: Use, hour: datetime, now: datetime) -> float:
    rhythm = RHYTHMS[use.rhythm]
    months_ago = (now - hour).total_seconds() / 86_400 / DAYS_A_MONTH
    trend = float((1 + use.growth) ** -months_ago)
    day = Random(f"{use.api}:{use.rhythm}:{hour.date()}").gauss(1, rhythm.noise)
    of_day = rhythm.hours[hour.hour] / sum(rhythm.hours)
    return max(0.0, use.daily_calls * trend * max(0.2, day) * rhythm.days[hour.weekday()] * of_day)


def _poisson(random: Random, mean: float) -> int:
    """A Poisson count; its normal approximation where the mean is large."""
    if mean > 30:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    threshold, count, product = math.exp(-mean), 0, random.random()
    while product > threshold:
        count += 1
        product *= random.random()
    return count
