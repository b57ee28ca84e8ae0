"""The beat of the feed: once a second every source that somebody hears tells what is new; the others go to rest.

Owns the sources and the tasks that read them. A commit only marks a book; trades are told as they happen. Nothing runs while
nobody listens.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk.feed_announcements import AnnouncementSource
from bedesten.dialects.btcturk.feed_candles import RESOLUTIONS, CandleSource
from bedesten.dialects.btcturk.feed_market import BookSource, TickerSource, TradeSource
from bedesten.dialects.btcturk.pairs import pairs_of
from bedesten.services.errors import Stopped

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.feed_topics import Source, Topic
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.dialects.contract import Connection
    from bedesten.domain.events import Traded
    from bedesten.services.venue import Venue

BEAT_NS: Final = 1_000_000_000  # the venue tells "at the latest every second"
CANDLE_CHANNELS: Final = (
    "tradeview",
    "tradingview",
)  # the manual's name, and that of a client of the venue's own people

_log = logging.getLogger("bedesten.btcturk.feed")


class Beat:
    """Every source of one venue, and the pulse that keeps those alive that are heard."""

    def __init__(self, venue: Venue, interval_ns: int = BEAT_NS) -> None:
        self.pairs = pairs_of(venue.catalogue)
        self.tickers = TickerSource(venue, self.pairs)
        self.announcements = AnnouncementSource(venue)
        self._venue = venue
        self._interval_ns = interval_ns
        self._books: dict[int, BookSource] = {}  # by instrument
        self._trades: dict[int, TradeSource] = {}
        self._candles: dict[int, dict[str, CandleSource]] = {}
        self._fresh: dict[Source, None] = {}  # to be read for the first time
        self._active: dict[Source, None] = {}
        self._beaten_ns = 0
        self._tasks: dict[str, asyncio.Task[None]] = {}
        venue.feeds.watch_trades(self._traded)

    # ── finding ──

    def topic(self, channel: str, event: str) -> Topic | None:
        """Return what a channel and an event name, or None. Events are capitals; small letters are read as such."""
        if channel in CANDLE_CHANNELS:
            name, _, resolution = event.upper().rpartition("_")
            pair = self.pairs.find(name)
            return None if pair is None or resolution not in RESOLUTIONS else self._candle(pair, resolution).topic
        if channel == "announcement" and event.lower() == "all":
            return self.announcements.topic
        if channel == "ticker" and event.lower() == "all":
            return self.tickers.all
        pair = self.pairs.find(event)
        if pair is None:
            return None
        match channel:
            case "ticker":
                return self.tickers.by_name[pair.name]
            case "trade":
                return self.trades(pair).trade
            case "orderbook":
                return self.book(pair).orderbook
            case "obdiff":
                return self.book(pair).obdiff
        return None

    def book(self, pair: Pair) -> BookSource:
        """Return the source of a pair's book."""
        key = pair.instrument.id
        if key not in self._books:
            self._books[key] = BookSource(self._venue, pair)
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
            candles[resolution] = CandleSource(self._venue, pair, resolution)
        return candles[resolution]

    # ── listening ──

    def show(self, connection: Connection, topic: Topic, *, follow: bool) -> None:
        """Show *topic*, now or after its first reading, and what comes after it to who follows it."""
        source = topic.source
        if source.is_warm:
            topic.show(connection, follow=follow)
            self._keep(source)
            return
        topic.waiting[connection] = follow or topic.waiting.get(connection, False)
        self._fresh[source] = None
        self._work("begin", self._begin)

    async def ready(self, source: Source) -> None:
        """Return once *source* may be read; it then stands until the next beat."""
        await source.begin()
        self._keep(source)

    def _keep(self, source: Source) -> None:
        if not self._active:
            self._venue.feeds.watch_books(self._changed)
            self._beaten_ns = self._venue.clock.now_ns()
        self._active[source] = None
        self._work("beat", self._run)

    # ── telling ──

    def _traded(self, instrument_id: int, trades: Sequence[Traded]) -> None:
        if (source := self._trades.get(instrument_id)) is not None:
            source.tell(trades)
        for candle in self._candles.get(instrument_id, {}).values():
            candle.note(trades)

    def _changed(self, instruments: set[int]) -> None:
        for instrument in instruments & self._books.keys():
            self._venue.sequencer.figures.conflated += self._books[instrument].is_changed
            self._books[instrument].is_changed = True

    def _work(self, name: str, start: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *start* in the background, unless it runs already."""
        if name not in self._tasks:
            task = asyncio.get_running_loop().create_task(start())
            self._tasks[name] = task
            task.add_done_callback(lambda ended: self._done(name, ended))

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        del self._tasks[name]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Stopped):  # stopped: nothing changes any more
            _log.error("the feed fell silent", exc_info=error)

    async def _begin(self) -> None:
        while self._fresh:
            source = next(iter(self._fresh))  # in the order they were asked for
            del self._fresh[source]
            await self.ready(source)
            for topic in source.topics:
                topic.show_waiting()

    async def _run(self) -> None:
        while self._active:
            await self._venue.clock.sleep_until_ns(self._beaten_ns + self._interval_ns)
            self._beaten_ns = self._venue.clock.now_ns()
            for source in tuple(self._active):
                if source.is_heard:
                    await source.beat()
                else:
                    source.end()
                    del self._active[source]
        self._venue.feeds.unwatch_books(self._changed)
