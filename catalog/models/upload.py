"""A document between checking and publishing it on the page."""

from django.db import models

from marketplace import clock
from marketplace.tenants.models import TenantOwned, User


class Upload(TenantOwned):
    """Bytes that a person dropped, pasted or had fetched; kept for a day at most."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=500, help_text="The file's name or the address")
    content = models.BinaryField(help_text="The bytes as sent, by zlib")
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["created_at"], name="upload_by_age")]

    def __str__(self) -> str:
        return self.source

    @property
    def key(self) -> str:
        """The id as addresses write it."""
        return str(self.id)
