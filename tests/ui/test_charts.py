"""Charts tell in text what they draw."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.ui.charts import Point, Series, bar_chart, ceiling, line_chart, sparkline
from marketplace.ui.format import Number

CALLS = [("1 Nov", 120), ("2 Nov", 480), ("3 Nov", 60), ("4 Nov", 240)]


@pytest.mark.parametrize("chart", [bar_chart, line_chart])
def test_a_chart_has_a_role_a_text_and_a_table(chart: object) -> None:
    html = chart(CALLS, "Calls per day", value="240 today")  # type: ignore[operator]
    assert 'role="img"' in html
    told = re.search(r'role="img"><title>(.*?)</title>', html)
    assert told is not None
    assert told[1] == (
        "Calls per day, 1 Nov to 4 Nov: least 60 on 3 Nov, most 480 on 2 Nov, last 240"
    )
    assert "240 today" in html
    assert html.count("<tr>") == 1 + len(CALLS)
    assert '<th scope="row">2 Nov</th><td class="num">480</td>' in html
    assert "style=" not in html


def test_bars_are_as_tall_as_their_values() -> None:
    html = bar_chart(CALLS, "Calls", axis=False, height=100)
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" rx', html)]
    assert heights == [25.0, 100.0, 12.5, 50.0]


def test_money_in_micro_units_is_read_as_money() -> None:
    html = bar_chart([("Oct", 428_000_000), ("Nov", 466_500_000)], "Spend", currency="USD")
    assert "$466.50" in html
    assert "$428<" in html
    assert "<span>$500</span>" in html


def test_several_series_are_stacked_and_named_in_a_legend() -> None:
    rows = [
        Series("Payments", [Point("Oct", 30), Point("Nov", 40)]),
        Series("Ledger", [Point("Oct", 10), Point("Nov", 20)]),
    ]
    html = bar_chart(rows, "Spend", height=60)
    assert '<li class="series-2">Ledger</li>' in html
    tops = [float(y) for y in re.findall(r'y="([\d.]+)" width', html)]
    assert tops[3] == pytest.approx(0.0)
    assert "Nov: Payments 40, Ledger 20" in html
    assert html.count('<td class="num">') == 4


def test_a_forecast_and_a_limit_look_and_read_different() -> None:
    assert bar_chart(CALLS, "Calls", forecast=1).count('class="forecast"') == 1
    html = line_chart(CALLS, "Calls", limit=600)
    assert 'class="line-limit"' in html
    assert "Limit 600</li>" in html
    assert ". Limit 600</title>" in html


@pytest.mark.parametrize("chart", [bar_chart, line_chart])
@pytest.mark.parametrize("points", [[], [("Mon", 0)], [("Mon", 0), ("Tue", 0)], [("Mon", 5)]])
def test_little_or_nothing_is_still_a_chart(chart: object, points: list[tuple[str, int]]) -> None:
    html = chart(points, "Calls")  # type: ignore[operator]
    assert "nan" not in html.lower()
    assert ("Nothing measured yet" in html) == (not points)


@settings(deadline=None)
@example([5005])
@given(st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=40))
def test_no_bar_or_point_leaves_its_box(values: list[int]) -> None:
    points = [(str(at), value) for at, value in enumerate(values)]
    html = bar_chart(points, "Calls", height=120)
    for y, tall in re.findall(r'y="([-\d.]+)" width="[\d.]+" height="([-\d.]+)" rx', html):
        assert float(y) >= -0.1
        assert float(y) + float(tall) == pytest.approx(120, abs=0.2)
    spots = re.findall(r"[ML]([\d.]+) (-?[\d.]+)", line_chart(points, "Calls", height=160))
    assert all(-0.1 <= float(y) <= 160.1 and float(x) <= 600.1 for x, y in spots)


@settings(deadline=None)
@given(st.floats(min_value=1e-6, max_value=1e15, allow_nan=False))
def test_the_top_of_an_axis_is_round_and_not_far_above(value: float) -> None:
    top = ceiling(value)
    assert value * (1 - 1e-9) <= top <= value * 1.6


def test_a_sparkline_tells_its_last_value_and_stands_for_flat_and_single_values() -> None:
    assert "<title>Calls: last 18</title>" in sparkline([3, 9, 18], "Calls")
    assert sparkline([]) == ""
    rows: list[list[Number]] = [[5], [5, 5, 5], [Decimal("0.5"), 2]]
    for values in rows:
        html = sparkline(values)
        assert "nan" not in html
        assert all(2 <= float(y) <= 24 for y in re.findall(r"[ML][\d.]+ ([\d.]+)", html))
