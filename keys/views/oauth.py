"""The token endpoints: exchange, introspection, keys, and their description."""

import base64
import binascii
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from rest_framework.authentication import CSRFCheck

from keys.tokens.errors import TokenError, invalid_request
from keys.tokens.exchange import LONGEST, exchange
from keys.tokens.introspect import introspect
from keys.tokens.proofs import certificate_thumbprint, dpop_thumbprint
from keys.tokens.signing import jwks as signing_jwks
from keys.tokens.subjects import ACCESS_TOKEN, KEY, SESSION, Subject, read_subject
from marketplace import env
from marketplace.rest.authentication import actor_for_bearer, actor_of
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105
CLIENT_CREDENTIALS = "client_credentials"
KNOWN = frozenset(
    {
        "grant_type", "subject_token", "subject_token_type", "actor_token", "actor_token_type",
        "audience", "scope", "client", "lifetime", "requested_token_type", "client_id",
        "client_secret",
    }
)  # fmt: skip
JWKS_SECONDS = 3600


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> JsonResponse:
    """RFC 6749 client credentials and RFC 8693 token exchange."""
    try:
        given = _form(request)
        confirmation = _confirmation(request)
        with platform_scope():
            minted = exchange(
                subject=_subject(request, given),
                audience=given.get("audience", ""),
                scope=given.get("scope", ""),
                client=given.get("client", ""),
                lifetime=_lifetime(given.get("lifetime", "")),
                through=_through(given),
                confirmation=confirmation,
            )
    except TokenError as error:
        return _answer(error.as_dict(), status=error.status)
    return _answer(minted.as_dict())


@csrf_exempt
@require_POST
def introspection(request: HttpRequest) -> JsonResponse:
    """RFC 7662, for callers with a bearer token of their own."""
    word, _, secret = request.headers.get("Authorization", "").partition(" ")
    actor = actor_for_bearer(secret.strip()) if word.lower() == "bearer" else None
    if actor is None:
        refused = TokenError("invalid_client", "Send a bearer token of your own.", status=401)
        answer = _answer(refused.as_dict(), status=401)
        answer["WWW-Authenticate"] = 'Bearer realm="marketplace"'
        return answer
    text = request.POST.get("token", "")
    if not text:
        return _answer(invalid_request("token is missing.").as_dict(), status=400)
    with platform_scope():
        return _answer(introspect(actor=actor, token=text))


@require_GET
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys (RFC 7517); kept by clients for up to a day."""
    answer = JsonResponse(signing_jwks(), content_type="application/jwk-set+json")
    answer["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return answer


@require_GET
def metadata(request: HttpRequest) -> JsonResponse:
    """RFC 8414."""
    base = settings.PUBLIC_URL
    return JsonResponse(
        {
            "issuer": base,
            "token_endpoint": f"{base}/oauth/token",
            "introspection_endpoint": f"{base}/oauth/introspect",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": [CLIENT_CREDENTIALS, TOKEN_EXCHANGE],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "none",
            ],
            "introspection_endpoint_auth_methods_supported": ["bearer"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "tls_client_certificate_bound_access_tokens": env.flag("BEHIND_PROXY", False),
            "service_documentation": f"{base}/api/v1/openapi.json",
        }
    )


def _form(request: HttpRequest) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, values in request.POST.lists():
        if len(values) != 1:
            raise invalid_request(f"{name[:40]} stands twice.")
        given[name] = str(values[0])
    unknown = sorted(set(given) - KNOWN)
    if unknown:
        raise invalid_request(f"There is no parameter {unknown[0][:40]!r}.")
    if request.GET:
        raise invalid_request("Send parameters in the body alone.")
    return given


def _subject(request: HttpRequest, given: dict[str, str]) -> Subject:
    kind = given.get("grant_type", "")
    if kind == CLIENT_CREDENTIALS:
        secret = given.get("client_secret") or _basic(request)
        if not secret:
            raise TokenError("invalid_client", "Send the client's secret.", status=401)
        try:
            return read_subject(secret, ACCESS_TOKEN if secret.startswith("mpat_") else KEY)
        except TokenError as error:
            raise TokenError("invalid_client", error.description, status=401) from None
    if kind != TOKEN_EXCHANGE:
        raise TokenError("unsupported_grant_type", "There are client_credentials and exchange.")
    if given.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise invalid_request("Only access tokens are made here.")
    asked = given.get("subject_token_type", "")
    if asked == SESSION:
        return read_subject("", SESSION, session=_session(request))
    if not given.get("subject_token"):
        raise invalid_request("subject_token is missing.")
    return read_subject(given["subject_token"], asked)


def _through(given: dict[str, str]) -> Subject | None:
    if not given.get("actor_token"):
        return None
    return read_subject(given["actor_token"], given.get("actor_token_type", ACCESS_TOKEN))


def _session(request: HttpRequest) -> Actor | None:
    """The portal's session, where the request proves that the portal's own page sent it."""
    check = CSRFCheck(_nothing)
    check.process_request(request)
    return None if check.process_view(request, _nothing, (), {}) else actor_of(request)


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _basic(request: HttpRequest) -> str:
    word, _, text = request.headers.get("Authorization", "").partition(" ")
    if word.lower() != "basic":
        return ""
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _confirmation(request: HttpRequest) -> dict[str, str] | None:
    if proof := request.headers.get("DPoP"):
        url = f"{settings.PUBLIC_URL}{request.path}"
        with platform_scope():
            return {"jkt": dpop_thumbprint(proof, method="POST", url=url)}
    certificate = request.headers.get("Client-Cert", "")
    if certificate and env.flag("BEHIND_PROXY", False):
        return {"x5t#S256": certificate_thumbprint(certificate)}
    return None


def _lifetime(text: str) -> timedelta:
    if not text:
        return LONGEST
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise invalid_request("lifetime is a number of seconds.")
    return timedelta(seconds=int(text))


def _answer(body: dict[str, Any], *, status: int = 200) -> JsonResponse:
    answer = JsonResponse(body, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    return answer
