"""Forms of the organisation's pages; what is right and wrong is the capabilities' question."""

from collections.abc import Sequence
from typing import Any

from django import forms

from marketplace.tenants.models import Member, ServiceAccount, Team, TeamMember

TEAM_ROLES = [
    (TeamMember.Role.MEMBER, "Member: asks for keys, sees the team's usage"),
    (TeamMember.Role.OWNER, "Owner: also publishes APIs and decides about access to them"),
]
ROLES = [
    (Member.Role.MEMBER, "Member: finds APIs, works in teams"),
    (Member.Role.FINANCE, "Finance: also sees and closes the tenant's money"),
    (Member.Role.ADMIN, "Admin: also looks after people, teams and service accounts"),
]


class TenantForm(forms.Form):
    """A new tenant."""

    name = forms.CharField(max_length=120, help_text="A business unit: Retail Banking")
    slug = forms.CharField(
        max_length=50, required=False, help_text="Its name in addresses; made of the name"
    )
    currency = forms.CharField(
        max_length=3,
        initial="EUR",
        help_text="What its costs are counted in (ISO 4217)",
    )
    cost_center = forms.CharField(max_length=40, required=False)
    join_as_admin = forms.BooleanField(
        required=False, label="I become its admin", help_text="You can leave later"
    )
    admin = forms.CharField(
        max_length=254,
        required=False,
        label="Another first admin",
        help_text="An e-mail address; who has no account yet gets a link to set a password",
    )


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(max_length=120, help_text="A team owns APIs and applications.")
    slug = forms.CharField(
        max_length=50, required=False, help_text="Its name in addresses; made of the name"
    )
    cost_center = forms.CharField(
        max_length=40, required=False, help_text="Where its use of APIs is booked"
    )
    join_as_owner = forms.BooleanField(
        required=False,
        initial=True,
        label="I become its first owner",
        help_text="Owners publish the team's APIs and decide about access to them.",
    )


class TeamChangeForm(forms.Form):
    """Another name or cost center."""

    name = forms.CharField(max_length=120)
    cost_center = forms.CharField(max_length=40, required=False)


class MemberForm(forms.Form):
    """Who joins."""

    email = forms.CharField(
        max_length=254,
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Who has no account yet gets a link to set a password.",
    )
    name = forms.CharField(max_length=120, required=False)
    role = forms.ChoiceField(choices=ROLES, initial=Member.Role.MEMBER, widget=forms.RadioSelect)


class RoleForm(forms.Form):
    """Another role in the tenant."""

    role = forms.ChoiceField(choices=ROLES, widget=forms.RadioSelect)


class PlaceForm(forms.Form):
    """A place in a team, from the member's page or from the team's."""

    team = forms.ChoiceField()
    member = forms.ChoiceField()
    role = forms.ChoiceField(
        choices=TEAM_ROLES, initial=TeamMember.Role.MEMBER, widget=forms.RadioSelect
    )

    def __init__(
        self,
        *args: Any,
        teams: Sequence[Team] | None = None,
        members: Sequence[Member] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if teams is None:
            del self.fields["team"]
        else:
            self.fields["team"].choices = [(t.slug, t.name) for t in teams]  # type: ignore[attr-defined]
        if members is None:
            del self.fields["member"]
        else:
            self.fields["member"].choices = [  # type: ignore[attr-defined]
                (str(m.id), f"{m.user.name} ({m.user.email})" if m.user.name else m.user.email)
                for m in members
            ]


class AccountForm(forms.Form):
    """A new service account."""

    name = forms.CharField(max_length=120, help_text="What it is, e.g. “CI of checkout”")
    team = forms.ChoiceField(help_text="It acts for this team.")
    slug = forms.CharField(
        max_length=50, required=False, help_text="Its name in addresses; made of the name"
    )
    kind = forms.ChoiceField(
        choices=[
            (ServiceAccount.Kind.SERVICE, "Service: CI, a gateway, a job"),
            (ServiceAccount.Kind.AGENT, "Agent: acts for a person who consents"),
        ],
        initial=ServiceAccount.Kind.SERVICE,
        widget=forms.RadioSelect,
    )
    role = forms.ChoiceField(
        choices=[
            (TeamMember.Role.MEMBER, "Member: asks for keys"),
            (TeamMember.Role.OWNER, "Owner: also publishes; an owner of the team makes one"),
        ],
        initial=TeamMember.Role.MEMBER,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [(team.slug, team.name) for team in teams]  # type: ignore[attr-defined]
