"""The `[otc]` table of the venue file. Owns its shape in the file and its translation into the desk's terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import msgspec
from msgspec.structs import replace

from bedesten.config.described import VenueFile
from bedesten.config.values import Code, Decimal, Objection, ValueRefused, units
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPM, Amount, to_text
from bedesten.domain.otc import OtcMarket, OtcTerms, Spread, discounted

NS_PER_MS: Final = 1_000_000
TOLERANCE_PPM: Final = 1_000  # where the file does not say, or the least spread if that is less


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
    tolerance: Decimal | None = None
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
    discounts = tuple(units("otc.discounts", each, scale=6, most=PPM) for each in table.discounts) or (0,)
    return OtcTerms(
        valid_ns=table.valid_ms * NS_PER_MS,
        push_ns=table.push_ms * NS_PER_MS,
        push_move_ppm=units("otc.push_move", table.push_move, scale=6, most=PPM),
        tolerance_ppm=_tolerance(table.tolerance, markets, discounts),
        discounts_ppm=discounts,
        markets=tuple(markets),
    )


def _tolerance(written: Decimal | None, markets: Sequence[OtcMarket], discounts: Sequence[int]) -> int:
    """Return how far the reference price may move under a quote."""
    if written is None:
        return min(TOLERANCE_PPM, _least_spread(markets, discounts))
    return units("otc.tolerance", written, scale=6, most=PPM)


def _least_spread(markets: Sequence[OtcMarket], discounts: Sequence[int]) -> int:
    """Return what is left of the least spread for whoever has the greatest discount."""
    spreads = [spread.ppm for market in markets for spread in market.spreads]
    return min((discounted(ppm, max(discounts)) for ppm in spreads), default=TOLERANCE_PPM)


def _bound(terms: OtcTerms) -> int:
    """Return the greatest tolerance: what buying and selling again costs at least."""
    return 2 * _least_spread(terms.markets, terms.discounts_ppm)


def loose_tolerance(terms: OtcTerms) -> Iterator[Objection]:
    """Yield what is wrong with a tolerance beyond what buying and selling again costs."""
    bound = _bound(terms)
    if terms.tolerance_ppm <= bound:
        return
    written, most = to_text(terms.tolerance_ppm, scale=6), to_text(bound, scale=6)
    spreads = [spread.ppm for market in terms.markets for spread in market.spreads]
    there = f"a spread of {to_text(min(spreads), scale=6)}" if spreads else "a spread"
    less = to_text(max(terms.discounts_ppm), scale=6)
    costs = f"the {most} that buying and selling again costs at {there} less a discount of {less}"
    remedy = f"Set otc.tolerance to {most} at most, raise the spreads, or lower otc.discounts"
    yield Objection(
        name="otc.tolerance",
        said=f"{written} where {most} is the most",
        key="otc.tolerance",
        reason=f"{written} is more than {costs}: whoever holds quotes could wait for the price and gain. {remedy}",
        taken=f"{written} is more than {costs}, and {most} is taken in its place. {remedy}",
    )


def bounded(file: VenueFile) -> VenueFile:
    """Return the venue with the desk's tolerance lowered to its bound."""
    if file.otc is None or file.otc.tolerance_ppm <= _bound(file.otc):
        return file
    return replace(file, otc=replace(file.otc, tolerance_ppm=_bound(file.otc)))


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
