"""Markdown of strangers (HOSTILE 48)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.ui.highlight import highlight
from marketplace.ui.markdown import clean, markdown_safe, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://elsewhere.example/pixel.png)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<iframe src=https://elsewhere.example></iframe>",
    '<a href="/" onclick="alert(1)" style="position:fixed;inset:0">x</a>',
    "<style>*{display:none}</style>",
    "<form action=https://elsewhere.example><input name=password>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "| a |\n|-|\n| <b onmouseover=alert(1)>x</b> |",
]


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("through", [render, clean])
def test_h48_markdown_and_html_can_do_no_harm(through: object, text: str) -> None:
    html = str(through(text)).lower()  # type: ignore[operator]
    for bad in ("<script", "<img", "<svg", "<iframe", "<style", "<form", "<input", "<math"):
        assert bad not in html
    tags = [part.partition(">")[0] for part in html.split("<")[1:]]
    for tag in tags:
        assert "javascript:" not in tag
        assert "data:" not in tag
        assert " on" not in tag
        assert "style=" not in tag


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_renders_and_cleaning_again_changes_nothing(text: str) -> None:
    html = render(text)
    assert clean(html) == html


def test_what_a_description_needs_stays() -> None:
    html = render("**Refund** a `payment`\n\n|a|b|\n|-|-|\n|1|2|\n\n- x\n\n~~old~~")
    for tag in ("<strong>", "<code>", "<table>", "<li>", "<s>"):
        assert tag in html


def test_links_leave_no_trace() -> None:
    html = render("[guide](https://docs.example/guide)")
    assert 'href="https://docs.example/guide"' in html
    assert 'rel="nofollow noopener noreferrer"' in html


def test_foreign_text_cannot_turn_the_page_around() -> None:
    assert markdown_safe(render("\u202eabc")).startswith('<div class="prose" dir="auto">')


def test_deep_nesting_and_length_are_bounded() -> None:
    assert len(render(">" * 50_000)) < 2_000_000
    assert len(render("*a " * 100_000)) < 5_000_000


def test_code_is_classed_and_escaped() -> None:
    assert highlight('{"a": "<b>"}', "json").count("<span") > 2
    assert "<b>" not in highlight('{"a": "<b>"}', "json")
    assert highlight("<b>", "no-such-language") == "&lt;b&gt;"
    assert highlight("<b>" * 100_000, "json").startswith("&lt;b&gt;")
