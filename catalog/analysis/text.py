"""Foreign words on a page: Markdown cleaned, lengths bounded, plain text left plain."""

import json
import re
from typing import Any

import orjson
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from marketplace.ui.markdown import render

MARKS = re.compile(r"[*_`\[\]<>#|~\\&\n]|://|^\s*[-+\d]", re.MULTILINE)
MOST = 4000  # characters of a field's description; an operation's own is not cut
SHORT = 80
LONGEST_VALUE = 20_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def told(text: Any, most: int = MOST) -> SafeString:
    """A description as safe HTML, cut at `most` characters; text without Markdown's marks skips
    its parser."""
    if not isinstance(text, str) or not text.strip():
        return SafeString("")
    text = storable(text.strip()[:most])
    if not MARKS.search(text):
        # Escaped, so it is the paragraph that the parser would have made.
        return mark_safe(plain_html(text, most))
    return render(text)


def plain_html(text: str, most: int = MOST) -> str:
    """The text as one paragraph, escaped and cut, without any of Markdown; nothing for none."""
    text = storable(text.strip()[:most])
    return f"<p>{escape(text)}</p>" if text else ""


def html_of(text: Any, most: int = MOST) -> str:
    """The same as a plain string: what comes back from the parser's process may hold no class of
    Django's."""
    return "".join((told(text, most), ""))


def short(text: Any, most: int = SHORT) -> str:
    """One line of at most `most` characters; empty for what is not text."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def storable(text: str) -> str:
    """The text without what a database cannot hold: NUL, control and half characters."""
    return CONTROL.sub("\ufffd", text)


def as_text(value: Any, most: int = LONGEST_VALUE) -> str:
    """A value as people read it: text as it is, the rest as indented JSON; cut at `most`."""
    text = value if isinstance(value, str) else _indented(value)
    return text if len(text) <= most else text[:most] + "\n…"


def _indented(value: Any) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # what orjson refuses is written by the slower writer
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
