"""`manage.py reindex_search`: make search's index and lexicon anew."""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.search.index import reindex


class Command(BaseCommand):
    help = "Make what search looks in anew from the operations that are served."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reindex():,} operations are indexed.")
