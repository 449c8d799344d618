"""Asking for access: what is given at once, what waits, what is refused."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from billing.models import Price, Quota, RateCard
from catalog.models import Plan
from keys import secrets
from keys.grants import request_access
from keys.limits import follow_prices
from keys.models import AccessRequest, Grant, Key, Revocation
from keys.models.access import MAX_LIFE
from keys.peppers import load_peppers
from keys.reactions import follow_a_price
from keys.terms import read_terms
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Forbidden, Invalid
from marketplace.events.models import OutboxEvent
from marketplace.policy.models import PolicyDecision
from marketplace.tenants.models import Tenant
from marketplace.tenants.scope import tenant_scope
from tests.company import Company
from tests.keys.makers import ask, make_api, make_application

pytestmark = pytest.mark.django_db


def test_gives_a_key_at_once_when_the_policy_allows(company: Company) -> None:
    given = ask(company, make_api(company.owners))
    assert given.decision.outcome == "allow"
    assert given.grant is not None
    assert given.grant.state == Grant.State.ACTIVE
    assert given.ttl == timedelta(days=30)
    assert given.key is not None
    key = Key.across.get()
    parsed = secrets.parse(given.key.secret)
    assert parsed is not None
    assert parsed.public_id == key.public_id
    pepper = load_peppers(settings.MARKETPLACE_HOME)[key.pepper_version]
    assert bytes(key.digest) == secrets.digest(parsed, pepper)
    assert (key.environment, key.mock, key.state) == ("live", False, "active")
    assert given.grant.limits == {"rate": {"per_second": 10, "burst": 20}}
    assert [scope.operation_key for scope in given.grant.scopes.all()] == ["*"]
    assert AccessRequest.across.get().state == AccessRequest.State.GIVEN


def test_tells_the_edges_the_log_and_the_outbox_in_one_transaction(company: Company) -> None:
    given = ask(company, make_api(company.owners))
    assert given.key is not None
    row = Revocation.objects.get()
    assert (row.kind, row.key_id) == ("key", given.key.key.id)
    kinds = set(OutboxEvent.objects.values_list("kind", flat=True))
    assert kinds >= {"application.changed", "key.issued", "grant.began"}
    entry = AuditEntry.objects.get(action="access.given")
    assert entry.details["key"] == given.key.key.public_id
    assert given.key.secret not in str([*OutboxEvent.objects.values(), entry.details])


def test_waits_with_a_key_that_the_mock_answers_and_names_the_smallest_change(
    company: Company,
) -> None:
    waiting = ask(company, make_api(company.owners, risk="medium"), ttl="30d")
    assert waiting.decision.outcome == "wait"
    assert waiting.decision.fix == "Ask for 7 days or less, and it is given at once."
    assert waiting.grant is not None
    assert waiting.grant.state == Grant.State.PENDING
    assert waiting.key is not None
    assert waiting.key.key.mock
    assert waiting.request is not None
    assert waiting.request.state == AccessRequest.State.WAITING
    event = OutboxEvent.objects.get(kind="access.waiting")
    assert event.tenant_id == company.tenant.id


def test_a_denied_request_makes_no_grant_and_no_key(company: Company) -> None:
    denied = ask(company, make_api(company.owners, lifecycle="retired"))
    assert (denied.decision.outcome, denied.decision.rule) == (
        "deny",
        "a-retired-api-gives-no-keys",
    )
    assert (denied.grant, denied.key) == (None, None)
    assert not Key.across.exists()
    assert AccessRequest.across.get().state == AccessRequest.State.DENIED


def test_without_a_life_the_longest_that_is_given_at_once_is_taken(company: Company) -> None:
    lives = {
        slug: ask(company, make_api(company.owners, slug, **fields), purpose="audit").ttl
        for slug, fields in {
            "a": {"data_class": "public"},
            "b": {"risk": "medium"},
            "c": {"risk": "high"},
            "d": {"data_class": "confidential"},
            "e": {"data_class": "restricted"},
        }.items()
    }
    assert {slug: life.days for slug, life in lives.items()} == {
        "a": 90,
        "b": 7,
        "c": 30,
        "d": 7,
        "e": 1,
    }


@pytest.mark.parametrize("data_class", list(MAX_LIFE))
def test_h24_a_life_over_the_class_maximum_zero_negative_or_absurd_is_refused_at_the_field(
    company: Company, data_class: str
) -> None:
    api = make_api(company.owners, data_class=data_class)
    over = int(MAX_LIFE[data_class].total_seconds()) + 1
    for ttl in (over, 0, -5, 10**18, "0d", "-1", "soon"):
        with pytest.raises(Invalid) as refused:
            ask(company, api, ttl=ttl, purpose="audit")
        assert [error.pointer for error in refused.value.errors] == ["/ttl"]
    assert not Key.across.exists()
    kept = PolicyDecision.across.get()
    assert kept.outcome == "deny"


def test_the_database_refuses_a_grant_that_outlives_its_data_class(company: Company) -> None:
    given = ask(company, make_api(company.owners))
    assert given.grant is not None
    assert given.grant.expires_at is not None
    given.grant.expires_at += timedelta(seconds=1)
    with pytest.raises(IntegrityError, match="data_class"), transaction.atomic():
        given.grant.save()


def test_restricted_data_needs_a_purpose_named_at_its_field(company: Company) -> None:
    api = make_api(company.owners, data_class="restricted")
    with pytest.raises(Invalid) as refused:
        ask(company, api, ttl="1h")
    assert refused.value.errors[0].pointer == "/purpose"
    assert ask(company, api, ttl="1h", purpose="court order 12").decision.outcome == "wait"


def test_the_preview_decides_the_same_and_makes_nothing(company: Company) -> None:
    api = make_api(company.owners, risk="high")
    application = make_application(company)
    events = OutboxEvent.objects.count()
    seen = request_access(
        actor=company.actor(company.developer),
        application=application,
        api=api,
        terms=read_terms(api),
        preview=True,
    )
    assert seen.decision.outcome == "wait"
    assert seen.decision.rule == "high-risk-waits-for-an-owner"
    assert not AccessRequest.across.exists()
    assert not PolicyDecision.across.exists()
    assert OutboxEvent.objects.count() == events


def test_scopes_are_operations_that_are_served_named_in_any_usual_way(company: Company) -> None:
    api = make_api(company.owners)
    wanted = ["get /orders", "orders:op2", "delete-3", "orders:get /orders"]
    assert read_terms(api, scopes=wanted).scopes == (
        "get /orders",
        "get /orders/{}",
        "delete /orders/{}",
    )
    assert read_terms(api, scopes=["orders:*", "op1"]).scopes == ("*",)
    with pytest.raises(Invalid) as refused:
        read_terms(api, scopes=["op1", "refunds:op1"], plan="gold", environment="prod", ttl="x")
    assert [error.pointer for error in refused.value.errors] == [
        "/scopes/1",
        "/plan",
        "/ttl",
        "/environment",
    ]


def test_a_plans_quota_becomes_a_hard_limit_of_the_access(company: Company) -> None:
    api = make_api(company.owners)
    Plan.across.filter(api=api).update(limits={"quota": 100, "quota_period": "day"})
    given = ask(company, api)
    assert given.grant is not None
    quota = Quota.across.get()
    assert (quota.subject_kind, quota.subject_id) == ("grant", given.grant.id)
    assert (quota.limit, quota.window, quota.hard) == (100, "day", True)
    ask(company, api, environment="sandbox")
    assert Quota.across.count() == 1


def test_the_dearest_call_is_reserved_in_the_payers_currency(company: Company) -> None:
    api = make_api(company.owners, risk="medium")
    Plan.across.filter(api=api).update(limits={"max_tokens": 1000})
    card = RateCard.across.create(
        tenant=company.tenant,
        api=api,
        currency="EUR",
        effective_from=clock.now(),
        risk_multipliers={"medium": "1.5"},
    )
    for meter, amount, per in (
        ("requests", 2000, 1),
        ("tokens_in", 3000, 1000),
        ("tokens_out", 9000, 1000),
    ):
        Price.across.create(
            tenant=company.tenant, card=card, meter=meter, amount_micros=amount, per=per
        )
    given = ask(company, api, ttl="1d")
    assert given.grant is not None
    assert given.grant.limits == {"reserve_micros": (2000 + 9000) * 3 // 2}
    Tenant.objects.update(currency="USD")
    again = ask(company, api, ttl="1d")
    assert again.grant is not None
    assert again.grant.limits == {}


def test_the_reserve_of_a_grant_follows_the_price_and_the_edges_are_told(company: Company) -> None:
    api = make_api(company.owners)
    Plan.across.filter(api=api).update(limits={"max_tokens": 1000, "rate_per_second": 5})

    def price_from(at: datetime, amount: int) -> None:
        card = RateCard.across.create(
            tenant=company.tenant, api=api, currency="EUR", effective_from=at
        )
        Price.across.create(
            tenant=company.tenant, card=card, meter="tokens_out", amount_micros=amount, per=1000
        )

    price_from(clock.now(), 3000)
    grant = ask(company, api, ttl="1d").grant
    assert grant is not None
    assert grant.limits["reserve_micros"] == 3000
    assert follow_prices() == 0
    price_from(clock.now(), 9000)
    price_from(clock.now() + timedelta(hours=1), 500)
    told = Revocation.objects.filter(kind="grant", subject_id=grant.id)
    before = told.count()
    follow_a_price(OutboxEvent(kind="price.changed", data={"api_id": str(api.id)}))
    grant.refresh_from_db()
    assert grant.limits == {"rate": {"per_second": 5, "burst": 5}, "reserve_micros": 9000}
    assert told.count() == before + 1
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert follow_prices() == 1
    grant.refresh_from_db()
    assert grant.limits["reserve_micros"] == 500


def test_fences_are_networks_and_countries(company: Company) -> None:
    api = make_api(company.owners)
    fences = {"cidrs": ["10.0.0.0/8"], "countries": ["de"]}
    given = ask(company, api, guardrails=fences)
    assert given.grant is not None
    assert given.grant.guardrails == {"cidrs": ["10.0.0.0/8"], "countries": ["DE"]}
    for wrong in ({"cidrs": ["10.0.0.1/8"]}, {"countries": ["Germany"]}, {"ips": ["::1"]}):
        with pytest.raises(Invalid):
            read_terms(api, guardrails=wrong)


def test_nobody_asks_for_an_application_of_another_team_or_tenant(company: Company) -> None:
    api = make_api(company.owners)
    application = make_application(company)
    other = ask(company, api, actor=company.actor(company.owner), application=application)
    assert (other.decision.outcome, other.decision.rule) == ("deny", "nothing-permits-this")
    with pytest.raises(Forbidden):
        ask(company, api, actor=company.actor(company.outsider), application=application)


def test_another_tenant_may_call_a_low_risk_api_and_both_see_the_grant(company: Company) -> None:
    api = make_api(company.owners)
    actor = company.actor(company.outsider)
    with tenant_scope(company.other.id):
        given = ask(company, api, actor=actor)
        assert given.decision.outcome == "allow"
        assert Grant.across.count() == 1
    with tenant_scope(company.tenant.id):
        assert Grant.across.get().owner_tenant_id == company.tenant.id
        assert Grant.objects.count() == 0
        assert Key.across.count() == 1
    medium = make_api(company.owners, "refunds", risk="medium")
    with tenant_scope(company.other.id):
        waiting = ask(company, medium, actor=actor, ttl="7d")
        assert waiting.decision.rule == "medium-risk-of-another-tenant-waits"


def test_h26_no_row_anywhere_holds_the_secret(company: Company) -> None:
    given = ask(company, make_api(company.owners))
    assert given.key is not None
    secret = secrets.parse(given.key.secret)
    assert secret is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{secret.secret}%"]
            )
            assert cursor.fetchone() == (0,), table
    assert given.key.secret not in repr(given)
