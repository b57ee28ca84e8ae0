"""services.ports.Rows: what was committed is found by every question."""

from __future__ import annotations

from bedesten.services.ports import Store
from bedesten.services.store_types import Candle
from tests.storage.market import ALICE, BOB, QUOTE_FEES, RECEIVED_FEES, SECOND_NS, START_NS, a_market_day


def test_orders_are_newest_first_and_can_be_narrowed(store: Store) -> None:
    """By instrument, by the instant they ended, by id, by client id, by number of rows."""
    for batch in a_market_day():
        store.log.commit(batch)
    every = store.rows.orders(ALICE, limit=100)

    assert [r.order.updated_ns for r in every] == sorted((r.order.updated_ns for r in every), reverse=True)
    assert store.rows.orders(ALICE, limit=3) == every[:3]
    on_first = [r for r in every if r.order.instrument == RECEIVED_FEES]
    assert store.rows.orders(ALICE, instrument=RECEIVED_FEES, limit=100) == on_first
    start, end = START_NS + 2 * SECOND_NS, START_NS + 4 * SECOND_NS
    window = store.rows.orders(ALICE, start_ns=start, end_ns=end, limit=100)
    assert window == [r for r in every if start <= r.order.updated_ns < end]
    assert window
    some = every[3]
    assert store.rows.order(ALICE, some.order.order_id) == some
    assert store.rows.order(BOB, some.order.order_id) is None
    assert store.rows.orders_by_id(ALICE, [r.order.order_id for r in every[:4]]) == every[:4]
    assert store.rows.orders_by_client_id(ALICE, "bot-2", 100) == [r for r in every if r.client_id == "bot-2"]
    assert store.rows.orders_by_client_id(ALICE, "bot-9", 100) == []


def test_fills_are_an_accounts_halves_of_trades(store: Store) -> None:
    """Each half has its own side, order and fee; orders, instruments and instants narrow them."""
    for batch in a_market_day():
        store.log.commit(batch)
    every = store.rows.fills(ALICE, limit=100)

    assert {fill.account for fill in every} == {ALICE}
    assert [fill.trade_id for fill in every] == sorted((fill.trade_id for fill in every), reverse=True)
    assert {(fill.is_maker, fill.fee) for fill in every} == {(0, 3), (1, 2)}
    for fill in every:
        other = next(f for f in store.rows.fills(BOB, limit=100) if f.trade_id == fill.trade_id)
        assert (fill.side + other.side, fill.is_maker + other.is_maker) == (3, 1)
    assert store.rows.fills(ALICE, instrument=QUOTE_FEES, limit=100) == [f for f in every if f.instrument == QUOTE_FEES]
    ids = [every[1].order_id, every[4].order_id, 999_999]
    assert store.rows.fills(ALICE, order_ids=ids, limit=100) == [f for f in every if f.order_id in ids]
    assert store.rows.fills(BOB, order_ids=ids, limit=100) == []
    assert store.rows.fills(ALICE, start_ns=START_NS + 3 * SECOND_NS, limit=1) == every[:1]
    assert store.rows.fills(ALICE, end_ns=START_NS, limit=100) == []


def test_transfers_show_on_both_accounts_and_can_be_narrowed(store: Store) -> None:
    """A deposit is seen by whom it reached and by the outside."""
    store.log.commit(a_market_day(1)[0])

    (deposit,) = store.rows.transfers(ALICE, limit=10)

    assert (deposit.to_account, deposit.asset, deposit.amount) == (ALICE, 1, 1_000_000)
    assert len(store.rows.transfers(0, limit=10)) == 2
    assert store.rows.transfers(ALICE, assets=[2], limit=10) == []
    assert store.rows.transfers(ALICE, reasons=[1], limit=10) == [deposit]
    assert store.rows.transfers(ALICE, reasons=[2], limit=10) == []


def test_a_candle_that_exists_is_replaced(store: Store) -> None:
    """A minute is told again when it was told too early."""
    day = a_market_day(3)
    later = [row._replace(candle=row.candle._replace(close=101)) for row in day[1].candles]
    day[2].candles.extend(later)

    for batch in day:
        store.log.commit(batch)

    assert store.rows.candles(RECEIVED_FEES, start_s=0, end_s=100) == [Candle(60, 100, 101, 99, 101, 5, 50)]
    assert store.rows.candle_span(RECEIVED_FEES) == (60, 60)
    assert store.rows.candle_span(9) is None


def test_trades_are_newest_first_and_can_be_narrowed(store: Store) -> None:
    """By instrument, instant and number of rows; walked from either end without a row twice."""
    for batch in a_market_day():
        store.log.commit(batch)
    every = store.rows.trades(RECEIVED_FEES, limit=100)

    assert [trade.trade_id for trade in every] == sorted((trade.trade_id for trade in every), reverse=True)
    assert len(every) > 2
    assert store.rows.trades(RECEIVED_FEES, limit=1) == every[:1]
    assert store.rows.trades(RECEIVED_FEES, before_id=every[0].trade_id, limit=1) == every[1:2]
    assert store.rows.trades(RECEIVED_FEES, after_id=every[-1].trade_id, oldest_first=True, limit=1) == [every[-2]]
    assert store.rows.trades(RECEIVED_FEES, end_ns=START_NS, limit=100) == []


def test_an_account_without_a_past_has_none(store: Store) -> None:
    """Every list is empty, and so is every look-up."""
    store.log.commit(a_market_day(1)[0])
    rows, nobody = store.rows, 999

    assert (
        rows.orders(nobody, limit=9) == rows.orders_by_id(nobody, [1]) == rows.orders_by_client_id(nobody, "x", 9) == []
    )
    assert rows.order(nobody, 1) is None
    assert rows.fills(nobody, limit=9) == rows.transfers(nobody, limit=9) == rows.trades(nobody, limit=9) == []
    assert rows.holds(nobody, reason=1, limit=9) == rows.holds_by_id([nobody]) == rows.captures(nobody, 1, [1]) == []
    assert rows.transfers_of(nobody) == rows.logged(0, 9) == rows.logged_of(nobody, [1], 9) == []
    assert rows.notes_beside([nobody]) == {}
