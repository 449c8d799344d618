"""Forms of access."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms

from catalog.models import Api, Operation, Plan
from keys.models import Application
from keys.models.access import MAX_LIFE
from keys.scopes import EVERY
from marketplace.tenants.models import User

SHOWN_OPERATIONS = 40
LIVES = (
    (timedelta(hours=1), "1 hour"),
    (timedelta(hours=8), "8 hours"),
    (timedelta(hours=24), "24 hours"),
    (timedelta(days=7), "7 days"),
    (timedelta(days=30), "30 days"),
    (timedelta(days=90), "90 days"),
)
MOST_LIVES = 4


def lives_of(data_class: str) -> list[tuple[str, str]]:
    """The lives to choose from, in seconds, up to the class's maximum."""
    fitting = [(life, name) for life, name in LIVES if life <= MAX_LIFE[data_class]]
    return [(str(int(life.total_seconds())), name) for life, name in fitting[-MOST_LIVES:]]


class GetKeyForm(forms.Form):
    """What a person asks of an API. Nothing has to be filled in: what is left out has a default."""

    use_required_attribute = False
    application = forms.ChoiceField(required=False)
    name = forms.CharField(required=False, max_length=120, label="Application")
    scopes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    ttl = forms.ChoiceField(required=False, label="Expires after", widget=forms.RadioSelect)
    environment = forms.ChoiceField(
        required=False,
        choices=[("live", "Live"), ("sandbox", "Sandbox")],
        widget=forms.RadioSelect,
        help_text="Sandbox calls are answered from the API’s examples and cost nothing.",
    )
    plan = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    purpose = forms.CharField(required=False, max_length=500, label="What for")
    once = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        api: Api,
        applications: Sequence[Application],
        operations: Sequence[Operation],
        plans: Sequence[Plan],
        team_name: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.api = api
        self.operations = operations
        if applications:
            chosen = self._choices("application")
            chosen.choices = [
                (str(row.id), f"{row.name} · {row.team.name}") for row in applications
            ]
            del self.fields["name"]
        else:
            del self.fields["application"]
            self.fields["name"].help_text = f"It belongs to {team_name}, and so do its keys."
            self.fields["name"].widget.attrs["placeholder"] = f"{team_name} application"
        scopes = self._choices("scopes")
        scopes.choices = [(EVERY, "All operations"), *((row.key, row.title) for row in operations)]
        self._choices("ttl").choices = lives_of(api.data_class)
        if len(plans) > 1:
            self._choices("plan").choices = [(plan.slug, _plan_text(plan)) for plan in plans]
        else:
            del self.fields["plan"]
        if api.data_class == "restricted":
            self.fields["purpose"].help_text = "Restricted data is given for a stated purpose only."

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def shown(self) -> "GetKeyForm":
        """The form for a page: fields that have a default are not marked as optional there. Only
        after it was validated."""
        for name in ("application", "ttl", "environment", "plan"):
            if name in self.fields:
                self.fields[name].required = True
        return self

    def words(self) -> dict[str, Any]:
        """What `read_terms` takes."""
        given: Mapping[str, Any] = self.cleaned_data
        return {
            "scopes": given.get("scopes") or None,
            "plan": given.get("plan") or None,
            "ttl": given.get("ttl") or None,
            "purpose": given.get("purpose") or "",
            "environment": given.get("environment") or "live",
        }


def _plan_text(plan: Plan) -> str:
    return f"{plan.name} · {plan.price_text}" if plan.price_text else plan.name


class RotateForm(forms.Form):
    """How to rotate a key."""

    overlap = forms.ChoiceField(
        label="The old key goes on for",
        choices=[
            ("0", "Not at all"),
            ("3600", "1 hour"),
            ("86400", "24 hours"),
            ("604800", "7 days"),
        ],
        initial="86400",
        widget=forms.RadioSelect,
    )
    scopes = forms.ChoiceField(
        label="Scopes",
        choices=[("keep", "Keep all"), ("shrink", "Only those used in 30 days")],
        initial="keep",
        widget=forms.RadioSelect,
    )

    def overlap_length(self) -> timedelta:
        """The chosen overlap."""
        return timedelta(seconds=int(self.cleaned_data["overlap"]))


class RevokeForm(forms.Form):
    """Why a key ends."""

    reason = forms.CharField(
        required=False, max_length=300, help_text="It stands in the log, and its team reads it."
    )


class NoteForm(forms.Form):
    """A word with a decision; `revision` is what was read."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(required=False, max_length=500)


class ApplicationForm(forms.Form):
    """A new application, or another name for one."""

    name = forms.CharField(required=False, max_length=120)
    team = forms.ChoiceField(required=False)
    description = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, teams: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(teams)
        if len(teams) == 1:
            del self.fields["team"]


class DelegateForm(forms.Form):
    """Who decides instead."""

    to = forms.ChoiceField(label="Let somebody else decide")

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(person.id), str(person)) for person in people]
