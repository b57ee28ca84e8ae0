"""One run of a sandbox over every dialect, as one SHA-256: python -m tests.sandbox.one_run ROUNDS LOOP DATA [FLIP].

What goes in: the bytes of every answer, head and body, and of every frame of every WebSocket, as clients read them, in one order.
FLIP changes one byte of one answer, to see that it is noticed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Literal

import uvloop

from bedesten.bootstrap.host import Host
from bedesten.clock import wall_ns
from bedesten.config import Settings
from tests.sandbox.wire import (
    Http,
    Stream,
    btcturk_login,
    btse_login,
    by_path,
    by_stamp,
    by_target,
    native_login,
)

LOOPS: Final = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
PAIRS: Final = ("BTC-USD", "ETH-USD", "BTC-USDT")
STEP_NS: Final = 700_000_000


class Run:
    """A venue, its clients, and the hash of all they read."""

    def __init__(self, seed: int, loop: str, data: str, flip: int) -> None:
        ack: Literal["memory", "synced"] = "memory" if data == ":memory:" else "synced"
        settings = Settings(port=0, data=data, demo=True, seed=seed, ack=ack, sandbox=True, clock="manual")
        self.host = Host(settings, loop_factory=LOOPS[loop])
        self.port = self.host.running.server.port
        self.http = Http(self.port)
        self.sha = hashlib.sha256()
        self.statuses: Counter[str] = Counter()
        self.requests = 0
        self.frames = 0
        self.address = ""
        self._flip = flip
        self._chance = random.Random(seed)
        self.trader = self.host.running.venue_file.demo.accounts[0]
        self.streams: list[Stream] = []
        for at in range(24):
            tell = (self._book, self._mine, self._book, self._turk_feed, self._otc, self._native_feed)[at % 6]
            self.streams.append(tell(at))
            self.drain()  # who comes first is told first, in every run
        self.choices: list[Callable[[], bytes]] = [
            self.order, self.order, self.order, self.turk_order, self.turk_order, self.cancel, self.turk_open,
            self.book, self.turk_book, self.tickers, self.wallet, self.quote, self.exchange, self.balance, self.trades,
            self.native_order, self.native_order, self.native_open, self.native_book,
        ]  # fmt: skip

    # ── clients' time is the wall's: what is signed differs from run to run, what is answered does not ──

    def nonce(self) -> int:
        return wall_ns() // 1_000_000

    def _btse(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        text = "" if body is None else json.dumps(body)
        head = by_path(self.trader.api_key, self.trader.api_secret, path, self.nonce(), text)
        return self.http.ask(method, path, head, text)

    def _turk(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        head = by_stamp(self.trader.api_key, self.trader.api_secret, self.nonce())
        return self.http.ask(method, path, head, "" if body is None else json.dumps(body))

    def _bitgin(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        text = "" if body is None else json.dumps(body)
        head = by_path(self.trader.api_key, self.trader.api_secret, path, self.nonce(), text, prefix="btse")
        return self.http.ask(method, path, head, text)

    def _native(self, method: str, target: str, body: dict[str, Any] | None = None, key: str = "") -> bytes:
        text = "" if body is None else json.dumps(body)
        head = by_target(self.trader.api_key, self.trader.api_secret, method, target, self.nonce(), text)
        return self.http.ask(method, target, head | ({"idempotency-key": key} if key else {}), text)

    # ── what is asked ──

    def native_order(self) -> bytes:
        side, way = self._chance.choice((("buy", -1), ("sell", 1)))
        price = round(100_000 * (1 + way * self._chance.randint(-20, 60) / 1_000))
        form = {
            "instrument": "BTC-USD",
            "side": side,
            "price": f"{price}.0",
            "quantity": f"0.0{self._chance.randint(10, 20)}",
        }
        return self._native("POST", "/native/v1/orders", form, f"k{self.requests}")

    def native_open(self) -> bytes:
        return self._native("GET", "/native/v1/orders?instrument=BTC-USD&limit=20")

    def native_book(self) -> bytes:
        return self.http.ask("GET", f"/native/v1/instruments/{self._chance.choice(PAIRS)}/book?depth=20", {})

    def order(self) -> bytes:
        side, way = self._chance.choice((("BUY", -1), ("SELL", 1)))
        price = 100_000 * (1 + way * self._chance.randint(-20, 60) / 1_000)
        form = {"symbol": "BTC-USD", "side": side, "type": "LIMIT", "size": self._chance.randint(1, 20) / 1_000}
        return self._btse("POST", "/spot/api/v3.3/order", form | {"price": round(price)})

    def turk_order(self) -> bytes:
        side, method = self._chance.choice(("buy", "sell")), self._chance.choice(("limit", "market"))
        form = {
            "quantity": f"0.00{self._chance.randint(1, 9)}",
            "price": str(self._chance.randint(3_000_000, 4_000_000)),
        }
        if method == "market" and side == "buy":
            form = {"quantity": str(self._chance.randint(200, 2_000))}
        return self._turk(
            "POST", "/api/v1/order", {"orderMethod": method, "orderType": side, "pairSymbol": "BTCTRY", **form}
        )

    def cancel(self) -> bytes:
        return self._btse("DELETE", "/spot/api/v3.3/order?symbol=BTC-USD")

    def turk_open(self) -> bytes:
        return self._turk("GET", "/api/v1/openOrders?pairSymbol=BTCTRY")

    def book(self) -> bytes:
        return self.http.ask("GET", f"/spot/api/v3.3/orderbook?symbol={self._chance.choice(PAIRS)}&depth=20", {})

    def turk_book(self) -> bytes:
        return self.http.ask("GET", "/api/v2/orderbook?pairSymbol=BTCTRY&limit=25", {})

    def tickers(self) -> bytes:
        return self.http.ask(
            "GET", self._chance.choice(("/v1/allTickers", "/api/v2/ticker", "/spot/api/v3.3/price")), {}
        )

    def wallet(self) -> bytes:
        return self._btse("GET", "/spot/api/v3.3/user/wallet")

    def quote(self) -> bytes:
        form = {"baseCurrency": "BTC", "orderCurrency": "USD", "side": "buy", "orderSizeInBaseCurrency": 0.1}
        return self._btse("POST", "/otc/api/v1/quote", form)

    def exchange(self) -> bytes:
        return self._bitgin("POST", "/v1/trade/quote", {"side": "buy", "quoteAmountInBase": 100})

    def balance(self) -> bytes:
        return self._bitgin("GET", "/v1/wallet/balance")

    def trades(self) -> bytes:
        return self.http.ask("GET", "/spot/api/v3.3/trades?symbol=BTC-USD&count=20", {})

    def deposit(self) -> None:
        """Pay the trader over a chain; it is credited some blocks on."""
        if not self.address:
            told = self.take(self._btse("POST", "/spot/api/v3.3/user/wallet/address", {"currency": "BTC-Bitcoin"}))
            self.address = json.loads(told.partition(b"\r\n\r\n")[2])[0]["address"]
        paid = {"network": "Bitcoin", "asset": "BTC", "amount": "0.25", "address": self.address}
        self.take(self.http.ask("POST", "/demo/faucet", {"content-type": "application/json"}, json.dumps(paid)))

    # ── sockets ──

    def _book(self, at: int) -> Stream:
        stream = self._open("/ws/oss/spot")
        stream.tell({"op": "subscribe", "args": [f"{('update', 'snapshotL1')[at % 2]}:{PAIRS[at % 3]}_0"]})
        return stream

    def _mine(self, at: int) -> Stream:
        stream = self._open("/ws/spot")
        stream.tell(btse_login(self.trader.api_key, self.trader.api_secret, "/ws/spot", self.nonce()))
        stream.tell({"op": "subscribe", "args": ["tradeHistoryApi:BTC-USD", "notificationApiV3", "fills"]})
        return stream

    def _otc(self, at: int) -> Stream:
        stream = self._open("/ws/otc")
        stream.tell(btse_login(self.trader.api_key, self.trader.api_secret, "/ws/otc", self.nonce()))
        size = {"quantity": at + 1, "currency": "BTC"}
        stream.tell({"op": "quote", "symbol": "BTC-USD", "clOrderId": f"s{at}", "quantity": size})
        return stream

    def _turk_feed(self, at: int) -> Stream:
        stream = self._open("/")
        stream.tell(btcturk_login(self.trader.api_key, self.trader.api_secret, self.nonce()))
        for channel, event in (("obdiff", "BTCTRY"), ("trade", "BTCTRY"), ("ticker", "all")):
            stream.tell([151, {"type": 151, "channel": channel, "event": event, "join": True}])
        return stream

    def _native_feed(self, at: int) -> Stream:
        stream = self._open("/native/v1/stream")
        stream.tell(native_login(self.trader.api_key, self.trader.api_secret, self.nonce()))
        channels = [
            "book:BTC-USD@5.0",
            "trades:BTC-USD",
            "tickers",
            "candles:BTC-USD@1m",
            "orders",
            "fills",
            "balances",
        ]
        stream.tell({"op": "subscribe", "channels": channels})
        return stream

    def _open(self, path: str) -> Stream:
        stream = Stream(self.port, path)
        self.sha.update(stream.head)
        return stream

    # ── the run ──

    def take(self, answer: bytes) -> bytes:
        self.requests += 1
        self.statuses[answer[9:12].decode()] += 1
        if self._flip == self.requests:
            answer = answer[:-1] + bytes([answer[-1] ^ 1])
        self.sha.update(answer)
        return answer

    def drain(self) -> None:
        """Read every socket to where the venue has settled on all that was sent to it."""
        read = [stream.drain() for stream in self.streams]  # a pong tells that the messages before the ping were read
        self.host.call(self.host.sandbox.settling.settle())
        for at, stream in enumerate(self.streams):
            drained = read[at] + stream.drain()
            self.frames += len(drained)
            self.sha.update(b"%d:%d:" % (at, len(drained)) + drained)

    def go(self, rounds: int) -> str:
        """Return the hash of *rounds* rounds: a few requests, a step of the clock, and every socket's frames."""
        for number in range(rounds):
            for _ in range(12):
                self.take(self._chance.choice(self.choices)())
            if number % 50 == 5:
                self.deposit()
            if number % 25 == 20:  # long enough for blocks
                self.host.call(self.host.sandbox.pacer.advance(60 * STEP_NS))
            self.host.call(self.host.sandbox.pacer.advance(STEP_NS))
            if number % 5 == 0:
                self.drain()
        self.take(self._btse("GET", "/spot/api/v3.3/user/wallet_history?currency=BTC"))
        self.drain()
        return self.sha.hexdigest()

    def end(self) -> None:
        for each in (*self.streams, self.http):
            each.close()
        failed = self.host.stop()
        if failed is not None:
            raise failed


def main(rounds: int, loop: str, data: str, flip: int = 0) -> None:
    run = Run(7, loop, data, flip)
    told = run.go(rounds)
    state = run.host.running.venue.sequencer.state
    shown = {
        "sha256": told, "requests": run.requests, "sockets": len(run.streams), "frame_bytes": run.frames,
        "statuses": run.statuses, "seq": state.machine.seq, "core": state.machine.digest(),
    }  # fmt: skip
    run.end()
    sys.stdout.write(json.dumps(shown) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 0)
