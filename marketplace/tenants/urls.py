"""Pages of a person's settings, of the organisation, and of the platform's tenants."""

from django.urls import path

from marketplace.tenants import views
from marketplace.tenants.pages import accounts, people, switching, teams, tenants

urlpatterns = [
    path("settings/tokens", views.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke", views.revoke, name="token-revoke"),
    path("settings/tenant", switching.switch, name="switch-tenant"),
    path("settings/people", people.people, name="people"),
    path("settings/people/<uuid:member_id>", people.member, name="member"),
    path("settings/people/<uuid:member_id>/remove", people.remove, name="member-remove"),
    path("settings/people/<uuid:member_id>/teams", people.join_team, name="member-join-team"),
    path(
        "settings/people/<uuid:member_id>/teams/<slug:slug>/leave",
        people.leave_team,
        name="member-leave-team",
    ),
    path("settings/teams", teams.teams, name="teams"),
    path("settings/teams/<slug:slug>", teams.team, name="team"),
    path("settings/teams/<slug:slug>/members", teams.put, name="team-put"),
    path(
        "settings/teams/<slug:slug>/members/<uuid:member_id>/remove", teams.take, name="team-take"
    ),
    path("settings/service-accounts", accounts.accounts, name="service-accounts"),
    path("settings/service-accounts/<uuid:account_id>", accounts.account, name="service-account"),
    path(
        "settings/service-accounts/<uuid:account_id>/disable",
        accounts.disable,
        name="service-account-disable",
    ),
    path(
        "settings/service-accounts/<uuid:account_id>/tokens/<uuid:token_id>/revoke",
        accounts.revoke,
        name="service-account-revoke",
    ),
    path("admin-console/tenants", tenants.tenants, name="tenants"),
    path("admin-console/tenants/<slug:slug>", tenants.tenant, name="tenant"),
]
