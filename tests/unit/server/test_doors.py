"""Every door through which a stranger's bytes come in: far more than its bound is sent, and memory stays under a ceiling.

Python's own allocations are counted (tracemalloc), which no other process and no allocator's habits change. When the
connection is gone, nothing of it is left: without the collector of cycles, whose time nobody knows.
"""

from __future__ import annotations

import asyncio
import gc
import select
import socket
import tracemalloc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
from tests.unit.server.fake import Running
from tests.unit.server.wire import BINARY, HANDSHAKE, PING, PONG, TEXT, client_frame

from bedesten.server.socket_protocol import CLOSE_WAIT_S, SLICE, SocketProtocol

pytestmark = pytest.mark.usefixtures("either_way")

MB: Final = 1 << 20
PIECE: Final = 1 << 16
#: What one connection may take: a read of the event loop's (256 KB) in the costliest form, and a message with its copies.
CEILING: Final = 4 * MB
GET: Final = b"GET /fake/time HTTP/1.1\r\nhost: x\r\n"
POST: Final = b"POST /fake/order HTTP/1.1\r\nhost: x\r\n"
CHUNKED: Final = b"transfer-encoding: chunked\r\n\r\n"
SOCKET: Final = HANDSHAKE.format(path="/fake/ws", more="").encode()


@dataclass(frozen=True)
class Door:
    """What is sent: *start* once, then *again* for ever."""

    name: str
    start: bytes
    again: bytes
    total: int = 12 * MB  # three times the ceiling
    reads: bool = True  # whether the peer takes what it is answered


def frame(payload: bytes = b"", opcode: int = TEXT, *, is_final: bool = True) -> bytes:
    return client_frame(payload, opcode, is_final=is_final)


