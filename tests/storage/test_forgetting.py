"""A store in memory stays small: what it forgets, when, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bedesten.domain.enums import CloseReason, Side
from bedesten.storage import forgetting
from bedesten.storage.memory import open_forgetting, open_memory
from bedesten.storage.sqlite import SqliteStore
from tests.storage.market import ALICE, BASE, BOB, QUOTE, QUOTE_FEES, RECEIVED_FEES, SECOND_NS, Market

MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
TABLES = (
    "orders", "orders_by_account", "orders_by_client", "orders_by_number", "orders_by_id", "trades", "fills_by_account",
    "fills_by_order", "fills_by_client", "trades_by_instrument", "transfers", "transfers_by_account", "candles", "journal",
)  # fmt: skip


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A forgetting store."""
    opened = open_forgetting()
    yield opened
    opened.close()


def a_market() -> Market:
    market = Market()
    market.list_instruments()
    market.open_accounts()
    return market


def live(store: SqliteStore, market: Market, hours: int, *, pause_ns: int = 10 * MINUTE_NS) -> None:
    """Let hours go by: in each pause a trade, a canceled order, a deposit, a minute's candle."""
    for _ in range(hours * HOUR_NS // pause_ns):
        market.time_ns += pause_ns - SECOND_NS
        market.trade(client_id="bot")
        cancel(market)
        market.deposit(ALICE, QUOTE, 7)
        market.minute(RECEIVED_FEES, market.time_ns // SECOND_NS)
        store.commit(market.take())


def cancel(market: Market) -> int:
    market.order_id += 1
    market.close(market.order_id, ALICE, instrument=RECEIVED_FEES, side=Side.BUY, client_id="bot")
    return market.order_id


def counts(store: SqliteStore) -> dict[str, int]:
    """Return how many rows each table has, the indexes up to date."""
    with store._reading:
        store._indexes.catch_up()
        return {name: store._reader.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


def test_rows_stop_growing_after_a_day_and_candles_after_a_week(store: SqliteStore) -> None:
    """Nine days: from the second on every table but the candles stays as it is, and those from the eighth on."""
    market = a_market()
    days = []
    for _ in range(9):
        live(store, market, 24)
        days.append(counts(store))

    assert days[0]["journal"] == 0
    assert all(days[0][name] > 100 for name in TABLES if name != "journal")
    rows = [{name: count for name, count in day.items() if name != "candles"} for day in days]
    assert all(count <= rows[1][name] for day in rows[2:] for name, count in day.items())
    assert days[8]["candles"] <= days[7]["candles"] + 6 < days[7]["candles"] * 1.1
    assert days[8]["orders_by_id"] == days[8]["orders"]
    assert days[8]["fills_by_order"] == 2 * days[8]["trades"] == 2 * days[8]["trades_by_instrument"]


def test_orders_that_never_traded_go_after_an_hour_and_others_after_a_day(store: SqliteStore) -> None:
    """What somebody may still ask for is there as it was, whatever is forgotten around it."""
    market = a_market()
    canceled = cancel(market)
    filled = market.trade(client_id="bot")
    market.deposit(BOB, BASE, 5)
    store.commit(market.take())

    live(store, market, 1)
    assert store.order(ALICE, canceled) is not None
    live(store, market, 1)
    assert store.order(ALICE, canceled) is None
    assert store.order(BOB, filled) is not None
    assert [fill.order_id for fill in store.fills(BOB, order_ids=[filled], limit=9)] == [filled]
    assert len(store.transfers(BOB, limit=9)) == 1

    live(store, market, 23)
    assert store.order(BOB, filled) is None
    assert store.fills(BOB, order_ids=[filled], limit=9) == store.transfers(BOB, limit=9) == []
    closes = [record.order.close_reason for record in store.orders_by_client_id(ALICE, "bot", 1_000)]
    assert closes.count(CloseReason.FILLED) > 6 * 20 and closes.count(CloseReason.CANCELED) <= 8


def test_a_busy_hour_is_bounded_by_the_number_of_rows(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that sends more in an hour than there is room for pushes out the oldest rows, not the memory's end."""
    monkeypatch.setattr(forgetting, "SLICE_ROWS", 32)
    monkeypatch.setattr(forgetting, "ROWS_MAX", 300)
    monkeypatch.setattr(forgetting, "UNTRADED_MAX", 200)
    market = a_market()
    for _ in range(1_000):
        last = market.trade(instrument=QUOTE_FEES)
        cancel(market)
        store.commit(market.take())

    found = counts(store)
    assert found["orders"] + found["trades"] < 300 + 2 * 200
    assert store.order(BOB, last) is not None


def test_after_a_quiet_day_the_next_row_is_found(store: SqliteStore) -> None:
    """The last row stays, so its number is not given again to a row that the index would then miss."""
    market = a_market()
    store.commit(market.take())
    live(store, market, 2)
    for _ in range(60):
        market.time_ns += HOUR_NS
        market.minute(RECEIVED_FEES, market.time_ns // SECOND_NS)
        store.commit(market.take())
    assert counts(store)["orders"] == 1

    canceled = cancel(market)
    taken = market.trade()
    store.commit(market.take())

    assert store.order(ALICE, canceled) is not None
    assert len(store.fills(BOB, order_ids=[taken], limit=9)) == 1


def test_a_complete_store_in_memory_forgets_nothing() -> None:
    """Replay and verification are tested on it."""
    store, market = open_memory(), a_market()
    live(store, market, 48)

    found = counts(store)

    assert found["orders"] == 3 * found["trades"] == 3 * 6 * 48
    assert found["journal"] == 6 * 48
    store.close()
