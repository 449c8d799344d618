"""JSON text: the same values as any reader's, and what no catalog can take is refused in place."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.errors import DocumentError, Problem
from catalog.documents.limits import Limits
from catalog.documents.parse import parse, read_tree

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=20,
)
ROOTS = st.dictionaries(TEXT, TREES, max_size=5)


def whole(tree: Any, **words: Any) -> bytes:
    return json.dumps({"openapi": "3.1.0", "x": tree}, **words).encode()


def refusal(data: bytes, **words: Any) -> tuple[int, Problem]:
    with pytest.raises(DocumentError) as refused:
        parse(data, **words)
    return refused.value.status, refused.value.problems[0]


@given(ROOTS, st.sampled_from([None, 0, 2]), st.booleans())
def test_reads_what_the_standard_library_reads(tree: Any, indent: Any, ascii_only: bool) -> None:
    data = whole(tree, indent=indent, ensure_ascii=ascii_only)

    assert parse(data).tree == json.loads(data)


@given(ROOTS)
def test_the_compact_form_holds_the_same_tree(tree: Any) -> None:
    document = parse(whole(tree, indent=1))

    assert orjson.loads(document.compact) == document.tree


@given(st.lists(st.tuples(TEXT, LEAVES), min_size=1, max_size=6))
def test_any_key_that_stands_twice_is_found(pairs: list[tuple[str, Any]]) -> None:
    members = ",".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs)
    data = f'{{"openapi": "3.1.0", "x": [{{{members}}}]}}'.encode()

    if len(dict(pairs)) == len(pairs):
        assert parse(data).tree["x"] == [dict(pairs)]
    else:
        status, problem = refusal(data)
        assert status == 422
        assert problem.pointer is not None
        assert problem.pointer.startswith("/x/0/")
        assert "stands twice" in problem.detail


@given(ROOTS)
def test_every_place_is_told_by_its_line(tree: Any) -> None:
    document = parse(whole(tree, indent=2))
    lines = document.data.decode().split("\n")

    for pointer, key in keys(document.tree):
        line, column = document.where(pointer)
        assert lines[line - 1][column - 1 :].startswith(json.dumps(key))


def keys(tree: Any, pointer: str = "") -> list[tuple[str, str]]:
    """Every key of every object, with its pointer."""
    found = []
    if isinstance(tree, dict):
        for key, value in tree.items():
            at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            found += [(at, key), *keys(value, at)]
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            found += keys(value, f"{pointer}/{index}")
    return found


def test_a_place_that_is_not_there_is_told_by_its_nearest_parent() -> None:
    document = parse(b'{"openapi": "3.1.0",\n "info": {\n  "title": "T"}}')

    assert document.where("/info/version") == (2, 2)
    assert document.where("/nothing/at/all") == (1, 1)
    assert document.where("no pointer") == (1, 1)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b'{"openapi":\n "3.1.0", }', 2, "not JSON"),
        (b'{"openapi": "3.1.0"', 1, "not JSON"),
        (b'{"openapi": "3.1.0",\n"x": NaN}', 2, "not JSON"),
        (b'{"openapi": "3.1.0",\n"x": 1e999}', 2, "not JSON"),
        (b'{"openapi": "3.1.0",\n"x": "\\ud800"}', 2, "surrogate"),
        (b'{"openapi": "3.1.0",\n"x": "\xe9"}', 2, "not UTF-8"),
        (b'{"openapi": "3.1.0"}\n{}', 2, "not JSON"),
    ],
)
def test_what_is_not_json_is_refused_at_its_line(data: bytes, line: int, words: str) -> None:
    status, problem = refusal(data)

    assert (status, problem.line) == (422, line)
    assert words in problem.detail


@pytest.mark.parametrize(
    ("member", "pointer"),
    [
        (r'"a\u0000b": 1', "/x/a\0b"),
        (r'"a": ["b", "c\u0000"]', "/x/a/1"),
    ],
)
def test_a_nul_is_refused_where_it_stands(member: str, pointer: str) -> None:
    status, problem = refusal(f'{{"openapi": "3.1.0", "x": {{{member}}}}}'.encode())

    assert (status, problem.pointer) == (422, pointer)
    assert "NUL" in problem.detail


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert parse(rb'{"openapi": "3.1.0", "x": "\\u0000"}').tree["x"] == r"\u0000"


def test_a_quotation_mark_written_as_an_escape_hides_no_repeated_key() -> None:
    status, problem = refusal(rb'{"openapi": "3.1.0", "x": "\u0022\\u0022", "x": 1}')

    assert (status, problem.pointer) == (422, "/x")


def test_a_whole_number_wider_than_64_bits_is_read_as_a_double() -> None:
    value = parse(b'{"openapi": "3.1.0", "x": 100000000000000000000}').tree["x"]

    assert isinstance(value, float)
    assert math.isclose(value, 1e20)


def test_a_byte_order_mark_is_skipped() -> None:
    document = parse(b'\xef\xbb\xbf{"openapi": "3.1.0",\n "x": 1}')

    assert document.tree["x"] == 1
    assert document.where("/x") == (2, 2)


@pytest.mark.parametrize("deep", [254, 300, 2_000, 100_000])
def test_h46_more_depth_than_the_limit_is_too_large(deep: int) -> None:
    status, _ = refusal(b'{"openapi": "3.1.0", "x": ' + b"[" * deep + b"]" * deep + b"}")

    assert status == 413


def test_depth_up_to_the_limit_is_read() -> None:
    parse(b'{"openapi": "3.1.0", "x": ' + b"[" * 253 + b"]" * 253 + b"}")


def test_h46_more_bytes_than_the_limit_are_too_large() -> None:
    data = b'{"openapi": "3.1.0"}'

    assert parse(data, limits=Limits(size=len(data))).version == "3.1.0"
    assert refusal(data, limits=Limits(size=len(data) - 1))[0] == 413


def test_h46_more_values_than_the_limit_are_too_large() -> None:
    many = b'{"openapi": "3.1.0", "x": [' + b"1," * 100 + b"1]}"
    words = b'{"openapi": "3.1.0", "x": "' + b"1," * 100 + b'"}'

    assert refusal(many, limits=Limits(nodes=50))[0] == 413
    assert len(parse(words, limits=Limits(nodes=50)).tree["x"]) == 200


@given(ROOTS)
def test_any_tree_can_be_read_for_bundling(tree: Any) -> None:
    assert read_tree(json.dumps(tree).encode()) == tree
