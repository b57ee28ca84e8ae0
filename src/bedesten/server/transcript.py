"""The transcript of a sandbox: what came and went over the wire, and how it was driven, in one order.

Owns the form of its lines. A ring keeps the newest of them, without what signs; whoever listens gets each line whole as it is
made, and with it what signed a request of a key of this sandbox: with that it can be sent again.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

FORMAT: Final = 1
LINES_MAX: Final = 10_000
TEXT_CHARS_MAX: Final = 4_096  # of a body or frame in the ring; what is longer is cut, and says so

#: What signs a login on a socket, or is a session's token: a text of nothing but such characters, as long as no word is.
_SIGNING: Final = re.compile(rb'"[A-Za-z0-9+/=_.-]{40,}"')

Line = dict[str, Any]
Listener = Callable[[Line], None]


class Transcript:
    """The newest lines, oldest first."""

    def __init__(self, now_ns: Callable[[], int], stamped_ns: Callable[[], int]) -> None:
        """*stamped_ns*: the time by which customers stamp what they sign."""
        self._now_ns = now_ns
        self._stamped_ns = stamped_ns
        self._lines: deque[Line] = deque(maxlen=LINES_MAX)
        self._requests = 0
        self._sockets = 0
        self.listeners: list[Listener] = []

    # ── of the wire ──

    def request(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Note a request and return its number. *headers*: what it takes to send it again."""
        self._requests += 1
        secret = {"headers": headers, "stamped_ns": self._stamped_ns()}
        self._add("request", body, secret, n=self._requests, method=method, target=target)
        return self._requests

    def answer(self, of: int, status: int, body: bytes, *, sent: bool = True) -> None:
        """Note an answer, sent or not."""
        lost: Line = {} if sent else {"sent": False}
        self._add("answer", body, None, of=of, status=status, **lost)

    def opened(self, path: str) -> int:
        """Note that a socket was opened and return its number."""
        self._sockets += 1
        self._add("open", c=self._sockets, path=path)
        return self._sockets

    def refused(self, path: str) -> None:
        """Note that a socket was not opened, because a fault said so."""
        self._add("refused", path=path)

    def closed(self, socket: int) -> None:
        """Note that a socket has ended."""
        self._add("closed", c=socket)

    def heard(self, socket: int, message: bytes, *, is_own: bool) -> None:
        """Note a message of a socket. *is_own*: it names a key of this sandbox, so that what signs it may be said again."""
        masked = _SIGNING.sub(b'"\xe2\x80\xa6"', message)
        told = (message if is_own else masked).decode(errors="surrogateescape")
        self._add("in", masked, {"stamped_ns": self._stamped_ns(), "body": told}, c=socket)

    def said(self, socket: int, message: bytes) -> None:
        """Note a frame to a socket."""
        self._add("out", message, c=socket)

    def fault(self, rule: int, done: str) -> None:
        """Note what a rule did to the line that follows, or to the one before."""
        self._add("fault", rule=rule, do=done)

    # ── of its driver ──

    def began(self, **fields: Any) -> None:
        """Note how and where the venue began."""
        self._add("begin", format=FORMAT, **fields)

    def clock(self, by_ns: int) -> None:
        """Note that time is moved on."""
        self._add("clock", by_ns=by_ns)

    def control(self, path: str, form: Mapping[str, Any]) -> None:
        """Note what the driver asks for, as a request to the sandbox's own API asks it."""
        self._add("control", path=path, form=form)

    # ── looking ──

    def lines(self) -> list[Line]:
        """Return every line there is."""
        return list(self._lines)

    def _add(self, kind: str, body: bytes | None = None, secret: Line | None = None, **fields: Any) -> None:
        line = {"k": kind, "t": self._now_ns(), **fields}
        self._lines.append(line if body is None else {**line, "body": _cut(body)})
        if self.listeners:
            whole = line if body is None else {**line, "body": body.decode(errors="surrogateescape")}
            for listener in self.listeners:
                listener({**whole, **(secret or {})})


def _cut(body: bytes) -> str:
    text = body[:TEXT_CHARS_MAX].decode(errors="replace")
    return text if len(body) <= TEXT_CHARS_MAX else f"{text}… ({len(body)} bytes)"
