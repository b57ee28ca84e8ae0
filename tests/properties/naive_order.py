"""One order of the naive exchange, and the arithmetic of its money: fees with their carry, and what it must hold.

Written to be read beside docs/matching.md, not to be fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bedesten.domain.enums import FeeRule, IndexSource, InstrumentParameter, InstrumentState, OrderType, Side
from bedesten.domain.money import PPB
from bedesten.domain.orders import Order

P = InstrumentParameter


def ceil_div(a: int, b: int) -> int:
    """Return a ÷ b rounded up."""
    return -(-a // b)


@dataclass
class Listing:
    """An instrument: its money rule, its parameters, its prices, its fees."""

    id: int
    base: int
    quote: int
    lot_value: int
    numerator: int
    denominator: int
    parameters: dict[int, int] = field(default_factory=dict)
    rates: dict[int, tuple[int, int]] = field(default_factory=dict)
    last: int = 0
    index: int = 0
    index_source: int = 0
    index_ns: int = 0
    index_aged: bool = False

    def __post_init__(self) -> None:
        self.parameters = {
            **dict.fromkeys(InstrumentParameter, 0),
            InstrumentParameter.STATE: InstrumentState.HALTED,
            InstrumentParameter.FEE_RULE: FeeRule.IN_RECEIVED,
        }

    def __getitem__(self, parameter: InstrumentParameter) -> int:
        return self.parameters[parameter]

    @property
    def fresh_index(self) -> int:
        """The index price that something may go by; 0: none, or it is too old."""
        return 0 if self.index_aged else self.index

    @property
    def index_due_ns(self) -> int:
        """When the index is too old; 0: never."""
        told_by_source = self.index_source > IndexSource.OPERATOR
        age_max = self[P.SOURCE_INDEX_AGE_MAX_NS if told_by_source else P.INDEX_AGE_MAX_NS]
        return min(self.index_ns + age_max, (1 << 62) - 1) if self.index and age_max else 0

    @property
    def fee_in_quote(self) -> bool:
        return self[InstrumentParameter.FEE_RULE] == FeeRule.IN_QUOTE

    @property
    def rules(self) -> int:
        """The revision of the rules of matching."""
        return self[InstrumentParameter.MATCHING_RULES]

    def notional(self, price: int, quantity: int) -> int:
        """Return price × quantity in quote minor units, floored."""
        return price * quantity * self.numerator // self.denominator

    def paid(self, price: int, quantity: int, *, aggressor_buys: bool) -> int:
        """Return the notional of a fill: rounded against the aggressor; before there was that rule, down."""
        if self.rules and aggressor_buys:
            return ceil_div(price * quantity * self.numerator, self.denominator)
        return self.notional(price, quantity)


@dataclass
class Carry:
    """What an order has overpaid so far, by rounding its fees and taxes up: billionths of a minor unit."""

    fee: int = 0
    tax: int = 0

    def charge(self, amount: int, rate: int, tax_rate: int, most: int | None) -> tuple[int, int]:
        """Return (fee, tax) due on *amount* now, both rounded up and never above *most* together, and keep the carry."""
        due = amount * rate - self.fee
        fee = max(0, ceil_div(due, PPB))
        if most is not None:
            fee = min(fee, most)
        self.fee = fee * PPB - due
        due = fee * tax_rate - self.tax
        tax = max(0, ceil_div(due, PPB))
        if most is not None:
            tax = min(tax, most - fee)
        self.tax = tax * PPB - due
        return fee, tax


@dataclass
class NaiveOrder:
    """The row's columns, and what the row does not tell: rates, carry, place in a queue, the extreme a trail follows."""

    row: Order
    listing: Listing
    maker_rate: int = 0
    taker_rate: int = 0
    carry: Carry = field(default_factory=Carry)
    hold_price: int = 0  # what the hold of a buy is reckoned at; 0: not by price
    budget_left: int = 0
    place: int = 0  # in its queue, book or trigger; a later one is behind
    extreme: int = 0  # the peak (sell) or trough (buy) a trailing trigger has seen
    in_book: bool = False

    def set(self, **columns: int) -> None:
        """Change columns of the row."""
        self.row = self.row._replace(**columns)

    @property
    def is_buy(self) -> bool:
        return self.row.side == Side.BUY

    @property
    def by_budget(self) -> bool:
        return self.row.budget > 0

    @property
    def pays_in(self) -> int:
        """The asset the order holds."""
        return self.listing.quote if self.is_buy else self.listing.base

    def need(self) -> int:
        """Return what the order must hold for what is left of it."""
        return self.need_at(self.hold_price, self.row.remaining)

    def need_at(self, price: int, quantity: int) -> int:
        """Return what *quantity* at *price* must hold."""
        if self.by_budget:
            return self.budget_left
        if not self.is_buy:
            return quantity * self.listing.lot_value
        notional = self.listing.paid(price, quantity, aggressor_buys=True)
        if not self.listing.fee_in_quote:
            return notional
        fee = ceil_div(notional * self.taker_rate, PPB)
        return notional + fee + ceil_div(fee * self.listing[InstrumentParameter.TAX_PPB], PPB)

    def charge(self, carry: Carry, quantity: int, notional: int, *, maker: bool) -> tuple[int, int]:
        """Return (fee, tax) of a fill, charged to *carry*."""
        rate = self.maker_rate if maker else self.taker_rate
        tax_rate = self.listing[InstrumentParameter.TAX_PPB]
        if not self.is_buy:
            return carry.charge(notional, rate, tax_rate, notional)
        if self.listing.fee_in_quote:
            return carry.charge(notional, rate, tax_rate, None)
        received = quantity * self.listing.lot_value
        return carry.charge(received, rate, tax_rate, received)

    def outlay(self, carry: Carry, price: int, quantity: int) -> int:
        """Return what a buy of *quantity* at *price* takes out of the quote balance now, charged to *carry*."""
        return self.outlay_of(carry, self.listing.paid(price, quantity, aggressor_buys=True), quantity)

    def outlay_of(self, carry: Carry, notional: int, quantity: int) -> int:
        """Return what a buy of this notional takes out of the quote balance now, charged to *carry*."""
        fee, tax = self.charge(carry, quantity, notional, maker=False)
        return notional + fee + tax if self.listing.fee_in_quote else notional

    def least_at_rest(self) -> int:
        """Return what a resting buy must hold: others come to it, so its fills round down, together to no more than this."""
        left = self.row.remaining
        return self.outlay_of(replace(self.carry), self.listing.notional(self.hold_price, left), left)

    def affordable(self, carry: Carry, price: int, most: int, budget: int) -> int:
        """Return the most lots, up to *most*, that *budget* pays at *price*: by halving, as outlay grows with quantity."""
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.outlay(replace(carry), price, middle) <= budget
            low, high = (middle, high) if fits else (low, middle - 1)
        return low

    @property
    def queue_key(self) -> tuple[int, int]:
        """Best price first, then who came first."""
        return (-self.row.price if self.is_buy else self.row.price, self.place)

    @property
    def is_rising(self) -> bool:
        """Whether the trigger waits for the price to rise to it: a stop buy, a take-profit sell, a trailing buy."""
        return self.is_buy != (self.row.trigger == 2)

    def is_met(self, price: int) -> bool:
        """Whether the trigger fires at *price* (0: no price yet)."""
        if price == 0:
            return False
        return price >= self.row.trigger_price if self.is_rising else price <= self.row.trigger_price

    @property
    def trigger_key(self) -> tuple[int, int, int, int]:
        """Last price before index, rising before falling, nearest first, then who came first."""
        rank = self.row.trigger_price if self.is_rising else -self.row.trigger_price
        return (self.row.trigger_source, 0 if self.is_rising else 1, rank, self.place)

    @property
    def is_peg(self) -> bool:
        return self.row.order_type == OrderType.PEG
