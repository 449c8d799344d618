"""A person leaves, an application moves, a tenant closes: keys die or move at once."""

import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from keys.consents import give_consent
from keys.models import Key, Revocation
from keys.offboarding import application_moves, close_application, tenant_closes
from marketplace.errors import Conflict, Forbidden
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import deliver_due
from marketplace.tenants.accounts import disable_service_account
from marketplace.tenants.actor import actor_for_service, actor_for_user
from marketplace.tenants.members import remove_member
from marketplace.tenants.models import AccessToken, ServiceAccount
from marketplace.tenants.teams import rename_team
from marketplace.tenants.tokens import issue_token
from tests.company import Company, make_person
from tests.keys.makers import ask, make_api, make_application

pytestmark = pytest.mark.django_db


def states() -> set[str]:
    return set(Key.across.values_list("state", flat=True))


def test_h59_when_a_person_leaves_his_keys_tokens_and_agents_die_within_two_seconds(
    company: Company,
) -> None:
    api = make_api(company.owners)
    mine = ask(company, api)
    mate = make_person(company.tenant, "dan", teams={company.builders: "member"})
    theirs = ask(company, api, actor=actor_for_user(mate))
    agent = ServiceAccount.across.create(
        tenant=company.tenant, team=company.builders, slug="helper", name="Helper", kind="agent"
    )
    developer = company.actor(company.developer)
    given = give_consent(actor=developer, agent=agent, scopes=["orders:*"], life=timedelta(days=30))
    agents = ask(company, api, actor=actor_for_service(agent), application=given.application)
    issue_token(actor=developer, holder=company.developer, name="cli", ttl=timedelta(days=1))
    assert mine.key is not None
    assert theirs.key is not None
    assert agents.key is not None
    with pytest.raises(Forbidden):
        remove_member(actor=developer, user=mate, tenant_id=company.tenant.id)
    started = time.monotonic()
    ended = remove_member(
        actor=company.actor(company.admin), user=company.developer, tenant_id=company.tenant.id
    ).ended
    assert time.monotonic() - started < 2
    assert set(ended) == {mine.key.key.public_id, agents.key.key.public_id}
    assert Key.across.get(pk=theirs.key.key.pk).state == Key.State.ACTIVE
    told = set(Revocation.objects.values_list("key_id", flat=True))
    assert {mine.key.key.pk, agents.key.key.pk} <= told
    assert AccessToken.across.get().revoked_at is not None
    assert actor_for_user(company.developer).tenant_id is None


def test_h59_when_a_service_account_ends_its_keys_and_tokens_die_with_it(company: Company) -> None:
    api = make_api(company.owners)
    robot = ServiceAccount.across.create(
        tenant=company.tenant, team=company.builders, slug="ci", name="CI"
    )
    made = ask(company, api, actor=actor_for_service(robot))
    others = ask(company, api)
    admin = company.actor(company.admin)
    issue_token(actor=admin, holder=robot, name="ci", ttl=timedelta(days=1))
    assert made.key is not None
    assert others.key is not None
    assert disable_service_account(actor=admin, account=robot) == [made.key.key.public_id]
    assert Key.across.get(pk=others.key.key.pk).state == Key.State.ACTIVE
    assert AccessToken.across.get().revoked_at is not None


def test_a_team_s_new_cost_center_reaches_its_applications(company: Company) -> None:
    make_application(company)
    admin = company.actor(company.admin)
    rename_team(actor=admin, team=company.builders, cost_center="CC-9")
    while deliver_due():
        pass
    told = OutboxEvent.objects.filter(kind="application.changed").latest("sequence")
    assert told.data["cost_center"] == "CC-9"


def test_h59_when_a_tenant_closes_its_keys_and_all_keys_to_its_apis_die(company: Company) -> None:
    ours = make_api(company.owners)
    theirs = make_api(company.others, "routes")
    ask(company, ours)
    ask(company, theirs)
    ask(company, ours, actor=company.actor(company.outsider))
    kept = ask(company, make_api(company.others, "maps"), actor=company.actor(company.outsider))
    with pytest.raises(Forbidden):
        tenant_closes(actor=company.actor(company.admin), tenant=company.tenant)
    ended = tenant_closes(actor=company.actor(company.platform), tenant=company.tenant)
    assert len(ended) == 3
    assert kept.key is not None
    assert list(Key.across.filter(state="active")) == [kept.key.key]
    assert Revocation.objects.filter(kind="tenant", subject_id=company.tenant.id).exists()


def test_an_application_that_moves_keeps_its_keys_and_changes_who_pays(company: Company) -> None:
    application = make_application(company)
    ask(company, make_api(company.owners), application=application)
    admin = company.actor(company.admin)
    with pytest.raises(Forbidden):
        application_moves(
            actor=company.actor(company.developer), application=application, to=company.owners
        )
    with pytest.raises(Conflict):
        application_moves(actor=admin, application=application, to=company.others)
    application_moves(actor=admin, application=application, to=company.owners)
    assert states() == {"active"}
    assert Revocation.objects.filter(kind="application").exists()
    told = OutboxEvent.objects.filter(kind="application.changed").latest("sequence")
    assert told.data["team_id"] == str(company.owners.id)
    assert told.data["cost_center"] == "CC-payments"


def test_a_closed_application_ends_with_its_keys_and_asks_for_nothing(company: Company) -> None:
    application = make_application(company)
    api = make_api(company.owners)
    ask(company, api, application=application)
    assert (
        len(close_application(actor=company.actor(company.developer), application=application)) == 1
    )
    with pytest.raises(Forbidden):
        ask(company, api, application=application)


def test_the_command_offboards_a_person(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(company, make_api(company.owners))
    call_command("offboard", "--user", company.developer.email)
    assert "1 keys ended" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("offboard", "--user", "nobody@retail.example")
