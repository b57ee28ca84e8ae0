"""BTSE's WebSockets on a real port of the living demo: private notices, the tape, and a book kept by a client."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.process import Client, Server

SYMBOLS: Final = ("BTC-USD", "ETH-USD", "BTC-USDT", "SOL-USD", "XRP-USD", "LTC-USD")
QUOTES: Final = ("buyQuote", "sellQuote")
DELTAS: Final = 20
LOOKS: Final = 12  # at a book by REST: under the venue's limit for one address
LEVELS: Final = 10
HEAR_S: Final = 15


async def heard(socket: ClientConnection) -> Any:
    """Return the next message."""
    async with asyncio.timeout(HEAR_S):
        message = await socket.recv()
    return message if message == "pong" else json.loads(message)


def subscribe(*topics: str) -> str:
    return json.dumps({"op": "subscribe", "args": list(topics)})


class Book:
    """What a client knows of a book from its stream; strict about the sequence."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        self.seq = 0
        self.deltas = 0

    def feed(self, data: dict[str, Any]) -> None:
        if data["type"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
        else:
            assert data["prevSeqNum"] == self.seq, "the stream has a gap"
            self.deltas += 1
        self.seq = data["seqNum"]
        for name, levels in self.sides.items():
            for price, size in data[name]:
                if size == "0":
                    levels.pop(price, None)
                else:
                    levels[price] = size

    def top(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Return the best levels of both sides, best first."""
        bids, asks = (sorted((float(p), float(s)) for p, s in self.sides[name].items()) for name in ("bids", "asks"))
        assert bids[-1][0] < asks[0][0], "the book is crossed"
        return bids[: -LEVELS - 1 : -1], asks[:LEVELS]


async def test_orders_and_fills_are_told_to_their_owner_alone(server: Server, trader1: Client, trader2: Client) -> None:
    """Login and subscription back to back; order, match and cancel arrive as rows that a client can add up."""
    async with connect(f"{server.ws_url}/ws/spot") as mine, connect(f"{server.ws_url}/ws/spot") as anonymous:
        for message in (trader1.login(), subscribe("notificationApiV3", "fills")):
            await mine.send(message)
        await anonymous.send(subscribe("notificationApiV3", "fills"))
        assert await heard(mine) == {"event": "login", "success": True}
        assert set((await heard(mine))["channel"]) == {"notificationApiV3", "fills"}
        await heard(anonymous)

        (rests,) = await asyncio.to_thread(trader1.place, "BTC-USD", "BUY", price=20000, size=0.001, clOrderID="told")
        (bought,) = await asyncio.to_thread(trader1.place, "ETH-USD", "BUY", type="MARKET", size=2.5)
        await asyncio.to_thread(trader2.place, "ETH-USD", "SELL", type="MARKET", size=0.1)
        await asyncio.to_thread(trader1.call, "DELETE", "/api/v3.3/order", "symbol=BTC-USD&clOrderID=told")
        notices, fills = [], []
        while not notices or notices[-1]["status"] != 6:
            message = await heard(mine)
            (notices if message["topic"] == "notificationApiV3" else fills).append(message["data"])
        await anonymous.send("ping")
        assert await heard(anonymous) == "pong"

    assert [(row["orderID"], row["status"]) for row in (notices[0], notices[-1])] == [
        (rests["orderID"], 2),
        (rests["orderID"], 6),
    ]
    assert notices[0]["clOrderID"] == "told"
    rows = [row for batch in fills for row in batch]
    assert {row["orderId"] for row in rows} == {bought["orderID"]}
    assert abs(sum(float(row["size"]) for row in rows) - 2.5) < 1e-9
    history = await asyncio.to_thread(
        trader1.call, "GET", "/api/v3.3/user/trade_history", f"symbol=ETH-USD&orderID={bought['orderID']}"
    )
    assert {row["tradeId"]: float(row["feeAmount"]) for row in rows} == {
        row["tradeId"]: row["feeAmount"] for row in history
    }
    for row in rows:
        assert (row["symbol"], row["side"], row["feeCurrency"], row["maker"], row["type"]) == (
            "ETH-USD", "BUY", "ETH", False, "77",
        )  # fmt: skip
        assert all(isinstance(row[name], str) for name in ("price", "size", "feeAmount"))
    ended = [row for row in notices if row["orderID"] == bought["orderID"]]
    assert ended[-1]["status"] == 4
    assert ended[-1]["totalFilledBaseSize"] == 2.5


async def test_the_tape_is_the_trades_that_rest_tells(server: Server, trader2: Client) -> None:
    """tradeHistoryApi begins with what was traded lately and goes on with each trade, under the ids REST has."""
    async with connect(f"{server.ws_url}/ws/spot") as socket:
        await socket.send(subscribe("tradeHistoryApi:BTC-USD"))
        assert (await heard(socket))["channel"] == ["tradeHistoryApi:BTC-USD"]
        await asyncio.to_thread(trader2.place, "BTC-USD", "BUY", type="MARKET", size=0.001)
        tape: dict[int, dict[str, Any]] = {}
        while not any(row["size"] == 0.001 and row["side"] == "BUY" for row in tape.values()):
            message = await heard(socket)
            assert message["topic"] == "tradeHistoryApi:BTC-USD"
            tape.update({row["tradeId"]: row for row in message["data"]})
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{server.url}/spot/api/v3.3/trades", params={"symbol": "BTC-USD", "count": 500})

    told = {row["serialId"]: row for row in answer.json()}
    assert tape.keys() <= told.keys()
    for name in ("symbol", "side", "size", "price", "timestamp"):
        assert {key: row[name] for key, row in tape.items()} == {key: told[key][name] for key in tape}, name


async def test_a_book_kept_by_a_client_is_the_book(server: Server) -> None:
    """Snapshots and deltas of the living demo never gap or cross, and REST shows states that the client was in."""
    url = f"{server.url}/spot/api/v3.3/orderbook"
    books = {f"update:{symbol}_0": Book() for symbol in SYMBOLS}
    states: dict[str, list[Any]] = {topic: [] for topic in books}
    looks: list[tuple[str, Any]] = []
    async with connect(f"{server.ws_url}/ws/oss/spot") as socket, httpx.AsyncClient() as http:
        await socket.send(subscribe(*books))
        assert set((await heard(socket))["channel"]) == set(books)
        while sum(book.deltas for book in books.values()) < DELTAS or len(looks) < LOOKS:
            message = await heard(socket)
            topic, data = message["topic"], message["data"]
            books[topic].feed(data)
            states[topic].append(books[topic].top())
            if data["type"] == "delta" and len(looks) < LOOKS:
                params = {"symbol": data["symbol"], "limit_bids": LEVELS, "limit_asks": LEVELS}
                looks.append((topic, (await http.get(url, params=params)).json()))

    seen = [
        (topic, tuple([(float(row["price"]), float(row["size"])) for row in look[name]] for name in QUOTES))
        for topic, look in looks
    ]
    # a book that changes twice between two frames shows REST a state that no frame ever had: not often
    assert sum(book in states[topic] for topic, book in seen) >= LOOKS // 2


async def test_a_wrong_signature_is_told_nothing(server: Server, trader1: Client) -> None:
    """The login fails aloud; private topics stay silent and public ones work."""
    async with connect(f"{server.ws_url}/ws/spot") as socket:
        login = json.loads(trader1.login())
        login["args"][2] = "0" * 96
        await socket.send(json.dumps(login))
        await socket.send(subscribe("notificationApiV3"))
        answers = [await heard(socket) for _ in range(2)]
        await asyncio.to_thread(trader1.place, "BTC-USD", "BUY", price=20000, size=0.001, time_in_force="IOC")
        await socket.send("ping")

        assert answers[0]["success"] is False
        assert await heard(socket) == "pong"
