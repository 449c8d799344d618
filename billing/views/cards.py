"""Rate cards: what is in force, and a new price tried before it is set."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from billing.cards import NewCard, Preview, make_card, preview_card, visible_cards
from billing.forms import CardForm
from billing.meters import meters
from billing.months import first_day, previous_month
from billing.prices import price_texts
from billing.queries.choices import own_apis
from billing.rating.cards import as_card
from billing.views import frame
from marketplace import clock
from marketplace.errors import Invalid
from marketplace.rest.authentication import actor_of
from marketplace.ui.forms import add_errors


@frame.page
@require_http_methods(["GET", "POST"])
def rate_cards(request: HttpRequest) -> HttpResponse:
    """The cards that the person may see; owners find the form beneath. Trying comes first: what
    the last months would have cost stands there before anything is set."""
    actor = actor_of(request)
    apis = [(api.slug, api.name) for api in own_apis(actor)]
    known = meters()
    choices = [(meter.slug, meter.name) for meter in known.values()]
    choices.sort(key=lambda one: one[0] != "requests")
    tomorrow = clock.now().date() + timedelta(days=1)
    form = CardForm(
        request.POST or None, apis=apis, meters=choices, initial={"effective_from": tomorrow}
    )
    tried: list[Preview] = []
    if request.method == "POST" and form.is_valid():
        new = _new(form)
        try:
            if request.POST.get("do") == "set":
                made = make_card(actor=actor, new=new)
                after = ""
                if made.closed_months:
                    after = f" Adjustments follow for {', '.join(made.closed_months)}."
                return frame.done(request, "/costs/rate-cards", f"The price is set.{after}")
            this_month = first_day(clock.now())
            tried = preview_card(
                actor=actor, new=new, months=[previous_month(this_month), this_month]
            )
        except Invalid as problem:
            add_errors(form, problem)
    cards = visible_cards(actor=actor, api=request.GET.get("api", ""))
    now = clock.now()
    context = {
        "rows": [
            {
                "card": card,
                "prices": price_texts(as_card(card), known) or ["Free"],
                "to_come": card.effective_from > now,
            }
            for card in cards
        ],
        "form": form,
        "may_set": bool(apis),
        "tried": tried,
    }
    status = 422 if form.errors else 200
    return frame.show(request, "rate_cards", "prices", context, status=status)


def _new(form: CardForm) -> NewCard:
    given = form.cleaned_data
    return NewCard(
        api=given["api"],
        plan=given["plan"],
        effective_from=given["effective_from"],
        note=given["note"],
        prices=[
            {
                "meter": "" if given["model"] == "flat" else given["meter"],
                "model": given["model"],
                "amount": given["amount"],
                "per": given["per"],
                "included": given["included"] or 0,
            }
        ],
    )
