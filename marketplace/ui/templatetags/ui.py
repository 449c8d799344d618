"""The one tag library of the pages: `{% load ui %}`. docs/frontend.md lists it with examples."""

from collections.abc import Callable
from typing import Any

from django import template

from marketplace.ui import badges, blocks, charts, code, format, forms, markdown, markup, meters

register = template.Library()

SIMPLE: tuple[Callable[..., Any], ...] = (
    markup.icon,
    badges.badge,
    badges.lifecycle_badge,
    badges.data_class_badge,
    badges.risk_badge,
    badges.method_badge,
    badges.grade_badge,
    badges.format_badge,
    badges.state_badge,
    badges.avatar,
    blocks.button,
    blocks.glyph,
    blocks.breadcrumbs,
    blocks.tab,
    blocks.chip,
    blocks.stat,
    blocks.decision,
    blocks.wizard,
    charts.bar_chart,
    charts.line_chart,
    charts.sparkline,
    meters.meter,
    meters.bar_list,
    code.secret,
    code.waiting,
    forms.field,
    forms.fields,
    forms.error_summary,
    format.money,
    format.number,
    format.percent,
    format.duration,
    format.when,
    markdown.markdown_safe,
)
BLOCKS: tuple[Callable[..., Any], ...] = (
    blocks.card,
    blocks.notice,
    blocks.empty_state,
    blocks.page_header,
    blocks.stats,
    blocks.dialog,
    blocks.drawer_content,
)

for tag in SIMPLE:
    register.simple_tag(tag)
for tag in BLOCKS:
    register.simple_block_tag(tag)
register.simple_tag(code.code, takes_context=True)


@register.inclusion_tag("components/job.html")
def job(job: Any) -> dict[str, Any]:
    """Long work: `title`, `state` (waiting, running, done, failed, cancelled), `steps` (each
    `name`, `state`, `detail`), `done`, `total`, `elapsed`; `poll_url`, `cancel_url` while it
    runs."""
    return {"job": job}


@register.inclusion_tag("components/pagination.html")
def pagination(
    next: str = "", previous: str = "", shown: str = "", csv: str = "", flush: bool = False
) -> dict[str, Any]:
    """Cursor paging: the addresses of both neighbours, what is shown, and the same as CSV."""
    return {"next": next, "previous": previous, "shown": shown, "csv": csv, "flush": flush}
