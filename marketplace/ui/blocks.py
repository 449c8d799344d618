"""Pieces that hold other pieces: cards, notices, headers, dialogs; and their small parts."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.ui.markup import attributes
from marketplace.ui.markup import icon as draw

VARIANTS = frozenset({"", "primary", "ghost", "danger", "danger-solid"})
NOTICE_ICONS = {
    "": "info",
    "green": "circle-check",
    "amber": "triangle-alert",
    "red": "circle-alert",
    "gray": "info",
}
OUTCOMES = {
    "allow": ("check", "green", "Allowed"),
    "wait": ("clock", "amber", "Waits for approval"),
    "deny": ("ban", "red", "Not allowed"),
}


def _classes(*names: str) -> str:
    return " ".join(name for name in names if name)


def button(
    text: str,
    href: str = "",
    variant: str = "",
    size: str = "",
    icon: str = "",
    icon_end: str = "",
    icon_only: bool = False,
    block: bool = False,
    type: str = "submit",
    **more: object,
) -> SafeString:
    """A button, or a link that looks like one where `href` is given.

    `variant` is primary, ghost, danger, danger-solid or nothing; `size` sm, lg or nothing.
    Any other argument becomes an attribute (`hx_get` → `hx-get`). `icon_only` keeps `text` as
    the accessible name.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no button variant {variant!r}")
    css = _classes(
        "btn",
        f"btn-{variant}" if variant else "",
        f"btn-{size}" if size else "",
        "btn-icon" if icon_only else "",
        "btn-block" if block else "",
        str(more.pop("class_", "") or ""),
    )
    small = "sm" if size == "sm" else ""
    inside: SafeString = SafeString("")
    if icon:
        inside += draw(icon, size=small)
    inside += (
        format_html('<span class="vh">{}</span>', text) if icon_only else format_html("{}", text)
    )
    if icon_end:
        inside += draw(icon_end, size=small)
    if icon_only:
        more.setdefault("title", text)
    if href:
        return format_html('<a class="{}" href="{}"{}>{}</a>', css, href, attributes(more), inside)
    return format_html(
        '<button class="{}" type="{}"{}>{}</button>', css, type, attributes(more), inside
    )


def card(
    content: str,
    title: str = "",
    aside: str = "",
    foot: str = "",
    flush: bool = False,
    level: int = 2,
    **more: object,
) -> SafeString:
    """A bordered box. `aside` stands right of the title; `flush` leaves the content unpadded
    (tables, code); `foot` is a line beneath."""
    head = (
        format_html(
            '<header class="card-head"><h{}>{}</h{}>{}</header>',
            level,
            title,
            level,
            format_html('<span class="aside num">{}</span>', aside) if aside else "",
        )
        if title
        else ""
    )
    body = content if flush else format_html('<div class="card-body">{}</div>', content)
    end = format_html('<footer class="card-foot">{}</footer>', foot) if foot else ""
    css = _classes("card", str(more.pop("class_", "") or ""))
    return format_html(
        '<section class="{}"{}>{}{}{}</section>', css, attributes(more), head, body, end
    )


def notice(
    content: str, title: str = "", tone: str = "", icon: str = "", **more: object
) -> SafeString:
    """A call-out; `tone` is green, amber, red, gray or nothing (information)."""
    return format_html(
        '<div class="{}"{}>{}<div>{}{}</div></div>',
        _classes("notice", f"tone-{tone}" if tone else ""),
        attributes(more),
        draw(icon or NOTICE_ICONS[tone]),
        format_html('<p class="title">{}</p>', title) if title else "",
        content,
    )


def empty_state(content: str, title: str, why: str = "", icon: str = "inbox") -> SafeString:
    """Nothing here: one sentence why, and in the block one action and at most one example."""
    return format_html(
        '<div class="empty"><span class="glyph glyph-lg">{}</span><div><p class="title">{}</p>'
        '{}</div><div class="actions">{}</div></div>',
        draw(icon),
        title,
        format_html("<p>{}</p>", why) if why else "",
        content,
    )


def page_header(
    content: str, title: str, sub: str = "", icon: str = "", tone: str = "blue", badges: str = ""
) -> SafeString:
    """The page's h1, a line beneath, and the actions that the block holds at the right."""
    return format_html(
        '<header class="page-head">{}<div><h1>{}</h1>{}{}</div>{}</header>',
        glyph(icon, tone, "lg") if icon else "",
        title,
        format_html('<p class="sub">{}</p>', sub) if sub else "",
        format_html('<div class="badges">{}</div>', badges) if badges else "",
        format_html('<div class="actions">{}</div>', content) if content.strip() else "",
    )


