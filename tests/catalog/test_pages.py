"""The catalog's pages: what stands on them, for whom, and with how few queries."""

import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.apis import update_api
from catalog.models import Operation, Silence, Subscription
from tests.catalog.shop import events, publish, shop, shop_document, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db
MOST_QUERIES = 10  # a page's budget, without the statements that tell the scope
KB = 1024
TABS = ["", "/reference", "/changes", "/plans", "/health", "/findings", "/events"]
Get = Callable[..., Any]


@pytest.fixture
def shops(company: Company) -> Company:
    """A shop in two versions and its events, published."""
    owner = company.actor(company.owner)
    publish(owner)
    publish(owner, without_get("2.0.0"), version="2.0.0")
    publish(owner, events(), slug="order-events")
    return company


@pytest.fixture
def dora(shops: Company) -> Client:
    client = Client()
    client.force_login(shops.developer)
    return client


@pytest.fixture
def otto(shops: Company) -> Client:
    client = Client()
    client.force_login(shops.owner)
    return client


def counted(client: Client, address: str) -> tuple[Any, list[str]]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(address)
    queries = [q["sql"] for q in captured if "set_config" not in q["sql"]]
    return answer, queries


def test_every_page_keeps_to_its_budget_of_queries_and_bytes(otto: Client) -> None:
    operation = Operation.across.filter(api__slug="shop", served=True).values_list("slug").get()[0]
    addresses = ["/", "/?q=order", "/apis/shop/peek", "/publish", "/owner/apis"]
    addresses += [f"/apis/shop{tab}" for tab in [*TABS, "/consumers"]]
    addresses += [f"/apis/order-events{tab}" for tab in TABS]
    addresses += [f"/apis/shop/operations/{operation}", "/apis/shop/reference?group=Orders"]
    addresses += [f"/apis/shop/schema?at={quote('#/components/schemas/Order')}"]
    otto.get("/")
    over = []
    for address in addresses:
        answer, queries = counted(otto, address)
        assert answer.status_code == 200, address
        if len(queries) > MOST_QUERIES:
            over.append((address, len(queries), [sql[:90] for sql in queries]))
        assert len(gzip.compress(answer.content)) <= 25 * KB, address
    assert not over, "\n".join(str(each) for each in over)


def test_the_catalog_keeps_to_its_budget_when_nothing_is_kept_from_before(otto: Client) -> None:
    cache.clear()
    _, queries = counted(otto, "/")
    assert len(queries) <= MOST_QUERIES, "\n".join(sql[:90] for sql in queries)


