"""Past requests replayed under other rules."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from marketplace.policy.decide import decide
from marketplace.policy.models import PolicyDecision
from marketplace.policy.rules import HOME
from tests.company import Company

pytestmark = pytest.mark.django_db

API = {
    "type": "Api",
    "id": "orders",
    "slug": "orders",
    "tenant": "retail",
    "team": "payments",
    "kind": "openapi",
    "lifecycle": "active",
    "data_class": "internal",
    "freshness": "",
}


def ask(company: Company, *, risk: str, days: int) -> None:
    decide(
        actor=company.actor(company.developer),
        action="access.request",
        resource={**API, "risk": risk, "tenant": str(company.tenant.id)},
        context={
            "application_tenant": str(company.tenant.id),
            "application_team": str(company.builders.id),
            "environment": "live",
            "ttl_seconds": days * 86_400,
            "has_purpose": False,
            "budget_exhausted": False,
            "over_budget": False,
        },
    )


def test_the_dry_run_lists_what_flips_under_a_stricter_folder(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for days in (1, 3, 7):
        ask(company, risk="medium", days=days)
    for source in (HOME / "schema.cedarschema", *HOME.glob("*/*.cedar")):
        target = tmp_path / source.relative_to(HOME)
        target.parent.mkdir(exist_ok=True)
        target.write_text(source.read_text().replace("ttl_seconds > 604800", "ttl_seconds > 86400"))
    call_command("policy", "dry-run", "--json")
    assert json.loads(capsys.readouterr().out) == {"replayed": 3, "unreadable": 0, "flips": []}
    call_command("policy", "dry-run", str(tmp_path), "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["replayed"] == 3
    assert {(f["before"], f["after"], f["rule"]) for f in answer["flips"]} == {
        ("allow", "wait", "medium-risk-over-7-days-waits")
    }
    assert len(answer["flips"]) == 2
    call_command("policy", "dry-run", str(tmp_path))
    assert "allow → wait: 2" in capsys.readouterr().out


def test_explain_says_why_and_what_would_help(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(company, risk="medium", days=30)
    call_command("policy", "explain", str(PolicyDecision.across.get().id))
    told = capsys.readouterr().out
    assert told.startswith("wait: Access to a medium-risk API")
    assert "fix: Ask for 7 days or less" in told
