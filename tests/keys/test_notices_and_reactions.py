"""What people are told, what follows the catalog, and what time alone brings about."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import RequestFactory

from billing.models import Budget, Quota
from catalog.extensions import actions_for
from keys.approvals import approve, deny
from keys.catalog_hooks import find_keys
from keys.leaks import Found, report_leaks
from keys.models import Grant, Key, Revocation
from keys.reactions import follow_classification
from keys.tasks import keep_access
from marketplace import clock
from marketplace.celery import app
from marketplace.events.outbox import deliver_due, emit
from marketplace.ids import new_id
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import tenant_scope
from tests.company import Company
from tests.keys.makers import ask, make_api

pytestmark = pytest.mark.django_db


def mails_to(address: str) -> list[str]:
    return [str(sent.subject) for sent in mail.outbox if sent.to == [address]]


def test_owners_hear_of_what_waits_and_the_requester_of_what_became_of_it(
    company: Company,
) -> None:
    api = make_api(company.owners, risk="high", name="Orders")
    first, second = ask(company, api), ask(company, api)
    deliver_due()
    asked = mails_to(company.owner.email)
    assert len(asked) == 2
    assert "asks for Orders" in asked[0]
    assert "/access/inbox/" in mail.outbox[0].body
    assert "mk_l_" not in "".join(str(sent.body) for sent in mail.outbox)
    assert first.request is not None
    assert second.request is not None
    approve(actor=company.actor(company.owner), request_id=first.request.id)
    deny(actor=company.actor(company.owner), request_id=second.request.id, note="use v2")
    deliver_due()
    told = mails_to(company.developer.email)
    assert [text.split(": ")[1] for text in told] == ["Approved", "Denied"]
    assert "use v2" in mail.outbox[-1].body


def test_a_name_with_a_line_break_makes_no_second_header(company: Company) -> None:
    api = make_api(company.owners, risk="high", name="Orders\nBcc: all@retail.example")
    ask(company, api)
    deliver_due()
    assert "\n" not in mail.outbox[0].subject


def test_h30_the_team_and_the_owners_hear_of_a_leak(company: Company) -> None:
    given = ask(company, make_api(company.others, "routes"))
    assert given.key is not None
    report_leaks(actor=Actor.system("scanner"), found=[Found(given.key.secret, url="pastebin")])
    deliver_due()
    assert any("leaked" in text for text in mails_to(company.developer.email))
    assert any("leaked" in text for text in mails_to(company.outsider.email))
    assert given.key.secret not in "".join(str(sent.body) for sent in mail.outbox)


def test_a_near_end_is_told_by_the_worker_and_ended_keys_are_marked(company: Company) -> None:
    given = ask(company, make_api(company.owners))
    assert given.key is not None
    with clock.frozen(given.key.key.expires_at - timedelta(days=2)):
        keep_access()
        deliver_due()
    assert any("ends soon" in text for text in mails_to(company.developer.email))
    with clock.frozen(given.key.key.expires_at + timedelta(hours=1)):
        keep_access()
    assert Key.across.get().state == Key.State.EXPIRED


def test_the_beat_knows_the_workers_part() -> None:
    app.finalize()
    assert "keep-access" in app.conf.beat_schedule or any(
        "keep-access" in str(entry) for entry in getattr(app, "_pending_periodic_tasks", [])
    )


def test_an_api_that_becomes_more_delicate_shortens_what_outlives_its_class(
    company: Company,
) -> None:
    api = make_api(company.owners, data_class="public")
    given = ask(company, api)
    assert given.ttl == timedelta(days=90)
    api.data_class, api.risk = "confidential", "high"
    api.save()
    assert follow_classification(api) == 1
    grant, key = Grant.across.get(), Key.across.get()
    assert (grant.data_class, grant.risk) == ("confidential", "high")
    assert key.expires_at - clock.now() <= timedelta(days=7)
    assert Revocation.objects.filter(kind="grant", subject_id=grant.id).exists()
    assert follow_classification(api) == 0


def test_the_edges_read_an_api_anew_when_the_catalog_says_it_changed(company: Company) -> None:
    api = make_api(company.owners)
    emit("api.updated", tenant_id=api.tenant_id, subject="api:orders", data={"api": "orders"})
    deliver_due()
    assert Revocation.objects.filter(kind="api", subject_id=api.id).exists()


def test_the_edges_hear_of_a_limit_in_the_transaction_that_changes_it(company: Company) -> None:
    with tenant_scope(company.tenant.id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE marketplace_web")
        budget = Budget.across.create(
            tenant=company.tenant,
            subject_kind="tenant",
            subject_id=company.tenant.id,
            amount_micros=1,
            currency="EUR",
        )
        quota = Quota.across.create(
            tenant=company.tenant,
            subject_kind="tenant",
            subject_id=company.tenant.id,
            limit=1,
            window="day",
        )
        Quota.across.update(limit=2)
        Quota.across.all().delete()
        Quota.across.create(
            tenant=company.tenant, subject_kind="grant", subject_id=new_id(), limit=1, window="day"
        )
        cursor.execute("RESET ROLE")
    told = Revocation.objects.filter(kind__in=["budget", "quota"]).order_by("seq")
    assert [(one.kind, one.subject_id) for one in told] == [
        ("budget", budget.id),
        *[("quota", quota.id)] * 3,
    ]


def test_the_main_button_says_what_is_true(company: Company) -> None:
    fresh = make_api(company.owners, "fresh")
    held = make_api(company.owners, "held")
    pending = make_api(company.owners, "pending", risk="high")
    retired = make_api(company.owners, "retired", lifecycle="retired")
    ask(company, held)
    with clock.frozen(clock.now() - timedelta(hours=2)):
        ask(company, pending)
    request = RequestFactory().get("/")
    request.actor = company.actor(company.developer)  # type: ignore[attr-defined]
    found = actions_for(request, [fresh, held, pending, retired])
    assert {found[api.id].label for api in (fresh, held)} == {"Get key", "Use key"}
    assert found[pending.id].label == "Pending, 2 h"
    assert found[pending.id].href.startswith("/access/requests/")
    assert not found[retired.id].primary
    request.actor = company.actor(company.outsider)  # type: ignore[attr-defined]
    assert actions_for(request, [held])[held.id].label == "Get key"


def test_the_palette_finds_my_keys_and_nobody_elses(company: Company) -> None:
    ask(company, make_api(company.owners, name="Orders"))
    request = RequestFactory().get("/")
    request.actor = company.actor(company.developer)  # type: ignore[attr-defined]
    assert [item.detail for item in find_keys(request, "orders").items] == ["Orders"]
    request.actor = company.actor(company.outsider)  # type: ignore[attr-defined]
    assert find_keys(request, "orders").items == []
