"""Topics of the two spot sockets: which texts name one, and the frames that answer a subscription.

Owns the reading of topic names and the venue's socket errors; never touches a connection. Every text leads to a topic, to
None (left out of the acknowledgement) or to an error of the order book service.

Source: BTSE spot API, "Websocket Streams" and "Order Book Websocket Streams" (https://btsecom.github.io/docs/spotV3_3/en/),
read 2026-11-20. Removed topics (orderBookApi, orderBookL2Api, since 2023-04-12) name nothing.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from bedesten.dialects.btse.symbols import GROUP_STEPS

if TYPE_CHECKING:
    from bedesten.domain.instruments import Instrument
    from bedesten.services.instruments import Catalogue

PONG: Final = b"pong"
TRADES: Final = "tradeHistoryApi"
OLD_TRADES: Final = "tradeHistory"  # its former name, still pushed, with other fields as well
NOTIFICATIONS: Final = ("notificationApiV3", "notificationApiV2", "notificationApiV1", "notificationApi")
FILLS: Final = "fills"
ANNOUNCEMENTS: Final = "announcementApi"  # ours: the venue documents none
PRIVATE_TOPICS: Final = frozenset((*NOTIFICATIONS, FILLS))
BOOK: Final = "update"
BEST: Final = "snapshotL1"

_GROUPED: Final = re.compile(r"(.+)_(-?\d{1,9})", re.ASCII | re.DOTALL)

_encode: Final = msgspec.json.Encoder().encode


class SocketError(enum.Enum):
    """What the order book service answers to a request it cannot serve: the venue's number and words."""

    UNKNOWN_SYMBOL = (1000, "Market pair provided is currently not supported.")
    UNKNOWN_OPERATION = (1001, "Operation provided is currently not supported.")
    INVALID_REQUEST = (
        1002,
        "Invalid request. Please check again your request and provide all information required.",
    )
    UNKNOWN_TOPIC = (1005, "Topic provided does not exist.")
    BUFFER_FULL = (1007, "User message buffer is full.")
    TOO_MANY_FAILURES = (1008, "Reached maximum failed attempts, closing the session.")
    GROUPED_BEST = (1009, "Grouping is not supported by the topic provided.")  # the venue documents the number only


class BookTopic(NamedTuple):
    """A topic of the order book service. group: None where the text names a grouping that does not exist: a silent topic."""

    kind: str  # BOOK or BEST
    instrument: Instrument
    group: int | None


def trades_instrument(topic: str, catalogue: Catalogue) -> Instrument | None:
    """Return the instrument whose public trades *topic* names, or None when it names no such topic."""
    kind, separator, symbol = topic.partition(":")
    return catalogue.instrument(symbol) if kind in (TRADES, OLD_TRADES) and separator else None


def book_topic(topic: str, catalogue: Catalogue) -> BookTopic | SocketError:
    """Return what *topic* names, or why it names nothing."""
    kind, separator, rest = topic.partition(":")
    if kind not in (BOOK, BEST) or not separator:
        return SocketError.UNKNOWN_TOPIC
    match = _GROUPED.fullmatch(rest)
    symbol, group = (match[1], int(match[2])) if match else (rest, 0)
    instrument = catalogue.instrument(symbol)
    if instrument is None:
        return SocketError.UNKNOWN_SYMBOL
    if kind == BEST and group != 0:
        return SocketError.GROUPED_BEST
    return BookTopic(kind, instrument, group if 0 <= group < len(GROUP_STEPS) else None)


def acknowledgement(event: str, topics: list[str]) -> bytes:
    """Return the frame that lists the *topics* which a subscribe or unsubscribe was granted."""
    return _encode({"event": event, "channel": topics})


def login_result(success: bool) -> bytes:
    """Return the answer to a login."""
    return _encode({"event": "login", "success": success})


def error_frame(errors: Iterable[tuple[str | None, SocketError]]) -> bytes:
    """Return the frame that names each refused argument (None: the request as a whole) and why."""
    rows = []
    for argument, error in errors:
        code, message = error.value
        row: dict[str, object] = {} if argument is None else {"arg": argument}
        row["error"] = {"code": code, "message": message}
        rows.append(row)
    return _encode({"severity": "ERROR", "errors": rows})


def topic_prefix(topic: str) -> str:
    """Return the start of every frame of *topic*, up to its data; "}" ends the frame."""
    return f'{{"topic":{_encode(topic).decode()},"data":'
