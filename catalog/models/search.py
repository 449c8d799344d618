"""What search looks in: a narrow row for each served operation, and the words that stand in any."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.api import Api
from catalog.models.operation import Operation
from marketplace.tenants.models import TenantOwned

PENDING_KB = 128  # what a query may have to read through that is not in the index yet


class SearchEntry(TenantOwned):
    """The words of one served operation. Apart from its operation, so that a search that matches
    thousands reads few pages; derived from it, and made anew by `reindex_search`."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="+")
    operation = models.OneToOneField(Operation, on_delete=models.CASCADE, related_name="+")
    length = models.PositiveSmallIntegerField(help_text="Words in the name: fewer say more")
    depth = models.PositiveSmallIntegerField(help_text="Words in the path")
    head = SearchVectorField(help_text="Weight A the name, B path, C summary, D tags")
    search = SearchVectorField(
        help_text="All of head, the schema's fields and the description, without weights"
    )

    class Meta(TenantOwned.Meta):
        indexes = [
            GinIndex(fields=["search"], name="search_by_words", gin_pending_list_limit=PENDING_KB),
        ]

    def __str__(self) -> str:
        return str(self.operation_id)


class SearchStem(models.Model):
    """A stem with its use. Apart from its words, so that counting rewrites no index. Belongs to no
    tenant: whoever may search reads all entries."""

    lexeme = models.CharField(max_length=40, primary_key=True)
    operations = models.IntegerField(default=0, help_text="How many served operations hold it")
    of_api = models.BooleanField(default=False, help_text="Stands in an API's name or summary")

    def __str__(self) -> str:
        return self.lexeme


class SearchWord(models.Model):
    """A word as people write it, and the stem it is found by. A word stays once it was seen; what
    counts is whether its stem is still in use."""

    word = models.CharField(max_length=40, primary_key=True)
    lexeme = models.CharField(max_length=40, help_text="Its stem")
    near = ArrayField(
        models.IntegerField(),
        default=list,
        help_text="Hashes of the word with up to two letters left out: what misspellings share",
    )

    class Meta:
        indexes = [GinIndex(fields=["near"], name="search_near_words")]

    def __str__(self) -> str:
        return self.word
