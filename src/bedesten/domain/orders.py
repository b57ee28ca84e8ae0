"""An order as the core tells it: the row of a live order when asked, the last row of one that ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

from bedesten.domain.enums import OrderType

ORDER_WIDTH: Final = 32  # 64-bit integers in an order row


class Order(NamedTuple):
    """One order's whole state.

    Units: prices in ticks, quantities in lots, budget and notional in quote minor units; fee and tax in minor units of the
    asset they are taken in; held in minor units of the asset that pays (quote for a buy, base for a sell).
    """

    order_id: int
    account: int
    instrument: int
    side: int
    order_type: int
    time_in_force: int
    expires_ns: int
    post_only: int
    price: int
    original_price: int
    quantity: int
    original_quantity: int
    budget: int
    filled: int
    notional: int
    fee: int
    tax: int
    held: int
    trigger: int
    trigger_price: int
    original_trigger_price: int
    trigger_source: int
    trail: int
    triggered: int
    display_ppm: int
    deviation_ppm: int
    self_trade: int
    client_ref: int
    sibling_id: int
    created_ns: int
    updated_ns: int
    close_reason: int  # 0: open

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


#: Return the order that a row of ORDER_WIDTH integers holds, as Order._make does at three times the cost.
order_of_row: Final[Callable[[Iterable[int]], Order]] = partial(tuple.__new__, Order)


def read_orders(data: bytes) -> list[Order]:
    """Return the orders that the core's bytes hold, in order."""
    columns = memoryview(data).cast("q").tolist()
    return [order_of_row(columns[at : at + ORDER_WIDTH]) for at in range(0, len(columns), ORDER_WIDTH)]
