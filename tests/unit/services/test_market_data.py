"""Market data: the book, the last trades and the last day."""

from __future__ import annotations

import pytest
from tests.unit.services.market import BTC_USD, ETH_USD, MINUTE, SECOND, Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.services.market import market_data as market_data_module
from bedesten.services.market.day import DAY_S
from bedesten.services.market.market_data import Bbo


async def test_depth_shows_the_best_levels_first(market: Market) -> None:
    """Quantities at one price are one level; bids from the highest, asks from the lowest."""
    for price in (97, 99, 98, 99):
        await market.buy(market.alice, 2, price)
    for price in (103, 101):
        await market.sell(market.alice, 3, price)

    depth = await market.venue.market_data.depth(BTC_USD.id, 2)

    assert (depth.bids, depth.asks) == ([(99, 4), (98, 2)], [(101, 3), (103, 3)])
    assert depth.seq == market.venue.sequencer.state.machine.seq


async def test_grouped_levels_never_look_better_than_they_are(market: Market) -> None:
    """Bids are grouped downwards, asks upwards."""
    for price in (97, 99):
        await market.buy(market.alice, 2, price)
    await market.sell(market.alice, 3, 101)

    depth = await market.venue.market_data.depth(BTC_USD.id, 5, group=10)

    assert (depth.bids, depth.asks) == ([(90, 4)], [(110, 3)])


async def test_depth_has_a_bound(market: Market) -> None:
    """Asking for no level, or for more than the bound, is the caller's mistake."""
    for limit in (0, market_data_module.DEPTH_LIMIT_MAX + 1):
        with pytest.raises(ValueError, match="limit must be"):
            await market.venue.market_data.depth(BTC_USD.id, limit)


async def test_the_best_prices_are_zero_where_there_is_none(market: Market) -> None:
    """An empty side is told as such."""
    await market.buy(market.alice, 2, 99)

    assert await market.venue.market_data.bbo(BTC_USD.id) == Bbo(99, 2, 0, 0)
    assert await market.venue.market_data.bbo(BTC_USD.id) == Bbo(99, 2, 0, 0)


async def test_recent_trades_are_told_newest_first(market: Market) -> None:
    """At most as many as asked for; each instrument has its own."""
    for price in (100, 101, 102):
        await market.trade(1, price)

    trades = market.venue.market_data.recent_trades(BTC_USD.id, 2)

    assert [(trade.price, trade.quantity) for trade in trades] == [(102, 1), (101, 1)]
    assert market.venue.market_data.recent_trades(ETH_USD.id) == []
    assert market.venue.market_data.last_price(BTC_USD.id) == 102


async def test_trades_of_a_time_range_come_from_the_store(market: Market, clock: ManualClock) -> None:
    """The beginning is included, the end is not."""
    start_ns = clock.now_ns()
    for price in (100, 101, 102):
        await market.trade(1, price)
        clock.advance(SECOND)

    trades = await market.venue.market_data.trades(BTC_USD.id, start_ns, start_ns + 2 * SECOND)

    assert [trade.price for trade in trades] == [101, 100]


async def test_the_last_trades_are_known_after_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """A client that asks right after the start sees what it saw before."""
    await market.trade(1, 100)
    await market.trade(2, 101)
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)

    trades = again.venue.market_data.recent_trades(BTC_USD.id)
    assert [(trade.price, trade.quantity) for trade in trades] == [(101, 2), (100, 1)]
    assert again.venue.market_data.last_price(BTC_USD.id) == 101
    await again.venue.sequencer.stop()


async def test_the_summary_rolls_with_the_day(market: Market, clock: ManualClock) -> None:
    """Trades older than 24 hours leave the volume; the price before them is what the day opened at."""
    await market.trade(1, 90)
    clock.advance((DAY_S // 2) * SECOND)
    await market.trade(2, 110)
    await market.trade(2, 100)
    await market.index(105)
    whole = await market.venue.market_data.summary(BTC_USD.id)

    clock.advance((DAY_S // 2) * SECOND + 2 * MINUTE)
    later = await market.venue.market_data.summary(BTC_USD.id)

    assert (whole.open, whole.high, whole.low, whole.last, whole.volume_lots) == (90, 110, 90, 100, 5)
    assert (whole.quote_volume, whole.index_price) == (90 + 220 + 200, 105)
    assert (later.open, later.high, later.low, later.last, later.volume_lots) == (90, 110, 100, 100, 4)


async def test_there_is_a_summary_of_every_instrument(market: Market) -> None:
    """Those that never traded have zeros."""
    await market.trade(1, 90)

    bitcoin, ether = await market.venue.market_data.summaries()

    assert (bitcoin.instrument, bitcoin.last) == (BTC_USD.id, 90)
    assert (ether.instrument, ether.last, ether.volume_lots) == (ETH_USD.id, 0, 0)
