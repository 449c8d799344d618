"""Usage events come in: counted once for ever, and a bad one stops no other."""

import gzip
import json
import zlib
from typing import Any

import pytest
from django.db import connection

from billing.intake import drain
from billing.intake.store import event_key
from billing.models import ConsumerKey, UsageBatch, UsageEvent, UsageIntake, UsageSeries
from marketplace.ids import new_id
from tests.billing.conftest import MEDIA, Trade

pytestmark = pytest.mark.django_db
NDJSON = "application/x-ndjson"


def post(trade: Trade, body: bytes, media: str = MEDIA, **headers: str) -> Any:
    return trade.company.client(trade.company.owner).post(
        "/api/v1/usage/events", body, content_type=media, headers=headers
    )


def test_accepted_events_are_stored_under_their_consumer(trade: Trade) -> None:
    answer = trade.send(trade.event(quantity=3, data={"operation": "get /orders/{}"}))
    assert answer == {"accepted": 1, "duplicates": 0, "rejected": []}
    event = UsageEvent.objects.get()
    assert event.quantity == 3
    assert (event.source, event.event_id) == ("/gateways/eu-1", "payments-1")
    assert event.tenant_id == trade.company.tenant.id
    series = UsageSeries.objects.get(id=event.series_id)
    assert series.application_id == trade.consumer.application_id
    assert series.api_id == trade.api.id
    assert series.key_public_id == trade.key
    assert series.team_id == trade.company.builders.id
    assert series.operation_key == "get /orders/{}"
    assert (series.meter, series.cost_center) == ("requests", "CC-100")


def test_h41_an_event_sent_twice_out_of_order_or_late_counts_once(trade: Trade) -> None:
    late, early = trade.event("2026-10-19T10:00:00Z"), trade.event("2026-10-02T10:00:00Z")
    assert trade.send(late, early)["accepted"] == 2
    assert trade.send(early, late) == {"accepted": 0, "duplicates": 2, "rejected": []}
    assert UsageEvent.objects.count() == 2


def test_an_event_sent_again_with_another_time_or_month_is_a_duplicate(trade: Trade) -> None:
    event = trade.event("2026-09-30T23:00:00Z")
    assert trade.send(event)["accepted"] == 1
    again = event | {"time": "2026-10-01T01:00:00Z"}
    assert trade.send(again, event | {"time": "2026-09-01T00:00:00Z"}) == {
        "accepted": 0,
        "duplicates": 2,
        "rejected": [],
    }
    assert UsageEvent.objects.count() == 1


def test_the_same_event_twice_in_one_batch_counts_once(trade: Trade) -> None:
    event = trade.event()
    assert trade.send(event, event, trade.event()) == {
        "accepted": 2,
        "duplicates": 1,
        "rejected": [],
    }


def test_another_tenant_cannot_occupy_a_senders_ids(trade: Trade) -> None:
    event = trade.event()
    assert trade.send(event, by="outsider")["rejected"] == [
        {"index": 0, "detail": "This key, grant or application is not known here."}
    ]
    assert trade.send(event)["accepted"] == 1


def test_h62_of_ten_thousand_events_a_bad_one_is_named_and_the_rest_land_once(
    trade: Trade,
) -> None:
    events = [trade.event() for _ in range(10_000)]
    events[7_777]["data"]["quantity"] = "many"
    answer = trade.send(*events)
    assert answer["accepted"] == 9_999
    assert [bad["index"] for bad in answer["rejected"]] == [7_777]
    assert trade.send(*events)["duplicates"] == 9_999
    assert UsageEvent.objects.count() == 9_999


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"id": ""}, "id is missing."),
        ({"id": 7}, "id is missing."),
        ({"id": "x" * 301}, "id is longer than 300 characters."),
        ({"id": "a\0b"}, "id holds a NUL character."),
        ({"source": None}, "source is missing."),
        ({"specversion": "0.3"}, "specversion must be 1.0."),
        ({"time": "2026-10-20T12:05:01Z"}, "time lies in the future."),
        ({"time": "2025-09-01T00:00:00Z"}, "time is more than 400 days ago"),
        ({"time": "yesterday at about noon"}, "is no timestamp"),
        ({"time": "2026-10-05T10:00:00.0"}, "time must name its offset"),
        ({"time": 1760000000}, "time must be a timestamp"),
        ({"data": []}, "data must be an object."),
        ({"data": {"meter": "requests", "quantity": 1}}, "data.key is missing"),
        ({"data": {"meter": "requests", "quantity": 1, "key": "k"}}, "public name"),
    ],
)
def test_a_bad_event_is_told_what_is_wrong(
    trade: Trade, change: dict[str, Any], detail: str
) -> None:
    answer = trade.send(trade.event() | change, trade.event())
    assert answer["accepted"] == 1
    [rejected] = answer["rejected"]
    assert rejected["index"] == 0
    assert detail in rejected["detail"]


