"""Markdown from documents that anybody may publish, as HTML that can do no harm.

Parsed with raw HTML off, then cut to an allow-list: no pictures (they would tell another host
who reads), no scripts, no `javascript:`; links open without a referrer and earn no rank.
"""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MOST = 200_000  # characters rendered; a longer text is cut there
TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_parser = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
    .enable(["table", "strikethrough"])
    .disable("image")
)


def clean(html: str) -> SafeString:
    """HTML cut to what a description may hold. Clean HTML comes out as it went in."""
    # nh3 has parsed and re-written it by the allow-list above.
    return mark_safe(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            link_rel="nofollow noopener noreferrer",
            clean_content_tags={"script", "style", "template", "iframe", "object", "svg", "math"},
        )
    )


def render(text: str) -> SafeString:
    """Markdown (CommonMark with tables and strikethrough) as sanitised HTML."""
    return clean(_parser.render(text[:MOST]))


def markdown_safe(html: str) -> SafeString:
    """Stored HTML from `render`, in a box of its own direction.

    Cleaned once more: what was stored may be older than today's rules.
    """
    return SafeString(f'<div class="prose" dir="auto">{clean(html)}</div>')
