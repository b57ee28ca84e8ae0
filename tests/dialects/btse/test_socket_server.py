"""The sockets over a real port, spoken to by another library's client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.dialects.btse.socket_doubles import KEY, SECRET, TIME_NS, BookClient, login, request
from tests.unit.services.market import Market, open_market
from websockets.asyncio.client import ClientConnection, connect

from bedesten.clock import ManualClock
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.btse.market.book_feed import BOOK_INTERVAL_NS
from bedesten.server.app import App
from bedesten.server.run import Server
from bedesten.services.ports import AckPolicy
from bedesten.services.store_types import Permission
from bedesten.storage.memory import open_memory


@pytest.fixture
async def market() -> AsyncIterator[Market]:
    """A venue whose customer bob has the documented key."""
    opened = await open_market(open_memory(), ManualClock(TIME_NS), policy=AckPolicy.SYNCED)
    await opened.venue.keys.create(opened.bob.id, [Permission.READ], key=KEY, secret=SECRET)
    yield opened
    await opened.venue.sequencer.stop()


@pytest.fixture
async def server(market: Market) -> AsyncIterator[Server]:
    """The BTSE dialect on a free port."""
    running = Server(App(market.venue, [BtseDialect()]), host="127.0.0.1", port=0)
    await running.start()
    yield running
    await running.stop()


async def heard(client: ClientConnection) -> Any:
    """Return the next message."""
    message = await client.recv()
    return message if message == "pong" else json.loads(message)


@pytest.mark.parametrize("path", ["/ws/spot", "/spotWS"])
async def test_an_order_is_told_over_the_wire(market: Market, server: Server, path: str) -> None:
    """The quickstart's steps: ping, login, subscribe without waiting, then hear of the order and its match."""
    async with connect(server.url.replace("http", "ws") + path) as client:
        for message in ("ping", login(), request("subscribe", "notificationApiV3", "fills", "tradeHistoryApi:BTC-USD")):
            await client.send(message)
        assert [await heard(client) for _ in range(3)] == [
            "pong",
            {"event": "login", "success": True},
            {"event": "subscribe", "channel": ["notificationApiV3", "fills", "tradeHistoryApi:BTC-USD"]},
        ]

        await market.buy(market.bob, 5, 100, "mine")
        await market.sell(market.alice, 5, 100)

        messages = [await heard(client) for _ in range(4)]
        notices = [message["data"] for message in messages if message["topic"] == "notificationApiV3"]
        assert [(row["status"], row["clOrderID"]) for row in notices] == [(2, "mine"), (4, "mine")]
        assert {message["topic"] for message in messages[1:]} == {
            "notificationApiV3",
            "fills",
            "tradeHistoryApi:BTC-USD",
        }


async def test_a_book_is_followed_over_the_wire(market: Market, server: Server) -> None:
    """Snapshot, then deltas in sequence, to two clients alike."""
    clock = market.venue.clock
    assert isinstance(clock, ManualClock)
    url = server.url.replace("http", "ws") + "/ws/oss/spot"
    async with connect(url) as first, connect(url) as second:
        books = [BookClient("update:BTC-USD_0"), BookClient("update:BTC-USD_0")]
        for client, book in zip((first, second), books, strict=True):
            await client.send(request("subscribe", "update:BTC-USD_0"))
            assert await heard(client) == {"event": "subscribe", "channel": ["update:BTC-USD_0"]}
            book.feed([await heard(client)])
        for price in (97, 98, 99):
            await market.buy(market.bob, 1, price)
            clock.advance(BOOK_INTERVAL_NS)
            for client, book in zip((first, second), books, strict=True):
                book.feed([await heard(client)])

        assert books[0].levels() == books[1].levels() == ([("99", "1"), ("98", "1"), ("97", "1")], [])


async def test_a_revoked_key_hears_no_more_over_the_wire(market: Market, server: Server) -> None:
    """The next frame behind the revocation says so, and the one behind that is a public one."""
    async with connect(server.url.replace("http", "ws") + "/ws/spot") as client:
        await client.send(login())
        assert (await heard(client))["success"]
        await client.send(request("subscribe", "fills", "notificationApiV3", "tradeHistoryApi:BTC-USD"))
        await heard(client)
        await market.buy(market.bob, 5, 100, "mine")
        assert (await heard(client))["topic"] == "notificationApiV3"

        await market.venue.keys.revoke(KEY)
        await market.sell(market.alice, 5, 100)

        assert await heard(client) == {"event": "login", "success": False}
        assert (await heard(client))["topic"] == "tradeHistoryApi:BTC-USD"
