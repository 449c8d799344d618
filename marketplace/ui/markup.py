"""The small change of HTML: escaped attributes and icons."""

from functools import lru_cache
from xml.etree import ElementTree

import lucide
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

SIZES = {"sm": 14, "": 16, "lg": 20, "xl": 28}


def attributes(values: dict[str, object]) -> SafeString:
    """HTML attributes with a leading space each, names with `_` written as `-`.

    None and False are left out, True is a bare attribute; a trailing `_` (`for_`, `class_`) is
    dropped, so that Python's own words can be named.
    """
    named = [
        (name.rstrip("_").replace("_", "-"), value)
        for name, value in values.items()
        if value is not None and value is not False
    ]
    return format_html_join(
        "",
        "{}",
        (
            (format_html(" {}", name),)
            if value is True
            else (format_html(' {}="{}"', name, value),)
            for name, value in named
        ),
    )


@lru_cache(maxsize=512)
def _drawing(name: str) -> SafeString:
    """The inside of a lucide icon. Raises lucide.IconDoesNotExist."""
    svg = lucide._load_icon(name)
    # The package's own files, so their markup is ours to trust.
    return mark_safe("".join(ElementTree.tostring(node, encoding="unicode") for node in svg))


def icon(name: str, *, size: str = "", label: str = "", css: str = "") -> SafeString:
    """A lucide icon. Decoration, unless `label` names it for those who can't see it.

    `size` is "sm" (14 px), "" (16), "lg" (20) or "xl" (28).
    """
    pixels = SIZES[size]
    classes = " ".join(part for part in ("icon", f"icon-{size}" if size else "", css) if part)
    told = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="{}" width="{}" height="{}" viewBox="0 0 24 24" {}>{}</svg>',
        classes,
        pixels,
        pixels,
        told,
        _drawing(name),
    )
