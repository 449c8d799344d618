"""Security schemes, one kind chosen by its `type`."""

from __future__ import annotations

from catalog.documents.asyncapi.words import (
    TEXT,
    URI,
    Schema,
    by_name,
    closed,
    has,
    listed,
    one_of,
    opened,
    when,
)

PLAIN = ("userPassword", "X509", "symmetricEncryption", "asymmetricEncryption")
SASL = ("plain", "scramSha256", "scramSha512", "gssapi")


def scheme(*, sasl: bool, scopes: str, listed_scopes: bool) -> Schema:
    """A security scheme. `scopes` is the word for what a flow offers; `listed_scopes` if the
    scheme itself lists what it needs (version 3)."""
    common = {"type": TEXT, "description": TEXT}
    needs = {"scopes": listed(TEXT)} if listed_scopes else {}
    kinds = {
        **dict.fromkeys(PLAIN, closed(common)),
        **(dict.fromkeys(SASL, closed(common)) if sasl else {}),
        "apiKey": closed(common | {"in": one_of("user", "password")}, ["in"]),
        "http": http(common),
        "httpApiKey": closed(
            common | {"name": TEXT, "in": one_of("header", "query", "cookie")}, ["name", "in"]
        ),
        "oauth2": opened(common | {"flows": flows(scopes)} | needs, ["flows"]),
        "openIdConnect": closed(common | {"openIdConnectUrl": URI} | needs, ["openIdConnectUrl"]),
    }
    return opened({"type": one_of(*kinds)}, ["type"]) | {
        "allOf": [when(has("type", kind), schema) for kind, schema in kinds.items()]
    }


def http(common: dict[str, Schema]) -> Schema:
    """An HTTP authentication scheme; only a bearer's has a format."""
    words = common | {"scheme": TEXT}
    bearer = closed(words | {"bearerFormat": TEXT}, ["scheme"])
    return when(has("scheme", "bearer"), bearer, closed(words, ["scheme"]))


def flows(scopes: str) -> Schema:
    """OAuth flows, each with the addresses that it uses and no other."""
    words = {**dict.fromkeys(["authorizationUrl", "tokenUrl", "refreshUrl"], URI)}

    def flow(needed: list[str], excluded: str | None = None) -> Schema:
        found = closed(words | {scopes: by_name(TEXT)}, [*needed, scopes])
        return found | {"not": {"required": [excluded]}} if excluded else found

    return closed(
        {
            "implicit": flow(["authorizationUrl"], "tokenUrl"),
            "password": flow(["tokenUrl"], "authorizationUrl"),
            "clientCredentials": flow(["tokenUrl"], "authorizationUrl"),
            "authorizationCode": flow(["authorizationUrl", "tokenUrl"]),
        },
        extensible=False,
    )


def requirement() -> Schema:
    """Version 2: scheme names with the scopes needed."""
    return by_name(listed(TEXT, unique=True))
