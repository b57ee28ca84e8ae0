"""The feed's sources: tickers, books, last trades, and the candle that runs. Each renders a frame once, however many listen.

Source: BtcTurk WebSocket Feed 2.4.0, Channel, Event and Model. Tickers are told every second, changed or not; whole books and
differences when there are any, and among differences never a whole book again (recorded 2026-09-23), unless the venue file
chooses what was so before. Deliberate: the change number of a book goes up by one with each difference; the venue's may skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.feed import render as models
from bedesten.dialects.btcturk.feed.render import Model, frame
from bedesten.dialects.depth_window import DepthWindow
from bedesten.dialects.paced import Source, Topic

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair, Pairs
    from bedesten.domain.events import Traded
    from bedesten.services.market.market_data import Depth, MarketData, Summary
    from bedesten.services.venue import Venue

WINDOW_LEVELS: Final = 100  # a side, as the venue sends
FULL_AGAIN_BEATS: Final = 60  # between two whole books among the differences, where they are repeated: about a minute
RECENT_TRADES: Final = 50  # in a list of trades, and the most that can be asked for


class TickersSource(Source):
    """The ticker of every pair."""

    def __init__(self, venue: Venue, pairs: Pairs, *, is_long: bool = False) -> None:
        super().__init__()
        self._is_long = is_long
        self._venue = venue
        self._pairs = pairs
        self._rows: list[TickerRow] = []  # in the listing's order
        self.all = Topic("ticker:all", self, lambda: frame(Model.TICKER_ALL, models.ticker_all(self.items())))

    def items(self) -> str:
        """Return the tickers told last, as a JSON array."""
        return models.ticker_items(row.text for row in self._rows) if self._rows else "[]"

    async def prepare(self) -> None:
        """Look the last day up."""
        await self._venue.market_data.complete(pair.instrument.id for pair in self._pairs)

    def begin(self) -> None:
        """Read all of them."""
        self._rows = [TickerRow(pair, is_long=self._is_long) for pair in self._pairs]
        self._read()

    def tell(self) -> None:
        """Tell all of them again."""
        self._read()
        self.all.channel.publish(self.all.opening())

    def _read(self) -> None:
        for row in self._rows:
            row.read(self._venue.market_data)


class TickerSource(Source):
    """The ticker of one pair."""

    def __init__(self, venue: Venue, pair: Pair, *, is_long: bool = False) -> None:
        super().__init__()
        self._venue = venue
        self._pair = pair
        self._row = TickerRow(pair, is_long=is_long)
        self.topic = Topic(f"ticker:{pair.name}", self, lambda: frame(Model.TICKER_PAIR, self.body()))

    def body(self) -> str:
        """Return the ticker told last."""
        return models.ticker_pair(self._pair, self._row.text)

    async def prepare(self) -> None:
        """Look the last day up."""
        await self._venue.market_data.complete([self._pair.instrument.id])

    def begin(self) -> None:
        """Read it."""
        self._row.read(self._venue.market_data)

    def tell(self) -> None:
        """Tell it again."""
        self._row.read(self._venue.market_data)
        self.topic.channel.publish(self.topic.opening())


class TickerRow:
    """What a pair's ticker says, rendered again only when it changed."""

    __slots__ = ("_day", "_is_long", "_pair", "text")

    def __init__(self, pair: Pair, *, is_long: bool = False) -> None:
        self._is_long = is_long
        self._pair = pair
        self._day: Summary | None = None
        self.text = ""

    def read(self, market_data: MarketData) -> None:
        """Take the day and the prices as they are; called between two commits."""
        day = market_data.summary_now(self._pair.instrument.id)._replace(time_ns=0)
        if day != self._day:
            self._day, self.text = day, models.ticker_row(self._pair, day, is_long=self._is_long)


class BookSource(Source):
    """The book of one pair: whole on one topic, by differences on the other."""

    def __init__(self, venue: Venue, pair: Pair, *, repeats: bool = False) -> None:
        super().__init__(pair.instrument.id)
        self._venue = venue
        self._repeats = repeats
        self._group = pair.group
        self._printer = models.LevelPrinter(pair)
        self._window = DepthWindow()
        self._beats = 0
        self._whole: dict[str, bytes] = {}  # frames of the window as it is, by channel
        self.orderbook = Topic(f"orderbook:{pair.name}", self, lambda: self._full("orderbook"))
        self.obdiff = Topic(f"obdiff:{pair.name}", self, lambda: self._full("obdiff"))

    def body(self) -> str:
        """Return the whole book told last."""
        window = self._window
        return models.book_full(self._printer, window.seq, window.bids, window.asks, "orderbook")

    def begin(self) -> None:
        """Read the window."""
        depth = self._depth()
        self._window.begin(depth.bids, depth.asks, seq=depth.seq, time_ns=depth.time_ns)
        self._whole.clear()

    def tell(self) -> None:
        """Tell the differences, and the whole book to those who want it whole, if it changed."""
        if self.is_changed:
            self._advance(self._depth())
        if self._repeats:
            self._repeat()

    def _repeat(self) -> None:
        self._beats += 1
        if self._beats % FULL_AGAIN_BEATS == 0 and len(self.obdiff.channel):
            self.obdiff.channel.publish(self.obdiff.opening())
        if len(self.orderbook.channel):
            self.orderbook.channel.publish(self.orderbook.opening())

    def _depth(self) -> Depth:
        return self._venue.market_data.depth_now(self.book, WINDOW_LEVELS, self._group)

    def _advance(self, depth: Depth) -> None:
        changed = self._window.advance(depth.bids, depth.asks, time_ns=depth.time_ns)
        if changed is None:
            return
        self._whole.clear()
        if len(self.obdiff.channel):
            body = models.book_difference(self._printer, self._window.seq, *changed)
            self.obdiff.channel.publish(frame(Model.BOOK_DIFFERENCE, body))
        if len(self.orderbook.channel) and not self._repeats:
            self.orderbook.channel.publish(self.orderbook.opening())

    def _full(self, channel: str) -> bytes:
        whole = self._whole.get(channel)
        if whole is None:
            window = self._window
            body = models.book_full(self._printer, window.seq, window.bids, window.asks, channel)
            whole = self._whole[channel] = frame(Model.BOOK_FULL, body)
        return whole


class TradeSource(Source):
    """The trades of one pair, as they happen. Always warm: the last ones are known."""

    is_pulsing = False

    def __init__(self, venue: Venue, pair: Pair) -> None:
        super().__init__()
        self._venue = venue
        self._pair = pair
        self.is_warm = True
        self.trade = Topic(f"trade:{pair.name}", self, self._opening)

    def items(self, count: int = RECENT_TRADES) -> str:
        """Return the last trades, newest first, as a JSON array."""
        return models.trade_items(self._pair, self._venue.market_data.recent_trades(self._pair.instrument.id, count))

    def end(self) -> None:
        """Stay warm."""

    def note(self, trades: Sequence[Traded]) -> None:
        """Publish trades, each in a frame of its own."""
        if len(self.trade.channel):
            for trade in trades:
                body = models.trade_single(self._pair, trade)
                self.trade.channel.publish(frame(Model.TRADE_SINGLE, body))

    def _opening(self) -> bytes:
        return frame(Model.TRADE_LIST, models.trade_list(self._pair, self.items()))
