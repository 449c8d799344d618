"""Sign-in by the company's identity provider, in Chromium, against a real provider next door."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import Page, expect

from marketplace.tenants import single_sign_on
from marketplace.tenants.models import Member, User
from tests.browser.conftest import complaints
from tests.company import Company
from tests.identity_provider import CLIENT, SECRET, IdentityProvider, forger

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    provider = IdentityProvider({"sub": "u-1", "email_verified": True})
    yield provider
    provider.stop()


@pytest.fixture
def configure(
    monkeypatch: pytest.MonkeyPatch, settings: Any, provider: IdentityProvider
) -> Callable[[str], None]:
    """`configure("saml")`: the environment an operator sets, read as the settings read it."""

    def configured(kind: str) -> None:
        if kind == "oidc":
            monkeypatch.setenv("OIDC_CLIENT_ID", CLIENT)
            monkeypatch.setenv("OIDC_CLIENT_SECRET", SECRET)
            monkeypatch.setenv("OIDC_SERVER_URL", provider.url)
            monkeypatch.setenv("OIDC_NAME", "Meridian ID")
        else:
            monkeypatch.setenv("SAML_ENTITY_ID", provider.url)
            monkeypatch.setenv("SAML_METADATA_URL", f"{provider.url}/saml/metadata")
            monkeypatch.setenv("SAML_NAME", "Meridian ID")
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.providers()
        settings.SIGN_IN_ORIGINS = single_sign_on.origins()

    return configured


def sign_in(page: Page, kind: str) -> None:
    page.get_by_role("button", name="Meridian ID").click()
    if kind == "saml":
        page.get_by_role("button", name="Go on").click()


@pytest.mark.parametrize("kind", ["oidc", "saml"])
def test_a_colleague_signs_in_to_the_account_he_has(
    kind: str,
    company: Company,
    provider: IdentityProvider,
    open_page: OpenPage,
    configure: Callable[[str], None],
) -> None:
    configure(kind)
    provider.person |= {"email": company.developer.email, "name": "Somebody"}
    page = open_page("/accounts/login/?next=/settings/tokens")
    sign_in(page, kind)
    page.wait_for_url("**/settings/tokens")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    account = SocialAccount.objects.get(user=company.developer)
    assert account.uid == "u-1"
    assert User.objects.count() == 6
    assert complaints(page) == []


@pytest.mark.parametrize("kind", ["oidc", "saml"])
def test_a_new_colleague_gets_an_account_of_his_own(
    kind: str,
    company: Company,
    provider: IdentityProvider,
    open_page: OpenPage,
    configure: Callable[[str], None],
    settings: Any,
) -> None:
    configure(kind)
    settings.SIGN_IN_TENANT = "retail"
    provider.person |= {"email": "New.Comer@retail.example", "firstName": "New"}
    provider.person |= {"given_name": "New", "family_name": "Comer", "name": "New Comer"}
    provider.person |= {"lastName": "Comer"}
    page = open_page("/accounts/login/")
    sign_in(page, kind)
    page.wait_for_url(lambda url: "/accounts/" not in url and provider.url not in url)
    user = User.objects.get(email="new.comer@retail.example")
    assert user.name == "New Comer"
    assert not user.has_usable_password()
    assert not user.is_platform_admin
    assert Member.across.get(user=user).role == Member.Role.MEMBER


@pytest.mark.parametrize("kind", ["oidc", "saml"])
def test_an_address_nobody_vouches_for_opens_no_account(
    kind: str,
    company: Company,
    provider: IdentityProvider,
    open_page: OpenPage,
    configure: Callable[[str], None],
) -> None:
    configure(kind)
    provider.person |= {"email": company.developer.email, "email_verified": False}
    page = open_page("/accounts/login/")
    sign_in(page, kind)
    page.wait_for_load_state("networkidle")
    assert not SocialAccount.objects.filter(user=company.developer).exists()
    expect(page.get_by_text("did not vouch for your e-mail address")).to_be_visible()
    page.goto("/settings/tokens")
    assert "/accounts/login" in page.url


def test_an_answer_signed_by_somebody_else_is_refused(
    company: Company,
    provider: IdentityProvider,
    open_page: OpenPage,
    configure: Callable[[str], None],
) -> None:
    configure("saml")
    provider.person |= {"email": company.developer.email}
    provider.signs_with = forger()
    page = open_page("/accounts/login/")
    sign_in(page, "saml")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="Sign-in did not work")).to_be_visible()
    assert not SocialAccount.objects.filter(user=company.developer).exists()
    page.goto("/settings/tokens")
    assert "/accounts/login" in page.url
