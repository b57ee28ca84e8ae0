"""Candles: minutes from trades, what the store gets, and what a restart makes of it."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.services.market import BTC_USD, MINUTE, SECOND, Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.services.market.candles import FIRST_MONDAY_S, WEEK_S, join, period_start
from bedesten.services.market.day import DAY_S, MINUTE_S
from bedesten.services.store_types import Candle

HOUR_S = 3_600


def now_s(market: Market) -> int:
    return market.venue.clock.now_ns() // SECOND


async def all_candles(market: Market, resolution_s: int = MINUTE_S) -> list[Candle]:
    """Return every candle of BTC-USD."""
    return await market.venue.candles.candles(BTC_USD.id, resolution_s, 0, now_s(market) + 1)


async def test_a_minute_is_made_of_its_trades(market: Market) -> None:
    """First, highest, lowest and last price; quantity and money added up."""
    for price in (100, 104, 97, 101):
        await market.trade(2, price)

    (candle,) = await all_candles(market)

    assert candle[1:5] == (100, 104, 97, 101)
    assert (candle.volume_lots, candle.quote_volume) == (8, 2 * (100 + 104 + 97 + 101))


async def test_minutes_in_which_nothing_traded_keep_the_close_before(market: Market, clock: ManualClock) -> None:
    """Between the first and the last candle there is no hole."""
    start_s = now_s(market)
    await market.trade(1, 100)
    clock.advance(3 * MINUTE)
    await market.trade(1, 105)

    candles = await all_candles(market)

    assert [(candle.start_s - start_s) // 60 for candle in candles] == [0, 1, 2, 3]
    assert candles[1][1:] == (100, 100, 100, 100, 0, 0)


async def test_a_minute_that_ended_is_stored_with_the_next_batch(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """Once, with all its trades, and not before it has ended."""
    await market.trade(1, 100)
    await market.trade(1, 103)
    assert all(not batch.candles for batch in store.batches_seen)

    clock.advance(MINUTE)
    await market.trade(1, 105)
    await market.index(7)
    await market.index(8)

    (row,) = [row for batch in store.batches_seen for row in batch.candles]
    assert (row.instrument, row.candle.close, row.candle.volume_lots) == (BTC_USD.id, 103, 2)
    assert store.inner.candles(BTC_USD.id, start_s=0, end_s=now_s(market) + 1) == [row.candle]


async def test_a_restart_makes_the_running_minute_again(market: Market, store: Pausing, clock: ManualClock) -> None:
    """Stored minutes and those still to be stored come back the same; what trades then goes on from there."""
    for price in (100, 104):
        await market.trade(1, price)
        clock.advance(MINUTE)
    await market.trade(1, 99)
    before = await all_candles(market)
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)
    assert await all_candles(again) == before
    await again.trade(1, 98)

    after = await all_candles(again)
    assert after[:-1] == before[:-1]
    assert (after[-1].open, after[-1].low, after[-1].volume_lots) == (99, 98, 2)
    await again.venue.sequencer.stop()


async def test_longer_candles_are_joined_from_minutes(market: Market, clock: ManualClock) -> None:
    """An hour's candle says what its minutes say."""
    for price in (100, 120, 90, 110):
        await market.trade(1, price)
        clock.advance(30 * MINUTE)

    hours = await all_candles(market, HOUR_S)

    assert [candle[1:6] for candle in hours] == [(100, 120, 100, 120, 2), (90, 110, 90, 110, 2)]


async def test_the_last_candles_are_given_when_not_all_fit(market: Market, clock: ManualClock) -> None:
    """A limit keeps the newest; the range is in starts of candles, its end not included."""
    start_s = now_s(market)
    for price in (100, 101, 102, 103):
        await market.trade(1, price)
        clock.advance(MINUTE)

    last_two = await market.venue.candles.candles(BTC_USD.id, MINUTE_S, start_s, start_s + 3 * MINUTE_S, 2)

    assert [candle.open for candle in last_two] == [101, 102]
    assert await market.venue.candles.candles(BTC_USD.id, MINUTE_S, start_s + 1, start_s + MINUTE_S) == []


async def test_a_range_that_begins_in_a_quiet_stretch_knows_the_close_before(
    market: Market, clock: ManualClock
) -> None:
    """The first row of an answer may be a filled one."""
    await market.trade(1, 100)
    clock.advance(10 * MINUTE)
    await market.trade(1, 105)

    start_s = now_s(market) - 5 * MINUTE_S
    candles = await market.venue.candles.candles(BTC_USD.id, MINUTE_S, start_s, now_s(market) + 1)

    assert [candle.close for candle in candles] == [100] * 5 + [105]


async def test_old_minutes_are_read_back_from_the_store(market: Market, clock: ManualClock) -> None:
    """Candles of days ago are told as they were, though memory has let go of them."""
    start_s = now_s(market)
    await market.trade(1, 100)
    clock.advance(3 * DAY_S * SECOND)
    await market.trade(1, 105)
    await market.index(1)
    market.venue.candles.last_day(BTC_USD.id)

    (first,) = await market.venue.candles.candles(BTC_USD.id, MINUTE_S, start_s, start_s + 1)

    assert (first.start_s, first.close, first.volume_lots) == (start_s, 100, 1)


class Past:
    """A history of one trade a minute at a price that tells the minute."""

    def candles(self, instrument: int, period_s: int, start_s: int, end_s: int) -> list[Candle]:
        first_s = start_s + -start_s % MINUTE_S
        rows: dict[int, int] = {}
        for at in range(first_s, end_s, MINUTE_S):
            start = at - (at - first_s) % period_s
            rows[start] = rows.get(start, 0) + 1
        return [Candle(at, 50, 60, 40, 55, count, 50 * count) for at, count in rows.items()]


