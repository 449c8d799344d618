"""Exchanged tokens as bearers of our own REST."""

from django.conf import settings

from keys.tokens.exchange import rest_audience
from keys.tokens.jose import BadToken, verify
from keys.tokens.signing import verifying_keys
from keys.tokens.subjects import actor_of_claims
from marketplace import clock
from marketplace.rest.authentication import reads_tokens
from marketplace.tenants.actor import Actor


@reads_tokens
def read_exchanged(secret: str) -> Actor | None:
    """The person or program that an exchanged token stands for; None for anything else, for one
    of another audience, and for one that is bound to a key it does not prove here."""
    if secret.count(".") != 2:
        return None
    try:
        claims = verify(
            secret,
            verifying_keys(),
            now=clock.now(),
            issuer=settings.PUBLIC_URL,
            audience=rest_audience(),
        )
    except BadToken:
        return None
    return None if claims.get("cnf") else actor_of_claims(claims)
