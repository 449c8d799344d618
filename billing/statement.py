"""The statement of a closed month as a PDF: what a controller signs.

Made from the frozen lines alone and with nothing of the time it is made at, so that the same
month gives the same bytes.
"""

import io
from functools import lru_cache, partial
from itertools import groupby
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
from reportlab.pdfgen.canvas import Canvas
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
SUNKEN = colors.HexColor("#f2f4f7")
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

    document.addPageTemplates([PageTemplate(id="page", frames=[frame])])
    foot = f"{title} · No. {number_of(period)} · SHA-256 {period.hash[:16]}…"
    document.build(_story(period), canvasmaker=partial(_Numbered, foot=foot))
    return file.getvalue()


def number_of(period: Period) -> str:
    """The statement's number, the same as the invoice's in the FOCUS export."""
    return f"{period.frozen['slug']}-{period.name}"


class _Numbered(Canvas):
    """Pages that say which of how many they are: they are kept until all are there."""

    def __init__(self, *args: Any, foot: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self._foot = foot
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont("Body", 7)
            self.setFillColor(MUTED)
            self.drawString(MARGIN, 10 * mm, self._foot)
            right = f"Page {number} of {len(self._pages)}"
            self.drawRightString(A4[0] - MARGIN, 10 * mm, right)
            super().showPage()
        super().save()


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
        _text(f"{frozen['name']} · No. {number_of(period)}", size=11),
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
    """The lines by cost center and API, each group with its sum in each currency."""
    rows: list[list[Any]] = [["#", "API", "Application, team", "What", "Quantity", "Amount"]]
    sums: list[int] = []
    ordered = sorted(lines, key=lambda line: (*_group(line), line.number))
    for (cost_center, api), found in groupby(ordered, key=_group):
        group = list(found)
        rows += [_row(line) for line in group]
        for currency in sorted({line.currency for line in group}):
            minor = sum(line.amount_minor for line in group if line.currency == currency)
            sums.append(len(rows))
            what = f"Cost center {cost_center or 'none'} · {api or 'shared costs'}"
            rows.append(["", what, "", "", "", _amount(minor, currency)])
    table = _table(rows, WIDTHS, right=(0, 4, 5))
    table.setStyle(
        TableStyle(
            [
                command
                for place in sums
                for command in (
                    ("SPAN", (1, place), (4, place)),
                    ("FONT", (0, place), (-1, place), "Strong", 7.5),
                    ("BACKGROUND", (0, place), (-1, place), SUNKEN),
                )
            ]
        )
    )
    return table


def _group(line: StatementLine) -> tuple[str, str]:
    return line.cost_center, line.api


def _row(line: StatementLine) -> list[Any]:
    what = line.meter_name or line.get_kind_display()
    detail = f"{line.usage_month:%Y-%m}, corrects {line.corrects}" if line.adjustment else ""
    below = " · ".join(filter(None, (line.rule, line.reason, detail)))
    where = ", ".join(filter(None, (line.team, line.cost_center)))
    return [
        str(line.number),
        _text(line.api or "Shared costs", size=7.5),
        _text("", size=7.5, parts=(line.application or "–", where)),
        _text("", size=7.5, parts=(what, below)),
        f"{line.quantity.normalize():,f}",
        _amount(line.amount_minor, line.currency),
    ]


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
    table = Table(rows, colWidths=widths, repeatRows=1, hAlign="LEFT")
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
