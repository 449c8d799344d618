"""`manage.py gateway`: what an operator types, and what he may not."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from keys.models import EnforcementPoint, Revocation
from marketplace.audit.models import AuditEntry
from tests.company import Company
from tests.keys.makers import make_api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.MARKETPLACE_HOME = tmp_path


@pytest.fixture
def company(company: Company) -> Company:
    make_api(company.owners, upstream_url="http://orders.internal:9000/v2")
    return company


def gateway(*arguments: str) -> str:
    out = StringIO()
    call_command("gateway", *arguments, stdout=out)
    return out.getvalue()


def create(dialect: str = "envoy", *more: str) -> str:
    return gateway(dialect, "--pep", "front", "--create", "retail", "--api", "orders", *more)


@pytest.mark.parametrize("dialect", ["apisix", "caddy", "envoy", "nginx", "traefik"])
def test_it_registers_a_gateway_and_prints_its_configuration(
    company: Company, dialect: str
) -> None:
    text = create(dialect, "--listen", "9999", "--edge-url", "http://edge.internal:8001")
    assert text.startswith(f"# Written by: manage.py gateway {dialect} --pep front")
    assert "orders.internal" in text
    assert "edge.internal" in text
    assert EnforcementPoint.across.get(name="front").dialect == dialect
    assert Revocation.objects.filter(kind="pep").exists()
    assert AuditEntry.objects.filter(action="gateway.registered").exists()


def test_it_prints_the_same_again_in_any_dialect(company: Company, tmp_path: Path) -> None:
    first = create()
    assert gateway("envoy", "--pep", "front") == first
    kept = tmp_path / "secrets" / "gateways" / "front"
    assert kept.read_text() in gateway("nginx", "--pep", "front")
    assert kept.stat().st_mode & 0o077 == 0


def test_a_new_token_ends_the_old_one(company: Company, tmp_path: Path) -> None:
    create()
    kept = tmp_path / "secrets" / "gateways" / "front"
    old, digest = kept.read_text(), EnforcementPoint.across.get().token_digest
    text = gateway("envoy", "--pep", "front", "--new-token")
    assert old not in text
    assert kept.read_text() in text
    assert EnforcementPoint.across.get().token_digest != digest


def test_a_token_that_is_not_kept_must_be_given(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = create()
    kept = tmp_path / "secrets" / "gateways" / "front"
    token = kept.read_text()
    kept.unlink()
    with pytest.raises(CommandError, match="--new-token"):
        gateway("envoy", "--pep", "front")
    monkeypatch.setenv("MKT_PEP_TOKEN", "another")
    with pytest.raises(CommandError, match="not kept here"):
        gateway("envoy", "--pep", "front")
    monkeypatch.setenv("MKT_PEP_TOKEN", token)
    assert gateway("envoy", "--pep", "front") == first


def test_what_is_not_there_is_named(company: Company) -> None:
    with pytest.raises(CommandError, match="there are: none"):
        gateway("envoy", "--pep", "nowhere")
    create()
    with pytest.raises(CommandError, match="there are: front"):
        gateway("envoy", "--pep", "nowhere")
    with pytest.raises(CommandError, match="There is no tenant 'x'"):
        gateway("envoy", "--pep", "back", "--create", "x")
    with pytest.raises(CommandError, match="There is no API 'nothing'"):
        gateway("envoy", "--pep", "back", "--create", "retail", "--api", "nothing")
    with pytest.raises(CommandError, match="already"):
        create()


def test_an_upstream_that_would_be_code_is_refused(company: Company) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        gateway(
            *("nginx", "--pep", "bad", "--create", "retail"),
            *("--api", "orders=http://x; return 200"),
        )
