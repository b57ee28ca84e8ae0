"""uvicorn's WebSocket protocol with bounds on what a peer may send, and on how long it may take.

Parsing, handshake, ping and close stay uvicorn's. Invariant: what a peer sends takes memory for one message and one read at most:
a read is parsed a slice at a time, the next one when the application has taken what was in the last. A read of the event loop
(256 KB) may hold 43,000 empty messages, which parsed at once took 14 MB.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from bedesten.server.protocol import REQUEST_WAIT_S, SCOPE_KEY, Stall

if TYPE_CHECKING:
    from bedesten.dialects.contract import Keepalive

SLICE: Final = 4_096  # bytes that are parsed at once: 682 empty messages, in a quarter of a megabyte
FRAGMENTS_MAX: Final = 256  # frames in one message: the size limit does not count empty ones
PONG_BUFFER_MAX: Final = 256 * 1024  # bytes: who pings but does not read is dropped
CLOSE_WAIT_S: Final = 5.0  # for the peer's half of the closing handshake
INTERNAL_ERROR: Final = 1011  # RFC 6455
RESTARTING: Final = 1012  # RFC 6455 registry: service restart; clients connect again
_BAD_UPGRADE: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket whose bounds hold and whose transport the application may write frames to."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._unread = memoryview(b"")  # what was read and is not parsed yet
        self._stall = Stall()
        self._made = self.loop.time()
        self._goodbye = INTERNAL_ERROR, "keepalive ping timeout"
        self._asked = 0
        self._unanswered: dict[bytes, asyncio.Future[None]] = {}  # pings that somebody waits for, by their payload

    def data_received(self, data: bytes) -> None:
        self._unread = memoryview(bytes(self._unread) + data if self._unread else data)
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread = memoryview(b"")
        for answered in self._unanswered.values():
            if not answered.done():
                answered.set_result(None)  # nobody is there to read
        super().connection_lost(exc)

    async def receive(self) -> Any:
        """Return what comes next; more is parsed, and then read, once nothing waits any more."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self._read_on()
        return message

    def _read_on(self) -> None:
        self.read_paused = False
        self._go_on()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _go_on(self) -> None:
        """Parse what was read until a message waits for the application."""
        while self._unread and not self.read_paused and not self.transport.is_closing():
            piece, self._unread = bytes(self._unread[:SLICE]), self._unread[SLICE:]
            self._parse(piece)

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(
                b"".join(self.conn.data_to_send()) or _BAD_UPGRADE
            )  # uvicorn leaves this refusal unsent
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # accepted so far: the scope is there, its task has not run yet
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[SCOPE_KEY] = weakref.ref(self)  # weak: the protocol has the scope

    async def send(self, message: Any) -> None:
        """Send as uvicorn does, which takes a handshake that was refused with an answer for one that was forgotten."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
        self._go_on()  # after our close frame, messages are dropped without waiting

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= FRAGMENTS_MAX:
            self._fail(1009, "too many fragments")
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        if self.transport.get_write_buffer_size() > PONG_BUFFER_MAX:
            self.transport.abort()
            return
        super().handle_ping()

    def ask_whether_read(self) -> asyncio.Future[None]:
        """Send a ping, and return what ends with its pong: then the peer's library has read what was sent before."""
        answered: asyncio.Future[None] = self.loop.create_future()
        if self.close_sent or self.transport.is_closing():
            answered.set_result(None)
            return answered
        self._asked += 1
        payload = b"read %d" % self._asked
        self._unanswered = {asked: each for asked, each in self._unanswered.items() if not each.done()}
        self._unanswered[payload] = answered
        self.conn.send_ping(payload)
        self.transport.write(b"".join(self.conn.data_to_send()))
        return answered

    def handle_pong(self, event: Frame) -> None:
        answered = self._unanswered.pop(bytes(event.data), None)
        if answered is None:
            super().handle_pong(event)
        elif not answered.done():
            answered.set_result(None)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:  # uvicorn would log a traceback for what any client may send
                self._fail(1007, "not UTF-8")
                return
        super().send_receive_event_to_app()

    def keep_alive(self, keepalive: Keepalive) -> None:
        """Ask this connection for signs of life in a way of its own; before it is accepted."""
        self.ping_interval, self.ping_timeout = keepalive.every_s, keepalive.wait_s
        self._goodbye = keepalive.code, keepalive.reason

    def keepalive_timeout(self) -> None:
        self.pong_timer = None
        self.pending_ping_payload = None
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.fail(*self._goodbye)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def handle_parser_exception(self) -> None:
        if self.conn.close_sent is None:  # before or within the handshake: HTTP still
            self.transport.write(_BAD_UPGRADE)
            self.transport.close()
            return
        super().handle_parser_exception()

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def close_after_writing(self, code: int, reason: str) -> None:
        """Send a close frame behind what was written, and give the peer CLOSE_WAIT_S to answer it."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_timer = self.loop.call_later(CLOSE_WAIT_S, self.transport.abort)
        if self.read_paused:
            self._read_on()

    def shutdown(self) -> None:
        """Send a close frame with a reason. A client that answers is closed; another is cut when the server ends."""
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self.close_after_writing(RESTARTING, "the venue is stopping")

    def give_up(self) -> None:
        """Nothing waits for its turn here: what came is the session's already."""

    def sweep(self, now: float) -> None:
        """Drop a peer that takes nothing, or never finishes its handshake or its closing."""
        late = not self.handshake_complete and now - self._made >= REQUEST_WAIT_S
        if late or self._stall.lasts(self.transport, now):
            self.transport.abort()
