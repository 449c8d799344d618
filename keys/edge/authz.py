"""The decision about one call: `ANY /edge/v1/authz/{dialect}/{pep}[/original-path]`.

`judge` runs without waiting. Where something is missing (a key not yet known, an API's operations)
it returns what to wait for, and is run again from the start; nothing is taken from a limit before
all else has passed, so running it again costs nothing.
"""

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Awaitable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import psycopg
import structlog

from keys.edge import denials
from keys.edge.asgi import Receive, Scope, Send
from keys.edge.assertion import LIFE_SECONDS, SIGN_AGAIN_SECONDS
from keys.edge.database import Unreachable
from keys.edge.degradation import Cause, bears, worse
from keys.edge.denials import Denial, Header
from keys.edge.entries import KeyEntry
from keys.edge.feed import FRESH_SECONDS
from keys.edge.gcra import Standing
from keys.edge.intake import escape
from keys.edge.leases import Allowance, Refusal
from keys.edge.limit_headers import NO_LIMITS, limit_headers, quota_headers
from keys.edge.points import Api
from keys.edge.verifier import Verifier
from keys.gateways import DIALECTS
from keys.gateways.dialect import ADDRESS, COUNTRY, TOKEN, Original
from keys.secrets import digest_body
from marketplace import clock

log = structlog.get_logger()

PREFIX = b"/edge/v1/authz/"
BEARER = b"bearer "
# An unknown key and a wrong secret are answered in steps of this, so that the time taken tells
# nothing about which it was (HOSTILE.md 5).
STEP_SECONDS = 0.025
PATIENCE_SECONDS = 2.0
NO_PEPPER = b"\0" * 32
SCOPES_BYTES = 2048
SCOPE_LETTERS = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"

READERS = {
    dialect.name.encode(): (dialect.read, dialect.only_401_and_403)
    for dialect in DIALECTS.values()
    if dialect.read is not None
}


class Call:
    """One question: who asks, about which call, and with what credential."""

    __slots__ = ("authorization", "original", "pep", "repeated", "started", "token")

    def __init__(
        self,
        pep: bytes,
        token: bytes,
        authorization: bytes | None,
        repeated: bool,
        original: Original,
        started: float,
    ) -> None:
        self.pep = pep
        self.token = token
        self.authorization = authorization
        self.repeated = repeated
        self.original = original
        self.started = started


class Wait:
    """Not decidable yet: `until` brings what is missing."""

    __slots__ = ("until",)

    def __init__(self, until: Awaitable[object]) -> None:
        self.until = until


class Ready:
    """What every allow of one key for one operation has in common, prepared once."""

    __slots__ = ("api", "assertion", "headers", "row", "sign_at")

    def __init__(self, api: Api, headers: list[Header], row: str) -> None:
        self.api = api
        self.headers = headers
        self.row = row
        self.assertion: Header = (b"x-mkt-assertion", b"")
        self.sign_at = 0.0


