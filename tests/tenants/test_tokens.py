"""Personal access tokens: shown once, stored as a digest, ended at once."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from marketplace import clock
from marketplace.errors import Forbidden, Invalid
from marketplace.tenants import durations
from marketplace.tenants.models import AccessToken
from marketplace.tenants.tokens import find_token, issue_token
from tests.company import Company

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def get_audit(secret: str) -> int:
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    return int(client.get("/api/v1/audit").status_code)


def issue(company: Company, **more: object) -> str:
    user = company.developer
    return issue_token(
        actor=company.actor(user),
        holder=user,
        name="CI",
        ttl=HOUR,
        **more,  # type: ignore[arg-type]
    ).secret


def test_a_token_opens_rest_for_its_holder(company: Company) -> None:
    assert get_audit(issue(company)) == 200


def test_what_is_stored_is_not_the_secret(company: Company) -> None:
    secret = issue(company)
    row = AccessToken.across.get()
    assert secret not in str(vars(row))
    assert find_token(secret) == row


def test_an_expired_or_revoked_one_is_refused(company: Company) -> None:
    secret = issue(company)
    with clock.frozen(clock.now() + 2 * HOUR):
        assert get_audit(secret) == 401
    AccessToken.across.get().revoke()
    assert get_audit(secret) == 401


def test_a_scope_narrows_what_it_may(company: Company) -> None:
    assert get_audit(issue(company, scopes=["catalog:read"])) == 403
    assert get_audit(issue(company, scopes=["audit:read"])) == 200


def test_nobody_makes_one_for_somebody_else(company: Company) -> None:
    with pytest.raises(Forbidden):
        issue_token(
            actor=company.actor(company.owner), holder=company.developer, name="x", ttl=HOUR
        )


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(days=91), -HOUR])
def test_h24_a_life_of_nothing_or_for_ever_is_refused(company: Company, ttl: timedelta) -> None:
    user = company.developer
    with pytest.raises(Invalid):
        issue_token(actor=company.actor(user), holder=user, name="x", ttl=ttl)


def test_the_command_prints_one_that_works(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("token", user=company.developer.email, ttl="2h")
    assert get_audit(capsys.readouterr().out.strip()) == 200


def test_the_page_shows_it_once_and_lists_it(company: Company) -> None:
    client = Client()
    client.force_login(company.developer)
    made = client.post("/settings/tokens", {"name": "laptop", "ttl": "30"}).content.decode()
    assert "mpat_" in made
    assert made.count("Copy it now") == 1
    again = client.get("/settings/tokens").content.decode()
    assert "laptop" in again
    assert "Copy it now" not in again
    token = AccessToken.across.get()
    client.post(f"/settings/tokens/{token.id}/revoke")
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15m", 900), ("12h", 43_200), ("7d", 604_800), ("PT15M", 900), ("60", 60)],
)
def test_lengths_of_time_read_as_people_write_them(text: str, seconds: int) -> None:
    assert durations.parse(text).total_seconds() == seconds


@given(st.text(max_size=30))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    try:
        length = durations.parse(text)
    except ValueError:
        return
    assert length > timedelta(0)
