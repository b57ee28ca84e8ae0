"""What the venue acknowledged is there after kill -9: the same directory, a new process, the same answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.client import connect

from tests.e2e.process import CALL_S, Client, Server, Trader, serving

SYMBOL = "BTC-USD"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def traders(tmp_path: Path, directory: Path) -> dict[str, Trader]:
    """The demo's customers on a directory where the demo ran for a moment: there are books and index prices, and they rest."""
    with serving(tmp_path, "--demo", "--data", str(directory)) as server:
        return server.traders()


@pytest.fixture
def before(tmp_path: Path, directory: Path, traders: dict[str, Trader]) -> Iterator[Server]:
    """The process that will be killed."""
    with serving(tmp_path, "--data", str(directory)) as server:
        yield server


def trade(server: Server, traders: dict[str, Trader]) -> list[str]:
    """Place orders of every kind, some of which end, and return their ids."""
    alice, bob = (Client(server, traders[name]) for name in ("trader1", "trader2"))
    market = round(alice.last_price(SYMBOL))
    rows = [
        alice.place(SYMBOL, "BUY", price=market - 9000, size=0.5, clOrderID="rests"),
        alice.place(SYMBOL, "BUY", price=market - 9000, size=0.5, clOrderID="ends soon"),
        alice.place(SYMBOL, "BUY", price=market - 9001, size=0.3, clOrderID="for an hour", time_in_force="HOUR"),
        alice.place(SYMBOL, "BUY", type="MARKET", size=0.02, clOrderID="took"),
        bob.place(SYMBOL, "SELL", type="MARKET", size=0.03),
        alice.place(SYMBOL, "SELL", type="MARKET", txType="STOP", size=0.1, triggerPrice=market - 8000),
        alice.place(SYMBOL, "SELL", txType="TRIGGER", size=0.1, price=market + 8000, triggerPrice=market + 8000),
        alice.place(SYMBOL, "SELL", type="OCO", size=0.1, price=market + 9000, triggerPrice=market - 8000,
                    stopPrice=market - 8100, clOrderID="either"),
        alice.place(SYMBOL, "BUY", type="PEG", price=market + 100, size=0.2, deviation=-5, stealth=20),
        alice.place(SYMBOL, "SELL", type="MARKET", txType="STOP", size=0.01, trailValue=5000),
    ]  # fmt: skip
    alice.call("DELETE", "/api/v3.3/order", f"symbol={SYMBOL}&clOrderID=ends%20soon")
    best = requests.get(f"{server.url}/spot/api/v3.3/orderbook", params={"symbol": SYMBOL}, timeout=CALL_S).json()
    inside = float(best["buyQuote"][0]["price"]) + 0.5
    partly = alice.place(SYMBOL, "BUY", price=inside, size=0.4, clOrderID="part")
    bob.place(SYMBOL, "SELL", price=inside, size=0.15, time_in_force="IOC")
    return [row["orderID"] for answer in (*rows, partly) for row in answer]


def read(server: Server, traders: dict[str, Trader], ids: list[str]) -> dict[str, Any]:
    """Return everything that customers and the public can see of it."""
    seen: dict[str, Any] = {}
    for name in ("trader1", "trader2"):
        client = Client(server, traders[name])
        seen[name] = {
            "open": client.call("GET", "/api/v3.3/user/open_orders"),
            "open v3.2": client.call("GET", "/api/v3.2/user/open_orders", f"symbol={SYMBOL}"),
            "open v4": client.call("GET", "/api/v4/trade/orders"),
            "wallet": client.call("GET", "/api/v3.2/user/wallet"),
            "history": client.call("GET", "/api/v3.3/user/trade_history", f"symbol={SYMBOL}"),
            "history v4": client.call("GET", "/api/v4/trade/trade_history", f"symbol={SYMBOL}")["data"],
        }
    alice = Client(server, traders["trader1"])
    seen["orders"] = [alice.send("GET", "/api/v3.3/order", f"orderID={each}").text.split('"time"')[0] for each in ids]
    seen["by client id"] = alice.call("GET", "/api/v3.3/order", "clOrderID=part")
    public = f"{server.url}/spot/api/v3.3"
    for path in ("orderbook", "trades", "price"):
        answer = requests.get(f"{public}/{path}", params={"symbol": SYMBOL}, timeout=CALL_S).json()
        seen[path] = {name: answer[name] for name in ("buyQuote", "sellQuote")} if path == "orderbook" else answer
    return seen


def book_seq(server: Server) -> int:
    """Return the sequence number that a book stream begins with."""
    with connect(f"{server.ws_url}/ws/oss/spot") as socket:
        socket.send(json.dumps({"op": "subscribe", "args": [f"update:{SYMBOL}_0"]}))
        socket.recv(CALL_S)
        return int(json.loads(socket.recv(CALL_S))["data"]["seqNum"])


def test_a_killed_venue_knows_everything_it_acknowledged(
    tmp_path: Path, directory: Path, traders: dict[str, Trader], before: Server
) -> None:
    """Open and ended orders, their ids, balances, fills, the book and the public tape are the same; sequences go on."""
    ids = trade(before, traders)
    told = read(before, traders, ids)
    seq = book_seq(before)
    before.kill()

    with serving(tmp_path, "--data", str(directory)) as after:
        assert read(after, traders, ids) == told
        assert book_seq(after) >= seq
        alice = Client(after, traders["trader1"])
        (new,) = alice.place(SYMBOL, "BUY", price=20000, size=0.001)
        assert new["orderID"] not in ids
        ended = alice.call("DELETE", "/api/v3.3/order", f"symbol={SYMBOL}")

    # rests, for an hour, stop, take profit, two legs, peg, trailing, partly filled, new
    assert len(told["trader1"]["open"]) == 9
    part = told["by client id"]
    assert (part["status"], part["originalOrderBaseSize"], part["totalFilledBaseSize"]) == (5, 0.4, 0.15)
    assert {row["orderID"] for row in ended} == {row["orderID"] for row in told["trader1"]["open"]} | {new["orderID"]}


def test_a_demo_goes_on_where_it_was_killed(tmp_path: Path, directory: Path, traders: dict[str, Trader]) -> None:
    """The demo's own orders and those of its customers outlive it; the book's sequence never goes back."""
    log = tmp_path / "stderr.txt"
    server = Server("--demo", "--data", str(directory), log=log)
    (placed,) = Client(server, traders["trader1"]).place(SYMBOL, "BUY", price=20000, size=0.001, clOrderID="kept")
    seq = book_seq(server)
    server.kill()

    with serving(tmp_path, "--demo", "--data", str(directory)) as after:
        client = Client(after, traders["trader1"])
        (row,) = client.call("GET", "/api/v3.3/user/open_orders")
        assert (row["orderID"], row["clOrderID"]) == (placed["orderID"], "kept")
        assert book_seq(after) >= seq
