"""The Publish page: drop, see, confirm, publish."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.models import Upload, Version
from marketplace.tenants.scope import tenant_scope
from tests.catalog.shop import publish, shop, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def otto(company: Company) -> Client:
    client = Client()
    client.force_login(company.owner)
    return client


def drop(client: Client, data: bytes) -> str:
    """Drop a file; the address of its report."""
    answer = client.post("/publish", {"file": SimpleUploadedFile("shop.json", data)})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def test_a_dropped_file_is_published_in_two_steps(otto: Client) -> None:
    address = drop(otto, shop())
    report = otto.get(address).content.decode()
    assert 'value="shop"' in report
    assert 'value="1.0.0"' in report
    assert "Read an order" in report
    assert "/api/v1/apis/shop/versions" in report
    assert not Version.across.exists()
    done = otto.post(address, {"slug": "shop", "version": "1.0.0"})
    assert done["Location"] == "/apis/shop"
    assert Version.across.get().published_by_label == "Otto"
    assert not Upload.across.exists()
    assert otto.get(address).status_code == 410


def test_pasted_text_is_taken_too(otto: Client) -> None:
    answer = otto.post("/publish", {"text": shop().decode()})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Drop a file"),
        ({"url": "http://127.0.0.1:8080/x"}, "not a public address"),
        ({"url": "file:///etc/passwd"}, "valid URL"),
        ({"text": "   "}, "empty"),
    ],
)
def test_a_source_that_gives_nothing_is_told_at_its_field(
    otto: Client, form: dict[str, str], said: str
) -> None:
    answer = otto.post("/publish", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_names_are_confirmed_or_changed_before_anything_is_public(otto: Client) -> None:
    address = drop(otto, shop())
    part = otto.get(f"{address}?slug=store&version=2.0", headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'value="store"' in part.content
    wrong = otto.post(address, {"slug": "No Slug", "version": "1"})
    assert wrong.status_code == 422
    assert "lower-case letters" in wrong.content.decode()
    otto.post(address, {"slug": "store", "version": "2.0"})
    assert Version.across.get().api.slug == "store"


def test_a_wrong_document_shows_its_lines(otto: Client) -> None:
    address = drop(otto, b"openapi: 3.1.0\ninfo:\n  title: x\npaths: {}\n")
    answer = otto.get(address)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This cannot be published" in page
    assert "Line 2" in page
    assert "title: x" in page


def test_a_breaking_change_is_acknowledged_on_the_page(otto: Client, company: Company) -> None:
    publish(company.actor(company.owner))
    address = drop(otto, without_get("1.1.0"))
    assert 'value="unobserved"' in otto.get(address).content.decode()
    names = {"slug": "shop", "version": "1.1.0"}
    assert otto.post(address, names).status_code == 409
    done = otto.post(address, names | {"acknowledge": "unobserved"})
    assert done.status_code == 302
    assert Version.across.count() == 2


def test_who_owns_no_team_is_told_so(company: Company) -> None:
    client = Client()
    client.force_login(company.developer)
    assert "You own no team yet" in client.get("/publish").content.decode()
    address = drop(client, shop())
    assert client.post(address, {"slug": "shop", "version": "1.0.0"}).status_code == 403


def test_h18_what_one_dropped_nobody_else_sees(company: Company, otto: Client) -> None:
    address = drop(otto, shop())
    for person in (company.developer, company.outsider, company.admin):
        client = Client()
        client.force_login(person)
        assert client.get(address).status_code == 410
    with tenant_scope(company.other.id):
        assert Upload.across.count() == 0
