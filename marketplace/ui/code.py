"""Code to read and copy, in one or several languages, and secrets shown once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.ui.blocks import button
from marketplace.ui.highlight import highlight

_blocks = count(1)


@dataclass(frozen=True, slots=True)
class Sample:
    """The same thing said in one language. `html` is `source` already highlighted."""

    label: str
    source: str
    language: str = ""
    html: SafeString | None = None


def as_sample(given: Any) -> Sample:
    """A Sample from itself, (label, source[, language]) or a mapping with those names."""
    if isinstance(given, Sample):
        return given
    if isinstance(given, Mapping):
        return Sample(**given)
    return Sample(*given)


def _copy(name: str) -> SafeString:
    return button(
        name, variant="ghost", size="sm", icon="copy", icon_only=True, type="button", data_copy=True
    )


def _pre(sample: Sample, label: str) -> SafeString:
    html = (
        sample.html
        if sample.html is not None
        else highlight(sample.source, sample.language or sample.label.lower())
    )
    return format_html(
        '<pre class="hl" tabindex="0" aria-label="{}"><code>{}</code></pre>', label, html
    )


def code(
    context: Mapping[str, Any],
    samples: str | Iterable[Any],
    language: str = "",
    title: str = "",
    tall: bool = False,
) -> SafeString:
    """A block of code with Copy: one source, or samples with a tab a language.

    The tabs are radio buttons that CSS reads, so they work before any script; the script makes
    all blocks follow the language chosen in one. `tall` bounds the height.
    """
    css = "code code-tall" if tall else "code"
    if isinstance(samples, str):
        name = title or "Code"
        return format_html(
            '<div class="{}"><div class="code-head"><span class="title">{}</span>{}</div>{}</div>',
            css,
            title or language.upper(),
            _copy("Copy code"),
            _pre(Sample(name, samples, language or "text"), name),
        )
    rows = [as_sample(sample) for sample in samples]
    number = next(_blocks_of(context))
    stamp = blake2b("".join(row.source for row in rows).encode(), digest_size=4).hexdigest()
    group = f"code-{stamp}-{number}"
    tabs = format_html_join(
        "",
        '<label><input type="radio" name="{}" value="{}"{} data-language>{}</label>',
        (
            (group, row.label, SafeString(" checked") if at == 0 else "", row.label)
            for at, row in enumerate(rows)
        ),
    )
    return format_html(
        '<div class="{}"><div class="code-head"><div class="code-tabs" role="radiogroup" '
        'aria-label="{}">{}</div>{}</div>{}</div>',
        css,
        title or "Language",
        tabs,
        _copy("Copy code"),
        format_html_join("", "{}", ((_pre(row, f"{title} {row.label}".strip()),) for row in rows)),
    )


def _blocks_of(context: Mapping[str, Any]) -> "count[int]":
    """A counter of this request's blocks, so that a page renders the same each time."""
    request = context.get("request")
    if request is None:
        return _blocks
    found: count[int] | None = getattr(request, "_code_blocks", None)
    if found is None:
        found = count(1)
        request._code_blocks = found
    return found


def secret(
    value: str,
    label: str = "Key",
    note: str = "Shown once. We keep only its hash, so copy it now.",
    wait_url: str = "",
    done: bool = False,
) -> SafeString:
    """A secret that is never shown again, with Copy.

    `wait_url` is polled every 2 s for a fragment that replaces the "waiting for first call" line;
    the fragment is `waiting(done=True)` when the call has come.
    """
    line = waiting(wait_url, done) if wait_url or done else ""
    return format_html(
        '<div class="secret" data-secret><b class="text-13">{}</b><div class="secret-value">'
        "<code data-copy-source>{}</code>{}</div><p>{}</p>{}</div>",
        label,
        value,
        button("Copy", icon="copy", type="button", data_copy=True),
        note,
        line,
    )


def waiting(url: str = "", done: bool = False, text: str = "") -> SafeString:
    """ "Waiting for first call…", polling `url`; green once `done`."""
    if done:
        return format_html(
            '<p class="wait done" role="status">{}</p>', text or "First call received"
        )
    return format_html(
        '<p class="wait" role="status" hx-get="{}" hx-trigger="every 2s" '
        'hx-swap="outerHTML">{}</p>',
        url,
        text or "Waiting for first call…",
    )
