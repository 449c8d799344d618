"""Admins look after the whole; nobody else gets in."""

import pytest
from django.db import transaction
from django.test import Client

from marketplace.audit.record import record
from marketplace.events.models import OutboxEvent
from marketplace.tenants.actor import Actor
from tests.company import Company

pytestmark = pytest.mark.django_db
PAGES = ["/admin-console", "/admin-console/audit", "/admin-console/events"]


def signed_in(company: Company, who: str) -> Client:
    client = Client()
    client.force_login(getattr(company, who))
    return client


@pytest.mark.parametrize("page", PAGES)
def test_admins_see_every_page(company: Company, page: str) -> None:
    for who in ("admin", "platform"):
        assert signed_in(company, who).get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_others_do_not(company: Company, page: str) -> None:
    assert signed_in(company, "developer").get(page).status_code == 403
    answer = Client().get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_h18_a_tenant_admin_sees_his_tenants_entries_only(company: Company) -> None:
    with transaction.atomic():
        for tenant in (company.tenant, company.other):
            record(
                actor=Actor.system(),
                action="thing.done",
                target=f"thing:{tenant.slug}",
                tenant_id=tenant.id,
            )
    mine = signed_in(company, "admin").get("/admin-console/audit").content.decode()
    assert "thing:retail" in mine
    assert "thing:logistics" not in mine
    whole = signed_in(company, "platform").get("/admin-console/audit").content.decode()
    assert "thing:logistics" in whole


def test_the_chain_is_checked_on_request(company: Company) -> None:
    page = signed_in(company, "admin").get("/admin-console/audit?verify=1").content.decode()
    assert "The chain is intact" in page


def test_a_dead_event_is_replayed(company: Company) -> None:
    event = OutboxEvent.objects.create(
        tenant=company.tenant, kind="x", subject="y", dead_at="2026-01-01T00:00:00Z"
    )
    signed_in(company, "admin").post(f"/admin-console/events/{event.id}/replay")
    event.refresh_from_db()
    assert event.dead_at is None
