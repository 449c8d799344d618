"""Standard Webhooks: signed, retried, dead-lettered, replayable, never sent inside."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from marketplace import clock
from marketplace.errors import Forbidden, Invalid
from marketplace.events.models import Delivery, WebhookEndpoint
from marketplace.events.outbox import deliver_due, emit
from marketplace.events.webhooks.delivery import WAITS, send_due
from marketplace.events.webhooks.endpoints import NewSecret, add_endpoint, rotate_secret
from tests.company import Company

pytestmark = pytest.mark.django_db


class Receiver(HTTPServer):
    """A receiver on this machine that answers what it is told to."""

    answer = 204
    received: list[tuple[dict[str, str], str]]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/hook"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            server.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(server.answer)
            self.send_header("Location", "http://169.254.169.254/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = Receiver(("127.0.0.1", 0), Handler)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("WEBHOOK_INTERNAL_HOSTS", "localhost")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(company: Company, receiver: Receiver) -> NewSecret:
    return add_endpoint(actor=company.actor(company.owner), url=receiver.url, kinds=["test."])


def happen(company: Company, kind: str = "test.happened") -> None:
    with transaction.atomic():
        emit(kind, tenant_id=company.tenant.id, subject="thing:1", data={"n": 1})
    deliver_due()


def hmac_of(secret: str, headers: dict[str, str], body: str) -> str:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_a_message_arrives_signed_both_ways(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    happen(company)
    assert send_due() == 1
    headers, body = receiver.received[0]
    assert json.loads(body)["type"] == "test.happened"
    symmetric, asymmetric = headers["webhook-signature"].split(" ")
    assert symmetric == hmac_of(endpoint.secret, headers, body)
    public = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(endpoint.public_key.removeprefix("whpk_"))
    )
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    public.verify(base64.b64decode(asymmetric.removeprefix("v1a,")), signed)


def test_only_wanted_kinds_are_sent_and_each_event_once(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    happen(company, "other.happened")
    happen(company)
    send_due()
    send_due()
    assert len(receiver.received) == 1


def test_after_a_rotation_both_secrets_verify(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    newer = rotate_secret(actor=company.actor(company.owner), endpoint=endpoint.endpoint)
    happen(company)
    send_due()
    headers, body = receiver.received[0]
    signatures = headers["webhook-signature"].split(" ")
    assert {hmac_of(s, headers, body) for s in (endpoint.secret, newer.secret)} <= set(signatures)


def test_h64_a_receiver_that_is_down_is_retried_then_dead_lettered_and_replayed(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    receiver.answer = 500
    happen(company)
    at = clock.now()
    for _ in range(len(WAITS) + 1):
        with clock.frozen(at):
            assert send_due() == 1
            assert send_due() == 0
        at += timedelta(days=2)
    delivery = Delivery.across.get()
    assert delivery.state == "dead"
    receiver.answer = 204
    client = company.client(company.owner)
    assert client.post(f"/api/v1/deliveries/{delivery.id}/replay").status_code == 202
    send_due()
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


def test_h64_gone_disables_the_endpoint(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    receiver.answer = 410
    happen(company)
    send_due()
    assert WebhookEndpoint.across.get().disabled_because == "it answered 410 Gone"
    receiver.answer = 204
    happen(company)
    assert send_due() == 0


def test_h44_a_redirect_is_a_failure_and_is_not_followed(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    receiver.answer = 302
    happen(company)
    send_due()
    assert Delivery.across.get().error == "It answered 302."
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://[::]/x",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest",
        "http://localhost/x",
        "ftp://example.com/",
        "https://user:pass@example.com/",
        "javascript:alert(1)",
    ],
)
def test_h44_addresses_that_lead_inside_are_refused(company: Company, url: str) -> None:
    with pytest.raises(Invalid):
        add_endpoint(actor=company.actor(company.owner), url=url)


def test_h44_a_name_that_turns_inward_later_is_blocked_at_connect(
    company: Company, receiver: Receiver, endpoint: NewSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(company)
    monkeypatch.setenv("WEBHOOK_INTERNAL_HOSTS", "")
    send_due()
    assert receiver.received == []
    assert "not a public address" in Delivery.across.get().error


def test_no_secret_is_stored_in_the_clear(company: Company, endpoint: NewSecret) -> None:
    stored = WebhookEndpoint.across.values_list("secrets", "signing_key").get()
    assert endpoint.secret.removeprefix("whsec_") not in str(stored)


def test_a_plain_member_may_not_add_one(company: Company, receiver: Receiver) -> None:
    with pytest.raises(Forbidden):
        add_endpoint(actor=company.actor(company.developer), url=receiver.url)


def test_h18_another_tenant_sees_and_replays_nothing(
    company: Company, receiver: Receiver, endpoint: NewSecret
) -> None:
    happen(company)
    outsider = company.client(company.outsider)
    assert outsider.get("/api/v1/webhooks").json()["items"] == []
    assert outsider.get("/api/v1/deliveries").json()["items"] == []
    delivery = Delivery.across.get()
    assert outsider.post(f"/api/v1/deliveries/{delivery.id}/replay").status_code == 404
    assert outsider.delete(f"/api/v1/webhooks/{endpoint.endpoint.id}").status_code == 404
