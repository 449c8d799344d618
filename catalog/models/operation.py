"""What an API can do: operations, the pieces of the document they show, and examples."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models.api import Api
from catalog.models.version import Version
from marketplace.tenants.models import TenantOwned


class Operation(TenantOwned):
    """An HTTP operation or an AsyncAPI operation of one version.

    `key` stays the same across versions (`get /orders/{}`, `send orders.placed`); `slug` is its
    name in addresses. `served` marks the rows of the version that callers get, for the edge; search
    has rows of its own for them (SearchEntry).
    """

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="operations")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="operations")
    key = models.CharField(max_length=600)
    slug = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, help_text="http, webhook, callback, send or receive")
    method = models.CharField(max_length=10, help_text="GET …, SEND, RECEIVE")
    path = models.TextField(help_text="The path template, or the channel's address")
    operation_id = models.CharField(max_length=255, blank=True)
    title = models.CharField(max_length=300, help_text="The summary, or words made of its id")
    summary = models.TextField(blank=True)
    description_html = models.TextField(blank=True, help_text="Sanitised at publish")
    group = models.CharField(max_length=200, blank=True, help_text="Its place in the tree")
    tags = ArrayField(models.CharField(max_length=200), default=list)
    deprecated = models.BooleanField(default=False)
    protocol = models.CharField(max_length=40, blank=True)
    pointer = models.TextField(help_text="JSON pointer (RFC 6901) into the document")
    security = models.JSONField(default=list)
    fields = models.TextField(blank=True, help_text="Names of parameters and schema fields")
    needs = ArrayField(
        models.UUIDField(), default=list, help_text="Hashes of the fragments its page draws"
    )
    served = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "slug"], name="operation_slug_once"),
            models.UniqueConstraint(fields=["version", "position"], name="operation_place_once"),
        ]
        indexes = [
            models.Index(fields=["version", "key"], name="operation_by_key"),
            models.Index(
                fields=["api", "position"],
                condition=models.Q(served=True),
                name="operation_served",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Fragment(TenantOwned):
    """One piece of a version's document that others refer to: an operation, a path's own part, a
    component, a channel. Pages read these, so that none parses the whole document."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="fragments")
    pointer = models.TextField(help_text="JSON pointer (RFC 6901) with its #")
    pointer_hash = models.UUIDField(help_text="MD5 of the pointer, which may be long")
    body = models.TextField(help_text="JSON, its keys in the author's order")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version", "pointer_hash"], name="fragment_pointer_once"
            )
        ]

    def __str__(self) -> str:
        return self.pointer


class Example(TenantOwned):
    """A sample that the document gives for a request, an answer or a message."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="examples")
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="examples")
    place = models.CharField(max_length=10, help_text="request, response or message")
    status = models.CharField(max_length=10, blank=True, help_text="200, 4XX, default")
    media = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=200, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    value = models.TextField(help_text="As it goes over the wire")
    position = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True, help_text="Why it does not satisfy its schema")

    class Meta(TenantOwned.Meta):
        ordering = ["position"]
        indexes = [models.Index(fields=["operation", "position"], name="example_by_operation")]

    def __str__(self) -> str:
        return self.name or self.place
