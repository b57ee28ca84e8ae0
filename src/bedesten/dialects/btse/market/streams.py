"""`/ws/oss/spot`: the public order book service.

Owns what one connection has asked for and how it is refused; the books themselves are BookFeed's. The service answers errors
where `/ws/spot` is silent.

Source: BTSE spot API v3.3, "Order Book Websocket Streams" (https://btsecom.github.io/docs/spotV3_3/en/), read 2026-11-20; that a
grouping out of range is acknowledged and stays silent, and that a subscription without arguments is not answered, is how the
venue behaves. Error 1007 is sent before a reader who does not keep up is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse.conversation import CLOSE_POLICY, Addresses, Conversation, Refused, text_of
from bedesten.dialects.btse.topics import BookTopic, SocketError, acknowledgement, book_topic, error_frame

if TYPE_CHECKING:
    import msgspec

    from bedesten.dialects.btse.market.book_feed import BookFeed
    from bedesten.dialects.contract import Connection, Session
    from bedesten.services.venue import Venue

FAILURES_MAX: Final = 20  # refused requests before error 1008 closes the session; the venue keeps its number to itself
FORGIVEN_NS: Final = 30_000_000_000  # after so long one of them is forgotten, so that a day's slips end no connection
CLOSE_TRY_AGAIN: Final = 1013  # IANA registry: try again later
ARGUMENT_CHARS_MAX: Final = 128  # of a refused argument that is told back; topics are shorter


def close_slow_reader(connection: Connection) -> None:
    """Tell a connection whose outbox overflowed, and close it."""
    connection.send(error_frame([(None, SocketError.BUFFER_FULL)]))
    connection.close(CLOSE_TRY_AGAIN, "slow reader")


class BookSocket:
    """What `/ws/oss/spot` needs for all its connections."""

    def __init__(self, venue: Venue, feed: BookFeed, addresses: Addresses, topics_max: int) -> None:
        self.venue = venue
        self.feed = feed
        self.addresses = addresses
        self.topics_max = topics_max

    def open(self, connection: Connection) -> Session:
        """Return the session of a new connection."""
        if not self.addresses.enter(connection.client_host):
            return Refused(connection)
        return BookSession(self, connection)


class BookSession(Conversation):
    """One connection to `/ws/oss/spot`."""

    def __init__(self, socket: BookSocket, connection: Connection) -> None:
        super().__init__(socket.venue.clock, connection, socket.addresses)
        self._socket = socket
        self._books: dict[str, BookTopic] = {}  # of self.topics
        self._failures = 0
        self._forgiven_ns = self._clock.now_ns()  # until when failures were forgotten

    def operate(self, name: str, arguments: list[msgspec.Raw]) -> None:
        """Answer the operation *name*."""
        match name:
            case "subscribe":
                if arguments:
                    self._subscribe(arguments)
            case "unsubscribe":
                if arguments:
                    self._unsubscribe(arguments)
            case "ping":
                self.pong()
            case _:
                self._fail([(None, SocketError.UNKNOWN_OPERATION)])

    def malformed(self) -> None:
        """Refuse what is not a request."""
        self._fail([(None, SocketError.INVALID_REQUEST)])

    def closed(self) -> None:
        """Forget the connection."""
        super().closed()
        for name, topic in self._books.items():
            self._socket.feed.unsubscribe(self.connection, name, topic)
        self._books.clear()

    def _subscribe(self, arguments: list[msgspec.Raw]) -> None:
        accepted: dict[str, BookTopic] = {}
        refused: list[tuple[str | None, SocketError]] = []
        for argument in arguments:
            name = text_of(argument) or ""
            topic = book_topic(name, self._socket.venue.catalogue)
            if isinstance(topic, SocketError):
                refused.append((name[:ARGUMENT_CHARS_MAX], topic))
            elif name in self._books or len(self._books) < self._socket.topics_max:
                accepted[name] = self._books[name] = topic
                self.topics[name] = None
        self.heard()
        if accepted or not refused:
            self.connection.send(acknowledgement("subscribe", list(accepted)))
        for name, topic in accepted.items():
            self._socket.feed.subscribe(self.connection, name, topic)
        if refused:
            self._fail(refused)

    def _unsubscribe(self, arguments: list[msgspec.Raw]) -> None:
        ended: dict[str, None] = {}
        for argument in arguments:
            name = text_of(argument)
            topic = None if name is None else self._books.pop(name, None)
            if name is None or topic is None:
                continue
            del self.topics[name]
            self._socket.feed.unsubscribe(self.connection, name, topic)
            ended[name] = None
        self.heard()
        self.connection.send(acknowledgement("unsubscribe", list(ended)))

    def _fail(self, errors: Sequence[tuple[str | None, SocketError]]) -> None:
        forgotten = (self._clock.now_ns() - self._forgiven_ns) // FORGIVEN_NS
        self._failures = max(0, self._failures - forgotten) + 1
        self._forgiven_ns += forgotten * FORGIVEN_NS
        self.connection.send(error_frame(errors))
        if self._failures >= FAILURES_MAX:
            self.connection.send(error_frame([(None, SocketError.TOO_MANY_FAILURES)]))
            self.connection.close(CLOSE_POLICY, "too many failed requests")