class Authz:
    """Decides for one verifier process."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._count = 0
        self._prefix = f"{verifier.id}-"

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question of a gateway."""
        started = time.monotonic()
        rest = scope["raw_path"][len(PREFIX) :]
        dialect, _, rest = rest.partition(b"/")
        pep, slash, rest = rest.partition(b"/")
        self._count += 1
        decision = f"{self._prefix}{self._count:x}"
        reader, only_401_and_403 = READERS.get(dialect, (None, False))
        pairs = scope["headers"]
        headers: dict[bytes, bytes] = dict(pairs)
        original = reader and reader(scope["method"], slash + rest, scope["query_string"], headers)
        answer: list[Header] | Denial
        if not original:
            answer = denials.UNREADABLE_QUESTION
        else:
            call = Call(
                pep,
                headers.get(TOKEN, b""),
                headers.get(b"authorization"),
                len(headers) != len(pairs) and _repeats(pairs),
                original,
                started,
            )
            try:
                answer = await self._decide(call, decision)
            except Exception:
                # A mistake of ours must not read as an allow, nor as a 500.
                log.exception("edge.decision_failed", decision=decision)
                self._verifier.metrics.errors += 1
                answer = denials.undecidable("The decision failed.")
        if type(answer) is list:
            await send({"type": "http.response.start", "status": 200, "headers": answer})
            await send({"type": "http.response.body", "body": b""})
        else:
            assert isinstance(answer, Denial)
            await self._refuse(send, answer, decision, only_401_and_403)

    async def _decide(self, call: Call, decision: str) -> list[Header] | Denial:
        answer = self.judge(call, decision)
        if type(answer) is Wait:
            answer = await self._wait(call, decision, answer)
        if answer is denials.UNKNOWN:
            spent = time.monotonic() - call.started
            await asyncio.sleep(STEP_SECONDS - spent % STEP_SECONDS)
        assert not isinstance(answer, Wait)
        return answer

    async def _wait(self, call: Call, decision: str, answer: Any) -> list[Header] | Denial:
        try:
            while type(answer) is Wait:
                await answer.until
                if time.monotonic() - call.started > PATIENCE_SECONDS:
                    return denials.undecidable("It took too long to find out.")
                answer = self.judge(call, decision)
        except Unreachable:
            return denials.undecidable("What the decision needs does not answer.")
        except psycopg.Error:
            self._verifier.metrics.errors += 1
            return denials.undecidable("What the decision needs cannot be read.")
        finally:
            self._verifier.metrics.waited_for(time.monotonic() - call.started)
        return answer  # type: ignore[no-any-return]

    def judge(self, call: Call, decision: str) -> list[Header] | Denial | Wait:
        """Allow (the answer's headers), deny, or wait."""
        verifier = self._verifier
        point = verifier.points.by_name.get(call.pep)
        if point is None:
            if not verifier.points.loaded.is_set():
                return denials.undecidable("The map of gateways is not loaded yet.")
            return denials.FOREIGN_POINT
        if not point.knows(call.token):
            return denials.FOREIGN_POINT
        moment = clock.now()
        now = moment.timestamp()
        entry = self._identify(call, now)
        if not isinstance(entry, KeyEntry):
            return entry
        method, path, _, address, country = call.original
        segments = path.split(b"/")
        found = point.find(segments)
        if found is None:
            return denials.FOREIGN_POINT
        api, place = found
        if api.id != entry.api_id:
            return denials.OTHER_API
        if api.matcher is None:
            return Wait(verifier.points.load_operations(api))
        operation = api.matcher.match(segments, place, method)
        if operation is None:
            return denials.NO_OPERATION
        if entry.scopes is not None and operation not in entry.scopes:
            return denials.out_of_scope(f"{api.slug}:{operation}")
        if api.lifecycle == "retired":
            return denials.RETIRED
        if entry.networks and not _within(address, entry):
            return denials.OUTSIDE_NETWORK
        if entry.countries and country.decode("latin-1").upper() not in entry.countries:
            return denials.OUTSIDE_COUNTRY
        mono = time.monotonic()
        cause: Cause | None = None
        if mono - verifier.feed.confirmed_at > FRESH_SECONDS or verifier.intake.failing_since:
            footing = self._footing(entry, api, mono, call)
            if isinstance(footing, Denial | Wait):
                return footing
            cause = footing
        if not verifier.journal.has_room():
            return denials.undecidable("The call could not be recorded.")
        allowances: list[Allowance] = []
        if entry.quotas and not entry.mock:
            held = verifier.leases.check(entry.quotas, moment, mono)
            if isinstance(held, asyncio.Task):
                return Wait(asyncio.shield(held))
            if isinstance(held, Refusal):
                return _quota_denial(held)
            allowances = held
        limits = NO_LIMITS
        if entry.rate is not None or allowances:
            standing = (
                verifier.limiter.take(entry.grant_id, entry.rate, mono) if entry.rate else None
            )
            limits = limit_headers(entry.rate, standing, allowances, mono)
            if standing is not None and not standing.allowed:
                return _rate_denial(entry, standing, limits)
        if allowances:
            verifier.leases.take(allowances, mono)
        entry.used_at = now
        ready = entry.ready.get(operation)
        if ready is None or ready.api is not api:
            ready = self._prepare(entry, api, operation)
        if now >= ready.sign_at:
            self._sign(ready, entry, api, operation, now)
        degraded = b"" if cause is None else cause.encode()
        if entry.mock:
            verifier.metrics.mocked += 1
        else:
            verifier.metrics.allowed += 1
            data = "{}" if cause is None else f'{{"degraded":"{cause}"}}'
            row = f"{verifier.source}\t{decision}\t{moment.isoformat()}\t{ready.row}\t{data}\n"
            if not verifier.journal.append(row.encode()):
                return denials.undecidable("The call could not be recorded.")
        if cause is not None:
            verifier.metrics.degraded[cause, entry.risk] += 1
        return [
            *ready.headers,
            ready.assertion,
            (b"x-mkt-decision-id", decision.encode()),
            (b"x-mkt-degraded", degraded),
            *limits,
        ]

    def _identify(self, call: Call, now: float) -> KeyEntry | Denial | Wait:
        """The key that calls, known for certain and in force."""
        verifier = self._verifier
        if verifier.key_mark in call.original.query:
            return denials.IN_QUERY
        authorization = call.authorization
        if authorization is None:
            return denials.MISSING
        if call.repeated or authorization[:7].lower() != BEARER:
            return denials.MALFORMED
        text = authorization[7:]
        public_id = verifier.format.public_id(text)
        if public_id is None:
            return denials.MALFORMED
        entry = verifier.keys.get(public_id)
        if entry is None:
            if not verifier.keys.is_unknown(public_id):
                return Wait(verifier.keys.load(public_id))
            digest_body(text, NO_PEPPER)
            return denials.UNKNOWN
        proof = sha256(text).digest()
        if entry.proof is None or not hmac.compare_digest(proof, entry.proof):
            pepper = verifier.peppers.get(entry.pepper_version)
            digest = digest_body(text[: verifier.format.body_end], pepper or NO_PEPPER)
            if not hmac.compare_digest(digest, entry.digest) or pepper is None:
                return denials.UNKNOWN
            entry.proof = proof
        verifier.keys.refresh(entry)
        if entry.state != "active":
            return STATES.get(entry.state, denials.DISABLED)
        if now >= entry.expires_at:
            return denials.EXPIRED
        if now < entry.not_before:
            return denials.NOT_YET
        if entry.grant_state not in ("active", "pending") or now >= entry.grant_expires_at:
            return denials.GRANT_INACTIVE
        return entry

    def _footing(
        self, entry: KeyEntry, api: Api, mono: float, call: Call
    ) -> Cause | Denial | Wait | None:
        """What is away, where the call passes in spite of it; a refusal where it does not."""
        verifier = self._verifier
        risk = worse(entry.risk, api.risk)
        cause: Cause
        if verifier.feed.fresh:
            cause = "audit-unwritable"
            seconds = mono - (verifier.intake.failing_since or mono)
        else:
            cause = "feed-stale" if verifier.database.reachable else "database-down"
            seconds = mono - max(verifier.feed.confirmed_at, entry.loaded_at)
            if cause == "feed-stale" and risk == "restricted":
                if entry.loaded_at >= call.started:
                    return cause
                return Wait(verifier.keys.load(entry.public_id.encode()))
        if bears(risk, cause, seconds):
            return cause
        return denials.undecidable(f"{cause} for {seconds:.0f} s; risk class {risk}.")

    def _prepare(self, entry: KeyEntry, api: Api, operation: str) -> Ready:
        scopes = [scope_token(api.slug, scope) for scope in sorted(entry.scopes or ("*",))]
        called = scope_token(api.slug, operation)
        kept, size = [], 0
        for scope in scopes if called not in scopes else [called, *set(scopes) - {called}]:
            size += len(scope) + 1
            if size > SCOPES_BYTES:
                break
            kept.append(scope)
        headers = [
            (b"x-mkt-tenant", str(entry.tenant_id).encode()),
            (b"x-mkt-key-id", entry.public_id.encode()),
            (b"x-mkt-subject", f"application:{entry.application_id}".encode()),
            (b"x-mkt-application", str(entry.application_id).encode()),
            (b"x-mkt-scopes", " ".join(kept).encode()),
            (b"x-mkt-api", api.slug.encode()),
            (b"x-mkt-operation", called.partition(":")[2].encode()),
            (b"x-mkt-mock", b"true" if entry.mock else b""),
            (b"content-length", b"0"),
            *api.notices,
        ]
        row = "\t".join(
            (
                "requests",
                "1",
                str(entry.tenant_id),
                escape(entry.public_id),
                str(entry.application_id),
                str(api.id),
                escape(operation),
            )
        )
        ready = Ready(api, headers, row)
        entry.ready[operation] = ready
        return ready

    def _sign(self, ready: Ready, entry: KeyEntry, api: Api, operation: str, now: float) -> None:
        issued = int(now)
        token = self._verifier.signer.sign(
            {
                "iss": self._verifier.settings.issuer,
                "aud": api.slug,
                "sub": f"application:{entry.application_id}",
                "tenant": str(entry.tenant_id),
                "key": entry.public_id,
                "application": str(entry.application_id),
                "scope": scope_token(api.slug, operation),
                "iat": issued,
                "exp": issued + LIFE_SECONDS,
            }
        )
        ready.assertion = (b"x-mkt-assertion", token)
        ready.sign_at = now + SIGN_AGAIN_SECONDS

    async def _refuse(
        self, send: Send, denial: Denial, decision: str, only_401_and_403: bool
    ) -> None:
        self._verifier.metrics.denied[denial.status, denial.type] += 1
        body = denial.body(decision)
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-mkt-status", str(denial.status).encode()),
            (b"x-mkt-decision-id", decision.encode()),
            *denial.headers,
        ]
        status = denial.status
        if only_401_and_403:
            headers.append((b"x-mkt-problem", body))
            status = status if status in (401, 403) else 403
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _rate_denial(entry: KeyEntry, standing: Standing, limits: tuple[Header, ...]) -> Denial:
    assert entry.rate is not None
    detail = f"The limit is {entry.rate.per_second:g} a second."
    return denials.too_many("rate-limited", detail, standing.retry_after, limits)


def _quota_denial(refusal: Refusal) -> Denial:
    quota = refusal.quota
    return denials.too_many(
        "quota-exhausted",
        f"The {quota.subject}'s {quota.limit:,} calls a {quota.window} are used up.",
        refusal.seconds,
        quota_headers(quota, refusal.seconds),
    )


def scope_token(slug: str, operation: str) -> str:
    """`slug:operation` as one word of a scope list (RFC 6749, 3.3): what it has no letters for is
    percent-encoded, so `get /orders/{}` reads `get%20/orders/{}`."""
    return f"{slug}:{quote(operation, safe=SCOPE_LETTERS)}"


STATES: Mapping[str, Denial] = {
    "revoked": denials.REVOKED,
    "expired": denials.EXPIRED,
    "disabled": denials.DISABLED,
}


def _repeats(pairs: list[Header]) -> bool:
    """Whether a header that decides stands there twice."""
    names = [name for name, _ in pairs if name in DECIDING]
    return len(names) != len(set(names))


DECIDING = frozenset({b"authorization", TOKEN, ADDRESS, COUNTRY})


def _within(address: bytes, entry: KeyEntry) -> bool:
    try:
        ip = ipaddress.ip_address(address.decode("latin-1").strip())
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in entry.networks)
