"""What people type finds what they mean, over the demo's whole catalog (relevance.py)."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from catalog.search.find import search_operations
from marketplace.tenants.actor import Actor
from tests.catalog.demo_catalog import demo_catalog
from tests.catalog.relevance import RELEVANCE

pytestmark = pytest.mark.django_db
AT = 5
ENOUGH = 0.95
Found = list[tuple[str, str]]


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), demo_catalog():
        yield


def found(q: str) -> Found:
    """The operations of an answer, read from top to bottom as REST and the page show them."""
    results = search_operations(actor=Actor.system(), q=q, limit=AT)
    return [
        (hit.api.slug, f"{operation.method} {operation.path}")
        for hit in results.apis
        for operation in hit.operations
    ]


def test_the_operation_meant_is_among_the_first_five() -> None:
    missed = {}
    for q, wanted in RELEVANCE:
        answer = found(q)
        if wanted not in answer[:AT]:
            missed[q] = (wanted, answer[:AT])
    recall = 1 - len(missed) / len(RELEVANCE)
    told = "\n".join(f"{q!r} wants {wanted}\n    {got}" for q, (wanted, got) in missed.items())
    assert recall >= ENOUGH, f"recall@{AT} is {recall:.3f}; missed:\n{told}"
