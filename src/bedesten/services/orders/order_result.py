"""What came of an order command: read from its own events, so that the answer shows the order right after this command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from bedesten.domain.columns import KIND
from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import CloseReason, EventKind, RejectReason
from bedesten.domain.events import Event, Placed, Rejected, Repriced, Traded, Triggered
from bedesten.domain.orders import Order, order_of_row
from bedesten.services.sequencing.sequencer import Result
from bedesten.services.store_types import OrderRecord

_REJECTED: Final = int(EventKind.REJECTED)
_PLACED: Final = int(EventKind.PLACED)
_TRADED: Final = int(EventKind.TRADED)
_astuple = msgspec.structs.astuple
_CANCELED_BY_COMMAND: Final = frozenset({int(CloseReason.CANCELED), int(CloseReason.SIBLING)})


class Outcome(NamedTuple):
    """What came of placing, amending or canceling.

    orders: as they stood right after this command: the placed order (both legs of an OCO order, the limit leg first), the
    amended one, or those that a cancel ended; empty when refused, or when there was nothing to cancel.
    trades: this command's matches, those of orders it woke included. order_id: 0 when no single order is meant.
    refusal: what the core said as it refused, with the facts that it decided by; without facts where the core was not asked.
    """

    reject: RejectReason | None
    order_id: int
    orders: tuple[OrderRecord, ...]
    trades: tuple[Traded, ...]
    time_ns: int
    seq: int = 0
    refusal: Rejected | None = None

    @property
    def order(self) -> OrderRecord | None:
        """The first of the orders."""
        return self.orders[0] if self.orders else None


def refused(reason: RejectReason, time_ns: int) -> Outcome:
    """Return the outcome of a command that no record can hold, so that the core never saw it."""
    return Outcome(reason, 0, (), (), time_ns, refusal=Rejected(_REJECTED, 0, time_ns, reason, 0, 0, 0))


def of_place(command: PlaceOrder | PlaceOco, client_id: str, result: Result) -> Outcome:
    """Return what came of placing an order.

    Units: exact in filled, notional, fee, tax, remaining and close_reason; `held` is told by the core alone, and 0 here
    while the order lives.
    """
    events = result.events
    if len(events) == 1 and events[0][KIND] == _PLACED:  # accepted, rests or waits: nearly every order
        placed: Placed = events[0]  # type: ignore[assignment]
        record = OrderRecord(_standing(command, placed, ()), client_id)
        return Outcome(None, placed.order_id, (record,), (), result.time_ns, result.seq)
    known = {order.order_id: order for order in result.closed}
    if result.watched is not None:
        known[result.watched.order.order_id] = result.watched.order
    orders: list[OrderRecord] = []
    trades: list[Traded] = []
    order_id = 0
    for event in events:
        kind = event[KIND]
        if isinstance(event, Rejected):
            return _rejection(event, result)
        if kind == _TRADED:
            trades.append(event)  # type: ignore[arg-type]
        elif kind == _PLACED:
            placed = event  # type: ignore[assignment]
            order_id = order_id or placed.order_id
            order = known.get(placed.order_id) or _standing(command, placed, events, leg=len(orders))
            orders.append(OrderRecord(order, client_id))
    return Outcome(None, order_id, tuple(orders), tuple(trades), result.time_ns, result.seq)


def of_cancel(account: int, result: Result) -> Outcome:
    """Return what came of a cancel: the orders that it ended, siblings included."""
    for event in result.events:
        if isinstance(event, Rejected):
            return _rejection(event, result)
    orders = tuple(
        OrderRecord(order, text)
        for order, text in zip(result.closed, result.closed_texts, strict=True)
        if order.account == account and order.close_reason in _CANCELED_BY_COMMAND
    )
    order_id = orders[0].order.order_id if len(orders) == 1 else 0
    return Outcome(None, order_id, orders, (), result.time_ns, result.seq)


def of_amend(order_id: int, result: Result) -> Outcome:
    """Return what came of an amend; the order is shown as it stood at the commit."""
    trades: list[Traded] = []
    for event in result.events:
        if isinstance(event, Rejected):
            return _rejection(event, result)
        if isinstance(event, Traded):
            trades.append(event)
    orders = () if result.watched is None else (result.watched,)
    return Outcome(None, order_id, orders, tuple(trades), result.time_ns, result.seq)


def order_as_asked(command: PlaceOrder | PlaceOco, order_id: int, time_ns: int) -> Order:
    """Return the order that a command asks for, before anything came of it."""
    placed = Placed(_PLACED, 0, time_ns, order_id, command.account, command.instrument, 0, command.price,
                    command.trigger_price)  # fmt: skip
    return _standing(command, placed, ())


def _rejection(event: Rejected, result: Result) -> Outcome:
    return Outcome(RejectReason(event.reason), event.order_id, (), (), result.time_ns, result.seq, event)


def _standing(command: PlaceOrder | PlaceOco, placed: Placed, events: Sequence[Event], leg: int = 0) -> Order:
    # The order as its own events leave it: what adds up is summed, of what is replaced the last word counts.
    order = _as_placed(command, placed) if isinstance(command, PlaceOrder) else _leg_as_placed(command, placed, leg)
    if not events:
        return order
    order_id, price, trigger_price = placed.order_id, placed.price, placed.trigger_price
    filled = notional = fee = tax = triggered = 0
    for event in events:
        if isinstance(event, Traded):
            if event.taker_order == order_id:
                fee, tax = fee + event.taker_fee, tax + event.taker_tax
            elif event.maker_order == order_id:
                fee, tax = fee + event.maker_fee, tax + event.maker_tax
            else:
                continue
            filled, notional = filled + event.quantity, notional + event.notional
        elif isinstance(event, Triggered) and event.order_id == order_id:
            triggered = 1
        elif isinstance(event, Repriced) and event.order_id == order_id:
            price, trigger_price = event.price, event.trigger_price
    return order._replace(
        price=price,
        trigger_price=trigger_price,
        filled=filled,
        notional=notional,
        fee=fee,
        tax=tax,
        triggered=triggered,
    )


def _as_placed(command: PlaceOrder, placed: Placed) -> Order:
    # By position, in the sequence of Order's fields: this runs once for every order, and names cost three times as much.
    (
        account, instrument, side, order_type, time_in_force, expires_ns, post_only, price, quantity, budget, trigger,
        trigger_price, trigger_source, trail, display_ppm, deviation_ppm, self_trade, client_ref,
    ) = _astuple(command)  # fmt: skip
    _, _, time_ns, order_id, _, _, sibling_id, placed_price, placed_trigger_price = placed
    return order_of_row((
        order_id, account, instrument, side, order_type, time_in_force, expires_ns, post_only, placed_price, price,
        quantity, quantity, budget, 0, 0, 0, 0, 0, trigger, placed_trigger_price,
        trigger_price or placed_trigger_price, trigger_source, trail, 0,
        display_ppm, deviation_ppm, self_trade, client_ref, sibling_id, time_ns, time_ns, 0,
    ))  # fmt: skip


def _leg_as_placed(command: PlaceOco, placed: Placed, leg: int) -> Order:
    fields = dict(zip(command.__struct_fields__, _astuple(command), strict=True))
    stop_price = fields.pop("stop_price")
    if leg == 0:  # the limit leg waits for nothing
        fields |= {"trigger": 0, "trigger_price": 0, "trigger_source": 0, "trail": 0}
    else:
        fields["price"] = stop_price
    return _as_placed(PlaceOrder(**fields), placed)
