"""From an empty database to a key, in a real browser: the first platform admin makes all there is
by pages alone, and again without JavaScript."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from catalog.models import Api
from keys.models import Application, Key
from marketplace.tenants.models import Member, ServiceAccount, TeamMember, Tenant, User
from marketplace.tenants.tokens import issue_token
from tests.browser.conftest import accessibility_findings, complaints
from tests.catalog.shop import shop_document
from tests.company import make_company

pytestmark = pytest.mark.django_db(transaction=True)
Opener = Callable[..., Page]
EMAIL, PASSWORD = "root@new.example", "a good long password"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(shop_document()))
    return file


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email=EMAIL, interactive=False, verbosity=0)
    return User.objects.get()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_newcomer_walks_from_an_empty_database_to_a_key(
    open_page: Opener, root: User, document: Path, script: bool
) -> None:
    more: dict[str, Any] = {} if script else {"java_script_enabled": False}
    page = open_page("/accounts/login/", **more)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="You are in no tenant yet")).to_be_visible()
    if script:
        assert accessibility_findings(page) == []
    page.get_by_role("link", name="Make a tenant").click()

    page.get_by_label("Name").fill("Retail Banking")
    page.get_by_role("button", name="Create tenant").click()
    expect(page.get_by_role("heading", name="Teams", level=1)).to_be_visible()
    assert Tenant.objects.get().slug == "retail-banking"
    assert Member.across.get().role == "admin"

    page.get_by_label("Name").fill("Payments")
    page.get_by_role("button", name="Create team").click()
    expect(page.get_by_role("heading", name="Payments", level=1)).to_be_visible()
    assert TeamMember.across.get().role == "owner"

    page.get_by_role("link", name="Publish an API").click()
    page.locator("input[type=file]").set_input_files(document)
    page.get_by_role("button", name="Check it").click()
    page.get_by_role("button", name="Publish").last.click()
    page.wait_for_url("**/apis/**")
    api = Api.across.get()

    page.goto(f"/apis/{api.slug}/get-key")
    page.get_by_role("button", name="Get key").click()
    expect(page.locator("[data-secret] [data-copy-source]")).to_contain_text("mk_")
    assert Application.across.get().tenant.slug == "retail-banking"
    assert Key.across.get().state == "active"
    if script:
        assert complaints(page) == []


ADMIN_PAGES = ("/settings/people", "/settings/teams", "/settings/service-accounts")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_the_organisation_pass_axe_and_fit(
    open_page: Opener, width: int, theme: str
) -> None:
    people = make_company()
    member = Member.across.get(user=people.developer)
    account = ServiceAccount.across.create(
        tenant=people.tenant, team=people.builders, slug="ci", name="CI"
    )
    issue_token(
        actor=people.actor(people.admin), holder=account, name="build", ttl=timedelta(days=1)
    )
    paths = (
        *ADMIN_PAGES,
        f"/settings/people/{member.id}",
        "/settings/teams/checkout",
        f"/settings/service-accounts/{account.id}",
        "/admin-console/tenants",
        "/admin-console/tenants/logistics",
    )
    page = open_page("/", user=people.platform, width=width, theme=theme)
    findings = []
    for path in paths:
        page.goto(path)
        findings += [f"{path}: {text}" for text in accessibility_findings(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            findings.append(f"{path}: wider than the window")
    assert findings == []
    assert complaints(page) == []
