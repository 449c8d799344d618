"""What keys tells through the outbox is kept: whose an application is, under which plan."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from billing.models import Consumer, ConsumerKey, ConsumerPlan
from marketplace.events.outbox import deliver_due, emit
from marketplace.ids import new_id
from tests.company import Company

pytestmark = pytest.mark.django_db


def tell(company: Company, kind: str, **data: Any) -> None:
    with transaction.atomic():
        emit(kind, tenant_id=company.tenant.id, subject="test", data=data)


def test_applications_keys_and_plans_become_known(company: Company) -> None:
    application, api, plan = new_id(), new_id(), new_id()
    tell(
        company,
        "application.changed",
        application_id=str(application),
        team_id=str(company.builders.id),
        name="Shop",
        cost_center="CC-1",
    )
    tell(
        company,
        "grant.began",
        application_id=str(application),
        api_id=str(api),
        plan_id=str(plan),
        environment="live",
        since="2026-10-01T00:00:00+00:00",
    )
    tell(
        company,
        "key.issued",
        key_public_id="mk_l_000000000001",
        application_id=str(application),
        api_id=str(api),
    )
    deliver_due()
    consumer = Consumer.across.get()
    assert (consumer.application_id, consumer.name) == (application, "Shop")
    assert (consumer.tenant_id, consumer.cost_center) == (company.tenant.id, "CC-1")
    assert ConsumerPlan.across.get().plan_id == plan
    assert ConsumerPlan.across.get().since == datetime(2026, 10, 1, tzinfo=UTC)
    assert ConsumerKey.across.get().application_id == application
    tell(
        company,
        "application.changed",
        application_id=str(application),
        team_id=str(company.owners.id),
        name="Shop",
        cost_center="CC-2",
    )
    deliver_due()
    deliver_due()
    consumer.refresh_from_db()
    assert (consumer.team_id, consumer.cost_center) == (company.owners.id, "CC-2")


def test_a_sandbox_grant_brings_no_plan(company: Company) -> None:
    tell(
        company,
        "grant.began",
        application_id=str(new_id()),
        api_id=str(new_id()),
        plan_id=None,
        environment="sandbox",
        since="2026-10-01T00:00:00+00:00",
    )
    deliver_due()
    assert not ConsumerPlan.across.exists()
