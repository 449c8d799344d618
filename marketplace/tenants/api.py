"""REST of the organisation: `/tenants`, `/teams`, `/members`, `/service-accounts`."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from marketplace.errors import Forbidden
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import checked
from marketplace.rest.views import RestView
from marketplace.tenants import durations, queries
from marketplace.tenants.accounts import (
    create_service_account,
    disable_service_account,
    issue_account_token,
)
from marketplace.tenants.founding import create_tenant
from marketplace.tenants.guards import check_leads
from marketplace.tenants.members import add_member, change_role, remove_member
from marketplace.tenants.shapes import (
    AccountIn,
    AccountOut,
    InTeamOut,
    MemberIn,
    MemberOut,
    MemberPatch,
    NewTokenOut,
    PlaceIn,
    TeamIn,
    TeamOut,
    TeamPatch,
    TenantIn,
    TenantOut,
    TokenIn,
    TokenOut,
    new_token_shape,
)
from marketplace.tenants.teams import create_team, put_in_team, rename_team, take_out_of_team
from marketplace.tenants.tokens import revoke_token


class OrganisationView(RestView):
    """Who there is; tokens need `organisation:read` or `organisation:write`."""

    area = "organisation"

    def page(self, request: Request, rows: Any, shape: type[BaseSerializer[Any]]) -> Response:
        """One page of rows."""
        page = CursorPage()
        found: Any = page.paginate_queryset(rows, request, view=self)
        return page.get_paginated_response(shape(found, many=True).data)


class Tenants(OrganisationView):
    """The tenants: all for platform admins, your own otherwise."""

    needs_tenant = False

    @extend_schema(operation_id="listTenants", responses=TenantOut(many=True))
    def get(self, request: Request) -> Response:
        return self.page(request, queries.tenants_for(self.actor), TenantOut)

    @extend_schema(operation_id="createTenant", request=TenantIn, responses={201: TenantOut})
    def post(self, request: Request) -> Response:
        made = create_tenant(actor=self.actor, **checked(TenantIn, request.data))
        return Response(TenantOut(made).data, status=201)


class TenantMembers(OrganisationView):
    """Add a member to any tenant, for platform admins: its first admin, say."""

    needs_tenant = False

    @extend_schema(operation_id="addTenantMember", request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, slug: str) -> Response:
        if not self.actor.is_platform_admin:
            raise Forbidden("A platform admin does this; for your own tenant use /members.")
        given = checked(MemberIn, request.data)
        joined = add_member(actor=self.actor, tenant=queries.find_tenant(slug), **given)
        return Response(MemberOut(joined.member).data, status=201)


class Teams(OrganisationView):
    """The teams of your tenant."""

    @extend_schema(operation_id="listTeams", responses=TeamOut(many=True))
    def get(self, request: Request) -> Response:
        return self.page(request, queries.teams_of(queries.tenant_of(self.actor).id), TeamOut)

    @extend_schema(operation_id="createTeam", request=TeamIn, responses={201: TeamOut})
    def post(self, request: Request) -> Response:
        given = checked(TeamIn, request.data)
        made = create_team(actor=self.actor, tenant=queries.tenant_of(self.actor), **given)
        return Response(TeamOut(made).data, status=201)


class OneTeam(OrganisationView):
    """One team."""

    @extend_schema(operation_id="getTeam", responses=TeamOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(TeamOut(queries.find_team(self.actor, slug)).data)

    @extend_schema(operation_id="changeTeam", request=TeamPatch, responses=TeamOut)
    def patch(self, request: Request, slug: str) -> Response:
        given = checked(TeamPatch, request.data)
        team = rename_team(actor=self.actor, team=queries.find_team(self.actor, slug), **given)
        return Response(TeamOut(team).data)


class TeamMembers(OrganisationView):
    """A member's place in a team."""

    @extend_schema(operation_id="putInTeam", request=PlaceIn, responses=InTeamOut)
    def put(self, request: Request, slug: str, member_id: UUID) -> Response:
        team = queries.find_team(self.actor, slug)
        member = queries.find_member(self.actor, member_id)
        given = checked(PlaceIn, request.data)
        place = put_in_team(actor=self.actor, team=team, member=member, **given)
        return Response(InTeamOut(place).data)

    @extend_schema(operation_id="takeOutOfTeam", responses={204: None})
    def delete(self, request: Request, slug: str, member_id: UUID) -> Response:
        team = queries.find_team(self.actor, slug)
        member = queries.find_member(self.actor, member_id)
        take_out_of_team(actor=self.actor, team=team, member=member)
        return Response(status=204)


