"""The feed's public channels: their cadence, and that what they tell is what the book and the trades are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from bedesten.clock import ManualClock
from bedesten.dialects.btcturk.feed.streams_candles import RESOLUTIONS, start_of
from bedesten.domain.commands import CancelOrder
from bedesten.storage.memory import open_memory
from tests.dialects.btcturk.feed_stage import BookClient, Stage, open_stage
from tests.dialects.btse.socket_doubles import settle

DAY_S = 86_400
SECOND = 1_000_000_000


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    opened = await open_stage()
    yield opened
    await opened.venue.sequencer.stop()


def bodies(frames: list[Any], model: int) -> list[Any]:
    return [body for number, body in frames if number == model]


# Cadence


async def test_tickers_come_every_second_and_whole_books_when_they_changed(stage: Stage) -> None:
    """Tickers changed or not, books never twice the same; a burst of orders does not make them come oftener."""
    connection = await stage.listen("ticker:all", "ticker:BTCTRY", "orderbook:BTCTRY")
    connection.take()
    for price in range(100, 120):
        await stage.buy(stage.bob, "1", str(price))
    assert connection.take() == []

    await stage.beat(3)

    frames = connection.take()
    assert [len(bodies(frames, model)) for model in (401, 402, 431)] == [3, 3, 1]
    assert {body["LA"] for body in bodies(frames, 402)} == {"0"}
    assert [body["B"] for body in bodies(frames, 402)] == ["119"] * 3


async def test_differences_come_when_there_are_any(stage: Stage) -> None:
    """Twenty orders of a second are one difference; an idle second is silent, and so is an idle hour."""
    connection = await stage.listen("obdiff:BTCTRY")
    connection.take()
    for price in range(100, 120):
        await stage.buy(stage.bob, "1", str(price))
    await stage.beat()
    (difference,) = connection.take()
    assert len(difference[1]["BO"]) == 20

    await stage.beat(10)
    assert connection.take() == []

    await stage.beat(60)
    assert connection.take() == []


async def test_what_came_and_went_within_a_second_is_not_told(stage: Stage) -> None:
    """A level that is as it was is no difference."""
    connection = await stage.listen("obdiff:BTCTRY")
    placed = await stage.buy(stage.bob, "1", "100")
    await stage.venue.trading.cancel(CancelOrder(account=stage.bob, order_id=placed.order_id))
    connection.take()

    await stage.beat(2)

    assert connection.take() == []


async def test_trades_come_at_once_each_in_its_own_frame(stage: Stage) -> None:
    """In the order they happened, with the taker's side; a newcomer is shown the last fifty, newest first."""
    for price in ("100", "101", "102"):
        await stage.sell(stage.alice, "1", price)
    connection = await stage.listen("trade:BTCTRY", "trade:ETHTRY")
    connection.take()

    await stage.buy(stage.bob, "3", "102")

    trades = bodies(connection.take(), 422)
    assert [(row["P"], row["S"], row["PS"]) for row in trades] == [
        (f"{price}.0000000000", 0, "BTCTRY") for price in (100, 101, 102)
    ]
    for _ in range(60):
        await stage.sell(stage.alice, "1", "5")
        await stage.buy(stage.bob, "1", "5")
    (shown,) = bodies((await stage.listen("trade:BTCTRY")).take(), 421)
    assert len(shown["items"]) == 50
    ids = [int(row["I"]) for row in shown["items"]]
    assert ids == sorted(ids, reverse=True)


# Books


def rest_levels(stage: Stage, name: str = "BTC-TRY") -> tuple[list[list[str]], list[list[str]]]:
    """Return the book as the core has it, printed with the pair's decimals."""
    instrument = stage.instrument(name)
    depth = stage.venue.market_data.depth_now(instrument.id, 100)
    bids, asks = (
        [[instrument.price_text(price), instrument.quantity_text(lots)] for price, lots in side]
        for side in (depth.bids, depth.asks)
    )
    return bids, asks


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_book_kept_from_differences_is_the_book(stage: Stage, seed: int) -> None:
    """Through random order flow over more than a hundred levels, for early and for late listeners."""
    random = Random(seed)
    listeners = []
    for step in range(600):
        if step in (0, 200, 400):
            listeners.append((await stage.listen("obdiff:BTCTRY"), BookClient()))
        account = random.choice((stage.alice, stage.bob))
        live = await stage.venue.trading.open_orders(account)
        if live and random.random() < 0.35:
            order = random.choice(live).order
            await stage.venue.trading.cancel(CancelOrder(account=account, order_id=order.order_id))
        elif random.random() < 0.5:
            await stage.buy(account, str(random.randint(1, 9)), str(1_000 - random.randint(-3, 200)))
        else:
            await stage.sell(account, str(random.randint(1, 9)), str(1_000 + random.randint(-3, 200)))
        if random.random() < 0.3:
            await stage.beat()
    await stage.beat(2)

    for connection, client in listeners:
        client.feed(connection.take())
        assert client.levels() == rest_levels(stage)
        assert client.differences > 20


