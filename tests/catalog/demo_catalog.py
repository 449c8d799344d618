"""The demo's catalog, published once for a whole module of tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from marketplace import clock
from marketplace.demo.apis import seed_apis, seed_news
from marketplace.demo.people import seed_people


@contextmanager
def demo_catalog() -> Iterator[None]:
    """Within, the demo's company and all its APIs stand; afterwards none of it does."""
    with transaction.atomic():
        now = clock.now()
        seed_people(now)
        seed_apis(now)
        seed_news(now)
        yield
        transaction.set_rollback(True)
