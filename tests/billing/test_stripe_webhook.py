"""Stripe's webhooks: proved, counted once, in any order (HOSTILE 51)."""

import json
from typing import Any

import pytest
import stripe
from django.test import Client

from billing.models import StripeEvent
from marketplace import clock
from tests.billing.stripe_fake import StripeFake
from tests.billing.stripe_world import SECRET, World, closed_with, fake, sent, world

__all__ = ["fake", "sent", "world"]
pytestmark = pytest.mark.django_db


def paid(world: World) -> dict[str, Any]:
    return world.fake.becomes(world.theirs["id"], "paid", "invoice.paid")


def test_h51_a_forged_webhook_is_refused(sent: World) -> None:
    assert sent.hook(paid(sent), secret="whsec_another").status_code == 400
    answer = Client().post("/stripe/webhook", "{}", content_type="application/json")
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"
    for header in ("t=x,v1=y", "t=,v1=", "v1=a", "t=1", "=", "t=9" * 400):
        refused = Client().post(
            "/stripe/webhook", b"\xff{}", content_type="application/json",
            headers={"Stripe-Signature": header},
        )  # fmt: skip
        assert refused.status_code == 400, header
    assert sent.invoice.state == "open"


@pytest.mark.parametrize("away", [-301, 301, -86_400])
def test_h51_an_old_webhook_is_refused(sent: World, away: int) -> None:
    event = paid(sent)
    assert sent.hook(event, at=clock.now().timestamp() + away).status_code == 400
    assert sent.hook(event, at=clock.now().timestamp() - 290).status_code == 200
    assert sent.invoice.state == "paid"


def test_h51_a_webhook_that_comes_twice_counts_once(sent: World) -> None:
    event = paid(sent)
    outcomes = [sent.hook(event).json()["outcome"] for _ in range(3)]
    assert outcomes == ["applied", "known", "known"]
    assert StripeEvent.across.count() == 1
    assert sent.invoice.state == "paid"


def test_a_body_that_is_too_large_is_refused(sent: World) -> None:
    answer = sent.hook(paid(sent) | {"padding": "x" * 300_000})
    assert answer.status_code == 413


def test_what_is_signed_but_no_event_is_refused(sent: World) -> None:
    good = paid(sent)
    wrongs: list[Any] = [
        [], {}, good | {"id": "in_1"}, good | {"created": "soon"}, good | {"created": 1e300},
        good | {"data": {"object": 3}}, good | {"type": 5},
        good | {"data": {"object": {"id": "in\x00"}}},
    ]  # fmt: skip
    for wrong in wrongs:
        assert sent.hook(wrong).status_code == 400, wrong


def test_news_of_other_things_is_taken_and_ignored(sent: World) -> None:
    theirs = paid(sent)
    other = theirs["data"]["object"]
    for event in (
        theirs | {"type": "customer.created"},
        theirs | {"data": {"object": other | {"id": "in_other", "metadata": {}}}},
        theirs | {"data": {"object": other | {"id": "in_other"}}},
        theirs | {"data": {"object": other | {"id": "in_x", "metadata": {
            "marketplace_invoice": "0" * 32 + "-2026-13-EUR"}}}},
    ):  # fmt: skip
        answer = sent.hook(event)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    assert sent.invoice.state == "open"


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("invoice.payment_failed", "open", "failed"),
        ("invoice.voided", "void", "void"),
        ("invoice.marked_uncollectible", "uncollectible", "uncollectible"),
        ("invoice.paid", "paid", "paid"),
    ],
)
def test_each_kind_of_news_changes_our_record(
    sent: World, kind: str, status: str, state: str
) -> None:
    event = sent.fake.becomes(sent.theirs["id"], status, kind)
    assert sent.hook(event).json()["outcome"] == "applied"
    assert sent.invoice.state == state


def test_earlier_news_that_comes_later_undoes_nothing(sent: World) -> None:
    [finalized] = sent.fake.events
    failed = sent.fake.becomes(sent.theirs["id"], "open", "invoice.payment_failed")
    last = paid(sent)
    assert sent.hook(last).json()["outcome"] == "applied"
    assert sent.hook(failed).json()["outcome"] == "behind"
    assert sent.hook(finalized).json()["outcome"] == "behind"
    assert sent.invoice.state == "paid"


def test_news_may_come_before_the_answer_that_names_the_invoice(
    world: World, fake: StripeFake
) -> None:
    closed_with(world.trade, {"EUR": [5]})
    world.turn_on()
    world.send_all()
    invoice = world.invoice
    invoice.stripe_id, invoice.state = "", "waiting"
    invoice.save()
    assert world.hook(paid(world)).json()["outcome"] == "applied"
    assert (world.invoice.state, world.invoice.stripe_id) == ("paid", world.theirs["id"])
    before = len(fake.requests)
    world.send_all()
    assert len(fake.requests) == before


def test_two_secrets_are_good_while_one_is_rotated_and_none_means_404(
    sent: World, settings: Any
) -> None:
    event = paid(sent)
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert sent.hook(event).status_code == 200
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert sent.hook(event).status_code == 404


def test_it_is_signed_as_the_library_signs(sent: World) -> None:
    body = json.dumps(paid(sent))
    at = int(clock.now().timestamp())
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, at)
    assert stripe.WebhookSignature.verify_header(body, header, SECRET)
    assert Client().get("/stripe/webhook").status_code == 405
