"""Service accounts and their tokens."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.tenants import queries
from marketplace.tenants.accounts import (
    create_service_account,
    disable_service_account,
    issue_account_token,
)
from marketplace.tenants.actor import Actor
from marketplace.tenants.forms import TokenForm
from marketplace.tenants.guards import check_leads
from marketplace.tenants.models import ServiceAccount, Team
from marketplace.tenants.pages import frame
from marketplace.tenants.pages.forms import AccountForm
from marketplace.tenants.tokens import revoke_token


@frame.page
@require_http_methods(["GET", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """The service accounts of the tenant, or of the teams one owns."""
    actor = frame.leader_of(request)
    tenant = queries.tenant_of(actor)
    led = _led(actor, tenant.id)
    form = AccountForm(request.POST or None, teams=led)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        team = queries.find_team(actor, given.pop("team"))
        made = frame.attempt(form, lambda: create_service_account(actor=actor, team=team, **given))
        if made is not None:
            messages.success(request, f"{made.name} stands; make its first token.")
            return redirect("service-account", made.id)
    rows = queries.accounts_of(tenant.id).filter(team__in=led)
    context = {**frame.paged(request, rows), "form": form, "led": led}
    return frame.show(request, "accounts", context, form)


@frame.page
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One service account; a new token's secret is shown in the answer to its form, once."""
    actor, row = _account(request, account_id)
    form = TokenForm(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        issued = frame.attempt(
            form,
            lambda: issue_account_token(
                actor=actor,
                account=row,
                name=given["name"],
                ttl=form.length(),
                scopes=given["scopes"],
            ),
        )
        form = form if issued is None else TokenForm()
    context = {
        "at_accounts": True,
        "row": row,
        "issued": issued,
        "tokens": list(queries.tokens_of(row)[: frame.PAGE]),
        "form": form,
    }
    return frame.show(request, "account", context, form)


@frame.page
@require_POST
def disable(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """End a service account with its tokens and keys."""
    actor, row = _account(request, account_id)

    def call() -> str:
        disable_service_account(actor=actor, account=row)
        return f"{row.name} is disabled; its tokens and keys are dead."

    return frame.press(request, reverse("service-accounts"), call)


@frame.page
@require_POST
def revoke(request: HttpRequest, account_id: UUID, token_id: UUID) -> HttpResponse:
    """End a token."""
    actor, row = _account(request, account_id)
    token = queries.find_account_token(row, token_id)

    def call() -> str:
        revoke_token(actor=actor, token=token)
        return f"{token.name} is revoked."

    return frame.press(request, reverse("service-account", args=[row.id]), call)


def _account(request: HttpRequest, account_id: UUID) -> tuple[Actor, ServiceAccount]:
    actor = frame.leader_of(request)
    row = queries.find_account(actor, account_id)
    check_leads(actor, row.team)
    return actor, row


def _led(actor: Actor, tenant_id: UUID) -> list[Team]:
    rows = Team.across.filter(tenant_id=tenant_id).order_by("name")
    if not actor.is_admin:
        rows = rows.filter(id__in=actor.owned_teams)
    return list(rows)
