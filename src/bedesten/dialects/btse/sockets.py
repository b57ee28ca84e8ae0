"""The dialect's WebSocket routes, and the state that the connections of one venue share.

A dialect serves one venue at a time; the shared state is made when the first connection of a venue opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse.conversation import Addresses, SocketLimits
from bedesten.dialects.btse.market import table as market
from bedesten.dialects.btse.market.book_feed import BOOK_INTERVAL_NS, BookFeed
from bedesten.dialects.btse.market.streams import BookSocket, close_slow_reader
from bedesten.dialects.btse.otc import table as otc
from bedesten.dialects.btse.otc.streams import PATH as OTC_PATH
from bedesten.dialects.btse.otc.streams import OtcSocket
from bedesten.dialects.btse.spot import table as spot
from bedesten.dialects.btse.spot.streams import LEGACY_PATH, SIGNED_PATH, SpotSocket
from bedesten.dialects.contract import SocketRoute

if TYPE_CHECKING:
    from bedesten.dialects.contract import Connection, Session
    from bedesten.services.venue import Venue

BOOK_PATH: Final = "/ws/oss/spot"
OTC_SOURCE: Final = "https://btsecom.github.io/docs/otc/en/"
SOURCE: Final = "https://btsecom.github.io/docs/spotV3_3/en/"
LIMITS: Final = SocketLimits()


class Sockets:
    """Opens sessions. *book_interval_ns*: the least time between two deltas of a book; 0: none."""

    def __init__(self, *, limits: SocketLimits = LIMITS, book_interval_ns: int = BOOK_INTERVAL_NS) -> None:
        self._limits = limits
        self._book_interval_ns = book_interval_ns
        self._venue: Venue | None = None
        self._spot: SpotSocket | None = None
        self._books: BookSocket | None = None
        self._otc: OtcSocket | None = None

    @property
    def routes(self) -> tuple[SocketRoute, ...]:
        """The paths, the oldest last."""
        return (
            SocketRoute(
                path=SIGNED_PATH,
                open=self.open_spot,
                topics=spot.topics(SIGNED_PATH),
                summary="Trades, notifications and fills",
                source=SOURCE,
            ),
            SocketRoute(
                path=BOOK_PATH,
                open=self.open_books,
                on_overflow=close_slow_reader,
                topics=market.TOPICS,
                error=market.REFUSED,
                summary="Order book streams",
                source=SOURCE,
            ),
            SocketRoute(
                path=OTC_PATH,
                open=self.open_otc,
                topics=otc.TOPICS,
                summary="Streams of OTC quotes",
                source=OTC_SOURCE,
            ),
            SocketRoute(
                path=LEGACY_PATH,
                open=self.open_spot,
                topics=spot.topics(LEGACY_PATH),
                summary="The former path of /ws/spot",
                source=SOURCE,
            ),
        )

    def open_spot(self, venue: Venue, connection: Connection) -> Session:
        """Return the session of a new connection to `/ws/spot`."""
        return self._sockets(venue)[0].open(connection)

    def open_books(self, venue: Venue, connection: Connection) -> Session:
        """Return the session of a new connection to `/ws/oss/spot`."""
        return self._sockets(venue)[1].open(connection)

    def open_otc(self, venue: Venue, connection: Connection) -> Session:
        """Return the session of a new connection to `/ws/otc`."""
        self._sockets(venue)
        if self._otc is None:
            self._otc = OtcSocket(venue, Addresses(venue.clock, self._limits.connections_per_address_max))
        return self._otc.open(connection)

    def _sockets(self, venue: Venue) -> tuple[SpotSocket, BookSocket]:
        if self._spot is None or self._books is None or self._venue is not venue:
            addresses = Addresses(venue.clock, self._limits.connections_per_address_max)
            topics_max = self._limits.topics_max
            self._venue, self._otc = venue, None
            self._spot = SpotSocket(venue, addresses, topics_max)
            self._books = BookSocket(venue, BookFeed(venue, self._book_interval_ns), addresses, topics_max)
        return self._spot, self._books
