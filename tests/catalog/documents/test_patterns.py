"""Which regular expressions are dangerous, and for whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.patterns import danger


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$", "^(a*)*$", "(.*)*", "(a|b|ab)*c", "(x+x+)+y", r"^(\s*\w+\s*)+$", "((a+))+",
        "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:a+b?)+", "(?<n>a+)+",
    ],
)  # fmt: skip
def test_h47_a_pattern_that_can_take_for_ever_is_exponential(pattern: str) -> None:
    assert danger(pattern) == "exponential"


@pytest.mark.parametrize(
    "pattern",
    [
        "^a+$", "^[a-z0-9]+(?:-[a-z0-9]+)*$", r"^(\d{4}-\d\d)+$", "^([^,]*,)*$", "(a|b)+",
        r"^(?:[^\"\\]|\\.)*$", r"^\d+(\.\d+)*$", r"^\p{L}+$", "", "^([a-z]+-)*[a-z]+$",
    ],
)  # fmt: skip
def test_an_ordinary_pattern_is_no_danger(pattern: str) -> None:
    assert danger(pattern) is None


@pytest.mark.parametrize("pattern", ["^(?!x)a", "(?<=a)b", r"(a)\1", "^(?=.*[0-9]).{8,}$"])
def test_look_around_and_back_references_need_backtracking(pattern: str) -> None:
    assert danger(pattern) == "backtracking"


@pytest.mark.parametrize("pattern", ["[a-z", "(", "*", "a{2,1}", "(?P<n"])
def test_what_is_no_pattern_is_invalid(pattern: str) -> None:
    assert danger(pattern) == "invalid"


@given(st.text(st.sampled_from("ab()[]*+?|.^$\\{}1,-"), max_size=40))
def test_any_text_is_judged(pattern: str) -> None:
    assert danger(pattern) in (None, "exponential", "backtracking", "invalid")


@pytest.mark.parametrize(
    "pattern", ["(" * 3_000, "(a*)" * 900, "a" * 100_000, "(" * 90 + "a" + ")" * 90]
)
def test_h47_a_long_pattern_is_judged_in_a_moment(pattern: str) -> None:
    danger(pattern)
