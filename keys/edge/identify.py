"""Who calls: the key or token in the Authorization header, known for certain and in force."""

import hmac
from hashlib import blake2s

from keys.edge import denials
from keys.edge.denials import Denial
from keys.edge.entries import KeyEntry
from keys.edge.pending import Wait
from keys.edge.tokens import MARK as TOKEN_MARK
from keys.edge.tokens import Claims, derived
from keys.edge.verifier import Verifier
from keys.secrets import digest_body

BEARER, DPOP = b"bearer", b"dpop"
RESTRICTED = "restricted"
# Only this of a credential that was proven stays in memory; the table of it answers by equality of
# 256 bits that a caller cannot steer towards, so the time it takes tells nothing about a secret.
proof_of = blake2s
NO_PEPPER = b"\0" * 32
STATES = {
    "revoked": denials.REVOKED,
    "expired": denials.EXPIRED,
    "disabled": denials.DISABLED,
}


class Identify:
    """Finds the key or token of a call for one verifier process."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._keys = verifier.keys
        self._mark = verifier.key_mark

    def __call__(
        self, authorization: bytes | None, query: bytes, now: float, mono: float
    ) -> KeyEntry | Denial | Wait:
        """The entry of the key, or of a token of it; a 401; or what to wait for. `now` is in POSIX
        seconds."""
        if query and self._mark in query:
            return denials.IN_QUERY
        if authorization is None:
            return denials.MISSING
        proof = proof_of(authorization).digest()
        entry = self._keys.proven.get(proof)
        if entry is None:
            found = self._prove(authorization, proof, mono)
            if not isinstance(found, KeyEntry):
                return found
            entry = found
        if entry.begins <= now < entry.ends:
            return entry
        return _why_not(entry, now)

    def _prove(self, authorization: bytes, proof: bytes, mono: float) -> KeyEntry | Denial | Wait:
        """Check a credential that is not among the proven ones."""
        scheme, _, text = authorization.partition(b" ")
        scheme = scheme.lower()
        if text.startswith(TOKEN_MARK) and scheme in (BEARER, DPOP):
            return self._prove_token(scheme, text, proof, mono)
        if scheme != BEARER:
            return denials.MALFORMED
        return self._prove_key(text, proof)

    def _prove_key(self, text: bytes, proof: bytes) -> KeyEntry | Denial | Wait:
        """Check format, CRC and digest of a key."""
        verifier = self._verifier
        public_id = verifier.format.public_id(text)
        if public_id is None:
            return denials.MALFORMED
        entry = self._keys.get(public_id)
        if entry is None:
            if not self._keys.is_unknown(public_id):
                return Wait(self._keys.load(public_id))
            digest_body(text, NO_PEPPER)
            return denials.UNKNOWN
        pepper = verifier.peppers.get(entry.pepper_version)
        digest = digest_body(text[: verifier.format.body_end], pepper or NO_PEPPER)
        if not hmac.compare_digest(digest, entry.digest) or pepper is None:
            return denials.UNKNOWN
        if entry.risk == RESTRICTED and not entry.mock and entry.ends > 0:
            return denials.TOKEN_NEEDED
        self._keys.remember(entry, proof)
        return entry

    def _prove_token(
        self, scheme: bytes, text: bytes, proof: bytes, mono: float
    ) -> KeyEntry | Denial | Wait:
        """Check a token, and find the key that it hangs on."""
        if not text.isascii():
            return denials.MALFORMED
        claims = self._verifier.tokens.read(text.decode(), mono)
        if not isinstance(claims, Claims):
            return claims
        if ("jkt" in claims.binding) is not (scheme == DPOP):
            return denials.WRONG_SCHEME
        public_id = claims.key.encode()
        entry = self._keys.get(public_id)
        if entry is None:
            if not self._keys.is_unknown(public_id):
                return Wait(self._keys.load(public_id))
            return denials.bad_token("its key is gone")
        api = self._verifier.points.apis.get(entry.api_id)
        if api is None or api.slug not in claims.audience:
            return denials.WRONG_AUDIENCE
        token = derived(entry, claims, api.slug)
        self._keys.remember(entry, proof, token)
        return token


def _why_not(entry: KeyEntry, now: float) -> Denial:
    """The refusal of a key that is proven and not in force."""
    if entry.state != "active":
        return STATES.get(entry.state, denials.DISABLED)
    if now >= entry.expires_at:
        return denials.TOKEN_EXPIRED if entry.token else denials.EXPIRED
    if now < entry.not_before:
        return denials.NOT_YET
    return denials.GRANT_INACTIVE
