"""Django forms in our clothes: label above, help, the error under its field, a summary first."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.errors import Problem
from marketplace.ui.markup import icon

KINDS = frozenset({"", "segmented", "choices", "plain", "unlabelled"})


def add_errors(form: forms.Form, problem: Problem) -> None:
    """Put a refusal's errors at the form's fields; what names none of them stands above."""
    for error in problem.errors:
        name = error.pointer.strip("/").split("/")[0]
        form.add_error(name if name in form.fields else None, error.detail)
    if not problem.errors:
        form.add_error(None, problem.detail or problem.title)


def _help(bound: BoundField) -> SafeString | str:
    if not bound.help_text:
        return ""
    return format_html(
        '<span class="help" id="{}_helptext">{}</span>', bound.auto_id, bound.help_text
    )


def _error(bound: BoundField) -> SafeString | str:
    if not bound.errors:
        return ""
    return format_html(
        '<span class="error" id="{}_error">{}<span>{}</span></span>',
        bound.auto_id,
        icon("circle-alert"),
        " ".join(str(error) for error in bound.errors),
    )


def _label(bound: BoundField) -> SafeString:
    optional = (
        SafeString("")
        if bound.field.required
        else SafeString(' <span class="optional">optional</span>')
    )
    return format_html("{}{}", bound.label, optional)


def _options(bound: BoundField, kind: str) -> SafeString:
    css = {"segmented": "", "choices": "choice"}.get(kind, "check")
    box = {"segmented": "segmented", "choices": "choices"}.get(kind, "stack stack-sm")
    rows = ((css, option.tag(), option.choice_label) for option in bound.subwidgets)
    inside = format_html_join("", '<label class="{}">{}<span>{}</span></label>', rows)
    return format_html('<div class="{}">{}</div>', box, inside)


def _dropzone(bound: BoundField, widget: str) -> SafeString:
    return format_html(
        '<div class="dropzone" data-dropzone>{}<p><b>Drop a file here</b> or press to choose</p>'
        '<p class="small" data-dropzone-name>{}</p>{}</div>',
        icon("file-up", size="lg"),
        bound.help_text,
        widget,
    )


def field(
    bound: BoundField, kind: str = "", prefix: str = "", suffix: str = "", **more: object
) -> SafeString:
    """A form's field with all that belongs to it.

    `kind`: "segmented" or "choices" (cards) for radio buttons, "plain" for a bare file input,
    "unlabelled" hides the label from sight. `prefix`, `suffix` stand beside the input. Other
    arguments become the widget's attributes.
    """
    if kind not in KINDS:
        raise ValueError(f"no field kind {kind!r}")
    if bound.is_hidden:
        return SafeString(str(bound))
    # Django leaves out an attribute that is False, so `placeholder=False` takes one away.
    attrs: dict[str, str | bool] = {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, bool) else str(value)
        for name, value in more.items()
    }
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return format_html(
            '<div class="field"><label class="check">{}<span><b>{}</b>{}</span></label>{}</div>',
            bound.as_widget(attrs=attrs),
            bound.label,
            _help(bound),
            _error(bound),
        )
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        told = bound.aria_describedby
        return format_html(
            '<div class="field"><fieldset{}><legend class="label">{}</legend>'
            "{}{}{}</fieldset></div>",
            format_html(' aria-describedby="{}"', told) if told else "",
            _label(bound),
            _options(bound, kind),
            _help(bound),
            _error(bound),
        )
    if isinstance(widget, forms.FileInput) and kind != "plain":
        attrs.pop("aria-describedby", None)
        return format_html(
            '<div class="field"><label for="{}">{}</label>{}{}</div>',
            bound.id_for_label,
            _label(bound),
            _dropzone(bound, bound.as_widget(attrs=attrs)),
            _error(bound),
        )
    shown = bound.as_widget(attrs=attrs)
    if prefix or suffix:
        shown = format_html(
            '<div class="input-group">{}{}{}</div>',
            format_html("<span>{}</span>", prefix) if prefix else "",
            shown,
            format_html("<span>{}</span>", suffix) if suffix else "",
        )
    return format_html(
        '<div class="field"><label for="{}"{}>{}</label>{}{}{}</div>',
        bound.id_for_label,
        SafeString(' class="vh"') if kind == "unlabelled" else "",
        _label(bound),
        shown,
        _help(bound),
        _error(bound),
    )


def fields(form: forms.BaseForm, kind: str = "", **more: Any) -> SafeString:
    """All fields of a form in their order, hidden ones included."""
    return format_html_join(
        "",
        "{}",
        ((field(bound, kind="" if bound.is_hidden else kind, **more),) for bound in form),
    )


def error_summary(form: forms.BaseForm) -> SafeString:
    """What is wrong, in one list with links to the fields; takes the focus as the page opens."""
    if not form.errors:
        return SafeString("")
    rows: list[SafeString] = [
        format_html("<li>{}</li>", error) for error in form.non_field_errors()
    ]
    for bound in form:
        rows.extend(
            format_html(
                '<li><a href="#{}">{}: {}</a></li>',
                bound.id_for_label or bound.auto_id,
                bound.label,
                error,
            )
            for error in bound.errors
        )
    count = len(rows)
    title = (
        "One thing needs your attention" if count == 1 else f"{count} things need your attention"
    )
    return format_html(
        '<div class="notice tone-red errors" role="alert" tabindex="-1" autofocus>{}<div>'
        '<p class="title">{}</p><ul>{}</ul></div></div>',
        icon("circle-alert"),
        title,
        format_html_join("", "{}", ((row,) for row in rows)),
    )
