"""The first page, with and without scripts, and the page of a wrong address."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bedesten.testing.venue import TestVenue
from tests.browser.conftest import SIZES
from tests.browser.visitor import Visitor

PRICE = re.compile(r"^[\d,]+\.\d+$")


@pytest.mark.parametrize("size", SIZES)
def test_markets_are_shown_without_any_script(browser: Any, exchange: TestVenue, size: str) -> None:
    """The server writes the table: a reader without JavaScript sees live prices and where to go."""
    from playwright.sync_api import expect

    visitor = Visitor(browser, exchange, SIZES[size], is_phone=size == "phone", java_script_enabled=False)
    page = visitor.open("/")

    row = page.get_by_role("row").filter(has_text="BTC-USD")
    expect(row.get_by_role("cell").first).to_have_text(PRICE)
    expect(page.get_by_role("link", name="Start trading")).to_have_attribute("href", "/app/trade")
    visitor.context.close()
    assert visitor.complaints == []


def test_a_wrong_address_is_a_page_for_people_and_json_for_programs(visitor: Visitor) -> None:
    """Whoever types an address reads a sentence and finds the way back; whoever asks with a program gets the documented shape."""
    from playwright.sync_api import expect

    visitor.may_be_refused = True
    page = visitor.open("/nothing/<here>")
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    expect(page.get_by_text("/nothing/<here>")).to_be_visible()

    answer = visitor.context.request.get("/nothing", headers={"accept": "*/*"})
    assert (answer.status, answer.json()["error"]) == (404, "NotFound")
