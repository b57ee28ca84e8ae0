"""The clients of `benchmarks/load.py`, each kind in a process of its own: traders that place and cancel, subscribers that listen.

Plain sockets and a selector, so that what is measured is the server. Latencies go into HDR histograms, in microseconds; what was
acknowledged goes into a file a line, so that it can be held against the venue's books afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import selectors
import socket
import time
from pathlib import Path
from typing import Any, NamedTuple

from hdrh.histogram import HdrHistogram

HIGHEST_US = 60_000_000
DIGITS = 3
PATH = "/api/v3.3/order"
MIDDLE = 40_000  # dollars; orders lie up to SPREAD half dollars to either side of it
SPREAD = 40
CROSSES = 0.25  # of the orders are priced to trade at once
KEEPS = 0.1  # of the resting ones are left in the book
PER_ADDRESS = 48  # subscribers: BTSE allows 50 connections; on Linux all of 127.0.0.0/8 is this machine
WAIT_S = 30  # for an answer: longer is a hang
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


class Account(NamedTuple):
    """A customer's key."""

    name: str
    key: str
    secret: str


def signature(secret: str, message: str) -> str:
    """Return BTSE's signature."""
    return hmac.new(secret.encode(), message.encode(), hashlib.sha384).hexdigest()


class Trader:
    """One connection of one customer: a request, its answer, the next request."""

    def __init__(self, number: int, account: Account, port: int, seed: int) -> None:
        self.account = account
        self.dice = random.Random(f"{seed} {number}")
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0
        self.count = 0
        self.waits_for = ""  # "place" or "cancel"
        self.client_id = ""
        self.resting = False

    def send(self) -> None:
        """Send the next request: take back what rests, or place an order."""
        if self.resting and self.dice.random() >= KEEPS:
            self.waits_for, self.resting = "cancel", False
            self._request("DELETE", f"?symbol=BTC-USD&clOrderID={self.client_id}", "")
            return
        self.resting = False
        self.count += 1
        self.client_id = f"{self.account.name}-{self.count}"
        side = self.dice.choice(("BUY", "SELL"))
        towards = 1 if (self.dice.random() < CROSSES) == (side == "BUY") else -1
        price = MIDDLE + towards * self.dice.randint(1, SPREAD) / 2
        size = self.dice.randint(1, 500) / 100_000
        body = (
            f'{{"symbol":"BTC-USD","side":"{side}","type":"LIMIT","price":{price},"size":{size:.5f},'
            f'"time_in_force":"GTC","clOrderID":"{self.client_id}"}}'
        )
        self.waits_for = "place"
        self._request("POST", "", body)

    def _request(self, method: str, query: str, body: str) -> None:
        nonce = str(time.time_ns() // 1_000_000)
        head = (
            f"{method} /spot{PATH}{query} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nrequest-api: {self.account.key}\r\nrequest-nonce: {nonce}\r\n"
            f"request-sign: {signature(self.account.secret, PATH + nonce + body)}\r\n\r\n"
        )
        self.sent_at = time.perf_counter()
        self.socket.sendall((head + body).encode())

    def answer(self) -> tuple[int, Any] | None:
        """Read; return status and body once the answer is whole."""
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionError("the server closed a trader's connection")
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        at = head.index(b"content-length: ") + 16
        if len(body) < int(head[at : at + 8].split(b"\r\n")[0]):
            return None
        self.received = b""
        return int(head[9:12]), json.loads(body)


def trade(port: int, accounts: list[Account], orders: int, seconds: float, log: Path, results: Any, seed: int) -> None:
    """Be all traders until *orders* were placed or *seconds* are over, finish what is under way, and put what was measured."""
    histograms = {kind: HdrHistogram(1, HIGHEST_US, DIGITS) for kind in ("place", "cancel")}
    selector = selectors.DefaultSelector()
    counts = {"placed": 0, "canceled": 0, "traded": 0, "refused": 0}
    start = time.perf_counter()
    for number, account in enumerate(accounts):
        trader = Trader(number, account, port, seed)
        selector.register(trader.socket, selectors.EVENT_READ, trader)
        trader.send()
    under_way = len(accounts)
    with log.open("w") as lines:
        while under_way:
            ready = selector.select(WAIT_S)
            if not ready:
                raise TimeoutError(f"no answer within {WAIT_S} s")
            for key, _ in ready:
                trader = key.data
                answer = trader.answer()
                if answer is None:
                    continue
                now = time.perf_counter()
                histograms[trader.waits_for].record_value(max(1, int((now - trader.sent_at) * 1e6)))
                _note(trader, answer, counts, lines)
                if counts["placed"] + counts["refused"] < orders and now - start < seconds:
                    trader.send()
                else:
                    under_way -= 1
    results.put((time.perf_counter() - start, counts, {kind: each.encode() for kind, each in histograms.items()}))


def _note(trader: Trader, answer: tuple[int, Any], counts: dict[str, int], lines: Any) -> None:
    status, told = answer
    row = told[0] if isinstance(told, list) and told else {}
    if status != 200 or row.get("status") in (7, 8, 15, 16):
        if trader.waits_for == "place":
            counts["refused"] += 1
            print(json.dumps(["refused", trader.account.name, trader.client_id, status, told]), file=lines)
        return  # a cancel that came too late: the order has traded
    if trader.waits_for == "cancel":
        counts["canceled"] += 1
        print(json.dumps(["canceled", trader.account.name, trader.client_id, row["orderID"]]), file=lines)
        return
    counts["placed"] += 1
    counts["traded"] += row["status"] in (4, 5)
    trader.resting = row["status"] in (2, 5)
    print(json.dumps(["placed", trader.account.name, trader.client_id, row["orderID"]]), file=lines)


class Listener:
    """One WebSocket that only listens."""

    def __init__(self, kind: str, port: int, account: Account | None, source: str) -> None:
        self.kind = kind
        path = "/ws/oss/spot" if kind == "book" else "/ws/spot"
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(source, 0))
        self.socket.sendall(HANDSHAKE.format(path=path).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101"), head
        topic = {"book": "update:BTC-USD_0", "trades": "tradeHistoryApi:BTC-USD", "private": "notificationApiV3"}[kind]
        if account is not None:
            nonce = str(time.time_ns() // 1_000_000)
            self._send({"op": "authKeyExpires", "args": [account.key, nonce, signature(account.secret, path + nonce)]})
        self._send({"op": "subscribe", "args": [topic]})
        self.buffer = b""
        self.frames = 0

    def _send(self, message: Any) -> None:
        payload = json.dumps(message).encode()
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
        self.socket.sendall(b"\x81" + size + b"\0\0\0\0" + payload)

    def read(self) -> list[bytes]:
        """Return the messages that have come."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError(f"the server closed a {self.kind} subscriber")
        self.buffer += data
        messages, at, buffer = [], 0, self.buffer
        while len(buffer) - at >= 2:
            size, start = buffer[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(buffer[at + 2 : at + 4]), at + 4
            elif size == 127:
                size, start = int.from_bytes(buffer[at + 2 : at + 10]), at + 10
            if len(buffer) < start + size:
                break
            if buffer[at] & 15 == 9:  # a ping
                self.socket.sendall(b"\x8a" + bytes([0x80 | size]) + b"\0\0\0\0" + buffer[start : start + size])
            else:
                messages.append(buffer[start : start + size])
            at = start + size
        self.buffer = buffer[at:]
        self.frames += len(messages)
        return messages


def listen(port: int, accounts: list[Account], subscribers: int, ready: Any, stop: Any, results: Any) -> None:
    """Be all subscribers until told to stop; put frames by kind and how late trades were told."""
    late = HdrHistogram(1, HIGHEST_US, DIGITS)
    selector = selectors.DefaultSelector()
    kinds = ("book", "trades", "private")
    listeners = []
    for at in range(subscribers):
        kind = kinds[at % 3]
        account = accounts[at // 3 % len(accounts)] if kind == "private" else None
        listener = Listener(kind, port, account, f"127.0.0.{1 + at // PER_ADDRESS}")
        listener.socket.setblocking(False)
        selector.register(listener.socket, selectors.EVENT_READ, listener)
        listeners.append(listener)
    ready.set()
    while not stop.is_set():
        for key, _ in selector.select(0.2):
            listener = key.data
            for message in listener.read():
                if listener.kind == "trades" and ready.is_set():
                    _note_trade(message, late)
    frames = {kind: sum(each.frames for each in listeners if each.kind == kind) for kind in kinds}
    results.put((frames, late.encode()))


def _note_trade(message: bytes, late: HdrHistogram) -> None:
    at = message.find(b'"timestamp":')
    if at < 0 or b'"topic":"tradeHistoryApi' not in message:
        return
    stamp_ms = int(message[at + 12 : at + 25])  # of the newest trade
    late.record_value(max(1, time.time_ns() // 1_000 - stamp_ms * 1_000))
