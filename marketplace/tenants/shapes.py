"""What REST takes and gives of the organisation."""

from typing import Any

from rest_framework import serializers

from marketplace.rest.serializers import StrictSerializer
from marketplace.tenants.models import AccessToken, Member, ServiceAccount, Team, TeamMember, Tenant


class TenantIn(StrictSerializer):
    """A new tenant."""

    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=50, required=False, help_text="Made of the name")
    currency = serializers.CharField(max_length=3, required=False, help_text="ISO 4217; EUR")
    cost_center = serializers.CharField(max_length=40, required=False, allow_blank=True)
    admin = serializers.CharField(
        max_length=254, required=False, help_text="The e-mail address of its first admin"
    )
    join_as_admin = serializers.BooleanField(
        required=False, help_text="Whether you become its admin yourself"
    )


class TenantOut(serializers.ModelSerializer[Tenant]):
    """A tenant."""

    class Meta:
        model = Tenant
        fields = ["id", "slug", "name", "currency", "cost_center", "created_at", "closed_at"]


class TeamIn(StrictSerializer):
    """A new team of your tenant."""

    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=50, required=False, help_text="Made of the name")
    cost_center = serializers.CharField(max_length=40, required=False, allow_blank=True)
    join_as_owner = serializers.BooleanField(
        required=False, help_text="Whether you become its first owner"
    )


class TeamPatch(StrictSerializer):
    """What changes of a team; its slug stays."""

    name = serializers.CharField(max_length=120, required=False)
    cost_center = serializers.CharField(max_length=40, required=False, allow_blank=True)


class TeamOut(serializers.ModelSerializer[Team]):
    """A team."""

    class Meta:
        model = Team
        fields = ["id", "slug", "name", "cost_center", "created_at"]


class MemberIn(StrictSerializer):
    """Who joins. Somebody new gets an e-mail with a link to set a password."""

    email = serializers.CharField(max_length=254)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=Member.Role.values, required=False)


class MemberPatch(StrictSerializer):
    """Another role."""

    role = serializers.ChoiceField(choices=Member.Role.values)


class InTeamOut(serializers.ModelSerializer[TeamMember]):
    """A place in a team."""

    team = serializers.SlugField(source="team.slug")

    class Meta:
        model = TeamMember
        fields = ["team", "role"]


class MemberOut(serializers.ModelSerializer[Member]):
    """A member. `state` is invited until the person first signs in."""

    user = serializers.UUIDField(source="user_id")
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    state = serializers.SerializerMethodField()
    teams = InTeamOut(many=True)

    class Meta:
        model = Member
        fields = ["id", "user", "email", "name", "role", "state", "teams"]

    def get_state(self, member: Member) -> str:
        return state_of(member)


class PlaceIn(StrictSerializer):
    """What a member is in a team."""

    role = serializers.ChoiceField(choices=TeamMember.Role.values, required=False)


class AccountIn(StrictSerializer):
    """A new service account of a team."""

    team = serializers.CharField(max_length=50, help_text="The team's slug")
    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=50, required=False, help_text="Made of the name")
    kind = serializers.ChoiceField(choices=ServiceAccount.Kind.values, required=False)
    role = serializers.ChoiceField(choices=TeamMember.Role.values, required=False)


class AccountOut(serializers.ModelSerializer[ServiceAccount]):
    """A service account."""

    team = serializers.SlugField(source="team.slug")

    class Meta:
        model = ServiceAccount
        fields = ["id", "slug", "name", "team", "kind", "role", "disabled_at"]


class TokenIn(StrictSerializer):
    """A new token of a service account."""

    name = serializers.CharField(max_length=120)
    ttl = serializers.CharField(max_length=40, help_text="15m, 12h, 30d; at most 90 days")
    scopes = serializers.ListField(
        child=serializers.RegexField(r"^(\*|[a-z_]+:(read|write|\*))$", max_length=60),
        required=False,
        max_length=40,
        help_text="area:read or area:write; empty: all that its account may do",
    )


class TokenOut(serializers.ModelSerializer[AccessToken]):
    """A token, without its secret."""

    class Meta:
        model = AccessToken
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"]


class NewTokenOut(TokenOut):
    """With the `secret`, which is in this answer only."""

    secret = serializers.CharField(allow_null=True)

    class Meta(TokenOut.Meta):
        fields = [*TokenOut.Meta.fields, "secret"]


def state_of(member: Member) -> str:
    """`invited` until the person has signed in or set a password, then `active`."""
    user = member.user
    return "active" if user.last_login or user.has_usable_password() else "invited"


def new_token_shape(token: AccessToken, secret: str) -> dict[str, Any]:
    """A token with its secret, as REST answers it once."""
    return {**TokenOut(token).data, "secret": secret}
