"""What the OTC desk offers: markets, spreads and limits, as the venue file states them."""

from __future__ import annotations

from typing import Final

import msgspec

from bedesten.domain.money import PPM, Amount

DESK: Final = 3  # the desk's account: its inventory


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What is put on the reference price for quantities up to one. Units: base minor units, parts per million."""

    quantity: Amount
    ppm: int


class OtcMarket(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument that the desk quotes. Units: base minor units; inventory_max 0: no limit."""

    instrument: int
    min_quantity: Amount
    inventory_max: Amount = Amount(0)
    spreads: tuple[Spread, ...]  # smallest quantity first; the last one is the largest that is quoted

    @property
    def max_quantity(self) -> Amount:
        """The largest quantity that is quoted."""
        return self.spreads[-1].quantity

    def spread_ppm(self, quantity: int) -> int:
        """Return the spread on *quantity*, which is at most max_quantity."""
        return next(spread.ppm for spread in self.spreads if quantity <= spread.quantity)


def discounted(spread_ppm: int, discount_ppm: int) -> int:
    """Return what is left of a spread, rounded down."""
    return spread_ppm * (PPM - discount_ppm) // PPM


class OtcTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the desk works. discounts_ppm: what each customer level is let off the spread, the lowest level first."""

    valid_ns: int
    push_ns: int
    push_move_ppm: int
    tolerance_ppm: int
    discounts_ppm: tuple[int, ...] = (0,)
    markets: tuple[OtcMarket, ...] = ()
