"""Spot v3 trading: place, amend, look up and cancel orders, open orders, the dead-man timer.

Source: BTSE spot API v3.2 and v3.3, Create New Order, Create Index Order, Amend Order, Cancel Order, Cancel All After, Query
Order, Query Open Orders. Permission: Trading for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import errors, ids
from bedesten.dialects.btse.parameters import check_names
from bedesten.dialects.btse.replies import account_of, json_array
from bedesten.dialects.btse.spot import errors as order_errors
from bedesten.dialects.btse.spot import parse, render
from bedesten.dialects.btse.spot.parse import Change
from bedesten.dialects.btse.spot.render import Version
from bedesten.dialects.btse.spot.shapes import (
    AmendOrderBody,
    CancelAllAfterBody,
    CancelOrders,
    CreateOrder,
    OpenOrdersQuery,
    OrderQuery,
)
from bedesten.dialects.btse.symbols import instrument_named
from bedesten.dialects.btse.vocabulary import REFUSED_STATUS, Status
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.commands import EVERY_INSTRUMENT, AmendOrder, CancelOrder, PlaceOco, PlaceOrder
from bedesten.domain.enums import RejectReason
from bedesten.domain.instruments import Instrument
from bedesten.domain.orders import Order
from bedesten.services.orders.order_result import Outcome, refused
from bedesten.services.store_types import OrderRecord

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

#: Refusals to amend that say something about the order: the venue answers them with its row and status 15.
AMEND_ROWS: Final = frozenset(
    {
        RejectReason.AMEND_NOT_ALLOWED,
        RejectReason.AMEND_ALREADY_TRIGGERED,
        RejectReason.AMEND_QUANTITY_FILLED,
        RejectReason.POST_ONLY_WOULD_CROSS,
    }
)
CHOOSE_ORDERS: Final = frozenset({"orderID", "clOrderID"})  # the parameters of a cancellation that say which
_WOULD_CROSS: Final = "The amended order would cross, and it is postOnly"


async def place(venue: Venue, command: PlaceOrder | PlaceOco, client_id: str) -> tuple[Status | None, Outcome]:
    """Place an order; a refusal that the venue words as a row comes with its status and the order as it was asked for.

    Raises: BtseError for every other refusal.
    """
    outcome = await venue.trading.place(command, client_id)
    if outcome.reject is None:
        return None, outcome
    status = REFUSED_STATUS.get(outcome.reject)
    if status is None:
        raise refusal(venue, outcome, command.instrument, command.side)
    asked = OrderRecord(order_as_asked(command, outcome), client_id)
    return status, outcome._replace(orders=(asked,))


def order_as_asked(command: PlaceOrder | PlaceOco, outcome: Outcome) -> Order:
    """Return the order that a refused command would have made."""
    return Order(
        order_id=outcome.order_id, account=command.account, instrument=command.instrument, side=command.side,
        order_type=command.order_type, time_in_force=command.time_in_force, expires_ns=command.expires_ns,
        post_only=command.post_only, price=command.price, original_price=command.price, quantity=command.quantity,
        original_quantity=command.quantity, budget=command.budget, filled=0, notional=0, fee=0, tax=0, held=0,
        trigger=command.trigger, trigger_price=command.trigger_price, original_trigger_price=command.trigger_price,
        trigger_source=command.trigger_source, trail=command.trail, triggered=0, display_ppm=command.display_ppm,
        deviation_ppm=command.deviation_ppm, self_trade=command.self_trade, client_ref=0, sibling_id=0,
        created_ns=outcome.time_ns, updated_ns=outcome.time_ns, close_reason=0,
    )  # fmt: skip


def refusal(venue: Venue, outcome: Outcome, instrument_id: int, side: int) -> errors.BtseError:
    """Return the venue's words for a refusal, by the facts that it was decided by."""
    instrument = venue.catalogue.by_id(instrument_id)
    if instrument is None:
        return errors.unknown_symbol("")
    assert outcome.refusal is not None, "an outcome with a reason is a refusal"
    return order_errors.refusal(order_errors.Refused(instrument, side, outcome.refusal))


