"""`manage.py publish` and its exits."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from catalog.models import Api, Version
from tests.catalog.shop import shop, shop_document, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_bytes(shop())
    return path


def test_it_publishes_a_file_for_a_team(
    company: Company, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("publish", str(file), team="payments")
    assert "Published shop 1.0.0 (openapi 3.1.0, 2 operations)" in capsys.readouterr().out
    assert Api.across.get().team == company.owners


def test_it_takes_the_names_it_is_given(company: Company, file: Path) -> None:
    call_command("publish", str(file), "--team=payments", "--api=store", "--version=3.1")
    version = Version.across.get()
    assert (version.api.slug, version.version) == ("store", "3.1")


def test_a_dry_run_changes_nothing(
    company: Company, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("publish", str(file), "--team=payments", "--dry-run", "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["dry_run"], report["api"], report["operations"]) == (True, "shop", 2)
    assert not Version.across.exists()


def test_a_wrong_document_exits_1_and_says_where(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("openapi: 3.1.0\ninfo:\n  title: x\n")
    with pytest.raises(SystemExit) as caught:
        call_command("publish", str(path), team="payments")
    assert caught.value.code == 1
    assert "Line" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["/no/such/file", "http://127.0.0.1:9/spec.yaml"])
def test_a_source_that_cannot_be_read_exits_1(company: Company, source: str) -> None:
    with pytest.raises(SystemExit) as caught:
        call_command("publish", source, team="payments")
    assert caught.value.code == 1


def test_a_breaking_change_is_acknowledged_by_name(
    company: Company, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("publish", str(file), team="payments")
    file.write_bytes(without_get("1.1.0"))
    with pytest.raises(SystemExit):
        call_command("publish", str(file))
    assert "unobserved" in capsys.readouterr().err
    call_command("publish", str(file), "--acknowledge", "unobserved")
    assert Version.across.filter(version="1.1.0").exists()


def test_references_below_the_documents_folder_are_bundled(
    company: Company, tmp_path: Path
) -> None:
    document = shop_document()
    order = document["components"]["schemas"].pop("Order")
    document["components"]["schemas"]["Order"] = {"$ref": "schemas/order.json"}
    order["properties"].pop("customer")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "order.json").write_text(json.dumps(order))
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(document))
    call_command("publish", str(path), team="payments")
    assert Version.across.get().operation_count == 2


def test_a_team_of_two_tenants_is_named_with_its_tenant(company: Company, file: Path) -> None:
    company.others.slug = "payments"
    company.others.save()
    with pytest.raises(SystemExit):
        call_command("publish", str(file), team="payments")
    call_command("publish", str(file), team="logistics/payments")
    assert Api.across.get().team == company.others
