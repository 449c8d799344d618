"""Rollups are brought up to date exactly once, and rebuilt with the same result."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import DirtyMonth, OwnMeter, UsageRollup, UsageUnique
from billing.rollup import lag, rebuild, roll_up
from tests.billing.conftest import Trade, roll_all_up

pytestmark = pytest.mark.django_db
TIMES = [f"2026-10-0{day}T{hour:02}:30:00Z" for day in (1, 2) for hour in (0, 23)]


def rollups() -> list[tuple[Any, ...]]:
    return list(
        UsageRollup.objects.order_by("series_id", "grain", "start").values_list(
            "series_id", "grain", "start", "tenant_id", "sum", "count", "max", "last_at"
        )
    )


def uniques() -> list[tuple[Any, ...]]:
    return list(
        UsageUnique.objects.order_by("month", "value").values_list(
            "application_id", "api_id", "meter", "month", "value", "first_at", "series_id"
        )
    )


def test_events_are_summed_by_hour_and_day(trade: Trade) -> None:
    trade.send(
        trade.event("2026-10-05T10:10:00Z", 2),
        trade.event("2026-10-05T10:59:59.999Z", 3),
        trade.event("2026-10-05T13:00:00+02:00", 7),
        trade.event("2026-10-06T00:30:00+01:00", 5),
    )
    assert roll_up() == 1
    found = [(row[1], f"{row[2]:%d %H}", *row[4:7]) for row in rollups()]
    assert found == [
        ("d", "05 00", 17, 4, 7),
        ("h", "05 10", 5, 2, 3),
        ("h", "05 11", 7, 1, 7),
        ("h", "05 23", 5, 1, 5),
    ]
    assert set(DirtyMonth.objects.values_list("month", flat=True)) == {date(2026, 10, 1)}


def test_a_batch_counts_once_however_often_the_worker_runs(trade: Trade) -> None:
    trade.send(trade.event(quantity=2))
    assert [roll_up(), roll_up(), roll_up()] == [1, 0, 0]
    trade.send(trade.event(quantity=3))
    roll_up()
    assert {(grain, total) for _, grain, _, _, total, *_ in rollups()} == {("d", 5), ("h", 5)}


def test_a_large_backlog_is_taken_in_bounded_steps(trade: Trade) -> None:
    for _ in range(5):
        trade.send(trade.event(), trade.event())
    steps = []
    while taken := roll_up(most_events=4):
        steps.append(taken)
    assert steps == [2, 2, 1]


def test_lag_tells_what_waits(trade: Trade) -> None:
    trade.send(trade.event(), trade.event())
    assert lag().events == 2
    roll_all_up()
    assert lag().events == 0


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batches=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(TIMES),
                st.integers(0, 10**9),
                st.sampled_from(["requests", "vectors_stored", "people"]),
                st.sampled_from(["ann", "bob", "cyd"]),
            ),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_rebuilding_from_events_gives_what_batch_by_batch_gave(
    trade: Trade, batches: list[list[tuple[str, int, str, str]]]
) -> None:
    OwnMeter.across.get_or_create(
        slug="people",
        defaults={
            "tenant": trade.company.tenant,
            "name": "People",
            "unit": "person",
            "aggregate": "unique",
            "unique_of": "person",
        },
    )
    for batch in batches:
        trade.send(
            *[
                trade.event(time, quantity, data={"meter": meter, "person": person})
                for time, quantity, meter, person in batch
            ]
        )
        roll_all_up()
    before = rollups(), uniques()
    UsageRollup.objects.filter(grain="d").update(sum=0)
    UsageUnique.objects.all().delete()
    trade.send(trade.event())  # not rolled up yet: a rebuild must not count it before its time
    rebuild(month=date(2026, 10, 1))
    assert (rollups(), uniques()) == before
    rebuild(month=date(2026, 10, 1), tenant_id=trade.company.tenant.id)
    assert (rollups(), uniques()) == before


def test_a_unique_meter_counts_each_value_at_its_first_event(trade: Trade) -> None:
    OwnMeter.across.create(
        tenant=trade.company.tenant,
        slug="people",
        name="People",
        unit="person",
        aggregate="unique",
        unique_of="person",
    )
    people = {"meter": "people", "person": "ann"}
    trade.send(trade.event("2026-10-05T10:00:00Z", data=people))
    roll_all_up()
    trade.send(
        trade.event("2026-10-03T10:00:00Z", data=people),
        trade.event("2026-10-06T10:00:00Z", data=people | {"person": "bob"}),
        trade.event("2026-10-06T10:00:00Z", data={"meter": "people"}),
    )
    roll_all_up()
    found = UsageUnique.objects.order_by("value").values_list("value", "first_at__day")
    assert list(found) == [("ann", 3), ("bob", 6)]