async def amend_refusal(venue: Venue, outcome: Outcome, account: int, order_id: int) -> errors.BtseError:
    """Return the venue's words for an amendment that was refused: its order says which side it is of."""
    record = await venue.trading.order(account, order_id)
    if record is None:
        return order_errors.order_not_found()
    return refusal(venue, outcome, record.order.instrument, record.order.side)


async def order_number(venue: Venue, account: int, order_id: str | None, client_id: str | None) -> int:
    """Return the order that a request speaks of; its own id wins over the client's. 0: no such order.

    Raises: BtseError when neither was given.
    """
    if order_id:
        return ids.ORDERS.number(order_id) or 0
    if not client_id:
        raise errors.mandatory("orderID or clOrderID")
    record = await venue.trading.order(account, client_id=client_id)
    return record.order.order_id if record is not None else 0


async def cancel(
    venue: Venue, account: int, instrument_id: int, order_id: str | None, client_id: str | None
) -> Outcome:
    """Cancel one order, all of a client id, or all of an instrument (or of all)."""
    if order_id:
        number = ids.ORDERS.number(order_id)
        if not number:
            return refused(RejectReason.UNKNOWN_ORDER, venue.clock.now_ns())
        return await venue.trading.cancel(CancelOrder(account=account, order_id=number, instrument=instrument_id))
    if client_id:
        return await venue.trading.cancel_by_client_id(account, client_id, instrument_id)
    return await venue.trading.cancel_all(account, instrument_id)


async def amend(venue: Venue, account: int, instrument: Instrument, order_id: int, change: Change) -> Outcome:
    """Amend an order."""
    return await venue.trading.amend(
        AmendOrder(
            account=account, order_id=order_id, instrument=instrument.id, price=change.price, quantity=change.quantity,
            trigger_price=change.trigger_price, quantity_is_remaining=change.quantity_is_remaining,
        )
    )  # fmt: skip


def filled_now(outcome: Outcome, order_id: int) -> int:
    """Return how many lots of an order this very request traded."""
    return sum(trade.quantity for trade in outcome.trades if order_id in (trade.taker_order, trade.maker_order))


def amend_message(outcome: Outcome, instrument: Instrument, order: Order) -> str:
    """Return why an order was not amended."""
    if outcome.reject is RejectReason.POST_ONLY_WOULD_CROSS:
        return _WOULD_CROSS
    assert outcome.refusal is not None, "an outcome with a reason is a refusal"
    return order_errors.refusal(order_errors.Refused(instrument, order.side, outcome.refusal)).message


