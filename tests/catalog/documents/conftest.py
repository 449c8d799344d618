"""The specification corpus that development and tests share; it is not part of the project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parents[3]
SPECS = Path(os.environ.get("MARKETPLACE_SPECS", ROOT.parent / "shared" / "specs"))
ABSENT = f"no specification corpus at {SPECS} (set MARKETPLACE_SPECS)"


def index() -> dict[str, list[dict[str, Any]]]:
    path = SPECS / "index.json"
    return json.loads(path.read_text()) if path.exists() else {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`valid`, `unbundled`, `invalid` and `hostile` arguments become one test an entry."""
    for section in ("valid", "unbundled", "invalid", "hostile"):
        if section in metafunc.fixturenames:
            entries = index().get(section, [])
            values = [pytest.param(entry, id=Path(entry["file"]).name) for entry in entries]
            absent = pytest.param(None, id="absent", marks=pytest.mark.skip(reason=ABSENT))
            metafunc.parametrize(section, values or [absent])


@pytest.fixture
def specs() -> Path:
    if not (SPECS / "index.json").exists():
        pytest.skip(ABSENT)
    return SPECS
