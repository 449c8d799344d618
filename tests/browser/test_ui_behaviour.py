"""What the one script adds: palette, keys, copy, theme, tabs, dialogs, toasts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.company import Company

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


def test_control_k_opens_the_palette_and_arrows_and_enter_go_somewhere(
    open_page: Open, company: Company
) -> None:
    page = open_page("/ui", user=company.developer)
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Search APIs, operations, keys and actions")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette a.active")).to_contain_text("My access")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_hidden()


def test_escape_closes_the_palette_at_the_first_press_whatever_was_typed(
    open_page: Open, company: Company
) -> None:
    page = open_page("/ui", user=company.developer)
    page.keyboard.press("Control+k")
    page.keyboard.type("refund")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_a_slash_focuses_the_search_and_types_nothing(open_page: Open) -> None:
    page = open_page("/ui/catalog")
    page.keyboard.press("/")
    search = page.get_by_label("Search APIs and operations")
    expect(search).to_be_focused()
    expect(search).to_have_value("refund")


def test_j_and_k_walk_the_rows(open_page: Open) -> None:
    page = open_page("/ui/catalog")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Payments", exact=True).first).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Order events", exact=True)).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Payments", exact=True).first).to_be_focused()


def test_g_then_a_letter_goes_to_a_top_level_page(open_page: Open, company: Company) -> None:
    page = open_page("/ui", user=company.developer)
    page.keyboard.press("g")
    with page.expect_request("**/costs"):
        page.keyboard.press("b")


def test_single_keys_can_be_switched_off_and_stay_off(open_page: Open) -> None:
    page = open_page("/ui/catalog")
    page.keyboard.press("?")
    expect(page.locator("#keyboard")).to_be_visible()
    page.get_by_role("button", name="Off", exact=True).click()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keyboard")).to_be_hidden()
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keyboard")).to_be_hidden()


def test_single_keys_do_nothing_in_a_field(open_page: Open) -> None:
    page = open_page("/ui/catalog")
    page.keyboard.press("/")
    page.keyboard.press("End")
    page.keyboard.type("?j")
    expect(page.get_by_label("Search APIs and operations")).to_have_value("refund?j")
    expect(page.locator("#keyboard")).to_be_hidden()


def test_the_theme_changes_at_once_and_the_next_page_comes_in_it(
    open_page: Open, company: Company
) -> None:
    page = open_page("/ui", user=company.developer)
    page.get_by_role("button", name="Account: ").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    answer = page.request.get("/ui").text()
    assert 'data-theme="dark"' in answer.partition("<head>")[0]


def test_copy_takes_the_code_that_is_shown_and_says_so(open_page: Open) -> None:
    page = open_page("/ui/reference-page", permissions=["clipboard-read", "clipboard-write"])
    page.locator("label:has-text('Python') input").check()
    page.get_by_role("button", name="Copy code").first.click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("import httpx")


def test_a_language_chosen_once_is_chosen_everywhere_and_kept(open_page: Open) -> None:
    page = open_page("/ui/reference-page")
    page.locator("label:has-text('Node') input").check()
    page.goto("/ui/api")
    expect(page.locator("label:has-text('Node') input")).to_be_checked()


def test_y_approves_the_item_in_focus(open_page: Open) -> None:
    page = open_page("/ui")
    page.evaluate(
        "document.querySelector('.inbox [data-approve]').onclick = () => { window.said = 'yes' }"
    )
    page.locator(".inbox-item").focus()
    page.keyboard.press("y")
    assert page.evaluate("window.said") == "yes"


def test_a_dialog_closes_by_its_button_by_escape_and_by_the_backdrop(open_page: Open) -> None:
    page = open_page("/ui/api")
    dialog = page.locator("#get-key")
    ways: list[Callable[[], None]] = [
        lambda: dialog.get_by_role("button", name="Close").click(),
        lambda: page.keyboard.press("Escape"),
        lambda: page.mouse.click(20, 400),
    ]
    for close in ways:
        page.locator("[data-open=get-key]").first.click()
        expect(dialog).to_be_visible()
        close()
        expect(dialog).to_be_hidden()


def test_a_fragment_swapped_into_the_drawer_opens_it(open_page: Open) -> None:
    page = open_page("/ui/api")
    page.evaluate("htmx.ajax('GET', '/ui/waiting', '#drawer')")
    expect(page.locator("#drawer")).to_be_visible()
    expect(page.locator("#drawer .wait")).to_have_text("Waiting for first call…")


def test_a_refusal_is_told_in_its_own_words(open_page: Open) -> None:
    page = open_page("/ui/api")
    page.evaluate("htmx.ajax('GET', '/ui/no-such-page', '#drawer')")
    expect(page.locator("#toasts .toast.tone-red")).to_contain_text("There is nothing here")
    expect(page.locator("#drawer")).to_be_hidden()


def test_a_session_that_ended_leads_to_the_sign_in_page_and_back(open_page: Open) -> None:
    page = open_page("/ui/api")
    with page.expect_navigation(url="**/accounts/login/?next=%2Fui%2Fapi"):
        page.evaluate("htmx.ajax('GET', '/accounts/login/', '#drawer')")


def test_a_server_told_toast_is_shown_and_goes_away(open_page: Open) -> None:
    page = open_page("/ui/api")
    page.clock.install()
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('toast',"
        "{bubbles: true, detail: {text: 'Key <b>rotated</b>', tone: 'green'}}))"
    )
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("Key <b>rotated</b>")
    page.clock.run_for(5500)
    expect(toast).to_have_count(0)


def test_a_facet_submits_its_form_by_itself(open_page: Open) -> None:
    page = open_page("/ui/catalog")
    with page.expect_navigation(url="**/ui/catalog?*lifecycle=Beta*"):
        page.get_by_label("Beta").check()


def test_a_file_chosen_is_named_in_its_drop_zone(open_page: Open) -> None:
    page = open_page("/ui/settings")
    page.locator("input[type=file]").set_input_files(
        {"name": "payments.yaml", "mimeType": "text/yaml", "buffer": b"x" * 3000}
    )
    expect(page.locator("[data-dropzone-name]")).to_have_text("payments.yaml · 3 KB")
