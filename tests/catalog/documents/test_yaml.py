"""YAML text: the core schema of YAML 1.2, and one pass that sees what a loader hides."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.errors import DocumentError, Problem
from catalog.documents.limits import Limits
from catalog.documents.parse import parse, read_tree

HEAD = "openapi: 3.1.0\n"
# PyYAML writes NEL and the separators as they are, and YAML 1.1 then folds them.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cn"], include_characters="\n"),
    max_size=12,
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: "e" not in repr(value)),
    TEXT,
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=20,
)


class Quoting(yaml.SafeDumper):
    """Writes text in quotation marks wherever YAML 1.1 or 1.2 would read it as something else."""


def quoted(dumper: Any, value: str) -> Any:
    plain = all(part.isalpha() and part.islower() for part in value.split("_")) and value not in (
        "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    )  # fmt: skip
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


Quoting.add_representer(str, quoted)


def value_of(text: str) -> Any:
    return parse(f"{HEAD}x: {text}".encode()).tree["x"]


def refusal(text: str | bytes, **words: Any) -> tuple[int, Problem]:
    with pytest.raises(DocumentError) as refused:
        parse(text if isinstance(text, bytes) else text.encode(), **words)
    return refused.value.status, refused.value.problems[0]


@given(TREES, st.sampled_from([True, False, None]), st.booleans())
def test_what_is_written_is_read(tree: Any, flow: bool | None, wide: bool) -> None:
    text = yaml.dump(
        {"openapi": "3.1.0", "x": tree},
        Dumper=Quoting,
        default_flow_style=flow,
        allow_unicode=wide,
        sort_keys=False,
    )
    if flow:
        text = "# not JSON\n" + text

    assert parse(text.encode()).tree["x"] == tree


@given(TREES)
def test_json_is_read_as_yaml_too(tree: Any) -> None:
    data = b"# a comment makes it YAML\n" + json.dumps({"openapi": "3.1.0", "x": tree}).encode()

    if (
        b"\\ud8" not in data
        and b"\\ud9" not in data
        and b"\\uda" not in data
        and b"\\udb" not in data
    ):
        assert parse(data).tree["x"] == tree


@given(st.dictionaries(TEXT, TREES, min_size=1, max_size=5))
def test_every_place_is_told_by_its_line(tree: Any) -> None:
    text = yaml.dump(
        {"openapi": "3.1.0", "x": tree},
        Dumper=Quoting,
        default_flow_style=False,
        allow_unicode=True,
    )
    document = parse(text.encode())
    lines = text.split("\n")

    for pointer, value in leaves(document.tree):
        line, column = document.where(pointer)
        here = lines[line - 1][column - 1 :]
        name = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        is_key = here.startswith(("? ", '"')) or here.startswith(f"{name}:")
        is_item = lines[line - 1][: column - 1].rstrip().endswith("-") or name.isdecimal()
        assert is_key or is_item, (pointer, value, here)


def leaves(tree: Any, pointer: str = "") -> list[tuple[str, Any]]:
    if isinstance(tree, dict) and tree:
        pairs = [(key.replace("~", "~0").replace("/", "~1"), value) for key, value in tree.items()]
    elif isinstance(tree, list) and tree:
        pairs = [(str(index), value) for index, value in enumerate(tree)]
    else:
        return [(pointer, tree)]
    return [leaf for key, value in pairs for leaf in leaves(value, f"{pointer}/{key}")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("No", "No"), ("2020-01-01", "2020-01-01"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"), ("1_000", "1_000"), ("12:30", "12:30"),
        ("0o17", 15), ("0x1F", 31), ("017", 17), ("-7", -7), ("+7", 7), ("1e3", 1000.0),
        (".5", 0.5), ("1.", 1.0), ("1.5", 1.5), ("~", None), ("", None), ("null", None),
        ("Null", None), ("nULL", "nULL"), ("true", True), ("TRUE", True), ("tRUE", "tRUE"),
        ("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("!!int 7", 7), ("!!float 7", 7.0),
        ("!!bool true", True), ("!!null ''", None), ("! 7", "7"), ("1.2.3", "1.2.3"),
        ("0b1", "0b1"), ("=", "="), ("99999999999999999999", 1e20), ("!!map {a: 1}", {"a": 1}),
        ("!!seq [1]", [1]), ("|\n  a\n  b\n", "a\nb\n"), (">-\n  a\n  b\n", "a b"),
    ],
)  # fmt: skip
def test_a_scalar_is_what_the_core_schema_says(text: str, value: Any) -> None:
    read = value_of(text)

    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize("key", ["200", "yes", "null", "1.0", "0x1F", "2020-01-01", "~"])
def test_a_key_is_its_own_text(key: str) -> None:
    assert list(value_of(f"{{{key}: 1}}")) == [key]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x: .inf", 2, "JSON"), ("x: -.Inf", 2, "JSON"), ("x: .nan", 2, "JSON"),
        ("x: 1e999", 2, "too large"), ("x: !!int abc", 2, "not a value"),
        ("x:\n  - !!timestamp 2020-01-01", 3, "tag"), ("x: !!binary aGk=", 2, "tag"),
        ("x: !Ref thing", 2, "tag"), ("x: !!python/name:os.system ''", 2, "tag"),
        ("!!python/name:os.system x: 1", 2, "tag"), ("x: !!set {a, b}", 2, "tag"),
        ("x: {a: 1, a: 2}", 2, "twice"), ("x:\n  a: 1\n  'a': 2", 4, "twice"),
        ("x:\n  200: 1\n  '200': 2", 4, "twice"), ("? [a]\n: 1", 2, "key"),
        ("? {a: 1}\n: 1", 2, "key"), ("x: *nowhere", 2, "no anchor"),
        ("x: &a [*a]", 2, "inside itself"), ("x: &a [1]\n*a : 2", 3, "key"),
        ("x: &b 1\nz: [&b 2]\n*b : 1\n*b : 2", 5, "twice"),
        ("x: {<<: 1}", 2, "merge"), ("x: {<<: [1]}", 2, "merge"),
        ("x: {<<: {a: 1}, <<: {b: 1}}", 2, "twice"), ("x: [", 3, "not YAML"),
        ("x: 'a", 2, "not YAML"), ("x: a\x07", 2, "control"), ("\tx: 1", 2, "not YAML"),
        ("x: 1\n---\nopenapi: 3.1.0", 3, "second"), ("x: 1\n...\nz: 2", 4, "not YAML"),
    ],
)  # fmt: skip
def test_h46_what_is_not_plain_yaml_is_refused_at_its_line(
    text: str, line: int, words: str
) -> None:
    status, problem = refusal(HEAD + text)

    assert (status, problem.line) == (422, line)
    assert words in problem.detail


def test_a_refusal_inside_a_tree_tells_its_pointer() -> None:
    _, problem = refusal(HEAD + "x:\n  - a/b: {c: 1, c: 2}")

    assert problem.pointer == "/x/0/a~1b/c"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nothing\n", b"---\n...\n"])
def test_an_empty_text_is_refused(data: bytes) -> None:
    status, problem = refusal(data)

    assert status == 422
    assert problem.line == 1


@pytest.mark.parametrize("start", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_is_refused(start: bytes) -> None:
    assert refusal(start + "openapi: 3.1.0".encode("utf-16-le"))[1].detail == "not UTF-8"


def test_a_byte_that_is_not_utf_8_is_told_by_its_line() -> None:
    _, problem = refusal(HEAD.encode() + b"info: {}\nx: caf\xe9\n")

    assert (problem.line, problem.column, problem.detail) == (3, 7, "not UTF-8")


def test_an_alias_repeats_what_its_anchor_names() -> None:
    assert value_of("[&a {b: [1]}, *a, &c text, *c]") == [{"b": [1]}, {"b": [1]}, "text", "text"]


def test_an_anchor_may_be_named_anew() -> None:
    assert value_of("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_a_merge_key_gives_what_the_object_lacks() -> None:
    read = value_of("\n  a: &a {one: 1, two: 2}\n  b: &b {two: 3, three: 3}\n"
                    "  c: {<<: [*a, *b], one: 0}\n  d: {'<<': 1}")  # fmt: skip

    assert read["c"] == {"one": 0, "two": 2, "three": 3}
    assert read["d"] == {"<<": 1}


def test_a_merged_entry_is_told_by_the_line_of_its_merge_key() -> None:
    document = parse(f"{HEAD}a: &a {{one: 1}}\nb:\n  two: 2\n  <<: *a\n".encode())

    assert document.tree["b"] == {"two": 2, "one": 1}
    assert document.where("/b/one")[0] == 5
    assert document.where("/b/two")[0] == 4


def test_what_stands_below_an_alias_is_told_by_the_line_of_the_alias() -> None:
    document = parse(f"{HEAD}a: &a {{one: {{two: 2}}}}\nb: *a\n".encode())

    assert document.where("/b/one/two")[0] == 3
    assert document.where("/a/one/two")[0] == 2


def test_h46_aliases_that_multiply_are_too_large() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    status, problem = refusal(HEAD + "\n".join(lines))

    assert status == 413
    assert "alias" in problem.detail


def test_h46_a_long_text_repeated_by_aliases_is_too_large() -> None:
    text = f"{HEAD}a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 200)}]"

    assert refusal(text)[0] == 413


def test_aliases_as_real_documents_use_them_are_read() -> None:
    text = f"{HEAD}a: &a {{b: [1, 2, 3]}}\nc: [{', '.join(['*a'] * 10_000)}]"

    assert len(parse(text.encode()).tree["c"]) == 10_000


@pytest.mark.parametrize("deep", [255, 5_000])
def test_h46_more_depth_than_the_limit_is_too_large(deep: int) -> None:
    assert refusal(f"{HEAD}x: {'[' * deep}{']' * deep}")[0] == 413
    assert refusal(HEAD + "x:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, deep)))[0] == 413


def test_h46_more_values_than_the_limit_are_too_large() -> None:
    assert refusal(f"{HEAD}x: [{'a, ' * 100}]", limits=Limits(nodes=50))[0] == 413


def test_a_nul_escape_is_refused_where_it_stands() -> None:
    assert refusal(f'{HEAD}x: {{a: "b\\0"}}')[1].pointer == "/x/a"
    assert refusal(f'{HEAD}x: {{"a\\x00": b}}')[1].pointer == "/x/a\0"


def test_flow_text_that_is_not_json_is_read_as_yaml() -> None:
    assert read_tree(b"{a: 1, b: [x, y]}") == {"a": 1, "b": ["x", "y"]}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert is_read_or_refused(data)


@given(st.text(st.sampled_from("{}[]:,-?&*!|>'\"%@`#\n\t ab01~<"), max_size=60))
def test_any_yaml_like_text_is_read_or_refused(text: str) -> None:
    assert is_read_or_refused((HEAD + text).encode())


def is_read_or_refused(data: bytes) -> bool:
    try:
        return parse(data).version != ""
    except DocumentError as error:
        return bool(error.problems)


@pytest.mark.parametrize("unit", [b"a,", b"[],"])
def test_h46_a_text_that_is_nothing_but_values_is_refused_at_a_glance(unit: bytes) -> None:
    text = b"openapi: 3.0.3\nx-a: [" + unit * 2_000_000 + b"a]\n"
    began = time.process_time()

    with pytest.raises(DocumentError) as caught:
        parse(text)

    assert caught.value.status == 413
    assert time.process_time() - began < 1


def test_lines_that_are_empty_or_comments_are_not_taken_for_values() -> None:
    text = b"openapi: 3.0.3\n" + b"\n" * 3_000_000 + b"# so\n" * 1_000_000

    assert parse(text).tree == {"openapi": "3.0.3"}
