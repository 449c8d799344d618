"""An API's end: one date, everybody told, carried out when the day comes."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from catalog import extensions
from catalog.extensions import ConsumerUse, Use
from catalog.models import Acknowledgement, Api, Notice
from catalog.retirement import acknowledge_retirement, keep_api, retire_api, retire_due
from marketplace import clock
from marketplace.errors import Conflict, Forbidden, Invalid
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import deliver_due
from tests.catalog.shop import publish, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_in_use(company: Company) -> Iterator[Company]:
    """A shop that the outsider's team calls, and its successor."""
    owner = company.actor(company.owner)
    publish(owner)
    publish(owner, without_get("1.0.0"), slug="store", version="1.0.0")
    before = extensions._usage[:]

    def reader(api: Api, keys: Collection[str]) -> Use:
        line = ConsumerUse(
            operation_key="POST /orders",
            tenant_id=company.other.id,
            tenant="Logistics",
            team_id=company.others.id,
            team="Fleet",
            application="vans",
            keys=("mk_l_1",),
            calls=7,
            last_call_at=clock.now(),
        )
        return Use(observed=True, days=30, lines=(line,) if api.slug == "shop" else ())

    extensions.measures_use(reader)
    yield company
    extensions._usage[:] = before


def retire(company: Company, days: int = 60) -> Api:
    return retire_api(
        actor=company.actor(company.owner),
        slug="shop",
        sunset_at=clock.now() + timedelta(days=days),
        successor="store",
    )


def test_one_date_sets_lifecycle_and_tells_the_callers(shop_in_use: Company) -> None:
    api = retire(shop_in_use)
    assert (api.lifecycle, api.successor and api.successor.slug) == ("deprecated", "store")
    assert api.deprecation_at is not None
    deliver_due()
    assert [notice.user.email for notice in Notice.across.filter(kind="api.deprecated")] == [
        shop_in_use.outsider.email
    ]
    assert "Move to" in mail.outbox[-1].body


@pytest.mark.parametrize("days", [-1, 0, 6, 3000])
def test_the_end_is_a_week_to_five_years_ahead(shop_in_use: Company, days: int) -> None:
    with pytest.raises(Invalid) as caught:
        retire(shop_in_use, days)
    assert caught.value.errors[0].pointer == "/sunset_at"


def test_only_owners_end_an_api(shop_in_use: Company) -> None:
    for person in (shop_in_use.developer, shop_in_use.outsider, shop_in_use.admin):
        with pytest.raises(Forbidden):
            retire_api(
                actor=shop_in_use.actor(person),
                slug="shop",
                sunset_at=clock.now() + timedelta(days=60),
            )


def test_it_reminds_once_for_each_mark_and_ends_on_the_day(shop_in_use: Company) -> None:
    retire(shop_in_use)
    start = clock.now()
    seen = []
    for day in (10, 31, 32, 54, 55, 59.5, 59.6, 61, 62):
        with clock.frozen(start + timedelta(days=day)):
            retire_due()
        seen.append(OutboxEvent.objects.filter(kind="api.ending").count())
    assert seen == [0, 1, 1, 2, 2, 3, 3, 3, 3]
    assert Api.across.get(slug="shop").lifecycle == "retired"
    assert OutboxEvent.objects.filter(kind="api.retired").count() == 1
    with pytest.raises(Conflict):
        retire(shop_in_use)


def test_a_team_says_that_it_knows_and_the_owner_sees_it(shop_in_use: Company) -> None:
    retire(shop_in_use)
    outsider = shop_in_use.actor(shop_in_use.outsider)
    for _ in range(2):
        acknowledge_retirement(actor=outsider, slug="shop", team_id=shop_in_use.others.id)
    assert Acknowledgement.across.count() == 1
    with pytest.raises(Forbidden):
        acknowledge_retirement(
            actor=shop_in_use.actor(shop_in_use.developer),
            slug="shop",
            team_id=shop_in_use.others.id,
        )
    client = shop_in_use.client(shop_in_use.owner)
    answer = client.get("/api/v1/apis/shop/retirement").json()
    assert answer["callers"][0]["team"] == "Fleet"
    assert answer["callers"][0]["acknowledged_by"] == "Oskar"
    developer = shop_in_use.client(shop_in_use.developer)
    assert developer.get("/api/v1/apis/shop/retirement").status_code == 403


def test_it_is_announced_and_taken_back_by_rest(shop_in_use: Company) -> None:
    client = shop_in_use.client(shop_in_use.owner)
    body = {"sunset_at": (clock.now() + timedelta(days=40)).isoformat(), "successor": "store"}
    made = client.post("/api/v1/apis/shop/retirement", body, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["lifecycle"] == "deprecated"
    kept = client.delete("/api/v1/apis/shop/retirement")
    assert (kept.json()["lifecycle"], kept.json()["sunset_at"]) == ("active", None)
    assert client.delete("/api/v1/apis/shop/retirement").status_code == 409
    with pytest.raises(Conflict):
        keep_api(actor=shop_in_use.actor(shop_in_use.owner), slug="shop")


def test_the_pages_show_callers_countdown_and_the_way_to_the_successor(
    shop_in_use: Company,
) -> None:
    owner, outsider = Client(), Client()
    owner.force_login(shop_in_use.owner)
    outsider.force_login(shop_in_use.outsider)
    assert "vans" in owner.get("/apis/shop/retire").content.decode()
    assert outsider.get("/apis/shop/retire").status_code == 403
    soon = owner.post("/apis/shop/retire", {"sunset_at": clock.now().date().isoformat()})
    assert soon.status_code == 422
    day = (clock.now() + timedelta(days=40)).date().isoformat()
    done = owner.post("/apis/shop/retire", {"sunset_at": day, "successor": "store"})
    assert done.status_code == 302
    page = outsider.get("/apis/shop").content.decode()
    assert "in 40 days" in page
    assert "Fleet knows" in page
    outsider.post("/apis/shop/acknowledge", {"team": str(shop_in_use.others.id)})
    assert Acknowledgement.across.count() == 1
    moving = outsider.get("/apis/shop/migration").content.decode()
    assert "break a call as it is" in moving
    owner.post("/apis/shop/retire", {"keep": "1"})
    assert Api.across.get(slug="shop").lifecycle == "active"
