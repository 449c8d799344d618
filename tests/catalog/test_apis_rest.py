"""REST of APIs and versions, as other programs call it (DOORS.md)."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Api, Version
from marketplace.audit.models import AuditEntry
from tests.catalog.shop import events, shop, shop_document, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


@pytest.fixture
def owner(company: Company) -> APIClient:
    return company.client(company.owner)


def put(client: APIClient, data: bytes | None = None, version: str = "1.0.0", **more: Any) -> Any:
    query = more.pop("query", "")
    return client.put(
        f"{ROOT}/apis/shop/versions/{version}{query}",
        data=shop() if data is None else data,
        content_type=more.pop("content_type", "application/json"),
        **more,
    )


def test_publishing_makes_the_api_and_answers_the_report(owner: APIClient) -> None:
    answer = put(owner)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["format"] == "openapi"
    assert body["operations"] == 2
    assert body["url"] == "/apis/shop"
    assert {"grade", "findings", "diff", "impact", "digest"} <= set(body)
    assert owner.get(f"{ROOT}/apis/shop").json()["version"] == "1.0.0"


@pytest.mark.parametrize(
    "media", ["application/yaml", "text/plain", "application/octet-stream", "image/png"]
)
def test_any_content_type_is_taken(owner: APIClient, media: str) -> None:
    assert put(owner, content_type=media).status_code == 201


def test_the_same_bytes_again_get_200_and_other_bytes_409(owner: APIClient) -> None:
    assert put(owner).status_code == 201
    again = put(owner)
    assert (again.status_code, again.json()["created"]) == (200, False)
    other = put(owner, shop(title="Other"))
    assert other.status_code == 409
    assert other["Content-Type"] == "application/problem+json"


def test_a_dry_run_answers_200_and_stores_nothing(owner: APIClient) -> None:
    answer = put(owner, query="?dry_run=true")
    assert answer.status_code == 200
    assert answer.json()["dry_run"] is True
    assert not Api.across.exists()


def test_a_wrong_document_gets_422_with_pointer_and_line(owner: APIClient) -> None:
    document = shop_document()
    del document["info"]["title"]
    answer = put(owner, json.dumps(document, indent=1).encode())
    assert answer.status_code == 422
    body = answer.json()
    assert body["errors"][0]["pointer"].startswith("/info")
    assert body["places"][0]["line"]


def test_what_is_no_document_gets_422(owner: APIClient) -> None:
    for data in (b"\xff\xfe\x00", b"[]", b"hello: world", b"{", b"\x00"):
        answer = put(owner, data)
        assert answer.status_code == 422, data
    assert put(owner, b"").status_code == 422


def test_too_long_a_body_gets_413_before_it_is_read(owner: APIClient) -> None:
    answer = owner.generic("PUT", f"{ROOT}/apis/shop/versions/1", "x", CONTENT_LENGTH="60000000")
    assert answer.status_code == 413


def test_a_compressed_body_is_refused(owner: APIClient) -> None:
    assert put(owner, HTTP_CONTENT_ENCODING="gzip").status_code == 415


def test_an_idempotency_key_answers_the_same_again(owner: APIClient) -> None:
    first = put(owner, HTTP_IDEMPOTENCY_KEY="ci-1")
    again = put(owner, HTTP_IDEMPOTENCY_KEY="ci-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotency-Replayed"] == "true"
    assert first.json()["digest"] == again.json()["digest"]


def test_a_breaking_change_gets_409_with_the_report_and_goes_when_acknowledged(
    owner: APIClient,
) -> None:
    put(owner)
    refused = put(owner, without_get("1.1.0"), "1.1.0")
    assert refused.status_code == 409
    missing = refused.json()["report"]["acknowledgement"]["missing"]
    named = ",".join(missing)
    done = put(owner, without_get("1.1.0"), "1.1.0", query=f"?acknowledge={named}")
    assert done.status_code == 201
    assert done.json()["impact"][0]["consumers"] == "unknown"
    assert done.json()["diff"]["breaking"] is True


def test_others_may_not_publish_and_nobody_without_signing_in(company: Company) -> None:
    put(company.client(company.owner))
    for person in (company.developer, company.outsider, company.finance):
        answer = put(company.client(person), shop("2.0.0"), "2.0.0")
        assert answer.status_code == 403
    assert put(APIClient(), shop("3.0.0"), "3.0.0").status_code == 401
    assert Version.across.count() == 1


def test_the_document_comes_back_byte_for_byte(owner: APIClient) -> None:
    put(owner)
    answer = owner.get(f"{ROOT}/apis/shop/versions/1.0.0/document")
    assert answer.content == shop()
    assert answer["Content-Type"] == "application/json"


def test_a_swagger_document_is_served_as_openapi_3_too(owner: APIClient) -> None:
    swagger = {
        "swagger": "2.0",
        "info": {"title": "Old", "version": "1"},
        "host": "old.example",
        "basePath": "/v1",
        "schemes": ["https"],
        "paths": {
            "/things": {
                "get": {
                    "produces": ["application/json"],
                    "responses": {
                        "200": {"description": "All", "schema": {"$ref": "#/definitions/Thing"}}
                    },
                }
            }
        },
        "definitions": {"Thing": {"type": "object"}},
    }
    data = json.dumps(swagger).encode()
    put(owner, data)
    document = f"{ROOT}/apis/shop/versions/1.0.0/document"
    assert owner.get(document).content == data
    modern = owner.get(f"{document}?as=openapi3").json()
    assert modern["openapi"].startswith("3.")
    assert modern["servers"] == [{"url": "https://old.example/v1"}]
    assert owner.get(f"{document}?as=pdf").status_code == 422


def test_operations_are_listed_in_the_documents_order(owner: APIClient) -> None:
    put(owner)
    items = owner.get(f"{ROOT}/apis/shop/versions/1.0.0/operations").json()["items"]
    assert [item["key"] for item in items] == ["GET /orders/{}", "POST /orders"]
    assert items[0]["url"] == "/apis/shop/operations/get-orders-x"


def test_two_versions_are_compared_with_who_is_hit(owner: APIClient) -> None:
    put(owner)
    put(owner, without_get("2.0.0"), "2.0.0")
    put(owner, shop("3.0.0"), "3.0.0")
    body = owner.get(f"{ROOT}/apis/shop/versions/2.0.0/diff").json()
    assert (body["base"], body["breaking"]) == ("1.0.0", True)
    assert len(body["impact"]) == len(body["changes"])
    other = owner.get(f"{ROOT}/apis/shop/versions/3.0.0/diff?base=1.0.0").json()
    assert other["base"] == "1.0.0"
    assert other["breaking"] is False
    assert owner.get(f"{ROOT}/apis/shop/versions/3.0.0/diff?base=9").status_code == 404


def test_two_files_are_compared(owner: APIClient) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile as File  # noqa: PLC0415

    answer = owner.post(
        f"{ROOT}/diff",
        {"base": File("a.json", shop()), "revision": File("b.json", without_get("2"))},
        format="multipart",
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["breaking"] is True
    assert set(answer.json()["changes"][0]) == {"rule", "level", "operation", "path", "text"}
    missing = owner.post(f"{ROOT}/diff", {"base": File("a.json", shop())}, format="multipart")
    assert missing.status_code == 422
    assert missing.json()["errors"][0]["pointer"] == "/revision"
    wrong = owner.post(
        f"{ROOT}/diff",
        {"base": File("a.json", shop()), "revision": File("b.json", b"[1")},
        format="multipart",
    )
    assert wrong.status_code == 422
    assert wrong.json()["detail"].startswith("revision")


def test_two_files_need_only_be_readable_to_be_compared(owner: APIClient) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile as File  # noqa: PLC0415

    sloppy = b'{"openapi": "3.0.1", "paths": {"/a": {"get": {}}, "/b": {"get": {}}}}'
    sloppier = b"openapi: 3.0.1\npaths: {/a: {get: }}"
    answer = owner.post(
        f"{ROOT}/diff",
        {"base": File("a.json", sloppy), "revision": File("b.yaml", sloppier)},
        format="multipart",
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["breaking"] is True


def test_an_api_is_made_and_changed_field_by_field(owner: APIClient) -> None:
    made = owner.post(
        f"{ROOT}/apis",
        {
            "slug": "ledger",
            "name": "Ledger",
            "risk": "high",
            "data_class": "confidential",
            "capabilities": ["finance.ledger"],
            "residency": ["eu-central"],
            "plans": [{"slug": "gold", "name": "Gold", "limits": {"rate_per_second": 5}}],
        },
        format="json",
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["team"], body["approval"]) == ("payments", "review")
    assert body["plans"][0]["is_default"] is True
    changed = owner.patch(
        f"{ROOT}/apis/ledger",
        {"summary": "Postings"},
        format="json",
        HTTP_IF_MATCH=made["ETag"],
    )
    assert changed.status_code == 200
    assert changed.json()["summary"] == "Postings"
    stale = owner.patch(
        f"{ROOT}/apis/ledger", {"summary": "x"}, format="json", HTTP_IF_MATCH=made["ETag"]
    )
    assert stale.status_code == 412
    assert AuditEntry.objects.filter(target="api:ledger").count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("risk", "none"),
        ("data_class", "secret"),
        ("lifecycle", "dead"),
        ("capabilities", ["cooking"]),
        ("residency", ["EU!"]),
        ("successor", "nobody"),
        ("plans", [{"slug": "a", "name": "A"}, {"slug": "a", "name": "B"}]),
        ("plans", [{"slug": "a", "name": "A", "limits": {"quota": -1}}]),
        ("upstream_url", "javascript:alert(1)"),
    ],
)
def test_a_wrong_value_is_named_at_its_field(owner: APIClient, field: str, value: Any) -> None:
    put(owner)
    answer = owner.patch(f"{ROOT}/apis/shop", {field: value}, format="json")
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")


@pytest.mark.parametrize("field", ["tenant_id", "approved", "slug", "served_version"])
def test_h20_fields_that_are_not_there_are_refused(owner: APIClient, field: str) -> None:
    put(owner)
    assert owner.patch(f"{ROOT}/apis/shop", {field: "x"}, format="json").status_code == 400


def test_a_draft_shows_only_to_its_team(company: Company) -> None:
    owner = company.client(company.owner)
    put(owner)
    owner.patch(f"{ROOT}/apis/shop", {"lifecycle": "draft"}, format="json")
    assert owner.get(f"{ROOT}/apis/shop").status_code == 200
    for person in (company.developer, company.outsider):
        client = company.client(person)
        assert client.get(f"{ROOT}/apis/shop").status_code == 404
        assert client.get(f"{ROOT}/apis/shop/versions/1.0.0").status_code == 404
        assert client.get(f"{ROOT}/apis").json()["items"] == []
        assert client.get(f"{ROOT}/search?q=order").json()["items"] == []


def test_the_list_is_paged_and_narrowed(owner: APIClient) -> None:
    put(owner)
    owner.put(
        f"{ROOT}/apis/order-events/versions/1.0.0",
        data=events(),
        content_type="application/json",
    )
    first = owner.get(f"{ROOT}/apis?limit=1").json()
    assert [item["slug"] for item in first["items"]] == ["order-events"]
    assert [item["slug"] for item in owner.get(first["next"]).json()["items"]] == ["shop"]
    only = owner.get(f"{ROOT}/apis?protocol=asyncapi").json()["items"]
    assert [item["slug"] for item in only] == ["order-events"]
    assert owner.get(f"{ROOT}/apis?lifecycle=ga&risk=low").json()["items"] != []
    assert owner.get(f"{ROOT}/apis?lifecycle=deprecated").json()["items"] == []


def test_search_nests_operations_and_says_why(owner: APIClient) -> None:
    put(owner)
    body = owner.get(f"{ROOT}/search?q=place+order").json()
    assert body["items"][0]["api"] == "shop"
    operation = body["items"][0]["operations"][0]
    assert operation["key"] == "POST /orders"
    assert "name" in operation["why"]
    assert operation["scope"] == "shop:POST /orders"
    assert {facet["name"] for facet in body["facets"]} >= {"protocol", "lifecycle", "risk"}


def test_search_keeps_to_a_budget_of_tokens(owner: APIClient) -> None:
    put(owner)
    whole = owner.get(f"{ROOT}/search?q=order&max_tokens=1000")
    assert whole.json()["items"][0]["operations"]
    small = owner.get(f"{ROOT}/search?q=order&max_tokens=130").json()
    assert small["truncated"] is True
    assert len(json.dumps(small["items"])) <= 130 * 4
    for wrong in ("x", "-1", "1e3"):
        assert owner.get(f"{ROOT}/search?max_tokens={wrong}").status_code == 422


@pytest.mark.parametrize("q", ["'", "a:*", "!!", "((", "& |", "\x00", "é", "x" * 5000, "%", "<->"])
def test_no_query_breaks_search(owner: APIClient, q: str) -> None:
    put(owner)
    assert owner.get(f"{ROOT}/search", {"q": q}).status_code in (200, 400, 422)
