"""Who calls: the key in the Authorization header, known for certain and in force."""

import hmac
from hashlib import sha256

from keys.edge import denials
from keys.edge.denials import Denial
from keys.edge.entries import KeyEntry
from keys.edge.pending import Wait
from keys.edge.verifier import Verifier
from keys.secrets import digest_body

BEARER = b"bearer "
NO_PEPPER = b"\0" * 32
STATES = {
    "revoked": denials.REVOKED,
    "expired": denials.EXPIRED,
    "disabled": denials.DISABLED,
}


class Identify:
    """Finds the key of a call for one verifier process."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._keys = verifier.keys
        self._mark = verifier.key_mark

    def __call__(
        self, authorization: bytes | None, query: bytes, now: float
    ) -> KeyEntry | Denial | Wait:
        """The key's entry; a 401; or what to wait for. `now` is in POSIX seconds."""
        if query and self._mark in query:
            return denials.IN_QUERY
        if authorization is None:
            return denials.MISSING
        proof = sha256(authorization).digest()
        entry = self._keys.proven.get(proof)
        if entry is None:
            found = self._prove(authorization, proof)
            if not isinstance(found, KeyEntry):
                return found
            entry = found
        if entry.begins <= now < entry.ends:
            return entry
        return _why_not(entry, now)

    def _prove(self, authorization: bytes, proof: bytes) -> KeyEntry | Denial | Wait:
        """Check format, CRC and digest of a credential that is not among the proven ones."""
        verifier = self._verifier
        if authorization[:7].lower() != BEARER:
            return denials.MALFORMED
        text = authorization[7:]
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
        self._keys.remember(entry, proof)
        return entry


def _why_not(entry: KeyEntry, now: float) -> Denial:
    """The refusal of a key that is proven and not in force."""
    if entry.state != "active":
        return STATES.get(entry.state, denials.DISABLED)
    if now >= entry.expires_at:
        return denials.EXPIRED
    if now < entry.not_before:
        return denials.NOT_YET
    return denials.GRANT_INACTIVE