@pytest.mark.parametrize(
    "quantity", [-1, 1e13, "NaN", "Infinity", "1e-7", 0.1234567, None, True, {}, "²"]
)
def test_a_quantity_that_is_none_is_refused(trade: Trade, quantity: Any) -> None:
    answer = trade.send(trade.event(quantity=quantity))
    assert answer["accepted"] == 0
    assert "data.quantity" in answer["rejected"][0]["detail"]


@pytest.mark.parametrize(
    ("quantity", "stored"),
    [(0, "0"), (0.1, "0.1"), ("0.000001", "0.000001"), (1e3, "1000"), (9_999_999_999_999, None)],
)
def test_a_quantity_is_stored_to_the_millionth(
    trade: Trade, quantity: Any, stored: str | None
) -> None:
    trade.send(trade.event(quantity=quantity))
    event = UsageEvent.objects.get()
    assert f"{event.quantity.normalize():f}" == (stored or str(quantity))


def test_a_key_that_is_not_for_the_api_is_refused(trade: Trade, make_trade: Any) -> None:
    other = make_trade("refunds")
    answer = trade.send(
        trade.event(data={"api": "payments"}),
        trade.event(data={"api": "refunds"}),
        trade.event(data={"api": "nowhere"}),
        trade.event(data={"key": other.key, "api": str(other.api.id)}),
    )
    assert answer["accepted"] == 2
    assert [bad["index"] for bad in answer["rejected"]] == [1, 2]


def test_an_event_may_name_its_grant_or_application(trade: Trade) -> None:
    grant = {"key": None, "grant": str(ConsumerKey.across.get().grant_id)}
    application = {
        "key": None,
        "application": str(trade.consumer.application_id),
        "api": "payments",
    }
    answer = trade.send(trade.event(data=grant), trade.event(data=application))
    assert answer == {"accepted": 2, "duplicates": 0, "rejected": []}
    assert set(UsageSeries.objects.values_list("key_public_id", "api_id")) == {
        (trade.key, trade.api.id),
        ("", trade.api.id),
    }


def test_a_sandbox_key_is_never_charged(trade: Trade) -> None:
    answer = trade.send(trade.event(data={"key": trade.key.replace("_l_", "_t_")}))
    assert "never charged" in answer["rejected"][0]["detail"]


def test_a_whole_key_is_cut_to_its_public_name(trade: Trade) -> None:
    secret = "S" * 38
    trade.send(trade.event(data={"key": f"{trade.key}_{secret}"}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, '') || string_agg(s::text, '')"
                       " FROM billing_usageevent e, billing_usageseries s")  # fmt: skip
        (everything,) = cursor.fetchone() or ("",)
    assert secret not in everything
    assert trade.key in everything


def test_one_event_may_hold_several_meters(trade: Trade) -> None:
    event = trade.event()
    event["data"] = {"key": trade.key, "meters": {"requests": 1, "input_tokens": 900}}
    assert trade.send(event, event) == {"accepted": 1, "duplicates": 1, "rejected": []}
    assert set(UsageSeries.objects.values_list("meter", flat=True)) == {"requests", "tokens_in"}
    assert UsageEvent.objects.count() == 2


def test_events_come_as_lines_and_compressed(trade: Trade) -> None:
    lines = [json.dumps(trade.event()), "{broken", "", "[]", json.dumps(trade.event())]
    body = gzip.compress("\n".join(lines).encode())
    answer = post(trade, body, NDJSON, **{"Content-Encoding": "gzip"})
    assert answer.json()["accepted"] == 2
    assert [bad["index"] for bad in answer.json()["rejected"]] == [1, 2]


