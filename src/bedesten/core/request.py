"""A request to place an order, read from its row and checked field by field before anything is narrowed or believed."""

from __future__ import annotations

from bedesten.core import codes, layout, wide
from bedesten.core.book import OrderBook


class Request:
    """The columns of PlaceOrder and PlaceOco by name."""

    __slots__ = (
        "account", "budget", "client_ref", "deviation_ppm", "display_ppm", "expires_ns", "instrument", "order_type",
        "post_only", "price", "quantity", "self_trade", "side", "stop_price", "time_in_force", "trail", "trigger",
        "trigger_price", "trigger_source",
    )  # fmt: skip

    def __init__(self) -> None:
        pass

    def read(self, row: memoryview[int]) -> None:
        self.account = row[3]
        self.instrument = row[4]
        self.side = row[5]
        self.order_type = row[6]
        self.time_in_force = row[7]
        self.expires_ns = row[8]
        self.post_only = row[9]
        self.price = row[10]
        self.quantity = row[11]
        self.budget = row[12]
        self.trigger = row[13]
        self.trigger_price = row[14]
        self.trigger_source = row[15]
        self.trail = row[16]
        self.display_ppm = row[17]
        self.deviation_ppm = row[18]
        self.self_trade = row[19]
        self.client_ref = row[20]
        self.stop_price = row[21]

    def malformed(self) -> int:
        """Return whether a column is outside the range of its kind."""
        if not (codes.BUY <= self.side <= codes.SELL and codes.LIMIT <= self.order_type <= codes.PEG):
            return 1
        if not (codes.GTC <= self.time_in_force <= codes.GTD and 0 <= self.post_only <= 1):
            return 1
        if not (0 <= self.trigger <= codes.TRAILING_PERCENTAGE and 0 <= self.trigger_source <= codes.INDEX):
            return 1
        if not codes.CANCEL_NEWEST <= self.self_trade <= codes.DECREMENT:
            return 1
        if self.price < 0 or self.quantity < 0 or self.budget < 0 or self.trigger_price < 0 or self.trail < 0:
            return 1
        if (
            self.display_ppm < 0
            or self.client_ref < 0
            or self.stop_price < 0
            or self.account < 0
            or self.instrument < 0
        ):
            return 1
        return 0 if 0 <= self.expires_ns <= codes.EXPIRES_MAX else 1

    def unsupported(self) -> int:
        """Return whether the fields do not belong together."""
        if (self.expires_ns > 0) != (self.time_in_force == codes.GTD):
            return 1
        if self.post_only and (self.order_type != codes.LIMIT or self.immediate()):
            return 1
        if self.order_type == codes.PEG:
            return self.unsupported_peg()
        if self.display_ppm or self.deviation_ppm:
            return 1
        if self.order_type == codes.MARKET:
            if self.price or self.time_in_force == codes.GTD or (self.quantity > 0) == (self.budget > 0):
                return 1
            if self.budget and (self.side == codes.SELL or self.time_in_force == codes.FOK):
                return 1
        elif self.price == 0 or self.quantity == 0 or self.budget:
            return 1
        return self.unsupported_trigger()

    def unsupported_peg(self) -> int:
        if self.price == 0 or self.quantity == 0 or self.budget or self.trigger or self.immediate():
            return 1
        if not -codes.DEVIATION_MAX <= self.deviation_ppm <= codes.DEVIATION_MAX or self.display_ppm > codes.PPM:
            return 1
        return 1 if self.trigger_price or self.trigger_source or self.trail else 0

    def unsupported_trigger(self) -> int:
        if self.trigger == 0:
            return 1 if self.trigger_price or self.trigger_source or self.trail else 0
        if self.trigger_source == 0:
            return 1
        if self.trigger == codes.STOP or self.trigger == codes.TAKE_PROFIT:
            return 1 if self.trigger_price == 0 or self.trail else 0
        if self.trigger_price or self.trail == 0:
            return 1
        if self.trigger == codes.TRAILING_PERCENTAGE and self.trail >= codes.PPM:
            return 1
        # without a trigger price there is nothing to reckon the hold of a market buy by quantity from
        return 1 if self.order_type == codes.MARKET and self.side == codes.BUY and self.budget == 0 else 0

    def unsupported_oco(self) -> int:
        """Return whether the fields do not make two legs."""
        if self.order_type != codes.LIMIT or self.immediate() or self.post_only or self.stop_price == 0:
            return 1
        return 1 if self.trigger != codes.STOP else self.unsupported()

    def immediate(self) -> int:
        """Return whether nothing of the order may rest."""
        return 1 if self.time_in_force == codes.IOC or self.time_in_force == codes.FOK else 0

    def follows(self) -> int:
        """Return whether the order is repositioned with a price."""
        return 1 if self.order_type == codes.PEG or self.trigger >= codes.TRAILING_DISTANCE else 0

    def outside_limits(self, book: OrderBook, price: int, taker_ppb: int) -> int:
        """Return the reason why quantity, prices or worth are outside the instrument's limits, or ACCEPTED.

        *price* is the limit to check: the order's own, or that of an OCO's second leg.
        """
        if self.quantity:
            reason = quantity_reason(book, self.quantity)
            if reason:
                return reason
        if price:
            if outside_prices(book, price):
                return codes.PRICE_OUT_OF_RANGE
        if self.trigger_price and outside_prices(book, self.trigger_price):
            return codes.TRIGGER_PRICE_OUT_OF_RANGE
        if self.trail >= codes.PRICE_MAX:
            return codes.TRIGGER_PRICE_OUT_OF_RANGE
        if price:
            return notional_reason(book, self.side, price, self.quantity, taker_ppb)
        if self.budget:
            if self.budget < book.min_notional:
                return codes.NOTIONAL_TOO_SMALL
            if self.budget > codes.AMOUNT_MAX:
                return codes.NOTIONAL_TOO_LARGE
        return codes.ACCEPTED

    def misplaced(self, book: OrderBook, price: int) -> int:
        """Return the reason why the prices are not acceptable at this moment, or ACCEPTED."""
        if self.order_type == codes.PEG and book.index == 0:
            return codes.NO_REFERENCE_PRICE
        if self.trigger >= codes.TRAILING_DISTANCE and book.source(self.trigger_source) == 0:
            return codes.NO_REFERENCE_PRICE
        if price and book.outside_band(self.side, price):
            return codes.PRICE_OUTSIDE_BAND
        if self.trigger_price:
            return trigger_reason(book, self, price)
        return codes.ACCEPTED

    def fill_in(self, order: layout.Order) -> None:
        """Copy the order's terms from the request."""
        order.account = self.account
        order.instrument = self.instrument
        order.side = self.side
        order.order_type = self.order_type
        order.time_in_force = self.time_in_force
        order.expires_ns = self.expires_ns
        order.post_only = self.post_only
        order.price = order.original_price = order.hold_price = self.price
        order.quantity = order.original_quantity = order.remaining = self.quantity
        order.budget = self.budget
        order.trigger = self.trigger
        order.trigger_price = order.original_trigger_price = self.trigger_price
        order.trigger_source = self.trigger_source
        order.trail = self.trail
        order.display_ppm = self.display_ppm
        order.deviation_ppm = self.deviation_ppm
        order.self_trade = self.self_trade
        order.client_ref = self.client_ref


def quantity_reason(book: OrderBook, quantity: int) -> int:
    """Return why the instrument refuses this quantity, or ACCEPTED."""
    if quantity < book.min_quantity:
        return codes.QUANTITY_TOO_SMALL
    if book.max_quantity and quantity > book.max_quantity:
        return codes.QUANTITY_TOO_LARGE
    if quantity > codes.AMOUNT_MAX // book.lot_value or quantity > codes.AMOUNT_MAX - book.open_lots:
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


def trigger_reason(book: OrderBook, request: Request, price: int) -> int:
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
