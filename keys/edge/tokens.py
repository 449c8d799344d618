"""Tokens at the edge: JWTs of RFC 9068 that our own /oauth/token made, checked locally.

The public keys are read from keys_signingkey; a `kid` that is not among them has them read again,
at most once a second, and nothing else in a token's header is followed. A token hangs on the key
that its `key` claim names: it never allows more than that key does now, and dies with it. A bound
token (RFC 7800 `cnf`) needs its proof in every call: a DPoP proof (RFC 9449), single use over all
verifiers, or the client certificate (RFC 8705) that the gateway saw.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from keys.edge import denials, store
from keys.edge.certificates import certificate_thumbprint
from keys.edge.database import Database
from keys.edge.denials import Denial
from keys.edge.dpop import Proof, read_proof
from keys.edge.entries import EVERY, KeyEntry, effective_scopes
from keys.edge.pending import Wait
from keys.gateways.dialect import HOST
from keys.tokens.jose import LEEWAY_SECONDS, BadToken, PublicKey, header_of, public_keys, verify
from keys.tokens.scopes import operation_keys
from marketplace import clock

MARK = b"eyJ"  # how the base64url of every JOSE header begins
READ_AGAIN_SECONDS = 60.0
AT_MOST_EVERY_SECONDS = 1.0
PROOF_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token that holds says; `ends` in POSIX seconds, with the leeway for clocks."""

    text: str
    key: str
    subject: str
    audience: tuple[str, ...]
    scopes: tuple[str, ...]
    ends: float
    binding: dict[str, str]
    act: dict[str, Any]


class Tokens:
    """The public keys of our own tokens, what tokens say, and the proofs that were used."""

    def __init__(self, database: Database, issuer: str) -> None:
        self._database = database
        self._issuer = issuer
        self._keys: dict[str, PublicKey] = {}
        self._read_at = float("-inf")
        self._proofs: dict[bytes, bool] = {}

    def read(self, text: str, mono: float) -> Claims | Denial | Wait:
        """The claims of a token that holds; a 401; or what to wait for."""
        try:
            kid = str(header_of(text).get("kid", ""))
            age = mono - self._read_at
            if age > READ_AGAIN_SECONDS or (kid not in self._keys and age > AT_MOST_EVERY_SECONDS):
                return Wait(self._read_keys())
            return _claims(text, verify(text, self._keys, now=clock.now(), issuer=self._issuer))
        except BadToken as problem:
            return denials.bad_token(str(problem))

    async def _read_keys(self) -> None:
        rows = await self._database.rows(store.SIGNING_KEYS)
        self._keys = public_keys({"keys": [row[0] for row in rows]})
        self._read_at = time.monotonic()

    def check_proof(
        self,
        entry: KeyEntry,
        headers: Mapping[bytes, bytes],
        method: str,
        path: bytes,
        decision: bytes,
    ) -> Denial | Wait | None:
        """None where the call of a bound token shows what it is bound to."""
        if thumbprint := entry.binding.get("x5t#S256"):
            shown = certificate_thumbprint(headers)
            return None if shown == thumbprint else denials.WRONG_CERTIFICATE
        if decision in self._proofs:
            return None if self._proofs[decision] else denials.bad_proof("it was used before")
        try:
            proof = read_proof(
                headers.get(b"dpop", b"").decode("ascii"),
                method=method,
                path=path.decode("ascii"),
                host=_host(headers).decode("ascii"),
                access_token=entry.token,
                now=clock.now().timestamp(),
            )
        except UnicodeDecodeError:
            return denials.bad_proof("it is not a JWT")
        except BadToken as problem:
            return denials.bad_proof(str(problem))
        if proof.thumbprint != entry.binding.get("jkt"):
            return denials.bad_proof("the token is bound to another key")
        return Wait(self._spend(proof, decision))

    def done(self, decision: bytes) -> None:
        """The call is decided: what was found out for it is not needed any more."""
        self._proofs.pop(decision, None)

    async def _spend(self, proof: Proof, decision: bytes) -> None:
        """Use up a proof's jti, for all verifiers and the portal."""
        issuer, ends = f"dpop:{proof.thumbprint}", proof.issued_at + PROOF_SECONDS
        rows = await self._database.rows(store.SPEND_PROOF, (issuer, proof.jti, ends))
        self._proofs[decision] = bool(rows)


def derived(entry: KeyEntry, claims: Claims, slug: str) -> KeyEntry:
    """The entry of a token: that of its key, narrowed to what the token says."""
    wanted = operation_keys(slug, claims.scopes)
    scopes = effective_scopes([EVERY] if entry.scopes is None else list(entry.scopes), wanted)
    return replace(
        entry,
        scopes=scopes,
        expires_at=min(entry.expires_at, claims.ends),
        token=claims.text,
        audience=claims.audience,
        subject=claims.subject,
        binding=claims.binding,
        act=claims.act,
        proofs=[],
    )


def _host(headers: Mapping[bytes, bytes]) -> bytes:
    """The host that the client addressed, as its gateway told it."""
    return headers.get(HOST) or headers.get(b"x-forwarded-host") or headers.get(b"host", b"")


def _claims(text: str, claims: Mapping[str, Any]) -> Claims:
    key, subject = claims.get("key"), claims.get("sub")
    audience, binding, act = claims.get("aud"), claims.get("cnf", {}), claims.get("act", {})
    if not isinstance(key, str) or not isinstance(subject, str) or len(subject) > 300:
        raise BadToken("it names no key or no subject")
    if not isinstance(binding, dict) or not isinstance(act, dict):
        raise BadToken("its binding or its chain cannot be read")
    if binding and not ({"jkt", "x5t#S256"} & binding.keys()):
        raise BadToken("it is bound to something unknown")
    return Claims(
        text=text,
        key=key,
        subject=subject,
        audience=tuple(map(str, audience if isinstance(audience, list) else [audience])),
        scopes=tuple(str(claims.get("scope", "")).split()),
        ends=float(claims["exp"]) + LEEWAY_SECONDS,
        binding=binding,
        act=act,
    )
