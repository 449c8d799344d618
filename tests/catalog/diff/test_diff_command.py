"""`manage.py diff` answers by its exit code, in text or JSON, and needs no database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.catalog.diff.places import document, query

ROOT = Path(__file__).resolve().parents[3]
S = {"type": "string"}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "diff", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(yaml.safe_dump(document(query(S))), encoding="utf-8")
    return path


def revision(base: Path, **schema: object) -> Path:
    path = base.with_name("revision.json")
    path.write_text(json.dumps(document(query({**S, **schema}))), encoding="utf-8")
    return path


def test_it_exits_with_one_when_something_breaks(base: Path) -> None:
    done = run(base, revision(base, pattern="^a"))
    assert done.returncode == 1
    assert "request-parameter-pattern-added" in done.stdout


def test_it_exits_with_zero_when_nothing_breaks(base: Path) -> None:
    done = run(base, revision(base, description="words"))
    assert done.returncode == 0
    assert "description-changed" in done.stdout


def test_it_prints_json(base: Path) -> None:
    done = run(base, revision(base, pattern="^a"), "--json")
    answer = json.loads(done.stdout)
    assert answer["breaking"] is True
    assert [change["rule"] for change in answer["changes"]] == ["request-parameter-pattern-added"]
    assert set(answer["changes"][0]) == {"rule", "level", "operation", "path", "text"}


@pytest.mark.parametrize("content", [None, "", "- a list", "openapi: 3.0.3\ninfo: [", "\xff"])
def test_it_exits_with_two_when_a_file_can_not_be_read(base: Path, content: str | None) -> None:
    broken = base.with_name("broken.yaml")
    if content is not None:
        broken.write_text(content, encoding="latin-1")
    done = run(base, broken)
    assert done.returncode == 2
    assert str(broken) in done.stderr
    assert "Traceback" not in done.stderr


def test_it_demands_a_sunset_with_grace_days(base: Path) -> None:
    deprecated = base.with_name("deprecated.yaml")
    tree = document({**query(S), "deprecated": True})
    deprecated.write_text(yaml.safe_dump(tree), encoding="utf-8")
    assert run(base, deprecated).returncode == 0
    assert run(base, deprecated, "--grace-days", "90").returncode == 1
