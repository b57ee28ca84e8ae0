"""The demo's trades before its first one: those of the minutes that its candles tell, wherever trades are shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

import pytest_asyncio

from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.server.app import App
from bedesten.services.market.market_data import RECENT_TRADES_MAX
from bedesten.services.store_types import Candle, Trade
from tests.dialects.btcturk.feed_stage import join
from tests.dialects.btcturk.stand import Stand
from tests.dialects.btse.socket_doubles import FakeConnection, settle
from tests.simulation.test_demo import START_NS, VENUE_FILE, Living

MINUTE_S = 60
NS = 1_000_000_000


@pytest_asyncio.fixture
async def living() -> AsyncIterator[Living]:
    market = Living()
    market.venue.catalogue.renew(VENUE_FILE.assets, VENUE_FILE.instruments, VENUE_FILE.listings, VENUE_FILE.networks)
    await market.open()
    yield market
    await market.venue.sequencer.stop()


def past(living: Living, instrument: int) -> list[Trade]:
    """Return the trades that history tells, oldest first."""
    found = living.venue.market_data.recent_trades(instrument)
    return [trade for trade in reversed(found) if isinstance(trade, Trade) and trade.trade_id < 0]


def joined(trades: list[Trade]) -> list[Candle]:
    minutes = [list(group) for _, group in groupby(trades, lambda trade: trade.time_ns // NS // MINUTE_S)]
    return [
        Candle(
            minute[0].time_ns // NS // MINUTE_S * MINUTE_S, minute[0].price, max(trade.price for trade in minute),
            min(trade.price for trade in minute), minute[-1].price, sum(trade.quantity for trade in minute),
            sum(trade.notional for trade in minute),
        )
        for minute in minutes
    ]  # fmt: skip


async def test_every_pair_has_as_many_trades_as_any_api_shows(living: Living) -> None:
    """Five hundred each from the first moment, in order, before the venue's own by time and number."""
    for row in VENUE_FILE.instruments:
        shown = living.venue.market_data.recent_trades(row.id)
        assert len(shown) == RECENT_TRADES_MAX, row.name
        assert all(new.trade_id > old.trade_id and new.time_ns >= old.time_ns for new, old in pairwise(shown)), row.name
        assert shown[0].trade_id > 0 > shown[-1].trade_id
        assert all(trade.quantity >= row.min_quantity and trade.price > 0 for trade in shown), row.name


async def test_they_are_the_trades_of_the_candles(living: Living) -> None:
    """Open, high, low, close, volume and what was paid of every minute, to the last unit; and so of the ticker's day."""
    for row in VENUE_FILE.instruments:
        minutes = joined(past(living, row.id))[1:]  # the first may be cut by the count
        told = await living.venue.candles.candles(row.id, MINUTE_S, minutes[0].start_s, minutes[-1].start_s + 1)

        assert told == minutes, row.name
        day = await living.venue.market_data.summary(row.id)
        own = [trade for trade in living.venue.market_data.recent_trades(row.id) if trade.trade_id > 0]
        start_s = -(-(START_NS // NS - 86_400) // MINUTE_S) * MINUTE_S
        before = await living.venue.candles.candles(row.id, MINUTE_S, start_s, START_NS // NS // MINUTE_S * MINUTE_S)
        assert day.volume_lots == sum(c.volume_lots for c in before) + sum(trade.quantity for trade in own), row.name
        assert day.low <= min(candle.low for candle in minutes) <= max(candle.high for candle in minutes) <= day.high


async def test_they_follow_from_the_seed(living: Living) -> None:
    """The same again, and others from another seed; asked later they are still the same."""
    again, other = await Living().open(), await Living(seed=2).open()
    first = past(living, 1)

    assert past(again, 1) == first != past(other, 1)
    await living.live(30)
    assert past(living, 1) == first[-len(past(living, 1)) :]
    for market in (again, other):
        await market.venue.sequencer.stop()


async def test_every_place_that_shows_trades_shows_them(living: Living) -> None:
    """Both APIs' REST, the feed's 421 and tradeHistory have the same prices and amounts, newest first."""
    dialects = (BtseDialect(), BtcTurkDialect())
    stand = Stand(living.venue, living.clock, App(living.venue, list(dialects)))
    instrument = living.venue.catalogue.instrument("XRP-USDT")
    assert instrument is not None
    expected = [
        (Decimal(instrument.price_text(trade.price)), Decimal(instrument.quantity_text(trade.quantity)))
        for trade in living.venue.market_data.recent_trades(instrument.id)
    ]

    async def rows(path: str, **query: Any) -> list[Any]:
        told = (await stand.public.get(path, **query)).json
        return list(told["data"] if isinstance(told, dict) else told)

    btcturk = await rows("/api/v2/trades", pairSymbol="XRPUSDT")
    assert [(Decimal(row["price"]), Decimal(row["amount"])) for row in btcturk] == expected[:50]
    btse = await rows("/spot/api/v3.3/trades", symbol="XRP-USDT", count=500)
    assert [(Decimal(str(row["price"])), Decimal(str(row["size"]))) for row in btse] == expected
    before = await rows("/spot/api/v3.3/trades", symbol="XRP-USDT", count=500, beforeSerialId=btse[0]["serialId"])
    assert before[:-1] == btse[1:]
    window = await rows("/spot/api/v3.3/trades", symbol="XRP-USDT", count=500, startTime=START_NS // 10**6 - 3_600_000)
    assert len(window) > 200

    connection = FakeConnection("/")
    session = dialects[1].sockets[0].open(living.venue, connection)
    session.received(join("trade", "XRPUSDT"))
    await settle()
    (batch,) = [body for model, body in map(json.loads, connection.sent) if model == 421]
    assert [(Decimal(row["P"]), Decimal(row["A"])) for row in batch["items"]] == expected[:50]
    assert [row["I"] for row in batch["items"]] == [row["tid"] for row in btcturk]
