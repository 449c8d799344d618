"""Events are written with the change and delivered at least once."""

from datetime import timedelta

import pytest
from django.db import transaction

from marketplace import clock
from marketplace.events import outbox
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import deliver_due, emit, handles, replay
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> list[str]:
    """What a handler of `test.happened` heard; it fails on the subject "bad"."""
    subjects: list[str] = []

    def listen(event: OutboxEvent) -> None:
        if event.subject == "bad":
            raise ValueError("the receiver is down")
        subjects.append(event.subject)

    outbox._handlers["test.happened"] = [listen]
    return subjects


def happen(subject: str) -> OutboxEvent:
    with transaction.atomic():
        return emit("test.happened", tenant_id=None, subject=subject)


def test_an_event_reaches_its_handler_once(heard: list[str]) -> None:
    happen("one")
    assert deliver_due() == 1
    assert deliver_due() == 0
    assert heard == ["one"]


def test_a_rolled_back_change_emits_nothing(heard: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit("test.happened", tenant_id=None, subject="never")
        _ = 1 / 0
    assert deliver_due() == 0
    assert heard == []


def test_a_failing_handler_waits_then_is_dead_lettered_and_can_be_replayed(
    heard: list[str],
) -> None:
    event = happen("bad")
    happen("good")
    at = clock.now()
    for _ in range(outbox.MAX_ATTEMPTS):
        with clock.frozen(at):
            deliver_due()
        at += timedelta(days=1)
    event.refresh_from_db()
    assert heard == ["good"]
    assert event.dead_at is not None
    assert "the receiver is down" in event.last_error
    replay(event)
    event.refresh_from_db()
    assert event.dead_at is None
    assert event.attempts == 0


def test_what_a_failed_handler_wrote_is_undone(company: Company) -> None:
    def write_then_fail(event: OutboxEvent) -> None:
        company.tenant.name = "Changed"
        company.tenant.save()
        raise ValueError("after the write")

    outbox._handlers["test.half"] = [write_then_fail]
    with transaction.atomic():
        emit("test.half", tenant_id=None, subject="x")
    deliver_due()
    company.tenant.refresh_from_db()
    assert company.tenant.name == "Retail"


def test_a_failing_handler_holds_back_no_other(heard: list[str]) -> None:
    def fail(event: OutboxEvent) -> None:
        raise ValueError("down")

    outbox._handlers["test.happened"].insert(0, fail)
    event = happen("one")
    deliver_due()
    event.refresh_from_db()
    assert heard == ["one"]
    assert event.done_at is None
    assert event.attempts == 1


def test_registering_a_handler_twice_runs_it_once(heard: list[str]) -> None:
    ran: list[str] = []

    def handler(event: OutboxEvent) -> None:
        ran.append(event.subject)

    handles("test.twice")(handler)
    handles("test.twice")(handler)
    with transaction.atomic():
        emit("test.twice", tenant_id=None, subject="x")
    deliver_due()
    assert ran == ["x"]
