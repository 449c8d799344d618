"""Who there is: people, tenants, teams, service accounts and their tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from marketplace import clock
from marketplace.ids import new_id
from marketplace.tenants.scope import current_scope


class UserManager(BaseUserManager["User"]):
    """Makes people, known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        flags = {"is_staff": True, "is_superuser": True, "is_platform_admin": True}
        return self.create_user(email, password, **flags | fields)


class User(AbstractUser):
    """A person. Signs in by e-mail; may be a member of several tenants."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_platform_admin = models.BooleanField(default=False)
    shortcuts = models.BooleanField(default=True, help_text="Single-key shortcuts (WCAG 2.1.4)")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_is_lower_case",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name().split()[0]


class TenantManager(models.Manager[Any]):
    """Sees the rows of the tenant in force; outside a tenant's scope, what the database shows."""

    def get_queryset(self) -> models.QuerySet[Any]:
        rows = super().get_queryset()
        scope = current_scope()
        if scope and scope.tenant_id and not scope.platform:
            return rows.filter(tenant_id=scope.tenant_id)
        return rows


class TenantOwned(models.Model):
    """A row of one tenant. `objects` is filtered by the tenant in force, `across` is not;
    row-level security stands behind both."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")

    across = models.Manager()
    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "across"
        default_manager_name = "across"


class Tenant(models.Model):
    """A business unit: the boundary of isolation, and who pays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")
    cost_center = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Team(TenantOwned):
    """Owns APIs and applications."""

    slug = models.SlugField()
    name = models.CharField(max_length=120)
    cost_center = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="team_slug_once_per_tenant")
        ]

    def __str__(self) -> str:
        return self.name


class Member(TenantOwned):
    """A person in a tenant, with a role for the whole of it."""

    class Role(models.TextChoices):
        MEMBER = "member", "Member"
        FINANCE = "finance", "Finance"
        ADMIN = "admin", "Tenant admin"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="member_once_per_tenant"),
            models.CheckConstraint(
                condition=models.Q(role__in=["member", "finance", "admin"]),
                name="member_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"


class TeamMember(TenantOwned):
    """A member in a team; owners publish its APIs and decide about access to them."""

    class Role(models.TextChoices):
        MEMBER = "member", "Member"
        OWNER = "owner", "Owner"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="teams")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["team", "member"], name="team_member_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["member", "owner"]), name="team_member_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member.user} in {self.team}"


class ServiceAccount(TenantOwned):
    """A program that acts for a team: CI, a gateway, an agent."""

    class Kind(models.TextChoices):
        SERVICE = "service", "Service"
        AGENT = "agent", "Agent"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="service_accounts")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SERVICE)
    role = models.CharField(max_length=10, choices=TeamMember.Role, default=TeamMember.Role.MEMBER)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "slug"], name="service_account_slug_once_per_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AccessToken(TenantOwned):
    """A bearer token for REST, personal or of a service account; only its digest is stored."""

    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    service_account = models.ForeignKey(
        ServiceAccount, null=True, blank=True, on_delete=models.CASCADE
    )
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list, help_text="Empty: all that its holder may do")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(service_account__isnull=True),
                name="token_of_one_holder",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="token_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def revoke(self) -> None:
        """End the token now; ending it twice keeps the first time."""
        if self.revoked_at is None:
            self.revoked_at = clock.now()
            self.save(update_fields=["revoked_at"])
