"""Hostile input on a real socket: always a documented refusal, never a traceback, a 500 or a hang; nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.server.fake import Running, read_response, running, signed
from tests.unit.server.wire import BINARY, HANDSHAKE, PING, TEXT, connect, until

from bedesten.server import protocol, run, socket_protocol
from bedesten.server.fanout import OUTBOX_BYTES_MAX
from bedesten.server.settings import BODY_BYTES_MAX, MESSAGE_BYTES_MAX

pytestmark = pytest.mark.usefixtures("either_way")

READERS = 200


@pytest.fixture(autouse=True)
def nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What a client sends is never our error."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "data",
    [
        b"GET /fake/%zz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/%ff%fe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/orders/%00%0d%0a HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/echo?symbol=%zz%f HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/echo?symbol=%ff%fe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/echo?" + b"&".join(b"a%d=1" % at for at in range(200)) + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/echo?&&==&symbol HTTP/1.1\r\nhost: x\r\n\r\n",
        b"BREW /fake/time HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PROPFIND /fake/time HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET //fake//time HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /\xc3\xbc HTTP/1.1\r\nhost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/time HTTP/9.9\r\nhost: x\r\n\r\n",
        b"GET /fake/time HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET /fake/time HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n12",
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
        b"\r\n\r\n\r\nnonsense\r\n\r\n",
        b"GET /fake/time HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /fake/echo?symbol=" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /fake/time HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 8_000 + b"\r\n",
    ],
)
async def test_nonsense_requests_are_refused(venue: Running, data: bytes) -> None:
    """Whatever the bytes are, the answer is one of ours and the next client is served."""
    status, _, body = await venue.raw(data)

    assert status in (200, 400, 401, 404, 405, 414, 431), status
    assert b"Traceback" not in body
    assert (await venue.ask("GET", "/fake/time"))[0] == 200


async def test_contradicting_headers_are_refused(venue: Running) -> None:
    """A key that was sent twice with different values is nobody's."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed("trader", "/fake/order", b"{}").items())
    data = f"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nrequest-api: reader\r\n{headers}\r\n{{}}"
    status, _, body = await venue.raw(data.encode())

    assert (status, b"sent twice" in body) == (400, True)


async def test_an_announced_body_that_is_too_large_is_refused_unread(venue: Running) -> None:
    """The refusal comes before the body does."""
    status, _, body = await venue.raw(
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (BODY_BYTES_MAX + 1)
    )

    assert (status, b"BodyTooLarge" in body) == (413, True)


async def test_a_chunked_body_that_never_ends_is_refused(venue: Running) -> None:
    """Memory for a body of unknown length is bounded; the client that keeps sending still reads its refusal."""
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    status, _, _ = await venue.raw(
        b"POST /fake/order HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + chunk * 20
    )

    assert status == 413


async def test_a_large_body_sent_whole_gets_its_refusal(venue: Running) -> None:
    """Clients that read only after writing everything see the answer, not a reset."""
    assert (await venue.ask("POST", "/fake/order", b"x" * 3_000_000))[0] == 413