def glyph(icon: str, tone: str = "", size: str = "") -> SafeString:
    """The tinted square with an icon that stands for an API; decoration."""
    css = _classes("glyph", f"glyph-{size}" if size else "", f"tone-{tone}" if tone else "")
    return format_html('<span class="{}">{}</span>', css, draw(icon))


def breadcrumbs(*parts: str) -> SafeString:
    """`label, href, label, href, label`: the last stands for the page itself."""
    pairs = list(zip(parts[0::2], [*parts[1::2], ""], strict=False))
    items = format_html_join(
        draw("chevron-right", size="sm"),
        "<li>{}</li>",
        (
            (
                format_html('<a href="{}">{}</a>', href, label)
                if href
                else format_html('<span aria-current="page">{}</span>', label),
            )
            for label, href in pairs
        ),
    )
    return format_html('<nav aria-label="Breadcrumb"><ol class="crumbs">{}</ol></nav>', items)


def tab(
    label: str, href: str, current: bool = False, count: int | None = None, **more: object
) -> SafeString:
    """One link of a `<nav class="tabs">`."""
    return format_html(
        '<a href="{}"{}{}>{}{}</a>',
        href,
        SafeString(' aria-current="page"') if current else "",
        attributes(more),
        label,
        format_html(' <span class="count">{}</span>', count) if count is not None else "",
    )


def chip(label: str, remove: str) -> SafeString:
    """A filter in force; its link takes it away."""
    return format_html(
        '<a class="chip" href="{}" aria-label="Remove filter {}">{}{}</a>',
        remove,
        label,
        label,
        draw("x", size="sm"),
    )


def stats(content: str, large: bool = False) -> SafeString:
    """A row of `stat`s."""
    return format_html('<dl class="{}">{}</dl>', "stats stats-lg" if large else "stats", content)


def stat(label: str, value: object, unit: str = "", delta: str = "", tone: str = "") -> SafeString:
    """One figure; `delta` is the line beneath, in the tone."""
    return format_html(
        '<div class="stat"><dt>{}</dt><dd>{}{}{}</dd></div>',
        label,
        value,
        format_html(" <small>{}</small>", unit) if unit else "",
        format_html(
            '<span class="{}">{}</span>', _classes("delta", f"tone-{tone}" if tone else ""), delta
        )
        if delta
        else "",
    )


def decision(found: Any) -> SafeString:
    """An explained decision: outcome, the rule's name, because, and the change that flips it.

    Takes anything with `outcome` (allow, wait, deny), `rule`, `because`, `fix`, as attributes or
    keys.
    """

    def read(name: str) -> str:
        value = found.get(name) if isinstance(found, Mapping) else getattr(found, name, "")
        return str(value or "")

    mark, tone, title = OUTCOMES[read("outcome")]
    rule, because, fix = read("rule"), read("because"), read("fix")
    return format_html(
        '<div class="decision tone-{}"><span class="decision-mark">{}</span>'
        '<p class="title ink">{}</p>{}{}{}</div>',
        tone,
        draw(mark, size="sm"),
        title,
        format_html("<p>{}</p>", because) if because else "",
        format_html('<p class="fix">{}</p>', fix) if fix else "",
        format_html('<p class="small">Rule <code>{}</code></p>', rule) if rule else "",
    )


def wizard(*steps: str, current: int = 1) -> SafeString:
    """The steps of a task, the `current` one (from 1) marked."""
    items = format_html_join(
        "",
        "<li{}>{}{}</li>",
        (
            (
                SafeString(' class="done"')
                if at < current
                else SafeString(' aria-current="step"' if at == current else ""),
                name,
                SafeString('<span class="vh"> (done)</span>') if at < current else "",
            )
            for at, name in enumerate(steps, 1)
        ),
    )
    return format_html('<ol class="wizard">{}</ol>', items)


def _dialog_head(title: str, id: str) -> SafeString:
    shut = button(
        "Close",
        variant="ghost",
        size="sm",
        icon="x",
        icon_only=True,
        type="button",
        data_close=True,
    )
    return format_html(
        '<header class="dialog-head"><h2 id="{}-title">{}</h2>{}</header>', id, title, shut
    )


def dialog(
    content: str, id: str, title: str, drawer: bool = False, sheet: bool = True
) -> SafeString:
    """A native `<dialog>`, opened by any `data-open="id"`; at the right side with `drawer`."""
    css = "drawer" if drawer else ("sheet" if sheet else "")
    return format_html(
        '<dialog class="{}" id="{}" aria-labelledby="{}-title">{}'
        '<div class="dialog-body">{}</div></dialog>',
        css,
        id,
        id,
        _dialog_head(title, id),
        content,
    )


def drawer_content(content: str, title: str) -> SafeString:
    """What a fragment loaded with `hx-target="#drawer"` holds: heading, Close, body."""
    return format_html(
        '{}<div class="dialog-body">{}</div>', _dialog_head(title, "drawer"), content
    )