async def test_the_period_in_which_history_ends_holds_both(store: Pausing, clock: ManualClock) -> None:
    """A day that began before the venue did: its open and volume from the past, its close from the venue's own trades."""
    clock.advance((DAY_S - now_s_of(clock) % DAY_S + 600) * SECOND)
    market = await open_market(store, clock, backfill=Past())
    await market.trade(3, 100)
    clock.advance(DAY_S * SECOND)
    await market.trade(1, 101)

    days = await market.venue.candles.candles(BTC_USD.id, DAY_S, now_s(market) - 4 * DAY_S, now_s(market) + 1)

    assert [day[1:6] for day in days] == [
        (50, 60, 40, 55, 1440), (50, 60, 40, 55, 1440), (50, 100, 40, 100, 13), (101, 101, 101, 101, 1),
    ]  # fmt: skip
    await market.venue.sequencer.stop()


async def test_what_the_store_forgets_history_tells(store: Pausing, clock: ManualClock) -> None:
    """A store in memory lets go of old minutes; the chart has no hole there."""
    market = await open_market(store, clock, backfill=Past())
    start_s = now_s(market) - now_s(market) % MINUTE_S
    for price in (100, 101):
        await market.trade(1, price)
        clock.advance(3 * DAY_S * SECOND)
    await market.trade(1, 102)
    await market.index(1)
    store.inner._writer.execute(f"DELETE FROM candles WHERE start_s < {start_s + DAY_S}")

    days = await market.venue.candles.candles(BTC_USD.id, DAY_S, start_s - DAY_S, now_s(market) + 1)

    assert {day.close for day in days[:3]} == {55}
    assert [day.close for day in days[-4:]] == [101, 101, 101, 102]
    await market.venue.sequencer.stop()


def now_s_of(clock: ManualClock) -> int:
    return clock.now_ns() // SECOND


async def test_a_new_venue_may_be_given_a_past(store: Pausing, clock: ManualClock) -> None:
    """Before the first trade the history speaks, from then on the venue's own trades."""
    clock.advance(30 * SECOND)
    market = await open_market(store, clock, backfill=Past())
    started_s = now_s(market)
    assert market.venue.market_data.last_price(BTC_USD.id) == 0
    assert await market.venue.market_data.price(BTC_USD.id) == 55
    clock.advance(MINUTE)
    await market.trade(1, 100)
    clock.advance(MINUTE)
    await market.trade(1, 101)

    candles = await market.venue.candles.candles(BTC_USD.id, MINUTE_S, started_s - 150, now_s(market) + 1)
    summary = await market.venue.market_data.summary(BTC_USD.id)

    assert [candle.close for candle in candles][-2:] == [100, 101]
    assert {candle.close for candle in candles[:-2]} == {55}
    assert (summary.open, summary.high, summary.low, summary.last) == (55, 101, 40, 101)
    await market.venue.sequencer.stop()


async def test_histories_are_read_one_after_the_other(store: Pausing, clock: ManualClock) -> None:
    """Whoever asks for much waits for others who do; the venue's own thread is not outnumbered."""
    reading, together = 0, []

    class Slow(Past):
        def candles(self, instrument: int, period_s: int, start_s: int, end_s: int) -> list[Candle]:
            nonlocal reading
            reading += 1
            together.append(reading)
            time.sleep(0.02)  # in a thread, as all reading of the past
            reading -= 1
            return super().candles(instrument, period_s, start_s, end_s)

    market = await open_market(store, clock, backfill=Slow())
    end_s = now_s(market) + 1

    answers = await asyncio.gather(
        *(market.venue.candles.candles(BTC_USD.id, MINUTE_S, end_s - HOUR_S, end_s) for _ in range(4))
    )

    assert len(together) == 4 and max(together) == 1
    assert all(rows == answers[0] for rows in answers)
    await market.venue.sequencer.stop()


async def test_a_period_is_whole_minutes(market: Market) -> None:
    """Nothing shorter can be told."""
    with pytest.raises(ValueError, match="whole minutes"):
        await market.venue.candles.candles(BTC_USD.id, 30, 0, 60)


async def test_an_instrument_that_never_traded_has_no_candles(market: Market) -> None:
    """No trade, no price, no candle."""
    assert await all_candles(market) == []


def test_weeks_begin_on_mondays() -> None:
    """1970-01-05 was the first Monday; every other period counts from the epoch."""
    assert period_start(FIRST_MONDAY_S + WEEK_S - 1, WEEK_S) == FIRST_MONDAY_S
    assert period_start(FIRST_MONDAY_S + 3 * DAY_S + 5, DAY_S) == FIRST_MONDAY_S + 3 * DAY_S


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 9), st.integers(1, 9)), unique_by=lambda row: row[0]),
    st.sampled_from([60, 300, 3_600]),
)
def test_joining_loses_nothing(rows: list[tuple[int, int, int]], resolution_s: int) -> None:
    """Volumes add up to the same, extremes stay, and the rows follow each other without a hole."""
    minutes = [
        Candle(at * 60, price, price + 1, price - 1, price, lots, lots * price) for at, price, lots in sorted(rows)
    ]

    joined = join(minutes, resolution_s)

    assert sum(candle.volume_lots for candle in joined) == sum(minute.volume_lots for minute in minutes)
    assert sum(candle.quote_volume for candle in joined) == sum(minute.quote_volume for minute in minutes)
    assert [candle.start_s for candle in joined] == list(
        range(joined[0].start_s, joined[-1].start_s + 1, resolution_s) if joined else []
    )
    if minutes:
        assert max(candle.high for candle in joined) == max(minute.high for minute in minutes)
        assert (joined[0].open, joined[-1].close) == (minutes[0].open, minutes[-1].close)
