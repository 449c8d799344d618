"""Every tag escapes what it is given, and says what it shows in words too."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import lucide
import pytest
from django import forms
from django.template import Context, Template

from marketplace import clock
from marketplace.ui import badges, blocks, code, meters
from marketplace.ui import forms as fields
from marketplace.ui.templatetags.ui import BLOCKS, SIMPLE, register

DOCS = Path(__file__).resolve().parent.parent.parent / "docs/frontend.md"
EVIL = '"><script>alert(1)</script>'


def draw(source: str, **values: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


SAMPLES = {
    "icon": '{% icon "key" label=evil %}',
    "badge": "{% badge evil title=evil %}",
    "lifecycle_badge": "{% lifecycle_badge evil %}",
    "data_class_badge": "{% data_class_badge evil %}",
    "risk_badge": "{% risk_badge evil %}",
    "method_badge": "{% method_badge evil %}",
    "grade_badge": "{% grade_badge evil %}",
    "format_badge": "{% format_badge evil evil %}",
    "state_badge": "{% state_badge evil evil %}",
    "avatar": "{% avatar evil %}",
    "button": "{% button evil href=evil title=evil data_x=evil %}",
    "glyph": '{% glyph "key" tone=evil %}',
    "breadcrumbs": "{% breadcrumbs evil evil evil %}",
    "tab": "{% tab evil evil %}",
    "chip": "{% chip evil evil %}",
    "stat": "{% stat evil evil unit=evil delta=evil tone=evil %}",
    "decision": "{% decision found %}",
    "wizard": "{% wizard evil evil current=2 %}",
    "bar_chart": "{% bar_chart points evil value=evil unit=evil %}",
    "line_chart": "{% line_chart points evil value=evil unit=evil limit=3 %}",
    "sparkline": "{% sparkline values evil %}",
    "meter": "{% meter 1 2 evil note=evil unit=evil %}",
    "bar_list": "{% bar_list points unit=evil %}",
    "secret": "{% secret evil label=evil note=evil wait_url=evil %}",
    "waiting": "{% waiting evil text=evil %}",
    "field": "{% field form.name prefix=evil suffix=evil data_x=evil %}",
    "fields": "{% fields form %}",
    "error_summary": "{% error_summary form %}",
    "money": "{% money 5 evil %}",
    "number": "{% number 5 %}",
    "percent": "{% percent 5 7 %}",
    "duration": "{% duration 5 %}",
    "when": "{% when nothing %}",
    "markdown_safe": "{% markdown_safe evil %}",
    "code": "{% code evil language=evil title=evil %}{% code samples title=evil %}",
    "job": "{% job job %}",
    "pagination": "{% pagination next=evil previous=evil shown=evil csv=evil %}",
    "card": "{% card evil aside=evil foot=evil id=evil %}{{ evil }}{% endcard %}",
    "notice": "{% notice title=evil id=evil %}{{ evil }}{% endnotice %}",
    "empty_state": "{% empty_state evil why=evil %}{{ evil }}{% endempty_state %}",
    "page_header": "{% page_header evil sub=evil badges=evil %}{{ evil }}{% endpage_header %}",
    "stats": "{% stats %}{{ evil }}{% endstats %}",
    "dialog": "{% dialog evil evil %}{{ evil }}{% enddialog %}",
    "drawer_content": "{% drawer_content evil %}{{ evil }}{% enddrawer_content %}",
}


class EvilForm(forms.Form):
    name = forms.CharField(label=EVIL, help_text="plain", max_length=3)


@pytest.mark.parametrize("tag", sorted(register.tags))
def test_no_tag_lets_markup_through(tag: str) -> None:
    html = draw(
        SAMPLES[tag],
        evil=EVIL,
        nothing=None,
        found={"outcome": "wait", "rule": EVIL, "because": EVIL, "fix": EVIL},
        points=[(EVIL, 1), (EVIL, 2, EVIL)],
        values=[1, 2],
        form=EvilForm({"name": EVIL}),
        samples=[(EVIL, EVIL), ("b", EVIL, "bash")],
        job={"title": EVIL, "state": "failed", "error": EVIL, "steps": [{"name": EVIL}]},
    )
    assert "<script" not in html
    assert "style=" not in html


def test_every_registered_tag_has_a_sample_here_and_a_line_in_the_docs() -> None:
    assert set(SAMPLES) == set(register.tags)
    assert len(register.tags) == len(SIMPLE) + len(BLOCKS) + 3
    page = DOCS.read_text()
    assert [tag for tag in register.tags if tag not in page] == []


def test_an_unknown_icon_tone_or_variant_is_an_error_at_once() -> None:
    with pytest.raises(lucide.IconDoesNotExist):
        draw('{% icon "no-such-icon" %}')
    with pytest.raises(ValueError, match="no tone"):
        badges.badge("x", "pink")
    with pytest.raises(ValueError, match="no button variant"):
        blocks.button("x", variant="loud")
    with pytest.raises(ValueError, match="no field kind"):
        fields.field(EvilForm()["name"], kind="odd")


def test_risk_is_told_by_bars_and_words_never_by_colour_alone() -> None:
    for risk, level in (("low", 1), ("medium", 2), ("high", 3)):
        html = badges.risk_badge(risk)
        assert html.count('class="off"') == 3 - level
        assert f"{risk.capitalize()} risk" in html


def test_a_deprecated_api_with_a_date_says_when_it_goes() -> None:
    with clock.frozen(datetime(2026, 11, 25, tzinfo=UTC)):
        assert "Retiring 31 Mar 2027" in badges.lifecycle_badge("deprecated", date(2027, 3, 31))
    assert "Deprecated" in badges.lifecycle_badge("deprecated")


def test_a_shortened_method_keeps_its_whole_name() -> None:
    assert (
        badges.method_badge("delete") == '<abbr class="method tone-red" title="DELETE">DEL</abbr>'
    )


def test_a_button_with_an_address_is_a_link() -> None:
    assert blocks.button("Go", href="/a?b=1&c=2", hx_get="/x").startswith(
        '<a class="btn" href="/a?b=1&amp;c=2" hx-get="/x">'
    )
    assert 'type="submit"' in blocks.button("Go")
    assert '<span class="vh">Close</span>' in blocks.button("Close", icon="x", icon_only=True)


def test_a_decision_names_its_rule_because_and_fix() -> None:
    html = blocks.decision(
        {"outcome": "deny", "rule": "residency-eu", "because": "It is in the US.", "fix": "Move."}
    )
    for part in ("Not allowed", "residency-eu", "It is in the US.", "Move."):
        assert part in html


def test_a_meter_says_used_limit_and_forecast() -> None:
    html = meters.meter(642_000_000, 1_200_000_000, "Budget", forecast=110_000_000, currency="USD")
    assert 'aria-valuetext="$642 of $1,200, $752 forecast"' in html
    assert 'aria-valuenow="642"' in html
    assert 'class="forecast" width="9.2%"' in html
    assert "tone-" not in html


@pytest.mark.parametrize(
    ("used", "forecast", "tone"),
    [(10, 0, ""), (80, 0, "tone-amber"), (50, 60, "tone-amber"), (100, 0, "tone-red"), (0, 0, "")],
)
def test_a_meter_warns_before_its_limit(used: int, forecast: int, tone: str) -> None:
    html = meters.meter(used, 100, "Calls", forecast=forecast)
    assert ("tone-" in html) == bool(tone)
    assert tone in html


def test_a_meter_with_no_limit_at_all_stays_a_meter() -> None:
    assert 'aria-valuemax="1"' in meters.meter(0, 0, "Calls")


def test_a_label_stands_above_its_field_and_the_error_belongs_to_it() -> None:
    form = EvilForm({"name": ""})
    html = fields.field(form["name"])
    assert '<label for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    summary = fields.error_summary(form)
    assert 'role="alert" tabindex="-1" autofocus' in summary
    assert 'href="#id_name"' in summary
    assert fields.error_summary(EvilForm({"name": "abc"})) == ""


def test_only_optional_fields_are_marked() -> None:
    class Both(forms.Form):
        a = forms.CharField()
        b = forms.CharField(required=False)

    form = Both()
    assert "optional" not in fields.field(form["a"])
    assert '<span class="optional">optional</span>' in fields.field(form["b"])


def test_code_tabs_are_radio_buttons_and_blocks_do_not_share_a_group() -> None:
    samples = [
        code.Sample("curl", "curl -X GET", "bash"),
        code.Sample("Python", "import httpx", "python"),
    ]
    html = draw("{% code s %}{% code s %}", s=samples)
    groups = {part.split('"')[0] for part in html.split('name="')[1:]}
    assert len(groups) == 2
    assert html.count(" checked") == 2
    assert '<span class="kn">import</span>' in html


def test_a_secret_is_shown_whole_and_says_it_is_the_only_time() -> None:
    html = code.secret("mk_l_4fQ9aT2xLc8W_abc", wait_url="/keys/1/wait")
    assert "mk_l_4fQ9aT2xLc8W_abc</code>" in html
    assert "Shown once" in html
    assert 'hx-get="/keys/1/wait" hx-trigger="every 2s"' in html
    assert "hx-get" not in code.waiting("/keys/1/wait", done=True)
