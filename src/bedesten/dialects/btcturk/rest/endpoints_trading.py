"""Private trading: open orders, all orders, one order, placing and canceling.

Source: BtcTurk API documents, Open Orders, All Orders, Get Single Order, Submit Order, Cancel Order; Swagger v1. The
order of the checks stands in docs/dialects/btcturk.md. Permission: Trade for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.errors import BtcTurkError, Code
from bedesten.dialects.btcturk.numbers import NS_PER_S
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.btcturk.rest import render
from bedesten.dialects.btcturk.rest.endpoints_market import pair_named
from bedesten.dialects.btcturk.rest.envelope import Envelope, confirmed, done, shown
from bedesten.dialects.btcturk.rest.shapes import (
    AllOrdersQuery,
    OrderIdPath,
    OrderIdQuery,
    OrderInput,
    OrderPath,
    PairQuery,
)
from bedesten.dialects.btcturk.vocabulary import METHODS, SIDES, Method, status_of
from bedesten.dialects.contract import Request
from bedesten.domain.commands import EVERY_INSTRUMENT, CancelOrder, PlaceOrder
from bedesten.domain.enums import OrderType, PriceSource, RejectReason, Side, TimeInForce, Trigger
from bedesten.services.chance import drawn_uuid
from bedesten.services.listings import Breach, Terms, TermsAsked, terms_of
from bedesten.services.orders.order_result import Outcome
from bedesten.services.orders.trading import OrderSpan
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import OrderRecord

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

CLIENT_ID_CHARS_MAX: Final = 50
ORDERS_DEFAULT: Final = 100
ORDERS_MAX: Final = 1_000
STARTED_LATER: Final = "startTime cannot be bigger than current unix timestamp."


def account_of(request: Request) -> int:
    """Return whose key signed."""
    assert request.key is not None, "the server authenticates private endpoints"
    return request.key.account


# Placing -----------------------------------------------------------------------------


async def create_order(venue: Venue, request: Request, form: OrderInput) -> Envelope:
    """Place an order."""
    pair = pair_named(venue, form.pairSymbol)
    method = METHODS.get(form.orderMethod.lower())
    if method is None:
        raise BtcTurkError(Code.ORDER_METHOD_NOT_SUPPORTED)
    side = SIDES.get(form.orderType.lower())
    if side is None:
        raise BtcTurkError(Code.ORDER_TYPE_NOT_SUPPORTED)
    if len(form.newOrderClientId) > CLIENT_ID_CHARS_MAX:
        raise BtcTurkError(Code.FAILED_ORDER_PARAMETER)
    terms = await _terms(venue, pair, form, method, side)
    client_id = form.newOrderClientId or drawn_uuid(venue.chance)
    command = PlaceOrder(
        account=account_of(request), instrument=pair.instrument.id, side=side,
        order_type=OrderType.MARKET if method.is_market else OrderType.LIMIT, time_in_force=TimeInForce.GTC,
        price=terms.price, quantity=terms.quantity, budget=terms.budget, trigger_price=terms.trigger_price,
        trigger=Trigger.STOP if method.is_stop else 0, trigger_source=PriceSource.LAST if method.is_stop else 0,
    )  # fmt: skip
    outcome = await venue.trading.place(command, client_id)
    if outcome.reject is not None or outcome.order is None:
        raise refusal_of(outcome, side=side, is_market=method.is_market)
    return {"httpStatusCode": 200} | done(render.placed(pair, outcome.order.order, client_id))


async def _terms(venue: Venue, pair: Pair, form: OrderInput, method: Method, side: Side) -> Terms:
    stop_price = form.stopPrice if method.is_stop else ""
    if not form.quantity or (not form.price and not method.is_market) or (not stop_price and method.is_stop):
        raise BtcTurkError(Code.FAILED_ORDER_PARAMETER)
    is_budget = method.is_market and side == Side.BUY
    asked = TermsAsked(form.quantity, form.price, stop_price, is_budget=is_budget, is_market=method.is_market)
    market_price = 0
    if method is Method.MARKET and side == Side.SELL:
        market_price = (await venue.market_data.bbo(pair.instrument.id)).bid_price
    terms = terms_of(pair.instrument, pair.listing, asked, market_price)
    if isinstance(terms, Breach):
        raise BtcTurkError(errors.BREACHES[terms])
    return terms


def refusal_of(outcome: Outcome, *, side: int, is_market: bool = False) -> BtcTurkError:
    """Return the venue's words for a refusal, by the facts that it was decided by."""
    said = outcome.refusal
    if outcome.reject is None or said is None:
        return errors.refused_order(RejectReason.MALFORMED, side=side, is_market=is_market, is_high=False)
    return errors.refused_order(outcome.reject, side=side, is_market=is_market, is_high=said.value > said.bound)


