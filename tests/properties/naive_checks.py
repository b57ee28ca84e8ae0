"""What the naive exchange refuses: the checks of a placed or amended order, in the order of RejectReason.

Each check is a sentence about one command; none changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import (
    InstrumentParameter,
    InstrumentState,
    OrderType,
    PriceSource,
    RejectReason,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from bedesten.domain.money import AMOUNT_MAX, PPM
from tests.properties.naive_order import Listing, NaiveOrder, ceil_div

P = InstrumentParameter
R = RejectReason
TRAILING = (Trigger.TRAILING_DISTANCE, Trigger.TRAILING_PERCENTAGE)
DEVIATION_MAX = 100_000
PRICE_MAX = (1 << 60) - 1
EXPIRES_MAX = (1 << 62) - 1


class Refused(Exception):
    """A command is refused."""

    def __init__(self, reason: RejectReason, account: int | None = None) -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.account = account  # whose fault it is, when it is not the one that the command speaks for
        self.instrument = 0  # where the order spoken of is, when the command does not say


def refuse(reason: RejectReason, when: bool, account: int | None = None) -> None:
    """Refuse the command for *reason* when so."""
    if when:
        raise Refused(reason, account)


def is_malformed(c: PlaceOrder | PlaceOco) -> bool:
    """Whether a column is outside what it may be at all."""
    amounts = [c.account, c.instrument, c.expires_ns, c.price, c.quantity, c.budget, c.trigger_price, c.trail]
    amounts += [c.display_ppm, c.client_ref]
    if isinstance(c, PlaceOco):
        amounts.append(c.stop_price)
    return (
        c.side not in list(Side)
        or c.order_type not in list(OrderType)
        or c.time_in_force not in list(TimeInForce)
        or c.post_only not in (0, 1)
        or c.trigger not in (0, *Trigger)
        or c.trigger_source not in (0, *PriceSource)
        or c.self_trade not in list(SelfTrade)
        or any(amount < 0 for amount in amounts)
        or c.expires_ns > EXPIRES_MAX
    )


def is_supported(c: PlaceOrder | PlaceOco) -> bool:
    """Whether the columns make sense together."""
    if (c.time_in_force == TimeInForce.GTD) != (c.expires_ns > 0):
        return False
    if c.post_only and (c.order_type != OrderType.LIMIT or c.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)):
        return False
    if c.order_type != OrderType.PEG and (c.display_ppm or c.deviation_ppm):
        return False
    if not is_trigger_supported(c):
        return False
    if isinstance(c, PlaceOco):
        return is_oco_supported(c)
    if c.order_type == OrderType.LIMIT:
        return c.price > 0 and c.quantity > 0 and c.budget == 0
    if c.order_type == OrderType.MARKET:
        return is_market_supported(c)
    return (
        c.price > 0 and c.quantity > 0 and c.budget == 0
        and c.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)
        and abs(c.deviation_ppm) <= DEVIATION_MAX and c.display_ppm <= PPM and c.trigger == 0
    )  # fmt: skip


def is_trigger_supported(c: PlaceOrder | PlaceOco) -> bool:
    """Whether trigger, trigger price, source and trail make sense together."""
    if c.trigger == 0:
        return c.trigger_price == 0 and c.trigger_source == 0 and c.trail == 0
    if c.trigger_source == 0:
        return False
    if c.trigger in TRAILING:
        return c.trail > 0 and c.trigger_price == 0 and (c.trigger != Trigger.TRAILING_PERCENTAGE or c.trail < PPM)
    return c.trigger_price > 0 and c.trail == 0


def is_market_supported(c: PlaceOrder | PlaceOco) -> bool:
    """Whether a market order names one of quantity and budget, the second only to buy, and the first not to trail a buy."""
    if c.price or c.time_in_force == TimeInForce.GTD:
        return False
    if (c.quantity > 0) == (c.budget > 0):
        return False
    if c.budget:
        return c.side == Side.BUY and c.time_in_force != TimeInForce.FOK
    return not (c.side == Side.BUY and c.trigger in TRAILING)


def is_unprotected(c: PlaceOrder | PlaceOco, listing: Listing) -> bool:
    """Whether a market buy by quantity would wait for its trigger with no more to pay than that."""
    if not listing.rules or listing[P.MARKET_PROTECTION_PPM]:
        return False
    return c.order_type == OrderType.MARKET and c.side == Side.BUY and c.trigger > 0 and c.budget == 0


def is_oco_supported(c: PlaceOco) -> bool:
    """Whether both legs are whole."""
    return (
        c.order_type == OrderType.LIMIT and c.time_in_force in (TimeInForce.GTC, TimeInForce.GTD) and not c.post_only
        and c.trigger == Trigger.STOP and c.stop_price > 0 and c.price > 0 and c.quantity > 0 and c.budget == 0
    )  # fmt: skip


def check_state(listing: Listing, *, is_post_only_limit: bool) -> None:
    """Refuse what the instrument's state does not let in."""
    state = listing[P.STATE]
    refuse(R.INSTRUMENT_HALTED, state == InstrumentState.HALTED)
    refuse(R.INSTRUMENT_CANCEL_ONLY, state == InstrumentState.CANCEL_ONLY)
    refuse(R.INSTRUMENT_POST_ONLY, state == InstrumentState.POST_ONLY_SESSION and not is_post_only_limit)


