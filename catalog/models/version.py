"""A published version of an API, and the bytes it was published from."""

from django.db import models

from catalog.models.api import Api
from marketplace import clock
from marketplace.tenants.models import TenantOwned, User


class Format(models.TextChoices):
    """What a document is written in."""

    OPENAPI = "openapi", "OpenAPI"
    SWAGGER = "swagger", "Swagger"
    ASYNCAPI = "asyncapi", "AsyncAPI"


class State(models.TextChoices):
    """A withdrawn version stays readable and is offered no more."""

    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Version(TenantOwned):
    """One published document: never changed, only withdrawn."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=80)
    rank = models.CharField(max_length=200, help_text="Sorts as the versions follow each other")
    format = models.CharField(max_length=8, choices=Format)
    format_version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes, in hex")
    size = models.PositiveIntegerField(help_text="Bytes")
    media = models.CharField(max_length=80)
    title = models.CharField(max_length=500)
    state = models.CharField(max_length=9, choices=State, default=State.PUBLISHED)
    published_at = models.DateTimeField(default=clock.now)
    published_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_by_label = models.CharField(max_length=200, blank=True)
    grade = models.CharField(max_length=1, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 100")
    next_best_fix = models.JSONField(null=True, blank=True)
    operation_count = models.PositiveIntegerField(default=0)
    breaking_count = models.PositiveIntegerField(default=0)
    outline = models.JSONField(
        default=dict,
        help_text="What pages show of the document's head: servers, groups, contact, security",
    )

    class Meta(TenantOwned.Meta):
        ordering = ["-rank", "-published_at"]
        constraints = [
            models.UniqueConstraint(fields=["api", "version"], name="version_once_per_api"),
            models.CheckConstraint(
                condition=models.Q(format__in=Format.values), name="version_format_known"
            ),
        ]
        indexes = [models.Index(fields=["api", "-rank"], name="version_by_rank")]

    def __str__(self) -> str:
        return f"{self.api_id} {self.version}"


class Document(TenantOwned):
    """The bytes as they were sent, compressed; read for download and deep analysis only."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="document")
    content = models.BinaryField(help_text="The bytes as sent, by zlib")
    compact = models.BinaryField(help_text="The tree as compact JSON, by zlib")

    def __str__(self) -> str:
        return str(self.version_id)
