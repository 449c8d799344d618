import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.edge.matcher import Matcher

OPERATIONS = [
    ("list", "GET", "/charges"),
    ("create", "POST", "/charges"),
    ("read", "GET", "/charges/{id}"),
    ("mine", "GET", "/charges/mine"),
    ("refund", "POST", "/charges/{id}/refunds"),
    ("cancel", "POST", "/charges/{id}:cancel"),
    ("export", "GET", "/exports/{name}.{kind}"),
    ("root", "GET", "/"),
    ("odd", "GET", "/legacy//x;y/%2F/.."),
    ("head", "HEAD", "/charges"),
]
MATCHER = Matcher(OPERATIONS)


def match(path: str | bytes, method: str = "GET") -> str | None:
    raw = path.encode() if isinstance(path, str) else path
    return MATCHER.match(raw.split(b"/"), 1, method)


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/charges", "list"),
        ("POST", "/charges", "create"),
        ("GET", "/charges/ch_1", "read"),
        ("GET", "/charges/caf%C3%A9", "read"),
        ("GET", "/charges/a%20b", "read"),
        ("GET", "/charges/mine", "mine"),
        ("POST", "/charges/ch_1/refunds", "refund"),
        ("POST", "/charges/mine/refunds", "refund"),
        ("POST", "/charges/ch_1:cancel", "cancel"),
        ("GET", "/exports/may.csv", "export"),
        ("GET", "/exports/may.2026.csv", "export"),
        ("GET", "/", "root"),
        ("HEAD", "/charges", "head"),
    ],
)
def test_a_declared_path_is_its_operation(method: str, path: str, key: str) -> None:
    assert match(path, method) == key


@pytest.mark.parametrize(
    "path",
    [
        "/charges/..",
        "/charges/.",
        "/charges/../admin",
        "/charges/%2e%2e",
        "/charges/%2E%2e/x",
        "/charges/a%2fb",
        "/charges/a%2Fb",
        "/charges/a%252fb",
        "/charges/a%5cb",
        "/charges/a\\b",
        "/charges/a%00b",
        "/charges//",
        "//charges",
        "/charges//ch_1",
        "/charges/ch_1;admin=1",
        "/charges/ch_1%3badmin",
        "/charges/",
        "/charges/x/y/z",
        "/exports/may",
        "/exports/.csv",
        "/exports/may.",
        "/nothing",
        "",
    ],
)
def test_h15_what_could_be_read_as_another_path_is_refused(path: str) -> None:
    assert match(path) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/charges/Mine"),
        ("GET", "/charges/MINE"),
        ("GET", "/charges/%6dine"),
        ("GET", "/charges/%4Dine"),
        ("POST", "/charges/5%3Acancel"),
        ("POST", "/charges/5:CANCEL"),
        ("GET", "/Charges"),
        ("GET", "/%63harges"),
    ],
)
def test_h15_a_path_that_servers_read_differently_is_refused(method: str, path: str) -> None:
    assert match(path, method) is None


def test_h15_what_the_document_declares_is_matched_byte_for_byte() -> None:
    assert match("/legacy//x;y/%2F/..") == "odd"
    assert match("/legacy//x;y/%2f/..") is None


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "DELETE", "get", "PROPFIND"])
def test_h16_only_a_declared_method_is_matched(method: str) -> None:
    assert match("/charges", method) is None


def test_hostile_templates_cannot_make_matching_slow() -> None:
    hostile = Matcher(
        [
            (f"k{bits}", "GET", "".join("/{p}" if bits >> i & 1 else "/a" for i in range(12)))
            for bits in range(4096)
        ]
        + [("glob", "GET", "/" + "-".join(["{x}"] * 200))]
    )
    assert hostile.match([b"", *[b"a"] * 12, b"b"], 1, "GET") is None
    assert hostile.match([b"", b"-" * 100_000], 1, "GET") in {"glob", None}
    assert hostile.match([b""] + [b"a"] * 10_000, 1, "GET") is None


SEGMENT = st.text(st.sampled_from("ab.%2eEfF/;:5cm"), max_size=8)


@given(st.lists(SEGMENT, min_size=1, max_size=4))
def test_h15_a_match_means_what_a_decoding_upstream_would_route_to(parts: list[str]) -> None:
    """An upstream that decodes once, drops matrix parameters and resolves dots finds the same."""
    templates = [("a", "/a"), ("any", "/{x}"), ("ab", "/a/b"), ("nested", "/{x}/c"), ("mb", "/m/b")]
    matcher = Matcher([(key, "GET", path) for key, path in templates])
    raw = "/" + "/".join(parts)
    found = matcher.match(raw.encode().split(b"/"), 1, "GET")
    if found is not None:
        assert found == upstream(raw, templates)


def upstream(raw: str, templates: list[tuple[str, str]]) -> str | None:
    resolved: list[str] = []
    for segment in unquote(re.sub(r";[^/]*", "", raw)).split("/")[1:]:
        if segment == "..":
            resolved = resolved[:-1]
        elif segment not in {"", "."}:
            resolved.append(segment)
    path = "/" + "/".join(resolved)
    ranked = sorted(templates, key=lambda item: item[1].count("{"))
    for key, template in ranked:
        if re.fullmatch(re.sub(r"\{x\}", "[^/]+", template), path, re.IGNORECASE):
            return key
    return None
