"""The feed on a real port: its WebSocket on any path, its HTTP endpoints, its page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from bedesten.dialects.btcturk.feed.streams import BEAT_NS
from bedesten.server.app import App
from bedesten.server.run import Server
from tests.dialects.btcturk.feed_stage import KEY, BookClient, FeedDialect, Stage, join, login, open_stage
from tests.unit.server import wire


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    opened = await open_stage()
    yield opened
    await opened.venue.sequencer.stop()


@pytest.fixture
async def server(stage: Stage) -> AsyncIterator[Server]:
    dialect: Any = FeedDialect(stage.feed)
    running = Server(App(stage.venue, [dialect]), host="127.0.0.1", port=0)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        yield client


async def heard(client: ClientConnection, model: int) -> Any:
    """Return the body of the next frame of a model."""
    while True:
        number, body = json.loads(await client.recv())
        if number == model:
            return body


# The WebSocket


@pytest.mark.parametrize("path", ["/", "/ws", "/market", "/some/where?x=1"])
async def test_any_path_is_the_feed(stage: Stage, server: Server, path: str) -> None:
    """The version comes first; then a whole conversation in unfragmented text frames."""
    async with connect(server.url.replace("http", "ws") + path) as client:
        assert await heard(client, 991) == {"type": 991, "current": "6.0.0", "min": "2.3.0"}
        await client.send(login(stage))
        assert (await heard(client, 114))["ok"] is True
        await client.send("[151,{type:151,channel:'obdiff',event:'BTCTRY',join:true}]")
        assert (await heard(client, 100))["message"] == "join|obdiff:BTCTRY"
        book = BookClient()
        book.feed([[431, await heard(client, 431)]])

        await stage.buy(stage.bob, "1", "100", "mine")
        assert (await heard(client, 451))["newOrderClientId"] == "mine"
        stage.clock.advance(BEAT_NS)
        book.feed([[432, await heard(client, 432)]])

        assert book.levels() == ([["100", "1"]], [])


async def test_a_book_is_one_frame_however_long(stage: Stage, server: Server) -> None:
    """Clients that do not join fragments exist: a full book of two hundred levels is one final text frame."""
    for level in range(100):
        await stage.buy(stage.bob, "0.01234567", str(900_000 - level))
        await stage.sell(stage.alice, "0.01234567", str(900_100 + level))
    socket = await wire.connect(server.port, "/")
    await socket.send(join("orderbook", "BTCTRY").encode())

    assert [(await socket.frame())[0] for _ in range(2)] == [wire.TEXT, wire.TEXT]
    head = await socket.reader.readexactly(2)

    assert head[0] == 0x80 | wire.TEXT, "final, text"
    socket.abandon()


async def test_a_slow_reader_is_dropped_alone(stage: Stage, server: Server) -> None:
    """Who does not read is closed once its outbox is full; the other goes on and misses nothing."""
    for level in range(100):
        await stage.buy(stage.bob, "0.01234567", str(900_000 - level))
        await stage.sell(stage.alice, "0.01234567", str(900_100 + level))
    slow = await wire.connect(server.port, "/", receive_buffer=4096)
    async with connect(server.url.replace("http", "ws") + "/") as quick:
        await slow.send(join("orderbook", "BTCTRY").encode())
        await quick.send(join("orderbook", "BTCTRY"))
        channel = stage.feed.beat(stage.venue).topic("orderbook", "BTCTRY").channel  # type: ignore[union-attr]
        await wire.until(lambda: len(channel) == 2)
        await heard(quick, 431)
        beats = 0
        while len(channel) == 2 and beats < 3_000:
            await stage.buy(stage.bob, "0.01", "899999")
            stage.clock.advance(BEAT_NS)
            await heard(quick, 431)
            beats += 1

        assert len(channel) == 1 and beats < 3_000
        await stage.buy(stage.bob, "0.01", "899999")
        stage.clock.advance(BEAT_NS)
        assert (await heard(quick, 431))["CS"] > 0
    slow.abandon()


async def test_a_revoked_key_hears_no_more_over_the_wire(stage: Stage, server: Server) -> None:
    """The next frame behind the revocation says so, and the one behind that is a public one."""
    async with connect(server.url.replace("http", "ws") + "/") as client:
        await client.send(login(stage))
        assert (await heard(client, 114))["ok"] is True
        await client.send(join("trade", "BTCTRY"))
        await heard(client, 421)
        await stage.buy(stage.bob, "1", "100", "mine")
        assert (await heard(client, 451))["newOrderClientId"] == "mine"
        assert json.loads(await client.recv())[0] == 201

        await stage.venue.keys.revoke(KEY)
        await stage.sell(stage.alice, "1", "100")

        frames = [json.loads(await client.recv()) for _ in range(2)]
        assert [model for model, _ in frames] == [114, 422] and frames[0][1]["ok"] is False


# The HTTP feed


async def test_http_tells_what_the_websocket_told_last(stage: Stage, http: httpx.AsyncClient) -> None:
    """The bodies are the models'; within one beat everybody reads the same, then what is new."""
    await stage.buy(stage.bob, "1", "100")
    connection = await stage.listen("orderbook:BTCTRY", "ticker:all", "ticker:BTCTRY", "trade:BTCTRY")
    told = {model: body for model, body in connection.take() if model in (401, 402, 431)}
    await stage.buy(stage.bob, "1", "101")

    book, tickers, ticker = [
        (await http.get(path)).json() for path in ("/orderbook/btctry", "/ticker/all", "/ticker/pair/BTC_TRY")
    ]
    assert (book, tickers, ticker) == (told[431], told[401]["items"], told[402])

    await stage.beat()
    assert (await http.get("/ticker/pair/BTCTRY")).json()["B"] == "101"


