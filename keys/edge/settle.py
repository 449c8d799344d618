"""`POST /edge/v1/settle`: what a reserved call really cost, told by the gateway that asked.

The body is {"decision_id": text, "amount_micros": whole number}; the gateway names itself in
X-Mkt-Pep and proves it by X-Mkt-Pep-Token. To tell the same twice is answered the same; another
amount is a conflict. What is never settled stays charged as it was reserved.
"""

from typing import Any

import orjson
import psycopg
import structlog

from keys.edge import denials, spend_rows
from keys.edge.asgi import JSON, Handler, Receive, Scope, Send, respond
from keys.edge.database import Unreachable
from keys.edge.denials import Denial
from keys.edge.points import Point
from keys.edge.verifier import Verifier
from keys.gateways.dialect import TOKEN

log = structlog.get_logger()

PEP = b"x-mkt-pep"
PROBLEM = b"application/problem+json"
MAX_BODY = 4096
MOST = 2**53
MALFORMED = Denial(
    400,
    "malformed",
    "The settlement cannot be read",
    'The body must be {"decision_id": text, "amount_micros": whole number from 0}.',
)
NOT_FOUND = Denial(404, "not-found", "No such reservation", "The decision reserved nothing.")
METHOD = Denial(405, "method", "Only POST settles", "Use POST.", headers=((b"allow", b"POST"),))
OTHERWISE = Denial(
    409, "conflict", "It is settled otherwise", "It was settled at another amount, or expired."
)


def handler(verifier: Verifier) -> Handler:
    """The door."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await _settle(verifier, scope, receive)
        except Unreachable:
            answer = denials.undecidable("The database does not answer; tell it again.")
        except psycopg.Error as error:
            log.error("edge.settle_failed", error=type(error).__name__)
            answer = denials.undecidable("The settlement could not be written; tell it again.")
        if isinstance(answer, Denial):
            await respond(send, answer.status, answer.body(""), PROBLEM, answer.headers)
        else:
            await respond(send, 200, orjson.dumps(answer), JSON)

    return handle


async def _settle(verifier: Verifier, scope: Scope, receive: Receive) -> dict[str, Any] | Denial:
    if scope["method"] != "POST":
        return METHOD
    headers = dict(scope["headers"])
    point = verifier.points.by_name.get(headers.get(PEP, b""))
    if point is None or not point.knows(headers.get(TOKEN, b"")):
        return denials.FOREIGN_POINT
    asked = _read(await _body(receive))
    if asked is None:
        return MALFORMED
    decision, cost = asked
    found = await spend_rows.find(verifier.database, decision)
    if found is None or not await _guards(verifier, point, found.key_public_id):
        return NOT_FOUND
    before = await spend_rows.settle(verifier.database, decision, cost)
    if before is None:
        return NOT_FOUND
    if before.state != "open" and before.settled != cost:
        return OTHERWISE
    return {
        "decision_id": decision,
        "reserved_micros": before.amount,
        "settled_micros": cost,
        "over_reservation": cost > before.amount,
    }


async def _guards(verifier: Verifier, point: Point, key_public_id: str) -> bool:
    """Whether the key is for an API behind this point: it may settle no other's calls."""
    public_id = key_public_id.encode()
    entry = verifier.keys.get(public_id) or await verifier.keys.load(public_id)
    return entry is not None and entry.api_id in point.api_ids


async def _body(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY or message["type"] != "http.request":
            return None
        if not message.get("more_body"):
            return body


def _read(body: bytes | None) -> tuple[str, int] | None:
    try:
        document = orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or document.keys() != {"decision_id", "amount_micros"}:
        return None
    decision, cost = document["decision_id"], document["amount_micros"]
    if not isinstance(decision, str) or not 0 < len(decision) <= 100 or "\0" in decision:
        return None
    if type(cost) is not int or not 0 <= cost < MOST:
        return None
    return decision, cost
