"""What every REST route keeps to: problems, strict JSON, idempotency, no secret kept."""

import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from marketplace.errors import Conflict, Malformed
from marketplace.rest.models import KeptAnswer
from marketplace.rest.parsers import load_json
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView, check_if_match
from marketplace.tenants.models import Team
from tests.company import Company

pytestmark = pytest.mark.django_db
calls: list[Any] = []


class Note(StrictSerializer):
    text = serializers.CharField(max_length=5)
    lines = serializers.ListField(child=serializers.IntegerField(), required=False)


class Notes(RestView):
    area = "notes"

    def post(self, request: Request) -> Response:
        data = checked(Note, request.data)
        calls.append(data["text"])
        if data["text"] == "boom":
            raise Conflict("No room.")
        return Response({"text": data["text"], "key": {"id": "k1", "secret": "s3cret"}}, status=201)

    def put(self, request: Request) -> Response:
        check_if_match(request, '"v1"')
        return Response({})


urlpatterns = [path("notes", Notes.as_view())]


@pytest.fixture(autouse=True)
def _routes(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.rest.test_ground_rules"
    calls.clear()


@pytest.fixture
def client(company: Company) -> APIClient:
    return company.client(company.developer)


def post(client: APIClient, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, str) else json.dumps(body)
    return client.post("/notes", raw, content_type="application/json", headers=headers)


def test_a_good_write_answers_201(client: APIClient) -> None:
    assert post(client, {"text": "hi"}).status_code == 201


def test_errors_point_at_the_field(client: APIClient) -> None:
    answer = post(client, {"text": "too long", "lines": [1, "x"]})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/text", "/lines/1"]


def test_h20_unknown_fields_are_refused(client: APIClient) -> None:
    answer = post(client, {"text": "hi", "tenant_id": "x", "is_staff": True})
    assert answer.status_code == 400
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/tenant_id", "/is_staff"}


@pytest.mark.parametrize(
    "raw",
    [
        '{"text":"a","text":"b"}',
        '{"text":NaN}',
        '{"text":',
        "\u00ff",
        '{"text":"\\u0000"}',
        "[" * 5000,
    ],
)
def test_ambiguous_or_broken_json_is_refused(client: APIClient, raw: str) -> None:
    answer = post(client, raw)
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"
    assert calls == []


def test_nobody_gets_401_and_is_told_how(company: Company) -> None:
    answer = post(APIClient(), {"text": "hi"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_gets_401(company: Company) -> None:
    assert (
        post(APIClient(), {"text": "hi"}, Authorization="Bearer mpat_0123456789_x").status_code
        == 401
    )


def test_if_match_of_another_state_is_refused(client: APIClient) -> None:
    assert client.put("/notes", {}, headers={"If-Match": '"v0"'}).status_code == 412
    assert client.put("/notes", {}, headers={"If-Match": '"v0", "v1"'}).status_code == 200


def test_the_same_key_runs_once_and_gives_no_second_secret(client: APIClient) -> None:
    first = post(client, {"text": "hi"}, **{"Idempotency-Key": "a1"})
    again = post(client, {"text": "hi"}, **{"Idempotency-Key": "a1"})
    assert calls == ["hi"]
    assert first.json()["key"]["secret"] == "s3cret"
    assert again.status_code == 201
    assert again["Idempotency-Replayed"] == "true"
    assert again.json()["key"] == {"id": "k1", "secret": None}
    assert "s3cret" not in json.dumps(list(KeptAnswer.across.values_list("body", flat=True)))


def test_h42_the_same_key_with_another_body_is_refused(client: APIClient) -> None:
    post(client, {"text": "hi"}, **{"Idempotency-Key": "a1"})
    assert post(client, {"text": "ho"}, **{"Idempotency-Key": "a1"}).status_code == 422


def test_a_refused_write_is_not_kept(client: APIClient) -> None:
    assert post(client, {"text": "boom"}, **{"Idempotency-Key": "a1"}).status_code == 409
    assert post(client, {"text": "hi"}, **{"Idempotency-Key": "a1"}).status_code == 201


def test_two_people_may_use_the_same_key(company: Company) -> None:
    for user in (company.developer, company.owner):
        answer = post(company.client(user), {"text": "hi"}, **{"Idempotency-Key": "a1"})
        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer


@pytest.mark.django_db(transaction=True)
def test_h42_a_key_in_flight_gets_409(company: Company) -> None:
    holds, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            name = f"{company.developer.id}:a1"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [name])
            holds.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(10)
    answer = post(company.client(company.developer), {"text": "hi"}, **{"Idempotency-Key": "a1"})
    release.set()
    thread.join()
    assert answer.status_code == 409
    assert calls == []
    assert Team.across.exists()


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner
            )
        ),
    )
)
def test_every_json_value_reads_as_itself(value: Any) -> None:
    assert load_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_read_or_are_refused(raw: bytes) -> None:
    try:
        value = load_json(raw)
    except Malformed:
        return
    assert json.loads(raw.decode()) == value
