"""The answer of an allow: the headers that identify the caller, and the row that is counted."""

from typing import Any
from urllib.parse import quote

from keys.edge.assertion import LIFE_SECONDS, SIGN_AGAIN_SECONDS, Signer
from keys.edge.denials import Header
from keys.edge.entries import KeyEntry
from keys.edge.intake import escape
from keys.edge.points import Api
from keys.tokens.scopes import as_claim

SCOPES_BYTES = 2048
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
EVERY_SCOPE = ("*",)


class Ready:
    """What all allows of one key for one operation have in common, prepared once.

    `row` is the usage row from after the time to its end; `sign_at` is in POSIX seconds.
    """

    __slots__ = ("_middle", "api", "headers", "row", "sign_at")

    def __init__(self, entry: KeyEntry, api: Api, operation: str) -> None:
        self.api = api
        self.headers = _headers(entry, api, operation)
        self._middle = "\t".join(
            (
                "",
                "requests",
                "1",
                str(entry.tenant_id),
                escape(entry.public_id),
                str(entry.application_id),
                str(api.id),
                escape(operation),
            )
        ).encode()
        self.row = self._middle + b"\t{}\n"
        self.sign_at = 0.0

    def degraded_row(self, cause: str) -> bytes:
        """`row` of a call that passes in spite of `cause`."""
        return self._middle + b'\t{"degraded":"%b"}\n' % cause.encode()

    def sign(
        self, signer: Signer, issuer: str, entry: KeyEntry, operation: str, now: float
    ) -> None:
        """Add the assertion (assertion.py says what it holds)."""
        issued = int(now)
        claims: dict[str, Any] = {"act": entry.act} if entry.act else {}
        token = signer.sign(
            claims
            | {
                "iss": issuer,
                "aud": self.api.slug,
                "sub": entry.subject,
                "tenant": str(entry.tenant_id),
                "key": entry.public_id,
                "application": str(entry.application_id),
                "scope": scope_token(self.api.slug, operation),
                "iat": issued,
                "exp": issued + LIFE_SECONDS,
            }
        )
        self.headers.append((b"x-mkt-assertion", token))
        self.sign_at = now + SIGN_AGAIN_SECONDS


def scope_token(slug: str, operation: str) -> str:
    """`slug:operation` as one word of a scope list, as tokens carry it."""
    return as_claim(slug, [operation])[0]


def _ascii(text: str) -> bytes:
    """`text` as a header's value: what is not printable ASCII is percent-encoded."""
    return quote(text, safe=PRINTABLE).encode()


def _headers(entry: KeyEntry, api: Api, operation: str) -> list[Header]:
    called = scope_token(api.slug, operation)
    return [
        (b"x-mkt-tenant", str(entry.tenant_id).encode()),
        (b"x-mkt-key-id", entry.public_id.encode()),
        (b"x-mkt-subject", _ascii(entry.subject)),
        (b"x-mkt-scopes", " ".join(_scopes(entry, api, called)).encode()),
        (b"x-mkt-api", api.slug.encode()),
        (b"x-mkt-operation", called.partition(":")[2].encode()),
        (b"x-mkt-mock", b"true" if entry.mock else b""),
        (b"content-length", b"0"),
        *api.notices,
    ]


def _scopes(entry: KeyEntry, api: Api, called: str) -> list[str]:
    """The key's scopes, as many as fit in SCOPES_BYTES; the one that is used is always there."""
    scopes = [scope_token(api.slug, scope) for scope in sorted(entry.scopes or EVERY_SCOPE)]
    if called in scopes:
        scopes.remove(called)
        scopes.insert(0, called)
    kept, size = [], 0
    for scope in scopes:
        size += len(scope) + 1
        if size > SCOPES_BYTES:
            break
        kept.append(scope)
    return kept
