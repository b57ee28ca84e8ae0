"""Private trading: open orders, all orders, one order, placing and canceling.

Source: BtcTurk API documents, Open Orders, All Orders, Get Single Order, Submit Order, Cancel Order; Swagger v1. The
order of the checks stands in docs/dialects/btcturk.md. Permission: Trade for all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

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
from bedesten.domain.money import PPM
from bedesten.services.chance import drawn_uuid
from bedesten.services.listings import Breach, Terms, TermsAsked, terms_of
from bedesten.services.market.indexes import fresh_index
from bedesten.services.ports import NS_MAX
from bedesten.services.records import OrderRecord

if TYPE_CHECKING:
    from bedesten.domain.instruments import Instrument
    from bedesten.domain.orders import Order
    from bedesten.services.venue import Venue

CLIENT_ID_CHARS_MAX: Final = 50
ORDERS_DEFAULT: Final = 100
ORDERS_MAX: Final = 1_000
PAGE_MIN: Final = 100  # ended orders read at once, at least
PAGES_MAX: Final = 100  # of ended orders in one look: a hundred thousand orders of the thousand-row pages
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
    seen = reference_at_hand(venue, pair)
    outcome = await venue.trading.place(command, client_id)
    if outcome.reject is not None or outcome.order is None:
        reason = outcome.reject or RejectReason.MALFORMED
        raise refusal_of(pair, reason, side=side, price=command.price, seen=seen, is_market=method.is_market)
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


def reference_at_hand(venue: Venue, pair: Pair) -> int:
    """Return the price, in ticks, that limits are reckoned from before an order is handed in; 0: none."""
    machine, instrument_id = venue.sequencer.state.machine, pair.instrument.id
    return fresh_index(machine, instrument_id, venue.clock.now_ns()) or machine.last_price(instrument_id)


def refusal_of(
    pair: Pair, reason: RejectReason, *, side: int, price: int, seen: int, is_market: bool = False
) -> BtcTurkError:
    """Return the venue's words for a refusal of the core. seen: the reference before the order was handed in."""
    is_high = side == Side.BUY
    if reason is RejectReason.PRICE_OUT_OF_RANGE:  # whose bounds are the pair's own
        is_high = price > pair.instrument.min_price
    elif reason is RejectReason.PRICE_OUTSIDE_BAND:
        is_high = _is_above(pair.instrument, side, price, seen)
    return errors.refused_order(reason, side=side, is_market=is_market, is_high=is_high)


def _is_above(instrument: Instrument, side: int, price: int, seen: int) -> bool:
    """Return whether a price that a limit refused is above the upper one.

    A buy is, and a sale is below the lower one, whatever the reference has become since. The other way round are only a buy that
    was under the pair's floor when it was handed in, a sale that was over its ceiling, and where the pair has no limit this way.
    """
    if side == Side.BUY:
        has_upper = instrument.buy_band_ppm or instrument.price_ceiling_ppm
        return bool(has_upper) and not price * PPM < seen * instrument.price_floor_ppm
    has_lower = instrument.sell_band_ppm or instrument.price_floor_ppm
    is_over = bool(seen and instrument.price_ceiling_ppm) and price * PPM > seen * instrument.price_ceiling_ppm
    return not has_lower or is_over


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

    def is_wanted(one: Order) -> bool:
        return (
            start_ns <= one.created_ns < end_ns
            and one.order_id >= (form.orderId or 0)
            and pairs.of(one.instrument) is not None
        )

    span = _Span(account_of(request), instrument_id, start_ns, start + limit)
    found = await _newest_orders(venue, span, is_wanted)
    return shown(
        [
            render.order(pair, *record, long_rest=True)
            for record in found[start:]
            if (pair := pairs.of(record.order.instrument)) is not None
        ]
    )


async def order_of(venue: Venue, account: int, order_id: int) -> OrderRecord | None:
    """Return an order of the account, open or ended."""
    return await venue.trading.order(account, order_id) if 0 < order_id <= NS_MAX else None


class _Span(NamedTuple):
    """Whose orders are looked for, and how many of the newest."""

    account: int
    instrument: int | None
    start_ns: int
    most: int


async def _newest_orders(venue: Venue, span: _Span, is_wanted: Callable[[Order], bool]) -> list[OrderRecord]:
    """Return the newest orders that are wanted, open or ended, by their numbers.

    Ended ones are read by the instant they ended, latest first, as far as needed: what has not been read came before the last
    one read ended, so that it is older than every order that came after that.
    """
    everywhere = EVERY_INSTRUMENT if span.instrument is None else span.instrument
    live = await venue.trading.open_orders(span.account, everywhere)
    found = {record.order.order_id: record for record in live if is_wanted(record.order)}
    size, last = min(max(span.most, PAGE_MIN), ORDERS_MAX), 0
    for _ in range(PAGES_MAX):
        ended = await venue.trading.order_history(
            span.account, span.instrument, start_ns=span.start_ns, before_id=last, limit=size
        )
        found |= {record.order.order_id: record for record in ended if is_wanted(record.order)}
        if len(ended) < size:
            break
        last, ended_ns = ended[-1].order.order_id, ended[-1].order.updated_ns
        if len(found) >= span.most:
            oldest = heapq.nlargest(span.most, found)[-1]
            if found[oldest].order.created_ns > ended_ns:
                break
    return [found[number] for number in heapq.nlargest(span.most, found)]