HALF: Final = frame(b"x", is_final=False)
DOORS: Final = (
    Door("a method", b"", b"G"),
    Door("a request line", b"GET /", b"x"),
    Door("a query of one parameter", b"GET /fake/echo?symbol=", b"x"),
    Door("a query of many parameters", b"GET /fake/echo?", b"a=1&"),
    Door("a query percent-encoded", b"GET /fake/echo?symbol=", b"%41"),
    Door("a header's name", GET, b"x"),
    Door("a header's value", GET + b"x: ", b"x"),
    Door("a header without a value", GET, b"x:\r\n"),
    Door("headers", GET, b"a00001: x\r\n"),
    Door("a cookie", GET + b"cookie: a=b", b"; a=b"),
    Door("cookies", GET, b"cookie: a=b\r\n"),
    Door("one header again and again", GET, b"x-forwarded-for: 1.2.3.4\r\n"),
    Door("empty lines before a request", b"", b"\r\n"),
    Door("trailers", GET + CHUNKED + b"0\r\n", b"a00001: x\r\n"),
    Door("trailers of a body", POST + CHUNKED + b"2\r\n{}\r\n0\r\n", b"a00001: x\r\n"),
    Door("a trailer's name", GET + CHUNKED + b"0\r\n", b"x"),
    Door("a trailer's value", GET + CHUNKED + b"0\r\nx: ", b"x"),
    Door("a chunk's size", POST + CHUNKED, b"0"),
    Door("a chunk's extension", POST + CHUNKED + b"1;", b"x"),
    Door("chunks' extensions", POST + CHUNKED, b"1;x=" + b"y" * 400 + b"\r\nx\r\n"),
    Door("a chunk's extension in quotes", POST + CHUNKED + b'1;x="', b"x"),
    Door("the last chunk's extension", POST + CHUNKED + b"0;", b"x"),
    Door("chunks of a byte", POST + CHUNKED, b"1\r\nx\r\n", total=5 * MB),
    Door("a chunk without an end", POST + CHUNKED + b"7fffffff\r\n", b"x"),
    Door("a body announced too large", POST + b"content-length: 999999999\r\n\r\n", b"x"),
    Door("a body nobody reads", GET + b"content-length: 999999999\r\n\r\n", b"x"),
    Door("a body to an unknown path", b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\n", b"x"),
    Door("a body to a page", b"POST /healthz HTTP/1.1\r\nhost: x\r\n" + CHUNKED + b"7fffffff\r\n", b"x"),
    Door(
        "a multipart head",
        POST + b'content-type: multipart/form-data; boundary=b\r\n' + CHUNKED + b"7fffffff\r\n--b\r\nx-part: ", b"x",
    ),
    Door("parts of a form", POST + b"content-type: multipart/form-data; boundary=b\r\n" + CHUNKED + b"7fffffff\r\n",
         b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n'),
    Door("requests ahead of their answers", b"", GET + b"\r\n", total=6 * MB),
    Door("requests whose answers nobody reads", b"", GET + b"\r\n", total=6 * MB, reads=False),
    Door("requests behind one that waits", b"GET /fake/wait HTTP/1.1\r\nhost: x\r\n\r\n", GET + b"\r\n"),
    Door("bodies behind one that waits", b"GET /fake/wait HTTP/1.1\r\nhost: x\r\n\r\n",
         POST + b"content-length: 60000\r\n\r\n" + b"x" * 60_000),
    Door("after Expect: 100-continue", POST + b"expect: 100-continue\r\n" + CHUNKED + b"7fffffff\r\n", b"x"),
    Door("after another protocol's upgrade", GET + b"upgrade: h2c\r\nconnection: upgrade\r\n\r\n", b"x"),
    Door("a handshake", SOCKET[:-2] + b"x: ", b"x"),
    Door("a handshake's headers", SOCKET[:-2], b"a00001: x\r\n"),
    Door("a handshake's subprotocols", SOCKET[:-2] + b"sec-websocket-protocol: a", b",a"),
    Door("a handshake behind one that waits", b"GET /fake/wait HTTP/1.1\r\nhost: x\r\n\r\n" + SOCKET, frame(b"x" * 999)),
    Door("a handshake to nowhere", SOCKET.replace(b"/fake/ws", b"/fake/no"), frame(b"x" * 999)),
    Door("a message too large", SOCKET + b"\x81\xff" + (1 << 40).to_bytes(8) + b"\0\0\0\0", b"x"),
    Door("messages", SOCKET, frame(b"x" * 60_000)),
    Door("messages whose answers nobody reads", SOCKET, frame(b"x" * 999), reads=False),
    Door("empty messages", SOCKET, frame(b"", BINARY), total=5 * MB),
    Door("fragments without an end", SOCKET + HALF, frame(b"x" * 999, 0, is_final=False)),
    Door("empty fragments", SOCKET + HALF, frame(b"", 0, is_final=False)),
    Door("fragments of messages never finished", SOCKET, HALF),
    Door("a compressed frame", SOCKET, bytes([0xC1, 0xFE, 0xFF, 0xFF]) + b"\0\0\0\0" + b"\0" * 65_535),
    Door("pings", SOCKET, frame(b"x" * 125, PING)),
    Door("pings whose answers nobody reads", SOCKET, frame(b"x" * 125, PING), reads=False),
    Door("pongs", SOCKET, frame(b"x" * 125, PONG)),
    Door("a control frame in fragments", SOCKET, frame(b"x", PING, is_final=False)),
    Door("a control frame too large", SOCKET, frame(b"x" * 126, PING)),
    Door("texts that are none", SOCKET, frame(b"\xff" * 999)),
    Door("a session that failed", SOCKET + frame(b"crash"), frame(b"x" * 999)),
    Door("after a close frame", SOCKET + frame(b"\x03\xe8", 8), frame(b"x" * 999)),
    Door("after the venue's close frame", SOCKET + frame(b"bye"), frame(b"x" * 999)),
)  # fmt: skip


def pour(port: int, door: Door) -> int:
    """Send until the total is reached, the peer takes no more, or the connection is gone; return how much was sent."""
    piece = memoryview(door.again * (PIECE // len(door.again) or 1))
    waste = bytearray(PIECE)
    sent = at = 0
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.sendall(door.start)
        plain.setblocking(False)
        while sent < door.total:
            readable, writable, _ = select.select([plain] if door.reads else [], [plain], [], 0.3)
            try:
                if readable and not plain.recv_into(waste):
                    return sent
                if writable:
                    count = plain.send(piece[at:])
                    at = (at + count) % len(piece)
                    sent += count
                elif not readable:
                    return sent  # the venue reads no more of this
            except ConnectionError:
                return sent
    return sent


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count what is allocated at most, beyond what there was."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    peak: list[int] = []
    try:
        yield peak
    finally:
        peak.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()
        gc.enable()


def watch(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[Any]]:
    """Return references to every connection's protocols from now on."""
    from bedesten.server.protocol import HttpProtocol
    from bedesten.server.socket_protocol import SocketProtocol

    made: list[weakref.ref[Any]] = []
    for kind in (HttpProtocol, SocketProtocol):
        real = kind.connection_made

        def connection_made(self: Any, transport: Any, real: Any = real) -> None:
            made.append(weakref.ref(self))
            real(self, transport)

        monkeypatch.setattr(kind, "connection_made", connection_made)
    return made


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
async def test_no_door_takes_more_memory_than_its_bound(
    venue: Running, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much is sent; and nothing stays behind when the connection is gone."""
    connections = watch(monkeypatch)
    with counted() as peak:
        await asyncio.get_running_loop().run_in_executor(None, pour, venue.port, door)
        venue.venue.gate.set()
        state = venue.server._uvicorn.server_state
        async with asyncio.timeout(60):  # what is counted is slow, and a busy machine slower
            while state.connections or state.tasks:  # noqa: ASYNC110  # plain sets of the server
                await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        venue.venue.sessions.clear()
        left = [ref() for ref in connections if ref() is not None]
    assert peak[0] < CEILING, f"{peak[0] / MB:.1f} MB"
    assert not left
    assert (await venue.ask("GET", "/fake/time"))[0] == 200


READ: Final = 1 << 18  # what the event loop reads at once


@pytest.mark.parametrize("size", [0, 1, 125, 999, 60_000])
@pytest.mark.parametrize("reads", [1, 3])
async def test_messages_of_one_read_wait_as_bytes_until_the_application_takes_them(
    venue: Running, monkeypatch: pytest.MonkeyPatch, size: int, reads: int
) -> None:
    """However busy the machine is: a whole read comes at once, and no more than a slice of it is made into messages."""
    connections = watch(monkeypatch)
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(SOCKET)
    await reader.readuntil(b"\r\n\r\n")
    (protocol,) = (each for ref in connections if isinstance(each := ref(), SocketProtocol))
    (session,) = venue.venue.sessions
    taken: list[int] = []
    monkeypatch.setattr(session, "received", lambda message: taken.append(len(message)))
    message = frame(b"x" * size, BINARY)
    count = READ // len(message) + 1
    most = SLICE // len(message) + 1

    for _ in range(reads):
        protocol.data_received(message * count)
        assert protocol.read_paused and protocol.queue.qsize() <= most
    async with asyncio.timeout(60):
        while len(taken) < count * reads:
            assert protocol.queue.qsize() <= most
            await asyncio.sleep(0)

    assert taken == [size] * (count * reads)
    writer.write(frame(b"\x03\xe8", 8))
    async with asyncio.timeout(60):
        assert (await reader.read())[:1] == b"\x88"  # it reads again, and its goodbye is answered
    writer.close()


async def test_a_goodbye_behind_many_messages_is_answered_when_they_are_taken(
    venue: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where the venue closes first, the rest of what was read is dropped, and the peer's goodbye ends it at once."""
    connections = watch(monkeypatch)
    for at, (said, told) in enumerate(((b"", b"\x88\x02\x03\xe8"), (b"bye", b"last word\x88\x0d\x0f\xa0as you wish"))):
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(SOCKET)
        await reader.readuntil(b"\r\n\r\n")
        protocol = [each for ref in connections if isinstance(each := ref(), SocketProtocol)][-1]
        protocol.data_received(frame(said) + frame(b"", BINARY) * 20_000 + frame(b"\x03\xe8", 8))
        async with asyncio.timeout(CLOSE_WAIT_S * 0.9):  # less than the venue waits for who does not answer its own
            rest = await reader.read()
        assert rest.endswith(told), (at, rest[-80:])
        writer.close()


def test_the_ceiling_is_below_what_is_sent() -> None:
    """Else nothing would be shown by it."""
    assert all(door.total > CEILING for door in DOORS)
    assert len({door.name for door in DOORS}) == len(DOORS)
