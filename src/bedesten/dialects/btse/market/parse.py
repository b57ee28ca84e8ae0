"""Parameters of queries for market data and histories: how much of what, from where to where. Reads; never decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from bedesten.dialects.btse import errors, symbols
from bedesten.dialects.btse.errors import PUBLIC_PARAMETER, BtseError, Shape
from bedesten.dialects.btse.market.errors import wrong
from bedesten.dialects.btse.market.shapes import (
    MarketsQuery,
)
from bedesten.domain.instruments import Instrument
from bedesten.services.ports import NS_MAX

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

DEPTH_MAX: Final = 500  # what a request for more gets

COUNT_MAX: Final = 500

MS_FROM: Final = 100_000_000_000  # a time this large is milliseconds: as seconds it would be the year 5138

SERIAL_MAX: Final = NS_MAX  # what a larger one is taken for: behind everything there is


def levels_of(asked: int | None, default: int, name: str) -> int:
    """Return how many levels to show; 0 is what clients send for "as many as usual"."""
    if asked is not None and asked < 0:
        raise errors.invalid(name)
    return min(asked or default, DEPTH_MAX)


class Bounds(NamedTuple):
    """Serial numbers between which rows are told; is_onwards: those nearest to *after*."""

    after: int
    before: int
    is_given: bool
    is_onwards: bool

    @property
    def to_line(self) -> int:
        """The number of the line that is walked on from, 0 for none: lines of the wallet's history are not in order."""
        return 0 if self.before == SERIAL_MAX else self.before


def bounds_of(before: int | None, after: int | None) -> Bounds:
    """Return where a walk goes on; 0 is what clients send for "from the end"."""
    for name, serial in (("beforeSerialId", before), ("afterSerialId", after)):
        if serial is not None and serial < 0:
            raise errors.invalid(name)
    return Bounds(
        min(after or 0, SERIAL_MAX),
        min(before or SERIAL_MAX, SERIAL_MAX),
        bool(before or after),
        bool(after and not before),
    )


def count_of(asked: int | None, default: int) -> int:
    """Return how many rows to show."""
    if not asked:
        return default
    if asked > COUNT_MAX:
        raise errors.BtseError(errors.PARAMETER, f"Can't support count more than {COUNT_MAX}")
    if asked < 0:
        raise errors.invalid("count")
    return asked


def time_range(start_ms: int | None, end_ms: int | None, now_ms: int, window_ms: int) -> tuple[int, int]:
    """Return both ends of a range of which none, one or both were given."""
    if end_ms is None:
        end_ms = now_ms if start_ms is None else start_ms + window_ms
    if start_ms is None:
        start_ms = end_ms - window_ms
    if start_ms > end_ms or end_ms >= MS_FROM * 100:
        raise errors.invalid("startTime and endTime")
    return max(start_ms, 0), max(end_ms, 0)


def _seconds(instant: int | None) -> int | None:
    if instant is None:
        return None
    if not 0 <= instant < MS_FROM * 100:
        raise errors.invalid("start and end")
    return instant // 1000 if instant >= MS_FROM else instant


_names: Final = msgspec.json.Decoder(list[str])


def instrument_of(venue: Venue, symbol: str) -> Instrument:
    """Return the instrument of a symbol."""
    if not symbol:
        raise BtseError(PUBLIC_PARAMETER, "", shape=Shape.EMPTY)
    instrument = symbols.find(venue.catalogue, symbol)
    if instrument is None:
        raise wrong(f"Invalid symbol format {symbol[:32]}")
    return instrument


def chosen(venue: Venue, query: MarketsQuery) -> list[Instrument]:
    """Return the instruments that one of symbol, symbols and types names; without any, all."""
    if sum(given is not None for given in (query.symbol, query.symbols, query.types)) > 1:
        raise wrong("symbol, symbols and types exclude one another")
    if query.symbol is not None:
        return [instrument_of(venue, query.symbol)]
    if query.symbols is not None:
        return [instrument_of(venue, symbol) for symbol in listed(query.symbols, "symbols")]
    if query.types is not None and "Spot" not in _types(query.types):
        return []
    return list(venue.catalogue.instruments)


def _types(text: str) -> list[str]:
    """Return the types of markets that are asked for: a JSON array, and nothing else, as recorded."""
    try:
        return _names.decode(text)
    except msgspec.DecodeError:
        raise BtseError(PUBLIC_PARAMETER, "Invalid json format", verbatim=True, shape=Shape.A) from None


def listed(text: str, name: str) -> list[str]:
    """Return the strings of a JSON array, or of a plain list with commas."""
    if not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return _names.decode(text)
    except msgspec.DecodeError:
        raise wrong(name) from None