class TradingV3:
    """The calls of one version; the version only changes the rows."""

    def __init__(self, version: Version) -> None:
        self._version = version

    async def create_peg_order(self, venue: Venue, request: Request, form: CreateOrder) -> Reply:
        """Place an order that follows the index price."""
        return await self.create_order(venue, request, form, peg=True)

    async def create_order(self, venue: Venue, request: Request, form: CreateOrder, *, peg: bool = False) -> Reply:
        """Place an order."""
        instrument = instrument_named(venue, form.symbol)
        client_id = parse.client_id_of(form.clOrderID)
        command = parse.order_of(form, instrument, account_of(request), venue.clock.now_ns(), peg=peg)
        status, outcome = await place(venue, command, client_id)
        version = self._version
        last = outcome.trades[-1].price if outcome.trades else 0
        return json_array(
            [
                render.order_row(instrument, order, client_id, version, status=status, last_price=last)
                for order, _ in outcome.orders
            ]
        )

    async def amend_order(self, venue: Venue, request: Request, form: AmendOrderBody) -> Reply:
        """Change an open order."""
        instrument, account = instrument_named(venue, form.symbol), account_of(request)
        number = await order_number(venue, account, form.orderID, form.clOrderID)
        if not number:
            return self._missing(venue, form.symbol, form.orderID, form.clOrderID, Status.REJECTED)
        change = parse.change_of(form, instrument)
        outcome = await amend(venue, account, instrument, number, change)
        if outcome.reject is RejectReason.UNKNOWN_ORDER:
            return self._missing(venue, form.symbol, form.orderID, form.clOrderID, Status.REJECTED)
        if outcome.reject in AMEND_ROWS:
            record = await venue.trading.order(account, number)
            if record is not None:
                message = amend_message(outcome, instrument, record.order)
                return self._amended(instrument, record, Status.REJECTED, 0, message)
        if outcome.reject is not None:
            raise await amend_refusal(venue, outcome, account, number)
        record = outcome.orders[0]
        return self._amended(instrument, record, Status.AMENDED, filled_now(outcome, number), "")

    def _amended(self, instrument: Instrument, record: OrderRecord, status: Status, filled: int, message: str) -> Reply:
        order, client_id = record
        row = render.order_row(
            instrument, order, client_id, self._version, status=status, filled_now=filled, message=message, amended=True
        )
        return json_array((row,))

    async def cancel_orders(self, venue: Venue, request: Request, form: CancelOrders) -> Reply:
        """Cancel one order, all of a client id, or all of a symbol."""
        check_names(request, takes=CHOOSE_ORDERS)
        instrument = instrument_named(venue, form.symbol)
        outcome = await cancel(venue, account_of(request), instrument.id, form.orderID, form.clOrderID)
        if not outcome.orders and (form.orderID or form.clOrderID):
            return self._missing(venue, form.symbol, form.orderID, form.clOrderID, Status.NOT_FOUND)
        version = self._version
        return json_array(
            render.order_row(instrument, order, client_id, version, filled_now=0) for order, client_id in outcome.orders
        )

    async def cancel_all_after(self, venue: Venue, request: Request, form: CancelAllAfterBody) -> Reply:
        """Arm, extend or disarm the dead-man timer."""
        return await cancel_all_after(venue, request, form)

    async def query_order(self, venue: Venue, request: Request, form: OrderQuery) -> Reply:
        """Look one order up: open, or ended."""
        account = account_of(request)
        record = await find_order(venue, account, form.orderID, form.clOrderID)
        instrument = venue.catalogue.by_id(record.order.instrument)
        assert instrument is not None, "orders are on listed instruments"
        return Reply(200, render.queried_order(instrument, record.order, record.client_id, self._version).encode())

    async def open_orders(self, venue: Venue, request: Request, form: OpenOrdersQuery) -> Reply:
        """List the open orders, oldest first."""
        version = self._version
        records = await open_records(venue, request, form.symbol, form.orderID, form.clOrderID)
        return json_array(
            render.open_order_row(instrument, order, client_id, version) for instrument, (order, client_id) in records
        )

    def _missing(self, venue: Venue, symbol: str, order_id: str | None, client_id: str | None, status: Status) -> Reply:
        row = render.missing_row(
            self._version, status, symbol=symbol, order_id=order_id or "", client_id=client_id or "",
            message="Order not found", time_ns=venue.clock.now_ns(),
        )  # fmt: skip
        return json_array((row,))


async def cancel_all_after(venue: Venue, request: Request, form: CancelAllAfterBody) -> Reply:
    """Arm, extend or disarm the dead-man timer. The venue documents no body; an empty object is JSON that nobody trips over."""
    await venue.trading.cancel_all_after(account_of(request), parse.timeout_ns_of(form.timeout))
    return Reply(200, b"{}")


async def find_order(venue: Venue, account: int, order_id: str | None, client_id: str | None) -> OrderRecord:
    """Return the order that a look-up asks for.

    Raises: BtseError when there is none.
    """
    number = 0
    if order_id:
        number = ids.ORDERS.number(order_id) or 0
        if not number:
            raise order_errors.order_not_found()
    elif not client_id:
        raise errors.mandatory("orderID or clOrderID")
    record = await venue.trading.order(account, number, client_id or "")
    if record is None:
        raise order_errors.order_not_found()
    return record


async def open_records(
    venue: Venue, request: Request, symbol: str | None, order_id: str | None = None, client_id: str | None = None
) -> list[tuple[Instrument, OrderRecord]]:
    """Return the open orders that a query asks for, oldest first."""
    instrument_id = instrument_named(venue, symbol).id if symbol else EVERY_INSTRUMENT
    number = ids.ORDERS.number(order_id) if order_id else None
    found = []
    for record in await venue.trading.open_orders(account_of(request), instrument_id):
        named = record.order.order_id == number if order_id else client_id in (None, "", record.client_id)
        instrument = venue.catalogue.by_id(record.order.instrument)
        if named and instrument is not None:
            found.append((instrument, record))
    return found
