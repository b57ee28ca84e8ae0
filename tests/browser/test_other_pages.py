"""The pages that need no build wear the same colours, are as accessible, and lead back to the markets."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor


@pytest.mark.parametrize(("path", "heading"), [("/docs", "The venue's clock"), ("/ticker/html", "Tickers")])
def test_plain_pages_are_accessible_and_linked(visitor: Visitor, path: str, heading: str) -> None:
    """The explorer and BtcTurk's tickers: no violation, nothing in the console, and a way to the markets."""
    page = visitor.open(path)

    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Markets")).to_have_attribute("href", "/app/markets")
    colour = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()")
    assert colour == "#1a56c4"  # the browser of these tests asks for light pages
