"""hftbacktest's event arrays: what their rows mean here, there and back, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bedesten.domain.enums import Side
from bedesten.lab import Market
from bedesten.lab.hftbacktest import (
    AT_READER,
    AT_VENUE,
    BUYS,
    DEPTH,
    DEPTH_CLEAR,
    DEPTH_SNAPSHOT,
    EVENT,
    ORDER_ADDED,
    ORDER_CANCELED,
    ORDER_FILLED,
    ORDER_MODIFIED,
    SELLS,
    TRADED,
    from_hftbacktest,
    to_hftbacktest,
)
from bedesten.lab.replay import ADD, CANCEL, L2, L3, LEVEL_SET, REDUCE, TAKE, TRADE, Replay

BUY, SELL = int(Side.BUY), int(Side.SELL)
BOTH = AT_VENUE | AT_READER
P = 172_000  # ticks of half a dollar


@pytest.fixture(scope="module")
def market() -> Market:
    return Market.open(accounts=1, balances={"USD": "10000000", "BTC": 100})


def events(*rows: tuple[Any, ...]) -> Any:
    """Rows of flags, times, price, quantity, and an order's id."""
    made = np.zeros(len(rows), dtype=EVENT)
    for row, (ev, venue_ns, reader_ns, price, quantity, *order) in zip(made, rows, strict=True):
        row["ev"], row["exch_ts"], row["local_ts"], row["px"], row["qty"] = ev, venue_ns, reader_ns, price, quantity
        row["order_id"] = order[0] if order else 0
    return made


def test_the_columns_are_those_of_the_source() -> None:
    """Eight columns of eight bytes, at the places that its reader expects."""
    described = np.dtype(
        [
            ("ev", "u8"), ("exch_ts", "i8"), ("local_ts", "i8"), ("px", "f8"), ("qty", "f8"), ("order_id", "u8"),
            ("ival", "i8"), ("fval", "f8"),
        ],
        align=True,
    )  # fmt: skip
    assert described == EVENT and EVENT.itemsize == 64


def test_levels_and_trades_are_read_at_the_venues_time_or_the_readers(market: Market) -> None:
    """Only what happens there; a snapshot is levels; floats become ticks and lots, noise of theirs and all."""
    told = events(
        (BOTH | BUYS | DEPTH_SNAPSHOT, 10, 15, 86_000.0, 0.1 + 0.2),
        (AT_VENUE | SELLS | DEPTH, 11, 99, 86_000.5, 0.5),
        (AT_READER | SELLS | TRADED, 12, 17, 86_000.0, 0.1),
    )
    instrument = market.instruments["BTC-USD"]
    lots = int(instrument.lots("0.1"))

    at_venue = from_hftbacktest(told, instrument)
    at_reader = from_hftbacktest(told, instrument, clock="reader")

    assert at_venue.dtype == L2
    assert at_venue.tolist() == [(10, LEVEL_SET, BUY, P, 3 * lots), (11, LEVEL_SET, SELL, P + 1, 5 * lots)]
    assert at_reader.tolist() == [(15, LEVEL_SET, BUY, P, 3 * lots), (17, TRADE, SELL, P, lots)]


def test_a_clear_takes_levels_away_from_the_best_to_its_price(market: Market) -> None:
    """On its side; on both, whatever its price, where it names none."""
    levels = [
        (BOTH | side | DEPTH, at, at, price, 1)
        for at, (side, price) in enumerate(((BUYS, 99), (BUYS, 98), (BUYS, 97), (SELLS, 101), (SELLS, 102)), 1)
    ]
    instrument = market.instruments["BTC-USD"]

    def cleared(*clears: tuple[Any, ...]) -> list[tuple[int, int]]:
        rows = from_hftbacktest(events(*levels, *clears), instrument)
        return [(row["side"], row["price"]) for row in rows[len(levels) :] if not row["quantity"]]

    assert cleared((BOTH | BUYS | DEPTH_CLEAR, 9, 9, 98, 0)) == [(BUY, 196), (BUY, 198)]
    assert cleared((BOTH | SELLS | DEPTH_CLEAR, 9, 9, 101.5, 0)) == [(SELL, 202)]
    assert len(cleared((BOTH | DEPTH_CLEAR, 9, 9, np.nan, 0))) == 5
    assert len(cleared((BOTH | BUYS | DEPTH_CLEAR, 8, 8, 98, 0), (BOTH | DEPTH_CLEAR, 9, 9, np.nan, 0))) == 5


