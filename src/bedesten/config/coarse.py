"""Instruments in which small fills round badly: a tick × a lot is no whole number of minor units, and no order is too small.

Owns the objection to such a file. Rounding is the aggressor's loss, up to a unit a fill (docs/money.md): with a least worth it
is a small part of what is traded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bedesten.config.described import VenueFile
from bedesten.config.values import Objection
from bedesten.domain.instruments import Instrument

LEAST_UNITS: Final = 1_000  # of quote, advised as an order's least worth: rounding is then a thousandth of it


def coarse(file: VenueFile) -> Iterator[Objection]:
    """Yield what is wrong with each instrument in which fills round and no order is too small."""
    for at, instrument in enumerate(file.instruments):
        if not _is_coarse(instrument):
            continue
        value, quote = instrument.tick_value, instrument.quote
        worth = f"{value.numerator}/{value.denominator}"
        least = instrument.amount_text(LEAST_UNITS)
        yield Objection(
            name=instrument.name,
            said=worth,
            key=f"instruments[{at}] ({instrument.name})",
            reason=f"one tick × one lot is worth {worth} of the smallest unit of {quote.code}, so small fills round badly, and "
            f"there is no min_notional: set min_notional, to {least} or more ({LEAST_UNITS:,} units), in the row or its group, "
            "or take a coarser tick_size or lot_size",
            taken="small fills round badly and there is no min_notional. Listed before, taken as it is; set min_notional",
        )


def _is_coarse(instrument: Instrument) -> bool:
    return instrument.tick_value.denominator > 1 and instrument.min_notional == 0
