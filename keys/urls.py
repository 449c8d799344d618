"""Pages."""

from django.urls import URLPattern, URLResolver, path

from keys.views import access, applications, get_key, inbox, log, oauth

urlpatterns: list[URLPattern | URLResolver] = [
    path("apis/<slug:slug>/get-key", get_key.get_key, name="get-key"),
    path("apis/<slug:slug>/get-key/preview", get_key.preview, name="get-key-preview"),
    path("access", access.my_access, name="access"),
    path("access/keys/<str:public_id>/call", get_key.call_made, name="key-call"),
    path("access/keys/<str:public_id>/rotate", access.rotate, name="key-rotate"),
    path("access/keys/<str:public_id>/revoke", access.revoke, name="key-revoke"),
    path("access/requests/<uuid:request_id>", access.one_request, name="access-request"),
    path("access/inbox", inbox.inbox, name="inbox"),
    path("access/inbox/<uuid:request_id>", inbox.item, name="inbox-item"),
    path("access/inbox/<uuid:request_id>/delegate", inbox.hand_over, name="inbox-delegate"),
    path(
        "access/inbox/<uuid:request_id>/approve",
        inbox.decide,
        {"word": "approve"},
        name="inbox-approve",
    ),
    path("access/inbox/<uuid:request_id>/deny", inbox.decide, {"word": "deny"}, name="inbox-deny"),
    path("access/applications", applications.applications, name="access-applications"),
    path("access/applications/<slug:slug>", applications.application, name="access-application"),
    path("access/applications/<slug:slug>/move", applications.move, name="application-move"),
    path("access/applications/<slug:slug>/close", applications.close, name="application-close"),
    path("access/audit", log.audit, name="access-audit"),
    path("access/decisions", log.decisions, name="access-decisions"),
    path("oauth/token", oauth.token, name="oauth-token"),
    path("oauth/introspect", oauth.introspection, name="oauth-introspect"),
    path(".well-known/jwks.json", oauth.jwks, name="jwks"),
    path(".well-known/oauth-authorization-server", oauth.metadata, name="oauth-metadata"),
]
