"""Foreign words on a page: Markdown cleaned, lengths bounded, plain text left plain."""

import re
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from marketplace.ui.markdown import render

MARKS = re.compile(r"[*_`\[\]<>#|~\\&\n]|://|^\s*[-+\d]", re.MULTILINE)
MOST = 4000  # characters of a field's description; an operation's own is not cut
SHORT = 80
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def told(text: Any) -> SafeString:
    """A description as safe HTML; text without Markdown's marks skips its parser."""
    if not isinstance(text, str) or not text.strip():
        return SafeString("")
    text = text.strip()[:MOST]
    if not MARKS.search(text):
        # Escaped, so it is the paragraph that the parser would have made.
        return mark_safe(f"<p>{escape(text)}</p>")
    return render(text)


def short(text: Any, most: int = SHORT) -> str:
    """One line of at most `most` characters; empty for what is not text."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def storable(text: str) -> str:
    """The text without what a database cannot hold: NUL, control and half characters."""
    return CONTROL.sub("\ufffd", text)
