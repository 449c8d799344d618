"""The pages of costs: who sees what, few queries, two clicks to a closed month, three to events."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import Budget, Charge, Period, Quota, RateCard
from billing.posting import post_month
from billing.rating.charges import rate_dirty
from marketplace import clock
from tests.billing.conftest import Trade, roll_all_up

pytestmark = pytest.mark.django_db
PAGES = (
    "/costs",
    "/costs?month=2026-09",
    "/costs/lines",
    "/costs/periods",
    "/costs/periods/2026-09",
    "/costs/periods/2026-10",
    "/costs/budgets",
    "/costs/quotas",
    "/costs/rate-cards",
    "/costs/shared",
)
MOST_QUERIES = 10


def client(trade: Trade, person: str = "finance") -> Client:
    found = Client()
    found.force_login(getattr(trade.company, person))
    return found


def queries(captured: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in captured if "set_config" not in q["sql"]]


@pytest.fixture
def busy(trade: Trade, make_trade: Any) -> Trade:
    """Use of several APIs in two months, a budget and a quota."""
    for one in (trade, *(make_trade(f"api-{n}") for n in range(4))):
        one.card()
        one.send(one.event("2026-09-10T10:00:00Z", 1234), one.event(quantity=4321))
    roll_all_up()
    rate_dirty()
    for month in (9, 10):
        post_month(tenant_id=trade.company.tenant.id, month=date(2026, month, 1))
    tenant = trade.company.tenant
    Budget.across.create(
        tenant=tenant, subject_kind="tenant", subject_id=tenant.id, subject_name="Retail",
        amount_micros=200_000_000, currency="EUR", thresholds=[80],
    )  # fmt: skip
    Quota.across.create(
        tenant=tenant, subject_kind="tenant", subject_id=tenant.id, subject_name="Retail",
        limit=100_000, window="month", hard=False,
    )  # fmt: skip
    return trade


@pytest.mark.parametrize("path", PAGES)
def test_each_page_answers_with_few_queries(busy: Trade, path: str) -> None:
    browser = client(busy)
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    found = queries(captured)
    assert len(found) <= MOST_QUERIES, "\n".join(found)


@pytest.mark.parametrize("path", PAGES)
def test_pages_do_not_ask_more_where_there_is_more(busy: Trade, make_trade: Any, path: str) -> None:
    browser = client(busy)
    browser.get(path)
    with CaptureQueriesContext(connection) as few:
        browser.get(path)
    for n in range(4, 10):
        one = make_trade(f"api-{n}")
        one.card()
        one.send(one.event("2026-09-10T10:00:00Z", 1234), one.event(quantity=4321))
    roll_all_up()
    rate_dirty()
    with CaptureQueriesContext(connection) as many:
        browser.get(path)
    assert len(queries(many)) <= len(queries(few))


@pytest.mark.parametrize("path", PAGES)
def test_pages_send_strangers_to_the_sign_in(busy: Trade, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_finance_closes_the_month_in_two_clicks(busy: Trade) -> None:
    browser = client(busy)
    page = browser.get("/costs").content.decode()
    first = re.search(r'href="(/costs/periods/[0-9-]+)">Close September', page)
    assert first is not None
    page = browser.get(first[1]).content.decode()
    assert "Close September" in page
    assert 'name="accept"' not in page
    answer = browser.post(f"{first[1]}/close", follow=True)
    page = answer.content.decode()
    assert Period.across.get(month=date(2026, 9, 1)).is_closed
    assert "2026-09 is closed: 24.68 EUR." in page
    assert "SHA-256" in page
    assert "€24.68" in page
    assert "Close September" not in browser.get("/costs").content.decode()
    again = browser.post(f"{first[1]}/close", follow=True).content.decode()
    assert "closed already" in again


def test_a_statement_stands_as_page_and_as_pdf_with_the_same_bytes(busy: Trade) -> None:
    browser = client(busy)
    assert browser.get("/costs/periods/2026-09/statement").status_code == 409
    browser.post("/costs/periods/2026-09/close")
    page = browser.get("/costs/periods/2026-09/statement").content.decode()
    assert page.count("/costs/statement-lines/") == 2 * 5
    first = browser.get("/costs/periods/2026-09/statement.pdf")
    assert first["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF")
    with clock.frozen(datetime(2027, 1, 1, tzinfo=UTC)):
        assert browser.get("/costs/periods/2026-09/statement.pdf").content == first.content


def test_events_are_at_most_three_clicks_from_any_figure(busy: Trade) -> None:
    browser = client(busy)
    browser.post("/costs/periods/2026-09/close")
    starts = (
        "/costs", "/costs?month=2026-09", "/costs/lines", "/costs/periods",
        "/costs/periods/2026-09", "/costs/periods/2026-10", "/costs/periods/2026-09/statement",
        "/costs/shared", "/costs/budgets",
    )  # fmt: skip
    for start in starts:
        assert clicks_to_events(browser, start) <= 3, start


def clicks_to_events(browser: Client, start: str) -> int:
    pages, seen = [start], {start}
    for clicks in range(1, 5):
        following = []
        for page in pages:
            html = browser.get(page, follow=True).content.decode()
            if "Usage events beneath" in html:
                return clicks - 1
            main = html[html.index("<main") :]
            for href in re.findall(r'href="(/costs/[^"]+)"', main):
                href = href.replace("&amp;", "&")
                if href not in seen and not href.endswith(".pdf"):
                    seen.add(href)
                    following.append(href)
        pages = following
    return 99


def test_a_member_sees_the_costs_of_his_teams_and_no_periods(busy: Trade) -> None:
    developer, owner = client(busy, "developer"), client(busy, "owner")
    assert "€86.42" in developer.get("/costs").content.decode()
    assert "Nothing was charged" in owner.get("/costs").content.decode()
    assert "Periods" not in developer.get("/costs").content.decode()
    assert developer.get("/costs/periods").status_code == 403
    charge = Charge.across.filter(month=date(2026, 10, 1)).first()
    assert charge is not None
    assert developer.get(f"/costs/charges/{charge.id}").status_code == 200
    assert owner.get(f"/costs/charges/{charge.id}").status_code == 404
    assert client(busy, "outsider").get(f"/costs/charges/{charge.id}").status_code == 404


def test_what_blocks_stands_there_and_the_button_does_not(busy: Trade) -> None:
    page = client(busy).get("/costs/periods/2026-10").content.decode()
    assert "It ends on 31 October 2026." in page
    assert "Close October" not in page


def test_use_without_a_price_is_accepted_by_hand(trade: Trade) -> None:
    trade.send(trade.event("2026-09-10T10:00:00Z", 5))
    roll_all_up()
    rate_dirty()
    browser = client(trade)
    assert 'name="accept"' in browser.get("/costs/periods/2026-09").content.decode()
    browser.post("/costs/periods/2026-09/close")
    assert not Period.across.get().is_closed
    browser.post("/costs/periods/2026-09/close", {"accept": "unpriced"})
    assert Period.across.get().is_closed


def test_budgets_are_set_and_taken_away_in_place(busy: Trade) -> None:
    browser, tenant = client(busy), busy.company.tenant
    form = {"subject": f"tenant:{tenant.id}", "amount": "50", "window": "month"}
    wrong = browser.post("/costs/budgets", form | {"thresholds": "some"})
    assert wrong.status_code == 422
    assert "Whole percents" in wrong.content.decode()
    assert browser.post("/costs/budgets", form | {"thresholds": "900000"}).status_code == 422
    answer = browser.post("/costs/budgets", form | {"thresholds": "50, 90 %"}, follow=True)
    assert "Set for Retail" in answer.content.decode()
    budget = Budget.across.get()
    assert (budget.amount_micros, budget.thresholds) == (50_000_000, [50, 90])
    foreign = form | {"subject": f"team:{busy.company.others.id}"}
    assert browser.post("/costs/budgets", foreign).status_code == 422
    browser.post(f"/costs/budgets/{budget.id}/remove")
    assert not Budget.across.exists()


def test_quotas_are_set_and_taken_away_in_place(busy: Trade) -> None:
    browser, tenant = client(busy), busy.company.tenant
    form = {"subject": f"tenant:{tenant.id}", "limit": "50", "window": "day", "hard": "on"}
    assert browser.post("/costs/quotas", form | {"meter": "bytes"}).status_code == 422
    browser.post("/costs/quotas", form | {"meter": "requests"})
    quota = Quota.across.get(window="day")
    assert (quota.limit, quota.hard) == (50, True)
    browser.post(f"/costs/quotas/{quota.id}/remove")
    assert not Quota.across.filter(window="day").exists()


def test_an_owner_tries_a_price_before_he_sets_it(busy: Trade) -> None:
    browser = client(busy, "owner")
    form = {
        "api": "payments",
        "meter": "requests",
        "model": "per_unit",
        "amount": "0.01",
        "per": "1",
        "effective_from": "2026-10-01",
    }
    page = browser.post("/costs/rate-cards", form | {"do": "try"}).content.decode()
    assert "€43.21" in page
    assert RateCard.across.count() == 5
    answer = browser.post("/costs/rate-cards", form | {"do": "set"}, follow=True)
    assert "The price is set." in answer.content.decode()
    assert RateCard.across.count() == 6


def test_months_that_are_none_are_refused(busy: Trade) -> None:
    browser = client(busy)
    assert browser.get("/costs?month=never").status_code == 422
    assert browser.get("/costs/periods/2027-01").status_code == 404
    assert browser.get("/costs/lines?api=nonsense").status_code == 404
