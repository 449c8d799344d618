"""REST paths under /api/v1."""

from django.urls import path

from marketplace.tenants import api

urlpatterns = [
    path("tenants", api.Tenants.as_view(), name="api-tenants"),
    path("tenants/<str:slug>/members", api.TenantMembers.as_view(), name="api-tenant-members"),
    path("teams", api.Teams.as_view(), name="api-teams"),
    path("teams/<str:slug>", api.OneTeam.as_view(), name="api-team"),
    path("teams/<str:slug>/members/<uuid:member_id>", api.TeamMembers.as_view()),
    path("members", api.Members.as_view(), name="api-members"),
    path("members/<uuid:member_id>", api.OneMember.as_view(), name="api-member"),
    path("service-accounts", api.ServiceAccounts.as_view(), name="api-service-accounts"),
    path("service-accounts/<uuid:account_id>", api.OneServiceAccount.as_view()),
    path("service-accounts/<uuid:account_id>/tokens", api.AccountTokens.as_view()),
    path(
        "service-accounts/<uuid:account_id>/tokens/<uuid:token_id>", api.OneAccountToken.as_view()
    ),
]
