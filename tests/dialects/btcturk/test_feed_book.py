"""A customer's book over a real socket, beside the answers of REST's own endpoint: the same levels, second after second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any, Final

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btcturk.feed import table
from bedesten.dialects.btcturk.feed.streams import BEAT_NS
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.dialects.contract import Keepalive
from bedesten.domain.commands import CancelOrder, PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.domain.instruments import Instrument
from bedesten.server.app import App
from bedesten.server.run import Server
from tests.dialects.btcturk.feed_stage import BookClient, join
from tests.dialects.btcturk.stand import SECOND, VENUE_FILE, Stand, open_stand
from tests.unit.server import wire

BEATS: Final = 90
SEED: Final = 11
#: By pair: the middle of its book, in ticks. BTCUSDT's book has tenths, which this API shows in whole prices.
MIDDLES: Final = {"BTCTRY": ("BTC-TRY", 50_000), "BTCUSDT": ("BTC-USDT", 500_000)}


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    opened = await open_stand(text=VENUE_FILE.replace("open_orders_max = 20", "open_orders_max = 1000"))
    yield opened
    await opened.venue.sequencer.stop()


@pytest.fixture
async def server(stand: Stand) -> AsyncIterator[Server]:
    running = Server(stand.app, host="127.0.0.1", port=0)
    await running.start()
    yield running
    await running.stop()


class Crowd:
    """Two customers who quote, trade and cancel at random around the middle of a book."""

    def __init__(self, stand: Stand, accounts: list[int], name: str, middle: int, random: Random) -> None:
        found = stand.venue.catalogue.instrument(name)
        assert found is not None
        self.instrument: Instrument = found
        self.stand, self.accounts, self.middle, self.random = stand, accounts, middle, random
        self.open: list[tuple[int, int]] = []  # account and order

    async def place(self, side: Side, price: int) -> None:
        account = self.random.choice(self.accounts)
        command = PlaceOrder(
            account=account, instrument=self.instrument.id, side=side, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=price, quantity=self.random.randint(3_000, 9_999) * 100,
        )  # fmt: skip
        outcome = await self.stand.venue.trading.place(command)
        assert outcome.reject is None and outcome.order is not None, outcome
        self.open.append((account, outcome.order.order.order_id))

    async def fill_both_sides(self) -> None:
        """More levels than a window shows, so that levels slide in and out of it."""
        for away in range(1, 131):
            await self.place(Side.BUY, self.middle - 3 * away)
            await self.place(Side.SELL, self.middle + 3 * away)

    async def stir(self) -> None:
        """Quote near the middle, cross it now and then, cancel some."""
        for _ in range(self.random.randint(0, 5)):
            side = self.random.choice((Side.BUY, Side.SELL))
            away = int(self.random.triangular(-12, 60, 2))
            await self.place(side, self.middle - away if side == Side.BUY else self.middle + away)
        for _ in range(self.random.randint(0, 5)):
            account, number = self.open.pop(self.random.randrange(len(self.open)))
            await self.stand.venue.trading.cancel(CancelOrder(account=account, order_id=number))


async def followed(socket: ClientConnection, books: dict[str, BookClient], pair: str, wanted: Any) -> None:
    """Read frames until the pair's book is what REST tells; it has to become that within seconds."""
    async with asyncio.timeout(10):
        while books[pair].levels() != wanted:
            model, body = json.loads(await socket.recv())
            if model in (431, 432):
                books[body["PS"]].feed([[model, body]])


async def test_a_book_kept_from_frames_is_what_rest_answers(stand: Stand, server: Server) -> None:
    """A minute and a half of a busy market in the venue's own time, on a pair of this API's own and on a shared, finer one."""
    accounts = [account.account for account in [await account_of(stand, name) for name in ("alice", "bob")]]
    random = Random(SEED)
    crowds = {pair: Crowd(stand, accounts, name, middle, random) for pair, (name, middle) in MIDDLES.items()}
    for crowd in crowds.values():
        await crowd.fill_both_sides()
    books, levels = {pair: BookClient() for pair in crowds}, set[int]()
    async with (
        connect(server.url.replace("http", "ws") + "/", max_queue=None) as socket,
        httpx.AsyncClient(base_url=server.url, trust_env=False) as http,
    ):
        for pair in crowds:
            await socket.send(join("obdiff", pair))
        for _ in range(BEATS):
            for pair in crowds:
                answer = (await http.get("/api/v2/orderbook", params={"pairSymbol": pair})).json()["data"]
                levels.add(len(answer["bids"]))
                await followed(socket, books, pair, tuple(shortest(answer[side]) for side in ("bids", "asks")))
            for crowd in crowds.values():
                await crowd.stir()
            stand.clock.advance(BEAT_NS)

    assert max(levels) == 100, "more than a window holds"
    assert all(book.differences > BEATS // 2 and book.wholes == 1 for book in books.values())


def shortest(levels: list[list[str]]) -> list[list[str]]:
    """Return a side with amounts as the feed has them, where REST's have eight decimals."""
    return [[price, amount.rstrip("0").rstrip(".")] for price, amount in levels]


async def account_of(stand: Stand, name: str) -> Any:
    key = stand.venue.keys.find((await stand.customer(name)).key)
    assert key is not None
    return key


async def test_fifteen_connections_a_minute_are_enough(stand: Stand, server: Server) -> None:
    """The next handshake is refused with 429 and the address waits a minute; REST goes on, and so do open connections."""
    url = server.url.replace("http", "ws")
    for at in range(15):
        async with connect(f"{url}/{'ws' if at % 2 else ''}") as socket:
            assert json.loads(await socket.recv())[0] == 991
    with pytest.raises(InvalidStatus) as refused:
        await connect(url + "/market")
    answer = refused.value.response
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert json.loads(answer.body or b"") == {"message": "TOO_MANY_REQUESTS", "success": False, "code": 429,
        "details": "Quota exceeded. Maximum allowed: 15 per 1m.", "limit": "15", "period": "1m", "policy": "ip"}  # fmt: skip

    assert (await stand.public.get("/api/v2/ticker")).status == 200
    stand.clock.advance(60 * SECOND)
    async with connect(url) as socket:
        assert json.loads(await socket.recv())[0] == 991


def test_a_dead_client_is_dropped_in_the_recorded_time() -> None:
    """Pinged after 15 seconds, and closed 45 after its beginning with 1000 and no reason, as recorded on 2026-09-23."""
    (route,) = Feed().routes

    assert route.keepalive == Keepalive(every_s=15, wait_s=30, code=1000, reason="")


async def test_a_client_that_answers_no_ping_is_dropped(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed without a word from it, in a hundredth of the time here."""
    monkeypatch.setattr(table, "KEEPALIVE", replace(table.KEEPALIVE, every_s=0.15, wait_s=0.3))
    running = Server(App(stand.venue, [BtcTurkDialect()]), host="127.0.0.1", port=0)
    await running.start()
    try:
        socket = await wire.connect(running.port, "/")
        async with asyncio.timeout(5):
            frames = [await socket.frame() for _ in range(3)]
        assert [kind for kind, _ in frames] == [wire.TEXT, wire.PING, wire.CLOSE]
        assert frames[2][1] == (1000).to_bytes(2), "no reason"
        socket.abandon()
    finally:
        await running.stop()
