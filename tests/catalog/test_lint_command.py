"""`manage.py lint` and its exits."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.catalog.shop import shop, shop_document


def run(path: Path, *options: str) -> int:
    try:
        call_command("lint", str(path), *options)
    except SystemExit as done:
        return int(str(done.code))
    return 0


def test_it_prints_grade_and_findings_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.json"
    path.write_bytes(shop())
    run(path, "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["grade"] in "ABCDEF"
    assert 0 <= report["score"] <= 100
    assert report["findings"]
    assert {"rule", "severity", "text", "pointer", "line"} <= set(report["findings"][0])


def test_an_error_exits_1_and_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = shop_document()
    schemas = document["components"]["schemas"]
    schemas["Order"]["properties"]["x"] = {"$ref": "#/components/schemas/Gone"}
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(document, indent=1))
    assert run(path) == 1
    out = capsys.readouterr().out
    assert "reference-dangling" in out
    assert "line " in out


@pytest.mark.parametrize("text", ["", "{", "openapi: 3.1.0", "hello"])
def test_what_is_no_document_exits_2(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    assert run(path) == 2
    assert run(path, "--json") == 2


def test_a_missing_file_exits_2(tmp_path: Path) -> None:
    assert run(tmp_path / "none.yaml") == 2
