"""uvicorn's two connection protocols with bounds: nobody holds a connection, its memory or its buffers for longer than is fair.

Both are thin subclasses: parsing, life cycle, handshake, ping and close stay uvicorn's. They also hand the request's cycle, or
the WebSocket itself, to the application through the scope: a finished reply is then one write, and prepared frames go straight
to the transport (fanout.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from bedesten.dialects.addresses import Tally

HEAD_BYTES_MAX: Final = 32 * 1024  # request line and headers: twice what browsers send with a full jar of cookies
URL_BYTES_MAX: Final = 8 * 1024  # RFC 9112 recommends that this much be understood; our longest has some hundred
HEADERS_MAX: Final = 100  # as many as most servers take; clients send twenty
REQUEST_WAIT_S: Final = (
    15.0  # from the first byte (or connecting) to the last of a request: slow phones pass, slowloris does not
)
PIPELINE_MAX: Final = 1_024  # requests sent ahead of their answers, 1 KB each: more than one read of signed ones brings
STALLED_WAIT_S: Final = 20.0  # a peer that takes nothing of what is written, or does not finish closing
FRAGMENTS_MAX: Final = 256  # frames in one message: the size limit does not count empty ones
PONG_BUFFER_MAX: Final = 256 * 1024  # bytes: who pings but does not read is dropped
CLOSE_WAIT_S: Final = 5.0  # for the peer's half of the closing handshake
RESTARTING: Final = 1012  # RFC 6455 registry: service restart; clients connect again

SCOPE_KEY: Final = "bedesten.protocol"  # in scope["extensions"]
POLICY: Final = b"content-security-policy"
DATA_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
_TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)
_URL_TOO_LONG: Final = b"HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY: Final = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_BAD_UPGRADE: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class _Stall:
    """How long a transport has made no progress, as seen by the sweep."""

    __slots__ = ("buffered", "since")

    def __init__(self) -> None:
        self.buffered = 0
        self.since = 0.0  # 0: not stalled

    def lasts(self, transport: Any, now: float) -> bool:
        """Return whether *transport* has been stuck with unsent bytes, or in closing, for STALLED_WAIT_S."""
        buffered = transport.get_write_buffer_size()
        stuck = transport.is_closing() or (buffered and buffered >= self.buffered)
        self.buffered = buffered
        if not stuck:
            self.since = 0.0
        elif not self.since:
            self.since = now
        return bool(self.since) and now - self.since >= STALLED_WAIT_S


class CountingState(ServerState):
    """uvicorn's state of a server, and how many HTTP connections every address has."""

    def __init__(self, per_address_max: int) -> None:
        super().__init__()
        self.by_address = Tally(per_address_max)


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a bounded head and a deadline for each request."""

    receiving_since = 0.0  # loop time; 0: between requests
    idle_since = 0.0  # loop time; 0: before the first answer, or in a request
    _head_bytes = 0  # of the head, without what came in the same read as its first byte
    _read_bytes = 0  # of the last read
    _first_read_bytes = 0  # of the read in which the head began
    _in_head = True
    _tally: Tally | None = None  # this connection is counted in it

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._stall = _Stall()
        state = self.server_state
        if isinstance(state, CountingState) and self.client is not None:
            if state.by_address.enter(self.client[0]):
                self._tally = state.by_address
            else:
                transport.write(_TOO_MANY)
                transport.close()
        self.receiving_since = self.loop.time()  # who connects and says nothing is on the clock as well

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._leave()  # WebSockets are counted where they are opened
        super().handle_websocket_upgrade()

    def _leave(self) -> None:
        if self._tally is not None and self.client is not None:
            self._tally.leave(self.client[0])
            self._tally = None

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():  # refused already: the rest of what was sent is of no interest
            return
        self._read_bytes = len(data)
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def _begin(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._first_read_bytes = self._read_bytes
        self.receiving_since = self.loop.time()
        self.idle_since = 0.0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._refuse_large_head()
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not None and self.cycle is not before:  # no upgrade; its task has not run yet
            scope: Any = self.cycle.scope
            scope["extensions"] = {SCOPE_KEY: self.cycle}
        if len(self.pipeline) > PIPELINE_MAX:
            self.transport.close()
            raise ValueError("too many requests ahead of their answers")  # the parser stops here

    def _refuse_large_head(self) -> None:
        if len(self.url) > URL_BYTES_MAX:
            self._refuse_head(_URL_TOO_LONG)
        if len(self.headers) > HEADERS_MAX:
            self._refuse_head(_HEAD_TOO_LARGE)
        # One read can bring more than the limit and end the head. Most heads are in less than that, and need no adding up.
        if self._first_read_bytes + self._head_bytes <= HEAD_BYTES_MAX:
            return
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > HEAD_BYTES_MAX:
            self._refuse_head(_HEAD_TOO_LARGE)

    def _refuse_head(self, answer: bytes) -> None:
        self.transport.write(answer)
        self.transport.close()
        raise ValueError("request head too large")  # the parser stops here

    def on_message_complete(self) -> None:
        self.receiving_since = 0.0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            if self.pipeline:  # uvicorn reads on after every answer: thousands more requests for each one answered
                self.flow.pause_reading()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self.idle_since = self.loop.time()  # the sweep looks at it; uvicorn sets and cancels a timer for every request

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def sweep(self, now: float) -> None:
        """Drop the connection when its request or its reader takes too long, or when it is kept for nothing."""
        if self.idle_since and now - self.idle_since >= self.timeout_keep_alive:
            self.timeout_keep_alive_handler()
        elif self._stall.lasts(self.transport, now):
            self.transport.abort()
        elif self.receiving_since and now - self.receiving_since >= REQUEST_WAIT_S and not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_TIMED_OUT)
            self.transport.close()


def take_body(cycle: RequestResponseCycle, bytes_max: int) -> bytes | None:
    """Return the body when all of it is here already; None when it has to be waited for, or is more than *bytes_max*."""
    if cycle.more_body or cycle.disconnected or len(cycle.body) > bytes_max:
        return None
    return bytes(cycle.body)


def response_head(status: int, *headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the status line and the lines of *headers*, without the empty line that ends a head.

    An answer that brings no policy of its own is data: a browser that shows it may load and run nothing, nor frame it.
    """
    lines = [b"%b: %b\r\n" % header for group in headers for header in group]
    if not any(line.startswith(POLICY) for line in lines):
        lines.append(b"%b: %b\r\n" % (POLICY, DATA_POLICY))
    return STATUS_LINE[status] + b"".join(lines)


