"""uvicorn's HTTP protocol with bounds: no client can hold a connection, its memory or its buffers without limit.

A thin subclass: parsing and life cycle stay uvicorn's. It also hands the request's cycle to the application through the scope,
so that a finished reply is one write. Invariants: every byte of a request counts in a bound, trailers are never headers, and
what was read before an end (the peer's half closed, the server stopping) is answered before the connection goes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from bedesten.dialects.addresses import Tally
from bedesten.dialects.contract import JSON_ONLY

HEAD_BYTES_MAX: Final = 32 * 1024  # request line and headers: twice what browsers send with a full jar of cookies
URL_BYTES_MAX: Final = 8 * 1024  # RFC 9112 recommends that this much be understood; our longest has some hundred
HEADERS_MAX: Final = 100  # as many as most servers take, trailers included; clients send twenty
FRAMING_PER_BODY_BYTE_MAX: Final = 8  # bytes around the body's: a client that sends its chunks byte by byte needs five
REQUEST_WAIT_S: Final = (
    15.0  # from the first byte (or connecting) to the last of a request: slow phones pass, slowloris does not
)
PIPELINE_MAX: Final = 1_024  # requests sent ahead of their answers, 1 KB each: more than one read of signed ones brings
STALLED_WAIT_S: Final = 20.0  # a peer that takes nothing of what is written, or does not finish closing

SCOPE_KEY: Final = "bedesten.protocol"  # in scope["extensions"]
POLICY: Final = b"content-security-policy"
DATA_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
_TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)
_URL_TOO_LONG: Final = b"HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY: Final = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Stall:
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


class Heads:
    """The first lines of one server's plain answers, joined once for as long as its own headers (the date) stand."""

    def __init__(self) -> None:
        self._own: Sequence[tuple[bytes, bytes]] = ()
        self._joined: dict[int, bytes] = {}

    def of(self, own: Sequence[tuple[bytes, bytes]], status: int, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Return the head of an answer, without its end."""
        if headers is not JSON_ONLY:
            return response_head(status, own, headers)
        if own is not self._own:
            self._own, self._joined = own, {}
        head = self._joined.get(status)
        if head is None:
            head = self._joined[status] = response_head(status, own, headers)
        return head


class ServedState(ServerState):
    """uvicorn's state of a server, how many HTTP connections every address has, and whose time the answers are dated by."""

    def __init__(self, per_address_max: int, dated_ns: Callable[[], int] | None = None) -> None:
        """*per_address_max* 0: any number. *dated_ns* None: uvicorn dates them, by the machine's clock."""
        self._dated_ns = dated_ns
        self._dated_s = -1
        self._given: list[tuple[bytes, bytes]] = []
        self._dated: list[tuple[bytes, bytes]] = []
        super().__init__()
        self.by_address = Tally(per_address_max) if per_address_max else None
        self.heads = Heads()

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:  # uvicorn has a variable
        """What stands on every answer: the same list for as long as it says the same."""
        if self._dated_ns is None:
            return self._given
        now_s = self._dated_ns() // 1_000_000_000
        if now_s != self._dated_s:
            date = b"date", formatdate(now_s, usegmt=True).encode()
            self._dated_s, self._dated = now_s, [date, *(header for header in self._given if header[0] != b"date")]
        return self._dated

    @default_headers.setter
    def default_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._given = headers
        self._dated_s = -1


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a bounded head and a deadline for each request."""

    receiving_since = 0.0  # loop time; 0: between requests
    idle_since = 0.0  # loop time; 0: before the first answer, or in a request
    _head_bytes = 0  # of the head, without what came in the same read as its first byte
    _read_bytes = 0  # of the last read
    _first_read_bytes = 0  # of the read in which the head began
    _in_head = True
    _framing_bytes = 0  # behind the head and its read, less the body: chunk sizes, their extensions, trailers
    _body_bytes = 0
    _trailers = 0
    _trailer_bytes = 0
    _unanswered = 0  # requests whose head was read
    _is_last = False  # what is read from now on is not taken: the peer has closed its half, or the server stops
    _upgrade_waits = False  # for the answers to what was asked before it
    _tally: Tally | None = None  # this connection is counted in it

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._stall = Stall()
        state = self.server_state
        if isinstance(state, ServedState) and state.by_address is not None and self.client is not None:
            if state.by_address.enter(self.client[0]):
                self._tally = state.by_address
            else:
                transport.write(_TOO_MANY)
                transport.close()
        self.receiving_since = self.loop.time()  # who connects and says nothing is on the clock as well

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)
        self.pipeline.clear()
        self.cycle = None  # type: ignore[assignment]  # with what it holds: a request that never had its turn holds this connection, too

    def handle_websocket_upgrade(self) -> None:
        if self._unanswered:  # a WebSocket begins behind the last of HTTP, never within it
            self._upgrade_waits = True
            self.flow.pause_reading()
            return
        self._leave()  # WebSockets are counted where they are opened
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # which holds this protocol

    def _leave(self) -> None:
        if self._tally is not None and self.client is not None:
            self._tally.leave(self.client[0])
            self._tally = None

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():  # refused already: the rest of what was sent is of no interest
            return
        if self._upgrade_waits or (self._is_last and not self.receiving_since):
            self._take_no_more()  # who speaks WebSocket before it was let in is not let in
            return
        self._read_bytes = size = len(data)
        if self._in_head:
            self._head_bytes += size
        else:
            self._framing_bytes += size
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        try:  # what uvicorn does, without two more calls for each read
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._unsupported_upgrade_warning()
        if self.parser is None or self.transport.is_closing():
            return
        if self._in_head:
            is_too_large = self._head_bytes > HEAD_BYTES_MAX
        else:
            is_too_large = self._framing_bytes > HEAD_BYTES_MAX + FRAMING_PER_BODY_BYTE_MAX * self._body_bytes
        if is_too_large and self.receiving_since:
            self._write_refusal(_HEAD_TOO_LARGE)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn never keeps a half open
        """Return whether something asked for by then is still to be answered; a request that is not whole never is."""
        return self._finish()

    def shutdown(self) -> None:
        """Answer what was read by now, and a body that is being received; then the connection ends."""
        if not self._unanswered:
            self.transport.close()
            return
        self._take_no_more()

    def give_up(self) -> None:
        """Begin nothing that has not begun: the server's time is over, and who asked sees the connection end."""
        self._unanswered -= len(self.pipeline)
        self.pipeline.clear()

    def _finish(self) -> bool:
        """Take no more, give up a request that is not whole, and return whether whole ones are still to be answered."""
        if self._unanswered and self.receiving_since and not self._in_head and not self.cycle.response_complete:
            if not self.pipeline or self.pipeline[0][0] is not self.cycle:
                return False  # it has its turn already: the reader of its body gets a disconnect
            self.pipeline.popleft()
            self._unanswered -= 1
            self.receiving_since = 0.0
        self._take_no_more()
        return self._unanswered > 0

    def _take_no_more(self) -> None:
        self._is_last = True
        self._upgrade_waits = False
        if self._in_head:
            self.receiving_since = 0.0
        if self._unanswered:
            self.cycle.keep_alive = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def _begin(self) -> None:
        if self._is_last:
            raise ValueError("requests are not taken any more")  # the parser stops here
        self._in_head = True
        self._head_bytes = self._framing_bytes = self._body_bytes = self._trailers = self._trailer_bytes = 0
        self._first_read_bytes = self._read_bytes
        self.receiving_since = self.loop.time()
        self.idle_since = 0.0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what uvicorn does, without a call for each of a request's headers
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            headers = self.headers
            headers.append((name, value))
            if len(headers) > HEADERS_MAX:
                self._refuse_head(_HEAD_TOO_LARGE)
            return
        self._trailers += 1  # trailers are never requested: they are skipped, whatever their names
        self._trailer_bytes += len(name) + len(value)
        headers = self.headers
        if len(headers) + self._trailers > HEADERS_MAX or self._trailer_bytes + _size(headers) > HEAD_BYTES_MAX:
            self._refuse_head(_HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._refuse_large_head()
        self._in_head = False
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not None and self.cycle is not before:  # no upgrade; its task has not run yet
            self._unanswered += 1
            scope: Any = self.cycle.scope
            scope["extensions"] = {SCOPE_KEY: weakref.ref(self.cycle)}  # weak: the cycle has the scope
        if len(self.pipeline) > PIPELINE_MAX:
            self.transport.close()
            raise ValueError("too many requests ahead of their answers")  # the parser stops here

    def on_body(self, body: bytes) -> None:
        self._count_body(len(body))
        super().on_body(body)

    def _count_body(self, size: int) -> None:
        self._body_bytes += size
        self._framing_bytes -= size

    def _refuse_large_head(self) -> None:
        if len(self.url) > URL_BYTES_MAX:
            self._refuse_head(_URL_TOO_LONG)
        # One read can bring more than the limit and end the head. Most heads are in less than that, and need no adding up.
        if self._first_read_bytes + self._head_bytes <= HEAD_BYTES_MAX:
            return
        if _size(self.headers) + len(self.url) > HEAD_BYTES_MAX:
            self._refuse_head(_HEAD_TOO_LARGE)

    def _refuse_head(self, answer: bytes) -> None:
        self._write_refusal(answer)
        raise ValueError("request head too large")  # the parser stops here

    def _write_refusal(self, answer: bytes) -> None:
        # Never in the place of another request's answer: that one is waited for, and then the connection ends.
        if self._finish():
            return
        if self.cycle is None or self.cycle.response_complete or not (self._in_head or self.cycle.response_started):
            self.transport.write(answer)
        self.transport.close()

    def on_message_complete(self) -> None:
        self.receiving_since = 0.0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._unanswered -= 1
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            if self.pipeline:  # uvicorn reads on after every answer: thousands more requests for each one answered
                self.flow.pause_reading()
            return
        self.server_state.total_requests += 1
        if self._is_last:
            self.transport.close()
            return
        self.flow.resume_reading()
        if self._upgrade_waits:
            self.handle_websocket_upgrade()
            return
        self.idle_since = self.loop.time()  # the sweep looks at it; uvicorn sets and cancels a timer for every request

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing() and not self._is_last and not self._finish():
            super().send_400_response(msg)

    def sweep(self, now: float) -> None:
        """Drop the connection when its request or its reader takes too long, or when it is kept for nothing."""
        if self.idle_since and now - self.idle_since >= self.timeout_keep_alive:
            self.timeout_keep_alive_handler()
        elif self._stall.lasts(self.transport, now):
            self.transport.abort()
        elif self.receiving_since and now - self.receiving_since >= REQUEST_WAIT_S and not self.transport.is_closing():
            if self._in_head:
                self._write_refusal(_TIMED_OUT)
            else:
                self.transport.close()


def _size(headers: Iterable[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


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