def check_terms(order: NaiveOrder, stop_leg: NaiveOrder | None = None, *, open_lots: int) -> None:
    """Refuse quantity, prices or notional outside the instrument's limits, in the order of the reasons."""
    legs = [order] if stop_leg is None else [order, stop_leg]
    check_quantity(order.row.quantity, order.listing, open_lots)
    for leg in legs:
        refuse(
            R.PRICE_OUT_OF_RANGE, bool(leg.row.original_price) and is_out_of_range(leg.row.original_price, leg.listing)
        )
    for leg in legs:
        if leg.row.trigger and not leg.row.trail:
            refuse(R.TRIGGER_PRICE_OUT_OF_RANGE, is_out_of_range(leg.row.trigger_price, leg.listing))
    for leg in legs:
        refuse(R.TRIGGER_PRICE_OUT_OF_RANGE, leg.row.trail >= PRICE_MAX)
    check_notional(legs)
    for leg in legs:
        needs_index = leg.row.trigger_source == PriceSource.INDEX or leg.is_peg
        refuse(R.INDEX_TOO_OLD, needs_index and leg.listing.index_aged)
        refuse(R.NO_REFERENCE_PRICE, leg.row.trail > 0 and leg.extreme == 0)
        refuse(R.NO_REFERENCE_PRICE, needs_index and leg.listing.index == 0)
    for leg in legs:
        refuse(R.PRICE_OUTSIDE_BAND, leg.row.original_price > 0 and is_outside_band(leg, leg.row.original_price))
    for leg in legs:
        refuse(R.TRIGGER_DISTANCE_EXCEEDED, is_too_distant(leg))
    for leg in legs:
        refuse(R.TRIGGER_ALREADY_MET, is_met_and_refused(leg))


def check_quantity(quantity: int, listing: Listing, open_lots: int) -> None:
    """Refuse a quantity outside the instrument's limits, or too large for an amount of base or for the book's sums."""
    if quantity:
        refuse(R.QUANTITY_TOO_SMALL, quantity < listing[P.MIN_QUANTITY])
        refuse(R.QUANTITY_TOO_LARGE, 0 < listing[P.MAX_QUANTITY] < quantity)
        refuse(R.QUANTITY_TOO_LARGE, quantity * listing.lot_value > AMOUNT_MAX or quantity + open_lots > AMOUNT_MAX)


def is_out_of_range(price: int, listing: Listing) -> bool:
    """Whether a price lies outside MIN_PRICE..MAX_PRICE."""
    return price < max(1, listing[P.MIN_PRICE]) or price > (listing[P.MAX_PRICE] or PRICE_MAX)


def check_notional(legs: Iterable[NaiveOrder]) -> None:
    """Refuse a notional, or budget, too small for the instrument or too large for an amount."""
    for leg in legs:
        listing, row = leg.listing, leg.row
        if row.budget:
            refuse(R.NOTIONAL_TOO_SMALL, row.budget < listing[P.MIN_NOTIONAL])
        elif row.original_price:
            refuse(R.NOTIONAL_TOO_SMALL, listing.notional(row.original_price, row.quantity) < listing[P.MIN_NOTIONAL])
    for leg in legs:
        listing, row = leg.listing, leg.row
        refuse(R.NOTIONAL_TOO_LARGE, row.budget > AMOUNT_MAX)
        refuse(R.NOTIONAL_TOO_LARGE, listing.notional(row.original_price, row.quantity) > AMOUNT_MAX)
        refuse(R.NOTIONAL_TOO_LARGE, leg.is_buy and leg.need_at(leg.hold_price, row.quantity) > AMOUNT_MAX)


def is_outside_band(leg: NaiveOrder, price: int) -> bool:
    """Whether a limit price is too far from the reference: the index price if set, else the last price, else none."""
    listing = leg.listing
    reference = listing.fresh_index or listing.last
    if reference == 0:
        return False
    buy, sell = listing[P.BUY_BAND_PPM], listing[P.SELL_BAND_PPM]
    floor, ceiling = listing[P.PRICE_FLOOR_PPM], listing[P.PRICE_CEILING_PPM]
    return bool(
        (buy and leg.is_buy and price > reference * (PPM + buy) // PPM)
        or (sell and not leg.is_buy and price < ceil_div(reference * (PPM - sell), PPM))
        or (floor and price < ceil_div(reference * floor, PPM))
        or (ceiling and price > reference * ceiling // PPM)
    )


def is_too_distant(leg: NaiveOrder) -> bool:
    """Whether the limit of a waiting order lies further from its trigger than allowed; a trail's trigger is no such one."""
    distance = leg.listing[P.TRIGGER_DISTANCE_PPM]
    if not (distance and leg.row.is_waiting and leg.row.price) or leg.row.trail:
        return False
    return abs(leg.row.price - leg.row.trigger_price) * PPM > leg.row.trigger_price * distance


def is_met_and_refused(leg: NaiveOrder) -> bool:
    """Whether the trigger is met already, where the instrument refuses that."""
    stands = leg.row.is_waiting and not leg.row.trail
    return bool(leg.listing[P.REFUSE_MET_TRIGGERS]) and stands and leg.is_met(watched_price(leg))


def watched_price(leg: NaiveOrder) -> int:
    """Return the present price of the source the trigger watches; 0: none yet."""
    return leg.listing.last if leg.row.trigger_source == PriceSource.LAST else leg.listing.fresh_index
