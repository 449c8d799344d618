"""The page frame: navigation, preferences, headers, sign-in, errors."""

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from marketplace.errors import Conflict, FieldError
from marketplace.ids import new_id
from marketplace.tenants.actor import Actor
from marketplace.ui import gallery
from marketplace.ui.middleware import content_security_policy
from marketplace.ui.navigation import navigation
from tests.company import Company

pytestmark = pytest.mark.django_db


def frame(path: str, actor: Actor) -> list[tuple[str, bool]]:
    request = RequestFactory().get(path)
    request.actor = actor  # type: ignore[attr-defined]
    return [(link.item.label, link.current) for link in navigation(request)["navigation"]]


def test_there_are_four_places_and_admin_by_role() -> None:
    person = Actor(kind="user", label="Dana", tenant_id=new_id())
    admin = Actor(kind="user", label="Petra", is_platform_admin=True)
    assert [label for label, _ in frame("/", person)] == [
        "Catalog",
        "My access",
        "Publish",
        "Costs",
    ]
    assert [label for label, _ in frame("/", admin)][-1] == "Admin"
    assert [label for label, _ in frame("/", admin)] == ["Admin"]  # in no tenant yet
    assert frame("/", Actor.anonymous()) == []


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "Catalog"),
        ("/apis/payments", "Catalog"),
        ("/access", "My access"),
        ("/inbox", "My access"),
        ("/costs/2026-10", "Costs"),
        ("/settings/tokens", None),
        ("/apisonly", None),
    ],
)
def test_the_place_one_is_at_is_marked(path: str, label: str | None) -> None:
    marked = [
        name for name, current in frame(path, Actor(kind="user", tenant_id=new_id())) if current
    ]
    assert marked == ([label] if label else [])


def test_the_theme_is_read_from_its_cookie_so_that_no_page_flashes(client: Client) -> None:
    assert b'data-theme="system"' in client.get("/ui").content
    client.cookies["theme"] = "dark"
    assert b'data-theme="dark"' in client.get("/ui").content
    client.cookies["theme"] = "x'><b>"
    assert b'data-theme="system"' in client.get("/ui").content


def test_preferences_work_without_script_and_go_back_to_our_own_pages_only(client: Client) -> None:
    answer = client.post("/ui/preferences", {"theme": "dark"}, HTTP_REFERER="http://testserver/ui")
    assert answer.status_code == 302
    assert answer["Location"] == "http://testserver/ui"
    assert answer.cookies["theme"].value == "dark"
    away = client.post("/ui/preferences", {"theme": "dark"}, HTTP_REFERER="https://evil.example/")
    assert away["Location"] == "/"
    assert client.post("/ui/preferences", {"theme": "pink"}).status_code == 422
    assert client.get("/ui/preferences").status_code == 405


def test_single_keys_switched_off_stay_off(client: Client) -> None:
    client.post("/ui/preferences", {"shortcuts": "off"})
    assert b'data-shortcuts="off"' in client.get("/ui").content


def test_every_answer_holds_the_page_to_our_own_origin(client: Client) -> None:
    for path in ("/ui", "/accounts/login/", "/healthz", "/no-such-page"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
            "object-src 'none'; img-src 'self' data:"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_an_outer_identity_provider_can_be_named_for_forms() -> None:
    assert "form-action 'self' https://id.example;" in content_security_policy(
        ["https://id.example"]
    )


def test_the_gallery_shows_every_section_and_whole_pages(client: Client) -> None:
    page = client.get("/ui").content.decode()
    for key, title in gallery.SECTIONS:
        assert f'id="{key}"' in page
        assert title in page
    for name in gallery.PAGES:
        assert client.get(f"/ui/{name}").status_code == 200
    assert client.get("/ui/no-such-page").status_code == 404


def test_the_gallery_reads_no_table(client: Client) -> None:
    with CaptureQueriesContext(connection) as seen:
        client.get("/ui")
    assert [query["sql"] for query in seen.captured_queries if " FROM " in query["sql"]] == []


def test_a_person_who_is_not_signed_in_sees_the_way_in(client: Client) -> None:
    page = client.get("/ui").content.decode()
    assert 'href="/accounts/login/"' in page
    assert 'popovertarget="account"' not in page


def test_a_person_who_is_signed_in_finds_tokens_theme_keys_and_the_way_out(
    company: Company,
) -> None:
    client = Client()
    client.force_login(company.developer)
    page = client.get("/ui").content.decode()
    for part in (
        "/settings/tokens",
        'action="/accounts/logout/"',
        'data-open="keyboard"',
        'value="dark"',
    ):
        assert part in page


def test_the_sign_in_page_offers_the_demo_people_in_a_demo_only() -> None:
    request = RequestFactory().get("/accounts/login/")
    people = [{"email": "dana@meridian.example", "password": "demo-pass", "who": "Dana, developer"}]
    shown = render_to_string("account/side.html", {"demo_accounts": people}, request)
    assert 'name="login" value="dana@meridian.example"' in shown
    assert 'name="password" value="demo-pass"' in shown
    assert "demo-pass" not in render_to_string("account/side.html", {}, request)


def test_a_wrong_password_is_told_at_the_top_with_the_focus(client: Client) -> None:
    page = client.post(
        "/accounts/login/", {"login": "a@b.example", "password": "x"}
    ).content.decode()
    assert "One thing needs your attention" in page
    assert "autofocus" in page


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/signup/",
        "/accounts/logout/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/reauthenticate/",
    ],
)
def test_every_account_page_stands_in_our_frame(company: Company, path: str) -> None:
    client = Client()
    anonymous = path.startswith(("/accounts/login", "/accounts/password/reset", "/accounts/signup"))
    if not anonymous:
        client.force_login(company.developer)
    page = client.get(path)
    assert page.status_code == 200
    html = page.content.decode()
    assert "css/app" in html
    assert "<h1>" in html or "<h1 " in html
    assert "<ul>\n" not in html
    assert 'style="' not in html


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_says_what_happened_and_where_to_go(name: str) -> None:
    request = RequestFactory().get("/nowhere")
    html = render_to_string(name, {}, None if name == "500.html" else request)
    assert "<h1>" in html
    assert 'href="/"' in html


def test_a_problem_is_a_page_with_its_pointers() -> None:
    problem = Conflict("v3.2 stands.", errors=[FieldError("/info/version", "is <published>")])
    html = render_to_string("problem.html", {"problem": problem}, RequestFactory().get("/x"))
    for part in ("409", "v3.2 stands.", "/info/version", "is &lt;published&gt;"):
        assert part in html
