"""Instruments in which small fills round badly: a tick × a lot is no whole number of minor units, and no order is too small.

Owns the sentence in which such a file is refused. Rounding is the aggressor's loss, up to a unit a fill (docs/money.md): with a
least worth it is a small part of what is traded. What a venue lists already may stay as it is: its data has to open.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from bedesten.config.described import VenueFile
from bedesten.config.settings import ConfigError
from bedesten.domain.instruments import Instrument

LEAST_UNITS: Final = 1_000  # of quote, advised as an order's least worth: rounding is then a thousandth of it


class _Every:
    """Contains every name."""

    def __contains__(self, name: object) -> bool:
        return True


#: For files that a venue keeps: they were taken before, and its data must open.
EVERY: Final[Container[str]] = _Every()


def coarse_instruments(file: VenueFile) -> frozenset[str]:
    """Return the names of the instruments in which fills round and no order is too small."""
    return frozenset(instrument.name for instrument in file.instruments if _is_coarse(instrument))


def refuse_coarse(file: VenueFile, *, source: str, tolerated: Container[str] = ()) -> None:
    """Refuse a file that lists such an instrument, but for those *tolerated*.

    Raises: ConfigError.
    """
    for at, instrument in enumerate(file.instruments):
        if not _is_coarse(instrument) or instrument.name in tolerated:
            continue
        value, quote = instrument.tick_value, instrument.quote
        worth = f"{value.numerator}/{value.denominator}"
        least = instrument.amount_text(LEAST_UNITS)
        raise ConfigError(
            f"{source}: instruments[{at}] ({instrument.name}): one tick × one lot is worth {worth} of the smallest unit of "
            f"{quote.code}, so small fills round badly, and there is no min_notional: set min_notional, to {least} or more "
            f"({LEAST_UNITS:,} units), in the row or its group, or take a coarser tick_size or lot_size"
        )


def _is_coarse(instrument: Instrument) -> bool:
    return instrument.tick_value.denominator > 1 and instrument.min_notional == 0
