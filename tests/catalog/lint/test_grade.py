"""The grade sums up how well a document keeps the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.documents.parse import parse
from catalog.lint.check import lint

DOCUMENTS = Path(__file__).parents[3] / "marketplace" / "demo" / "documents"
FILES = sorted(path for path in DOCUMENTS.glob("*/*") if path.suffix in (".yaml", ".json"))


def tree(path: Path) -> dict[str, Any]:
    return parse(path.read_bytes()).tree


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_demos_documents_are_well_made(path: Path) -> None:
    assert lint(tree(path)).grade in ("A", "B", "C")


def test_a_rule_is_silenced_only_with_a_reason() -> None:
    with pytest.raises(ValueError, match="contact-missing"):
        lint({"openapi": "3.1.0"}, silenced={"contact-missing": "  "})
