"""The gallery holds every component in every state, so what holds here holds on the pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import THEMES, WIDTHS, accessibility_findings, complaints

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = (
    "/ui",
    "/ui/catalog",
    "/ui/api",
    "/ui/reference-page",
    "/ui/costs",
    "/ui/settings",
    "/ui/sign-in",
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_overflows(
    open_page: Callable[..., Page], theme: str, width: int
) -> None:
    page = open_page(PAGES[0], width=width, theme=theme)
    for path in PAGES:
        page.goto(path)
        assert accessibility_findings(page) == [], path
        assert page.evaluate(OVERFLOW) <= 0, path
    assert complaints(page) == []


def test_no_width_between_them_scrolls_sideways(open_page: Callable[..., Page]) -> None:
    page = open_page("/ui")
    for path in PAGES:
        page.goto(path)
        for width in (1181, 1180, 1000, 769, 768, 600, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(OVERFLOW) <= 0, f"{path} at {width}"


@pytest.mark.parametrize("theme", THEMES)
def test_what_opens_over_the_page_has_no_findings_either(
    open_page: Callable[..., Page], theme: str
) -> None:
    page = open_page("/ui/api", theme=theme)
    for opener, dialog in (
        ("[data-open=get-key]", "#get-key"),
        ("[data-open=palette]", "#palette"),
    ):
        page.locator(opener).first.click()
        page.locator(f"{dialog}[open]").wait_for()
        assert accessibility_findings(page) == []
        page.keyboard.press("Escape")
        page.locator(f"{dialog}:not([open])").wait_for(state="attached")


def test_nothing_is_asked_of_another_host(open_page: Callable[..., Page]) -> None:
    page = open_page("/healthz")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/ui/catalog")
    own = page.evaluate("location.origin")
    assert [url for url in asked if not url.startswith(own)] == []
    assert len(asked) <= 6


def test_without_script_every_part_can_be_used(open_page: Callable[..., Page]) -> None:
    page = open_page("/ui/catalog", java_script_enabled=False)
    assert page.get_by_role("button", name="Apply").is_visible()
    page.goto("/ui")
    page.locator("label:has-text('Python') input").check()
    assert page.locator("pre[aria-label='Create a refund Python']").is_visible()
    assert page.locator("pre[aria-label='Create a refund curl']").is_hidden()
