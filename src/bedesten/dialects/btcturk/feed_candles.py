"""The candle that runs, of one pair at one resolution: read once when somebody asks for it, then kept up from the trades.

Source: BtcTurk WebSocket Feed 2.4.0, TradingView: events are PAIR_RESOLUTION; only the last candle is sent. Weeks begin on
Mondays and months on their first, in UTC. Deliberate: R is minutes, as the venue's clients bind it; a period in which nothing
has traded yet stands at the close before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bedesten.clock import NS_PER_S
from bedesten.dialects.btcturk import feed_models as models
from bedesten.dialects.btcturk.feed_models import Model, frame
from bedesten.dialects.btcturk.feed_topics import Source, Topic
from bedesten.services.market.candles import period_start
from bedesten.services.market.day import DAY_S
from bedesten.services.records import Candle

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.domain.events import Traded
    from bedesten.services.venue import Venue

MINUTE_S: Final = 60
DAYS_MAX: Final = 31  # in the longest period
PENDING_MAX: Final = 10_000  # trades that arrive while the past is read: far above what a read lasts

#: Minutes of each resolution, by its name on the wire.
RESOLUTIONS: Final[Mapping[str, int]] = {
    "1": 1, "5": 5, "15": 15, "30": 30, "60": 60, "240": 240, "1D": 1_440, "1W": 10_080, "1M": 43_200,
}  # fmt: skip


def start_of(resolution: str, instant_s: int) -> int:
    """Return where the period that holds an instant begins."""
    if resolution == "1M":
        return int(datetime.fromtimestamp(instant_s, UTC).replace(day=1, hour=0, minute=0, second=0).timestamp())
    return period_start(instant_s, RESOLUTIONS[resolution] * MINUTE_S)


class CandleSource(Source):
    """The candle that runs."""

    def __init__(self, venue: Venue, pair: Pair, resolution: str) -> None:
        super().__init__()
        self._venue = venue
        self._pair = pair
        self._resolution = resolution
        self._candle = Candle(0, 0, 0, 0, 0, 0, 0)
        self._pending: list[Traded] | None = None  # while the past is being read
        self._is_told = True
        self.topic = Topic(f"tradeview:{pair.name}_{resolution}", self, self._frame)

    async def begin(self) -> None:
        """Read what the period has brought so far."""
        if self.is_warm:
            return
        now_s = self._now_s()
        start_s = start_of(self._resolution, now_s)
        step_s = min(RESOLUTIONS[self._resolution] * MINUTE_S, DAY_S)
        self._pending = []
        # All trades until now are in what candles() looks at before it first waits; later ones are pending.
        parts = await self._venue.candles.candles(self._pair.instrument.id, step_s, start_s, now_s + 1, DAYS_MAX)
        pending, self._pending = self._pending, None
        self._candle = _joined(start_s, parts, self._venue.market_data.last_price(self._pair.instrument.id))
        self.is_warm = True
        self.note(pending or ())

    def note(self, trades: Sequence[Traded]) -> None:
        """Take in matches, oldest first."""
        if self._pending is not None:
            if len(self._pending) < PENDING_MAX:
                self._pending.extend(trades)
            return
        if not self.is_warm:
            return
        for trade in trades:
            self._roll(trade.time_ns // NS_PER_S, trade.price)
            self._candle = _with(self._candle, trade)
        self._is_told = self._is_told and not trades

    async def beat(self) -> None:
        """Tell the candle if it changed, or a new one has begun."""
        self._roll(self._now_s(), self._candle.close)
        if not self._is_told:
            self._is_told = True
            self.topic.channel.publish(self._frame())

    def _roll(self, now_s: int, price: int) -> None:
        start_s = start_of(self._resolution, now_s)
        if start_s > self._candle.start_s:
            self._candle = Candle(start_s, price, price, price, price, 0, 0)
            self._is_told = False

    def _frame(self) -> bytes:
        minutes = RESOLUTIONS[self._resolution]
        return frame(Model.TRADING_VIEW, models.trading_view(self._pair, self._resolution, minutes, self._candle))

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
