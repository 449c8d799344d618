"""What the verifier answers when it refuses: RFC 9457 problems with a stable type each."""

from dataclasses import dataclass, field
from math import ceil

import orjson

from marketplace.errors import PROBLEM_BASE

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal. `fix` is the smallest thing that would make it an allow."""

    status: int
    type: str
    title: str
    detail: str
    fix: str = ""
    headers: tuple[Header, ...] = field(default=())

    def body(self, decision: str) -> bytes:
        """The problem document."""
        document = {
            "type": f"{PROBLEM_BASE}{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "decision": decision,
        }
        if self.fix:
            document["fix"] = self.fix
        return orjson.dumps(document)


CHALLENGE = b'Bearer realm="marketplace"'
INVALID = (b"www-authenticate", CHALLENGE + b', error="invalid_token"')


def identity(type: str, title: str, detail: str, fix: str = "") -> Denial:
    """401: who calls is not established."""
    return Denial(401, type, title, detail, fix, (INVALID,))


MISSING = Denial(
    401,
    "key-missing",
    "No key was sent",
    "Send your key in the header Authorization: Bearer …",
    "Get a key in the marketplace.",
    ((b"www-authenticate", CHALLENGE),),
)
MALFORMED = identity(
    "key-malformed",
    "This is not a key",
    "The Authorization header must hold one key, as Bearer, exactly as it was shown.",
    "Copy the key again, whole.",
)
IN_QUERY = identity(
    "key-in-query",
    "A key stands in the address",
    "Addresses end up in logs, so a key there counts as leaked.",
    "Send it in the Authorization header, and rotate it.",
)
UNKNOWN = identity("key-unknown", "This key is not known", "No key of this name and secret exists.")
EXPIRED = identity(
    "key-expired", "This key has expired", "Its time is over.", "Rotate it or get a new one."
)
REVOKED = identity(
    "key-revoked", "This key was revoked", "It will not work again.", "Get a new key."
)
DISABLED = identity("key-disabled", "This key is switched off", "Its owner can switch it on again.")
NOT_YET = identity("key-not-yet-valid", "This key is not valid yet", "Its time has not begun.")
TOKEN_EXPIRED = identity(
    "token-expired", "This token has expired", "It lives a few minutes.", "Exchange the key again."
)
TOKEN_NEEDED = identity(
    "token-required",
    "This API takes tokens only",
    "Its data is restricted: a key itself is not taken.",
    "Exchange the key for a token at POST /oauth/token and send that.",
)
WRONG_AUDIENCE = identity(
    "token-audience", "This token is for another API", "Its audience is another one."
)
WRONG_CERTIFICATE = identity(
    "token-binding",
    "This token is bound to a certificate",
    "The call did not come over the certificate that the token is bound to.",
)
WRONG_SCHEME = identity(
    "token-binding",
    "The token and the scheme do not fit",
    "A token bound by DPoP is sent as Authorization: DPoP, any other as Bearer.",
)
FOREIGN_POINT = Denial(
    403,
    "enforcement-point",
    "This gateway may not ask",
    "The enforcement point is unknown, its token is wrong, or it does not guard this API.",
)
UNREADABLE_QUESTION = Denial(
    403,
    "enforcement-point",
    "This gateway asks in a way that cannot be read",
    "Its configuration does not say which call is meant.",
    "Generate it again: manage.py gateway DIALECT --pep NAME.",
)
GRANT_INACTIVE = Denial(
    403,
    "grant-inactive",
    "The access behind this key has ended",
    "Its grant was denied, revoked or is over.",
    "Ask for access again.",
)
OTHER_API = Denial(
    403,
    "scope",
    "This key is for another API",
    "A key opens the one API it was granted for.",
    "Get a key for this API.",
)
NO_OPERATION = Denial(
    403,
    "operation-unknown",
    "No such operation",
    "Method and path match no operation that the API's document declares.",
)
MOCK_ELSEWHERE = Denial(
    403,
    "mock-elsewhere",
    "The mock is not behind this gateway",
    "The key is a sandbox key or its access is not approved yet, and this gateway cannot answer"
    " from examples.",
    "Call the mock itself, at /mock/ on the edge port.",
)
RETIRED = Denial(403, "api-retired", "This API is retired", "It takes no more calls.")
OUTSIDE_NETWORK = Denial(
    403, "address", "Not from this address", "The key works only from the networks it names."
)
OUTSIDE_COUNTRY = Denial(
    403, "geography", "Not from this country", "The key works only from the countries it names."
)


def bad_token(why: str) -> Denial:
    """401: a token that is not to be believed."""
    return identity("token-invalid", "This token is not good", f"It was refused: {why}.")


def bad_proof(why: str) -> Denial:
    """401: a DPoP proof (RFC 9449) that does not hold."""
    challenge = b'DPoP error="invalid_dpop_proof", algs="ES256"'
    return Denial(
        401,
        "dpop-proof",
        "The DPoP proof is not good",
        f"It was refused: {why}.",
        headers=((b"www-authenticate", challenge),),
    )


def out_of_scope(operation: str) -> Denial:
    """403: known, and not granted this operation."""
    return Denial(
        403,
        "scope",
        "This key may not call this operation",
        f"{operation} is not among its scopes.",
        f"Ask for the scope {operation}.",
    )


def undecidable(detail: str) -> Denial:
    """503: what a decision needs is away."""
    return Denial(
        503, "undecidable", "Cannot be decided just now", detail, headers=((b"retry-after", b"1"),)
    )


def too_many(type: str, detail: str, retry_after: float, headers: tuple[Header, ...]) -> Denial:
    """429, with `retry_after` in seconds."""
    wait = str(max(1, ceil(retry_after))).encode()
    return Denial(429, type, "Too many calls", detail, headers=((b"retry-after", wait), *headers))