class Members(OrganisationView):
    """The members of your tenant."""

    @extend_schema(operation_id="listMembers", responses=MemberOut(many=True))
    def get(self, request: Request) -> Response:
        return self.page(request, queries.members_of(queries.tenant_of(self.actor).id), MemberOut)

    @extend_schema(operation_id="addMember", request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request) -> Response:
        given = checked(MemberIn, request.data)
        joined = add_member(actor=self.actor, tenant=queries.tenant_of(self.actor), **given)
        return Response(MemberOut(joined.member).data, status=201)


class OneMember(OrganisationView):
    """One member: his role, or his end with all keys he made."""

    @extend_schema(operation_id="getMember", responses=MemberOut)
    def get(self, request: Request, member_id: UUID) -> Response:
        return Response(MemberOut(queries.find_member(self.actor, member_id)).data)

    @extend_schema(operation_id="changeMember", request=MemberPatch, responses=MemberOut)
    def patch(self, request: Request, member_id: UUID) -> Response:
        given = checked(MemberPatch, request.data)
        member = queries.find_member(self.actor, member_id)
        return Response(MemberOut(change_role(actor=self.actor, member=member, **given)).data)

    @extend_schema(operation_id="removeMember", responses={204: None})
    def delete(self, request: Request, member_id: UUID) -> Response:
        member = queries.find_member(self.actor, member_id)
        remove_member(actor=self.actor, user=member.user, tenant_id=member.tenant_id)
        return Response(status=204)


class ServiceAccounts(OrganisationView):
    """The service accounts of your tenant."""

    @extend_schema(operation_id="listServiceAccounts", responses=AccountOut(many=True))
    def get(self, request: Request) -> Response:
        rows = queries.accounts_of(queries.tenant_of(self.actor).id)
        return self.page(request, rows, AccountOut)

    @extend_schema(
        operation_id="createServiceAccount", request=AccountIn, responses={201: AccountOut}
    )
    def post(self, request: Request) -> Response:
        given = checked(AccountIn, request.data)
        team = queries.team_named(self.actor, given.pop("team"))
        made = create_service_account(actor=self.actor, team=team, **given)
        return Response(AccountOut(made).data, status=201)


class OneServiceAccount(OrganisationView):
    """One service account; deleting disables it, with its tokens and keys."""

    @extend_schema(operation_id="getServiceAccount", responses=AccountOut)
    def get(self, request: Request, account_id: UUID) -> Response:
        return Response(AccountOut(queries.find_account(self.actor, account_id)).data)

    @extend_schema(operation_id="disableServiceAccount", responses={204: None})
    def delete(self, request: Request, account_id: UUID) -> Response:
        account = queries.find_account(self.actor, account_id)
        disable_service_account(actor=self.actor, account=account)
        return Response(status=204)


class AccountTokens(OrganisationView):
    """The tokens of a service account, for its team's owners and the tenant's admins."""

    @extend_schema(operation_id="listServiceAccountTokens", responses=TokenOut(many=True))
    def get(self, request: Request, account_id: UUID) -> Response:
        account = queries.find_account(self.actor, account_id)
        check_leads(self.actor, account.team)
        return self.page(request, queries.tokens_of(account), TokenOut)

    @extend_schema(
        operation_id="issueServiceAccountToken", request=TokenIn, responses={201: NewTokenOut}
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        given = checked(TokenIn, request.data)
        ttl = durations.given(given.pop("ttl"), "/ttl")
        account = queries.find_account(self.actor, account_id)
        issued = issue_account_token(actor=self.actor, account=account, ttl=ttl, **given)
        return Response(new_token_shape(issued.token, issued.secret), status=201)


class OneAccountToken(OrganisationView):
    """One token."""

    @extend_schema(operation_id="revokeServiceAccountToken", responses={204: None})
    def delete(self, request: Request, account_id: UUID, token_id: UUID) -> Response:
        account = queries.find_account(self.actor, account_id)
        revoke_token(actor=self.actor, token=queries.find_account_token(account, token_id))
        return Response(status=204)
