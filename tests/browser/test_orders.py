"""Orders by the mouse: placed, seen without a reload, amended where they stand, and canceled."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor


def test_an_order_is_placed_amended_and_canceled_by_clicks(visitor: Visitor) -> None:
    """A demo account by one button; the table shows what the venue holds after every step."""
    page = visitor.open("/app/trade/BTC-USD")
    page.get_by_role("button", name="Open a demo account").first.click()
    expect(page.get_by_text("No open orders.")).to_be_visible()
    if visitor.is_phone:
        page.get_by_role("button", name="Buy", exact=True).click()
    form = page.get_by_role("form", name="Order")
    form.get_by_label("Price", exact=True).fill("80000")
    form.get_by_label("Quantity", exact=True).fill("0.01")
    form.get_by_role("button", name="Buy BTC").click()
    form.get_by_role("button", name="Confirm").click()
    expect(form.get_by_text("Order placed")).to_be_visible()
    if visitor.is_phone:
        page.get_by_role("button", name="Close the order form").click()

    rows = page.get_by_role("tabpanel").get_by_role("row").filter(has_text="BTC-USD")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("80,000.0")
    rows.first.get_by_role("button", name=re.compile("^Amend")).click()
    amended = page.get_by_role("form", name=re.compile("^Amend"))
    amended.get_by_label("Price").fill("79000")
    amended.get_by_role("button", name="Save").click()
    expect(page.get_by_role("tabpanel").get_by_role("row")).to_have_count(2)  # the head and the one order
    expect(rows.first).to_contain_text("79,000.0")

    page.get_by_role("button", name="Cancel all").click()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("No open orders.")).to_be_visible()


@pytest.mark.parametrize("visitor", ["desktop"], indirect=True)
def test_what_is_done_in_one_tab_is_seen_in_another(visitor: Visitor) -> None:
    """Both hear of the account's orders from the venue, by the cookie that they share; signing out is heard, too."""
    page = visitor.open("/app/trade/BTC-USD")
    page.get_by_role("button", name="Open a demo account").first.click()
    expect(page.get_by_text("No open orders.")).to_be_visible()
    other = visitor.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("No open orders.")).to_be_visible()
    form = page.get_by_role("form", name="Order")
    form.get_by_label("Price", exact=True).fill("80000")
    form.get_by_label("Quantity", exact=True).fill("0.01")
    form.get_by_role("button", name="Buy BTC").click()
    form.get_by_role("button", name="Confirm").click()

    rows = other.get_by_role("tabpanel").get_by_role("row").filter(has_text="BTC-USD")
    expect(rows).to_have_count(1)


@pytest.mark.parametrize("visitor", ["desktop"], indirect=True)
def test_what_is_typed_stays_while_the_venue_s_instruments_change(visitor: Visitor) -> None:
    """The instrument is halted: a band says so, and the form keeps its input."""
    page = visitor.open("/app/trade/BTC-USD")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_attached()
    price = page.get_by_role("form", name="Order").get_by_label("Price", exact=True)
    price.fill("80000")
    visitor.exchange.halt("BTC-USD")
    visitor.exchange.advance("1s")
    expect(page.get_by_text("halted").first).to_be_visible()

    expect(price).to_have_value("80000")
