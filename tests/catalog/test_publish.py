"""Publishing a version: what is stored, what is answered, what is refused."""

import json
import zlib
from typing import Any

import pytest

from catalog.models import Api, Document, Example, Fragment, Operation, Version
from catalog.publish import publish_version
from marketplace.audit.models import AuditEntry
from marketplace.audit.record import verify_chain
from marketplace.errors import Conflict, Forbidden, Invalid, TooLarge
from marketplace.events.models import OutboxEvent
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import tenant_scope
from tests.catalog.shop import events, publish, shop, shop_document, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(company: Company) -> Actor:
    return company.actor(company.owner)


def test_it_makes_the_api_its_version_and_its_operations(owner: Actor) -> None:
    report = publish(owner, slug=None)
    api = Api.across.get(slug=report.api)
    assert (report.api, report.version, report.created, report.new_api) == (
        "shop",
        "1.0.0",
        True,
        True,
    )
    assert api.name == "Shop"
    assert api.served_version is not None
    assert api.served_version.version == "1.0.0"
    assert [o.key for o in Operation.across.filter(api=api)] == ["GET /orders/{}", "POST /orders"]
    assert [p.slug for p in api.plans.all()] == ["standard"]
    assert zlib.decompress(Document.across.get().content) == shop()


def test_it_keeps_pieces_that_pages_draw_from(owner: Actor) -> None:
    publish(owner)
    version = Version.across.get()
    pointers = set(Fragment.across.filter(version=version).values_list("pointer", flat=True))
    assert {
        "#/paths/~1orders~1{id}",
        "#/paths/~1orders~1{id}/get",
        "#/paths/~1orders/post",
        "#/components/schemas/Order",
    } <= pointers
    operation = Operation.across.get(key="GET /orders/{}")
    needed = Fragment.across.filter(version=version, pointer_hash__in=operation.needs)
    assert {f.pointer for f in needed} == {
        "#/paths/~1orders~1{id}",
        "#/paths/~1orders~1{id}/get",
        "#/components/schemas/Order",
        "#/components/schemas/Customer",
        "#/components/schemas/Address",
    }
    body = Fragment.across.get(pointer="#/components/schemas/Order").body
    assert list(json.loads(body)["properties"]) == ["id", "total", "customer"]
    assert json.loads(Example.across.get().value) == {"id": "o1", "total": 12.5}


def test_an_example_that_breaks_its_schema_is_stored_with_the_problem(owner: Actor) -> None:
    document = shop_document()
    content = document["paths"]["/orders/{id}"]["get"]["responses"]["200"]["content"]
    content["application/json"]["examples"]["broken"] = {"value": {"id": 7}}
    report = publish(owner, json.dumps(document).encode())
    stored = dict(Example.across.values_list("name", "problem"))
    assert stored == {"plain": "", "broken": "id: must be string"}
    assert "example-breaks-schema" in [finding.rule for finding in report.findings]


def test_the_problem_of_a_messages_example_names_its_part(owner: Actor) -> None:
    document = json.loads(events())
    message = document["components"]["messages"]["OrderPlaced"]
    message["examples"].append({"name": "odd", "payload": {"orderId": 1}})
    publish(owner, json.dumps(document).encode(), slug="order-events")
    assert "payload: orderId: must be string" in Example.across.values_list("problem", flat=True)


def test_it_writes_the_log_and_the_event_with_the_change(owner: Actor) -> None:
    publish(owner)
    entry = AuditEntry.objects.get(action="version.published")
    assert entry.target == "version:shop/1.0.0"
    assert OutboxEvent.objects.get(kind="version.published").data["api"] == "shop"
    assert owner.tenant_id is not None
    assert verify_chain(owner.tenant_id).intact


def test_it_works_within_the_tenants_scope_under_row_level_security(owner: Actor) -> None:
    assert owner.tenant_id is not None
    with tenant_scope(owner.tenant_id, owner.id):
        publish(owner)
        publish(owner, without_get("2.0.0"), version="2.0.0")
    assert Version.across.count() == 2


def test_h65_the_same_bytes_again_change_nothing(owner: Actor) -> None:
    first = publish(owner)
    again = publish(owner)
    assert (first.created, again.created) == (True, False)
    assert again.operations == first.operations
    assert again.digest == first.digest
    assert Version.across.count() == 1
    assert OutboxEvent.objects.filter(kind="version.published").count() == 1


def test_other_bytes_under_a_version_that_stands_are_refused(owner: Actor) -> None:
    publish(owner)
    with pytest.raises(Conflict) as caught:
        publish(owner, shop(title="Other"), version="1.0.0")
    assert caught.value.type == "version-exists"
    assert Version.across.count() == 1


def test_a_dry_run_gives_the_whole_report_and_stores_nothing(owner: Actor) -> None:
    publish(owner)
    report = publish(owner, without_get("2.0.0"), version=None, dry_run=True)
    assert (report.version, report.dry_run, report.breaking) == ("2.0.0", True, True)
    assert report.base == "1.0.0"
    assert Version.across.count() == 1
    assert OutboxEvent.objects.filter(kind="version.published").count() == 1


