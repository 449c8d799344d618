"""Forms of money: they read what people type; the capabilities decide whether it is right."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms

from billing.limits.subjects import QUOTA_KINDS
from billing.models import Budget, Price, StripeAccount
from billing.models.limits import Window
from billing.months import parse_month
from marketplace.errors import Invalid

AMOUNT = {"min_value": Decimal(0), "max_digits": 17, "decimal_places": 6}


class BudgetForm(forms.Form):
    """A budget; the subject is chosen from what the person may limit."""

    subject = forms.ChoiceField(label="For")
    amount = forms.DecimalField(
        label="Amount", min_value=Decimal("0.01"), max_digits=17, decimal_places=2
    )
    window = forms.ChoiceField(label="Each", choices=[("month", "Month"), ("day", "Day")])
    thresholds = forms.CharField(
        label="Alert at",
        initial="50, 80, 100",
        required=False,
        help_text="Percents, each told once a window",
    )
    hard = forms.BooleanField(
        label="Stop calls when it is spent", required=False, help_text="At the edge, within seconds"
    )

    def __init__(self, *args: Any, subjects: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        choose_from(self.fields["subject"], subjects)

    def clean_thresholds(self) -> list[int]:
        text = self.cleaned_data["thresholds"]
        try:
            return [int(part) for part in text.replace("%", "").split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError("Whole percents with commas between, as 50, 80.") from None


class QuotaForm(forms.Form):
    """A quota; the subject is chosen from what the person may limit."""

    subject = forms.ChoiceField(label="For")
    limit = forms.IntegerField(label="Limit", min_value=0)
    meter = forms.ChoiceField(label="Of")
    window = forms.ChoiceField(label="Each", choices=Window.choices, initial="month")
    sliding = forms.BooleanField(
        label="Sliding", required=False, help_text="The last hour, not the hour of the clock"
    )
    hard = forms.BooleanField(
        label="Refuse calls beyond it", required=False, initial=True, help_text="Requests only"
    )

    def __init__(
        self,
        *args: Any,
        subjects: Sequence[tuple[str, str]],
        meters: Sequence[tuple[str, str]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        choose_from(self.fields["subject"], subjects)
        choose_from(self.fields["meter"], meters)


class CardForm(forms.Form):
    """A rate card with one price; more prices and tiers go by REST."""

    api = forms.ChoiceField(label="API")
    plan = forms.CharField(
        label="Plan", required=False, help_text="Its short name; empty for all plans"
    )
    meter = forms.ChoiceField(label="Meter")
    model = forms.ChoiceField(
        label="Model",
        choices=[c for c in Price.Model.choices if c[0] not in ("tiered", "graduated")],
        initial="per_unit",
    )
    amount = forms.DecimalField(label="Price", **AMOUNT)  # type: ignore[arg-type]
    per = forms.IntegerField(label="For units", min_value=1, initial=1)
    included = forms.DecimalField(
        label="Included a month",
        initial=0,
        required=False,
        **AMOUNT,  # type: ignore[arg-type]
    )
    effective_from = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The beginning of that day, UTC; a day past prices use anew",
    )
    note = forms.CharField(label="Note", max_length=500, required=False)

    def __init__(
        self,
        *args: Any,
        apis: Sequence[tuple[str, str]],
        meters: Sequence[tuple[str, str]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        choose_from(self.fields["api"], apis)
        choose_from(self.fields["meter"], meters)

    def clean_effective_from(self) -> datetime:
        day = self.cleaned_data["effective_from"]
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


class StripeForm(forms.Form):
    """How a tenant is billed by Stripe."""

    email = forms.EmailField(label="Invoices go to")
    since = forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$", label="From the month", help_text="yyyy-mm; closed ones too"
    )
    customer_id = forms.CharField(
        label="Customer at Stripe",
        required=False,
        max_length=255,
        help_text="cus_…; empty: one is made",
    )
    collection = forms.ChoiceField(label="Collect by", choices=StripeAccount.Collection.choices)
    days_until_due = forms.IntegerField(
        label="Days until due", min_value=1, max_value=365, initial=30
    )

    def clean_since(self) -> date:
        try:
            return parse_month(self.cleaned_data["since"])
        except Invalid:
            raise forms.ValidationError("There is no such month.") from None


def choose_from(field: forms.Field, choices: Sequence[tuple[str, str]]) -> None:
    """Offer these choices."""
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


SUBJECT_KINDS = {"budget": Budget.Subject.values, "quota": QUOTA_KINDS}
