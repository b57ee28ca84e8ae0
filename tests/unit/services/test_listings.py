"""What an API's list asks of an order: exact decimals, and a least value."""

from __future__ import annotations

import pytest

from bedesten.domain.instruments import Asset, Instrument, Listing
from bedesten.domain.money import Amount
from bedesten.services.listings import Breach, Terms, TermsAsked, terms_of

BASE = Asset(id=1, code="BTC", name="Bitcoin")
QUOTE = Asset(id=2, code="USDT", name="Tether", scale=6)
#: A tenth of a dollar and a satoshi in the book; whole dollars and five decimals on the list, ten dollars at least.
BOOK = Instrument(id=1, base=BASE, quote=QUOTE, price_scale=1, quantity_scale=8)
LISTED = Listing(
    number=1, instrument=1, symbol="BTCUSDT", price_scale=0, quantity_scale=5, min_value=Amount(10_000_000)
)


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        (TermsAsked("0.5", "20000"), Terms(50_000_000, 0, 200_000, 0)),
        (TermsAsked("5e-1", "2e4", "21000"), Terms(50_000_000, 0, 200_000, 210_000)),
        (TermsAsked("0.50000000", "20000.000"), Terms(50_000_000, 0, 200_000, 0)),
        (TermsAsked("100", is_budget=True), Terms(0, 100_000_000, 0, 0)),
        (TermsAsked("0.5"), Terms(50_000_000, 0, 0, 0)),
    ],
)
def test_texts_become_the_books_own_units(asked: TermsAsked, terms: Terms) -> None:
    """Ticks, lots and minor units, whatever the list's decimals."""
    assert terms_of(BOOK, LISTED, asked, 0) == terms


@pytest.mark.parametrize(
    ("asked", "breach"),
    [
        (TermsAsked("0.000001", "20000.5", "0.5"), Breach.QUANTITY_SCALE),
        (TermsAsked("0.00001", "20000.5", "0.5"), Breach.PRICE_SCALE),
        (TermsAsked("0.00001", "20000", "0.5"), Breach.TRIGGER_PRICE_SCALE),
        (TermsAsked("0.00001", "20000", "5"), Breach.VALUE_TOO_SMALL),
        (TermsAsked("100.5", is_budget=True), Breach.QUANTITY_SCALE),
        (TermsAsked("100", "20000.5", is_budget=True, is_market=True), Breach.PRICE_SCALE),
        (TermsAsked("9", is_budget=True), Breach.VALUE_TOO_SMALL),
        (TermsAsked("0", "20000"), Breach.NOT_A_NUMBER),
        (TermsAsked("1", "-20000"), Breach.NOT_A_NUMBER),
        (TermsAsked("1", "20,000"), Breach.NOT_A_NUMBER),
        (TermsAsked("1", "20000", "x"), Breach.NOT_A_NUMBER),
        (TermsAsked("99999999999999999999", "1"), Breach.NOT_A_NUMBER),
    ],
)
def test_each_breach_is_named_in_the_order_of_the_checks(asked: TermsAsked, breach: Breach) -> None:
    """Nothing is rounded to fit."""
    assert terms_of(BOOK, LISTED, asked, 0) is breach


def test_a_market_order_is_valued_at_what_the_caller_says() -> None:
    """And not at all without a price."""
    asked = TermsAsked("0.0001")

    assert terms_of(BOOK, LISTED, asked, 200_000) is Breach.VALUE_TOO_SMALL
    assert terms_of(BOOK, LISTED, asked, 0) == Terms(10_000, 0, 0, 0)
    assert terms_of(BOOK, LISTED, TermsAsked("0.0005"), 200_000) == Terms(50_000, 0, 0, 0)
