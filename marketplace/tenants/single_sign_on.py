"""Sign-in by the company's own identity provider, OpenID Connect or SAML, from the environment.

An address is somebody's only where the provider vouches for it: by `email_verified`, or because
its domain is one that the operator entrusts to the provider.
"""

from typing import Any
from urllib.parse import urlsplit

from marketplace import env


def providers() -> dict[str, Any]:
    """`SOCIALACCOUNT_PROVIDERS` of allauth; empty where none is configured.

    Raises EnvironmentProblem where one is configured by halves.
    """
    found: dict[str, Any] = {}
    if env.text("OIDC_CLIENT_ID"):
        found["openid_connect"] = {"OAUTH_PKCE_ENABLED": True, "APPS": [_openid_connect()]}
    if env.text("SAML_ENTITY_ID"):
        found["saml"] = {"APPS": [_saml()]}
    return found


def origins() -> list[str]:
    """Where a sign-in form may lead a browser: the providers' origins and `SIGN_IN_ORIGINS`."""
    named = [_origin(env.text(name)) for name in ("OIDC_SERVER_URL", "SAML_METADATA_URL")]
    return sorted({origin for origin in named if origin} | set(env.words("SIGN_IN_ORIGINS")))


def _openid_connect() -> dict[str, Any]:
    return {
        "provider_id": env.text("OIDC_PROVIDER_ID", "oidc"),
        "name": env.text("OIDC_NAME", "Single sign-on"),
        "client_id": env.text("OIDC_CLIENT_ID"),
        "secret": env.text("OIDC_CLIENT_SECRET"),
        "settings": {"server_url": _needed("OIDC_SERVER_URL", "OIDC_CLIENT_ID")}
        | _trust("OIDC_EMAIL_DOMAINS"),
    }


def _saml() -> dict[str, Any]:
    names = {"email": "email", "email_verified": "email_verified", "uid": "uid"}
    names |= {"first_name": "firstName", "last_name": "lastName"}
    mapping = {
        field: [env.text(f"SAML_{field.upper()}_ATTRIBUTE", usual), *_WELL_KNOWN.get(field, ())]
        for field, usual in names.items()
    }
    return {
        "client_id": env.text("SAML_CLIENT_ID", "saml"),
        "name": env.text("SAML_NAME", "Company sign-in"),
        "provider_id": env.text("SAML_ENTITY_ID"),
        "settings": {
            "idp": {
                "entity_id": env.text("SAML_ENTITY_ID"),
                "metadata_url": _needed("SAML_METADATA_URL", "SAML_ENTITY_ID"),
            },
            "attribute_mapping": mapping,
            "use_nameid_for_email": env.flag("SAML_NAMEID_IS_EMAIL", False),
            "advanced": {"reject_deprecated_algorithm": True},
        }
        | _trust("SAML_EMAIL_DOMAINS"),
    }


# Attribute names that large providers send when nobody maps them.
_WELL_KNOWN = {
    "email": (
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    ),
    "first_name": (
        "urn:oid:2.5.4.42",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    ),
    "last_name": (
        "urn:oid:2.5.4.4",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    ),
    "uid": ("urn:oasis:names:tc:SAML:attribute:subject-id",),
}


def _trust(variable: str) -> dict[str, Any]:
    """Addresses vouched for sign in to the account that has them already."""
    trust: dict[str, Any] = {"email_authentication": True}
    domains = env.words(variable)
    return trust | {"verified_email": domains} if domains else trust


def _needed(variable: str, because: str) -> str:
    value = env.text(variable)
    if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname:
        raise env.EnvironmentProblem(
            f"{because} is set, so {variable} must be the provider's address (https://…)."
        )
    return value


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
