"""The feed's door: its WebSocket route, its HTTP endpoints, and the state that all connections of one venue share.

A dialect serves one venue at a time; the shared state is made when the first client of a venue comes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bedesten.dialects.bodies import Media
from bedesten.dialects.btcturk.choices import DEFAULTS
from bedesten.dialects.btcturk.feed import shapes
from bedesten.dialects.btcturk.feed.endpoints import HttpFeed
from bedesten.dialects.btcturk.feed.page import ticker_page
from bedesten.dialects.btcturk.feed.session import FeedSession
from bedesten.dialects.btcturk.feed.streams import BEAT_NS, Beat
from bedesten.dialects.btcturk.feed.streams_account import AccountFeeds
from bedesten.dialects.btcturk.feed.topics import SOURCE, TOPICS
from bedesten.dialects.btcturk.signature import Strangers
from bedesten.dialects.contract import ANY_PATH, Endpoint, Keepalive, Reply, Request, SocketRoute

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.dialects.contract import Connection, Session
    from bedesten.services.venue import Venue

KEEPALIVE: Final = Keepalive(every_s=15, wait_s=30, code=1000, reason="")  # recorded 2026-09-23


class _State(NamedTuple):
    venue: Venue
    beat: Beat
    accounts: AccountFeeds


class Feed:
    """Opens sessions and answers the HTTP feed. *interval_ns*: between two tellings of tickers, books and candles.

    *strangers*: who was not authorized, over REST as well; who is shut out there is shut out here.
    """

    def __init__(
        self, *, interval_ns: int = BEAT_NS, strangers: Strangers | None = None, answers: Answers = DEFAULTS
    ) -> None:
        self._answers = answers
        self._interval_ns = interval_ns
        self._strangers = strangers or Strangers()
        self._state: _State | None = None
        self.routes = (
            SocketRoute(
                path=ANY_PATH,
                open=self.open,
                limit="connections",
                keepalive=KEEPALIVE,
                topics=TOPICS,
                summary="Tickers, trades, books, candles, own orders",
                source=SOURCE,
            ),  # fmt: skip
        )

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The HTTP feed: what the WebSocket told last, for who cannot use one."""
        http, example = HttpFeed(self.beat), {"pair": "BTCTRY"}
        get = partial(Endpoint, method="GET", group="Feed over HTTP", source=SOURCE)
        return (
            get(path="/orderbook/{pair}", call=http.order_book, response=shapes.BookFull,
                summary="The book, as model 431", example=example),
            get(path="/ticker/all", call=http.ticker_all, response=list[shapes.TickerItem],
                summary="Every ticker: the items of model 401"),
            get(path="/ticker/pair/{pair}", call=http.ticker_pair, response=shapes.TickerPair,
                summary="A ticker, as model 402", example=example),
            get(path="/ticker/html", call=_page, response=Media("text/html", "the page"),
                summary="The tickers as a page for people"),
            get(path="/trade/last/{pair}", call=http.last_trades, response=list[shapes.TradeItem],
                summary="The last 50 trades", example=example),
            get(path="/trade/last/{pair}/{count}", call=http.last_trades, response=list[shapes.TradeItem],
                summary="The last trades, 50 at most", example={**example, "count": "10"}),
        )  # fmt: skip

    def open(self, venue: Venue, connection: Connection) -> Session:
        """Return the session of a new connection."""
        state = self._of(venue)
        return FeedSession(venue, state.beat, state.accounts, connection, self._strangers, self._answers)

    def beat(self, venue: Venue) -> Beat:
        """Return the beat of a venue's feed."""
        return self._of(venue).beat

    def _of(self, venue: Venue) -> _State:
        if self._state is None or self._state.venue is not venue:
            beat = Beat(venue, self._interval_ns, self._answers)
            is_documented = self._answers["members"] == "documented"
            self._state = _State(venue, beat, AccountFeeds(venue, beat.pairs, is_documented=is_documented))
        return self._state


async def _page(_venue: Venue, _request: Request, _params: Any) -> Reply:
    return ticker_page()
