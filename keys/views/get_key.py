"""Get key: a drawer over the page, or a page of its own; the decision before, the secret once
after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.models import Api, Operation, Plan
from keys.applications import applications_of, create_application, first_team
from keys.approvals import deciders_of
from keys.first_call import first_call
from keys.forms import SHOWN_OPERATIONS, GetKeyForm
from keys.grants import AccessDecision, request_access
from keys.lifecycle import find_key
from keys.models import AccessRequest, Application
from keys.queries import find_api
from keys.scopes import EVERY, scopes_of
from keys.terms import Terms, read_terms
from keys.usage import was_called
from keys.views.frame import page, show
from marketplace.errors import Gone, Invalid
from marketplace.ids import new_id
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team, User
from marketplace.tenants.scope import platform_scope
from marketplace.ui.code import waiting
from marketplace.ui.forms import add_errors

SALT = "keys.get-key"
ONCE_FOR = timedelta(days=1)
FIELDS = ("application", "name", "scopes", "ttl", "environment", "plan", "purpose")


@dataclass(slots=True)
class Asking:
    """All that the form of one person for one API needs."""

    actor: Actor
    api: Api
    team: Team
    applications: list[Application]
    served: list[Operation]
    operations: list[Operation]
    plans: list[Plan]

    @classmethod
    def of(cls, request: HttpRequest, api: Api) -> "Asking":
        actor = actor_of(request)
        given = request.POST if request.method == "POST" else request.GET
        wanted = [*given.getlist("scopes"), given.get("operation", "")]
        served = _served(api, wanted)
        applications = applications_of(actor)
        mine = next((row.team for row in applications if actor.in_team(row.team_id)), None)
        shown = len(served) if given.get("all") else max(SHOWN_OPERATIONS, len(wanted))
        return cls(
            actor=actor,
            api=api,
            team=mine or first_team(actor),
            applications=applications,
            served=served,
            operations=served[:shown],
            plans=list(Plan.across.filter(api=api)),
        )

    def form(
        self, data: QueryDict | None = None, initial: dict[str, Any] | None = None
    ) -> GetKeyForm:
        return GetKeyForm(
            data,
            initial=initial,
            api=self.api,
            applications=self.applications,
            operations=self.operations,
            plans=self.plans,
            team_name=self.team.name,
        )

    def initial(self, given: Mapping[str, str], scopes: list[str]) -> dict[str, Any]:
        """What the form begins with: what the address says, else what is given at once."""
        viewed = _viewed(self.operations, given.get("operation", ""))
        found: dict[str, Any] = {name: given[name] for name in FIELDS if given.get(name)}
        found["scopes"] = scopes or ([viewed] if viewed else [EVERY])
        found.setdefault("environment", "live")
        if self.applications:
            found.setdefault("application", str(self.applications[0].id))
        found.setdefault("plan", next((p.slug for p in self.plans if p.is_default), ""))
        return found

    def decide(self, words: dict[str, Any], *, application: Application) -> AccessDecision:
        """The decision and estimate, nothing made. Raises Invalid."""
        return request_access(
            actor=self.actor,
            application=application,
            api=self.api,
            terms=self.terms(words),
            preview=True,
        )

    def terms(self, words: dict[str, Any]) -> Terms:
        """What the words ask for. Raises Invalid."""
        return read_terms(self.api, operations=self.served, plans=self.plans, **words)

    def application(self, chosen: str) -> Application:
        """The chosen application, else the first, else the one that would be made, unsaved."""
        for row in self.applications:
            if str(row.id) == chosen:
                return row
        if self.applications:
            return self.applications[0]
        return Application(tenant_id=self.team.tenant_id, team=self.team)


@page
@require_http_methods(["GET", "POST"])
def get_key(request: HttpRequest, slug: str) -> HttpResponse:
    """The form with the decision before it is sent; then the key, once."""
    asking = Asking.of(request, find_api(actor_of(request), slug))
    if request.method == "POST":
        return _submitted(request, asking)
    given, scopes = _given(request)
    initial = asking.initial(given, scopes)
    words = {name: initial.get(name) for name in ("scopes", "plan", "ttl", "purpose")}
    words["environment"], words["purpose"] = initial["environment"], words["purpose"] or ""
    seen: AccessDecision | None
    try:
        chosen = asking.application(initial.get("application", ""))
        seen = asking.decide(words, application=chosen)
        initial.setdefault("ttl", str(int(seen.ttl.total_seconds())))
    except Invalid:
        seen = None
    initial["once"] = _once(request)
    return _form_page(request, asking, asking.form(initial=initial), seen)


@page
@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The decision and estimate for what the form says now; asked at every change of it."""
    asking = Asking.of(request, find_api(actor_of(request), slug))
    form = asking.form(request.POST)
    seen, problems = None, form.errors
    if form.is_valid():
        try:
            chosen = asking.application(form.cleaned_data.get("application", ""))
            seen = asking.decide(form.words(), application=chosen)
        except Invalid as invalid:
            problems = {error.pointer: [error.detail] for error in invalid.errors}  # type: ignore[assignment]
    context = _decision_context(asking, seen)
    context |= {"problems": problems, "drawn": bool(request.POST.get("drawn"))}
    return render(request, "keys/decision.html", context)


