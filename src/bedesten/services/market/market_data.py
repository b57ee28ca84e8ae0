"""Market data: depth, last trades, prices and the last day, as the public may see them. All integers; dialects write them out.

What comes from the core is read between commits; what comes from trades is kept as they are published.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.domain.enums import Side
from bedesten.domain.events import Traded
from bedesten.services.market.candles import Candles
from bedesten.services.ports import NS_MAX, History, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Trade
from bedesten.services.threads import histories

RECENT_TRADES_MAX: Final = 500  # per instrument: the most that a venue here shows without a time range
DEPTH_LIMIT_MAX: Final = 1_000  # levels of a side in one answer
TRADES_MAX: Final = 1_000  # rows of past trades in one answer

Level = tuple[int, int]


class Depth(NamedTuple):
    """The best levels of a book, best first. Units: (price ticks, displayed lots); seq: the last command it knows."""

    instrument: int
    bids: list[Level]
    asks: list[Level]
    time_ns: int
    seq: int


class Bbo(NamedTuple):
    """Best bid and offer; zeros where there is none. Units: ticks and lots."""

    bid_price: int
    bid_quantity: int
    ask_price: int
    ask_quantity: int


class Summary(NamedTuple):
    """An instrument's last 24 hours and its prices now.

    Units: prices ticks, volume_lots lots, quote_volume quote minor units; 0 where there is none.
    """

    instrument: int
    open: int
    high: int
    low: int
    last: int
    volume_lots: int
    quote_volume: int
    bbo: Bbo
    index_price: int
    time_ns: int


class MarketData:
    """What the public may know."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, clock: Clock, candles: Candles, instruments: Iterable[int],
        past: History | None = None,
    ) -> None:  # fmt: skip
        self._history = past
        self._past: dict[int, tuple[int, list[Trade]]] = {}  # by instrument: up to where, and the matches, newest first
        self._sequencer = sequencer
        self._rows = rows
        self._clock = clock
        self._candles = candles
        self._instruments = tuple(instruments)
        self._recent: dict[int, deque[Traded | Trade]] = {
            instrument: deque(maxlen=RECENT_TRADES_MAX) for instrument in self._instruments
        }

    def include(self, instruments: Iterable[int]) -> None:
        """Tell of these, too."""
        self._instruments = tuple(dict.fromkeys((*self._instruments, *instruments)))
        for instrument in self._instruments:
            self._recent.setdefault(instrument, deque(maxlen=RECENT_TRADES_MAX))

    def load(self) -> None:
        """Read the last trades back from the store: call once, before the first new one."""
        for instrument, recent in self._recent.items():
            recent.extend(self._rows.trades(instrument, limit=RECENT_TRADES_MAX)[::-1])

    def note(self, instrument_id: int, trades: Sequence[Traded]) -> None:
        """Take in matches, oldest first."""
        if (recent := self._recent.get(instrument_id)) is not None:
            recent.extend(trades)

    # ── the book ──

    async def depth(self, instrument_id: int, limit: int, group: int = 1) -> Depth:
        """Return the best levels of both sides; *group*: ticks in one level.

        Raises: ValueError when *limit* is outside 1..DEPTH_LIMIT_MAX; dialects clamp before asking.
        """
        return await self._sequencer.read(lambda _: self.depth_now(instrument_id, limit, group))

    def depth_now(self, instrument_id: int, limit: int, group: int = 1) -> Depth:
        """Return what `depth` does, at once: for listeners of Feeds only, who are called between commits."""
        if not 1 <= limit <= DEPTH_LIMIT_MAX:
            raise ValueError(f"limit must be 1..{DEPTH_LIMIT_MAX}, was {limit}")
        machine = self._sequencer.state.machine
        bids = machine.depth(instrument_id, Side.BUY, limit, group)
        asks = machine.depth(instrument_id, Side.SELL, limit, group)
        return Depth(instrument_id, bids, asks, self._clock.now_ns(), machine.seq)

    async def bbo(self, instrument_id: int) -> Bbo:
        """Return the best bid and offer."""
        return await self._sequencer.read(lambda machine: Bbo(*machine.bbo(instrument_id)))

    # ── prices ──

    def last_price(self, instrument_id: int) -> int:
        """Return the price of the last trade; before the first one, the last close that history told, or 0."""
        recent = self._recent.get(instrument_id)
        return recent[-1].price if recent else self._candles.last_day(instrument_id).close

    async def price(self, instrument_id: int) -> int:
        """Return what `last_price` does, also of a market that never traded and whose past was not read yet.

        Raises: StoreFailure, Overloaded.
        """
        if not self._recent.get(instrument_id):
            await self.complete([instrument_id])
        return self.last_price(instrument_id)

    async def index_price(self, instrument_id: int) -> int:
        """Return the index price, 0 where none was told."""
        return await self._sequencer.read(lambda machine: machine.index_price(instrument_id))

    async def complete(self, instruments: Iterable[int]) -> None:
        """Read what the last day of these was before the venue started, unless it is known.

        Raises: StoreFailure, Overloaded.
        """
        await self._candles.complete(instruments)

    async def summary(self, instrument_id: int) -> Summary:
        """Return the last 24 hours of an instrument and its prices now."""
        await self.complete([instrument_id])
        return await self._sequencer.read(lambda _: self.summary_now(instrument_id))

    async def summaries(self) -> list[Summary]:
        """Return the summary of every instrument."""
        await self.complete(self._instruments)
        return await self._sequencer.read(lambda _: [self.summary_now(instrument) for instrument in self._instruments])

    def summary_now(self, instrument_id: int) -> Summary:
        """Return what `summary` does, at once and of the last day what is known: for who is called between commits."""
        machine = self._sequencer.state.machine
        day = self._candles.last_day(instrument_id)
        return Summary(
            instrument_id, day.open, day.high, day.low, self.last_price(instrument_id), day.volume_lots,
            day.quote_volume, Bbo(*machine.bbo(instrument_id)), machine.index_price(instrument_id), self._clock.now_ns(),
        )  # fmt: skip

    # ── trades ──

    def recent_trades(self, instrument_id: int, limit: int = RECENT_TRADES_MAX) -> list[Traded | Trade]:
        """Return the last matches, newest first, at most RECENT_TRADES_MAX; what history tells behind the venue's own."""
        recent = self._recent.get(instrument_id, ())
        limit = min(limit, RECENT_TRADES_MAX)
        found: list[Traded | Trade] = list(islice(reversed(recent), limit))
        return found if len(found) == limit else [*found, *self._told(instrument_id)[: limit - len(found)]]

    # Made when somebody first asks for it, and kept: it ends where the venue's own trades begin.
    def _told(self, instrument_id: int) -> list[Trade]:
        if self._history is None or instrument_id not in self._recent:
            return []
        end_s = self._candles.first_s(instrument_id)
        known = self._past.get(instrument_id)
        if known is None or known[0] != end_s:
            told = self._history.trades(instrument_id, end_s, RECENT_TRADES_MAX)[-RECENT_TRADES_MAX:]
            known = self._past[instrument_id] = end_s, told[::-1]
        return known[1]

    async def trades(
        self, instrument_id: int, start_ns: int = 0, end_ns: int = NS_MAX, limit: int = TRADES_MAX, *, after_id: int = 0,
        before_id: int = NS_MAX, oldest_first: bool = False,
    ) -> list[Trade]:  # fmt: skip
        """Return the matches in start_ns ≤ time < end_ns and after_id < number < before_id, newest first unless told.

        Those that history tells come behind the venue's own, RECENT_TRADES_MAX of them; after_id is one of the venue's own.
        """
        await self._sequencer.settled()
        limit = min(limit, TRADES_MAX)
        found = await histories.run(
            self._rows.trades, instrument_id, start_ns=start_ns, end_ns=end_ns, after_id=after_id, before_id=before_id,
            oldest_first=oldest_first, limit=limit,
        )  # fmt: skip
        if after_id or len(found) == limit and not oldest_first:
            return found
        past = [
            trade
            for trade in self._told(instrument_id)
            if start_ns <= trade.time_ns < end_ns and trade.trade_id < before_id
        ]
        return [*reversed(past), *found][:limit] if oldest_first else [*found, *past][:limit]
