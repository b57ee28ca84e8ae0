"""The feed's sources: tickers, books, last trades, and the candle that runs. Each renders a frame once, however many listen.

Source: BtcTurk WebSocket Feed 2.4.0, Channel, Event and Model. Tickers and whole books are told every second, changed or not;
differences when there are any; a whole book again from time to time among the differences, as the venue does. Deliberate: the
change number of a book goes up by one with each difference, where the venue's may skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk import feed_models as models
from bedesten.dialects.btcturk.feed_models import Model, frame
from bedesten.dialects.btcturk.feed_topics import Source, Topic
from bedesten.dialects.depth_window import DepthWindow

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair, Pairs
    from bedesten.domain.events import Traded
    from bedesten.services.market.market_data import Depth, Summary
    from bedesten.services.venue import Venue

WINDOW_LEVELS: Final = 100  # a side, as the venue sends
FULL_AGAIN_BEATS: Final = 60  # between two whole books among the differences: about a minute
RECENT_TRADES: Final = 50  # in a list of trades, and the most that can be asked for


class TickerSource(Source):
    """The ticker of every pair."""

    def __init__(self, venue: Venue, pairs: Pairs) -> None:
        super().__init__()
        self._venue = venue
        self._pairs = pairs
        self._rows: dict[str, tuple[Summary, str]] = {}  # by the pair's name, in the listing's order
        self.all = Topic("ticker:all", self, lambda: frame(Model.TICKER_ALL, models.ticker_all(self.items())))
        self.by_name = {pair.name: self._topic(pair) for pair in pairs}

    def items(self) -> str:
        """Return the tickers told last, as a JSON array."""
        return models.ticker_items(row for _, row in self._rows.values()) if self._rows else "[]"

    def body(self, pair: Pair) -> str:
        """Return the ticker of a pair told last."""
        return models.ticker_pair(pair, self._rows[pair.name][1])

    async def begin(self) -> None:
        """Read all of them."""
        if not self.is_warm:
            self._read(await self._venue.market_data.summaries())
            self.is_warm = True

    async def beat(self) -> None:
        """Tell what is heard again; when nobody hears all of them, the rest are not read and whoever asks has to wait."""
        market_data = self._venue.market_data
        if self.all.is_heard:
            self._read(await market_data.summaries())
        else:
            heard = [pair.instrument.id for pair in self._pairs if self.by_name[pair.name].is_heard]
            self._read([await market_data.summary(instrument) for instrument in heard])
            self.is_warm = False
        if len(self.all.channel):
            self.all.channel.publish(self.all.opening())
        for topic in self.by_name.values():
            if len(topic.channel):
                topic.channel.publish(topic.opening())

    def _read(self, days: Sequence[Summary]) -> None:
        now = {day.instrument: day for day in days}
        for pair in self._pairs:
            if pair.instrument.id not in now:
                continue
            day = now[pair.instrument.id]._replace(time_ns=0)
            told = self._rows.get(pair.name)
            if told is None or told[0] != day:
                self._rows[pair.name] = day, models.ticker_row(pair, day)

    def _topic(self, pair: Pair) -> Topic:
        return Topic(f"ticker:{pair.name}", self, lambda: frame(Model.TICKER_PAIR, self.body(pair)))


class BookSource(Source):
    """The book of one pair: whole on one topic, by differences on the other."""

    def __init__(self, venue: Venue, pair: Pair) -> None:
        super().__init__()
        self._venue = venue
        self._instrument, self._group = pair.instrument.id, pair.group
        self._printer = models.LevelPrinter(pair)
        self._window = DepthWindow()
        self._beats = 0
        self._whole: dict[str, bytes] = {}  # frames of the window as it is, by channel
        self.is_changed = False  # the core's book, since the window was read
        self.orderbook = Topic(f"orderbook:{pair.name}", self, lambda: self._full("orderbook"))
        self.obdiff = Topic(f"obdiff:{pair.name}", self, lambda: self._full("obdiff"))

    def body(self) -> str:
        """Return the whole book told last."""
        window = self._window
        return models.book_full(self._printer, window.seq, window.bids, window.asks, "orderbook")

    async def begin(self) -> None:
        """Read the window."""
        if not self.is_warm:
            await self._venue.sequencer.read(lambda _: self._begin(self._depth()))

    async def beat(self) -> None:
        """Tell the differences, and the whole book to those who want it whole."""
        if self.is_changed:
            await self._venue.sequencer.read(lambda _: self._advance(self._depth()))
        self._beats += 1
        if self._beats % FULL_AGAIN_BEATS == 0 and len(self.obdiff.channel):
            self.obdiff.channel.publish(self.obdiff.opening())
        if len(self.orderbook.channel):
            self.orderbook.channel.publish(self.orderbook.opening())

    def _depth(self) -> Depth:
        return self._venue.market_data.depth_now(self._instrument, WINDOW_LEVELS, self._group)

    def _begin(self, depth: Depth) -> None:
        if self.is_warm:
            return
        self._window.begin(depth.bids, depth.asks, seq=depth.seq, time_ns=depth.time_ns)
        self._whole.clear()
        self.is_changed, self.is_warm = False, True

    def _advance(self, depth: Depth) -> None:
        self.is_changed = False
        changed = self._window.advance(depth.bids, depth.asks, time_ns=depth.time_ns)
        if changed is None:
            return
        self._whole.clear()
        if len(self.obdiff.channel):
            body = models.book_difference(self._printer, self._window.seq, *changed)
            self.obdiff.channel.publish(frame(Model.BOOK_DIFFERENCE, body))

    def _full(self, channel: str) -> bytes:
        whole = self._whole.get(channel)
        if whole is None:
            window = self._window
            body = models.book_full(self._printer, window.seq, window.bids, window.asks, channel)
            whole = self._whole[channel] = frame(Model.BOOK_FULL, body)
        return whole


class TradeSource(Source):
    """The trades of one pair, as they happen. Always warm: the last ones are known."""

    def __init__(self, venue: Venue, pair: Pair) -> None:
        super().__init__()
        self._venue = venue
        self._pair = pair
        self.is_warm = True
        self.trade = Topic(f"trade:{pair.name}", self, self._opening)

    def items(self, count: int = RECENT_TRADES) -> str:
        """Return the last trades, newest first, as a JSON array."""
        return models.trade_items(self._pair, self._venue.market_data.recent_trades(self._pair.instrument.id, count))

    async def begin(self) -> None:
        """Nothing has to be read."""

    def end(self) -> None:
        """Stay warm."""

    def tell(self, trades: Sequence[Traded]) -> None:
        """Publish trades, each in a frame of its own."""
        if len(self.trade.channel):
            for trade in trades:
                body = models.trade_single(self._pair, trade)
                self.trade.channel.publish(frame(Model.TRADE_SINGLE, body))

    def _opening(self) -> bytes:
        return frame(Model.TRADE_LIST, models.trade_list(self._pair, self.items()))
