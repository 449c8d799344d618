"""Ctrl-K finds APIs, operations and places."""

import pytest
from django.test import Client

from catalog.publish import publish_version
from tests.company import Company

pytestmark = pytest.mark.django_db
DOCUMENT = b"""
openapi: 3.1.0
info: {title: Refunds, version: 1.0.0}
paths:
  /refunds:
    post:
      operationId: createRefund
      summary: Create a refund
      responses: {'201': {description: made}}
"""


@pytest.fixture
def client(company: Company) -> Client:
    publish_version(actor=company.actor(company.owner), data=DOCUMENT)
    client = Client()
    client.force_login(company.developer)
    return client


def test_it_finds_an_api_and_its_operation(client: Client) -> None:
    page = client.get("/palette?q=refund").content.decode()
    assert 'href="/apis/refunds"' in page
    assert "Create a refund" in page


def test_it_leads_to_places_without_a_word(client: Client) -> None:
    page = client.get("/palette").content.decode()
    assert 'href="/costs"' in page


def test_it_says_that_nothing_matches(client: Client) -> None:
    page = client.get("/palette?q=%3Cscript%3Ezzz").content.decode()
    assert "Nothing matches" in page
    assert "<script>" not in page
