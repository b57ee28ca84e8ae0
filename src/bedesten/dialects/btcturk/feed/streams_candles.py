"""The candle that runs, of one pair at one resolution: read once when somebody asks for it, then kept up from the trades.

Source: BtcTurk WebSocket Feed 2.4.0, TradingView: events are PAIR_RESOLUTION; only the last candle is sent. Weeks begin on
Thursdays, as those of klines/history do, and months on their first, in UTC. Deliberate: R is minutes, as the venue's clients bind
it; a period in which nothing has traded yet stands at the close before it. The last frame of a candle that has ended comes before
the first of the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bedesten.clock import NS_PER_S
from bedesten.dialects.btcturk.feed import render as models
from bedesten.dialects.btcturk.feed.render import Model, frame
from bedesten.dialects.paced import Source, Topic
from bedesten.services.market.candles import WEEK_S, period_start
from bedesten.services.market.day import DAY_S
from bedesten.services.store_types import Candle

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.domain.events import Traded
    from bedesten.services.venue import Venue

MINUTE_S: Final = 60
DAYS_MAX: Final = 31  # in the longest period

#: Minutes of each resolution, by its name on the wire.
RESOLUTIONS: Final[Mapping[str, int]] = {
    "1": 1, "5": 5, "15": 15, "30": 30, "60": 60, "240": 240, "1D": 1_440, "1W": 10_080, "1M": 43_200,
}  # fmt: skip


def start_of(resolution: str, instant_s: int, weeks: str = "thursday") -> int:
    """Return where the period that holds an instant begins; weeks on Thursdays, as the epoch did, or on Mondays."""
    if resolution == "1W" and weeks == "thursday":
        return instant_s - instant_s % WEEK_S
    if resolution == "1M":
        return int(datetime.fromtimestamp(instant_s, UTC).replace(day=1, hour=0, minute=0, second=0).timestamp())
    return period_start(instant_s, RESOLUTIONS[resolution] * MINUTE_S)


class CandleSource(Source):
    """The candle that runs, and those before it that have not been told as they ended.

    Invariant: the last frame of every candle that somebody heard tells all that was traded in it.
    """

    def __init__(self, venue: Venue, pair: Pair, resolution: str, weeks: str = "thursday") -> None:
        super().__init__()
        self._weeks = weeks
        self._venue = venue
        self._pair = pair
        self._resolution = resolution
        self._candles: dict[int, Candle] = {}  # by their start, oldest first; the last one runs
        self._untold: dict[int, None] = {}  # the starts of those that changed since they were told
        self._read: tuple[int, Sequence[Candle]] = (0, ())  # the period and its parts, for the first reading
        self._meanwhile: dict[int, Candle] | None = None  # what is traded while they are being read
        self.topic = Topic(f"tradeview:{pair.name}_{resolution}", self, lambda: self._frame(self._running))

    async def prepare(self) -> None:
        """Look up what the period has brought so far."""
        instrument = self._pair.instrument.id
        await self._venue.market_data.complete([instrument])
        now_s = self._now_s()
        start_s = start_of(self._resolution, now_s, self._weeks)
        step_s = min(RESOLUTIONS[self._resolution] * MINUTE_S, DAY_S)
        # All trades until now are in what candles() looks at before it first waits; those that follow are noted.
        self._meanwhile = {}
        self._read = (start_s, await self._venue.candles.candles(instrument, step_s, start_s, now_s + 1, DAYS_MAX))

    def begin(self) -> None:
        """Join it with what was traded meanwhile."""
        start_s, parts = self._read
        meanwhile, self._meanwhile = self._meanwhile or {}, None
        first = _joined(start_s, parts, self._venue.market_data.last_price(self._pair.instrument.id))
        self._candles, self._untold = {start_s: first}, {}
        for at_s, candle in sorted(meanwhile.items()):
            if at_s >= start_s:  # what ended before the reading is nobody's who listens
                before = self._candles.get(at_s)
                self._candles[at_s] = candle if before is None or not before.volume_lots else _one(before, candle)
        self._roll(self._now_s())
        self._let_go()

    def note(self, trades: Sequence[Traded]) -> None:
        """Take in matches, oldest first."""
        candles = self._candles if self.is_warm else self._meanwhile
        if candles is None:
            return
        for trade in trades:
            start_s = start_of(self._resolution, trade.time_ns // NS_PER_S, self._weeks)
            candle = candles.get(start_s)
            if candle is None and self.is_warm and start_s < self._running.start_s:
                continue  # of a time that nobody was shown
            candles[start_s] = _with(candle or Candle(start_s, 0, 0, 0, 0, 0, 0), trade)
            self._untold[start_s] = None

    def tell(self) -> None:
        """Tell what changed, a candle that ended before the one that has begun."""
        self._roll(self._now_s())
        for start_s in sorted(self._untold):
            self.topic.channel.publish(self._frame(self._candles[start_s]))
        self._untold.clear()
        self._let_go()

    def end(self) -> None:
        """Rest; what was traded until somebody listens again is looked up then."""
        super().end()
        self._meanwhile = None

    @property
    def _running(self) -> Candle:
        return self._candles[max(self._candles)]

    def _roll(self, now_s: int) -> None:
        start_s, before = start_of(self._resolution, now_s, self._weeks), self._running
        if start_s > before.start_s:
            self._candles[start_s] = Candle(start_s, before.close, before.close, before.close, before.close, 0, 0)
            self._untold[start_s] = None

    def _let_go(self) -> None:
        # The one before is kept: a clock that was set back may still stamp trades with its time.
        for start_s in sorted(self._candles)[:-2]:
            del self._candles[start_s]

    def _frame(self, candle: Candle) -> bytes:
        minutes = RESOLUTIONS[self._resolution]
        return frame(Model.TRADING_VIEW, models.trading_view(self._pair, self._resolution, minutes, candle))

    def _now_s(self) -> int:
        return self._venue.clock.now_ns() // NS_PER_S


def _joined(start_s: int, parts: Sequence[Candle], last: int) -> Candle:
    traded = [part for part in parts if part.volume_lots]
    if not traded:
        return Candle(start_s, last, last, last, last, 0, 0)
    return Candle(
        start_s, traded[0].open, max(part.high for part in traded), min(part.low for part in traded), traded[-1].close,
        sum(part.volume_lots for part in traded), sum(part.quote_volume for part in traded),
    )  # fmt: skip


def _with(candle: Candle, trade: Traded) -> Candle:
    price, volume = trade.price, candle.volume_lots
    return Candle(
        candle.start_s, candle.open if volume else price, max(candle.high, price) if volume else price,
        min(candle.low, price) if volume else price, price, volume + trade.quantity, candle.quote_volume + trade.notional,
    )  # fmt: skip


def _one(first: Candle, then: Candle) -> Candle:
    """Return one candle of what was traded first and what was traded then, both in its period."""
    return Candle(
        first.start_s, first.open, max(first.high, then.high), min(first.low, then.low), then.close,
        first.volume_lots + then.volume_lots, first.quote_volume + then.quote_volume,
    )  # fmt: skip
