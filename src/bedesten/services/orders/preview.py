"""Previews: what an order would do by the book as it is now. An estimate that commits nobody.

Walks the quantity that the public sees, so that hidden quantity, and orders of the account's own, make the real one differ. Never
says whether an order would be refused: that is the core's, when it is asked.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from bedesten.core import Machine
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import FeeRule, OrderType, Side
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPB, PPM

LEVELS_MAX: Final = 1_000  # of the other side that are walked


class OrderPreview(NamedTuple):
    """What would trade at once, and what it takes. Units: lots, minor units, ticks; fee with its tax; worst_price 0: nothing."""

    quantity: int
    notional: int
    fee: int
    remaining: int
    needed: int
    worst_price: int


def preview(machine: Machine, instrument: Instrument, command: PlaceOrder) -> OrderPreview:
    """Return what *command* would do."""
    taker_ppb = machine.fee_rates(command.account, instrument.id)[1]
    terms = _Terms(instrument, command, taker_ppb)
    quantity = notional = worst_price = 0
    if not command.trigger:
        other = Side.SELL if command.side == Side.BUY else Side.BUY
        levels = machine.depth(instrument.id, other, LEVELS_MAX)
        limit = terms.limit(levels[0][0] if levels else 0, machine.index_price(instrument.id))
        for price, lots in levels:
            taken = terms.taken(price, lots, quantity, notional)
            if not taken or not terms.is_within(price, limit):
                break
            quantity, notional, worst_price = quantity + taken, notional + terms.paid(price, taken), price
    remaining = max(command.quantity - quantity, 0)
    base = quantity * instrument.lot_value
    fee = terms.charged(base if terms.is_paid_in_base else notional)
    return OrderPreview(quantity, notional, fee, remaining, terms.needed(notional), worst_price)


class _Terms:
    """How an order is reckoned: its rounding, its fees, its limit."""

    def __init__(self, instrument: Instrument, command: PlaceOrder, taker_ppb: int) -> None:
        self._instrument = instrument
        self._command = command
        self._taker_ppb = taker_ppb
        self._is_buy = command.side == Side.BUY
        self.is_paid_in_base = self._is_buy and instrument.fee_rule == FeeRule.IN_RECEIVED

    def limit(self, best: int, index: int) -> int:
        """Return the worst price that it may trade at; 0: any."""
        command, instrument = self._command, self._instrument
        if command.order_type == OrderType.PEG:
            pegged = index * (PPM + command.deviation_ppm)
            if self._is_buy:
                return max(1, min(pegged // PPM, command.price))
            return max(-(-pegged // PPM), command.price)
        if command.order_type == OrderType.LIMIT or not instrument.market_protection_ppm:
            return command.price
        if self._is_buy:
            return best * (PPM + instrument.market_protection_ppm) // PPM
        return -(-best * (PPM - instrument.market_protection_ppm) // PPM)

    def is_within(self, price: int, limit: int) -> bool:
        """Return whether it may trade at *price*."""
        return not limit or (price <= limit if self._is_buy else price >= limit)

    def paid(self, price: int, lots: int) -> int:
        """Return what lots are worth at a price, rounded against the aggressor."""
        value = self._instrument.tick_value
        product = price * lots * value.numerator
        if self._is_buy and self._instrument.matching_rules:
            return -(-product // value.denominator)
        return product // value.denominator

    def taken(self, price: int, lots: int, quantity: int, notional: int) -> int:
        """Return how many of a level's lots it would take, with so much taken before."""
        if not self._command.budget:
            return min(lots, self._command.quantity - quantity)
        low, high = 0, lots
        while low < high:
            middle = (low + high + 1) // 2
            if self._outlay(notional + self.paid(price, middle)) <= self._command.budget:
                low = middle
            else:
                high = middle - 1
        return low

    def charged(self, basis: int) -> int:
        """Return fee and tax of a basis, each rounded up once."""
        fee = -(-basis * self._taker_ppb // PPB)
        return fee + -(-fee * self._instrument.tax_ppb // PPB)

    def needed(self, walked: int) -> int:
        """Return what has to be available of the asset that pays."""
        command = self._command
        if not self._is_buy:
            return command.quantity * self._instrument.lot_value
        if command.budget:
            return command.budget
        return self._outlay(self.paid(command.price, command.quantity) if command.price else walked)

    def _outlay(self, notional: int) -> int:
        return notional if self._instrument.fee_rule == FeeRule.IN_RECEIVED else notional + self.charged(notional)
