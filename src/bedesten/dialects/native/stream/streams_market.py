"""Public channels: books, trades, candles, tickers, index prices, instruments, announcements.

Owns what each channel's listeners have been told. A channel is read once for all who hear it, between two commits, and forgotten
when nobody does. Invariant: snapshot and deltas, laid over one another in order, give what the venue's own reading gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.depth_window import Change, DepthWindow, Level
from bedesten.dialects.native.market import render as market
from bedesten.dialects.native.market import shapes as listed
from bedesten.dialects.native.market.parse import RESOLUTIONS_S
from bedesten.dialects.native.stream import render, shapes
from bedesten.dialects.native.times import NS_PER_S
from bedesten.dialects.paced import Source, Topic
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.market.candles import period_start
from bedesten.services.market.indexes import index_of
from bedesten.services.store_types import Candle

if TYPE_CHECKING:
    from bedesten.domain.events import Traded
    from bedesten.domain.instruments import Instrument
    from bedesten.services.store_types import Announcement, Trade
    from bedesten.services.venue import Venue

BOOK_LEVELS: Final = 100  # of each side that are shown
TRADES_SHOWN: Final = 50  # in a snapshot
CANDLES_SHOWN: Final = 100

Ended = Callable[["ChannelSource"], None]


class ChannelSource(Source):
    """A channel, its one topic, and what ends when nobody hears it."""

    def __init__(self, venue: Venue, name: str, ended: Ended, book: int = 0) -> None:
        super().__init__(book)
        self.venue = venue
        self.channel = name
        self.seq = 0  # where the channel stands
        self.topic = Topic(name, self, self.shown)
        self._ended = ended

    def shown(self) -> bytes:
        """Return the snapshot."""
        raise NotImplementedError

    def missed(self, after: int) -> bytes | None:
        """Return what was told behind number *after*; None when that is not known any more. b"": nothing was."""
        return b"" if self.is_warm and after == self.seq else None

    def publish(self, payload: bytes) -> None:
        """Tell everyone who listens."""
        self.topic.channel.publish(payload)

    def end(self) -> None:
        """Be forgotten."""
        super().end()
        self._ended(self)


class BookSource(ChannelSource):
    """The best levels of a book at one grouping."""

    is_pulsing = False

    def __init__(self, venue: Venue, name: str, ended: Ended, instrument: Instrument, group: int) -> None:
        super().__init__(venue, name, ended, instrument.id)
        self._instrument = instrument
        self._group = group
        self._printer = render.BookPrinter(instrument, name)
        self._window = DepthWindow()
        self._time_ns = 0

    def shown(self) -> bytes:
        """Return every level that is shown, best first."""
        window = self._window
        return self._printer.snapshot(window.seq, self._time_ns, [*window.bids.items()], [*window.asks.items()])

    def begin(self) -> None:
        """Take the first reading."""
        depth = self.venue.market_data.depth_now(self._instrument.id, BOOK_LEVELS, self._group)
        self._time_ns = depth.time_ns
        self._window.begin(depth.bids, depth.asks, seq=depth.seq, time_ns=depth.time_ns)
        self.seq = self._window.seq

    def tell(self) -> None:
        """Publish what changed since the last reading."""
        depth = self.venue.market_data.depth_now(self._instrument.id, BOOK_LEVELS, self._group)
        changed = self._window.advance(depth.bids, depth.asks, time_ns=depth.time_ns)
        if changed is not None:
            self._time_ns, self.seq = depth.time_ns, self._window.seq
            self.publish(self._printer.delta(self._window.seq, depth.time_ns, *map(_after, changed)))


def _after(changes: Sequence[Change]) -> list[Level]:
    return [(price, now) for price, _, now in changes]


class RowsSource(ChannelSource):
    """Rows by name, looked at again at every beat: those that differ are told. seq counts what was told."""

    def __init__(
        self, venue: Venue, name: str, ended: Ended, rows: Callable[[], Mapping[str, Any]],
        shape: Callable[[list[Any]], Any], *, prepare: Callable[[], Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(venue, name, ended)
        self._rows = rows
        self._shape = shape
        self._told: dict[str, Any] = {}
        self._prepare = prepare

    async def prepare(self) -> None:
        """Look up what the first reading needs of the store."""
        if self._prepare is not None:
            await self._prepare()

    def shown(self) -> bytes:
        """Return every row as it was told last."""
        return render.snapshot(self.channel, self.seq, self.venue.clock.now_ns(), self._shape([*self._told.values()]))

    def begin(self) -> None:
        """Take the first reading; the count goes on where it cannot have been before."""
        self._told, self.seq = dict(self._rows()), self.venue.clock.now_ns() // 1_000

    def tell(self) -> None:
        """Publish the rows that are others now."""
        rows = self._rows()
        changed = [row for name, row in rows.items() if _differs(self._told.get(name), row)]
        if changed:
            self._told, self.seq = dict(rows), self.seq + 1
            now_ns = self.venue.clock.now_ns()
            self.publish(render.delta(self.channel, self.seq, self.seq - 1, now_ns, self._shape(changed)))


def _differs(before: Any, now: Any) -> bool:
    """Return whether a row says something else, its own time aside."""
    if isinstance(now, listed.Ticker) and isinstance(before, listed.Ticker):
        return render.encode(before).partition(b'"volume"')[2] != render.encode(now).partition(b'"volume"')[2]
    return bool(before != now)


def tickers(venue: Venue, name: str, ended: Ended) -> ChannelSource:
    """Return the tickers of every instrument."""

    def rows() -> dict[str, listed.Ticker]:
        return {
            each.name: market.ticker(each, venue.market_data.summary_now(each.id))
            for each in venue.catalogue.instruments
        }

    async def prepare() -> None:
        await venue.market_data.complete([each.id for each in venue.catalogue.instruments])

    return RowsSource(venue, name, ended, rows, shapes.Tickers, prepare=prepare)


def instruments(venue: Venue, name: str, ended: Ended) -> ChannelSource:
    """Return the rules and states of every instrument."""
    machine = venue.sequencer.state.machine

    def rows() -> dict[str, listed.InstrumentRow]:
        return {
            each.name: market.instrument_row(each, machine.fee_rates(OUTSIDE, each.id))
            for each in venue.catalogue.instruments
        }

    return RowsSource(venue, name, ended, rows, shapes.Instruments)


def index(venue: Venue, name: str, ended: Ended, instrument: Instrument) -> ChannelSource:
    """Return an instrument's index price."""
    machine = venue.sequencer.state.machine

    def rows() -> dict[str, listed.IndexPrice]:
        told = index_of(machine, instrument.id)
        return {instrument.name: market.index(instrument, told, venue.clock.now_ns())}

    return RowsSource(venue, name, ended, rows, lambda found: found[0])


