"""The postings view: every fill and transfer as signed legs that balance."""

from __future__ import annotations

from bedesten.domain.enums import Side
from bedesten.storage.memory import open_memory
from tests.storage.market import ALICE, BASE, BOB, LOT_VALUE, QUOTE, QUOTE_FEES, RECEIVED_FEES, Market, a_market_day

FEES, TAX = 1, 2


def balances(market: Market) -> dict[tuple[int, int], int]:
    """Return what the postings of a market say each account has of each asset, zeros left out."""
    store = open_memory()
    store.commit(market.take())
    rows = store._rows("SELECT account, asset, sum(amount) FROM postings GROUP BY account, asset")
    store.close()
    return {(account, asset): amount for account, asset, amount in rows if amount}


def test_postings_sum_to_zero_for_every_asset_and_trade() -> None:
    """Whatever happened, nothing was created or lost."""
    store = open_memory()
    for batch in a_market_day(20):
        store.commit(batch)

    per_trade = store._rows(
        "SELECT DISTINCT total FROM (SELECT sum(amount) total FROM postings GROUP BY trade_id, asset)"
    )
    legs = store._rows("SELECT count(*) FROM postings")

    store.close()
    assert per_trade == [(0,)]
    assert legs[0][0] > 100


def test_fees_in_the_asset_received_are_taken_in_base_from_the_buyer() -> None:
    """The buyer pays fee and tax in base, the seller in quote."""
    market = Market()
    market.list_instruments()
    market.trade(instrument=RECEIVED_FEES, side=Side.BUY, quantity=5, maker=ALICE, taker=BOB, tax=1)

    assert balances(market) == {
        (BOB, BASE): 5 * LOT_VALUE - 3 - 1,
        (BOB, QUOTE): -50,
        (ALICE, BASE): -5 * LOT_VALUE,
        (ALICE, QUOTE): 50 - 2 - 1,
        (FEES, BASE): 3,
        (FEES, QUOTE): 2,
        (TAX, BASE): 1,
        (TAX, QUOTE): 1,
    }


def test_fees_in_quote_are_taken_from_both_sides_in_quote() -> None:
    """Here the taker sells: the maker is the buyer, and pays on top of the notional."""
    market = Market()
    market.list_instruments()
    market.trade(instrument=QUOTE_FEES, side=Side.SELL, quantity=5, maker=ALICE, taker=BOB, tax=1)

    assert balances(market) == {
        (BOB, BASE): -5 * LOT_VALUE,
        (BOB, QUOTE): 50 - 3 - 1,
        (ALICE, BASE): 5 * LOT_VALUE,
        (ALICE, QUOTE): -50 - 2 - 1,
        (FEES, QUOTE): 5,
        (TAX, QUOTE): 2,
    }


def test_a_changed_fee_rule_counts_from_the_next_trade_on() -> None:
    """A trade keeps the assets its fees were taken in, whatever the instrument's rule becomes."""
    store = open_memory()
    day = a_market_day(3)
    for batch in day:
        store.commit(batch)

    rows = store._rows("SELECT DISTINCT instrument, side, fee_asset FROM fills ORDER BY 1, 2")

    store.close()
    assert rows == [(RECEIVED_FEES, 1, BASE), (RECEIVED_FEES, 2, QUOTE), (QUOTE_FEES, 1, QUOTE), (QUOTE_FEES, 2, QUOTE)]
