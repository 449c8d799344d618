"""The decision about one call: `ANY /edge/v1/authz/{dialect}/{pep}[/original-path]`.

`judge` runs without waiting. Where something is missing (a key not yet known, an API's operations,
a lease) it returns what to wait for, and is run again from the start; nothing is taken from a limit
before all else has passed, so running it again costs nothing.

It has two halves. What the same question of the same credential always gives (gateway, identity,
operation, scope) is remembered with the key's entry, and counts no more once the feed has evicted
that, or the map of gateways has changed, or the times that it depends on are over.
What each call takes part in (limits, the journal) is `_admit`, and is never remembered.
"""

import asyncio
from time import monotonic

import psycopg
import structlog

from keys.edge import denials
from keys.edge.allow import Ready
from keys.edge.asgi import Receive, Scope, Send
from keys.edge.database import Unreachable
from keys.edge.degradation import Cause, bears, worse
from keys.edge.denials import Denial, Header
from keys.edge.entries import KeyEntry
from keys.edge.feed import FRESH_SECONDS
from keys.edge.fences import outside
from keys.edge.identify import Identify, proof_of
from keys.edge.leases import Allowance, Refusal
from keys.edge.limit_headers import NO_LIMITS, limit_headers, quota_headers
from keys.edge.pending import Wait
from keys.edge.points import Api, Point
from keys.edge.verifier import Verifier
from keys.gateways import DIALECTS
from keys.gateways.dialect import (
    ADDRESS,
    CERTIFICATE,
    CERTIFICATE_SHA256,
    COUNTRY,
    TOKEN,
    Dialect,
    Original,
)

log = structlog.get_logger()

PREFIX = b"/edge/v1/authz/"
PREFIX_LENGTH = len(PREFIX)
AUTHORIZATION = b"authorization"
# An unknown key and a wrong secret are answered in steps of this, so that the time taken tells
# nothing about which it was (HOSTILE.md 5).
STEP_SECONDS = 0.025
PATIENCE_SECONDS = 2.0
MAX_ASKED = 50_000  # some 25 MB
REFRESH_SECONDS = 60.0  # a safety net beneath the feed
DECIDING = frozenset(
    {AUTHORIZATION, TOKEN, ADDRESS, COUNTRY, CERTIFICATE, CERTIFICATE_SHA256, b"dpop"}
)
MOCKED = (b"x-mkt-mock", b"true")
NO_BODY = {"type": "http.response.body", "body": b""}

# A question as it is remembered: the credential's digest, raw path, method, the gateway's token.
Asked = tuple[bytes, bytes, str, bytes | None]
# What came of it: for which entry, by which map of gateways, until when (POSIX seconds).
Remembered = tuple[KeyEntry, dict[bytes, Point], float, Ready]

ASKING = {
    dialect.name.encode(): dialect for dialect in DIALECTS.values() if dialect.read is not None
}


