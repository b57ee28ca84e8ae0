"""WebSocket sessions over a real socket: their life, the order of what they hear, and what a failure costs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.server.fake import FakeDialect, Running, read_response, running
from tests.unit.server.wire import BINARY, HANDSHAKE, PING, PONG, connect, until
from websockets.asyncio.client import connect as polite_connect

from bedesten.server.settings import ServerSettings


async def session_count(venue: Any, count: int) -> None:
    """Wait until *count* of the sessions ever opened are closed."""
    await until(lambda: sum(session.is_closed for session in venue.sessions) == count)


async def test_an_independent_client_converses(venue: Running) -> None:
    """A library's handshake, texts, pings and close all work."""
    async with polite_connect(f"ws://127.0.0.1:{venue.port}/fake/ws") as socket:
        await socket.send("hello")
        assert await socket.recv() == "echo hello"
        await socket.send(b"\x00\x01")
        assert await socket.recv() == "2 bytes"
        await (await socket.ping())
    await session_count(venue.venue, 1)


async def test_sends_and_published_messages_keep_their_order(venue: Running) -> None:
    """An acknowledgement sent before a publication arrives before it."""
    socket = await connect(venue.port)
    await socket.send(b"join")
    assert await socket.text() == "joined"

    for at in range(50):
        venue.venue.ticks.publish(b"tick %d" % at)
        venue.venue.sessions[0].connection.send(f"sent {at}")

    assert [await socket.text() for _ in range(100)] == [
        f"{word} {at}" for at in range(50) for word in ("tick", "sent")
    ]
    socket.abandon()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
async def test_frames_of_every_length_arrive_whole(venue: Running, size: int) -> None:
    """The three spellings of a frame's length are all used."""
    async with polite_connect(f"ws://127.0.0.1:{venue.port}/fake/ws", max_size=None) as socket:
        await socket.send("join")
        assert await socket.recv() == "joined"
        venue.venue.ticks.publish(b"x" * size)
        assert len(await socket.recv()) == size


async def test_closing_writes_what_is_waiting_first(venue: Running) -> None:
    """The last word is not lost, and the session hears that it is over once."""
    socket = await connect(venue.port)
    await socket.send(b"bye")

    assert await socket.text() == "last word"
    assert await socket.close_code() == 4000
    socket.abandon()
    await session_count(venue.venue, 1)


async def test_a_member_that_leaves_is_forgotten(venue: Running) -> None:
    """Channels hold no connection that is gone."""
    socket = await connect(venue.port)
    await socket.send(b"join")
    await socket.text()
    assert len(venue.venue.ticks) == 1

    socket.abandon()

    await session_count(venue.venue, 1)
    assert len(venue.venue.ticks) == 0


async def test_a_session_that_fails_closes_its_own_connection_only(venue: Running) -> None:
    """A bug in one session is logged and told as 1011; the next connection is served."""
    first, second = await connect(venue.port), await connect(venue.port)
    await first.send(b"crash")
    assert await first.close_code() == 1011

    await second.send(b"still there")
    assert await second.text() == "echo still there"
    first.abandon()
    second.abandon()
    await session_count(venue.venue, 2)


async def test_a_spawned_task_answers_later_and_ends_with_its_connection(venue: Running) -> None:
    """Tasks are bounded, and canceled when the peer goes."""
    socket, other = await connect(venue.port), await connect(venue.port)
    await socket.send(b"spawn")
    await other.send(b"spawn")
    await asyncio.sleep(0)
    other.abandon()
    await session_count(venue.venue, 1)

    venue.venue.gate.set()

    assert await socket.text() == "later"
    socket.abandon()


async def test_more_tasks_than_allowed_close_the_connection(venue: Running) -> None:
    """A client that never waits for an answer is told so."""
    socket = await connect(venue.port)
    for _ in range(65):
        await socket.send(b"spawn")

    assert await socket.close_code() == 1008
    socket.abandon()


async def test_an_unknown_socket_is_refused_in_the_dialects_shape(venue: Running) -> None:
    """The handshake is answered like any request: status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(HANDSHAKE.format(path="/fake/nothing", more="").encode())
    status, headers, body = await read_response(reader)

    assert (status, headers["content-type"]) == (404, "application/json")
    assert b"NotFound" in body
    writer.close()


async def test_connections_of_one_address_are_limited() -> None:
    """The limit is refused with a wait, and a closed connection makes room."""
    async with running(settings=ServerSettings(sockets_per_address_max=1, grace_s=1)) as venue:
        first = await connect(venue.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(HANDSHAKE.format(path="/fake/ws", more="").encode())
        status, headers, _ = await read_response(reader)
        assert (status, headers["retry-after"]) == (429, "60")
        writer.close()

        first.abandon()
        await session_count(venue.venue, 1)
        (await connect(venue.port)).abandon()


async def test_pings_are_answered(venue: Running) -> None:
    """A pong carries the ping's own payload."""
    socket = await connect(venue.port)
    await socket.send(b"abc", PING)
    assert await socket.frame() == (PONG, b"abc")

    await socket.send(b"", BINARY)
    assert await socket.text() == "0 bytes"
    socket.abandon()


async def test_a_stopping_server_says_goodbye() -> None:
    """Open sockets are closed with 1012, a request under way is answered, and the sessions hear of it."""
    async with running(dialect=FakeDialect()) as venue:
        socket = await connect(venue.port)
        await socket.send(b"hi")
        await socket.text()
        asking = asyncio.create_task(venue.ask("GET", "/fake/wait"))
        await venue.ask("GET", "/fake/time")  # by then the other one waits

        stopping = asyncio.create_task(venue.server.stop())
        assert await socket.close_code() == 1012
        venue.venue.gate.set()

        assert (await asking)[2] == b'"opened"'
        await stopping
        assert venue.venue.sessions[0].is_closed
        socket.abandon()


async def test_an_answer_that_does_not_come_in_time_is_told_as_unavailable() -> None:
    """After the grace time the client is told that the outcome is unknown."""
    async with running(settings=ServerSettings(grace_s=0)) as venue:
        asking = asyncio.create_task(venue.ask("GET", "/fake/wait"))
        await venue.ask("GET", "/fake/time")
        await venue.server.stop()
        status, _, body = await asking

    assert status == 400
    assert b"unknown" in body
