"""Source code as classed spans; their colours are in app.css, for light and dark."""

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight as pygmentise
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MOST = 200_000  # characters; beyond it the text stands plain, so that no page waits for a lexer
ALIASES = {"curl": "bash", "shell": "bash", "node": "javascript", "http": "http", "": "text"}
_formatter = HtmlFormatter(nowrap=True)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(ALIASES.get(language, language), stripnl=False)
    except ClassNotFound:
        return None


def highlight(source: str, language: str) -> SafeString:
    """The source as HTML spans without a wrapper; plain and escaped where no lexer fits."""
    lexer = _lexer(language.lower())
    if lexer is None or len(source) > MOST:
        return escape(source)
    # Pygments escapes all text it puts between its spans.
    return mark_safe(pygmentise(source, lexer, _formatter).rstrip("\n"))
