"""Book chains: what the subscribers of one instrument at one grouping have been told, and the frames that tell them the rest.

Owns the rendering of `/ws/oss/spot` data and nothing else: no clock, no connection, no reading of the core. What changed, and
that its numbers have no gaps and never go back, is the depth window's affair (dialects/depth_window.py).

Source: BTSE spot API, "Order Book Websocket Streams" (https://btsecom.github.io/docs/spot/en/), read 2026-11-20; the order of a
snapshot's asks (best last), size "0" for levels that leave the window and silence while idle are how the venue behaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bedesten.dialects.depth_window import NS_PER_MS, Change, DepthWindow, Level
from bedesten.dialects.printing import decimal_printer, quoted
from bedesten.domain.instruments import Instrument

WINDOW_LEVELS: Final = 50  # a side, as the venue documents its snapshots


class LevelPrinter:
    """Prints the levels of one instrument as JSON pairs of strings."""

    __slots__ = ("price", "quantity")

    def __init__(self, instrument: Instrument) -> None:
        self.price = decimal_printer(instrument.tick_size, instrument.price_scale)
        self.quantity = decimal_printer(instrument.lot_size, instrument.quantity_scale)

    def levels(self, levels: Sequence[Level]) -> str:
        """Return *levels* as the inside of a JSON array; a quantity of zero is exactly "0", as clients compare it."""
        price, quantity = self.price, self.quantity
        return ",".join([f'["{price(at)}","{quantity(lots) if lots else "0"}"]' for at, lots in levels])


class BookChain:
    """One instrument's book at one grouping, as its subscribers know it.

    Cold until `begin`; from then on `advance` yields what changed. The payload is a frame's "data", which every topic that
    shares the chain wraps in its own name.
    """

    __slots__ = ("_printer", "_symbol", "_window", "step")

    def __init__(self, instrument: Instrument, symbol: str, step: int) -> None:
        self._printer = LevelPrinter(instrument)
        self._symbol = symbol
        self._window = DepthWindow()
        self.step = step  # of prices, in ticks

    @property
    def is_warm(self) -> bool:
        """Whether it was begun."""
        return self._window.is_warm

    def begin(self, bids: Sequence[Level], asks: Sequence[Level], *, seq: int, time_ns: int) -> None:
        """Start the chain at the venue's sequence number *seq*, showing these best levels."""
        self._window.begin(bids, asks, seq=seq, time_ns=time_ns)

    def advance(self, bids: Sequence[Level], asks: Sequence[Level], *, time_ns: int) -> str | None:
        """Show these best levels from now on; return the delta's payload, or None when nothing changed."""
        changed = self._window.advance(bids, asks, time_ns=time_ns)
        return None if changed is None else self._payload("delta", *map(_after, changed))

    def snapshot(self) -> str:
        """Return the payload that shows the whole window: bids best first, asks best last."""
        window = self._window
        return self._payload("snapshot", [*window.bids.items()], _reversed(window.asks))

    def _payload(self, kind: str, bids: Sequence[Level], asks: Sequence[Level]) -> str:
        levels, window = self._printer.levels, self._window
        return (
            f'{{"bids":[{levels(bids)}],"asks":[{levels(asks)}],"seqNum":{window.seq},"prevSeqNum":{window.seq - 1},'
            f'"type":"{kind}","timestamp":{window.time_ms},"symbol":{quoted(self._symbol)}}}'
        )


class BestQuotes:
    """One instrument's best bid and offer, as its `snapshotL1` subscribers know them."""

    __slots__ = ("_best", "_printer", "_symbol", "is_warm", "time_ms")

    def __init__(self, instrument: Instrument, symbol: str) -> None:
        self._printer = LevelPrinter(instrument)
        self._symbol = symbol
        self._best: tuple[Sequence[Level], Sequence[Level]] = ((), ())
        self.time_ms = 0
        self.is_warm = False

    def advance(self, bids: Sequence[Level], asks: Sequence[Level], *, time_ns: int) -> str | None:
        """Show the first of these levels from now on; return the payload, or None when neither changed."""
        best = (tuple(bids[:1]), tuple(asks[:1]))
        if self.is_warm and best == self._best:
            return None
        self._best, self.time_ms, self.is_warm = best, time_ns // NS_PER_MS, True
        return self.snapshot()

    def snapshot(self) -> str:
        """Return the payload that shows both; a side without orders is an empty array."""
        bids, asks = self._best
        levels = self._printer.levels
        return (
            f'{{"bids":[{levels(bids)}],"asks":[{levels(asks)}],"type":"snapshotL1","symbol":{quoted(self._symbol)},'
            f'"timestamp":{self.time_ms}}}'
        )


def _after(changes: Sequence[Change]) -> list[Level]:
    """Return the levels to overwrite; those that are gone have quantity 0."""
    return [(price, now) for price, _, now in changes]


def _reversed(side: Mapping[int, int]) -> list[Level]:
    return [*side.items()][::-1]
