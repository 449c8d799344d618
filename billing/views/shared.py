"""Shared costs: what is split and how, and a new rule tried before it is set."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms import AMOUNT, choose_from
from billing.models import SharedCost
from billing.months import first_day, parse_month, previous_month
from billing.queries.choices import own_apis
from billing.queries.periods import finance_tenant
from billing.rating.shared import rule_of
from billing.shared_costs import (
    NewSharedCost,
    Part,
    closed_since,
    end_shared_cost,
    make_shared_cost,
    preview_shared_cost,
    visible_shared_costs,
)
from billing.views import frame
from marketplace import clock
from marketplace.errors import Invalid
from marketplace.rest.authentication import actor_of
from marketplace.tenants.models import Team
from marketplace.ui.forms import add_errors

WHERE = "/costs/shared"


class SharedCostForm(forms.Form):
    """A shared cost and the rule by which it is split."""

    name = forms.CharField(label="Name", max_length=120, help_text="Stands on every line")
    amount = forms.DecimalField(label="Amount a month", **AMOUNT)  # type: ignore[arg-type]
    team = forms.ChoiceField(label="Team that has the cost")
    api = forms.ChoiceField(label="Whose use counts", required=False)
    rule = forms.ChoiceField(label="Split", choices=SharedCost.Rule.choices)
    shares = forms.CharField(
        label="Fixed shares",
        required=False,
        help_text="Weights by team, as checkout 3, payments 1",
    )
    first_month = forms.CharField(label="From month", help_text="yyyy-mm")

    def __init__(
        self,
        *args: Any,
        teams: list[tuple[str, str]],
        apis: list[tuple[str, str]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        choose_from(self.fields["team"], teams)
        choose_from(self.fields["api"], [("", "Use of any API"), *apis])

    def clean_shares(self) -> dict[str, str]:
        found = {}
        for part in filter(None, (p.strip() for p in self.cleaned_data["shares"].split(","))):
            team, _, weight = part.rpartition(" ")
            if not team:
                raise forms.ValidationError("A team and a number each, as checkout 3, payments 1.")
            found[team.strip().rstrip(":")] = weight
        return found


@frame.page
@require_http_methods(["GET", "POST"])
def shared_costs(request: HttpRequest) -> HttpResponse:
    """The tenant's shared costs; trying shows who would have borne what in the last months."""
    actor = actor_of(request)
    costs = visible_shared_costs(actor)
    teams = list(Team.across.filter(tenant_id=finance_tenant(actor)).order_by("name"))
    this_month = first_day(clock.now())
    form = SharedCostForm(
        request.POST or None,
        teams=[(team.slug, team.name) for team in teams],
        apis=[(api.slug, api.name) for api in own_apis(actor)],
        initial={"first_month": f"{this_month:%Y-%m}", "rule": SharedCost.Rule.PROPORTIONAL},
    )
    tried: list[Part] = []
    if request.method == "POST" and form.is_valid():
        try:
            new = _new(form)
            if request.POST.get("do") == "set":
                cost = make_shared_cost(actor=actor, new=new)
                closed = closed_since(cost)
                after = f" Adjustments follow for {', '.join(closed)}." if closed else ""
                return frame.done(request, WHERE, f"{cost.name} is split from now on.{after}")
            for month in (this_month, previous_month(this_month)):
                tried += preview_shared_cost(actor=actor, new=new, month=month)
        except Invalid as problem:
            add_errors(form, problem)
    context = {
        "rows": [
            {
                "cost": cost,
                "rule": rule_of(cost),
                "ended": bool(cost.last_month and cost.last_month < this_month),
            }
            for cost in costs
        ],
        "form": form,
        "tried": tried,
    }
    status = 422 if form.errors else 200
    return frame.show(request, "shared_costs", "shared", context, status=status)


@frame.page
@require_POST
def end(request: HttpRequest, cost_id: UUID) -> HttpResponse:
    """Let a cost run out with this month."""
    cost = end_shared_cost(actor=actor_of(request), cost_id=cost_id)
    return frame.done(request, WHERE, f"{cost.name} ends with {cost.last_month:%B %Y}.")


def _new(form: SharedCostForm) -> NewSharedCost:
    given = dict(form.cleaned_data)
    given["first_month"] = parse_month(given["first_month"], "/first_month")
    return NewSharedCost(**given)