@page
@require_GET
def call_made(request: HttpRequest, public_id: str) -> HttpResponse:
    """The line that waits for the first call; green once it came."""
    key = find_key(actor_of(request), public_id)
    return HttpResponse(waiting(request.path, done=was_called(key)))


def _submitted(request: HttpRequest, asking: Asking) -> HttpResponse:
    form = asking.form(request.POST)
    if not form.is_valid():
        return _form_page(request, asking, form, None, status=422)
    request_id = _request_id(request, form.cleaned_data.get("once", ""))
    try:
        with transaction.atomic():
            found = request_access(
                actor=asking.actor,
                application=_chosen(asking, form),
                api=asking.api,
                terms=asking.terms(form.words()),
                request_id=request_id,
            )
    except Invalid as invalid:
        add_errors(form, invalid)
        return _form_page(request, asking, form, None, status=422)
    except IntegrityError:
        raise _shown_already() from None
    if found.key is None:
        return _form_page(request, asking, form, found)
    with platform_scope():
        scopes = scopes_of(found.key.key)
        people = deciders_of(found.request) if found.request and found.key.key.mock else []
    context = {
        "api": asking.api,
        "found": found,
        "key": found.key.key,
        "secret": found.key.secret,
        "call": first_call(asking.api, scopes, secret=found.key.secret),
        "deciders": people,
        "wait_url": reverse("key-call", args=[found.key.key.public_id]),
    }
    return show(request, "issued", context, title=f"Your key for {asking.api.name}")


def _chosen(asking: Asking, form: GetKeyForm) -> Application:
    if asking.applications:
        return asking.application(form.cleaned_data.get("application", ""))
    return create_application(
        actor=asking.actor, team=asking.team, name=form.cleaned_data.get("name", "")
    )


def _form_page(
    request: HttpRequest,
    asking: Asking,
    form: GetKeyForm,
    seen: AccessDecision | None,
    status: int = 200,
) -> HttpResponse:
    chosen = form["scopes"].value() or []
    context = {
        "api": asking.api,
        "form": form.shown(),
        "has_applications": bool(asking.applications),
        "operations": asking.operations,
        "chosen": chosen,
        "every": EVERY in chosen,
        "hidden": len(asking.served) - len(asking.operations),
        "total": len(asking.served),
        "all_url": f"{request.path}?{urlencode({'all': 1, **_kept(form)})}",
        **_decision_context(asking, seen),
    }
    return show(
        request, "get_key", context, title=f"Get a key for {asking.api.name}", status=status
    )


def _decision_context(asking: Asking, seen: AccessDecision | None) -> dict[str, Any]:
    context: dict[str, Any] = {"api": asking.api, "seen": seen}
    if seen is not None:
        waits = seen.decision.outcome == "wait"
        context |= {
            "deciders": _owners(asking.api) if waits else [],
            "apply": _applicable(seen.decision.change),
            "ends_in": seen.ttl,
        }
    return context


def _applicable(change: Mapping[str, Any]) -> str:
    """A change that one press can make; a purpose has to be written."""
    return "" if "has_purpose" in change else urlencode(change)


def _owners(api: Api) -> list[User]:
    with platform_scope():
        rows = User.objects.filter(
            memberships__teams__team_id=api.team_id,
            memberships__teams__role="owner",
            memberships__left_at=None,
        )
        return list(rows.distinct()[:4])


def _served(api: Api, wanted: list[str]) -> list[Operation]:
    """The operations served: those looked at first, then their neighbours, then the rest."""
    rows = Operation.across.filter(api=api, served=True).only(
        "key", "slug", "operation_id", "method", "path", "title", "position", "group", "version_id"
    )
    found = list(rows.order_by("position"))
    looked_at = {row.key for row in found if {row.key, row.slug} & set(wanted)}
    groups = {row.group for row in found if row.key in looked_at}
    return sorted(
        found, key=lambda row: (row.key not in looked_at, row.group not in groups, row.position)
    )


def _viewed(operations: list[Operation], given: str) -> str:
    return next((row.key for row in operations if given and given in (row.slug, row.key)), "")


def _given(request: HttpRequest) -> tuple[dict[str, str], list[str]]:
    """What the address says, with the change of `apply` made."""
    given = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    for name, value in parse_qsl(given.pop("apply", "")):
        if name == "ttl_seconds":
            given["ttl"] = value
        elif name == "environment":
            given["environment"] = value
    return given, request.GET.getlist("scopes")


def _kept(form: GetKeyForm) -> dict[str, str]:
    kept = {name: form[name].value() for name in FIELDS if name in form.fields and name != "scopes"}
    return {name: str(value) for name, value in kept.items() if value}


def _once(request: HttpRequest) -> str:
    return signing.dumps({"id": str(new_id()), "user": str(request.user.pk)}, salt=SALT)


def _request_id(request: HttpRequest, once: str) -> UUID:
    """The id that this form gives its request, so that sending it again makes no second key."""
    try:
        given = signing.loads(once, salt=SALT, max_age=ONCE_FOR)
    except signing.BadSignature:
        return new_id()
    if given["user"] != str(request.user.pk):
        return new_id()
    request_id = UUID(given["id"])
    if AccessRequest.across.filter(pk=request_id).exists():
        raise _shown_already()
    return request_id


def _shown_already() -> Gone:
    return Gone(
        "This form has made its key, and the key was shown once. Rotate it in My access to get"
        " another.",
        title="That key was shown already",
    )