# Canceling -----------------------------------------------------------------------------


async def cancel_order(venue: Venue, request: Request, form: OrderIdQuery) -> Envelope:
    """Cancel an order; one that is canceled already counts as canceled."""
    if form.id is None:
        raise errors.invalid_request("The Id field is required.")
    await cancel_one(venue, account_of(request), form.id)
    return confirmed()


async def cancel_order_by_path(venue: Venue, request: Request, form: OrderIdPath) -> Envelope:
    """Cancel an order that stands in the path."""
    await cancel_one(venue, account_of(request), form.id)
    return confirmed()


async def cancel_one(venue: Venue, account: int, order_id: int) -> None:
    """Cancel an order.

    Raises: BtcTurkError.
    """
    record = await order_of(venue, account, order_id)
    if record is None or pairs_of(venue.catalogue).of(record.order.instrument) is None:
        raise BtcTurkError(Code.NO_ORDER_MATCHES_YOUR_REQUEST)
    if not record.order.close_reason:
        outcome = await venue.trading.cancel(CancelOrder(account=account, order_id=order_id))
        if outcome.reject is None:
            return
        record = await order_of(venue, account, order_id) or record  # it ended meanwhile
    if status_of(record.order) != "Canceled":
        raise BtcTurkError(Code.ORDER_COULD_NOT_BE_CANCELED)


# Looking up -----------------------------------------------------------------------------


async def one_order(venue: Venue, request: Request, form: OrderPath) -> Envelope:
    """Return an order, open or ended."""
    record = await order_of(venue, account_of(request), form.orderId)
    pair = None if record is None else pairs_of(venue.catalogue).of(record.order.instrument)
    if record is None or pair is None:
        raise errors.order_not_found()
    return shown(render.order(pair, *record, long_rest=True))


async def open_orders(venue: Venue, request: Request, form: PairQuery) -> Envelope:
    """Return the open orders, those that wait for their stop price included, oldest first."""
    instrument_id = pair_named(venue, form.pairSymbol).instrument.id if form.pairSymbol else EVERY_INSTRUMENT
    pairs = pairs_of(venue.catalogue)
    sides: dict[int, list[render.Row]] = {Side.SELL: [], Side.BUY: []}
    for order, client_id in await venue.trading.open_orders(account_of(request), instrument_id):
        if (pair := pairs.of(order.instrument)) is not None:
            sides[order.side].append(render.order(pair, order, client_id, long_rest=False))
    return shown({"asks": sides[Side.SELL], "bids": sides[Side.BUY]})


async def all_orders(venue: Venue, request: Request, form: AllOrdersQuery) -> Envelope:
    """Return orders, open and ended, newest first."""
    now_s = venue.clock.now_ns() // NS_PER_S
    if form.startTime is not None and form.startTime > now_s:
        raise errors.invalid_request(STARTED_LATER)
    instrument_id = pair_named(venue, form.pairSymbol).instrument.id if form.pairSymbol else None
    start_ns = max(form.startTime or 0, 0) * NS_PER_S
    end_ns = NS_MAX if form.endTime is None else (min(max(form.endTime, 0), now_s) + 1) * NS_PER_S
    limit = ORDERS_DEFAULT if form.limit is None else max(1, min(form.limit, ORDERS_MAX))
    start = (max(form.page or 1, 1) - 1) * limit
    pairs = pairs_of(venue.catalogue)
    everywhere = [pair.instrument.id for pair in pairs]
    span = OrderSpan(
        instruments=everywhere if instrument_id is None else [instrument_id], from_id=min(max(form.orderId or 0, 0), NS_MAX),
        start_ns=start_ns, end_ns=end_ns,
    )  # fmt: skip
    found = await venue.trading.newest_orders(account_of(request), span, skip=start, limit=limit)
    return shown(
        [
            render.order(pair, *record, long_rest=True)
            for record in found
            if (pair := pairs.of(record.order.instrument)) is not None
        ]
    )


async def order_of(venue: Venue, account: int, order_id: int) -> OrderRecord | None:
    """Return an order of the account, open or ended."""
    return await venue.trading.order(account, order_id) if 0 < order_id <= NS_MAX else None
