"""The beat of the feed: once a second every source that somebody hears tells what is new; the others go to rest.

Owns the sources. When they are read and told is the paced feed's affair; trades are told as they happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.choices import DEFAULTS
from bedesten.dialects.btcturk.feed.streams_announcements import AnnouncementSource
from bedesten.dialects.btcturk.feed.streams_candles import RESOLUTIONS, CandleSource
from bedesten.dialects.btcturk.feed.streams_market import BookSource, TickerSource, TickersSource, TradeSource
from bedesten.dialects.btcturk.pairs import pairs_of
from bedesten.dialects.paced import PacedFeed

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.dialects.contract import Connection
    from bedesten.dialects.paced import Source, Topic
    from bedesten.domain.events import Traded
    from bedesten.services.venue import Venue

BEAT_NS: Final = 1_000_000_000  # the venue tells "at the latest every second"
LOOP: Final = "btcturk feed"  # its name where it fails
CANDLE_CHANNELS: Final = (
    "tradeview",
    "tradingview",
)  # the manual's name, and that of a client of the venue's own people


class Beat:
    """Every source of one venue, and the pulse that keeps those alive that are heard."""

    def __init__(self, venue: Venue, interval_ns: int = BEAT_NS, answers: Answers = DEFAULTS) -> None:
        is_long = answers["tickers"] == "long"
        self._answers = answers
        self.pairs = pairs_of(venue.catalogue)
        self.tickers = TickersSource(venue, self.pairs, is_long=is_long)
        self.announcements = AnnouncementSource(venue)
        self._venue = venue
        self._paced = PacedFeed(venue, LOOP, interval_ns)
        self._tickers = {pair.name: TickerSource(venue, pair, is_long=is_long) for pair in self.pairs}
        self._books: dict[int, BookSource] = {}  # by instrument
        self._trades: dict[int, TradeSource] = {}
        self._candles: dict[int, dict[str, CandleSource]] = {}
        venue.feeds.watch_trades(self._traded)

    # ── finding ──

    def topic(self, channel: str, event: str) -> Topic | None:
        """Return what a channel and an event name, exactly as the venue writes them, or None."""
        if channel in CANDLE_CHANNELS:
            name, _, resolution = event.rpartition("_")
            pair = self.pairs.named(name)
            return None if pair is None or resolution not in RESOLUTIONS else self._candle(pair, resolution).topic
        if channel == "announcement" and event == "all":
            return self.announcements.topic
        if channel == "ticker" and event == "all":
            return self.tickers.all
        pair = self.pairs.named(event)
        if pair is None:
            return None
        match channel:
            case "ticker":
                return self.ticker(pair).topic
            case "trade":
                return self.trades(pair).trade
            case "orderbook":
                return self.book(pair).orderbook
            case "obdiff":
                return self.book(pair).obdiff
        return None

    def spelled(self, event: str) -> str:
        """Return an event in the venue's own spelling: BTC_TRY is BTCTRY, and BTC_TRY_60 is BTCTRY_60."""
        name, _, resolution = event.rpartition("_")
        if (pair := self.pairs.find(event)) is not None:
            return pair.name
        pair = self.pairs.find(name)
        return event if pair is None else f"{pair.name}_{resolution}"

    def ticker(self, pair: Pair) -> TickerSource:
        """Return the source of a pair's ticker."""
        return self._tickers[pair.name]

    def book(self, pair: Pair) -> BookSource:
        """Return the source of a pair's book."""
        key = pair.instrument.id
        if key not in self._books:
            self._books[key] = BookSource(self._venue, pair, repeats=self._answers["books"] == "repeated")
        return self._books[key]

    def trades(self, pair: Pair) -> TradeSource:
        """Return the source of a pair's trades."""
        key = pair.instrument.id
        if key not in self._trades:
            self._trades[key] = TradeSource(self._venue, pair)
        return self._trades[key]

    def _candle(self, pair: Pair, resolution: str) -> CandleSource:
        candles = self._candles.setdefault(pair.instrument.id, {})
        if resolution not in candles:
            candles[resolution] = CandleSource(self._venue, pair, resolution, self._answers["weeks"])
        return candles[resolution]

    # ── listening ──

    def show(self, connection: Connection, topic: Topic, *, follow: bool) -> None:
        """Show *topic*, now or after its first reading, and what comes after it to who follows it."""
        self._paced.show(connection, topic, follow=follow)

    def drop(self, connection: Connection, topic: Topic) -> None:
        """Show no more of it."""
        self._paced.drop(connection, topic)

    async def ready(self, source: Source) -> None:
        """Return once *source* may be read; it then stands until the next beat."""
        await self._paced.ready(source)

    def _traded(self, instrument_id: int, trades: Sequence[Traded]) -> None:
        if (source := self._trades.get(instrument_id)) is not None:
            source.note(trades)
        for candle in self._candles.get(instrument_id, {}).values():
            candle.note(trades)
