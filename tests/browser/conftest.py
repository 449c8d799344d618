"""A real Chromium for the pages, one per test process, and a new context per page."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

# Playwright's own loop runs in this thread, where the ORM would refuse to work beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")
_complaints: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips where there is none (name one in CHROMIUM)."""
    if not CHROMIUM:
        pytest.skip("no Chromium found; install it (apt-get install chromium) or name it: CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """`open_page("/ui", width=390, theme="dark", user=someone)`: a page in its own context.

    `user` is signed in by a session cookie; other arguments go to the context.
    """
    contexts = []

    def open_(
        path: str, *, width: int = 1440, theme: str = "light", user: Any = None, **more: Any
    ) -> Page:
        phone = width < 768
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": WIDTHS.get(width, 900)},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            has_touch=phone,
            is_mobile=phone,
            **more,
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"url": live_server.url, **session_cookie(user)}])  # type: ignore[typeddict-item]
        page = context.new_page()
        heard = _complaints[page] = []
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


def complaints(page: Page) -> list[str]:
    """The errors that the page's console and scripts have told so far."""
    return _complaints[page]


def session_cookie(user: Any) -> dict[str, str]:
    """The session cookie of a person who has just signed in."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up by tests/conftest.py
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(user)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value}


def accessibility_findings(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, a line each."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
