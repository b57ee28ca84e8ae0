"""Quotes of the OTC desk: their life, their exact amounts, and where they are remembered.

Never decides whether a quote is given. Invariant: a quote's amounts follow from its price alone, rounded in the desk's favor, and
a quote that ended stays as it ended.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bedesten.core.errors import InvariantError
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPM

PRICE_SCALE: Final = 12  # decimals of a price: a spread on the cheapest asset here still shows
KEPT_NS: Final = 60_000_000_000  # how long a quote that nobody took is remembered, so that a late acceptance hears why
QUOTES_MAX: Final = 200_000  # remembered at once, some 100 MB
OPEN_MAX: Final = 10_000  # of one account: several connections full of streams


class QuoteState(enum.Enum):
    """Where a quote stands."""

    OPEN = "open"
    SETTLED = "settled"
    REQUOTED = "requoted"  # the price had moved: another quote was given in its stead
    REJECTED = "rejected"  # by the customer


S = QuoteState
NEXT: Final[Mapping[QuoteState, frozenset[QuoteState]]] = {
    S.OPEN: frozenset({S.SETTLED, S.REQUOTED, S.REJECTED}),
    S.SETTLED: frozenset(),
    S.REQUOTED: frozenset(),
    S.REJECTED: frozenset(),
}


@dataclass(slots=True)
class Quote:
    """A firm price for one side, until it expires.

    Units: base and quote in minor units; price and undiscounted in 10⁻¹² quote per base; reference in half ticks.
    """

    id: str  # "" : shown, but not to be taken
    account: int
    instrument: Instrument
    side: Side  # the customer's
    base: int
    quote: int
    price: int
    reference: int
    made_ns: int
    expires_ns: int
    client_id: str = ""
    in_quote: bool = False  # asked for in the quote asset
    state: QuoteState = QuoteState.OPEN
    replaced_by: str = ""
    ended_ns: int = 0
    settling: asyncio.Task[Any] | None = field(default=None, repr=False)  # an acceptance is under way
    #: The price without the customer's discount; 0: of a quote that was settled before the last start.
    undiscounted: int = field(default=0, compare=False)

    def end(self, state: QuoteState, now_ns: int) -> None:
        """Go to *state*, once and for all."""
        if state not in NEXT[self.state]:
            raise InvariantError(f"quote may not go from {self.state.name} to {state.name}")
        self.state, self.ended_ns = state, now_ns

    def part(self, base: int, quote: int) -> tuple[int, int]:
        """Return the amounts of a partial acceptance at the same price; what asks for more, or for nothing, gets all."""
        if 0 < base < self.base:
            return base, quote_of(self.instrument, self.side, self.price, base)
        if 0 < quote < self.quote:
            return min(base_of(self.instrument, self.side, self.price, quote), self.base), quote
        return self.base, self.quote


def price_with(instrument: Instrument, side: Side, reference: int, spread_ppm: int) -> int:
    """Return the price for a customer who buys above, or sells below, a reference in half ticks."""
    factor = PPM + spread_ppm if side is Side.BUY else PPM - spread_ppm
    units = reference * instrument.tick_size * factor * 10**PRICE_SCALE
    return _rounded(units, 2 * PPM * 10**instrument.price_scale, up=side is Side.BUY)


def quote_of(instrument: Instrument, side: Side, price: int, base: int) -> int:
    """Return what *base* costs a buyer, rounded up, or brings a seller, rounded down."""
    units = base * price * 10**instrument.quote.scale
    return _rounded(units, 10 ** (PRICE_SCALE + instrument.base.scale), up=side is Side.BUY)


def base_of(instrument: Instrument, side: Side, price: int, quote: int) -> int:
    """Return what *quote* buys, rounded down, or what must be sold for it, rounded up."""
    units = quote * 10 ** (PRICE_SCALE + instrument.base.scale)
    return _rounded(units, price * 10**instrument.quote.scale, up=side is Side.SELL)


def _rounded(units: int, divisor: int, *, up: bool) -> int:
    return -(-units // divisor) if up else units // divisor


class QuoteBook:
    """The quotes that may still be spoken of."""

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}  # oldest first, and so first to expire
        self._open: dict[int, int] = {}  # by account, those in _quotes

    def add(self, quote: Quote) -> bool:
        """Remember a quote, unless there are too many."""
        self._forget(quote.made_ns)
        held = self._open.get(quote.account, 0)
        if held >= OPEN_MAX or len(self._quotes) >= QUOTES_MAX:
            return False
        self._open[quote.account] = held + 1
        self._quotes[quote.id] = quote
        return True

    def find(self, account: int, quote_id: str) -> Quote | None:
        """Return a quote that was given to the account, as long as it may be spoken of."""
        quote = self._quotes.get(quote_id)
        return quote if quote is not None and quote.account == account else None

    def _forget(self, now_ns: int) -> None:
        while self._quotes:
            oldest = next(iter(self._quotes.values()))
            if oldest.expires_ns + KEPT_NS > now_ns:
                return
            del self._quotes[oldest.id]
            left = self._open[oldest.account] - 1
            if left:
                self._open[oldest.account] = left
            else:
                del self._open[oldest.account]
