"""Rate limits: classes of requests, by account and by address. They are the house's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.dialects.contract import Limit, Per, Window

_SECOND: Final = 1_000_000_000
_MINUTE: Final = 60 * _SECOND


def _windows(*windows: Window) -> Limit:
    return Limit(windows, blocks_ns=())  # a breach costs the wait until the window has room, and no more


LIMITS: Final[Mapping[str, Limit]] = {
    "market": _windows(Window(100, _SECOND, Per.ADDRESS)),  # what anybody may ask: a page that opens asks some ten
    "query": _windows(Window(50, _SECOND)),  # what is one's own
    "orders": _windows(Window(200, _SECOND)),  # placing, amending and canceling
    "money": _windows(Window(10, _SECOND)),  # what moves money or changes keys
    "doors": _windows(Window(30, _MINUTE, Per.ADDRESS)),  # signing up and in, and what else is guessed at
    "connections": _windows(Window(120, _MINUTE, Per.ADDRESS)),  # handshakes of sockets
}
