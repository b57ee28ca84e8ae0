"""Orders placed once: the same order under a client's own id is one order, however often it is asked for, also over a restart.

Knows what was asked from the orders themselves: each keeps the terms that it was placed with, and its client id is journaled
beside it. Invariant: among an account's open orders, and those that ended within REMEMBERED_NS, an id that is used here stands
for one order. What was refused is not remembered: it may be asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.orders import Order
from bedesten.services.idempotency.once import AlreadyUsed, Once
from bedesten.services.orders.ended_ids import KEPT_NS, EndedIds
from bedesten.services.orders.order_result import Outcome
from bedesten.services.orders.trading import Trading, client_ref
from bedesten.services.store_types import OrderRecord

REMEMBERED_NS: Final = KEPT_NS
SAME_AS_ASKED: Final = (
    "account", "instrument", "side", "order_type", "time_in_force", "expires_ns", "post_only", "budget", "self_trade",
)  # fmt: skip


class Placing(NamedTuple):
    """What came of asking for an order: of this time, or of the first one, with its orders as they stand now."""

    outcome: Outcome
    is_replay: bool = False


class PlacedOnce:
    """Places orders under clients' own ids. *trading* does it; *ended* knows most new ids for what they are."""

    def __init__(self, trading: Trading, clock: Clock, ended: EndedIds) -> None:
        self._trading = trading
        self._ended = ended
        self._clock = clock
        self._once: Once[Placing] = Once(lambda account, id: None)  # what is known is looked up, which may wait

    async def place(self, command: PlaceOrder | PlaceOco, client_id: str) -> Placing:
        """Place an order, or return the one that stands under that id. Without an id it is always placed.

        Raises: AlreadyUsed, when the id stands for another order; Overloaded, Stopped, OutcomeUnknown.
        """
        return await self._once.run(command.account, client_id, command, lambda: self._place(command, client_id))

    async def _place(self, command: PlaceOrder | PlaceOco, client_id: str) -> Placing:
        if client_id:
            standing = await self._standing(command.account, client_id)
            if standing:
                return Placing(self._first(command, client_id, standing), is_replay=True)
        return Placing(await self._trading.place(command, client_id))

    async def _standing(self, account: int, client_id: str) -> list[OrderRecord]:
        """Return the orders that an id stands for: those that are open, and those that ended lately."""
        live = await self._trading.live_namesakes(account, client_id)
        if not live and await self._ended.is_new(account, client_ref(account, client_id)):
            return []
        since_ns = self._clock.now_ns() - REMEMBERED_NS
        ended = await self._trading.ended_namesakes(account, client_id)
        return [*live, *(each for each in ended if each.order.updated_ns > since_ns)]

    def _first(self, command: PlaceOrder | PlaceOco, client_id: str, standing: Iterable[OrderRecord]) -> Outcome:
        same = tuple(record for record in standing if is_as_asked(command, record.order))
        if not same:
            raise AlreadyUsed(client_id)
        found = (
            same[:1] if isinstance(command, PlaceOrder) else tuple(sorted(same, key=lambda each: each.order.order_id))
        )
        return Outcome(None, found[0].order.order_id, found, (), self._clock.now_ns())


def is_as_asked(command: PlaceOrder | PlaceOco, order: Order) -> bool:
    """Return whether *order* was placed by such a command: as it was then, whatever became of it."""
    if any(getattr(command, name) != getattr(order, name) for name in SAME_AS_ASKED):
        return False
    if command.quantity != order.original_quantity:
        return False
    if isinstance(command, PlaceOco):
        return _is_leg(command, order)
    triggers = ("trigger", "trigger_source", "trail", "display_ppm", "deviation_ppm")
    if order.sibling_id or any(getattr(command, name) != getattr(order, name) for name in triggers):
        return False
    is_same_trigger = not command.trigger_price or command.trigger_price == order.original_trigger_price
    return is_same_trigger and command.price == order.original_price


def _is_leg(command: PlaceOco, order: Order) -> bool:
    if not order.sibling_id:
        return False
    if not order.trigger:
        return command.price == order.original_price
    return (command.stop_price, command.trigger_price, command.trigger_source) == (
        order.original_price, order.original_trigger_price, order.trigger_source,
    )  # fmt: skip
