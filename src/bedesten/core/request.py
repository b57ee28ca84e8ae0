"""A request to place an order: its row, checked column by column before anything is narrowed or believed."""

from __future__ import annotations

from bedesten.core import codes, wide
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


def unsupported(request: PlaceOco) -> int:
    """Return whether the fields do not belong together."""
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


def outside_limits(request: PlaceOco, book: OrderBook, price: int, taker_ppb: int) -> int:
    """Return the reason why quantity, prices or worth are outside the instrument's limits, or ACCEPTED.

    *price* is the limit to check: the order's own, or that of an OCO's second leg.
    """
    if request.quantity:
        reason = quantity_reason(book, request.quantity)
        if reason:
            return reason
    if price:
        if outside_prices(book, price):
            return codes.PRICE_OUT_OF_RANGE
    if request.trigger_price and outside_prices(book, request.trigger_price):
        return codes.TRIGGER_PRICE_OUT_OF_RANGE
    if request.trail >= codes.PRICE_MAX:
        return codes.TRIGGER_PRICE_OUT_OF_RANGE
    if price:
        return notional_reason(book, request.side, price, request.quantity, taker_ppb)
    if request.budget:
        if request.budget < book.min_notional:
            return codes.NOTIONAL_TOO_SMALL
        if request.budget > codes.AMOUNT_MAX:
            return codes.NOTIONAL_TOO_LARGE
    return codes.ACCEPTED


def unreferenced(request: PlaceOco, book: OrderBook) -> int:
    """Return why the order cannot watch its price, or ACCEPTED: there is none, or the index is too old.

    A stop on the last price may wait for the first trade; without an index nobody says that one will ever be told.
    """
    if request.order_type == codes.PEG or (request.trigger and request.trigger_source == codes.INDEX):
        if book.index_aged:
            return codes.INDEX_TOO_OLD
        return codes.NO_REFERENCE_PRICE if book.index == 0 else codes.ACCEPTED
    return codes.NO_REFERENCE_PRICE if request.trigger >= codes.TRAILING_DISTANCE and book.last == 0 else codes.ACCEPTED


def misplaced(request: PlaceOco, book: OrderBook, price: int) -> int:
    """Return the reason why the prices are not acceptable at this moment, or ACCEPTED."""
    reason = unreferenced(request, book)
    if reason:
        return reason
    if price and book.outside_band(request.side, price):
        return codes.PRICE_OUTSIDE_BAND
    if request.trigger_price:
        return trigger_reason(book, request, price)
    return codes.ACCEPTED


def quantity_reason(book: OrderBook, quantity: int) -> int:
    """Return why the instrument refuses this quantity, or ACCEPTED."""
    if quantity < book.min_quantity:
        return codes.QUANTITY_TOO_SMALL
    if book.max_quantity and quantity > book.max_quantity:
        return codes.QUANTITY_TOO_LARGE
    if quantity > book.lots_max or quantity > codes.AMOUNT_MAX - book.open_lots:
        return codes.QUANTITY_TOO_LARGE
    return codes.ACCEPTED


def outside_prices(book: OrderBook, price: int) -> int:
    """Return whether the price is outside what the instrument, or the machine, takes."""
    if price < book.min_price or price > codes.PRICE_MAX:
        return 1
    return 1 if book.max_price and price > book.max_price else 0


def notional_reason(book: OrderBook, side: int, price: int, quantity: int, taker_ppb: int) -> int:
    """Return why the instrument refuses an order of this worth, or ACCEPTED."""
    notional = book.notional(price, quantity)
    if notional < book.min_notional:
        return codes.NOTIONAL_TOO_SMALL
    if notional > codes.AMOUNT_MAX or book.need(side, price, quantity, taker_ppb) > codes.AMOUNT_MAX:
        return codes.NOTIONAL_TOO_LARGE
    return codes.ACCEPTED


def trigger_reason(book: OrderBook, request: PlaceOco, price: int) -> int:
    """Return why a trigger price is not acceptable at this moment, or ACCEPTED."""
    if price and too_distant(book, price, request.trigger_price):
        return codes.TRIGGER_DISTANCE_EXCEEDED
    if book.refuse_met_triggers:
        rising = 1 if (request.side == codes.BUY) == (request.trigger == codes.STOP) else 0
        if is_met(rising, request.trigger_price, book.source(request.trigger_source)):
            return codes.TRIGGER_ALREADY_MET
    return codes.ACCEPTED


def too_distant(book: OrderBook, price: int, trigger_price: int) -> int:
    """Return whether a limit lies further from its trigger than the instrument allows."""
    if book.trigger_distance_ppm == 0:
        return 0
    distance = price - trigger_price if price > trigger_price else trigger_price - price
    return 1 if distance > wide.scale(trigger_price, book.trigger_distance_ppm, codes.PPM) else 0


def is_met(rising: int, trigger_price: int, price: int) -> int:
    """Return whether a trigger fires at this price; without a price none does."""
    if price == 0:
        return 0
    if rising:
        return 1 if price >= trigger_price else 0
    return 1 if price <= trigger_price else 0
