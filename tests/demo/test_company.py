"""The demo's company holds together: everything that is named exists."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from catalog.capabilities import BY_ID
from marketplace.demo import company
from marketplace.demo.company.records import Application
from tests.demo.test_documents import operations

TEAMS = {team.slug: team for team in company.TEAMS}
APIS = {api.slug: api for api in company.APIS}


def test_three_tenants_have_four_teams_each_with_an_owner() -> None:
    per_tenant = Counter(team.tenant for team in company.TEAMS)
    assert per_tenant == {tenant.slug: 4 for tenant in company.TENANTS}
    assert len(TEAMS) == len(company.TEAMS)
    owned = {team for person in company.PEOPLE for team, role in person.teams if role == "owner"}
    assert owned == set(TEAMS)


def test_there_is_a_person_for_each_role_in_each_tenant() -> None:
    for tenant in company.TENANTS:
        people = [person for person in company.PEOPLE if person.tenant == tenant.slug]
        assert {"member", "finance", "admin"} <= {person.role for person in people}
        assert {"member", "owner"} <= {role for person in people for _, role in person.teams}
        assert [account for account in company.SERVICE_ACCOUNTS if account.tenant == tenant.slug]
    assert [person for person in company.PEOPLE if person.platform_admin]


def test_people_belong_to_teams_of_their_own_tenant_and_have_addresses_that_cannot_exist() -> None:
    for person in company.PEOPLE:
        assert person.email.endswith(".example")
        assert all(TEAMS[team].tenant == person.tenant for team, _ in person.teams)
    assert len({person.email for person in company.PEOPLE}) == len(company.PEOPLE)


def test_every_api_has_an_owner_capabilities_and_versions_in_order() -> None:
    assert len(APIS) == len(company.APIS) >= 30
    for api in company.APIS:
        assert api.team in TEAMS
        assert api.capabilities
        assert set(api.capabilities) <= set(BY_ID)
        ages = [version.published_days_ago for version in api.versions]
        assert ages == sorted(ages, reverse=True)


def test_prices_are_exact_and_tiers_get_cheaper() -> None:
    for api in company.APIS:
        assert api.plans
        for plan in api.plans:
            assert Decimal(plan.flat_monthly) >= 0
            for price in plan.prices:
                steps = [Decimal(price.amount), *(Decimal(each) for _, each in price.tiers)]
                assert steps == sorted(steps, reverse=True)
                assert [start for start, _ in price.tiers] == sorted(
                    start for start, _ in price.tiers
                )


@pytest.mark.parametrize("application", company.APPLICATIONS, ids=lambda each: each.slug)
def test_an_application_calls_operations_that_exist(application: Application) -> None:
    assert application.team in TEAMS
    accounts = {account.slug for account in company.SERVICE_ACCOUNTS}
    assert application.service_account is None or application.service_account in accounts
    for use in application.uses:
        api = APIS[use.api]
        files = {version.version: version.file for version in api.versions}
        known = set(operations(f"{use.api}/{files[use.version]}").values())
        assert {name for name, _ in use.operations} <= known
        assert sum(share for _, share in use.operations) == pytest.approx(1)
        assert use.rhythm in company.RHYTHMS
        assert use.plan in {plan.slug for plan in api.plans}
        assert use.daily_calls > 0


def test_rhythms_cover_the_day_and_the_week() -> None:
    for rhythm in company.RHYTHMS.values():
        assert len(rhythm.hours) == 24
        assert len(rhythm.days) == 7
        assert sum(rhythm.hours) > 0


def test_every_tenant_calls_every_tenant_and_one_api_is_on_its_way_out() -> None:
    crossing = {
        (TEAMS[application.team].tenant, TEAMS[APIS[use.api].team].tenant)
        for application in company.APPLICATIONS
        for use in application.uses
    }
    tenants = {tenant.slug for tenant in company.TENANTS}
    assert {(caller, owner) for caller in tenants for owner in tenants} <= crossing
    assert {api.lifecycle for api in company.APIS} >= {"active", "deprecated"}