def test_orders_keep_their_place_when_only_their_quantity_falls(market: Market) -> None:
    """Otherwise they are canceled, and added again under an id that nothing else has."""
    told = events(
        (BOTH | DEPTH_CLEAR, 0, 0, np.nan, 0),
        (BOTH | BUYS | ORDER_ADDED, 1, 1, 86_000, 0.002, 7),
        (BOTH | BUYS | ORDER_ADDED, 2, 2, 86_000, 0.003, 9),
        (BOTH | BUYS | ORDER_MODIFIED, 3, 3, 86_000, 0.001, 7),
        (BOTH | BUYS | ORDER_MODIFIED, 4, 4, 85_999, 0.001, 7),
        (BOTH | SELLS | TRADED, 5, 5, 86_000, 0.003, 0),
        (BOTH | BUYS | ORDER_FILLED, 5, 5, 86_000, 0.003, 9),
        (BOTH | BUYS | ORDER_CANCELED, 5, 5, 0, 0, 9),
        (BOTH | BUYS | ORDER_CANCELED, 6, 6, 0, 0, 1_000),
        (BOTH | DEPTH_CLEAR, 7, 7, np.nan, 0),
    )
    rows = from_hftbacktest(told, market.instruments["BTC-USD"])

    assert rows.dtype == L3
    assert rows[["time_ns", "kind", "order", "price", "quantity"]].tolist() == [
        (1, ADD, 1, P, 200), (2, ADD, 2, P, 300), (3, REDUCE, 1, P, 100), (4, CANCEL, 1, P, 0), (4, ADD, 3, P - 2, 100),
        (5, TAKE, 4, P, 300), (5, CANCEL, 2, P, 0), (7, CANCEL, 3, P - 2, 0),
    ]  # fmt: skip


def test_recorded_orders_leave_the_book_that_the_recording_had(market: Market) -> None:
    """Trades take what stands first; what then is told of the same orders changes nothing any more."""
    fork = market.fork()
    now = fork.time_ns
    told = events(
        (BOTH | BUYS | ORDER_ADDED, now + 1, 0, 86_000, 0.002, 7),
        (BOTH | BUYS | ORDER_ADDED, now + 2, 0, 86_000, 0.003, 9),
        (BOTH | SELLS | TRADED, now + 3, 0, 86_000, 0.003, 0),
        (BOTH | BUYS | ORDER_CANCELED, now + 3, 0, 0, 0, 7),
        (BOTH | BUYS | ORDER_MODIFIED, now + 3, 0, 86_000, 0.002, 9),
    )
    replayed = Replay(fork, "BTC-USD", from_hftbacktest(told, fork.instruments["BTC-USD"])).run()

    assert replayed.events.trades["quantity"].tolist() == [200, 100]
    assert fork.depth(fork.instruments["BTC-USD"].id, Side.BUY).tolist() == [(P, 200)]


def test_levels_and_trades_go_there_and_come_back(market: Market) -> None:
    """Whole numbers survive the floats; the reader has them a latency later."""
    chance, count = np.random.default_rng(3), 20_000
    recording = np.zeros(count, dtype=L2)
    recording["time_ns"] = np.cumsum(chance.integers(0, 1_000, count))
    recording["kind"], recording["side"] = chance.integers(1, 3, count), chance.integers(1, 3, count)
    recording["price"] = chance.integers(1, 400_000, count)
    recording["quantity"] = chance.integers(0, 10**9, count)
    assert {BUY, SELL} == set(recording["side"].tolist())
    for name in ("BTC-USD", "ETH-BTC", "BTC-TRY"):
        instrument = market.instruments[name]
        made = to_hftbacktest(recording, instrument, latency_ns=500)
        assert (from_hftbacktest(made, instrument) == recording).all()
        assert (made["local_ts"] - made["exch_ts"] == 500).all()
        assert (from_hftbacktest(made, instrument, clock="reader")["time_ns"] == recording["time_ns"] + 500).all()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((BOTH | BUYS | 5, 1, 1, 86_000, 1), r"not read: \[5\]"),
        ((BOTH | DEPTH, 1, 1, 86_000, 1), "no side"),
        ((BOTH | BUYS | DEPTH, 1, 1, 86_000.2, 1), "price 86000.2 is not a multiple of 0.5"),
        ((BOTH | BUYS | DEPTH, 1, 1, np.nan, 1), "price nan"),
        ((BOTH | BUYS | DEPTH, 1, 1, np.inf, 1), "price inf"),
        ((BOTH | BUYS | DEPTH, 1, 1, 1e300, 1), r"price 1e\+300"),
        ((BOTH | BUYS | DEPTH, 1, 1, 86_000, 0.0000001), "quantity 1e-07 is not a multiple of 0.00001"),
        ((BOTH | BUYS | DEPTH, -1, 1, 86_000, 1), "exch_ts goes back"),
    ],
)
def test_what_cannot_be_told_is_refused(market: Market, row: tuple[Any, ...], told: str) -> None:
    """In words; nothing is rounded away."""
    first = (BOTH | BUYS | DEPTH, 0, 0, 86_000, 1)
    with pytest.raises(ValueError, match=told):
        from_hftbacktest(events(first, row), market.instruments["BTC-USD"])


def test_other_arrays_are_refused(market: Market) -> None:
    """Another type; recorded orders, which do not say whom a trade met; a latency below nothing."""
    instrument = market.instruments["BTC-USD"]
    with pytest.raises(ValueError, match="the columns ev, exch_ts"):
        from_hftbacktest(np.zeros(1, dtype=L2), instrument)
    with pytest.raises(ValueError, match="levels and trades"):
        to_hftbacktest(np.zeros(1, dtype=L3), instrument)
    with pytest.raises(ValueError, match="not negative"):
        to_hftbacktest(np.zeros(1, dtype=L2), instrument, latency_ns=-1)
