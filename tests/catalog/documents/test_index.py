"""Every entry of the shared index is read as the index says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.documents.errors import DocumentError, Problem
from catalog.documents.sandbox import read


def stands_at(problem: Problem, where: str) -> bool:
    if where.startswith("line "):
        return problem.line == int(where.removeprefix("line "))
    return problem.pointer == where


def test_a_valid_document_is_read(valid: dict[str, Any], specs: Path) -> None:
    found = read((specs / valid["file"]).read_bytes())

    assert (found.kind, found.version) == (valid["kind"], valid["version"])


def test_an_invalid_document_is_refused_at_the_place(invalid: dict[str, Any], specs: Path) -> None:
    with pytest.raises(DocumentError) as refusal:
        read((specs / invalid["file"]).read_bytes())

    assert refusal.value.status == invalid["status"]
    if invalid["where"]:
        assert any(stands_at(problem, invalid["where"]) for problem in refusal.value.problems)


def test_a_reference_that_leads_outside_is_refused_with_how_to_bundle(
    unbundled: dict[str, Any], specs: Path
) -> None:
    with pytest.raises(DocumentError) as refusal:
        read((specs / unbundled["file"]).read_bytes())

    assert refusal.value.status == 422
    for problem in refusal.value.problems:
        assert problem.pointer is not None
        assert problem.pointer.endswith("/$ref")
        assert "bundle" in problem.detail


def test_h45_to_h47_a_hostile_document_that_is_valid_is_read(
    hostile: dict[str, Any], specs: Path
) -> None:
    read((specs / hostile["file"]).read_bytes())
