"""What a commit did to an account's orders, event by event, each with the order as it stood at that event.

Only the order's last state is known (from the core, or from the row of one that ended); earlier ones are found by walking
its events backwards. Nothing is kept between commits, so an account that nobody watches costs nothing.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final, NamedTuple

from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import CloseReason, EventKind, RejectReason
from bedesten.domain.events import Amended, Closed, Event, Placed, Rejected, Repriced, Traded, Triggered
from bedesten.domain.orders import Order
from bedesten.services.orders.order_result import order_as_asked
from bedesten.services.sequencing.sequencer import Committed
from bedesten.services.sequencing.state import VenueState

#: Refusals that a venue tells like the end of an order: it was sound, but the market did not allow it.
TOLD_REFUSALS: Final = frozenset(
    {
        RejectReason.POST_ONLY_WOULD_CROSS,
        RejectReason.FOK_NOT_FILLABLE,
        RejectReason.NO_LIQUIDITY,
        RejectReason.INSUFFICIENT_AVAILABLE,
    }
)

OrderEvent = Placed | Traded | Closed | Amended | Triggered | Repriced


class OrderUpdate(NamedTuple):
    """One thing that happened to one order.

    order: as at that event (`held` is that of the commit). trade, is_maker: for kind TRADED. reason: for kind REJECTED.
    """

    kind: EventKind
    order: Order
    client_id: str
    trade: Traded | None
    is_maker: bool
    time_ns: int
    reason: RejectReason | None = None


def order_updates(committed: Committed, state: VenueState, accounts: Container[int]) -> dict[int, list[OrderUpdate]]:
    """Return what happened to the orders of the watched accounts, in order."""
    steps = _steps(committed.events, accounts)
    if not steps:
        return {}
    ended = {
        order.order_id: (order, text) for order, text in zip(committed.closed, committed.closed_texts, strict=True)
    }
    told: dict[int, OrderUpdate] = {}  # place among the steps → update
    for order_id, places in _places_by_order(steps).items():
        last = ended.get(order_id)
        if last is None:
            row = state.machine.order(order_id)
            if row is None:
                continue
            last = Order._make(row), state.texts.get(order_id, "")
        events = [steps[at][2] for at in places]
        for at, event, order in zip(places, events, _states(last[0], events), strict=True):
            told[at] = _update(event, order, last[1])
    updates: dict[int, list[OrderUpdate]] = {}
    for at, (account, _, event) in enumerate(steps):
        update = _refused(committed, event) if isinstance(event, Rejected) else told.get(at)
        if update is not None:
            updates.setdefault(account, []).append(update)
    return updates


Step = tuple[int, int, OrderEvent | Rejected]  # account, order, event


def _steps(events: list[Event], accounts: Container[int]) -> list[Step]:
    steps: list[Step] = []
    for event in events:
        if isinstance(event, Traded):
            if event.maker_account in accounts:
                steps.append((event.maker_account, event.maker_order, event))
            if event.taker_account in accounts:
                steps.append((event.taker_account, event.taker_order, event))
        elif isinstance(event, Placed | Closed | Amended | Triggered | Repriced | Rejected):
            if event.account in accounts:
                steps.append((event.account, event.order_id, event))
    return steps


def _places_by_order(steps: list[Step]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for at, (_, order_id, event) in enumerate(steps):
        if not isinstance(event, Rejected):
            places.setdefault(order_id, []).append(at)
    return places


def _states(last: Order, events: list[OrderEvent | Rejected]) -> list[Order]:
    # Backwards for what adds up, then forwards for what is replaced: a price is the one last said.
    states: list[Order] = []
    order = last
    for event in reversed(events):
        states.append(order)
        if isinstance(event, Traded):
            order = _before_trade(order, event)
        elif isinstance(event, Closed):
            order = order._replace(close_reason=0)
        elif isinstance(event, Triggered):
            order = order._replace(triggered=0)
    states.reverse()
    if any(isinstance(event, Amended | Repriced) for event in events):
        return _with_prices_of_their_time(states, events)
    return states


def _before_trade(order: Order, trade: Traded) -> Order:
    maker = trade.maker_order == order.order_id
    return order._replace(
        filled=order.filled - trade.quantity,
        notional=order.notional - trade.notional,
        fee=order.fee - (trade.maker_fee if maker else trade.taker_fee),
        tax=order.tax - (trade.maker_tax if maker else trade.taker_tax),
    )


def _with_prices_of_their_time(states: list[Order], events: list[OrderEvent | Rejected]) -> list[Order]:
    said: dict[str, int] = {}
    corrected: list[Order] = []
    for order, event in zip(states, events, strict=True):
        if isinstance(event, Placed):
            said = {"price": event.price, "trigger_price": event.trigger_price, "quantity": order.original_quantity}
        elif isinstance(event, Amended):
            said = {"price": event.price, "trigger_price": event.trigger_price, "quantity": event.quantity}
        elif isinstance(event, Repriced):
            said |= {"price": event.price, "trigger_price": event.trigger_price}
        corrected.append(order._replace(**said) if said else order)
    return corrected


def _update(event: OrderEvent | Rejected, order: Order, client_id: str) -> OrderUpdate:
    trade = event if isinstance(event, Traded) else None
    is_maker = trade is not None and trade.maker_order == order.order_id
    return OrderUpdate(EventKind(event.kind), order, client_id, trade, is_maker, event.time_ns)


def _refused(committed: Committed, event: Rejected) -> OrderUpdate | None:
    queued = committed.commands[event.seq - committed.first_seq]
    reason = RejectReason(event.reason)
    if reason not in TOLD_REFUSALS or not isinstance(queued.command, PlaceOrder | PlaceOco):
        return None
    order = order_as_asked(queued.command, event.order_id, event.time_ns)._replace(close_reason=CloseReason.CANCELED)
    return OrderUpdate(EventKind.REJECTED, order, queued.text, None, False, event.time_ns, reason)
