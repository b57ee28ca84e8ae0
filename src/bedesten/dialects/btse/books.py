"""Book chains: what the subscribers of one instrument at one grouping have been told, and the frames that tell them the rest.

Owns the rendering of `/ws/oss/spot` data and nothing else: no clock, no connection, no reading of the core. Invariants: the
deltas of a chain, laid over any of its snapshots, give the window last shown; numbers have no gaps and never go back, not
even across a restart, because a chain starts at the venue's own sequence number and every delta was caused by at least one
command.

Source: BTSE spot API, "Order Book Websocket Streams" (https://btsecom.github.io/docs/spot/en/), read 2026-11-20; the order of a
snapshot's asks (best last), size "0" for levels that leave the window and silence while idle are how the venue behaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bedesten.domain.instruments import Instrument

WINDOW_LEVELS: Final = 50  # a side, as the venue documents its snapshots
NS_PER_MS: Final = 1_000_000

Level = tuple[int, int]  # price in ticks, quantity in lots


def decimal_printer(unit: int, scale: int) -> Callable[[int], str]:
    """Return a function that prints a count of *unit* ten to the minus *scale* with all its decimals: "59249.0"."""
    if scale == 0:
        return lambda count: str(count * unit)
    base = 10**scale

    def text(count: int) -> str:
        whole, fraction = divmod(count * unit, base)
        return f"{whole}.{fraction:0{scale}d}"

    return text


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

    __slots__ = ("_asks", "_bids", "_printer", "_symbol", "is_warm", "seq", "step", "time_ms")

    def __init__(self, instrument: Instrument, symbol: str, step: int) -> None:
        self._printer = LevelPrinter(instrument)
        self._symbol = symbol
        self.step = step  # of prices, in ticks
        self.seq = 0
        self.time_ms = 0
        self.is_warm = False
        self._bids: dict[int, int] = {}  # best first
        self._asks: dict[int, int] = {}  # best first

    def begin(self, bids: Sequence[Level], asks: Sequence[Level], *, seq: int, time_ns: int) -> None:
        """Start the chain at the venue's sequence number *seq*, showing these best levels."""
        self._bids, self._asks = dict(bids), dict(asks)
        self.seq, self.time_ms = max(seq, 1), time_ns // NS_PER_MS
        self.is_warm = True

    def advance(self, bids: Sequence[Level], asks: Sequence[Level], *, time_ns: int) -> str | None:
        """Show these best levels from now on; return the delta's payload, or None when nothing changed."""
        new_bids, new_asks = dict(bids), dict(asks)
        bid_rows = _changes(self._bids, new_bids)
        ask_rows = _changes(self._asks, new_asks)
        if not bid_rows and not ask_rows:
            return None
        self._bids, self._asks = new_bids, new_asks
        self.seq, self.time_ms = self.seq + 1, time_ns // NS_PER_MS
        return self._payload("delta", bid_rows, ask_rows)

    def snapshot(self) -> str:
        """Return the payload that shows the whole window: bids best first, asks best last."""
        asks = list(self._asks.items())
        asks.reverse()
        return self._payload("snapshot", list(self._bids.items()), asks)

    def _payload(self, kind: str, bids: Sequence[Level], asks: Sequence[Level]) -> str:
        levels = self._printer.levels
        return (
            f'{{"bids":[{levels(bids)}],"asks":[{levels(asks)}],"seqNum":{self.seq},"prevSeqNum":{self.seq - 1},'
            f'"type":"{kind}","timestamp":{self.time_ms},"symbol":"{self._symbol}"}}'
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
            f'{{"bids":[{levels(bids)}],"asks":[{levels(asks)}],"type":"snapshotL1","symbol":"{self._symbol}",'
            f'"timestamp":{self.time_ms}}}'
        )


def _changes(old: dict[int, int], new: dict[int, int]) -> list[Level]:
    """Return the levels to overwrite in *old* so that it equals *new*; those that are gone have quantity 0."""
    rows = [(price, 0) for price in old if price not in new]
    rows += [level for level in new.items() if old.get(level[0]) != level[1]]
    return rows
