"""The sockets on a real venue: what clients hear is what the core did, and what REST answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from tests.dialects.btse.socket_doubles import KEY, SECRET, TIME_NS, BookClient, FakeConnection, login, request, settle
from tests.unit.services.market import Market, open_market

from bedesten.clock import ManualClock
from bedesten.dialects.btse.market import endpoints_spot
from bedesten.dialects.btse.market.book_feed import BOOK_INTERVAL_NS
from bedesten.dialects.btse.market.shapes import OrderBookQuery
from bedesten.dialects.btse.sockets import Sockets
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.commands import AmendOrder, CancelOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.services.ports import AckPolicy
from bedesten.services.store_types import Permission
from bedesten.storage.memory import open_memory

GROUPS = (0, 1, 2, 3)


@pytest.fixture(params=[AckPolicy.MEMORY, AckPolicy.SYNCED], ids=["memory", "synced"])
async def market(request: pytest.FixtureRequest) -> AsyncIterator[Market]:
    """A venue with a book that nobody has touched, by two ways to acknowledge."""
    opened = await open_market(open_memory(), ManualClock(TIME_NS), policy=request.param)
    yield opened
    await opened.venue.sequencer.stop()


async def rest_levels(market: Market, group: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the book as REST answers it at a grouping, both sides best first."""
    query = OrderBookQuery(symbol="BTC-USD", group=group, limit_bids=50, limit_asks=50)
    answer: Any = await endpoints_spot.order_book(
        market.venue, Request(method="GET", path="/spot/api/v3.3/orderbook", query_string=b""), query
    )
    book = json.loads(answer.body if isinstance(answer, Reply) else answer)
    return tuple([(row["price"], row["size"]) for row in book[side]] for side in ("buyQuote", "sellQuote"))  # type: ignore[return-value]


async def act_at_random(market: Market, random: Random, step: int) -> None:
    """Place, sweep, cancel or amend something around a price of 10,000."""
    account = random.choice((market.alice, market.bob))
    venue = market.venue
    live = await venue.trading.open_orders(account.id)
    kind = random.random()
    if live and kind < 0.3:
        order = random.choice(live).order
        if kind < 0.2:
            await venue.trading.cancel(CancelOrder(account=account.id, order_id=order.order_id))
        else:
            await venue.trading.amend(
                AmendOrder(account=account.id, order_id=order.order_id, quantity=random.randint(1, 9))
            )
        return
    buy = random.random() < 0.5
    offset = random.randint(-3, 120) * (1 if step % 3 else 7)
    price = 10_000 - offset if buy else 10_000 + offset
    place = market.buy if buy else market.sell
    await place(account, random.randint(1, 6), price)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_client_that_follows_the_deltas_has_the_book_that_rest_answers(market: Market, seed: int) -> None:
    """Through random order flow no sequence gaps and no crossed book are seen, at any grouping, by early and late listeners."""
    random = Random(seed)
    venue = market.venue
    assert isinstance(venue.clock, ManualClock)
    sockets = Sockets()
    listeners: list[tuple[FakeConnection, Any, list[BookClient]]] = []
    for step in range(300):
        if step in (0, 100, 200):
            connection = FakeConnection("/ws/oss/spot", f"192.0.2.{step}")
            session = sockets.open_books(venue, connection)
            topics = [f"update:BTC-USD_{group}" for group in GROUPS]
            session.received(request("subscribe", *topics))
            listeners.append((connection, session, [BookClient(topic) for topic in topics]))
        await act_at_random(market, random, step)
        if random.random() < 0.4:
            await pass_interval(venue.clock)
    await pass_interval(venue.clock)
    await pass_interval(venue.clock)

    for connection, _, clients in listeners:
        messages = connection.take()
        for group, client in zip(GROUPS, clients, strict=True):
            client.feed(messages)
            assert client.levels() == await rest_levels(market, group)
            assert client.deltas > 10
            assert client.seq <= venue.sequencer.state.machine.seq


async def pass_interval(clock: ManualClock) -> None:
    """Let one interval of deltas pass."""
    await settle()
    clock.advance(BOOK_INTERVAL_NS)
    await settle()


async def listener(market: Market, *topics: str) -> FakeConnection:
    """Return a connection logged in as bob and subscribed to *topics*."""
    await market.venue.keys.create(market.bob.id, [Permission.READ], key=KEY, secret=SECRET)
    connection = FakeConnection()
    session = Sockets().open_spot(market.venue, connection)
    session.received(login())
    session.received(request("subscribe", *topics))
    assert connection.take()[0]["success"]
    return connection


