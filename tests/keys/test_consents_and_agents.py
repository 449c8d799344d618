"""An agent does what its human consented to, never more; all it holds ends with the consent."""

from datetime import timedelta

import pytest

from billing.models import Budget
from catalog.models import Api
from keys.applications import create_application
from keys.consents import give_consent, withdraw_consent
from keys.grants import AccessDecision, request_access
from keys.models import Consent, Grant, Key
from keys.terms import read_terms
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Forbidden, Invalid, NotFound
from marketplace.policy.models import PolicyDecision
from marketplace.tenants.actor import Actor, actor_for_service
from marketplace.tenants.models import ServiceAccount
from tests.company import Company
from tests.keys.makers import make_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(company: Company) -> ServiceAccount:
    return ServiceAccount.across.create(
        tenant=company.tenant, team=company.builders, slug="helper", name="Helper", kind="agent"
    )


def consent(company: Company, agent: ServiceAccount, *scopes: str, days: int = 30) -> Consent:
    return give_consent(
        actor=company.actor(company.developer),
        agent=agent,
        scopes=scopes,
        life=timedelta(days=days),
        budget_micros=5_000_000,
        purpose="triage",
    )


def agent_asks(agent: ServiceAccount, *scopes: str, ttl: str | None = None) -> AccessDecision:
    actor: Actor = actor_for_service(agent)
    api = Api.across.get(slug="orders")
    consent = Consent.across.filter(agent=agent).order_by("-id").first()
    own = consent.application if consent else None
    return request_access(
        actor=actor,
        application=own or create_application(actor=actor, name="Agent"),
        api=api,
        terms=read_terms(api, scopes=list(scopes), ttl=ttl),
    )


def test_under_a_consent_the_agent_gets_its_key_at_once(
    company: Company, agent: ServiceAccount
) -> None:
    make_api(company.owners)
    given = consent(company, agent, "orders:op0", "orders:op2")
    got = agent_asks(agent, "op0")
    assert got.decision.outcome == "allow"
    assert got.grant is not None
    assert got.grant.consent_id == given.id
    assert got.key is not None
    assert got.key.key.expires_at <= given.expires_at
    entry = AuditEntry.objects.get(action="consent.given")
    assert entry.details["scopes"] == ["orders:get /orders", "orders:get /orders/{}"]


def test_what_the_agent_spends_is_capped_at_the_edge_over_all_its_keys(
    company: Company, agent: ServiceAccount
) -> None:
    make_api(company.owners)
    given = consent(company, agent, "orders:*")
    budget = Budget.across.get()
    assert given.application is not None
    assert (budget.subject_kind, budget.subject_id) == ("application", given.application.id)
    assert (budget.amount_micros, budget.hard, budget.window) == (5_000_000, True, "month")
    assert given.application.name == "Helper for Dora"
    actor = actor_for_service(agent)
    other = create_application(actor=actor, name="Side door")
    with pytest.raises(Invalid) as refused:
        request_access(
            actor=actor,
            application=other,
            api=Api.across.get(),
            terms=read_terms(Api.across.get(), scopes=["op0"]),
        )
    assert refused.value.errors[0].pointer == "/application"


def test_h55_a_prompt_that_tells_the_agent_to_ask_for_more_is_refused_and_logged(
    company: Company, agent: ServiceAccount
) -> None:
    make_api(company.owners)
    consent(company, agent, "orders:op0")
    for wider in (["op1"], ["op0", "op3"], ["*"]):
        got = agent_asks(agent, *wider)
        assert got.decision.outcome == "deny"
        assert got.decision.rule == "an-agent-asks-within-its-consent"
        assert got.key is None
    kept = PolicyDecision.across.filter(actor_kind="agent", outcome="deny")
    assert kept.count() == 3
    assert not Key.across.exists()


def test_without_a_consent_in_force_the_agent_gets_nothing(
    company: Company, agent: ServiceAccount
) -> None:
    make_api(company.owners)
    assert agent_asks(agent, "op0").decision.rule == "an-agent-acts-under-consent"
    given = consent(company, agent, "orders:*", days=1)
    with clock.frozen(given.expires_at + timedelta(seconds=1)):
        assert agent_asks(agent, "op0").decision.rule == "an-agent-acts-under-consent"


def test_a_key_never_outlives_its_consent(company: Company, agent: ServiceAccount) -> None:
    make_api(company.owners)
    consent(company, agent, "orders:*", days=2)
    got = agent_asks(agent, "op0", ttl="3d")
    assert (got.decision.outcome, got.decision.rule) == (
        "deny",
        "an-agents-key-ends-with-its-consent",
    )
    assert got.decision.fix == ""


def test_withdrawing_ends_everything_under_the_consent(
    company: Company, agent: ServiceAccount
) -> None:
    make_api(company.owners)
    given = consent(company, agent, "orders:*")
    agent_asks(agent, "op0")
    agent_asks(agent, "op2")
    with pytest.raises(Forbidden):
        withdraw_consent(actor=company.actor(company.owner), consent_id=given.id)
    assert len(withdraw_consent(actor=company.actor(company.developer), consent_id=given.id)) == 2
    assert set(Key.across.values_list("state", flat=True)) == {Key.State.REVOKED}
    assert set(Grant.across.values_list("state", flat=True)) == {Grant.State.REVOKED}
    assert AuditEntry.objects.get(action="consent.withdrawn").details["why"] == "consent withdrawn"
    assert agent_asks(agent, "op0").decision.outcome == "deny"


def test_only_a_person_of_its_team_consents_to_an_agent_and_to_what_exists(
    company: Company, agent: ServiceAccount
) -> None:
    make_api(company.owners)
    wrong = [
        (company.actor(company.owner), ["orders:*"], Forbidden),
        (actor_for_service(agent), ["orders:*"], Forbidden),
        (company.actor(company.developer), ["orders:nothing"], Invalid),
        (company.actor(company.developer), ["nothing:*"], Invalid),
        (company.actor(company.developer), [], Invalid),
    ]
    for actor, scopes, error in wrong:
        with pytest.raises(error):
            give_consent(actor=actor, agent=agent, scopes=scopes, life=timedelta(days=1))
    with pytest.raises(NotFound):
        withdraw_consent(actor=company.actor(company.developer), consent_id=agent.id)