async def test_http_needs_no_listener(stage: Stage, http: httpx.AsyncClient) -> None:
    """What nobody listens to is read when it is asked for, once a second at most."""
    await stage.buy(stage.bob, "1", "100")
    first = (await http.get("/orderbook/BTCTRY")).json()
    await stage.buy(stage.bob, "1", "101")
    assert (await http.get("/orderbook/BTCTRY")).json() == first

    await stage.beat(2)

    second = (await http.get("/orderbook/BTCTRY")).json()
    assert [row["P"] for row in second["BO"]] == ["101", "100"]
    assert second["CS"] > first["CS"]


async def test_the_last_trades_are_counted(stage: Stage, http: httpx.AsyncClient) -> None:
    """Fifty unless told otherwise, and never more."""
    for _ in range(60):
        await stage.sell(stage.alice, "1", "5")
        await stage.buy(stage.bob, "1", "5")

    counts = {}
    for path in (
        "/trade/last/btctry",
        "/trade/last/btctry/10",
        "/trade/last/btctry/76",
        f"/trade/last/btctry/{'9' * 40}",
    ):
        rows = (await http.get(path)).json()
        counts[path[:24]] = len(rows)
        assert set(rows[0]) == {"D", "I", "A", "P", "S"}
        assert [int(row["I"]) for row in rows] == sorted((int(row["I"]) for row in rows), reverse=True)
    assert list(counts.values()) == [50, 10, 50, 50]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/orderbook/nope", 1027), ("/ticker/pair/ETHBTC", 1027), ("/trade/last/x/5", 1027),
        ("/trade/last/btctry/0", 1038), ("/trade/last/btctry/-1", 1038), ("/trade/last/btctry/ten", 1038),
        ("/trade/last/btctry/%D9%A3", 1038),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_refused(http: httpx.AsyncClient, path: str, code: int) -> None:
    """With the dialect's own errors."""
    answer = await http.get(path)

    assert (answer.status_code, answer.json()) == (400, {"code": code})


# The page


async def test_the_page_asks_nobody_else(http: httpx.AsyncClient) -> None:
    """No address outside, no script or style but its own, and the policy says so."""
    answer = await http.get("/ticker/html")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in policy
    outside = [
        url for url in re.findall(r"https?://[^\s\"']+", answer.text) if not url.startswith("http://www.w3.org/")
    ]
    assert not outside
    assert 'name="viewport"' in answer.text and "prefers-color-scheme: light" in answer.text
