"""The catalog in a real browser: search, reference, publishing; with script and without."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Version
from tests.browser.conftest import THEMES, WIDTHS, accessibility_findings, complaints
from tests.catalog.shop import events, publish, shop, without_get
from tests.company import Company, make_company

pytestmark = pytest.mark.django_db(transaction=True)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = (
    "/",
    "/?q=order&protocol=openapi",
    "/apis/shop",
    "/apis/shop/reference",
    "/apis/order-events/reference",
    "/apis/shop/reference?group=Orders",
    "/apis/shop/changes",
    "/apis/shop/plans",
    "/apis/shop/health",
    "/apis/shop/findings",
    "/apis/shop/consumers",
    "/apis/shop/schema?at=%23/components/schemas/Order",
    "/publish",
    "/owner/apis",
    "/notices",
)
Opener = Callable[..., Page]


@pytest.fixture
def company(transactional_db: Any) -> Company:
    made = make_company()
    owner = made.actor(made.owner)
    publish(owner)
    publish(owner, without_get("2.0.0"), version="2.0.0")
    publish(owner, events(), slug="order-events")
    return made


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_overflows(
    open_page: Opener, company: Company, theme: str, width: int
) -> None:
    page = open_page("/", width=width, theme=theme, user=company.owner)
    found = []
    for path in PAGES:
        page.goto(path)
        found += [f"{path}: {each}" for each in accessibility_findings(page)]
        if page.evaluate(OVERFLOW) > 0:
            found.append(f"{path} scrolls sideways")
    assert found == []
    assert complaints(page) == []


def test_search_and_facets_answer_in_place_and_the_address_holds_them(
    open_page: Opener, company: Company
) -> None:
    page = open_page("/", user=company.developer)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("order")
    expect(page.locator("#results mark").first).to_have_text(re.compile("^orders?$", re.I))
    page.get_by_role("checkbox", name="AsyncAPI").check()
    expect(page.locator(".row")).to_have_count(1)
    page.wait_for_url("**q=order**protocol=asyncapi**")
    page.locator("#q").fill("placed")
    page.wait_for_url("**q=placed**protocol=asyncapi**")
    page.reload()
    expect(page.get_by_role("checkbox", name="AsyncAPI")).to_be_checked()
    expect(page.locator("#q")).to_have_value("placed")
    page.get_by_label("Remove filter AsyncAPI").click()
    expect(page.get_by_role("checkbox", name="AsyncAPI")).not_to_be_checked()


def test_rows_are_walked_by_keys_and_the_peek_follows(open_page: Opener, company: Company) -> None:
    page = open_page("/", user=company.developer)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#peek h2")).to_have_text("Shop")
    page.keyboard.press("Enter")
    page.wait_for_url("**/apis/shop")


def test_the_reference_opens_groups_and_schemas_on_demand(
    open_page: Opener, company: Company
) -> None:
    page = open_page("/apis/shop/operations/post-orders", user=company.developer)
    body = page.locator("section", has_text="Body")
    body.get_by_text("2 fields").first.click()
    more = body.locator("a.more:visible")
    more.click()
    expect(body.get_by_text("street", exact=True)).to_be_visible()
    page.get_by_text("JavaScript").first.click()
    expect(page.locator("pre:visible").first).to_contain_text("await fetch")


def test_everything_is_read_and_searched_without_script(
    open_page: Opener, company: Company
) -> None:
    page = open_page("/", user=company.developer, java_script_enabled=False)
    page.locator("#q").fill("place an order")
    page.locator("#q").press("Enter")
    page.get_by_role("link", name="Place an order").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Place an order")
    page.locator("summary", has_text="2 fields").first.click()
    page.locator("a.more:visible").first.click()
    expect(page.get_by_text("street", exact=True)).to_be_visible()


def test_spec_to_published_takes_two_clicks_and_under_a_minute(
    open_page: Opener, company: Company, tmp_path: Path
) -> None:
    file = tmp_path / "shop.json"
    file.write_bytes(shop("3.0.0"))
    page = open_page("/publish", user=company.owner)
    started = time.monotonic()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("textbox", name="API", exact=True)).to_have_value("shop")
    expect(page.get_by_role("textbox", name="Version", exact=True)).to_have_value("3.0.0")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url("**/apis/shop")
    assert time.monotonic() - started < 60
    expect(page.get_by_role("status").first).to_contain_text("Published Shop 3.0.0")
    assert Version.across.filter(version="3.0.0").exists()
    assert complaints(page) == []


def test_a_changed_version_is_checked_again_in_place(
    open_page: Opener, company: Company, tmp_path: Path
) -> None:
    file = tmp_path / "shop.json"
    file.write_bytes(without_get("1.1.0"))
    page = open_page("/publish", user=company.owner)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("It breaks callers under the same major version")).to_be_visible()
    page.get_by_role("textbox", name="Version", exact=True).fill("1.2.0")
    page.get_by_role("textbox", name="Version", exact=True).press("Tab")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop 1.2.0")
    page.get_by_label("unobserved").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url("**/apis/shop")
    assert Version.across.filter(version="1.2.0").exists()
