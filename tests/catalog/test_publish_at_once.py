"""Several publishes of one version in the same moment (HOSTILE 65)."""

import threading

import pytest
from django.db import connection

from catalog.models import Api, Version
from catalog.publish import PublishReport
from marketplace.errors import Conflict, Problem
from marketplace.tenants.actor import Actor
from tests.catalog.shop import publish, shop
from tests.company import Company

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(actor: Actor, documents: list[bytes]) -> list[PublishReport | Problem]:
    """What each of the publishes came to."""
    start = threading.Barrier(len(documents))
    outcomes: list[PublishReport | Problem] = []

    def run(data: bytes) -> None:
        start.wait()
        try:
            outcomes.append(publish(actor, data, version="1.0.0"))
        except Problem as problem:
            outcomes.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(data,)) for data in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_h65_of_two_publishes_with_different_bytes_one_wins(company: Company) -> None:
    documents = [shop(title=f"Shop {number}") for number in range(3)]
    outcomes = at_once(company.actor(company.owner), documents)
    won = [each for each in outcomes if isinstance(each, PublishReport)]
    lost = [each for each in outcomes if isinstance(each, Conflict)]
    assert (len(won), len(lost)) == (1, 2)
    assert {each.type for each in lost} == {"version-exists"}
    assert Version.across.get().digest == won[0].digest
    assert Api.across.count() == 1


def test_h65_of_two_publishes_with_the_same_bytes_one_makes_it(company: Company) -> None:
    outcomes = at_once(company.actor(company.owner), [shop()] * 3)
    assert sorted(each.created for each in outcomes if isinstance(each, PublishReport)) == [
        False,
        False,
        True,
    ]
    assert Version.across.count() == 1
