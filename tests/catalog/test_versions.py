"""Version labels follow each other as people expect."""

import random

import pytest

from catalog.versions import LABEL, major_of, rank_of


@pytest.mark.parametrize(
    "labels",
    [
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"],
        ["0.9", "1", "1.0.1", "1.2", "1.10", "2", "10.0.0"],
        ["2024-01-31", "2024-02-01", "2024-10-15", "2025-01-01"],
        ["v1", "v2beta1", "v2", "v10"],
        ["draft", "0.1"],
    ],
)
def test_labels_sort_as_the_versions_follow_each_other(labels: list[str]) -> None:
    shuffled = labels[:]
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=rank_of) == labels


@pytest.mark.parametrize(
    ("label", "major"),
    [
        ("1.4.2", "1"),
        ("v3", "3"),
        ("0.4.1", "0.4"),
        ("2024-05-01", "2024-05-01"),
        ("1.0.0-rc.1", "1"),
        ("next", "next"),
    ],
)
def test_the_major_version_is_what_changes_when_callers_break(label: str, major: str) -> None:
    assert major_of(label) == major


@pytest.mark.parametrize("label", ["", "-1", "1/2", "1 0", "é", "1" * 81, "1\n"])
def test_a_label_is_short_and_safe_in_an_address(label: str) -> None:
    assert not LABEL.match(label)
