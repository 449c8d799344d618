"""What no template may hold, and what a page may weigh."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CSS = (ROOT / "static/css/app.css").read_text()
KB = 1024
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.I),
    "a style block": re.compile(r"<style\b", re.I),
    "an inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\b(src=|type=.application/json))", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
    "a colour of its own": re.compile(r"(?<![&\w/'\"=])#[0-9a-f]{6}\b", re.I),
    "another host": re.compile(r"(src|href)\s*=\s*[\"']?(https?:)?//", re.I),
    "htmx that evaluates": re.compile(r"\bhx-(on|vals=.js:|vars)\b", re.I),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape off"),
}
OF_TAGS = ("unescaped text",)


def forbidden(what: str, source: str) -> re.Match[str] | None:
    """Where the HTML around a template's own tags (or, of unescaped text, those tags) offends."""
    html = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "x", source, flags=re.S)
    return FORBIDDEN[what].search(source if what in OF_TAGS else html)


def weight(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def test_there_are_templates_to_look_at() -> None:
    assert len(TEMPLATES) > 40


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)!r}"
        for path in TEMPLATES
        for match in [forbidden(what, path.read_text())]
        if match
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("an inline style", '<p style="x">'),
        ("an inline style", '<p style="{{ x }}">'),
        ("an inline handler", "<a onclick=x>"),
        ("an inline script", "<script>1</script>"),
        ("another host", '<img src="//x.example">'),
        ("a colour of its own", "<rect fill=#aabbcc> #aabbcc"),
        ("unescaped text", "{{ x|safe }}"),
    ],
)
def test_the_lint_can_fail(what: str, text: str) -> None:
    assert forbidden(what, text)


def test_the_lint_knows_a_tags_argument_from_an_attribute() -> None:
    assert not forbidden("an inline style", '{% when at style="date" %}')


def test_the_css_keeps_its_budget_and_its_manners() -> None:
    assert weight(ROOT / "static/css/app.css") <= 12 * KB
    assert "!important" not in CSS
    bare = re.sub(r"\{[^{}]*\}", "{}", re.sub(r"/\*.*?\*/", "", CSS, flags=re.S))
    assert re.findall(r"#[a-zA-Z][\w-]*(?=[^{}]*\{)", bare) == []
    assert CSS.count("{") == CSS.count("}")


def test_raw_colours_stand_in_the_tokens_only() -> None:
    after = CSS.partition("@layer base")[2]
    allowed = {"#0000", "#000", "#fff0", "#ffffff", "#1a1e26", "#f2f4f7", "#12151b"}
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", after)) <= allowed


def test_the_script_keeps_its_budget() -> None:
    own = ROOT / "static/js/app.js"
    htmx = Path(django_htmx.__file__).parent / "static/django_htmx"
    assert weight(own) <= 6 * KB
    assert weight(own, htmx / "htmx-2.min.js", htmx / "ext/hx-sse-2.min.js") <= 25 * KB
    assert not re.search(r"\beval\(|innerHTML|new Function|document\.write", own.read_text())