class TradesSource(ChannelSource):
    """An instrument's matches. seq is the number of the last one, so that it holds over a restart."""

    is_pulsing = False

    def __init__(self, venue: Venue, name: str, ended: Ended, instrument: Instrument) -> None:
        super().__init__(venue, name, ended)
        self._instrument = instrument
        venue.feeds.watch_trades(self._traded)

    def begin(self) -> None:
        """Begin behind the last match."""
        newest = self.venue.market_data.recent_trades(self._instrument.id, 1)
        self.seq = max(newest[0].trade_id, 0) if newest else 0

    def shown(self) -> bytes:
        """Return the last matches, newest first."""
        recent = self.venue.market_data.recent_trades(self._instrument.id, TRADES_SHOWN)
        rows = [market.trade(self._instrument, trade) for trade in recent]
        return render.snapshot(self.channel, self.seq, self.venue.clock.now_ns(), shapes.Trades(rows))

    def missed(self, after: int) -> bytes | None:
        """Return the matches behind number *after*, oldest first, as far as they are all remembered."""
        recent = [trade for trade in self.venue.market_data.recent_trades(self._instrument.id) if trade.trade_id > 0]
        if after == self.seq:
            return b""
        if not any(trade.trade_id <= after for trade in recent) or after > self.seq:
            return None
        return self._told([trade for trade in reversed(recent) if trade.trade_id > after], prev=after)

    def end(self) -> None:
        """Be forgotten."""
        self.venue.feeds.unwatch_trades(self._traded)
        super().end()

    def _traded(self, instrument_id: int, trades: list[Traded]) -> None:
        if instrument_id == self._instrument.id and self.is_warm:
            prev, self.seq = self.seq, trades[-1].trade_id
            self.publish(self._told(trades, prev=prev))

    def _told(self, trades: Sequence[Traded | Trade], *, prev: int) -> bytes:
        rows = [market.trade(self._instrument, trade) for trade in trades]
        last = trades[-1]
        return render.delta(self.channel, last.trade_id, prev, last.time_ns, shapes.Trades(rows))