def told(connection: FakeConnection) -> list[tuple[int, float]]:
    """Return status and remaining size of each notification."""
    return [(message["data"]["status"], message["data"]["remainingSize"]) for message in connection.take()]


async def test_an_orders_life_is_told_in_the_statuses_of_rest(market: Market) -> None:
    """Inserted, amended, filled in parts, filled; or canceled; or refused as post-only and fill-or-kill."""
    connection = await listener(market, "notificationApiV3")

    placed = await market.buy(market.bob, 5, 100)
    await market.venue.trading.amend(AmendOrder(account=market.bob.id, order_id=placed.order_id, quantity=4))
    await market.sell(market.alice, 1, 100)
    await market.sell(market.alice, 3, 100)
    assert told(connection) == [(2, 5), (123, 4), (5, 3), (4, 0)]

    placed = await market.buy(market.bob, 5, 100)
    await market.venue.trading.cancel(CancelOrder(account=market.bob.id, order_id=placed.order_id))
    assert told(connection) == [(2, 5), (6, 5)]

    await market.sell(market.alice, 2, 100)
    await market.buy(market.bob, 5, 100, time_in_force=TimeInForce.IOC)
    assert told(connection) == [(2, 5), (5, 3), (6, 3)]

    await market.sell(market.alice, 2, 100)
    await market.buy(market.bob, 1, 100, post_only=1)
    await market.buy(market.bob, 5, 100, time_in_force=TimeInForce.FOK)
    assert told(connection) == [(6, 1), (6, 5)]

    await market.venue.trading.cancel_all(market.alice.id)
    await market.buy(market.bob, 5, 0, order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC)
    assert told(connection) == [(7, 5)]


async def test_fills_and_public_trades_tell_the_same_matches(market: Market) -> None:
    """A sweep of two makers is two fills in one frame and two trades in one frame, newest first."""
    connection = await listener(market, "fills", "tradeHistoryApi:BTC-USD")
    await market.sell(market.alice, 2, 100)
    await market.sell(market.alice, 3, 101)

    await market.buy(market.bob, 5, 101)

    frames = {message["topic"]: message["data"] for message in connection.take()}
    trades, fills = frames["tradeHistoryApi:BTC-USD"], frames["fills"]
    assert [(row["price"], row["size"], row["side"]) for row in trades] == [(101, 3, "BUY"), (100, 2, "BUY")]
    assert [(row["price"], row["size"], row["maker"]) for row in fills] == [
        ("100.0", "2.0", False),
        ("101.0", "3.0", False),
    ]
    assert [row["serialId"] for row in fills] == [row["tradeId"] for row in reversed(trades)]

    late = FakeConnection()
    session = Sockets().open_spot(market.venue, late)
    session.received(request("subscribe", "tradeHistoryApi:BTC-USD"))
    assert late.take()[1]["data"] == trades


async def test_sequence_goes_on_after_a_restart() -> None:
    """A venue that comes back numbers its books from where it was, or later, never from before."""
    store, clock = open_memory(), ManualClock(TIME_NS)
    client = BookClient("update:BTC-USD_0")
    for _ in range(3):
        market = await open_market(store, clock)
        connection = FakeConnection("/ws/oss/spot")
        session = Sockets(book_interval_ns=0).open_books(market.venue, connection)
        session.received(request("subscribe", "update:BTC-USD_0"))
        await settle()
        for price in (100, 101, 102):
            await market.buy(market.bob, 1, price)
        client.feed(connection.take())
        session.closed()
        await market.venue.sequencer.stop()

    assert client.deltas == 9
    assert len(client.bids) == 3


async def test_sides_of_the_market_are_read_alike(market: Market) -> None:
    """A book with one side only is told with the other side empty."""
    await market.sell(market.alice, 2, 100)
    connection = FakeConnection("/ws/oss/spot")
    session = Sockets().open_books(market.venue, connection)

    session.received(request("subscribe", "update:BTC-USD_0", "snapshotL1:BTC-USD"))
    await settle()

    _, book, best = connection.take()
    assert (book["data"]["bids"], book["data"]["asks"]) == ([], [["100", "2"]])
    assert (best["data"]["bids"], best["data"]["asks"]) == ([], [["100", "2"]])
    assert Side.SELL == 2