class Authz:
    """Decides for one verifier process."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._points = verifier.points
        self._feed = verifier.feed
        self._intake = verifier.intake
        self._append = verifier.journal.append
        self._proven = verifier.keys.proven
        self._asked: dict[Asked, Remembered] = {}
        self._key_mark = verifier.key_mark
        self._leases = verifier.leases
        self._limiter = verifier.limiter
        self._metrics = verifier.metrics
        self._time = verifier.time
        self._tokens = verifier.tokens
        self._identify = Identify(verifier)
        self._count = 0
        self._decision_prefix = f"{verifier.id}-".encode()
        self._source = f"{verifier.source}\t".encode()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question of a gateway."""
        mono = monotonic()
        raw, pairs = scope["raw_path"], scope["headers"]
        headers: dict[bytes, bytes] = dict(pairs)
        if len(headers) != len(pairs) and _repeats(pairs):
            headers[AUTHORIZATION] = b""
        self._count = count = self._count + 1
        decision = b"%b%x" % (self._decision_prefix, count)
        proof = proof_of(headers.get(AUTHORIZATION, b"")).digest()
        asked = proof, raw, scope["method"], headers.get(TOKEN)
        answer: list[Header] | Denial | Wait | None = None
        dialect: Dialect | None = None
        try:
            entry, question = self._proven.get(proof), self._asked.get(asked)
            if entry is not None and question is not None:
                before, points, until, ready = question
                now = mono + self._time.offset
                query = scope["query_string"]
                if (
                    before is entry
                    and points is self._points.by_name
                    and entry.begins <= now < until
                    and not (query and self._key_mark in query)
                ):
                    answer = self._admit(entry, ready, now, mono, decision, 0.0)
            if type(answer) is not list:
                answer, dialect = await self._first(scope, headers, asked, mono, decision, answer)
        except Exception:
            # A mistake of ours must not read as an allow, nor as a 500.
            log.exception("edge.decision_failed", decision=decision.decode())
            self._metrics.errors += 1
            answer = denials.undecidable("The decision failed.")
        if type(answer) is list:
            await send({"type": "http.response.start", "status": 200, "headers": answer})
            await send(NO_BODY)
        elif isinstance(answer, Denial):
            only_two = dialect is not None and dialect.only_401_and_403
            await self._refuse(send, answer, decision, only_two)

    async def _first(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        asked: Asked,
        mono: float,
        decision: bytes,
        answer: list[Header] | Denial | Wait | None,
    ) -> tuple[list[Header] | Denial, Dialect | None]:
        """The answer to a question that is not remembered, or not answered yet; and its dialect."""
        raw = asked[1]
        name = raw.find(b"/", PREFIX_LENGTH) + 1
        path = raw.find(b"/", name)
        pep = raw[name:] if path < 0 else raw[name:path]
        dialect = ASKING.get(raw[PREFIX_LENGTH : name - 1])
        if dialect is None or dialect.read is None:
            return denials.UNREADABLE_QUESTION, None
        suffix = b"" if path < 0 else raw[path:]
        original = dialect.read(scope["method"], suffix, scope["query_string"], headers)
        remember = asked if dialect.plain and dialect.mocks else None
        if answer is None:
            answer = self.judge(pep, headers, original, mono, decision, 0.0, remember)
        if type(answer) is not list:
            answer = await self._settle(answer, pep, headers, original, mono, decision, remember)
        if type(answer) is list and not dialect.mocks and MOCKED in answer:
            return denials.MOCK_ELSEWHERE, None
        return answer, dialect

    async def _settle(
        self,
        answer: list[Header] | Denial | Wait,
        pep: bytes,
        headers: dict[bytes, bytes],
        original: Original | None,
        started: float,
        decision: bytes,
        remember: Asked | None,
    ) -> list[Header] | Denial:
        """Wait for what is missing, and give nothing away by the time it takes."""
        if isinstance(answer, Wait):
            try:
                while isinstance(answer, Wait):
                    await answer.until
                    mono = monotonic()
                    if mono - started > PATIENCE_SECONDS:
                        return denials.undecidable("It took too long to find out.")
                    answer = self.judge(pep, headers, original, mono, decision, started, remember)
            except Unreachable:
                return denials.undecidable("What the decision needs does not answer.")
            except psycopg.Error as error:
                log.error("edge.query_failed", error=type(error).__name__)
                self._metrics.errors += 1
                return denials.undecidable("What the decision needs cannot be read.")
            except asyncio.CancelledError:
                # The gateway went away: what was reserved for it is not spent.
                self._verifier.spend.release(decision)
                raise
            finally:
                self._metrics.waited_for(monotonic() - started)
                self._tokens.done(decision)
        if answer is denials.UNKNOWN:
            spent = monotonic() - started
            await asyncio.sleep(STEP_SECONDS - spent % STEP_SECONDS)
        return answer

    def judge(
        self,
        pep: bytes,
        headers: dict[bytes, bytes],
        original: Original | None,
        mono: float,
        decision: bytes,
        started: float,
        remember: Asked | None,
    ) -> list[Header] | Denial | Wait:
        """Allow (the answer's headers), deny, or wait.

        `mono` is the monotonic time; `started` when the question came, where it is put again;
        `remember` what to remember it under.
        """
        now = mono + self._time.offset
        by_name = self._points.by_name
        point = by_name.get(pep)
        if point is None or not point.knows(headers.get(TOKEN, b"")):
            if not self._points.loaded.is_set():
                return denials.undecidable("The map of gateways is not loaded yet.")
            return denials.FOREIGN_POINT
        if original is None:
            return denials.UNREADABLE_QUESTION
        method, path, query, address, country = original
        entry = self._identify(headers.get(AUTHORIZATION), query, now, mono)
        if type(entry) is not KeyEntry:
            return entry  # type: ignore[return-value]
        segments = path.split(b"/")
        api = point.first.get(segments[1]) if len(segments) > 1 else None
        place = 2
        if api is None:
            found = point.find(segments)
            if found is None:
                return denials.FOREIGN_POINT
            api, place = found
        if api.key != entry.api_key:
            return denials.OTHER_API
        if api.matcher is None:
            return Wait(self._points.load_operations(api))
        operation = api.matcher.match(segments, place, method)
        if operation is None:
            return denials.NO_OPERATION
        if entry.scopes is not None and operation not in entry.scopes:
            return denials.out_of_scope(f"{api.slug}:{operation}")
        if api.retired:
            return denials.RETIRED
        if entry.binding:
            unproven = self._tokens.check_proof(entry, headers, method, path, decision)
            if unproven is not None:
                return unproven
        if entry.fenced and (elsewhere := outside(entry, address, country)):
            return elsewhere
        if mono - entry.loaded_at > REFRESH_SECONDS:
            self._verifier.keys.refresh(entry)
        ready = entry.ready.get(operation)
        if ready is None or ready.api is not api or now >= ready.sign_at:
            ready = self._prepare(entry, api, operation, now)
        if not entry.use[1]:
            self._verifier.first_uses[entry.key_id] = entry
        if remember is not None and not entry.binding and not entry.fenced:
            if len(self._asked) >= MAX_ASKED:
                self._asked.clear()
            read_again = now + max(1.0, entry.loaded_at + REFRESH_SECONDS - mono)
            until = min(entry.ends, ready.sign_at, read_again)
            self._asked[remember] = entry, by_name, until, ready
        return self._admit(entry, ready, now, mono, decision, started)

    def _admit(
        self,
        entry: KeyEntry,
        ready: Ready,
        now: float,
        mono: float,
        decision: bytes,
        started: float,
    ) -> list[Header] | Denial | Wait:
        """The half of a decision that is each call's own: what is away, limits, the journal."""
        cause: Cause | None = None
        if mono - self._feed.confirmed_at > FRESH_SECONDS or self._intake.failing_since:
            footing = self._footing(entry, ready.api, mono, started or mono)
            if isinstance(footing, Denial | Wait):
                return footing
            cause = footing
        limits = NO_LIMITS
        if entry.limited:
            limited = self._limit(entry, mono, decision)
            if type(limited) is not tuple:
                return limited  # type: ignore[return-value]
            limits = limited
        entry.use[0] = now
        if entry.mock:
            self._metrics.mocked += 1
        else:
            end = ready.row if cause is None else ready.degraded_row(cause)
            row = self._source, decision, self._time.stamp(now), end
            if not self._append(b"".join(row)):
                if entry.budgets and entry.reserve_micros:
                    self._verifier.spend.release(decision)
                return denials.undecidable("The call could not be recorded.")
            self._metrics.allowed += 1
        answer = [*ready.headers, (b"x-mkt-decision-id", decision), *limits]
        if cause is not None:
            self._metrics.degraded[cause, entry.risk] += 1
            answer.append((b"x-mkt-degraded", cause.encode()))
        return answer

    def _prepare(self, entry: KeyEntry, api: Api, operation: str, now: float) -> Ready:
        """What is common to this key's allows of this operation, with a fresh assertion."""
        verifier = self._verifier
        ready = Ready(entry, api, operation)
        ready.sign(verifier.signer, verifier.settings.issuer, entry, operation, now)
        entry.ready[operation] = ready
        return ready

    def _limit(
        self, entry: KeyEntry, mono: float, decision: bytes
    ) -> tuple[Header, ...] | Denial | Wait:
        """Take the call from all limits at once, or from none: the headers that tell of them."""
        allowances: list[Allowance] = []
        if entry.quotas and not entry.mock:
            held = self._leases.check(entry.quotas, mono)
            if type(held) is not list:
                if isinstance(held, Refusal):
                    return _quota_denial(held)
                return Wait(asyncio.shield(held))  # type: ignore[arg-type]
            allowances = held
        reserves = bool(entry.budgets) and not entry.mock
        if reserves:
            spend = self._verifier.spend.check(entry, decision, mono)
            if spend is not None:
                return spend
        if entry.rate is None:
            limits = limit_headers(entry.policies, None, allowances, mono)
        else:
            standing = self._limiter.take(entry.rate_key, entry.rate, mono)
            limits = limit_headers(entry.policies, standing, allowances, mono)
            if not standing[0]:
                if reserves and entry.reserve_micros:
                    self._verifier.spend.release(decision)
                detail = f"The limit is {entry.rate.per_second:g} a second."
                return denials.too_many("rate-limited", detail, standing[3], limits)
        if allowances:
            self._leases.take(allowances, mono)
        return limits

    def _footing(
        self, entry: KeyEntry, api: Api, mono: float, started: float
    ) -> Cause | Denial | Wait | None:
        """What is away, where the call passes in spite of it; a refusal where it does not."""
        risk = worse(entry.risk, api.risk)
        cause: Cause
        if self._feed.fresh:
            if self._intake.failing_since is None:
                return None
            cause = "audit-unwritable"
            seconds = mono - self._intake.failing_since
        else:
            reachable = self._verifier.database.reachable
            cause = "feed-stale" if reachable else "database-down"
            seconds = mono - max(self._feed.confirmed_at, entry.loaded_at)
            if cause == "feed-stale" and risk == "restricted":
                if entry.loaded_at >= started:
                    return cause
                return Wait(self._verifier.keys.load(entry.public_id.encode()))
        if bears(risk, cause, seconds):
            return cause
        return denials.undecidable(f"{cause} for {seconds:.0f} s; risk class {risk}.")

    async def _refuse(
        self, send: Send, denial: Denial, decision: bytes, only_401_and_403: bool
    ) -> None:
        self._metrics.denied[denial.status, denial.type] += 1
        body = denial.body(decision.decode())
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-mkt-status", str(denial.status).encode()),
            (b"x-mkt-decision-id", decision),
            *denial.headers,
        ]
        status = denial.status
        if only_401_and_403:
            headers.append((b"x-mkt-problem", body))
            status = status if status in (401, 403) else 403
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _repeats(pairs: list[Header]) -> bool:
    """Whether a header that decides stands there twice."""
    names = [name for name, _ in pairs if name in DECIDING]
    return len(names) != len(set(names))


def _quota_denial(refusal: Refusal) -> Denial:
    quota = refusal.quota
    return denials.too_many(
        "quota-exhausted",
        f"The {quota.subject}'s {quota.limit:,} calls a {quota.window} are used up.",
        refusal.seconds,
        quota_headers(quota, refusal.seconds),
    )