class CandlesSource(ChannelSource):
    """An instrument's candles of one period: those that trades have changed are told at each beat."""

    def __init__(self, venue: Venue, name: str, ended: Ended, instrument: Instrument, resolution: str) -> None:
        super().__init__(venue, name, ended)
        self._instrument = instrument
        self._period_s = RESOLUTIONS_S[resolution]
        self._candles: dict[int, Candle] = {}  # by where they begin, oldest first
        self._changed: dict[int, None] = {}
        self._meanwhile: list[Traded] = []  # traded since the candles were read, before the first reading
        venue.feeds.watch_trades(self._traded)

    async def prepare(self) -> None:
        """Read the last candles, as they are now: what is traded until the first reading is laid over them."""
        self._candles, self._meanwhile = {}, []
        newest = self.venue.market_data.recent_trades(self._instrument.id, 1)
        if newest:
            end_s = newest[0].time_ns // NS_PER_S + 1
            read = await self.venue.candles.candles(self._instrument.id, self._period_s, 0, end_s, CANDLES_SHOWN)
            self._candles = {candle.start_s: candle for candle in read}

    def begin(self) -> None:
        """Begin to count where it cannot have been before."""
        for trade in self._meanwhile:
            self._take(trade)
        self._changed, self.seq = {}, self.venue.clock.now_ns() // 1_000

    def shown(self) -> bytes:
        """Return the last candles, with what was traded since the last beat."""
        rows = [market.candle(self._instrument, candle) for candle in self._candles.values()]
        return render.snapshot(self.channel, self.seq, self.venue.clock.now_ns(), shapes.Candles(rows))

    def tell(self) -> None:
        """Publish the candles that changed."""
        if not self._changed:
            return
        rows = [market.candle(self._instrument, self._candles[start_s]) for start_s in self._changed]
        self._changed, self.seq = {}, self.seq + 1
        now_ns = self.venue.clock.now_ns()
        self.publish(render.delta(self.channel, self.seq, self.seq - 1, now_ns, shapes.Candles(rows)))

    def end(self) -> None:
        """Be forgotten."""
        self.venue.feeds.unwatch_trades(self._traded)
        super().end()

    def _traded(self, instrument_id: int, trades: list[Traded]) -> None:
        if instrument_id != self._instrument.id:
            return
        if not self.is_warm:
            self._meanwhile += trades
            return
        for trade in trades:
            self._take(trade)

    def _take(self, trade: Traded) -> None:
        start_s = period_start(trade.time_ns // NS_PER_S, self._period_s)
        known, price = self._candles.get(start_s), trade.price
        if known is None:
            self._fill_up_to(start_s)
            known = Candle(start_s, price, price, price, price, 0, 0)
        self._candles[start_s] = Candle(
            start_s, known.open, max(known.high, price), min(known.low, price), price, known.volume_lots + trade.quantity,
            known.quote_volume + trade.notional,
        )  # fmt: skip
        self._changed[start_s] = None
        while len(self._candles) > CANDLES_SHOWN:
            self._changed.pop(oldest := next(iter(self._candles)), None)
            del self._candles[oldest]

    def _fill_up_to(self, start_s: int) -> None:
        """Add the periods without a match before the one that begins there: as many of them as are shown."""
        if not self._candles:
            return
        last = next(reversed(self._candles.values()))
        first_s = max(last.start_s + self._period_s, start_s - CANDLES_SHOWN * self._period_s)
        for gap_s in range(first_s, start_s, self._period_s):
            self._candles[gap_s] = Candle(gap_s, last.close, last.close, last.close, last.close, 0, 0)
            self._changed[gap_s] = None


class AnnouncementsSource(ChannelSource):
    """What the operator changed."""

    is_pulsing = False

    def __init__(self, venue: Venue, name: str, ended: Ended) -> None:
        super().__init__(venue, name, ended)
        self.seq = venue.clock.now_ns() // 1_000
        venue.feeds.watch_announcements(self._announced)

    def shown(self) -> bytes:
        """Return the last changes, oldest first."""
        rows = [market.announcement(each) for each in self.venue.feeds.announced]
        return render.snapshot(self.channel, self.seq, self.venue.clock.now_ns(), shapes.Announcements(rows))

    def end(self) -> None:
        """Rest: the changes are watched for as long as the venue runs, and told to whoever comes back."""
        self.is_warm = False

    def _announced(self, announcements: Sequence[Announcement]) -> None:
        self.seq += 1
        rows = [market.announcement(each) for each in announcements]
        now_ns = self.venue.clock.now_ns()
        self.publish(render.delta(self.channel, self.seq, self.seq - 1, now_ns, shapes.Announcements(rows)))