def answer(cycle: RequestResponseCycle, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
    """Write a whole response as one piece and finish the request as uvicorn's send does; False: ask that one to do it.

    A reader that lags, or has left, is left to uvicorn, which waits for the one and forgets the other.
    """
    if cycle.transport.is_closing():  # a connection that ends tells its newest cycle only
        cycle.disconnected = True
    if cycle.flow.write_paused or cycle.disconnected or cycle.response_started:
        return False
    pieces = [response_head(status, cycle.default_headers, headers)]
    if status != 204:
        pieces.append(b"content-length: %d\r\n" % len(body))
    pieces.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
    if cycle.scope["method"] != "HEAD":
        pieces.append(body)
    cycle.transport.write(b"".join(pieces))
    cycle.waiting_for_100_continue = False
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket whose bounds hold and whose transport the application may write frames to."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._stall = _Stall()
        self._made = self.loop.time()

    def data_received(self, data: bytes) -> None:
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
            extensions[SCOPE_KEY] = self

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

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:  # uvicorn would log a traceback for what any client may send
                self._fail(1007, "not UTF-8")
                return
        super().send_receive_event_to_app()

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
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_WAIT_S, self.transport.abort)

    def shutdown(self) -> None:
        """Say goodbye in words; whoever answers is let go, whoever does not read is dropped by the server's end."""
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self.close_after_writing(RESTARTING, "the venue is stopping")

    def sweep(self, now: float) -> None:
        """Drop a peer that takes nothing, or never finishes its handshake or its closing."""
        late = not self.handshake_complete and now - self._made >= REQUEST_WAIT_S
        if late or self._stall.lasts(self.transport, now):
            self.transport.abort()
