"""Two people, one hour, one review."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Api
from keys.break_glass import (
    ask_to_break_glass,
    confirm_break_glass,
    end_unreviewed,
    review_break_glass,
)
from keys.models import Application, BreakGlass, Grant, Key
from keys.terms import read_terms
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.events.models import OutboxEvent
from tests.company import Company
from tests.keys.makers import ask, make_api, make_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(company: Company) -> Api:
    return make_api(company.owners, risk="high", data_class="confidential")


@pytest.fixture
def application(company: Company) -> Application:
    return make_application(company)


def asked(company: Company, api: Api, application: Application) -> BreakGlass:
    return ask_to_break_glass(
        actor=company.actor(company.developer),
        application=application,
        api=api,
        terms=read_terms(api, purpose="checkout is down"),
    )


def test_nothing_is_open_until_a_second_person_in_charge_confirms(
    company: Company, api: Api, application: Application
) -> None:
    glass = asked(company, api, application)
    assert not Key.across.exists()
    for who in (company.developer, company.finance):
        with pytest.raises(Forbidden):
            confirm_break_glass(actor=company.actor(who), glass_id=glass.id)
    with pytest.raises(NotFound):
        confirm_break_glass(actor=company.actor(company.outsider), glass_id=glass.id)
    opened, key = confirm_break_glass(actor=company.actor(company.owner), glass_id=glass.id)
    assert opened.state == BreakGlass.State.OPEN
    assert key.key.expires_at - clock.now() <= timedelta(hours=1)
    assert (key.key.mock, Grant.across.get().state) == (False, Grant.State.ACTIVE)
    assert AuditEntry.objects.filter(action="break-glass.opened").exists()
    with pytest.raises(Conflict):
        confirm_break_glass(actor=company.actor(company.owner), glass_id=glass.id)


def test_the_database_itself_wants_two_people(
    company: Company, api: Api, application: Application
) -> None:
    glass = asked(company, api, application)
    glass.confirmed_by = glass.asked_by
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        glass.save()


def test_without_a_reason_or_from_another_team_nobody_asks(
    company: Company, api: Api, application: Application
) -> None:
    with pytest.raises(Forbidden, match="stated reason"):
        ask_to_break_glass(
            actor=company.actor(company.developer),
            application=application,
            api=api,
            terms=read_terms(api),
        )
    with pytest.raises(Forbidden, match="team"):
        ask_to_break_glass(
            actor=company.actor(company.finance),
            application=application,
            api=api,
            terms=read_terms(api, purpose="curious"),
        )


def test_it_lapses_after_half_an_hour(company: Company, api: Api, application: Application) -> None:
    glass = asked(company, api, application)
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        with pytest.raises(Conflict, match="half an hour"):
            confirm_break_glass(actor=company.actor(company.owner), glass_id=glass.id)
        assert end_unreviewed() == 1
    glass.refresh_from_db()
    assert glass.state == BreakGlass.State.LAPSED


def test_another_person_reviews_and_that_closes_it(
    company: Company, api: Api, application: Application
) -> None:
    glass = asked(company, api, application)
    confirm_break_glass(actor=company.actor(company.owner), glass_id=glass.id)
    with pytest.raises(Forbidden):
        review_break_glass(actor=company.actor(company.developer), glass_id=glass.id, review="fine")
    with pytest.raises(Invalid):
        review_break_glass(actor=company.actor(company.owner), glass_id=glass.id, review=" ")
    review_break_glass(
        actor=company.actor(company.owner), glass_id=glass.id, review="Read two orders; right."
    )
    assert Key.across.get().state == Key.State.REVOKED
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert end_unreviewed() == 0


def test_h60_unreviewed_for_a_day_the_applications_access_ends_and_people_are_paged(
    company: Company, api: Api, application: Application
) -> None:
    usual = ask(company, api, application=application, ttl="7d")
    glass = asked(company, api, application)
    confirm_break_glass(actor=company.actor(company.owner), glass_id=glass.id)
    with clock.frozen(clock.now() + timedelta(hours=24)):
        assert end_unreviewed() == 0
    with clock.frozen(clock.now() + timedelta(hours=25, minutes=1)):
        assert end_unreviewed() == 1
        assert end_unreviewed() == 0
    glass.refresh_from_db()
    assert glass.state == BreakGlass.State.UNREVIEWED
    assert usual.grant is not None
    assert set(Key.across.values_list("state", flat=True)) == {Key.State.REVOKED}
    assert OutboxEvent.objects.filter(kind="break-glass.unreviewed").exists()
