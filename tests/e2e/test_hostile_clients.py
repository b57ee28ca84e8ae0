"""One slow, dead or hostile client costs nobody else anything: a witness trades and hears of it while they do their worst.

Against a real process over real sockets. The witness comes from another address, since an address answers for itself.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests

from tests.e2e.process import CALL_S, Client, Server, serving

GROWTH_MB: Final = 120  # of the server during one attack: outboxes and buffers are bounded by far less together
HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)
BOOKS: Final = json.dumps(
    {"op": "subscribe", "args": [f"update:{base}-USD_0" for base in ("BTC", "ETH", "SOL", "XRP", "LTC")]}
).encode()
FEED: Final = [
    json.dumps([151, {"type": 151, "channel": channel, "event": event, "join": True}]).encode()
    for channel, event in (("ticker", "all"), ("orderbook", "BTCTRY"), ("obdiff", "BTCTRY"), ("trade", "BTCTRY"))
]
Held = list[socket.socket]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo venue that keeps its data and syncs it."""
    directory = tmp_path_factory.mktemp("venue")
    with serving(directory, "--demo", "--data", str(directory / "data")) as running:
        yield running


def opened(server: Server, source: str = "127.0.0.1", receive_buffer: int = 0) -> socket.socket:
    """Return a connection from *source*, which on Linux may be any of 127.0.0.0/8."""
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(CALL_S)
    plain.bind((source, 0))
    plain.connect(("127.0.0.1", urlsplit(server.url).port))
    return plain


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """Return a masked frame."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
    return bytes([0x80 | opcode]) + size + b"\0\0\0\0" + payload


def listening(server: Server, path: str, messages: list[bytes], receive_buffer: int = 0) -> socket.socket:
    """Return a WebSocket that has asked for *messages*."""
    plain = opened(server, receive_buffer=receive_buffer)
    plain.sendall(HANDSHAKE.format(path=path).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = plain.recv(1)
        assert byte, head
        head += byte
    assert head.startswith(b"HTTP/1.1 101"), head
    for message in messages:
        plain.sendall(frame(message))
    return plain


def never_read(server: Server) -> Held:
    """Ask for everything that moves, and take none of it."""
    books = [listening(server, "/ws/oss/spot", [BOOKS], 2_048) for _ in range(10)]
    return books + [listening(server, "/", FEED, 2_048) for _ in range(5)]


def read_a_little(server: Server) -> Held:
    """Take a byte now and then."""
    held = [listening(server, "/ws/oss/spot", [BOOKS], 2_048) for _ in range(10)]
    for _ in range(20):
        for each in held:
            each.recv(1)
    return held


def half_close(server: Server) -> Held:
    """Say goodbye in one direction and stay."""
    held = [listening(server, "/ws/oss/spot", [BOOKS]) for _ in range(10)]
    for each in held:
        each.shutdown(socket.SHUT_WR)
    return held


def say_nothing(server: Server) -> Held:
    """Connect, and that is all."""
    return [opened(server) for _ in range(300)]


def drip_heads(server: Server) -> Held:
    """Begin requests that never end."""
    held = [opened(server) for _ in range(300)]
    for each in held:
        each.sendall(b"GET /spot/api/v3.3/time HTTP/1.1\r\nx-a: ")
    for _ in range(3):
        for each in held:
            each.sendall(b"b")
    return held


def drip_bodies(server: Server) -> Held:
    """Announce bodies that never come."""
    held = [opened(server) for _ in range(200)]
    for each in held:
        each.sendall(b"POST /spot/api/v3.3/order HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n{")
    return held


def announce_giants(server: Server) -> Held:
    """Announce frames of four exabytes, and send one of a megabyte."""
    held = [listening(server, "/ws/spot", []) for _ in range(10)]
    for each in held:
        each.sendall(b"\x81\xff" + (1 << 62).to_bytes(8) + b"\0\0\0\0" + b"x" * 1_000)
    large = listening(server, "/ws/spot", [])
    with contextlib.suppress(OSError):
        large.sendall(b"\x81\xff" + (1 << 20).to_bytes(8) + b"\0\0\0\0" + b"x" * (1 << 20))
    return [*held, large]


def fill_the_house(server: Server) -> Held:
    """Open connections until the address has no more, and then some."""
    held = []
    for _ in range(1_050):
        with contextlib.suppress(OSError):
            held.append(opened(server))
    held[-1].sendall(b"GET /spot/api/v3.3/time HTTP/1.1\r\nhost: x\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        assert b" 429 " in held[-1].recv(100)
    return held


def pipeline(server: Server) -> Held:
    """Send thousands of requests ahead of their answers, and read none of them."""
    held = [opened(server, receive_buffer=2_048) for _ in range(10)]
    for each in held:
        each.setblocking(False)
        with contextlib.suppress(OSError):
            for _ in range(50):
                each.send(b"GET /spot/api/v3.3/orderbook/L2?symbol=BTC-USD HTTP/1.1\r\nhost: x\r\n\r\n" * 200)
    return held


def guess_keys(server: Server) -> Held:
    """Show keys that are none, a hundred and more times."""
    statuses = {
        requests.get(
            f"{server.url}/spot/api/v3.3/user/wallet", headers={"request-api": "guess"}, timeout=CALL_S
        ).status_code
        for _ in range(130)
    }
    assert statuses == {401, 429}
    return []


ATTACKS: Final = (
    never_read, read_a_little, half_close, say_nothing, drip_heads, drip_bodies, announce_giants, fill_the_house, pipeline,
    guess_keys,
)  # fmt: skip


class FromElsewhere(requests.adapters.HTTPAdapter):
    """Connects from another of this machine's addresses."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named, source_address=("127.0.0.9", 0))


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.__name__ for attack in ATTACKS])
def test_a_witness_notices_nothing(
    server: Server, trader1: Client, attack: Callable[[Server], Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It places an order, hears of it, takes it back and hears of that; the server's memory stays bounded."""
    session = requests.Session()
    session.mount("http://", FromElsewhere())
    monkeypatch.setattr(requests, "request", session.request)
    before = resident_mb(server)
    held = attack(server)
    try:
        for _ in range(3):
            _trade_and_hear(server, trader1)
        assert resident_mb(server) - before < GROWTH_MB
    finally:
        for each in held:
            each.close()
        session.close()


def _trade_and_hear(server: Server, trader: Client) -> None:
    witness = opened(server, "127.0.0.9")
    with witness:
        witness.sendall(HANDSHAKE.format(path="/ws/spot").encode())
        heard = witness.makefile("rb")
        while heard.readline() != b"\r\n":
            pass
        witness.sendall(frame(trader.login().encode()))
        witness.sendall(frame(b'{"op":"subscribe","args":["notificationApiV3"]}'))
        _await(heard, b'"event":"subscribe"')
        name = f"witness-{time.time_ns()}"
        (row,) = trader.place("BTC-USD", "BUY", price=1000, size=0.001, clOrderID=name)
        _await(heard, name.encode())
        trader.call("DELETE", "/api/v3.3/order", query=f"symbol=BTC-USD&orderID={row['orderID']}")
        _await(heard, name.encode())
        heard.close()


def _await(heard: Any, wanted: bytes) -> None:
    """Read frames until one has *wanted* in it; the socket's own time-out bounds the wait."""
    while True:
        _, size = heard.read(2)
        if size == 126:
            size = int.from_bytes(heard.read(2))
        if wanted in heard.read(size):
            return


def resident_mb(server: Server) -> float:
    """Return how much memory the server has."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
