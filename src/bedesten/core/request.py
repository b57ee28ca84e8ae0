"""A request to place an order: its row, checked column by column before anything is narrowed or believed."""

from __future__ import annotations

from bedesten.core import codes, records, wide
from bedesten.core.book import OrderBook
from bedesten.domain.commands import PlaceOco


def malformed(request: PlaceOco) -> int:
    """Return whether a column is outside the range of its kind."""
    if not (codes.BUY <= request.side <= codes.SELL and codes.LIMIT <= request.order_type <= codes.PEG):
        return 1
    if not (codes.GTC <= request.time_in_force <= codes.GTD and 0 <= request.post_only <= 1):
        return 1
    if not (0 <= request.trigger <= codes.TRAILING_PERCENTAGE and 0 <= request.trigger_source <= codes.INDEX):
        return 1
    if not codes.CANCEL_NEWEST <= request.self_trade <= codes.DECREMENT:
        return 1
    # one sign for all: a union of integers is negative when any of them is
    signs = (
        request.price | request.quantity | request.budget | request.trigger_price | request.trail | request.display_ppm
    )
    signs |= request.client_ref | request.stop_price | request.account | request.instrument | request.expires_ns
    return 1 if signs < 0 or request.expires_ns > codes.EXPIRES_MAX else 0


def is_plain(request: PlaceOco) -> int:
    """Return whether a limit order is asked for and nothing else: no trigger, peg, budget or end."""
    if request.order_type != codes.LIMIT or request.time_in_force == codes.GTD:
        return 0
    return 1 - records.is_conditional(request)


def unsupported(request: PlaceOco) -> int:
    """Return whether the fields do not belong together."""
    if is_plain(request):
        return 1 if request.price == 0 or request.quantity == 0 or (request.post_only and immediate(request)) else 0
    if (request.expires_ns > 0) != (request.time_in_force == codes.GTD):
        return 1
    if request.post_only and (request.order_type != codes.LIMIT or immediate(request)):
        return 1
    if request.order_type == codes.PEG:
        return unsupported_peg(request)
    if request.display_ppm or request.deviation_ppm:
        return 1
    if request.order_type == codes.MARKET:
        if request.price or request.time_in_force == codes.GTD or (request.quantity > 0) == (request.budget > 0):
            return 1
        if request.budget and (request.side == codes.SELL or request.time_in_force == codes.FOK):
            return 1
    elif request.price == 0 or request.quantity == 0 or request.budget:
        return 1
    return unsupported_trigger(request)


def unsupported_peg(request: PlaceOco) -> int:
    if request.price == 0 or request.quantity == 0 or request.budget or request.trigger or immediate(request):
        return 1
    if not -codes.DEVIATION_MAX <= request.deviation_ppm <= codes.DEVIATION_MAX or request.display_ppm > codes.PPM:
        return 1
    return 1 if request.trigger_price or request.trigger_source or request.trail else 0


def unsupported_trigger(request: PlaceOco) -> int:
    if request.trigger == 0:
        return 1 if request.trigger_price or request.trigger_source or request.trail else 0
    if request.trigger_source == 0:
        return 1
    if request.trigger == codes.STOP or request.trigger == codes.TAKE_PROFIT:
        return 1 if request.trigger_price == 0 or request.trail else 0
    if request.trigger_price or request.trail == 0:
        return 1
    if request.trigger == codes.TRAILING_PERCENTAGE and request.trail >= codes.PPM:
        return 1
    # without a trigger price there is nothing to reckon the hold of a market buy by quantity from
    return 1 if request.order_type == codes.MARKET and request.side == codes.BUY and request.budget == 0 else 0


def unprotected(request: PlaceOco, book: OrderBook) -> int:
    """Return whether a market buy by quantity would wait for its trigger with nothing to pay a worse price than that from."""
    if book.rules == 0 or book.market_protection_ppm or request.trigger == 0:
        return 0
    return 1 if request.order_type == codes.MARKET and request.side == codes.BUY and request.budget == 0 else 0


def unsupported_oco(request: PlaceOco) -> int:
    """Return whether the fields do not make two legs."""
    if request.order_type != codes.LIMIT or immediate(request) or request.post_only or request.stop_price == 0:
        return 1
    return 1 if request.trigger != codes.STOP else unsupported(request)


def immediate(request: PlaceOco) -> int:
    """Return whether nothing of the order may rest."""
    return 1 if request.time_in_force == codes.IOC or request.time_in_force == codes.FOK else 0


def follows(request: PlaceOco) -> int:
    """Return whether the order is repositioned with a price."""
    return 1 if request.order_type == codes.PEG or request.trigger >= codes.TRAILING_DISTANCE else 0


