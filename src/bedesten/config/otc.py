"""The `[otc]` table of the venue file. Owns its shape in the file and its translation into the desk's terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from bedesten.config.values import Code, Decimal, ValueRefused, units
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPM, Amount
from bedesten.domain.otc import OtcMarket, OtcTerms, Spread

NS_PER_MS: Final = 1_000_000


class SpreadRow(msgspec.Struct, forbid_unknown_fields=True):
    """One step of the spread."""

    quantity: Decimal
    spread: Decimal


class MarketRow(msgspec.Struct, forbid_unknown_fields=True):
    """One instrument that the desk quotes."""

    base: Code
    quote: Code
    min_quantity: Decimal
    spreads: tuple[SpreadRow, ...]
    inventory_max: Decimal = 0


class OtcTable(msgspec.Struct, forbid_unknown_fields=True):
    """The table as it stands in the file."""

    valid_ms: Annotated[int, msgspec.Meta(ge=100, le=600_000)] = 10_000
    push_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] = 1_000
    push_move: Decimal = "0.0005"
    tolerance: Decimal = "0.001"
    discounts: tuple[Decimal, ...] = (0,)
    markets: tuple[MarketRow, ...] = ()


def otc_terms(table: OtcTable, instruments: Sequence[Instrument]) -> OtcTerms:
    """Return the desk's terms.

    Raises: ValueRefused.
    """
    unquoted = {instrument.name: instrument for instrument in instruments}
    markets = []
    for at, row in enumerate(table.markets):
        key = f"otc.markets[{at}] ({row.base}-{row.quote})"
        instrument = unquoted.pop(f"{row.base}-{row.quote}", None)
        if instrument is None:
            raise ValueRefused(key, "no such instrument, or a second row of it; name each instrument once")
        markets.append(_market(key, row, instrument))
    discounts = tuple(units("otc.discounts", each, scale=6, most=PPM) for each in table.discounts)
    return OtcTerms(
        valid_ns=table.valid_ms * NS_PER_MS,
        push_ns=table.push_ms * NS_PER_MS,
        push_move_ppm=units("otc.push_move", table.push_move, scale=6, most=PPM),
        tolerance_ppm=units("otc.tolerance", table.tolerance, scale=6, most=PPM),
        discounts_ppm=discounts or (0,),
        markets=tuple(markets),
    )


def _market(key: str, row: MarketRow, instrument: Instrument) -> OtcMarket:
    scale = instrument.base.scale
    least = Amount(units(f"{key}.min_quantity", row.min_quantity, scale=scale, least=1))
    spreads = tuple(
        Spread(
            quantity=Amount(units(f"{key}.spreads", each.quantity, scale=scale, least=1)),
            ppm=units(f"{key}.spreads", each.spread, scale=6, most=PPM // 2),
        )
        for each in row.spreads
    )
    sizes = [spread.quantity for spread in spreads]
    if not sizes or sizes != sorted(set(sizes)) or sizes[-1] < least:
        raise ValueRefused(f"{key}.spreads", "quantities must rise, the last to min_quantity at least; sort them")
    most = Amount(units(f"{key}.inventory_max", row.inventory_max, scale=scale))
    return OtcMarket(instrument=instrument.id, min_quantity=least, inventory_max=most, spreads=spreads)
