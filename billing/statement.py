"""The statement of a closed month as a PDF: what a controller signs.

Made from the frozen lines alone and with nothing of the time it is made at, so that the same
month gives the same bytes.
"""

import io
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from django.db.models import Count, Sum
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from billing.models import Period, StatementLine
from billing.money import decimals, from_minor

MARGIN = 18 * mm
INK = colors.HexColor("#12161d")
MUTED = colors.HexColor("#4f5866")
LINE = colors.HexColor("#d3d8e0")
WIDTHS = [10 * mm, 38 * mm, 38 * mm, 42 * mm, 22 * mm, 24 * mm]


def statement_pdf(period: Period) -> bytes:
    """The PDF of a closed period: totals by cost center, every line, the seal."""
    file = io.BytesIO()
    fonts()
    frozen = period.frozen
    title = f"Statement {period.month:%B %Y}, {frozen['name']}"
    document = BaseDocTemplate(
        file, pagesize=A4, invariant=1, title=title, author=frozen["name"], leftMargin=MARGIN,
        rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
    )  # fmt: skip
    frame = Frame(MARGIN, MARGIN, document.width, document.height, id="body")

    def footer(canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.setFont("Body", 7)
        canvas.setFillColor(MUTED)
        canvas.drawString(MARGIN, 10 * mm, f"{title} · SHA-256 {period.hash}")
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    document.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=footer)])
    document.build(_story(period))
    return file.getvalue()


@lru_cache(maxsize=1)
def fonts() -> None:
    """Fonts that the document carries with it, so that names in all of Latin read right."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("Body", str(folder / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont("Strong", str(folder / "VeraBd.ttf")))


def _story(period: Period) -> list[Flowable]:
    frozen = period.frozen
    assert period.closed_at is not None
    story: list[Flowable] = [
        _text(f"Statement for {period.month:%B %Y}", size=18, font="Strong"),
        _text(frozen["name"], size=11),
        _text(
            f"Cost center {frozen['cost_center'] or 'none'} · closed on"
            f" {period.closed_at:%-d %B %Y, %H:%M} UTC by {period.closed_by}"
            + (f", asked for by {period.asked_by}" if period.asked_by else ""),
            color=MUTED,
        ),
        Spacer(0, 8 * mm),
    ]
    for currency, total in period.totals.items():
        story += [
            _text(f"Total {_amount(total['minor'], currency)}", size=14, font="Strong"),
            Spacer(0, 2 * mm),
        ]
    story += [Spacer(0, 4 * mm), _text("By cost center", size=11, font="Strong")]
    story += [Spacer(0, 1 * mm), _cost_centers(period), Spacer(0, 6 * mm)]
    lines = StatementLine.across.filter(period=period).order_by("number")
    own = [line for line in lines if not line.adjustment]
    later = [line for line in lines if line.adjustment]
    if own:
        story += [_text(f"Use in {period.month:%B %Y}", size=11, font="Strong"), _lines(own)]
    if later:
        story += [
            Spacer(0, 6 * mm),
            _text("Adjustments of earlier months", size=11, font="Strong"),
            _lines(later),
        ]
    story += [Spacer(0, 10 * mm), KeepTogether(_seal(period))]
    return story


def _cost_centers(period: Period) -> Table:
    rows = [["Cost center", "Lines", "Amount"]]
    for cost_center, currency, minor, count in (
        StatementLine.across.filter(period=period)
        .values_list("cost_center", "currency")
        .annotate(minor=Sum("amount_minor"), count=Count("id"))
        .order_by("cost_center", "currency")
    ):
        rows.append([cost_center or "none", f"{count:,}", _amount(minor, currency)])
    return _table(rows, [60 * mm, 30 * mm, 50 * mm], right=(1, 2))


def _lines(lines: list[StatementLine]) -> Table:
    rows: list[list[Any]] = [["#", "API", "Application, team", "What", "Quantity", "Amount"]]
    for line in lines:
        what = line.meter_name or line.get_kind_display()
        detail = f"{line.usage_month:%Y-%m}, corrects {line.corrects}" if line.adjustment else ""
        below = " · ".join(filter(None, (line.rule, line.reason, detail)))
        rows.append(
            [
                str(line.number),
                _text(line.api, size=7.5),
                _text(
                    "",
                    size=7.5,
                    parts=(line.application or "none", f"{line.team}, {line.cost_center}"),
                ),
                _text("", size=7.5, parts=(what, below)),
                f"{line.quantity.normalize():,f}",
                _amount(line.amount_minor, line.currency),
            ]
        )
    return _table(rows, WIDTHS, right=(0, 4, 5))


def _seal(period: Period) -> list[Flowable]:
    rows = [
        ["Lines", f"{period.line_count:,}"],
        ["SHA-256", period.hash],
        ["Month before", period.previous_hash or "none"],
        ["Signature", period.signature],
        ["Public key", period.seal_key],
    ]
    table = Table(
        [[_text(a, size=7, color=MUTED), _text(b, size=7)] for a, b in rows],
        colWidths=[28 * mm, 146 * mm],
    )
    sign = Table(
        [["", "", ""], ["Place and date", "", "Signature, controlling"]],
        colWidths=[70 * mm, 24 * mm, 80 * mm], rowHeights=[16 * mm, 6 * mm],
    )  # fmt: skip
    sign.setStyle(
        TableStyle(
            [
                ("LINEABOVE", (0, 1), (0, 1), 0.5, INK),
                ("LINEABOVE", (2, 1), (2, 1), 0.5, INK),
                ("FONT", (0, 0), (-1, -1), "Body", 7),
                ("TEXTCOLOR", (0, 0), (-1, -1), MUTED),
            ]
        )
    )
    heading = _text("Seal", size=11, font="Strong")
    return [heading, Spacer(0, 1 * mm), table, Spacer(0, 8 * mm), sign]


def _table(rows: list[list[Any]], widths: list[float], right: tuple[int, ...]) -> Table:
    table = Table(rows, colWidths=widths, repeatRows=1)
    style: list[Any] = [
        ("FONT", (0, 0), (-1, 0), "Strong", 7.5),
        ("FONT", (0, 1), (-1, -1), "Body", 7.5),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    style += [("ALIGN", (column, 0), (column, -1), "RIGHT") for column in right]
    table.setStyle(TableStyle(style))
    return table


def _text(
    text: str,
    *,
    size: float = 9,
    font: str = "Body",
    color: Any = INK,
    parts: tuple[str, ...] = (),
) -> Paragraph:
    """A paragraph of foreign text; of several `parts` each is a line, all but the first small."""
    style = ParagraphStyle(
        "text", fontName=font, fontSize=size, leading=size * 1.35, textColor=color
    )
    if parts:
        first, *rest = (escape(part) for part in parts if part)
        small = "".join(f'<br/><font size="6.5" color="#4f5866">{part}</font>' for part in rest)
        return Paragraph(first + small, style)
    return Paragraph(escape(text), style)


def _amount(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency):,.{decimals(currency)}f} {currency}"
