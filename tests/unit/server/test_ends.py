"""How connections end: what was read before the end is answered, in its order, and nothing in another's place."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.unit.server.fake import Running, read_response, running
from tests.unit.server.wire import HANDSHAKE, client_frame, until

from bedesten.server.settings import ServerSettings

pytestmark = pytest.mark.usefixtures("either_way")

TIME = b"GET /fake/time HTTP/1.1\r\nhost: x\r\n\r\n"
WAIT = b"GET /fake/wait HTTP/1.1\r\nhost: x\r\n\r\n"
PAGE = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
ECHO = b"GET /fake/echo?symbol=%d HTTP/1.1\r\nhost: x\r\n\r\n"
UPGRADE = HANDSHAKE.format(path="/fake/ws", more="").encode()


@asynccontextmanager
async def talking(venue: Running) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    try:
        yield reader, writer
    finally:
        writer.close()


def protocol_of(venue: Running) -> Any:
    """Return the one connection's protocol."""
    (found,) = venue.server._uvicorn.server_state.connections
    return found


async def write_in_two(venue: Running, writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send the end of what is long when its beginning was read."""
    writer.write(data[:10_000])
    if data[10_000:]:
        await until(lambda: protocol_of(venue)._read_bytes >= 10_000)
        writer.write(data[10_000:])


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return everything up to the end of the connection."""
    return await asyncio.wait_for(reader.read(), 5)


@pytest.mark.parametrize("asked", [TIME, WAIT, PAGE], ids=["an endpoint", "one that waits", "a page"])
async def test_who_has_closed_its_half_gets_the_answer(venue: Running, asked: bytes) -> None:
    """SHUT_WR behind a request says "nothing more comes", and not "nobody listens"."""
    async with talking(venue) as (reader, writer):
        writer.write(asked)
        writer.write_eof()
        if asked is WAIT:
            await until(lambda: protocol_of(venue)._is_last)
            venue.venue.gate.set()
        assert (await read_response(reader))[0] == 200
        assert await rest(reader) == b""


async def test_a_pipeline_behind_a_closed_half_is_answered_to_its_end(venue: Running) -> None:
    """All of it, in order; then the connection ends."""
    async with talking(venue) as (reader, writer):
        writer.write(WAIT + b"".join(ECHO % number for number in range(4)))
        writer.write_eof()
        await until(lambda: len(protocol_of(venue).pipeline) == 4)
        venue.venue.gate.set()
        assert [(await read_response(reader))[0] for _ in range(5)] == [200] * 5
        assert await rest(reader) == b""


@pytest.mark.parametrize(
    "unfinished",
    [
        b"", b"GET /fake/ti", b"GET /fake/time HTTP/1.1\r\nhost",
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [b"", WAIT, WAIT + TIME])
async def test_half_a_request_behind_a_closed_half_is_not_one(venue: Running, before: bytes, unfinished: bytes) -> None:
    """What was whole is answered; the rest is forgotten without a word, and costs nothing."""
    async with talking(venue) as (reader, writer):
        writer.write(before + unfinished)
        writer.write_eof()
        if before:
            await until(lambda: venue.server._uvicorn.server_state.tasks)
        venue.venue.gate.set()
        told = await rest(reader)
    assert told.count(b"HTTP/1.1 ") == told.count(b"HTTP/1.1 200") == (before.count(b"GET"))
    await until(lambda: not venue.server._uvicorn.server_state.tasks)


async def test_requests_read_before_a_stop_are_answered_one_by_one() -> None:
    """In the grace of a stop the second, third and fourth of a pipeline are requests like the first."""
    async with running() as venue, talking(venue) as (reader, writer):
        writer.write(WAIT + b"".join(ECHO % number for number in range(3)))
        await until(lambda: len(protocol_of(venue).pipeline) == 3)
        stopping = asyncio.create_task(venue.server.stop())
        await until(lambda: protocol_of(venue)._is_last)
        writer.write(TIME)  # too late: it is not taken, and not refused in another's place
        venue.venue.gate.set()
        answers = [await read_response(reader) for _ in range(4)]
        assert [status for status, _, _ in answers] == [200] * 4
        assert [headers.get("connection") for _, headers, _ in answers] == [None, None, None, "close"]
        assert [body for _, _, body in answers][1:] == [b'{"symbol":"%d","limit":10}' % number for number in range(3)]
        assert await rest(reader) == b""
        await stopping


async def test_a_body_that_is_being_received_at_a_stop_is_received() -> None:
    """Its head was read; the grace is for that, too."""
    async with running() as venue, talking(venue) as (reader, writer):
        writer.write(b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nha")
        await until(lambda: protocol_of(venue).cycle)
        stopping = asyncio.create_task(venue.server.stop())
        await until(lambda: protocol_of(venue)._is_last)
        writer.write(b"lf" + TIME)
        assert (await read_response(reader))[0] == 401
        assert await rest(reader) == b""
        await stopping


async def test_what_has_not_begun_when_the_grace_is_over_never_begins() -> None:
    """The one under way is told that its outcome is unknown; those behind it see the connection end."""
    async with running(settings=ServerSettings(grace_s=0)) as venue, talking(venue) as (reader, writer):
        writer.write(WAIT + TIME + TIME)
        await until(lambda: len(protocol_of(venue).pipeline) == 2)
        await venue.server.stop()
        told = await rest(reader)
    assert told.count(b"HTTP/1.1 ") == 1
    assert b"unknown" in told


@pytest.mark.parametrize("before", [WAIT, WAIT + TIME + PAGE])
async def test_an_upgrade_behind_a_request_waits_for_its_answer(venue: Running, before: bytes) -> None:
    """All HTTP is told before the WebSocket begins, and the WebSocket works."""
    async with talking(venue) as (reader, writer):
        writer.write(before + UPGRADE)
        await until(lambda: protocol_of(venue)._upgrade_waits)
        venue.venue.gate.set()
        statuses = [(await read_response(reader))[0] for _ in range(before.count(b"GET") + 1)]
        assert statuses == [200] * before.count(b"GET") + [101]
        writer.write(client_frame(b"hello"))
        assert await asyncio.wait_for(reader.readexactly(12), 5) == b"\x81\x0aecho hello"


async def test_frames_before_the_handshakes_answer_end_the_wait(venue: Running) -> None:
    """Who cannot wait is not let in; the answer that it waited for is the last."""
    async with talking(venue) as (reader, writer):
        writer.write(WAIT + UPGRADE)
        await until(lambda: protocol_of(venue)._upgrade_waits)
        protocol_of(venue).data_received(client_frame(b"hello"))
        venue.venue.gate.set()
        assert (await read_response(reader))[0] == 200
        assert await rest(reader) == b""


async def test_a_stop_ends_the_wait_for_an_upgrade() -> None:
    """The request is answered, the WebSocket is not begun."""
    async with running() as venue, talking(venue) as (reader, writer):
        writer.write(WAIT + UPGRADE)
        await until(lambda: protocol_of(venue)._upgrade_waits)
        stopping = asyncio.create_task(venue.server.stop())
        await until(lambda: protocol_of(venue)._is_last)
        venue.venue.gate.set()
        assert (await read_response(reader))[0] == 200
        assert await rest(reader) == b""
        await stopping


@pytest.mark.parametrize(
    "bad",
    [
        b"\0\0\0\0", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/time HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"GET /fake/time HTTP/1.1\r\nx: " + b"x" * 45_000,
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nnonsense",
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 200,
    ],
    ids=["no HTTP", "an unknown version", "a long URL", "many headers", "a large head", "a broken chunk", "trailers"],
)  # fmt: skip
async def test_a_refused_request_never_takes_anothers_answer(venue: Running, bad: bytes) -> None:
    """Behind one that waits, what cannot be read ends the connection, after the answer of the one before it."""
    async with talking(venue) as (reader, writer):
        writer.write(WAIT)
        await until(lambda: venue.server._uvicorn.server_state.tasks)
        await write_in_two(venue, writer, bad)
        await until(lambda: protocol_of(venue)._is_last)
        venue.venue.gate.set()
        assert (await read_response(reader))[2] == b'"opened"'
        assert await rest(reader) == b""
    async with talking(venue) as (reader, writer):
        await until(lambda: len(venue.server._uvicorn.server_state.connections) == 1)
        await write_in_two(venue, writer, bad)
        assert (await rest(reader)).startswith((b"HTTP/1.1 400", b"HTTP/1.1 414", b"HTTP/1.1 431"))


async def test_another_protocols_upgrade_is_answered_as_a_plain_request(venue: Running) -> None:
    """As RFC 9110 allows: who asks for HTTP/2 in clear gets HTTP/1.1."""
    async with talking(venue) as (reader, writer):
        asked = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n"
        for _ in range(2):
            writer.write(TIME[:-2] + asked + b"\r\n")
            assert (await read_response(reader))[0] == 200


async def test_a_reset_while_answers_wait_leaves_nothing(venue: Running) -> None:
    """The answers go nowhere, without an error in anybody's log."""
    plain = socket.create_connection(("127.0.0.1", venue.port))
    plain.sendall(WAIT + TIME * 3)
    await until(lambda: venue.server._uvicorn.server_state.tasks and len(protocol_of(venue).pipeline) == 3)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.close()
    venue.venue.gate.set()
    await until(lambda: not venue.server._uvicorn.server_state.connections)
    await until(lambda: not venue.server._uvicorn.server_state.tasks)
