"""The rules' own cases, and that they notice a rule that is missing or wrong."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplace.policy.cases import Case, failure_of, failures, read_cases
from marketplace.policy.rules import HOME, RulesProblem, read_rules, rules_in_force


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_the_case_holds(case: Case) -> None:
    assert failure_of(case, rules_in_force()) == ""


def test_every_rule_has_a_case_that_allows_and_one_that_does_not_and_they_need_the_rule() -> None:
    assert failures() == []


def copy_of_the_rules(tmp_path: Path, file: str, old: str, new: str) -> Path:
    for source in (HOME / "schema.cedarschema", *HOME.glob("*/*.cedar")):
        target = tmp_path / source.relative_to(HOME)
        target.parent.mkdir(exist_ok=True)
        text = source.read_text()
        if source.name == file:
            assert old in text
            text = text.replace(old, new)
        target.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "about"),
    [
        ("life.cedar", "604800", "604801", "confidential-keys-live-7-days-at-most"),
        (
            "request.cedar",
            "ttl_seconds > 604800",
            "ttl_seconds >= 604800",
            "medium-risk-over-7-days-waits",
        ),
        ("request.cedar", '== "high"', '== "medium"', "high-risk-waits-for-an-owner"),
        ("approve.cedar", "requester ==", "requester !=", "nobody-approves-his-own-request"),
    ],
)
def test_a_seeded_mistake_fails_a_case(
    tmp_path: Path, file: str, old: str, new: str, about: str
) -> None:
    wrong = read_rules(copy_of_the_rules(tmp_path, file, old, new))
    assert any(about in text for text in failures(wrong))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("context.has_purpose", "context.has_porpoise", "has_porpoise"),
        ('resource.risk == "high"', "resource.risk > 3", "Long"),
        ('@id("high-risk-waits-for-an-owner")', "", "lacks @id"),
        ('@id("high-risk-waits-for-an-owner")', '@id("an-exhausted-budget-waits")', "two rules"),
        ("forbid (principal", "forbid principal", "request.cedar"),
    ],
)
def test_rules_that_do_not_fit_the_schema_are_refused_by_name(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(RulesProblem, match=said):
        read_rules(copy_of_the_rules(tmp_path, "request.cedar", old, new))


def test_the_command_runs_the_cases_and_names_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("policy", "test")
    assert "cases hold" in capsys.readouterr().out
    with pytest.raises(CommandError, match="neither a kept decision nor a file"):
        call_command("policy", "explain", "no-such-thing")