async def test_levels_that_slide_out_of_the_window_are_gone(stage: Stage) -> None:
    """A hundred levels a side are told; the worst leaves when a better one comes, and comes back when it goes."""
    for price in range(1_000, 1_100):
        await stage.buy(stage.bob, "1", str(price))
    await stage.buy(stage.bob, "7", "999")
    connection = await stage.listen("obdiff:BTCTRY")
    assert len(bodies(connection.take(), 431)[0]["BO"]) == 100

    best = await stage.buy(stage.bob, "1", "1100")
    await stage.beat()
    assert bodies(connection.take(), 432)[0]["BO"] == [
        {"CP": 3, "P": "1000", "A": "1"}, {"CP": 1, "P": "1100", "A": "1"},
    ]  # fmt: skip

    await stage.venue.trading.cancel(CancelOrder(account=stage.bob, order_id=best.order_id))
    await stage.beat()
    assert bodies(connection.take(), 432)[0]["BO"] == [
        {"CP": 3, "P": "1100", "A": "1"}, {"CP": 1, "P": "1000", "A": "1"},
    ]  # fmt: skip


async def test_change_numbers_go_on_after_a_restart() -> None:
    """A venue that comes back numbers its books from where it was, or later, never from before."""
    store, clock = open_memory(), ManualClock(1_700_000_000_000_000_000)
    client = BookClient()
    for start in (100, 200, 300):
        stage = await open_stage(store, clock)
        connection = await stage.listen("obdiff:BTCTRY")
        for price in (1, 2, 3):
            await stage.buy(stage.bob, "1", str(start + price))
            await stage.beat()
        client.feed(connection.take())
        await stage.venue.sequencer.stop()

    assert (client.wholes, client.differences, len(client.bids)) == (3, 9, 9)


async def test_finer_prices_of_others_are_told_in_the_pairs_own_steps(stage: Stage) -> None:
    """As REST's book has them: an ask at tenths stands at the whole price above it, and the ticker agrees."""
    await stage.sell(stage.alice, "1", "36.7", name="ETH-TRY")
    await stage.sell(stage.alice, "1", "37", name="ETH-TRY")
    await stage.buy(stage.bob, "1", "35.9", name="ETH-TRY")

    told = (await stage.listen("orderbook:ETHTRY", "ticker:ETHTRY")).take()

    (book,), (ticker,) = bodies(told, 431), bodies(told, 402)
    assert (book["AO"], book["BO"]) == ([{"A": "2", "P": "37"}], [{"A": "1", "P": "35"}])
    assert (ticker["A"], ticker["B"]) == ("37", "35")


async def test_a_day_without_a_trade_has_zeros(stage: Stage) -> None:
    """In the list of all pairs it is there, as the manual says; its row is that of REST's ticker by name."""
    await stage.sell(stage.alice, "1", "5")
    await stage.buy(stage.bob, "1", "5")
    stage.clock.advance(2 * 86_400_000_000_000)
    await stage.sell(stage.alice, "1", "7")

    (every,) = bodies((await stage.listen("ticker:all")).take(), 401)

    row = next(row for row in every["items"] if row["PS"] == "BTCTRY")
    assert [row[name] for name in ("H", "L", "O", "V", "D", "DP", "LA", "A")] == [
        "0", "0", "0", "0", "0", "0.00", "5", "7",
    ]  # fmt: skip


# Candles