async def test_a_request_that_never_ends_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a head, half a body or nothing at all: the connection ends with 408 or without a word."""
    monkeypatch.setattr(protocol, "REQUEST_WAIT_S", 0.05)
    monkeypatch.setattr(run, "SWEEP_S", 0.01)
    async with running() as venue:
        for data in (
            b"",
            b"GET /fake/ti",
            b"GET /fake/time HTTP/1.1\r\nhost:",
            HANDSHAKE.format(path="/fake/ws", more="").encode()[:60],
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
            writer.write(data)
            assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408")
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_client_that_leaves_in_the_middle_of_its_body_costs_nothing(venue: Running) -> None:
    """Its request is forgotten without an answer."""
    _, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.transport.abort()

    assert (await venue.ask("GET", "/fake/time"))[0] == 200


@pytest.mark.parametrize(
    "handshake",
    [
        HANDSHAKE.format(path="/fake/ws", more="").replace("GET", "POST"),
        HANDSHAKE.format(path="/fake/ws", more="").replace("version: 13", "version: 7"),
        HANDSHAKE.format(path="/fake/ws", more="").replace("dGhlIHNhbXBsZSBub25jZQ==", "short"),
        HANDSHAKE.format(path="/fake/ws", more="sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        HANDSHAKE.format(path="/fake/ws", more="x: y\r\n" * 200),
        HANDSHAKE.format(path="/fake/ws", more="x: " + "y" * 9_000 + "\r\n"),
        HANDSHAKE.format(path="/fake/ws", more="").replace("upgrade: websocket", "upgrade: h2c"),
        HANDSHAKE.format(path="/fake/%zz%ff", more=""),
        HANDSHAKE.format(path="*", more=""),
    ],
)
async def test_a_broken_handshake_is_refused(venue: Running, handshake: str) -> None:
    """Every one gets an HTTP status below 500."""
    status, _, _ = await venue.raw(handshake.encode())

    assert status in (400, 404, 405, 426, 431), status


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(b"\xff\xfe", TEXT, True)], 1007),
        ([(b"x" * (MESSAGE_BYTES_MAX + 1), TEXT, True)], 1009),
        ([(b"x" * MESSAGE_BYTES_MAX, TEXT, False), (b"x", 0, True)], 1009),
        ([(b"", TEXT, False)] + [(b"", 0, False)] * 300, 1009),
        ([(b"x", 0, True)], 1002),
        ([(b"x", TEXT, False), (b"y", TEXT, True)], 1002),
        ([(b"x", 3, True)], 1002),
        ([(b"x" * 126, PING, True)], 1002),
    ],
)
async def test_frames_against_the_protocol_close_the_connection(
    venue: Running, frames: list[tuple[bytes, int, bool]], code: int
) -> None:
    """RFC 6455's codes: 1002 protocol error, 1007 not UTF-8, 1009 too big."""
    socket = await connect(venue.port)
    for payload, opcode, is_final in frames:
        socket.writer.write(b"")
        await socket.send(payload, opcode, is_final=is_final)

    assert await socket.close_code() == code
    socket.abandon()


async def test_a_frame_that_is_not_masked_closes_the_connection(venue: Running) -> None:
    """Clients have to mask."""
    socket = await connect(venue.port)
    socket.writer.write(b"\x81\x02hi")

    assert await socket.close_code() == 1002
    socket.abandon()


async def test_a_hundred_thousand_topics_are_too_many(venue: Running) -> None:
    """One message cannot make a session work for long: its size is bounded before it is parsed."""
    socket = await connect(venue.port)
    topics = ",".join(f'"update:BTC-USD_{at}"' for at in range(100_000))
    await socket.send(b'{"op":"subscribe","args":[' + topics.encode() + b"]}")

    assert await socket.close_code() == 1009
    socket.abandon()


async def test_a_flood_of_small_messages_leaves_the_others_their_turn(venue: Running) -> None:
    """A client that never pauses is answered, and so is everybody else meanwhile."""
    flood = await connect(venue.port)
    for _ in range(2_000):
        flood.writer.write(b"\x81\x80\0\0\0\0" + b"\x82\x80\0\0\0\0")

    assert (await venue.ask("GET", "/fake/time"))[0] == 200
    assert [await flood.text() for _ in range(4_000)] == ["echo ", "0 bytes"] * 2_000
    await flood.send(b"x" * 300, BINARY)
    assert await flood.text() == "300 bytes"
    flood.abandon()


async def test_a_slow_reader_is_closed_and_two_hundred_others_miss_nothing(venue: Running) -> None:
    """Its outbox overflows alone: every other member gets every message, in order."""
    slow = await connect(venue.port, receive_buffer=4096)
    others = [await connect(venue.port) for _ in range(READERS)]
    for socket in (slow, *others):
        await socket.send(b"join")
    for socket in others:
        assert await socket.text() == "joined"
    await until(lambda: len(venue.venue.ticks) == READERS + 1)

    payload = b"x" * 60_000
    rounds = 0
    while len(venue.venue.ticks) > READERS:  # until the kernel's buffers and then the outbox are full
        venue.venue.ticks.publish(payload)
        rounds += 1
        await asyncio.gather(*(read_one(socket, payload) for socket in others))
        assert rounds * len(payload) < OUTBOX_BYTES_MAX + 16_000_000

    venue.venue.ticks.publish(b"after")
    assert {await socket.text() for socket in others} == {"after"}
    for socket in (slow, *others):
        socket.abandon()