def test_nobody_sees_a_page_without_signing_in() -> None:
    for address in ("/", "/apis/shop", "/publish", "/owner/apis", "/catalog.json", "/apis/shop.md"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert "login" in answer["Location"]


def test_the_list_shows_facets_rows_and_what_matches(dora: Client) -> None:
    page = dora.get("/").content.decode()
    assert "<bdi>Shop</bdi>" in page
    assert 'name="protocol" value="asyncapi"' in page
    found = dora.get("/?q=place").content.decode()
    assert ">Place</mark> an order" in found
    assert "/apis/shop/operations/post-orders" in found


def test_the_address_holds_the_state_and_chips_take_it_away(dora: Client) -> None:
    page = dora.get("/?q=order&protocol=asyncapi").content.decode()
    assert "<bdi>Order events</bdi>" in page
    assert "<bdi>Shop</bdi>" not in page
    assert 'href="/?q=order"' in page
    assert 'value="asyncapi" checked' in page


def test_htmx_gets_the_list_without_the_page_around_it(dora: Client) -> None:
    part = dora.get("/?q=order", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    for id in ("results", "facet-list", "peek", "chips"):
        assert f'id="{id}"' in part


def test_nothing_found_and_nothing_published_teach_what_to_do(
    dora: Client, company: Company
) -> None:
    assert "Nothing matches" in dora.get("/?q=zzzz").content.decode()
    client = Client()
    client.force_login(company.outsider)
    assert "publish nothing yet" in client.get("/owner/apis").content.decode()


@pytest.mark.parametrize("q", ["\x00", "'", "<script>alert(1)</script>", "%", "a" * 3000])
def test_no_query_breaks_the_list(dora: Client, q: str) -> None:
    answer = dora.get("/", {"q": q, "offset": "x", "risk": q, "peek": q})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_an_operation_shows_what_it_takes_answers_and_the_first_call(dora: Client) -> None:
    page = dora.get("/apis/shop/operations/get-orders-x?version=1.0.0").content.decode()
    assert "Read an order" in page
    assert "shop:GET /orders/{}" in page
    assert "Path parameters" in page
    assert "Customer" in page
    assert "/shop/orders/" in page
    assert "Authorization: Bearer" in page
    assert "Callers get" in page


def test_a_broken_example_says_so_on_its_operations_page(company: Company) -> None:
    document = shop_document()
    content = document["paths"]["/orders/{id}"]["get"]["responses"]["200"]["content"]
    content["application/json"]["examples"]["torn"] = {"value": {"id": 7}}
    publish(company.actor(company.owner), json.dumps(document).encode())
    client = Client()
    client.force_login(company.developer)
    page = client.get("/apis/shop/operations/get-orders-x").content.decode()
    assert "An example breaks its schema" in page
    assert "Response 200, torn (application/json): id: must be string" in page


def test_schemas_open_two_levels_and_load_the_rest_on_demand(dora: Client) -> None:
    page = dora.get("/apis/shop/operations/post-orders").content.decode()
    assert "As on the card" in page
    assert ">street<" not in page
    at = quote("#/components/schemas/Address", safe="")
    assert f"at={at}" in page
    address = f"/apis/shop/schema?at={at}"
    part = dora.get(address, headers={"HX-Request": "true"}).content.decode()
    assert ">street<" in part
    assert "<html" not in part
    assert ">street<" in dora.get(address).content.decode()


@pytest.mark.parametrize(
    "at", ["", "#", "x", "#/components/schemas/Gone", "http://x/#/a", "#/../../etc", "#/info"]
)
def test_a_schema_that_is_not_there_gets_404(dora: Client, at: str) -> None:
    assert dora.get("/apis/shop/schema", {"at": at}).status_code == 404


def test_events_have_the_same_three_columns(dora: Client) -> None:
    page = dora.get("/apis/order-events/reference").content.decode()
    assert "An order was placed" in page
    assert "orders.placed" in page
    assert "Consumer" in page
    assert "orderId" in page
    assert ">SEND<" in page


def test_changes_say_who_is_hit_or_that_nobody_can_know(dora: Client) -> None:
    page = dora.get("/apis/shop/changes").content.decode()
    assert "1.0.0 → 2.0.0" in page
    assert "Breaking" in page
    assert "Cannot be observed" in page
    assert "first version" in dora.get("/apis/shop/changes?version=1.0.0").content.decode()
    assert dora.get("/apis/shop/changes?base=9.9.9").status_code == 404


def test_consumers_are_shown_to_owners_only(dora: Client, otto: Client) -> None:
    assert dora.get("/apis/shop/consumers").status_code == 403
    assert b"/apis/shop/consumers" not in dora.get("/apis/shop").content
    assert otto.get("/apis/shop/consumers").status_code == 200


def test_a_person_watches_and_stops(dora: Client) -> None:
    dora.post("/apis/shop/watch", {"watching": "on"})
    dora.post("/apis/shop/watch", {"watching": "on"})
    assert Subscription.across.count() == 1
    assert "Watching" in dora.get("/apis/shop").content.decode()
    part = dora.post("/apis/shop/watch", {"watching": "off"}, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert Subscription.across.count() == 0


def test_a_retiring_api_says_when_and_where_to_go(shops: Company, dora: Client) -> None:
    from datetime import timedelta  # noqa: PLC0415

    from marketplace import clock  # noqa: PLC0415

    update_api(
        actor=shops.actor(shops.owner),
        slug="shop",
        changes={
            "lifecycle": "deprecated",
            "sunset_at": clock.now() + timedelta(days=40),
            "successor": "order-events",
        },
    )
    page = dora.get("/apis/shop").content.decode()
    assert "This API is going away" in page
    assert 'href="/apis/order-events"' in page


def test_pages_stand_as_markdown_and_json_too(dora: Client) -> None:
    assert "[Shop](/apis/shop.md)" in dora.get("/catalog.md").content.decode()
    assert "`POST /orders`" in dora.get("/apis/shop.md").content.decode()
    operation = dora.get("/apis/shop/operations/post-orders.md").content.decode()
    assert "`customer` Customer" in operation
    assert dora.get("/apis/shop.json").json()["operations"] == 1
    as_json = dora.get("/apis/shop/operations/post-orders.json").json()
    assert as_json["definition"]["operationId"] == "placeOrder"
    assert dora.get("/catalog.json?q=shop").json()["items"][0]["api"] == "shop"


def test_h48_nothing_of_a_document_becomes_markup(company: Company) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    document = shop_document(title=f"Shop {evil}")
    document["info"]["description"] = f"{evil} [x](javascript:alert(1))"
    document["info"]["contact"] = {"name": evil, "url": "javascript:alert(1)", "email": evil}
    document["tags"] = [{"name": evil, "description": evil}]
    get = document["paths"]["/orders/{id}"]["get"]
    get |= {"summary": evil, "description": evil, "tags": [evil], "operationId": evil}
    order = document["components"]["schemas"]["Order"]
    order["properties"][evil] = {
        "type": "string",
        "description": evil,
        "pattern": evil,
        "enum": [evil],
        "example": evil,
    }
    publish(company.actor(company.owner), json.dumps(document).encode())
    client = Client()
    client.force_login(company.owner)
    slug = Operation.across.values_list("slug", flat=True).order_by("position").first()
    order_at = quote("#/components/schemas/Order")
    for address in (
        "/",
        "/?q=alert",
        *(f"/apis/shop{tab}" for tab in [*TABS, "/consumers", "/peek"]),
        f"/apis/shop/operations/{slug}",
        f"/apis/shop/schema?at={order_at}",
        f"/apis/shop/reference?group={quote(evil[:120], safe='')}",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        for mark in (b"<script>alert", b"<img src=x", b'href="javascript'):
            assert mark not in answer.content, address


def test_a_document_of_a_thousand_operations_stays_small(company: Company) -> None:
    document = shop_document()
    document["paths"] = {
        f"/r{number}": {"get": {"responses": {"200": {"description": "ok"}}, "tags": ["All"]}}
        for number in range(1000)
    }
    publish(company.actor(company.owner), json.dumps(document).encode())
    client = Client()
    client.force_login(company.developer)
    for address in (
        "/apis/shop/reference",
        "/apis/shop/operations/get-r500",
        "/apis/shop/reference?group=All",
        "/apis/shop/reference?group=All&offset=900",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert len(gzip.compress(answer.content)) <= 35 * KB
    assert b"/operations/get-r999" in answer.content


def test_owners_silence_a_rule_with_a_reason(dora: Client, otto: Client) -> None:
    rule = "server-error-missing"
    assert otto.post("/apis/shop/silences", {"rule": rule, "reason": ""}).status_code == 302
    assert not Silence.across.exists()
    otto.post("/apis/shop/silences", {"rule": rule, "reason": "A static site"})
    assert "A static site" in otto.get("/apis/shop/findings").content.decode()
    answer = dora.post("/apis/shop/silences", {"rule": rule, "undo": "1"})
    assert answer.status_code == 403
    otto.post("/apis/shop/silences", {"rule": rule, "undo": "1"})
    assert not Silence.across.exists()


def test_pages_of_what_is_not_there_get_404(dora: Client) -> None:
    for address in (
        "/apis/none",
        "/apis/none/reference",
        "/apis/shop?version=9",
        "/apis/shop/operations/none",
        "/apis/shop/reference?group=none",
        "/apis/none/peek",
    ):
        assert dora.get(address).status_code == 404, address


def test_an_api_without_a_version_teaches_how_to_publish(company: Company) -> None:
    company.client(company.owner).post(
        "/api/v1/apis", {"slug": "ledger", "name": "Ledger"}, format="json"
    )
    client = Client()
    client.force_login(company.owner)
    assert "No version is published yet" in client.get("/apis/ledger").content.decode()
    assert client.get("/apis/ledger/reference").status_code == 200
    assert shop()