@pytest.mark.parametrize(
    ("body", "media", "encoding", "status"),
    [
        (b"[", MEDIA, "", 400),
        (b"7", MEDIA, "", 400),
        (b"[]", "text/csv", "", 415),
        (b"[]", MEDIA, "br", 415),
        (b"[]", MEDIA, "gzip", 400),
        (gzip.compress(b"[" + b" " * 1000, mtime=0)[:20], MEDIA, "gzip", 400),
        (zlib.compress(b" " * 33_000_000), MEDIA, "deflate", 413),
        (b"{}\n" * 50_001, NDJSON, "", 413),
        (b"[" * 100_000, MEDIA, "", 400),
        (b"\xff[]", MEDIA, "", 400),
    ],
)
def test_a_body_that_is_no_batch_is_refused(
    trade: Trade, body: bytes, media: str, encoding: str, status: int
) -> None:
    answer = post(trade, body, media, **({"Content-Encoding": encoding} if encoding else {}))
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_text_that_copy_would_read_as_its_own_survives(trade: Trade) -> None:
    hostile = "a\tb\nc\\.\r\\N"
    trade.send(trade.event(id=hostile, source=hostile, data={"note": hostile}))
    event = UsageEvent.objects.get()
    assert (event.event_id, event.source, event.data) == (hostile, hostile, {"note": hostile})


def test_too_many_waiting_events_are_answered_with_when_to_come_back(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade.send(trade.event(), trade.event())
    monkeypatch.setattr("billing.intake.receive.MOST_WAITING", 1)
    answer = post(trade, json.dumps([trade.event()]).encode())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert UsageEvent.objects.count() == 2


def test_a_batch_leaves_a_receipt_and_control_totals(trade: Trade) -> None:
    event = trade.event("2026-09-30T10:00:00Z")
    trade.send(event, event, trade.event(quantity=5), trade.event(quantity=-5))
    batch = UsageBatch.objects.get()
    assert (batch.accepted, batch.duplicates, batch.rejected) == (2, 1, 1)
    assert batch.sender_id == trade.company.tenant.id
    with connection.cursor() as cursor:
        cursor.execute("SELECT month::text, events, quantity FROM billing_usagecontrol ORDER BY 1")
        assert cursor.fetchall() == [("2026-09-01", 1, 1), ("2026-10-01", 1, 5)]


def edge_row(trade: Trade, event_id: str, **fields: Any) -> UsageIntake:
    return UsageIntake(
        **{
            "source": "edge/1",
            "event_id": event_id,
            "time": "2026-10-20T11:00:00Z",
            "meter": "requests",
            "quantity": 1,
            "tenant_id": trade.company.tenant.id,
            "key_public_id": trade.key,
            "application_id": trade.consumer.application_id,
            "api_id": trade.api.id,
            "operation_key": "get /orders/{}",
            "data": {},
            "received_at": "2026-10-20T11:00:01Z",
        }
        | fields
    )


def test_what_edges_staged_is_drained_once(trade: Trade) -> None:
    rows = [edge_row(trade, f"call-{n % 4}") for n in range(6)]
    UsageIntake.objects.bulk_create(rows)
    stored = drain()
    assert stored is not None
    assert (stored.accepted, stored.duplicates) == (4, 2)
    assert drain() is None
    UsageIntake.objects.bulk_create([edge_row(trade, "call-0"), edge_row(trade, "call-9")])
    stored = drain()
    assert stored is not None
    assert (stored.accepted, stored.duplicates) == (1, 1)
    series = UsageSeries.objects.get()
    assert (series.team_id, series.cost_center) == (trade.company.builders.id, "CC-100")
    assert UsageEvent.objects.count() == 5


def test_an_edge_with_a_wrong_clock_is_charged_by_when_it_was_received(trade: Trade) -> None:
    UsageIntake.objects.bulk_create([edge_row(trade, "call-1", time="1970-01-01T00:00:00Z")])
    drain()
    event = UsageEvent.objects.get()
    assert event.time.isoformat() == "2026-10-20T11:00:01+00:00"
    assert event.data == {"stated_time": "1970-01-01T00:00:00+00:00"}


def test_drain_goes_on_where_it_stopped(trade: Trade) -> None:
    UsageIntake.objects.bulk_create([edge_row(trade, f"call-{n}") for n in range(5)])
    counts = []
    while stored := drain(most=2):
        counts.append(stored.accepted)
    assert counts == [2, 2, 1]


def test_both_halves_of_intake_know_an_event_by_the_same_digest() -> None:
    sender, source, event_id = str(new_id()), "/gateways/ä", "7:é"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT billing_event_key(%s::uuid, %s, %s), billing_event_key(NULL, %s, %s)",
            [sender, source, event_id, source, event_id],
        )
        found = cursor.fetchone()
    assert found is not None
    assert [key.hex for key in found] == [
        event_key(sender, source, event_id),
        event_key("", source, event_id),
    ]
