"""The transcript of a sandbox: what came and went over the wire, in one order, in a ring of so many lines.

Never keeps what signs or signs in: of the headers only those are written that describe the body.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

LINES_MAX: Final = 10_000
TEXT_CHARS_MAX: Final = 4_096  # of a body or frame; what is longer is cut, and says so


class Transcript:
    """The newest lines, oldest first."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._lines: deque[dict[str, Any]] = deque(maxlen=LINES_MAX)
        self._requests = 0

    def request(self, method: str, target: str, body: bytes) -> int:
        """Note a request and return its number."""
        self._requests += 1
        self._add("request", n=self._requests, method=method, target=target, body=_text(body))
        return self._requests

    def answer(self, of: int, status: int, body: bytes, *, sent: bool = True) -> None:
        """Note an answer, sent or not."""
        self._add("answer", of=of, status=status, body=_text(body), **({} if sent else {"sent": False}))

    def heard(self, path: str, message: bytes) -> None:
        """Note a message of a socket."""
        self._add("in", path=path, body=_text(message))

    def said(self, path: str, message: bytes) -> None:
        """Note a frame to a socket."""
        self._add("out", path=path, body=_text(message))

    def fault(self, rule: int, done: str) -> None:
        """Note what a rule did to the line that follows, or to the one before."""
        self._add("fault", rule=rule, do=done)

    def lines(self) -> list[dict[str, Any]]:
        """Return every line there is."""
        return list(self._lines)

    def _add(self, kind: str, **fields: Any) -> None:
        self._lines.append({"k": kind, "t": self._now_ns(), **fields})


def _text(body: bytes) -> str:
    text = body[:TEXT_CHARS_MAX].decode(errors="replace")
    return text if len(body) <= TEXT_CHARS_MAX else f"{text}… ({len(body)} bytes)"
