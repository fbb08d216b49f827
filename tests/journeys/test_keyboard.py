"""Everything that matters can be reached without a mouse."""

from playwright.sync_api import expect

from tests.journeys.visitor import Visitor

FOCUSED = "document.activeElement"
MOST_TABS = 40


def tab_until(visitor: Visitor, condition: str) -> int:
    """Press Tab until the focused element `e` meets the condition; how often it took."""
    for n_tabs in range(1, MOST_TABS + 1):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate(f"(e => {condition})({FOCUSED})"):
            return n_tabs
    raise AssertionError(f"{MOST_TABS} times Tab and never {condition}")


def outline_width(visitor: Visitor) -> float:
    return visitor.page.evaluate(
        f"""(e => {{ const s = getComputedStyle(e);
        return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) || s.boxShadow !== "none" }})
        ({FOCUSED})"""
    )


def test_first_tab_skips_to_the_content(visit):
    visitor = visit("manager")
    visitor.open("/segments/")  # the customer list gives its search the focus
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#content")).to_be_focused()


def test_every_place_is_reached_by_tab_and_shows_it(visit):
    visitor = visit("owner")
    visitor.open("/")
    places = visitor.page.locator(".rail nav a")
    for number in range(places.count()):
        href = places.nth(number).get_attribute("href")
        tab_until(visitor, f"e.matches('.rail a') && e.getAttribute('href') === '{href}'")
        assert outline_width(visitor), f"{href} does not show that it is focused"
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**{href}")


def test_slash_searches_and_arrows_choose(visit):
    visitor = visit("staff")
    visitor.open("/customers/")
    name = visitor.page.locator("a.row-link").first.inner_text()
    visitor.open("/segments/")
    visitor.page.keyboard.press("/")
    assert visitor.page.evaluate(f"{FOCUSED}.name") == "q"
    visitor.page.keyboard.type(name)
    visitor.page.locator("#search-results [role=option]").first.wait_for()
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("ArrowUp")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/customers/*/")
    assert visitor.page.locator("h1").inner_text() == name


def test_arrows_lead_from_the_lists_search_to_a_customer_and_back(visit):
    visitor = visit("staff")
    visitor.open("/customers/")  # its search has the focus
    keyboard, names = visitor.page.keyboard, visitor.page.locator("a.row-link")
    keyboard.press("ArrowDown")
    expect(names.nth(0)).to_be_focused()
    keyboard.press("ArrowDown")
    expect(names.nth(1)).to_be_focused()
    keyboard.press("ArrowUp")
    keyboard.press("ArrowUp")
    assert visitor.page.evaluate(f"{FOCUSED}.name") == "q"
    keyboard.press("ArrowDown")
    name = names.nth(0).inner_text()
    keyboard.press("Enter")
    visitor.page.wait_for_url("**/customers/*/")
    assert visitor.page.locator("h1").inner_text() == name


def test_menus_open_and_close_by_keyboard(visit):
    visitor = visit("owner")
    visitor.open("/")
    tab_until(visitor, "e.id === 'user-menu-trigger'")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#user-menu-items").wait_for(state="visible")
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("#user-menu-items").wait_for(state="hidden")
    assert visitor.page.evaluate(f"{FOCUSED}.id") == "user-menu-trigger"
    assert visitor.faults == []
