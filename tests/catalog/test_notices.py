"""Who hears of what: watchers of every version, callers of what breaks and of the end."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from catalog import extensions
from catalog.apis import update_api
from catalog.extensions import ConsumerUse, Use
from catalog.models import Api, ImpactLine, Notice
from catalog.watch import watch_api
from marketplace import clock
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import deliver_due, replay
from tests.catalog.shop import publish, without_get
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(company: Company) -> Iterator[None]:
    """The outsider's team calls everything; so the one who reads use is told."""
    before = extensions._usage[:]

    def reader(api: Api, keys: Collection[str]) -> Use:
        line = ConsumerUse(
            operation_key="GET /orders/{}",
            tenant_id=company.other.id,
            tenant="Logistics",
            team_id=company.others.id,
            team="Fleet",
            application="vans",
            keys=("mk_l_1",),
            calls=42,
            last_call_at=clock.now() - timedelta(hours=2),
        )
        return Use(observed=True, days=30, lines=(line,))

    extensions.measures_use(reader)
    yield
    extensions._usage[:] = before


def told(kind: str) -> list[str]:
    return sorted(
        Notice.across.filter(kind=kind).values_list("user__email", flat=True).order_by("id")
    )


def test_who_watches_hears_of_a_version_once_in_portal_and_mail(company: Company) -> None:
    publish(company.actor(company.owner))
    watch_api(actor=company.actor(company.developer), slug="shop")
    publish(company.actor(company.owner), without_get("2.0.0"), version="2.0.0")
    deliver_due()
    assert told("version.published") == [company.developer.email]
    assert [message.to for message in mail.outbox] == [[company.developer.email]]
    assert "2.0.0" in mail.outbox[0].subject
    for event in OutboxEvent.objects.filter(kind="version.published"):
        replay(event)
    deliver_due()
    assert len(mail.outbox) == 1
    assert Notice.across.count() == 1


def test_teams_that_break_hear_of_it_in_their_own_tenant(company: Company, used: None) -> None:
    owner = company.actor(company.owner)
    publish(owner)
    report = publish(owner, without_get("1.1.0"), version="1.1.0", acknowledge=["Fleet"])
    gone = next(change for change in report.changes if change.level == "error")
    assert gone.consumers.teams == ("Fleet",)
    assert gone.consumers.sentence == "1 team, 1 key"
    assert ImpactLine.across.get().calls == 42
    event = OutboxEvent.objects.get(kind="version.breaking")
    assert event.tenant_id == company.other.id
    deliver_due()
    assert told("version.breaking") == [company.outsider.email]
    assert "breaks calls of yours" in mail.outbox[-1].subject


def test_callers_and_watchers_hear_of_the_end(company: Company, used: None) -> None:
    owner = company.actor(company.owner)
    publish(owner)
    watch_api(actor=company.actor(company.developer), slug="shop")
    update_api(
        actor=owner,
        slug="shop",
        changes={"lifecycle": "deprecated", "sunset_at": clock.now() + timedelta(days=90)},
    )
    deliver_due()
    assert told("api.deprecated") == sorted([company.developer.email, company.outsider.email])
    assert "stops answering on" in mail.outbox[-1].body


def test_the_page_lists_what_one_was_told_and_marks_it_read(company: Company) -> None:
    publish(company.actor(company.owner))
    watch_api(actor=company.actor(company.developer), slug="shop")
    publish(company.actor(company.owner), without_get("2.0.0"), version="2.0.0")
    deliver_due()
    client = Client()
    client.force_login(company.developer)
    page = client.get("/notices").content.decode()
    assert "Shop 2.0.0 is published" in page
    assert ">New<" in page
    client.post("/notices/read")
    assert ">New<" not in client.get("/notices").content.decode()
    other = Client()
    other.force_login(company.outsider)
    assert "Nothing yet" in other.get("/notices").content.decode()