def outside_limits(request: PlaceOco, book: OrderBook, price: int, need: int) -> int:
    """Return the reason why quantity, prices or worth are outside the instrument's limits, or ACCEPTED.

    *price* is the limit to check: the order's own, or that of an OCO's second leg. *need* is what it has to hold at that price.
    """
    reason = quantity_reason(book, request.quantity) if request.quantity else codes.ACCEPTED
    if reason == codes.ACCEPTED and price:
        reason = price_reason(book, price, codes.PRICE_OUT_OF_RANGE)
    if reason == codes.ACCEPTED and request.trigger_price:
        reason = price_reason(book, request.trigger_price, codes.TRIGGER_PRICE_OUT_OF_RANGE)
    if reason != codes.ACCEPTED:
        return reason
    if request.trail >= codes.PRICE_MAX:
        return book.refusal.because(codes.TRIGGER_PRICE_OUT_OF_RANGE, request.trail, codes.PRICE_MAX - 1, 0)
    if price:
        return notional_reason(book, price, request.quantity, need)
    if request.budget:
        if request.budget < book.min_notional:
            return book.refusal.because(codes.NOTIONAL_TOO_SMALL, request.budget, book.min_notional, 0)
        if request.budget > codes.AMOUNT_MAX:
            return book.refusal.because(codes.NOTIONAL_TOO_LARGE, request.budget, codes.AMOUNT_MAX, 0)
    return codes.ACCEPTED


def unreferenced(request: PlaceOco, book: OrderBook) -> int:
    """Return why the order cannot watch its price, or ACCEPTED: there is none, or the index is too old.

    A stop on the last price may wait for the first trade; without an index there may never be an index price.
    """
    if request.order_type == codes.PEG or (request.trigger and request.trigger_source == codes.INDEX):
        if book.index_aged:
            return book.refusal.because(codes.INDEX_TOO_OLD, book.index_ns, 0, book.index)
        return codes.NO_REFERENCE_PRICE if book.index == 0 else codes.ACCEPTED
    return codes.NO_REFERENCE_PRICE if request.trigger >= codes.TRAILING_DISTANCE and book.last == 0 else codes.ACCEPTED


def misplaced(request: PlaceOco, book: OrderBook, price: int) -> int:
    """Return the reason why the prices are not acceptable at this moment, or ACCEPTED."""
    reason = unreferenced(request, book)
    if reason:
        return reason
    if price:
        reason = book.band_reason(request.side, price)
    if reason == codes.ACCEPTED and request.trigger_price:
        reason = trigger_reason(book, request, price)
    return reason


def quantity_reason(book: OrderBook, quantity: int) -> int:
    """Return why the instrument refuses this quantity, or ACCEPTED."""
    if quantity < book.min_quantity:
        return book.refusal.because(codes.QUANTITY_TOO_SMALL, quantity, book.min_quantity, 0)
    bound = min(book.lots_max, codes.AMOUNT_MAX - book.open_lots)
    if book.max_quantity and book.max_quantity < bound:
        bound = book.max_quantity
    return book.refusal.because(codes.QUANTITY_TOO_LARGE, quantity, bound, 0) if quantity > bound else codes.ACCEPTED


def price_reason(book: OrderBook, price: int, reason: int) -> int:
    """Return *reason* when the price is outside what the instrument, or the machine, takes; else ACCEPTED."""
    if price < book.min_price:
        return book.refusal.because(reason, price, book.min_price, 0)
    bound = codes.PRICE_MAX
    if book.max_price and book.max_price < bound:
        bound = book.max_price
    return book.refusal.because(reason, price, bound, 0) if price > bound else codes.ACCEPTED


def notional_reason(book: OrderBook, price: int, quantity: int, need: int) -> int:
    """Return why the instrument refuses an order of this worth, which has to hold *need*; or ACCEPTED."""
    notional = book.notional(price, quantity)
    if notional < book.min_notional:
        return book.refusal.because(codes.NOTIONAL_TOO_SMALL, notional, book.min_notional, 0)
    if notional > codes.AMOUNT_MAX or need > codes.AMOUNT_MAX:
        return book.refusal.because(codes.NOTIONAL_TOO_LARGE, max(notional, need), codes.AMOUNT_MAX, 0)
    return codes.ACCEPTED


def trigger_reason(book: OrderBook, request: PlaceOco, price: int) -> int:
    """Return why a trigger price is not acceptable at this moment, or ACCEPTED."""
    reason = distance_reason(book, price, request.trigger_price) if price else codes.ACCEPTED
    if reason == codes.ACCEPTED:
        rising = 1 if (request.side == codes.BUY) == (request.trigger == codes.STOP) else 0
        reason = met_reason(book, rising, request.trigger_price, request.trigger_source)
    return reason


def met_reason(book: OrderBook, rising: int, trigger_price: int, source: int) -> int:
    """Return TRIGGER_ALREADY_MET where the instrument refuses a trigger that fires at the present price, else ACCEPTED."""
    if book.refuse_met_triggers and is_met(rising, trigger_price, book.source(source)):
        return book.refusal.because(codes.TRIGGER_ALREADY_MET, trigger_price, 0, book.source(source))
    return codes.ACCEPTED


def distance_reason(book: OrderBook, price: int, trigger_price: int) -> int:
    """Return why a limit may not lie as far from its trigger as it does, or ACCEPTED."""
    if book.trigger_distance_ppm == 0:
        return codes.ACCEPTED
    distance = price - trigger_price if price > trigger_price else trigger_price - price
    bound = wide.scale(trigger_price, book.trigger_distance_ppm, codes.PPM)
    if distance > bound:
        return book.refusal.because(codes.TRIGGER_DISTANCE_EXCEEDED, distance, bound, trigger_price)
    return codes.ACCEPTED


def is_met(rising: int, trigger_price: int, price: int) -> int:
    """Return whether a trigger fires at this price; without a price none does."""
    if price == 0:
        return 0
    if rising:
        return 1 if price >= trigger_price else 0
    return 1 if price <= trigger_price else 0
