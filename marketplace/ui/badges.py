"""Badges: what a thing is, in one word and one tone, never by colour alone."""

from datetime import date, datetime
from types import MappingProxyType

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace import clock
from marketplace.ui.format import day_text
from marketplace.ui.markup import icon as draw

TONES = frozenset({"", "green", "amber", "red", "violet", "teal", "blue", "gray"})
LIFECYCLES = MappingProxyType(
    {
        "draft": ("Draft", "gray"),
        "alpha": ("Alpha", "amber"),
        "beta": ("Beta", "violet"),
        "active": ("Active", "green"),
        "ga": ("GA", "green"),
        "deprecated": ("Deprecated", "red"),
        "retired": ("Retired", "gray"),
    }
)
DATA_CLASSES = MappingProxyType(
    {
        "public": ("Public", "gray"),
        "internal": ("Internal", "gray"),
        "confidential": ("Confidential", "amber"),
        "restricted": ("Restricted", "red"),
        "personal": ("Personal data", "red"),
    }
)
RISKS = MappingProxyType(
    {
        "low": ("Low risk", "green", 1),
        "medium": ("Medium risk", "amber", 2),
        "high": ("High risk", "red", 3),
    }
)
METHODS = MappingProxyType(
    {
        "GET": "blue",
        "QUERY": "blue",
        "POST": "green",
        "PUT": "amber",
        "PATCH": "amber",
        "DELETE": "red",
        "SEND": "violet",
        "RECEIVE": "violet",
        "PUBLISH": "violet",
        "SUBSCRIBE": "violet",
    }
)
SHORT_METHODS = MappingProxyType(
    {"DELETE": "DEL", "OPTIONS": "OPT", "RECEIVE": "RECV", "PUBLISH": "PUB", "SUBSCRIBE": "SUB"}
)
GRADES = MappingProxyType(
    {"A": "green", "B": "green", "C": "amber", "D": "amber", "E": "red", "F": "red"}
)
FORMATS = MappingProxyType(
    {
        "openapi": "OpenAPI",
        "swagger": "Swagger",
        "asyncapi": "AsyncAPI",
        "mcp": "MCP",
        "a2a": "A2A",
        "model": "Model",
        "index": "Index",
    }
)
STATES = MappingProxyType(
    {
        "active": "green",
        "allow": "green",
        "approved": "green",
        "delivered": "green",
        "done": "green",
        "live": "green",
        "ok": "green",
        "open": "blue",
        "running": "blue",
        "sandbox": "violet",
        "wait": "amber",
        "waiting": "amber",
        "pending": "amber",
        "expiring": "amber",
        "rotating": "amber",
        "closing": "amber",
        "denied": "red",
        "deny": "red",
        "failed": "red",
        "dead": "red",
        "revoked": "red",
        "leaked": "red",
    }
)


def badge(
    text: object,
    tone: str = "",
    outline: bool = False,
    dot: bool = False,
    icon: str = "",
    title: str = "",
) -> SafeString:
    """A badge; `tone` is one of green, amber, red, violet, teal, blue, gray or nothing."""
    if tone not in TONES:
        raise ValueError(f"no tone {tone!r}; there are {', '.join(sorted(TONES - {''}))}")
    classes = "badge"
    for name, wanted in ((f"tone-{tone}", tone), ("badge-outline", outline), ("badge-dot", dot)):
        classes += f" {name}" if wanted else ""
    told = format_html(' title="{}"', title) if title else ""
    drawn = draw(icon) if icon else ""
    return format_html('<span class="{}"{}>{}{}</span>', classes, told, drawn, text)


def lifecycle_badge(lifecycle: str, sunset: date | datetime | None = None) -> SafeString:
    """Draft, Active and so on; a deprecated API with a date is "Retiring 31 Mar"."""
    text, tone = LIFECYCLES.get(lifecycle, (lifecycle.capitalize(), "gray"))
    if lifecycle == "deprecated" and sunset:
        day = sunset.date() if isinstance(sunset, datetime) else sunset
        text = f"Retiring {day_text(day, clock.now().date())}"
    return badge(text, tone, dot=True)


def data_class_badge(data_class: str) -> SafeString:
    """Public, internal, confidential or restricted."""
    text, tone = DATA_CLASSES.get(data_class, (data_class.capitalize(), "gray"))
    return badge(text, tone)


def risk_badge(risk: str) -> SafeString:
    """The risk with a glyph of one to three bars."""
    text, tone, level = RISKS.get(risk, (risk.capitalize(), "gray", 0))
    bars = format_html_join(
        "",
        '<rect{} x="{}" y="{}" width="3" height="{}" rx="1"/>',
        (
            (
                "" if step < level else SafeString(' class="off"'),
                step * 4,
                6 - step * 3,
                3 + step * 3,
            )
            for step in range(3)
        ),
    )
    return format_html(
        '<span class="badge badge-outline tone-{}">'
        '<svg class="risk-bars" width="11" height="9" viewBox="0 0 11 9" aria-hidden="true">'
        "{}</svg>{}</span>",
        tone,
        bars,
        text,
    )


def method_badge(method: str) -> SafeString:
    """GET, POST, SEND … in the mono face; long names shortened, the whole for screen readers."""
    name = method.upper()
    tone = METHODS.get(name, "gray")
    shown = SHORT_METHODS.get(name)
    if shown:
        return format_html('<abbr class="method tone-{}" title="{}">{}</abbr>', tone, name, shown)
    return format_html('<span class="method tone-{}">{}</span>', tone, name)


def grade_badge(grade: str) -> SafeString:
    """The lint grade, A to F."""
    if not grade:
        return badge("Not graded", "gray")
    return badge(f"Grade {grade.upper()}", GRADES.get(grade[0].upper(), "gray"))


def format_badge(kind: str, version: str = "") -> SafeString:
    """OpenAPI 3.1, AsyncAPI 3.0, MCP …"""
    return badge(f"{FORMATS.get(kind.lower(), kind)} {version}".strip(), outline=True)


def state_badge(state: str, text: str = "") -> SafeString:
    """The state of a key, grant, delivery, period, job; unknown states are grey."""
    return badge(text or state.replace("_", " ").capitalize(), STATES.get(state, "gray"), dot=True)


def initials(name: str) -> str:
    """One or two letters that stand for a person."""
    words = [word for word in name.replace(".", " ").partition("@")[0].split() if word]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def avatar(name: str, size: str = "") -> SafeString:
    """A person's initials; decoration beside his name."""
    css = f"avatar avatar-{size}" if size else "avatar"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, initials(name))
