"""Settings pages of a person."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.errors import Unauthenticated
from marketplace.rest.authentication import actor_of
from marketplace.tenants.forms import TokenForm
from marketplace.tenants.models import AccessToken, User
from marketplace.tenants.tokens import issue_token, revoke_token


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """My personal access tokens; a new one's secret is shown in the answer to its form, once."""
    actor = actor_of(request)
    if not actor.is_authenticated:
        raise Unauthenticated
    form = TokenForm(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        user = request.user
        assert isinstance(user, User)
        issued = issue_token(
            actor=actor,
            holder=user,
            name=form.cleaned_data["name"],
            ttl=form.length(),
            scopes=form.cleaned_data["scopes"],
        )
        form = TokenForm()
    mine = AccessToken.objects.filter(user_id=actor.id, revoked_at=None).order_by("-id")[:100]
    try_it = f'curl -H "Authorization: Bearer $TOKEN" {settings.PUBLIC_URL}/api/v1/apis'
    page = {"form": form, "issued": issued, "tokens": mine, "try_it": try_it}
    status = 422 if form.errors else 200
    return render(request, "tenants/tokens.html", page, status=status)


@require_POST
def revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """End one of my tokens."""
    actor = actor_of(request)
    if not actor.is_authenticated:
        raise Unauthenticated
    token = get_object_or_404(AccessToken.objects, pk=token_id, user_id=actor.id)
    revoke_token(actor=actor, token=token)
    return redirect("tokens")
