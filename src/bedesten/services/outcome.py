"""What came of an order command: read from its own events, so that the answer shows the order right after this command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import CloseReason, EventKind, RejectReason
from bedesten.domain.events import Event, Placed, Repriced, Traded, Triggered
from bedesten.domain.orders import Order
from bedesten.services.records import OrderRecord
from bedesten.services.sequencer import Result

_REJECTED: Final = int(EventKind.REJECTED)
_PLACED: Final = int(EventKind.PLACED)
_TRADED: Final = int(EventKind.TRADED)
_CANCELED_BY_COMMAND: Final = frozenset({int(CloseReason.CANCELED), int(CloseReason.SIBLING)})


class Outcome(NamedTuple):
    """What came of placing, amending or canceling.

    orders: as they stood right after this command: the placed order (both legs of an OCO order, the limit leg first), the
    amended one, or those that a cancel ended; empty when refused, or when there was nothing to cancel.
    trades: this command's matches, those of orders it woke included. order_id: 0 when no single order is meant.
    """

    reject: RejectReason | None
    order_id: int
    orders: tuple[OrderRecord, ...]
    trades: tuple[Traded, ...]
    time_ns: int
    seq: int = 0

    @property
    def order(self) -> OrderRecord | None:
        """The first of the orders."""
        return self.orders[0] if self.orders else None


def refused(reason: RejectReason, time_ns: int) -> Outcome:
    """Return the outcome of a command that no record can hold, so that the core never saw it."""
    return Outcome(reason, 0, (), (), time_ns)


def of_place(command: PlaceOrder | PlaceOco, client_id: str, result: Result) -> Outcome:
    """Return what came of placing an order.

    Units: exact in filled, notional, fee, tax, remaining and close_reason; `held` is told by the core alone, and 0 here
    while the order lives.
    """
    events = result.events
    if len(events) == 1 and events[0][0] == _PLACED:  # accepted, rests or waits: nearly every order
        placed: Placed = events[0]  # type: ignore[assignment]
        record = OrderRecord(_standing(command, placed, ()), client_id)
        return Outcome(None, placed.order_id, (record,), (), result.time_ns, result.seq)
    ended = {order.order_id: order for order in result.closed}
    orders: list[OrderRecord] = []
    trades: list[Traded] = []
    order_id = 0
    for event in events:
        kind = event[0]
        if kind == _REJECTED:
            return _rejection(event, result)
        if kind == _TRADED:
            trades.append(event)  # type: ignore[arg-type]
        elif kind == _PLACED:
            placed = event  # type: ignore[assignment]
            order_id = order_id or placed.order_id
            order = ended.get(placed.order_id) or _standing(command, placed, events, leg=len(orders))
            orders.append(OrderRecord(order, client_id))
    return Outcome(None, order_id, tuple(orders), tuple(trades), result.time_ns, result.seq)


def of_cancel(account: int, result: Result) -> Outcome:
    """Return what came of a cancel: the orders that it ended, siblings included."""
    for event in result.events:
        if event[0] == _REJECTED:
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
        if event[0] == _REJECTED:
            return _rejection(event, result)
        if event[0] == _TRADED:
            trades.append(event)  # type: ignore[arg-type]
    orders = () if result.watched is None else (result.watched,)
    return Outcome(None, order_id, orders, tuple(trades), result.time_ns, result.seq)


def order_as_asked(command: PlaceOrder | PlaceOco, order_id: int, time_ns: int) -> Order:
    """Return the order that a command asks for, before anything came of it."""
    placed = Placed(_PLACED, 0, time_ns, order_id, command.account, command.instrument, 0, command.price,
                    command.trigger_price)  # fmt: skip
    return _standing(command, placed, ())


def _rejection(event: Event, result: Result) -> Outcome:
    return Outcome(RejectReason(event[3]), event[6], (), (), result.time_ns, result.seq)  # type: ignore[misc]


def _standing(command: PlaceOrder | PlaceOco, placed: Placed, events: Sequence[Event], leg: int = 0) -> Order:
    # The order as its own events leave it: what adds up is summed, of what is replaced the last word counts.
    order_id, price, trigger_price = placed.order_id, placed.price, placed.trigger_price
    quantity = command.quantity
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
    waits = not isinstance(command, PlaceOco) or leg == 1  # of an OCO order, the limit leg has no trigger
    asked_price = command.stop_price if isinstance(command, PlaceOco) and leg == 1 else command.price
    return Order(
        order_id=order_id,
        account=command.account,
        instrument=command.instrument,
        side=command.side,
        order_type=command.order_type,
        time_in_force=command.time_in_force,
        expires_ns=command.expires_ns,
        post_only=command.post_only,
        price=price,
        original_price=asked_price,
        quantity=quantity,
        original_quantity=quantity,
        budget=command.budget,
        filled=filled,
        notional=notional,
        fee=fee,
        tax=tax,
        held=0,
        trigger=command.trigger if waits else 0,
        trigger_price=trigger_price,
        original_trigger_price=command.trigger_price if waits else 0,
        trigger_source=command.trigger_source if waits else 0,
        trail=command.trail if waits else 0,
        triggered=triggered,
        display_ppm=command.display_ppm,
        deviation_ppm=command.deviation_ppm,
        self_trade=command.self_trade,
        client_ref=command.client_ref,
        sibling_id=placed.sibling_id,
        created_ns=placed.time_ns,
        updated_ns=placed.time_ns,
        close_reason=0,
    )
