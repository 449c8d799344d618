import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.edge.entries import Rate
from keys.edge.gcra import Limiter

RATES = st.builds(Rate, st.floats(0.01, 5000, allow_nan=False), st.integers(1, 500))
GAPS = st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=200)


@given(RATES, GAPS, st.floats(0, 1e6))
def test_no_stretch_of_time_admits_more_than_burst_and_rate(
    rate: Rate, gaps: list[float], start: float
) -> None:
    limiter, now = Limiter(), start
    admitted: list[float] = []
    for gap in gaps:
        now += gap
        if limiter.take("key", rate, now)[0]:
            admitted.append(now)
    for first, begun in enumerate(admitted):
        for last in range(first, len(admitted)):
            passed = last - first + 1
            most = rate.burst + (admitted[last] - begun) * rate.per_second
            assert passed <= most + 1e-3 * (1 + passed)


@given(RATES, st.floats(0, 1e6))
def test_h37_a_burst_is_never_doubled_at_any_boundary(rate: Rate, start: float) -> None:
    limiter = Limiter()
    first = sum(limiter.take("key", rate, start)[0] for _ in range(rate.burst + 5))
    second = sum(limiter.take("key", rate, start + 1e-6)[0] for _ in range(rate.burst + 5))
    assert first == rate.burst
    assert second <= 1


@given(RATES, st.integers(1, 20), st.floats(0, 1e6))
def test_a_refused_call_passes_when_it_was_told_to_come_back(
    rate: Rate, refused: int, start: float
) -> None:
    limiter = Limiter()
    while limiter.take("key", rate, start)[0]:
        pass
    wait = 0.0
    for _ in range(refused):  # refusals do not push the time away
        allowed, remaining, _, wait = limiter.take("key", rate, start)
        assert (allowed, remaining) == (False, 0)
    assert not limiter.take("key", rate, start + wait * 0.9)[0] or wait < 1e-6
    assert limiter.take("key", rate, start + wait * (1 + 1e-6) + 1e-6)[0]


@given(RATES, st.floats(0, 1e6))
def test_what_is_said_to_remain_does_pass(rate: Rate, start: float) -> None:
    limiter = Limiter()
    _, remaining, _, _ = limiter.take("key", rate, start)
    assert remaining == rate.burst - 1
    assert all(limiter.take("key", rate, start)[0] for _ in range(remaining))
    assert not limiter.take("key", rate, start)[0]


def test_keys_do_not_share_a_limit_and_idle_ones_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("keys.edge.gcra.SWEEP_FROM", 10)
    limiter, rate = Limiter(), Rate(1.0, 1)
    for number in range(100):
        assert limiter.take(number, rate, number * 10.0)[0]
    assert len(limiter._standing) <= 25
