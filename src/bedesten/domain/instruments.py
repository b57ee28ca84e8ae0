"""Assets and instruments, and the one place where decimals become ticks, lots and minor units."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Final

import msgspec

from bedesten.domain.enums import FeeRule, InstrumentState
from bedesten.domain.money import Amount, Lots, Ticks, to_text, to_units

#: The newest revision of the rules of matching. 0: fills round down, as every venue began; 1: against their aggressor.
MATCHING_RULES: Final = 1


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A currency or token."""

    id: int
    code: str  # "BTC"
    name: str  # "Bitcoin"
    scale: int = 8  # decimals of a minor unit
    is_fiat: bool = False


class Instrument(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A tradable pair and its rules.

    Units: tick_size in units of ten to the minus price_scale, lot_size in units of ten to the minus quantity_scale; quantities
    in lots, prices in ticks, min_notional in quote minor units.
    """

    id: int
    base: Asset
    quote: Asset
    price_scale: int
    tick_size: int = 1
    quantity_scale: int
    lot_size: int = 1
    state: InstrumentState = InstrumentState.TRADING
    fee_rule: FeeRule = FeeRule.IN_RECEIVED
    tax_ppb: int = 0
    min_quantity: Lots = Lots(1)
    max_quantity: Lots = Lots(0)
    min_notional: Amount = Amount(0)
    min_price: Ticks = Ticks(1)
    max_price: Ticks = Ticks(0)
    buy_band_ppm: int = 0
    sell_band_ppm: int = 0
    price_floor_ppm: int = 0
    price_ceiling_ppm: int = 0
    market_protection_ppm: int = 0
    trigger_distance_ppm: int = 0
    open_orders_max: int = 0
    refuse_met_triggers: bool = False
    reissue_at_trigger: bool = False
    index_age_max_ns: int = 0
    source_index_age_max_ns: int = 0
    matching_rules: int = 0  # by which revision its orders match; a file that is read has the newest

    @cached_property
    def name(self) -> str:
        """Base and quote with a dash: "BTC-USD"."""
        return f"{self.base.code}-{self.quote.code}"

    @cached_property
    def lot_value(self) -> int:
        """Base minor units in one lot."""
        return self.lot_size * int(10 ** (self.base.scale - self.quantity_scale))

    @cached_property
    def tick_value(self) -> Fraction:
        """Quote minor units in one tick × one lot."""
        return Fraction(
            self.tick_size * self.lot_size * 10**self.quote.scale, 10 ** (self.price_scale + self.quantity_scale)
        )

    def ticks(self, text: str) -> Ticks:
        """Return the price *text* in ticks.

        Raises: ValueError when it is not a decimal or falls between two ticks.
        """
        units = to_units(text, scale=self.price_scale)
        if units % self.tick_size:
            raise ValueError(f"price {text} is not a multiple of {self.price_text(Ticks(1))}")
        return Ticks(units // self.tick_size)

    def lots(self, text: str) -> Lots:
        """Return the quantity *text* in lots.

        Raises: ValueError when it is not a decimal or falls between two lots.
        """
        units = to_units(text, scale=self.quantity_scale)
        if units % self.lot_size:
            raise ValueError(f"quantity {text} is not a multiple of {self.quantity_text(Lots(1))}")
        return Lots(units // self.lot_size)

    def price_text(self, price: int, places: int | None = None) -> str:
        """Return a price in ticks as decimal text."""
        return to_text(price * self.tick_size, scale=self.price_scale, places=places)

    def quantity_text(self, quantity: int, places: int | None = None) -> str:
        """Return a quantity in lots as decimal text."""
        return to_text(quantity * self.lot_size, scale=self.quantity_scale, places=places)

    def amount_text(self, amount: int, places: int | None = None) -> str:
        """Return an amount of quote as decimal text."""
        return to_text(amount, scale=self.quote.scale, places=places)

    def notional(self, price: int, quantity: int) -> Amount:
        """Return what *quantity* lots cost at *price* ticks, before fees, floored to a quote minor unit."""
        value = self.tick_value
        return Amount(price * quantity * value.numerator // value.denominator)

    def average_price_text(self, notional: int, quantity: int) -> str:
        """Return notional ÷ quantity as decimal text, rounded down to eight decimals past the tick; "0" without a quantity."""
        if quantity == 0:
            return "0"
        scale = self.price_scale + 8
        value = self.tick_value
        units = notional * value.denominator * self.tick_size * 10**8 // (quantity * value.numerator)
        return to_text(units, scale=scale)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """How one public API lists an instrument: its name and number there, and what it takes that the book would not mind.

    Units: scales are decimals; min_value in quote minor units.
    """

    number: int  # the API's own id of it, from 1
    instrument: int
    symbol: str
    price_scale: int
    quantity_scale: int
    min_value: Amount = Amount(0)
