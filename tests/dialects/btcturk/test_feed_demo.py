"""Ten minutes of the demo's markets, as customers of the feed live through them: in the venue's own time, not in ours."""

from __future__ import annotations

import msgspec

from bedesten.clock import ManualClock
from bedesten.config import demo_venue_file
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.simulation.demo import TICK_NS, Demo
from bedesten.storage.memory import open_memory
from tests.dialects.btcturk.feed_stage import START_NS, BookClient, join, open_listed
from tests.dialects.btse.socket_doubles import FakeConnection, settle

PAIRS = ("BTCTRY", "XRPTRY", "BTCUSDT")
INSTRUMENTS = 10  # of the demo's, the first: all of them would take their time
TICKS = 600 * 1_000_000_000 // TICK_NS
SEED = 3


async def test_books_stay_right_through_ten_minutes_of_a_busy_market() -> None:
    """No gap, no level too many or too few, no crossed book, for who came first and who came late; trades and tickers agree."""
    whole, clock = demo_venue_file(), ManualClock(START_NS)
    listings = {"btcturk": tuple(row for row in whole.listings["btcturk"] if row.instrument <= INSTRUMENTS)}
    instruments = whole.instruments[:INSTRUMENTS]
    venue_file = msgspec.structs.replace(whole, instruments=instruments, listings=listings)
    venue = await open_listed(venue_file, open_memory(), clock)
    demo, feed = Demo(venue, venue_file, SEED), Feed()
    await demo.prepare()
    followers: list[tuple[FakeConnection, str, BookClient]] = []
    trades: set[str] = set()
    first = FakeConnection("/")
    watcher = feed.open(venue, first)
    for channel, event in (("trade", "BTCTRY"), ("ticker", "BTCTRY")):
        watcher.received(join(channel, event))
    beat = feed.beat(venue)
    last: dict[str, str] = {}
    for tick in range(TICKS):
        if tick in (0, TICKS // 2):
            for name in PAIRS:
                connection = FakeConnection("/")
                feed.open(venue, connection).received(join("obdiff", name))
                followers.append((connection, name, BookClient()))
        clock.advance(TICK_NS)
        await demo.step()
        await settle()
        for connection, _, client in followers:
            client.feed(connection.take())
        for model, body in first.take():
            if model == 422:
                assert body["I"] not in trades
                trades.add(body["I"])
            elif model == 402:
                last = body
    clock.advance(2_000_000_000)
    await settle()

    for connection, name, client in followers:
        client.feed(connection.take())
        pair = beat.pairs.find(name)
        assert pair is not None
        depth = venue.market_data.depth_now(pair.instrument.id, 100)
        rest = tuple(
            [[pair.price(price), pair.quantity(lots)] for price, lots in side] for side in (depth.bids, depth.asks)
        )
        assert client.levels() == rest
        assert client.differences > 50 and client.wholes == 1
    assert len(trades) > 50
    assert float(last["L"]) <= float(last["B"]) < float(last["A"]) <= float(last["H"]) * 1.05
    await venue.sequencer.stop()