def test_a_breaking_change_under_the_same_major_version_names_who_breaks(owner: Actor) -> None:
    publish(owner)
    with pytest.raises(Conflict) as caught:
        publish(owner, without_get("1.1.0"), version="1.1.0")
    assert caught.value.type == "breaking-change-not-acknowledged"
    report = caught.value.extra["report"]
    assert report["acknowledgement"]["missing"] == ["unobserved"]
    assert report["impact"][0]["consumers"] == "unknown"
    done = publish(owner, without_get("1.1.0"), version="1.1.0", acknowledge=["Unobserved"])
    assert done.created


def test_a_breaking_change_under_a_new_major_version_needs_no_acknowledgement(
    owner: Actor,
) -> None:
    publish(owner)
    report = publish(owner, without_get("2.0.0"), version="2.0.0")
    assert report.created
    assert report.breaking
    served = Api.across.get().served_version
    assert served is not None
    assert served.version == "2.0.0"
    assert Operation.across.filter(served=True).count() == 1


def test_a_version_below_the_highest_is_compared_downwards_and_not_served(owner: Actor) -> None:
    publish(owner)
    publish(owner, without_get("2.0.0"), version="2.0.0")
    report = publish(owner, shop("1.5.0"), version="1.5.0")
    assert report.base == "1.0.0"
    served = Api.across.get().served_version
    assert served is not None
    assert served.version == "2.0.0"


def test_events_are_published_like_calls(owner: Actor) -> None:
    report = publish(owner, events(), slug="order-events")
    assert (report.format, report.format_version, report.operations) == ("asyncapi", "3.0.0", 2)
    assert [o.method for o in Operation.across.all()] == ["SEND", "RECEIVE"]
    assert {o.group for o in Operation.across.all()} == {"Kafka"}


def test_only_owners_of_the_team_publish(company: Company) -> None:
    for person in (company.developer, company.finance, company.admin):
        with pytest.raises(Forbidden):
            publish(company.actor(person))
    publish(company.actor(company.owner))
    with pytest.raises(Forbidden):
        publish(company.actor(company.outsider), shop("2.0.0"), version="2.0.0")


@pytest.mark.parametrize("slug", ["Shop", "a b", "-shop", "shop-", "search", "é", "x" * 81])
def test_a_name_that_is_no_slug_is_refused_at_its_field(owner: Actor, slug: str) -> None:
    with pytest.raises(Invalid) as caught:
        publish(owner, slug=slug)
    assert caught.value.errors[0].pointer == "/slug"


def test_a_wrong_document_is_refused_with_pointer_and_line(owner: Actor) -> None:
    document = shop_document()
    document["paths"]["orders"] = {}
    with pytest.raises(Invalid) as caught:
        publish(owner, json.dumps(document, indent=1).encode())
    problem = caught.value
    assert problem.type == "document-invalid"
    assert problem.errors[0].pointer == "/paths/orders"
    assert problem.extra["places"][0]["line"] > 1


def test_text_that_is_no_document_is_refused_with_its_line(owner: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        publish(owner, b"openapi: 3.1.0\ninfo: [\n")
    assert caught.value.extra["places"][0]["line"] >= 2


def test_h46_a_document_over_the_limit_is_refused_before_it_is_read(owner: Actor) -> None:
    with pytest.raises(TooLarge):
        publish(owner, b" " * 50_000_001)


def test_h48_markdown_and_titles_are_made_harmless(owner: Actor) -> None:
    script = "<script>alert(1)</script>"
    document = shop_document(title=f"Shop {script}")
    document["info"]["description"] = f"{script} [x](javascript:alert(1)) <svg onload=alert(1)>"
    document["paths"]["/orders"]["post"]["description"] = f"**Bold** {script}"
    report = publish(owner, json.dumps(document).encode())
    api = Api.across.get(slug=report.api)
    operation = Operation.across.get(key="POST /orders")
    for html in (api.description_html, operation.description_html):
        assert "<script" not in html
        assert 'href="javascript' not in html
        assert "<svg" not in html
    assert "<strong>Bold</strong>" in operation.description_html


def test_every_valid_document_of_the_shelf_is_published(owner: Actor, specs: Any) -> None:
    entries = json.loads((specs / "index.json").read_text())["valid"]
    smallest = sorted(entries, key=lambda entry: entry["bytes"])[:45]
    for number, entry in enumerate(smallest):
        report = publish_version(
            actor=owner,
            data=(specs / entry["file"]).read_bytes(),
            slug=f"real-{number}",
            version="1",
        )
        assert report.created, entry["file"]
        assert report.format == entry["kind"], entry["file"]
        stored = Version.across.get(api__slug=f"real-{number}")
        assert stored.operations.count() == report.operations == stored.operation_count
