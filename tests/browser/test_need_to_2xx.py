"""Need → first 2xx, in a real browser: clicks, required fields and seconds are counted, and the
key that the page shows is tried at the real verifier."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, expect

from catalog.models import Api
from keys.models import AccessRequest, EnforcementPoint, EnforcementPointApi, Key
from tests.browser.conftest import accessibility_findings, complaints
from tests.catalog.shop import publish
from tests.company import Company, make_company
from tests.edge_process import EdgeProcess

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "the gateway's own token"
Opener = Callable[..., Page]


class Clicks:
    """Counts what a person does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        self.started = time.monotonic()

    def on(self, name: str, role: Any = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.count += 1

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


@pytest.fixture
def people() -> Company:
    return make_company()


@pytest.fixture
def api(people: Company) -> Api:
    publish(actor=people.actor(people.owner))
    return Api.across.get(slug="shop")


class Portal:
    """What the edge stands on here: the live server's own database."""

    def __init__(self) -> None:
        parts = urlsplit(os.environ["DATABASE_URL"])
        name = connections["default"].settings_dict["NAME"]
        self.url = urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
        self.home = Path(settings.MARKETPLACE_HOME)
        self.points = {"front": TOKEN}


@pytest.fixture
def edge(api: Api) -> Iterator[EdgeProcess]:
    """The real verifier, before the API's own operations."""
    point = EnforcementPoint.across.create(
        tenant=api.tenant,
        name="front",
        dialect="envoy",
        token_digest=hashlib.sha256(TOKEN.encode()).digest(),
    )
    EnforcementPointApi.across.create(
        tenant=api.tenant, enforcementpoint=point, api=api, prefix="/shop"
    )
    with EdgeProcess(Portal()) as process:  # type: ignore[arg-type]
        yield process.ready()


def secret_on(page: Page) -> str:
    text = page.locator("[data-secret] [data-copy-source]").inner_text()
    assert re.fullmatch(r"mk_[lt]_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}", text)
    return text


def test_a_low_risk_api_answers_live_within_three_clicks_no_field_and_a_minute(
    open_page: Opener, people: Company, api: Api, edge: EdgeProcess
) -> None:
    page = open_page("/apis/shop", user=people.developer)
    clicks = Clicks(page)
    clicks.on("Get key", "link")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("Allowed", exact=True)).to_be_visible()
    assert drawer.locator("[required]").count() == 0
    drawer.get_by_role("button", name="Get key").click()
    clicks.count += 1
    expect(drawer.get_by_text("Waiting for first call…")).to_be_visible()
    secret = secret_on(page)
    answer = edge.ask(secret, path="/shop/orders/o1", method="GET")
    assert answer.status == 200, answer
    assert clicks.count <= 3
    assert clicks.seconds < 60
    command = drawer.locator("pre").first.inner_text()
    assert f"{settings.GATEWAY_URL}/shop/orders/" in command
    assert f"Bearer {secret}" in command
    Key.across.update(last_used_at=Key.across.get().created_at)
    expect(drawer.get_by_text("First call received")).to_be_visible(timeout=6000)
    assert complaints(page) == []


def test_what_needs_an_owner_answers_from_the_mock_at_once_and_goes_live_on_approval(
    open_page: Opener, people: Company, api: Api, edge: EdgeProcess
) -> None:
    Api.across.update(risk="high")
    page = open_page("/apis/shop", user=people.developer)
    clicks = Clicks(page)
    clicks.on("Get key", "link")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("Waits for approval")).to_be_visible()
    expect(drawer.get_by_text("Asked of Otto")).to_be_visible()
    drawer.get_by_role("button", name="Get key").click()
    clicks.count += 1
    expect(drawer.get_by_text("Answers from examples for now")).to_be_visible()
    secret = secret_on(page)
    mocked = edge.ask(secret, path="/shop/orders/o1", method="GET")
    assert (mocked.status, mocked.headers.get("x-mkt-mock")) == (200, "true")
    assert clicks.count == 2
    assert clicks.seconds < 10

    inbox = open_page("/access/inbox", user=people.owner)
    expect(inbox.get_by_role("heading", name="asks for")).to_have_count(1)
    inbox.keyboard.press("j")
    inbox.keyboard.press("y")
    expect(inbox.get_by_text("Approved: the key is live.")).to_be_visible()
    assert AccessRequest.across.get().state == "approved"
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        live = edge.ask(secret, path="/shop/orders/o1", method="GET")
        if live.headers.get("x-mkt-mock") == "":
            break
        time.sleep(0.05)
    assert (live.status, live.headers.get("x-mkt-mock")) == (200, "")
    assert complaints(inbox) == []


