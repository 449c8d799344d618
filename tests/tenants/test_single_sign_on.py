"""Identity providers by environment: whole or not at all, and in the pages' policy."""

import pytest

from marketplace.env import EnvironmentProblem
from marketplace.tenants import single_sign_on


def test_without_configuration_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OIDC_CLIENT_ID", "SAML_ENTITY_ID", "SIGN_IN_ORIGINS"):
        monkeypatch.delenv(name, raising=False)
    assert single_sign_on.providers() == {}
    assert single_sign_on.origins() == []


@pytest.mark.parametrize(
    ("set_", "missing"),
    [("OIDC_CLIENT_ID", "OIDC_SERVER_URL"), ("SAML_ENTITY_ID", "SAML_METADATA_URL")],
)
@pytest.mark.parametrize("value", ["", "id.example", "file:///etc/passwd"])
def test_half_a_configuration_says_what_is_missing(
    set_: str, missing: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(set_, "something")
    monkeypatch.setenv(missing, value)
    with pytest.raises(EnvironmentProblem, match=missing):
        single_sign_on.providers()


def test_the_providers_origins_join_those_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_SERVER_URL", "https://id.example/realms/shop")
    monkeypatch.setenv("SIGN_IN_ORIGINS", "https://more.example")
    assert single_sign_on.origins() == ["https://id.example", "https://more.example"]


def test_domains_are_entrusted_only_where_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_CLIENT_ID", "shop")
    monkeypatch.setenv("OIDC_SERVER_URL", "https://id.example")
    app = single_sign_on.providers()["openid_connect"]["APPS"][0]
    assert "verified_email" not in app["settings"]
    monkeypatch.setenv("OIDC_EMAIL_DOMAINS", "shop.example")
    app = single_sign_on.providers()["openid_connect"]["APPS"][0]
    assert app["settings"]["verified_email"] == ["shop.example"]
