"""How figures, money and time are written."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import clock
from marketplace.ui.format import (
    duration,
    money,
    money_text,
    number,
    percent,
    shortened,
    span_text,
    when,
)

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (1_648_472_000, "USD", "$1,648.47"),
        (4_000, "USD", "$0.004"),
        (800, "USD", "$0.0008"),
        (600_000, "USD", "$0.60"),
        (0, "USD", "$0.00"),
        (-12_500_000, "EUR", "−€12.50"),
        (1_500_000_000, "JPY", "¥1,500"),
        (1_234_567_000, "KWD", "KWD\u00a01,234.567"),
        (12_345_000, "SEK", "SEK\u00a012.34"),
        (12_355_000, "SEK", "SEK\u00a012.36"),
    ],
)
def test_money_is_rounded_half_even_to_its_minor_unit_but_prices_keep_their_digits(
    micros: int, currency: str, text: str
) -> None:
    assert money_text(micros, currency) == text


def test_money_carries_its_exact_amount() -> None:
    assert money(1_234_567_891) == '<data class="num" value="1234.567891">$1,234.57</data>'
    assert money(1_234_567_891, exact=True).endswith("$1,234.567891</data>")
    assert money(None) == "–"


@settings(deadline=None)
@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_exact_money_reads_back_as_what_it_was(micros: int) -> None:
    text = money_text(micros, exact=True).replace("−", "-").replace("$", "").replace(",", "")
    whole, _, part = text.partition(".")
    sign = -1 if text.startswith("-") else 1
    assert sign * (abs(int(whole)) * 10**6 + int(part.ljust(6, "0"))) == micros


def test_numbers_are_grouped_and_shortened() -> None:
    assert number(1223) == '<span class="num">1,223</span>'
    assert number(412_118, short=True) == '<span class="num" title="412,118">412k</span>'
    assert [shortened(n) for n in (999, 1_500, 9_800_000, 3 * 10**9)] == [
        "999",
        "1.5k",
        "9.8M",
        "3B",
    ]
    assert percent(9998, 10_000, 2) == '<span class="num">99.98%</span>'
    assert percent(1, 0) == "–"


def test_a_length_of_time_is_told_in_two_units_at_most() -> None:
    told = [span_text(s) for s in (0.184, 2.4, 540, 12_000, 90_000, 400_000)]
    assert told == ["184 ms", "2.4 s", "9 min", "3 h 20 min", "1 d 1 h", "4 d"]
    assert "9 min" in duration(timedelta(minutes=9))


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (timedelta(seconds=-10), "just now"),
        (timedelta(minutes=-3), "3 min ago"),
        (timedelta(hours=9), "in 9 h"),
        (timedelta(days=-2), "2 d ago"),
        (timedelta(days=-40), "16 Oct"),
        (timedelta(days=126), "31 Mar 2027"),
    ],
)
def test_a_moment_is_told_from_now_and_in_full_on_asking(offset: timedelta, text: str) -> None:
    with clock.frozen(NOON):
        html = when(NOON + offset)
    assert f">{text}</time>" in html
    assert 'datetime="20' in html
    assert " UTC" in html


def test_a_day_has_no_hour() -> None:
    with clock.frozen(NOON):
        assert when(date(2026, 3, 31)) == '<time datetime="2026-03-31">31 Mar</time>'
        assert when(NOON, "datetime").endswith(">25 Nov 2026, 12:00 UTC</time>")
        assert when(None) == "–"
