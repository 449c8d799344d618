"""Get key in the portal: no required field, the decision before, the secret once after."""

import re
from typing import Any

import pytest
from django.test import Client

from catalog.models import Api
from keys.models import Application, Key
from tests.company import Company
from tests.keys.makers import make_api, make_application

pytestmark = pytest.mark.django_db
SCOPE_STATEMENTS = 5  # what tells the database whose request it is


def portal(company: Company, who: str = "developer") -> Client:
    client = Client()
    client.force_login(getattr(company, who))
    return client


def once_of(text: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', text)
    assert found is not None
    return found[1]


@pytest.fixture
def api(company: Company) -> Api:
    return make_api(company.owners, name="Orders")


def test_the_form_needs_nothing_and_shows_the_decision_first(company: Company, api: Api) -> None:
    text = portal(company).get("/apis/orders/get-key?operation=get-0").content.decode()
    assert " required" not in text
    assert "Allowed" in text
    assert "teams-ask-for-their-applications" in text
    assert re.search(r'value="get /orders" checked', text)
    assert not re.search(r'value="\*" checked', text)


def test_submitting_it_as_it_stands_makes_an_application_and_a_key_shown_once(
    company: Company, api: Api
) -> None:
    client = portal(company)
    once = once_of(client.get("/apis/orders/get-key").content.decode())
    answer = client.post("/apis/orders/get-key", {"once": once, "scopes": "*"})
    text = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    key = Key.across.get()
    assert Application.across.get().name == "Checkout application"
    secret = re.search(rf"{key.public_id}_[0-9A-Za-z]{{38}}", text)
    assert secret is not None
    assert "Waiting for first call" in text
    assert "http://localhost:8002/orders/orders" in text
    again = client.post("/apis/orders/get-key", {"once": once, "scopes": "*"})
    assert again.status_code == 410
    assert secret[0] not in again.content.decode()
    assert Key.across.count() == 1


def test_h25_no_page_shows_the_secret_again(company: Company, api: Api) -> None:
    client = portal(company)
    shown = client.post("/apis/orders/get-key", {"scopes": "*"}).content.decode()
    key = Key.across.get()
    found = re.search(rf"{key.public_id}_([0-9A-Za-z]{{32}})", shown)
    assert found is not None
    for path in ("/apis/orders/get-key", f"/access/keys/{key.public_id}/call"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert found[1] not in answer.content.decode()


def test_the_preview_follows_the_form_and_names_what_would_help(company: Company) -> None:
    make_api(company.owners, risk="medium")
    client = portal(company)
    text = client.post("/apis/orders/get-key/preview", {"ttl": "2592000"}).content.decode()
    assert "Waits for approval" in text
    assert "Ask for 7 days or less" in text
    assert "Otto" in text
    assert 'value="ttl_seconds=604800"' in text
    applied = client.get("/apis/orders/get-key?ttl=2592000&apply=ttl_seconds%3D604800")
    assert re.search(r'value="604800"[^>]* checked', applied.content.decode())
    assert "Allowed" in applied.content.decode()
    assert not Key.across.exists()


def test_what_waits_says_so_with_the_key(company: Company) -> None:
    make_api(company.owners, risk="high")
    text = portal(company).post("/apis/orders/get-key", {}).content.decode()
    assert "Answers from examples for now" in text
    assert "Otto" in text
    assert Key.across.get().mock


def test_a_denial_stays_on_the_form(company: Company) -> None:
    make_api(company.owners, lifecycle="retired")
    text = portal(company).post("/apis/orders/get-key", {}).content.decode()
    assert "Not allowed" in text
    assert not Key.across.exists()


def test_restricted_data_asks_for_its_purpose_at_the_field(company: Company) -> None:
    make_api(company.owners, data_class="restricted")
    answer = portal(company).post("/apis/orders/get-key", {})
    assert answer.status_code == 422
    assert "id_purpose_error" in answer.content.decode()
    assert not Application.across.exists()


def test_in_a_drawer_it_is_a_fragment_and_without_a_team_it_says_why(
    company: Company, api: Api
) -> None:
    headers: dict[str, Any] = {"HX-Request": "true"}
    text = portal(company).get("/apis/orders/get-key", headers=headers).content.decode()
    assert "<html" not in text
    assert 'hx-target="#drawer"' in text
    refused = portal(company, "finance").get("/apis/orders/get-key")
    assert refused.status_code == 403
    assert "Join a team first" in refused.content.decode()
    assert Client().get("/apis/orders/get-key").status_code == 302


def test_the_line_turns_green_when_the_first_call_has_come(company: Company, api: Api) -> None:
    client = portal(company)
    client.post("/apis/orders/get-key", {})
    key = Key.across.get()
    assert "Waiting" in client.get(f"/access/keys/{key.public_id}/call").content.decode()
    Key.across.update(last_used_at=key.created_at)
    assert (
        "First call received" in client.get(f"/access/keys/{key.public_id}/call").content.decode()
    )
    other = portal(company, "outsider").get(f"/access/keys/{key.public_id}/call")
    assert other.status_code == 404


def test_an_application_there_is_chosen_and_the_page_keeps_to_its_queries(
    company: Company, api: Api, django_assert_max_num_queries: Any
) -> None:
    application = make_application(company, name="Shop")
    client = portal(company)
    client.get("/apis/orders/get-key")  # the estimate is kept for half a minute
    with django_assert_max_num_queries(10 + SCOPE_STATEMENTS):
        text = client.get("/apis/orders/get-key").content.decode()
    assert re.search(rf'value="{application.id}" selected', text)
