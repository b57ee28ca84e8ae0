"""Spot v4, the unified trading API: what ccxt speaks. Bare arrays, but for the trade history's envelope.

Source: docs.btse.com, spot REST of the unified API, as recorded in ccxt's btse.py 4.5.90. v4 documents no answer for an
unknown order: a row with status 16 (order not found) answers amendments and cancellations, an error a look-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.parameters import check_names
from bedesten.dialects.btse.replies import account_of, envelope, json_array
from bedesten.dialects.btse.shapes import SymbolQuery
from bedesten.dialects.btse.spot import parse, parse_v4, render_v4
from bedesten.dialects.btse.spot.endpoints_trading import (
    AMEND_ROWS,
    amend,
    amend_message,
    amend_refusal,
    cancel,
    filled_now,
    find_order,
    open_records,
    order_number,
    place,
)
from bedesten.dialects.btse.spot.own_trades import Asked, OwnTrade, own_trades
from bedesten.dialects.btse.spot.shapes import (
    AmendOrderV4,
    CancelAllV4,
    CancelOrderV4,
    CreateAlgoOrderV4,
    CreateOrderV4,
    OrderQueryV4,
    TradeHistoryQueryV4,
)
from bedesten.dialects.btse.symbols import instrument_named
from bedesten.dialects.btse.vocabulary import SIDE_NAME, Status
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.commands import EVERY_INSTRUMENT, PlaceOco, PlaceOrder
from bedesten.domain.enums import RejectReason
from bedesten.domain.instruments import Instrument
from bedesten.services.store_types import OrderRecord

if TYPE_CHECKING:
    from bedesten.services.venue import Venue


CHOOSE_ORDERS: Final = frozenset({"orderId", "clOrderId"})


async def create_order(venue: Venue, request: Request, form: CreateOrderV4) -> Reply:
    """Place a limit or a market order."""
    instrument = instrument_named(venue, form.symbol)
    command = parse_v4.order_of(form, instrument, account_of(request), venue.clock.now_ns())
    return await _place(venue, instrument, command, form.clOrderId)


async def create_algo_order(venue: Venue, request: Request, form: CreateAlgoOrderV4) -> Reply:
    """Place a conditional, trailing, pegged or OCO order."""
    instrument = instrument_named(venue, form.symbol)
    command = parse_v4.algo_order_of(form, instrument, account_of(request), venue.clock.now_ns())
    return await _place(venue, instrument, command, form.clOrderId)


async def _place(
    venue: Venue, instrument: Instrument, command: PlaceOrder | PlaceOco, client_text: str | None
) -> Reply:
    client_id = parse.client_id_of(client_text)
    status, outcome = await place(venue, command, client_id)
    return json_array(render_v4.order_row(instrument, order, client_id, status=status) for order, _ in outcome.orders)


async def amend_order(venue: Venue, request: Request, form: AmendOrderV4) -> Reply:
    """Change an open order."""
    instrument, account = instrument_named(venue, form.symbol), account_of(request)
    number = await order_number(venue, account, form.orderId, form.clOrderId)
    if not number:
        return _missing(venue, form)
    change = parse_v4.change_of(form, instrument)
    outcome = await amend(venue, account, instrument, number, change)
    if outcome.reject is RejectReason.UNKNOWN_ORDER:
        return _missing(venue, form)
    if outcome.reject in AMEND_ROWS:
        record = await venue.trading.order(account, number)
        if record is not None:
            message = amend_message(outcome, instrument, record.order)
            return _amended(instrument, record, Status.REJECTED, 0, message)
    if outcome.reject is not None:
        raise await amend_refusal(venue, outcome, account, number)
    return _amended(instrument, outcome.orders[0], Status.AMENDED, filled_now(outcome, number), "")


def _amended(instrument: Instrument, record: OrderRecord, status: Status, filled: int, message: str) -> Reply:
    order, client_id = record
    row = render_v4.order_row(instrument, order, client_id, status=status, filled_now=filled, message=message)
    return json_array((row,))


def _missing(venue: Venue, form: AmendOrderV4 | CancelOrderV4) -> Reply:
    row = render_v4.missing_row(
        Status.NOT_FOUND, symbol=form.symbol, order_id=form.orderId or "", client_id=form.clOrderId or "",
        message="Order not found", time_ns=venue.clock.now_ns(),
    )  # fmt: skip
    return json_array((row,))


async def cancel_order(venue: Venue, request: Request, form: CancelOrderV4) -> Reply:
    """Cancel one order, or all of a client id; without either, all of the symbol, as v3 does."""
    check_names(request, takes=CHOOSE_ORDERS)
    instrument = instrument_named(venue, form.symbol)
    outcome = await cancel(venue, account_of(request), instrument.id, form.orderId, form.clOrderId)
    if not outcome.orders and (form.orderId or form.clOrderId):
        return _missing(venue, form)
    return json_array(_canceled(venue, outcome.orders))


async def cancel_all(venue: Venue, request: Request, form: CancelAllV4) -> Reply:
    """Cancel every order of a symbol, or of all of them: "ALL"."""
    check_names(request, takes=frozenset())
    every = form.symbol.upper() == "ALL"
    instrument_id = EVERY_INSTRUMENT if every else instrument_named(venue, form.symbol).id
    outcome = await cancel(venue, account_of(request), instrument_id, None, None)
    return json_array(_canceled(venue, outcome.orders))


def _canceled(venue: Venue, records: tuple[OrderRecord, ...]) -> list[str]:
    rows = []
    for order, client_id in records:
        instrument = venue.catalogue.by_id(order.instrument)
        assert instrument is not None, "orders are on listed instruments"
        rows.append(render_v4.order_row(instrument, order, client_id, status=Status.CANCELLED, filled_now=0))
    return rows


async def open_orders(venue: Venue, request: Request, query: SymbolQuery) -> Reply:
    """List the open orders, oldest first."""
    records = await open_records(venue, request, query.symbol)
    return json_array(render_v4.order_row(instrument, order, client_id) for instrument, (order, client_id) in records)


async def query_order(venue: Venue, request: Request, query: OrderQueryV4) -> Reply:
    """Look one order up: open, or ended."""
    record = await find_order(venue, account_of(request), query.orderId, query.clOrderId)
    instrument = venue.catalogue.by_id(record.order.instrument)
    assert instrument is not None, "orders are on listed instruments"
    return Reply(200, render_v4.order_row(instrument, record.order, record.client_id).encode())


async def trade_history(venue: Venue, request: Request, query: TradeHistoryQueryV4) -> Reply:
    """Return the account's fills, newest first. ccxt spells the ids orderID and clOrderID here."""
    asked = Asked(
        symbol=query.symbol, start_ms=query.startTime, end_ms=query.endTime, count=query.count,
        order_id=query.orderID or query.orderId, client_id=query.clOrderID or query.clOrderId, before=query.beforeSerialId,
        after=query.afterSerialId,
    )  # fmt: skip
    found = await own_trades(venue, account_of(request), asked)
    return envelope(f"[{','.join(map(_history_row, found))}]", venue.clock.now_ns())


def _history_row(trade: OwnTrade) -> str:
    instrument = trade.instrument
    return (
        f'{{"serialId":{trade.serial},"tradeId":"{trade.trade_id}",'
        f'"orderId":"{trade.order_id}","clOrderId":{numbers.text_or_null(trade.client_id)},'
        f'"symbol":{numbers.text(instrument.name)},"base":{numbers.text(instrument.base.code)},"quote":{numbers.text(instrument.quote.code)},'
        f'"orderSide":"{SIDE_NAME[trade.side]}","orderType":{trade.type_code},'
        f'"triggerType":{trade.trigger_kind},"triggerPrice":{trade.trigger_price},'
        f'"price":{trade.price},"size":{trade.size},"filledPrice":{trade.filled_price},'
        f'"filledSize":{trade.filled_size},"feeCurrency":{numbers.text(trade.fee_currency)},'
        f'"feeAmount":{trade.fee},"timestamp":{trade.time_ns // NS_PER_MS},"maker":{numbers.flag(trade.is_maker)}}}'
    )