@pytest.mark.parametrize("resolution", RESOLUTIONS)
async def test_the_running_candle_is_read_and_kept_up(stage: Stage, resolution: str) -> None:
    """What was traded before the first listener came counts as much as what follows; every resolution begins where it should."""
    for price in ("100", "90"):
        await stage.sell(stage.alice, "1", price)
        await stage.buy(stage.bob, "1", price)

    connection = await stage.listen(f"tradeview:BTCTRY_{resolution}")
    (first,) = bodies(connection.take(), 428)
    await stage.sell(stage.alice, "1", "120")
    await stage.buy(stage.bob, "1", "120")
    await stage.beat()
    (second,) = bodies(connection.take(), 428)

    assert (first["O"], first["H"], first["L"], first["C"], first["V"]) == ("100", "100", "90", "90", "2")
    assert (second["O"], second["H"], second["L"], second["C"], second["V"]) == ("100", "120", "90", "120", "3")
    assert second["D"] == first["D"] == start_of(resolution, stage.clock.now_ns() // 1_000_000_000)
    assert (second["R"], second["P"], second["event"]) == (RESOLUTIONS[resolution], "BTCTRY", f"BTCTRY_{resolution}")
    await stage.beat(3)
    assert connection.take() == []


async def test_a_new_candle_begins_at_the_close_before_it(stage: Stage) -> None:
    """When its time has come it is told, traded or not."""
    await stage.sell(stage.alice, "1", "100")
    await stage.buy(stage.bob, "1", "100")
    connection = await stage.listen("tradeview:BTCTRY_1")
    connection.take()

    await stage.beat(60)

    (candle,) = bodies(connection.take(), 428)
    assert (candle["O"], candle["C"], candle["V"]) == ("100", "100", "0")
    await stage.sell(stage.alice, "1", "110")
    await stage.buy(stage.bob, "1", "110")
    await stage.beat()
    (candle,) = bodies(connection.take(), 428)
    assert (candle["O"], candle["H"], candle["L"], candle["V"]) == ("110", "110", "110", "1")


async def test_a_candle_that_ends_is_told_whole_before_the_next(stage: Stage) -> None:
    """What traded in its last second, too."""
    await stage.sell(stage.alice, "9", "100")
    connection = await stage.listen("tradeview:BTCTRY_1")
    stage.clock.advance(39 * SECOND)  # to the last second of the minute
    await settle()
    connection.take()
    await stage.buy(stage.bob, "1", "100")
    await stage.beat()

    ended, begun = bodies(connection.take(), 428)
    assert (ended["V"], ended["C"], begun["V"], begun["O"]) == ("1", "100", "0", "100")
    assert begun["D"] == ended["D"] + 60


async def test_trades_of_several_minutes_between_two_beats_are_all_told(stage: Stage) -> None:
    """A clock may jump, and a beat may have to wait."""
    await stage.sell(stage.alice, "9", "100")
    connection = await stage.listen("tradeview:BTCTRY_1")
    connection.take()
    for _ in range(3):
        stage.clock._now_ns += 60 * SECOND  # without waking who sleeps
        await stage.buy(stage.bob, "1", "100")
    await stage.beat()

    assert [row["V"] for row in bodies(connection.take(), 428)] == ["1", "1", "1"]


@pytest.mark.parametrize("resolution", ["1", "5"])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_last_frame_of_every_candle_is_the_kline(stage: Stage, seed: int, resolution: str) -> None:
    """Through trades at every instant around the turn of the minute, for who listens from the start and who comes later."""
    random = Random(seed)
    await stage.sell(stage.alice, "1000", "100")
    await stage.buy(stage.alice, "1", "90")
    listeners = []
    for step in range(120):
        if step in (0, 40, 80):
            listeners.append((stage.clock.now_ns() // SECOND, await stage.listen(f"tradeview:BTCTRY_{resolution}")))
        if random.random() < 0.7:
            await stage.sell(stage.alice, "1", str(random.randint(91, 110)))
            await stage.buy(stage.bob, str(random.randint(1, 2)), "110")
        stage.clock.advance(random.choice((0, 1, SECOND // 3, SECOND, 2 * SECOND, 7 * SECOND, 59 * SECOND)))
        if random.random() < 0.6:
            await settle()
    await stage.beat(2)

    period_s = RESOLUTIONS[resolution] * 60
    rows = await stage.venue.candles.candles(stage.instrument().id, period_s, 0, stage.clock.now_ns() // SECOND + 1)
    price, lots = stage.instrument().price_text, stage.instrument().quantity_text
    for since_s, connection in listeners:
        frames = {row["D"]: row for row in bodies(connection.take(), 428)}
        expected = [row for row in rows if row.start_s + period_s > since_s]
        assert any(row.volume_lots for row in expected)
        for row in expected:
            if row.volume_lots:
                told = [frames[row.start_s][name] for name in "OHLCV"]
                assert told == [*map(price, row[1:5]), lots(row.volume_lots)]


@pytest.mark.parametrize("resolution", ["1W", "1M"])
async def test_long_candles_join_their_days(stage: Stage, resolution: str) -> None:
    """A week's and a month's candle hold what was traded on every day of theirs."""
    stage.clock.advance(2 * DAY_S * 1_000_000_000)  # to a Thursday
    for price in ("100", "80", "110"):
        await stage.sell(stage.alice, "1", price)
        await stage.buy(stage.bob, "1", price)
        stage.clock.advance(DAY_S * 1_000_000_000)

    connection = await stage.listen(f"tradeview:BTCTRY_{resolution}")

    (candle,) = bodies(connection.take(), 428)
    assert (candle["O"], candle["H"], candle["L"], candle["C"], candle["V"]) == ("100", "110", "80", "110", "3")


def test_weeks_begin_on_thursdays_and_months_on_their_first() -> None:
    """In UTC, leap years and all."""
    instant_s = int(datetime(2024, 2, 28, 23, 59, 59, tzinfo=UTC).timestamp())

    assert datetime.fromtimestamp(start_of("1M", instant_s), UTC) == datetime(2024, 2, 1, tzinfo=UTC)
    assert datetime.fromtimestamp(start_of("1W", instant_s), UTC) == datetime(2024, 2, 22, tzinfo=UTC)
    assert datetime.fromtimestamp(start_of("1W", instant_s + 1), UTC) == datetime(2024, 2, 29, tzinfo=UTC)
    assert datetime.fromtimestamp(start_of("240", instant_s), UTC) == datetime(2024, 2, 28, 20, tzinfo=UTC)


async def test_a_hundred_listeners_share_each_rendering(stage: Stage) -> None:
    """Everybody is sent the very same frames."""
    connections = [await stage.listen("obdiff:BTCTRY", "ticker:BTCTRY") for _ in range(100)]
    for connection in connections:
        connection.take()
    await stage.buy(stage.bob, "1", "100")
    await stage.beat()

    assert all(connection.sent == connections[0].sent for connection in connections)
    assert len(connections[0].sent) == 2
