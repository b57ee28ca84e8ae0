"""The outbox by itself, over a wire that only remembers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bedesten.dialects.channels import Channel, text_frame
from bedesten.server.fanout import OUTBOX_BYTES_MAX, TOO_SLOW, Outbox, Writer


class FakeWire:
    """A protocol and its transport."""

    def __init__(self) -> None:
        self.transport = self
        self.close_sent = False
        self.buffered = 0
        self.writes: list[bytes] = []
        self.closed_with: tuple[int, str] | None = None

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close_after_writing(self, code: int, reason: str) -> None:
        self.close_sent = True
        self.closed_with = (code, reason)


async def tick() -> None:
    await asyncio.sleep(0)


def a_connection(**more: Any) -> tuple[FakeWire, Outbox]:
    wire = FakeWire()
    return wire, Outbox(wire, Writer(asyncio.get_running_loop()), **more)


async def test_one_tick_is_one_write() -> None:
    """Frames of all channels and sends of a tick are joined, in order."""
    wire, outbox = a_connection()
    one, two = Channel("one"), Channel("two")
    outbox.join(one)
    outbox.join(two)

    one.publish(b"a")
    outbox.send("b")
    two.publish(b"c")
    await tick()
    one.publish(b"d")
    await tick()

    assert wire.writes == [text_frame(b"a") + text_frame(b"b") + text_frame(b"c"), text_frame(b"d")]


async def test_every_member_gets_the_same_bytes_object() -> None:
    """A frame is encoded once, however many listen."""
    channel = Channel("ticks")
    wires = []
    for _ in range(3):
        wire, outbox = a_connection()
        outbox.join(channel)
        outbox.join(channel)  # twice is once
        wires.append(wire)

    channel.publish(b"x" * 1000)
    await tick()

    assert len({id(wire.writes[0]) for wire in wires}) == 1
    assert len(channel) == 3


async def test_an_outbox_that_overflows_is_emptied_and_the_policy_has_the_last_word() -> None:
    """The channel's policy may say why and close; nothing that waited is sent, and no channel remembers the member."""

    def apologize(connection: Any) -> None:
        connection.send("too slow")
        connection.close(4001, "bye")

    wire, outbox = a_connection()
    channel = Channel("ticks", apologize)
    outbox.join(channel)
    wire.buffered = OUTBOX_BYTES_MAX

    channel.publish(b"x")
    await tick()

    assert wire.writes == [text_frame(b"too slow")]
    assert wire.closed_with == (4001, "bye")
    assert not len(channel)


async def test_without_a_policy_the_routes_or_the_houses_is_used() -> None:
    """A connection that overflows is closed, whatever anybody forgot."""
    told = []
    wire, outbox = a_connection(on_overflow=told.append)
    outbox.send("x" * (OUTBOX_BYTES_MAX + 1))
    assert (told, wire.closed_with) == ([outbox], (TOO_SLOW, "reading too slowly"))

    wire, outbox = a_connection()
    outbox.send("x" * (OUTBOX_BYTES_MAX + 1))
    assert wire.closed_with == (TOO_SLOW, "reading too slowly")


async def test_nothing_is_written_after_closing() -> None:
    """Sends and publications to a closed connection do nothing."""
    wire, outbox = a_connection()
    channel = Channel("ticks")
    outbox.join(channel)
    outbox.send("before")
    outbox.close()

    outbox.send("after")
    outbox.join(channel)
    channel.publish(b"after")
    await tick()

    assert wire.writes == [text_frame(b"before")]
    assert wire.closed_with == (1000, "")


async def test_a_failing_task_closes_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """What nobody expected in a task is logged and told as 1011."""

    async def fail() -> None:
        raise ZeroDivisionError

    wire, outbox = a_connection()
    outbox.spawn(fail())
    await tick()
    await tick()

    assert wire.closed_with == (1011, "internal error")
    assert "ZeroDivisionError" in caplog.text
