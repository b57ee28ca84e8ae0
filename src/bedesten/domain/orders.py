"""An order as the core tells it: the row of a live order when asked, the last row of one that ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Final, NamedTuple

from bedesten.domain.columns import NumpyFields, numpy_fields_of
from bedesten.domain.enums import (
    CloseReason,
    OrderType,
    PriceSource,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from bedesten.domain.fields import CODE, FLAG, ID, LOTS, MINOR, NS, PPM, QUOTE, TICKS, Field


class Order(NamedTuple):
    """One order's whole state."""

    order_id: Annotated[int, Field(ID, "given by the core, in sequence")]
    account: Annotated[int, Field(ID, "the account that placed it")]
    instrument: Annotated[int, Field(ID, "what it buys or sells")]
    side: Annotated[int, Field(Side, "whether it buys or sells")]
    order_type: Annotated[int, Field(OrderType, "how its price is found")]
    time_in_force: Annotated[int, Field(TimeInForce, "what becomes of the part that does not trade at once")]
    expires_ns: Annotated[int, Field(NS, "when it ends by itself; 0: never")]
    post_only: Annotated[int, Field(FLAG, "1: it may not trade as it enters the book")]
    price: Annotated[int, Field(TICKS, "its limit, a peg's present one; 0 for a market order")]
    original_price: Annotated[int, Field(TICKS, "the price it was placed with; of a peg the worst it may take")]
    quantity: Annotated[int, Field(LOTS, "filled and remaining together; 0 for an order by budget")]
    original_quantity: Annotated[int, Field(LOTS, "the quantity it was placed with; 0 for an order by budget")]
    budget: Annotated[int, Field(QUOTE, "what a market buy may spend in all; 0 for an order by quantity")]
    filled: Annotated[int, Field(LOTS, "what it has traded")]
    notional: Annotated[int, Field(QUOTE, "what that was worth")]
    fee: Annotated[int, Field(MINOR, "what it has paid in fees, in the asset they are taken in")]
    tax: Annotated[int, Field(MINOR, "what it has paid in tax on those fees, in the same asset")]
    held: Annotated[int, Field(MINOR, "what it holds of the asset that pays: quote for a buy, base for a sell")]
    trigger: Annotated[int, Field(Trigger, "what it waits for, or waited for; 0: nothing")]
    trigger_price: Annotated[int, Field(TICKS, "the price at which it fires; 0 without a trigger")]
    original_trigger_price: Annotated[int, Field(TICKS, "the trigger price it was placed with")]
    trigger_source: Annotated[int, Field(PriceSource, "which price its trigger watches; 0 without a trigger")]
    trail: Annotated[
        int, Field(CODE, "how far a trailing trigger stays behind: ticks, or parts per million for a percentage")
    ]
    triggered: Annotated[int, Field(FLAG, "1: it has fired")]
    display_ppm: Annotated[int, Field(PPM, "how much of what remains of a peg is shown; 0: all of it")]
    deviation_ppm: Annotated[int, Field(PPM, "how far from the index a peg stands, signed")]
    self_trade: Annotated[int, Field(SelfTrade, "what happens when it meets an order of its own account")]
    client_ref: Annotated[int, Field(ID, "a stand-in for the client's own id; 0: none")]
    sibling_id: Annotated[int, Field(ID, "the other leg of an OCO; 0: none")]
    created_ns: Annotated[int, Field(NS, "when it was placed")]
    updated_ns: Annotated[int, Field(NS, "when it last changed")]
    close_reason: Annotated[int, Field(CloseReason, "why it ended; 0: it is open")]

    @property
    def remaining(self) -> int:
        """Lots left to fill; 0 for an order by budget."""
        return self.quantity - self.filled if self.quantity else 0

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its trigger."""
        return self.trigger != 0 and self.triggered == 0

    @property
    def is_market(self) -> bool:
        return self.order_type == OrderType.MARKET


ORDER_WIDTH: Final = len(Order._fields)  # 64-bit integers in an order row

#: Return the order that a row of ORDER_WIDTH integers holds, as Order._make does at three times the cost.
order_of_row: Final[Callable[[Iterable[int]], Order]] = partial(tuple.__new__, Order)


def read_orders(data: bytes) -> list[Order]:
    """Return the orders that the core's bytes hold, in order."""
    columns = memoryview(data).cast("q").tolist()
    return [order_of_row(columns[at : at + ORDER_WIDTH]) for at in range(0, len(columns), ORDER_WIDTH)]


def numpy_fields() -> NumpyFields:
    """Return the fields of an order's row for `numpy.dtype`."""
    return numpy_fields_of(Order, ORDER_WIDTH)