def test_leak_to_dead_is_one_confirmed_click_and_two_seconds(
    open_page: Opener, people: Company, api: Api, edge: EdgeProcess
) -> None:
    page = open_page("/apis/shop/get-key", user=people.developer)
    page.get_by_role("button", name="Get key").click()
    expect(page.locator("[data-secret]")).to_be_visible()
    secret = secret_on(page)
    assert edge.ask(secret, path="/shop/orders/o1").status == 200
    table = open_page("/access", user=people.developer)
    table.get_by_role("link", name="Revoke").click()
    table.locator("#drawer").get_by_role("button", name="Revoke").click()
    expect(table.get_by_text("is revoked.")).to_be_visible()
    deadline = time.monotonic() + 2
    status = 200
    while status == 200 and time.monotonic() < deadline:
        status = edge.ask(secret, path="/shop/orders/o1").status
    assert status == 401


def test_the_decision_follows_the_form_and_one_press_takes_the_fix(
    open_page: Opener, people: Company, api: Api
) -> None:
    Api.across.update(risk="medium")
    page = open_page("/apis/shop/get-key", user=people.developer)
    decision = page.locator("#decision")
    expect(decision.get_by_text("Allowed", exact=True)).to_be_visible()
    page.get_by_role("radio", name="30 days").check()
    expect(decision.get_by_text("Waits for approval")).to_be_visible()
    expect(decision.get_by_text("Ask for 7 days or less")).to_be_visible()
    decision.get_by_role("button", name="Use that").click()
    expect(decision.get_by_text("Allowed", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="7 days")).to_be_checked()
    assert complaints(page) == []


def test_without_javascript_a_key_is_asked_for_shown_once_and_revoked(
    open_page: Opener, people: Company, api: Api
) -> None:
    page = open_page("/apis/shop", user=people.developer, java_script_enabled=False)
    page.get_by_role("link", name="Get key", exact=True).first.click()
    expect(page.get_by_role("heading", name="Get a key for", level=1)).to_be_visible()
    page.get_by_role("button", name="Get key").click()
    secret = secret_on(page)
    page.reload()
    assert "shown already" in page.content()
    assert secret not in page.content()
    page.goto("/access")
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("is revoked.")).to_be_visible()


PAGES = (
    "/apis/shop/get-key",
    "/access",
    "/access/inbox",
    "/access/applications",
    "/access/applications/checkout-application",
    "/access/audit",
    "/access/decisions",
)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_access_passes_axe_and_fits_its_width(
    open_page: Opener, people: Company, api: Api, width: int, theme: str
) -> None:
    Api.across.update(risk="high")
    page = open_page("/apis/shop/get-key", user=people.developer, width=width, theme=theme)
    page.get_by_role("button", name="Get key").click()
    expect(page.locator("[data-secret]")).to_be_visible()
    findings = [f"issued: {text}" for text in accessibility_findings(page)]
    for path in PAGES:
        page.goto(path)
        findings += [f"{path}: {text}" for text in accessibility_findings(page)]
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        if wide:
            findings.append(f"{path}: wider than the window")
    owner = open_page("/access/inbox", user=people.owner, width=width, theme=theme)
    findings += [f"inbox: {text}" for text in accessibility_findings(owner)]
    assert findings == []