async def read_one(socket: Any, payload: bytes) -> None:
    opcode, got = await socket.frame()
    assert (opcode, got) == (TEXT, payload)


async def test_a_peer_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing waits for the peer, but not for ever: a half-open socket leaves no session behind."""
    monkeypatch.setattr(protocol, "STALLED_WAIT_S", 0.05)
    monkeypatch.setattr(socket_protocol, "CLOSE_WAIT_S", 0.05)
    monkeypatch.setattr(run, "SWEEP_S", 0.01)
    async with running() as venue:
        silent = await connect(venue.port, receive_buffer=4096)
        await silent.send(b"join")
        await until(lambda: len(venue.venue.ticks))
        while len(venue.venue.ticks):
            venue.venue.ticks.publish(b"x" * 200_000)
            await asyncio.sleep(0)

        await until(lambda: venue.venue.sessions[0].is_closed)
        silent.abandon()


async def test_who_pings_without_reading_is_dropped(venue: Running) -> None:
    """Answers to pings are bounded like everything else."""
    socket = await connect(venue.port, receive_buffer=4096)
    ping = b"\x89\xfd\0\0\0\0" + b"x" * 125
    async with asyncio.timeout(10):
        while True:
            try:
                socket.writer.write(ping * 500)
                await socket.writer.drain()
            except ConnectionError:
                break
            if socket.writer.transport.is_closing():
                break
            await asyncio.sleep(0)
    socket.abandon()


async def test_too_many_requests_ahead_of_their_answers_end_the_connection(venue: Running) -> None:
    """They would be kept in memory until the reader takes the answers, which it need not do."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(b"GET /fake/time HTTP/1.1\r\nhost: x\r\n\r\n" * (protocol.PIPELINE_MAX * 4))

    with contextlib.suppress(ConnectionError):
        assert (await asyncio.wait_for(reader.read(), 5)).count(b"HTTP/1.1 200") <= protocol.PIPELINE_MAX
    writer.close()
    assert (await venue.ask("GET", "/fake/time"))[0] == 200


async def test_a_pipeline_is_read_on_once_it_is_answered(venue: Running) -> None:
    """Ten thousand requests on one connection, sent in reads' worth of pieces, far ahead of the answers, are all answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    padding = b"x-padding: " + b"x" * 500 + b"\r\n"  # as long as a signed request

    async def send() -> None:
        for _ in range(100):
            writer.write((b"GET /fake/time HTTP/1.1\r\nhost: x\r\n" + padding + b"\r\n") * 100)
            await writer.drain()

    sending = asyncio.create_task(send())
    for _ in range(10_000):
        assert (await read_response(reader))[0] == 200
    await sending
    writer.close()


async def test_requests_after_a_refusal_on_the_same_connection_are_served(venue: Running) -> None:
    """A refusal does not cost the connection, as long as the request could be read to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    for body in (b"{", b"x" * (BODY_BYTES_MAX + 1), b"[]"):
        writer.write(b"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        assert (await read_response(reader))[0] in (401, 413)
    writer.write(b"GET /fake/time HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await read_response(reader))[0] == 200
    writer.close()


async def test_an_answer_is_not_written_to_a_connection_that_was_dropped(venue: Running) -> None:
    """The sweep drops who takes nothing, with a request under way and another behind it; that is no error of ours."""
    _, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    state = venue.server._uvicorn.server_state
    writer.write(b"GET /fake/wait HTTP/1.1\r\nhost: x\r\n\r\n")
    await until(lambda: state.tasks)
    writer.write(b"GET /fake/time HTTP/1.1\r\nhost: x\r\n\r\n")
    (connection,) = state.connections
    protocol: Any = connection
    await until(lambda: protocol.pipeline)
    protocol.transport.abort()
    await until(lambda: not state.connections)
    (task,) = state.tasks
    venue.venue.gate.set()

    await until(task.done)
    assert task.exception() is None
    assert (await venue.ask("GET", "/fake/time"))[0] == 200
    writer.close()
