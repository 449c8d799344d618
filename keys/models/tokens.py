"""Signing keys of exchanged tokens, and the outer identities that may be exchanged."""

from django.db import models

from keys.models.applications import Application
from marketplace import clock
from marketplace.tenants.models import ServiceAccount, TenantOwned


class SigningKey(models.Model):
    """An ES256 key pair. `private` is encrypted (keys.signing); several overlap in the JWKS."""

    class State(models.TextChoices):
        NEXT = "next", "Published, signs later"
        ACTIVE = "active", "Signs"
        RETIRED = "retired", "Verifies until removed"

    kid = models.CharField(max_length=60, primary_key=True)
    public_jwk = models.JSONField()
    private = models.BinaryField()
    state = models.CharField(max_length=8, choices=State)
    created_at = models.DateTimeField(default=clock.now)
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="active"), name="one_key_signs"
            )
        ]

    def __str__(self) -> str:
        return self.kid


class WorkloadIdentity(TenantOwned):
    """A CI workload of an outer OIDC issuer that may act as a service account.

    Issuer and subject are pinned: `subject_pattern` matches the whole `sub`, `*` one segment.
    """

    service_account = models.ForeignKey(
        ServiceAccount, on_delete=models.CASCADE, related_name="workload_identities"
    )
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=120)
    issuer = models.URLField(max_length=300)
    audience = models.CharField(max_length=300)
    subject_pattern = models.CharField(max_length=300)
    jwks = models.JSONField(help_text="The issuer's public keys, pinned")
    created_at = models.DateTimeField(default=clock.now)
    disabled_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "audience", "subject_pattern"], name="workload_identity_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class UsedTokenId(models.Model):
    """A `jti` that was exchanged and is never taken again."""

    issuer = models.CharField(max_length=300)
    jti = models.CharField(max_length=300)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "jti"], name="token_id_used_once")]
        indexes = [models.Index(fields=["expires_at"], name="used_token_ids_by_end")]

    def __str__(self) -> str:
        return self.jti
