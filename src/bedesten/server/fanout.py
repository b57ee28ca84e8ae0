"""Fan-out: what every connection still has to be sent, and the one place that writes it.

Frames are queued as finished bytes and written once per connection at the end of the event loop's tick, joined. Invariant: a
connection's frames leave in the order they were queued, and a slow reader costs the others nothing: it overflows alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Final, Protocol

from bedesten.dialects.channels import Channel, OnOverflow, text_frame
from bedesten.server.traffic import Traffic

OUTBOX_BYTES_MAX: Final = (
    1024 * 1024
)  # per connection: some seconds of every book of a busy venue; ten thousand stay under 10 GiB
TASKS_MAX: Final = 64  # per connection: more answers than that under way means a client that does not wait for any
TOO_SLOW: Final = 1013  # RFC 6455 registry: try again later

_log = logging.getLogger("bedesten.server.fanout")


class Wire(Protocol):
    """What an outbox needs of a connection's protocol (SocketProtocol; a fake in tests)."""

    transport: Any
    close_sent: bool

    def close_after_writing(self, code: int, reason: str) -> None:
        """Send a close frame behind what was written."""

    def ask_whether_read(self) -> asyncio.Future[None]:
        """Send a ping, and return what ends with its pong."""


class Writer:
    """The outboxes that have something to write this tick."""

    __slots__ = ("_loop", "_ready", "traffic")

    def __init__(self, loop: asyncio.AbstractEventLoop, traffic: Traffic | None = None) -> None:
        self._loop = loop
        self.traffic = traffic or Traffic()
        self._ready: list[Outbox] = []

    def wake(self, outbox: Outbox) -> None:
        """Write *outbox* at the end of this tick."""
        if not self._ready:
            self._loop.call_soon(self._flush)
        self._ready.append(outbox)

    def _flush(self) -> None:
        ready, self._ready = self._ready, []
        for outbox in ready:
            outbox.flush()


class Outbox:
    """One WebSocket's sending half: the Connection that sessions and channels see."""

    __slots__ = (
        "_bytes",
        "_channels",
        "_frames",
        "_is_closed",
        "_on_overflow",
        "_policy",
        "_tasks",
        "_wire",
        "_writer",
        "client_host",
        "headers",
        "path",
    )

    def __init__(
        self,
        wire: Wire,
        writer: Writer,
        *,
        client_host: str = "",
        path: str = "",
        headers: Sequence[tuple[bytes, bytes]] = (),
        on_overflow: OnOverflow | None = None,
    ) -> None:
        self._wire = wire
        self._writer = writer
        self.client_host = client_host
        self.path = path
        self.headers = headers
        self._on_overflow: OnOverflow = on_overflow or _close_too_slow
        self._policy: OnOverflow = self._on_overflow  # of the channel that queued last
        self._frames: list[bytes] = []
        self._bytes = 0
        self._channels: dict[Channel, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def send(self, text: str | bytes) -> None:
        """Send one text message behind what is waiting."""
        self.queue(text_frame(text.encode() if isinstance(text, str) else text))

    def queue(self, frame: bytes, on_overflow: OnOverflow | None = None) -> None:
        """Put a finished frame behind what is waiting."""
        if self._is_closed:
            return
        frames = self._frames
        if not frames:
            self._writer.wake(self)
        frames.append(frame)
        self._bytes += len(frame)
        if on_overflow is not None:
            self._policy = on_overflow
        if self._bytes > OUTBOX_BYTES_MAX:
            self._overflow()

    def flush(self) -> None:
        """Write what is waiting, as one piece."""
        frames = self._frames
        transport = self._wire.transport
        if not frames or self._is_closed:
            return
        if self._wire.close_sent or transport.is_closing():
            self._drop()
            return
        if transport.get_write_buffer_size() + self._bytes > OUTBOX_BYTES_MAX:
            self._overflow()
            return
        self._frames, self._bytes = [], 0
        self._writer.traffic.frames += len(frames)
        transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Write what is waiting, then a close frame."""
        if self._is_closed:
            return
        if self._frames and not self._wire.transport.is_closing():
            self._wire.transport.write(b"".join(self._frames))
            self._writer.traffic.frames += len(self._frames)
            self._frames = []
        self._drop()
        self._end()
        self._wire.close_after_writing(code, reason)

    def join(self, channel: Channel) -> None:
        """Become a member of *channel*."""
        if not self._is_closed:
            self._channels[channel] = None
            channel.members[self] = None

    def leave(self, channel: Channel) -> None:
        """Stop being a member of *channel*."""
        self._channels.pop(channel, None)
        channel.members.pop(self, None)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the session; TASKS_MAX of them close the connection."""
        if self._is_closed or len(self._tasks) >= TASKS_MAX:
            work.close()
            self.close(1008, "too many requests at once")
            return
        task = asyncio.get_running_loop().create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def gone(self) -> None:
        """Let go of everything: the peer is not there any more."""
        self._drop()
        self._end()
        for task in tuple(self._tasks):
            task.cancel()

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001  # the top of a background task
            _log.exception("a task of %s on %s failed", self.client_host, self.path)
            self.close(1011, "internal error")

    def _overflow(self) -> None:
        # Emptied first: the policy's last word has to fit, and it may queue to this very outbox.
        self._writer.traffic.overflows += 1
        self._drop()
        policy = self._policy
        for channel in tuple(self._channels):
            self.leave(channel)
        policy(self)
        self.close(TOO_SLOW, "reading too slowly")  # a policy that did not close

    def _drop(self) -> None:
        self._writer.traffic.frames_dropped += len(self._frames)
        self._frames = []
        self._bytes = 0

    def _end(self) -> None:
        self._is_closed = True
        for channel in self._channels:
            channel.members.pop(self, None)
        self._channels.clear()


def _close_too_slow(connection: Any) -> None:
    connection.close(TOO_SLOW, "reading too slowly")
