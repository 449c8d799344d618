"""Search finds operations by what people write, says why, counts facets and keeps to a budget."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.apis import create_api, update_api
from catalog.listing import Filters
from catalog.models import Api, SearchEntry, SearchStem
from catalog.search.budget import tokens_in
from catalog.search.find import search_operations
from catalog.search.results import SearchResults
from marketplace.tenants.middleware import scope_of
from marketplace.tenants.models import User
from marketplace.tenants.scope import scoped
from tests.catalog.shop import publish
from tests.company import Company

pytestmark = pytest.mark.django_db
Find = Callable[..., SearchResults]


def document(title: str, *operations: dict[str, Any], version: str = "1.0.0") -> bytes:
    """An OpenAPI document; an operation is {path, method?, and its own fields}; `fields` are the
    names in its answer."""
    paths: dict[str, Any] = {}
    for operation in operations:
        more = dict(operation)
        path, method = more.pop("path"), more.pop("method", "get")
        names = more.pop("fields", [])
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
        answer = {"description": "ok", "content": {"application/json": {"schema": schema}}}
        paths.setdefault(path, {})[method] = {**more, "responses": {"200": answer}}
    info = {"title": title, "version": version}
    return json.dumps({"openapi": "3.1.0", "info": info, "paths": paths}).encode()


REFUNDS = document(
    "Refunds",
    {"path": "/refunds", "method": "post", "operationId": "createRefund"},
    {"path": "/refunds/{id}", "summary": "Read a refund", "fields": ["trackingNumber", "iban"]},
    {"path": "/reasons", "summary": "List reasons", "description": "Why **money** was returned."},
)
LEDGER = document(
    "General ledger",
    {"path": "/journals", "method": "post", "summary": "Post a journal entry", "tags": ["Books"]},
    {"path": "/payment-runs", "summary": "List payment runs"},
)


@pytest.fixture
def shops(company: Company) -> Company:
    """Two APIs with purposes of their own; the second belongs to another tenant."""
    owner, outsider = company.actor(company.owner), company.actor(company.outsider)
    publish(owner, REFUNDS, slug="refunds")
    publish(outsider, LEDGER, slug="ledger")
    update_api(actor=owner, slug="refunds", changes={"capabilities": ["payments.refunds"]})
    update_api(actor=outsider, slug="ledger", changes={"capabilities": ["finance.ledger"]})
    return company


@pytest.fixture
def find(shops: Company) -> Find:
    def search(q: str, user: User | None = None, **more: Any) -> SearchResults:
        actor = shops.actor(user or shops.developer)
        with scoped(scope_of(actor)):
            return search_operations(actor=actor, q=q, **more)

    return search


def keys(found: SearchResults) -> list[str]:
    return [operation.key for hit in found.apis for operation in hit.operations]


@pytest.mark.parametrize(
    ("q", "key"),
    [
        ("refund", "POST /refunds"),
        ("refu", "POST /refunds"),  # the beginning of a word
        ("refnud", "POST /refunds"),  # two letters swapped
        ("reffund", "POST /refunds"),  # a letter too many
        ("rfund", "POST /refunds"),  # a letter missing
        ("jurnal entrie", "POST /journals"),
        ("refunded", "POST /refunds"),  # another form
        ("createRefund", "POST /refunds"),  # an identifier
        ("create_refund", "POST /refunds"),
        ("create-refund", "POST /refunds"),
        ("/refunds/{id}", "GET /refunds/{}"),  # a path
        ("payment-runs", "GET /payment-runs"),
        ("trackingNumber", "GET /refunds/{}"),  # a schema field
        ("tracking number", "GET /refunds/{}"),
        ("books", "POST /journals"),  # a tag
        ("reimburse", "POST /refunds"),  # the vocabulary's word for it
        ("how do I give the money back to somebody, please", "POST /refunds"),
        ("why money was returned", "GET /reasons"),  # a description
    ],
)
def test_words_as_people_write_them_find_the_operation(find: Find, q: str, key: str) -> None:
    assert keys(find(q))[0] == key


def test_a_word_that_nothing_resembles_is_told_and_hides_nothing(find: Find) -> None:
    found = find("refund xylophonist")
    assert "POST /refunds" in keys(found)
    assert found.unknown == ("xylophonist",)
    assert find("xylophonist").apis == []


def test_a_purpose_finds_an_api_where_no_operation_has_the_word(find: Find) -> None:
    hit = find("bookkeeping").apis[0]
    assert (hit.api.slug, hit.why) == ("ledger", "bookkeeping in capability")


def test_what_has_all_words_comes_before_what_has_some(find: Find) -> None:
    assert keys(find("list payment runs"))[0] == "GET /payment-runs"
    assert keys(find("post a payment journal"))[0] == "POST /journals"


def test_places_weigh_in_the_order_of_the_promise(company: Company) -> None:
    spread: dict[str, dict[str, Any]] = {
        "name": {"path": "/a", "summary": "Zebra"},
        "path": {"path": "/zebra", "summary": "Bee"},
        "tag": {"path": "/c", "summary": "Cat", "tags": ["Zebra"]},
        "field": {"path": "/d", "summary": "Dog", "fields": ["zebra"]},
    }
    publish(company.actor(company.owner), document("Zoo", *spread.values()), slug="zoo")
    found = search_operations(actor=company.actor(company.developer), q="zebra")
    reasons = [hit.reasons[0].place for hit in found.apis[0].operations]
    assert reasons == [place for place in ("name", "path", "tag", "field") if place in reasons]
    assert reasons[:2] == ["name", "path"]


def test_a_hit_says_which_word_stands_where_and_marks_it(find: Find) -> None:
    hit = find("iban of a refund").apis[0].operations[0]
    assert {(each.word, each.place) for each in hit.reasons} == {
        ("iban", "field"),
        ("refund", "name"),
    }
    assert hit.field == "iban"
    assert [part.text for part in hit.title_parts if part.hit] == ["refund"]
    assert [part.text for part in hit.path_parts if part.hit] == ["refunds"]
    assert find("refnud").corrections == {"refnud": "refund"}


def test_each_facet_counts_with_the_other_facets_in_force(find: Find) -> None:
    whole = {facet.name: facet for facet in find("list read post").facets}
    assert {option.value: option.count for option in whole["team"].options} == {
        "payments": 1,
        "fleet": 1,
    }
    chosen = find("list read post", filters=Filters(team=("fleet",), risk=("low",)))
    counts = {
        facet.name: {option.value: option.count for option in facet.options}
        for facet in chosen.facets
    }
    assert counts["team"] == {"payments": 1, "fleet": 1}
    assert counts["risk"] == {"low": 1}
    assert counts["capability"] == {"finance": 1}
    assert [hit.api.slug for hit in chosen.apis] == ["ledger"]


def test_filters_reach_what_many_better_matches_would_hide(company: Company) -> None:
    many = [{"path": f"/crates/{n}", "summary": f"Crate {n}"} for n in range(250)]
    publish(company.actor(company.owner), document("Crates", *many), slug="crates")
    one = {"path": "/x", "summary": "Something long that also has to do with a crate"}
    publish(company.actor(company.outsider), document("Boxes", one), slug="boxes")
    actor = company.actor(company.developer)
    found = search_operations(actor=actor, q="crate", filters=Filters(team=("fleet",)))
    assert keys(found) == ["GET /x"]
    assert search_operations(actor=actor, q="crate").total_operations == 251


def test_drafts_are_found_by_their_own_team_alone_and_give_no_word_away(
    shops: Company, find: Find
) -> None:
    owner = shops.actor(shops.owner)
    create_api(actor=owner, slug="secret", name="Secret", team="payments", lifecycle="draft")
    draft = document("Secret", {"path": "/quagga", "summary": "Ride a quagga"})
    publish(owner, draft, slug="secret")
    Api.across.filter(slug="secret").update(lifecycle="draft")
    assert keys(find("quagga", shops.owner)) == ["GET /quagga"]
    for user in (shops.developer, shops.outsider):
        found = find("quaga", user)
        assert found.apis == []
        assert found.facets == []
        assert "quagga" not in str(found.corrections)


def test_retired_apis_stay_in_the_list(shops: Company, find: Find) -> None:
    Api.across.filter(slug="refunds").update(lifecycle="retired")
    assert keys(find("create refund"))[0] == "POST /refunds"
    assert find("refund", filters=Filters(lifecycle=("ga",))).apis == []


def test_publishing_keeps_the_index_and_the_lexicon(shops: Company, find: Find) -> None:
    def uses() -> dict[str, int]:
        return dict(SearchStem.objects.filter(operations__gt=0).values_list("lexeme", "operations"))

    assert uses()["refund"] == 2
    owner = shops.actor(shops.owner)
    renamed = document("Refunds", {"path": "/paybacks", "summary": "Make a payback"}, version="2")
    publish(owner, renamed, slug="refunds", version="2.0.0", acknowledge=["payments"])
    assert "refund" not in uses()
    assert keys(find("payback")) == ["GET /paybacks"]
    kept, entries = uses(), SearchEntry.across.count()
    call_command("reindex_search", stdout=StringIO())
    assert SearchEntry.across.count() == entries
    assert uses() == kept


def test_renaming_an_api_is_found_at_once(shops: Company, find: Find) -> None:
    update_api(actor=shops.actor(shops.owner), slug="refunds", changes={"name": "Wallaby"})
    assert [hit.api.slug for hit in find("wallaby").apis] == ["refunds"]


HOSTILE = (
    *("\x00", "re\x00fund", "x" * 10_000, "refund " * 2000, "!!! ??? ((", "a:* & b | !c", "<->"),
    *("'refund':A", "'; DROP TABLE x; --", "%s %(v0)s {0}", "😀 🦓", "\ud800", "ﷺ" * 300),
    *("退款", "возврат", "the of and", "/" * 500, "U&'\\0041'", "-" * 300, "1 2 3", "\\", "a" * 41),
)


@pytest.mark.parametrize("q", HOSTILE)
def test_h60_no_query_breaks_search(shops: Company, find: Find, q: str) -> None:
    assert find(q).total_apis >= 0
    client = shops.client(shops.developer)
    for address in ("/api/v1/search", "/palette", "/catalog.json", "/catalog.md"):
        shown = q.encode("utf-8", "replace").decode()
        answer = client.get(address, {"q": shown, "risk": shown, "capability": shown})
        assert answer.status_code == 200, address


def test_a_search_takes_three_queries(shops: Company) -> None:
    actor = shops.actor(shops.developer)
    for q, most in (("", 1), ("refund", 3), ("xylophonist", 1), ("list refnud money back", 3)):
        with CaptureQueriesContext(connection) as captured:
            search_operations(actor=actor, q=q)
        assert len(captured) <= most, q


def test_rest_tells_why_and_what_was_corrected(shops: Company) -> None:
    body = shops.client(shops.developer).get("/api/v1/search?q=refnud+iban").json()
    assert body["corrections"] == {"refnud": "refund"}
    first = body["items"][0]["operations"][0]
    assert first["why"] == "refnud in name, iban in field"
    assert first["marked"]["title"] == "Read a **refund**"
    assert {"word": "iban", "place": "field"} in first["matched"]


@pytest.mark.parametrize("most", [100, 150, 300, 450, 1000, 4000])
@pytest.mark.parametrize("q", ["refund", "list read post", "", "退款 refund"])
def test_an_answer_never_exceeds_its_budget_of_tokens(shops: Company, q: str, most: int) -> None:
    client: APIClient = shops.client(shops.developer)
    answer = client.get("/api/v1/search", {"q": q, "max_tokens": str(most)})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert tokens_in(text) <= most
    assert len(text) <= 3 * most
    body = answer.json()
    shown = sum(len(item["operations"]) for item in body["items"])
    left = sum(item["more"] for item in body["items"])
    if q and not body["truncated"]:
        assert shown + left == body["total_operations"]


def test_a_budget_that_holds_no_answer_is_refused_with_what_it_takes(shops: Company) -> None:
    answer = shops.client(shops.developer).get("/api/v1/search?q=refund&max_tokens=10")
    assert answer.status_code == 422
    assert "takes" in answer.json()["errors"][0]["detail"]


def test_a_cut_answer_leads_on_to_the_rest(shops: Company) -> None:
    client = shops.client(shops.developer)
    address = "/api/v1/search?q=list+read+post&max_tokens=330"
    seen: list[str] = []
    while address and len(seen) < 5:
        body = client.get(address).json()
        seen += [item["api"] for item in body["items"]]
        address = body["next"]
    assert sorted(seen) == ["ledger", "refunds"]
