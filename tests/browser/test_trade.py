"""The trade page as somebody sees it who has not signed in: live, steered by mouse and keyboard, honest about its age."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

PATH = "/app/trade/BTC-USD"
PRICE = re.compile(r"^[▲▼]? ?[\d,]+\.\d$")


def rows(visitor: Visitor):
    """Return the rows of the book that have a price."""
    visitor.panel("Order book")
    found = (
        visitor.page.get_by_role("region", name="Order book")
        .get_by_role("row")
        .filter(has_text=re.compile(r"\d{2},\d{3}"))
    )
    expect(found.first).to_be_visible()
    return found


def test_a_stranger_sees_the_market_live(visitor: Visitor) -> None:
    """Book, tape and chart stand; what the venue trades afterwards is seen without a reload."""
    page = visitor.open(PATH)
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_attached()
    expect(page.get_by_test_id("last")).to_have_text(PRICE)
    expect(page.get_by_role("img", name="Price chart of BTC-USD").locator("canvas").first).to_be_visible()

    visitor.panel("Trades")
    tape = page.get_by_role("log", name="Last trades")
    expect(tape).to_be_visible()
    before = tape.inner_text()
    visitor.exchange.advance("60s")

    expect(tape).not_to_have_text(before)


def test_a_price_of_the_book_comes_into_the_ticket(visitor: Visitor) -> None:
    """A click on a row, or the arrow keys and Enter, fill the price field."""
    page = visitor.open(PATH)
    row = rows(visitor).first
    price = row.get_by_role("gridcell").first.inner_text()
    row.click()
    if visitor.is_phone:
        page.get_by_role("button", name="Buy", exact=True).click()

    expect(page.get_by_label("Price", exact=True)).to_have_value(price.replace(",", ""))


def test_the_book_is_grouped_as_wide_as_chosen(visitor: Visitor) -> None:
    """Prices of rows are multiples of the group."""
    page = visitor.open(PATH)
    rows(visitor)
    page.get_by_label("Grouping").select_option(label="50.0")

    expect(rows(visitor).first.get_by_role("gridcell").first).to_have_text(re.compile(r"[05]0\.0$"))


def test_another_instrument_is_found_by_its_name(visitor: Visitor) -> None:
    """The picker searches, Enter takes the first, and the address says which instrument is shown."""
    page = visitor.open(PATH)
    page.get_by_role("button", name="Choose an instrument").click()
    page.get_by_role("searchbox", name="Search").fill("eth-usd")
    page.get_by_role("searchbox", name="Search").press("Enter")

    expect(page).to_have_url(re.compile("/app/trade/ETH-USD"))
    expect(page.get_by_role("heading", name="ETH-USD")).to_be_attached()


def test_a_halted_instrument_says_what_is_possible(visitor: Visitor) -> None:
    """A band above the panels, at once and without a reload."""
    page = visitor.open(PATH)
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_attached()
    visitor.exchange.halt("BTC-USD")
    visitor.exchange.advance("1s")

    expect(page.get_by_text("Trading is halted. Open orders can be canceled.").first).to_be_visible()


def test_a_lost_connection_is_said_and_comes_back(visitor: Visitor) -> None:
    """Offline, what is shown is dimmed and its age counted; back online, it is live again."""
    page = visitor.open(PATH)
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_attached()
    visitor.may_be_cut = True
    visitor.context.set_offline(True)
    visitor.exchange.faults.close_socket()
    visitor.exchange.advance("30s")  # a frame comes, at which the venue closes
    expect(page.get_by_role("status").filter(has_text=re.compile("Stale|Reconnecting"))).to_be_attached()

    visitor.context.set_offline(False)

    expect(page.get_by_role("status").filter(has_text="Live")).to_be_attached()


def test_the_language_is_changed_without_a_reload(visitor: Visitor) -> None:
    """Words and separators: 86.040,5 in Turkish."""
    page = visitor.open(PATH)
    expect(page.get_by_test_id("last")).to_have_text(PRICE)
    page.get_by_role("combobox", name="Language").select_option("tr")

    expect(page.get_by_test_id("last")).to_have_text(re.compile(r"^[\d.]+,\d$"))
    assert page.evaluate("document.documentElement.lang") == "tr"
    visitor.check_accessible()


def test_both_themes_are_accessible(visitor: Visitor) -> None:
    """Contrast holds in the dark and in the light."""
    page = visitor.open(PATH)
    rows(visitor)
    for theme in ("dark", "light"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        visitor.check_accessible()
