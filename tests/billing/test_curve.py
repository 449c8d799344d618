"""Prices as curves: additive, never negative, tiers at their edges, nothing lost in splitting."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rating.allocate import allocate, round_amounts
from billing.rating.curve import Terms, Tier, cost

GRADUATED = (Tier(Fraction(100), 10), Tier(Fraction(1000), 5, flat_micros=77), Tier(None, 1, per=3))


def test_a_unit_price_is_exact_below_the_micro_unit() -> None:
    assert cost(Terms("per_unit", 150_000, per=1_000_000), 0, 7) == Fraction(105, 100)


def test_included_units_cost_nothing_and_the_next_one_does() -> None:
    terms = Terms("per_unit", 10, included=Fraction(100))
    assert [cost(terms, 0, end) for end in (99, 100, 101, 150)] == [0, 0, 10, 500]


def test_a_started_package_is_due_whole() -> None:
    terms = Terms("package", 500, per=100)
    assert [cost(terms, 0, end) for end in (0, Decimal("0.5"), 100, 101)] == [0, 500, 500, 1000]


def test_graduated_tiers_price_each_unit_where_it_stands() -> None:
    terms = Terms("graduated", tiers=GRADUATED)
    assert cost(terms, 0, 100) == 1000
    assert cost(terms, 0, 101) == 1000 + 77 + 5
    assert cost(terms, 0, 1003) == 1000 + 77 + 900 * 5 + 1


def test_a_tiered_price_takes_all_units_at_the_tier_the_month_reaches() -> None:
    terms = Terms("tiered", tiers=GRADUATED)
    assert cost(terms, 0, 100) == 1000
    assert cost(terms, 0, 101) == 101 * 5 + 77
    assert cost(terms, 0, 50, total=101) == 250
    assert cost(terms, 50, 101, total=101) == 51 * 5 + 77


def test_the_multiplier_of_a_risk_class_multiplies() -> None:
    assert cost(Terms("per_unit", 10, multiplier=Fraction(3, 2)), 0, 3) == 45


def test_a_model_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        cost(Terms("auction", 10), 0, 3)


amounts = st.integers(0, 10**9)
positions = st.decimals(0, 10**7, places=6)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    edges = sorted(draw(st.sets(st.integers(1, 10**6), max_size=4)))
    tiers = tuple(
        Tier(None if edge is None else Fraction(edge), draw(amounts), draw(st.integers(1, 1000)),
             draw(st.integers(0, 1000)))
        for edge in [*edges, None]
    )  # fmt: skip
    return Terms(
        model=draw(st.sampled_from(["per_unit", "package", "graduated", "tiered"])),
        amount_micros=draw(amounts),
        per=draw(st.integers(1, 10**6)),
        included=Fraction(draw(st.integers(0, 10**5))),
        tiers=tiers,
        multiplier=Fraction(draw(st.integers(1, 40)), 10),
    )


@given(terms=terms(), places=st.lists(positions, min_size=2, max_size=5))
def test_pieces_cost_what_the_whole_costs(terms: Terms, places: list[Decimal]) -> None:
    ends = sorted(places)
    total = ends[-1]
    pieces = [
        cost(terms, a, b, total=total) for a, b in zip([Decimal(0), *ends], ends, strict=False)
    ]
    assert sum(pieces) == cost(terms, 0, total)
    assert min(pieces) >= 0


@given(terms=terms(), end=positions)
def test_no_use_costs_nothing(terms: Terms, end: Decimal) -> None:
    assert cost(terms, end, end, total=end) == 0


@given(total=st.integers(-(10**15), 10**15), weights=st.lists(st.integers(0, 10**9), min_size=1))
def test_allocating_loses_nothing_and_is_fair_to_a_unit(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Fraction(total * weight, whole)) < 1


def test_allocating_to_nobody_is_refused_unless_there_is_nothing() -> None:
    assert allocate(0, []) == []
    with pytest.raises(ValueError, match="nobody"):
        allocate(1, [])
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [1, -1])


@given(exact=st.lists(st.integers(-(10**12), 10**12), max_size=30))
def test_cents_sum_to_the_rounded_sum_and_each_is_off_by_less_than_one(exact: list[int]) -> None:
    cents = round_amounts(exact, 10_000)
    assert sum(cents) == round(Fraction(sum(exact), 10_000))
    assert all(
        abs(part * 10_000 - amount) < 10_000 for part, amount in zip(cents, exact, strict=True)
    )
