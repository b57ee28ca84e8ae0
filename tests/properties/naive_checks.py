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
TOO_MUCH = AMOUNT_MAX + 1  # what any larger amount is told as
NO_FACTS = (0,) * 6


class Refused(Exception):
    """A command is refused."""

    def __init__(self, reason: RejectReason, account: int | None = None, facts: tuple[int, ...] = NO_FACTS) -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.facts = facts  # value, bound, reference, asset, needed, available
        self.account = account  # whose fault it is, when it is not the one that the command speaks for
        self.instrument = 0  # where the order spoken of is, when the command does not say


def refuse(
    reason: RejectReason, when: bool, account: int | None = None, *, value: int = 0, bound: int = 0, reference: int = 0
) -> None:
    """Refuse the command for *reason* when so."""
    if when:
        raise Refused(reason, account, (value, bound, reference, 0, 0, 0))


def refuse_lack(asset: int, needed: int, available: int, account: int | None = None) -> None:
    """Refuse the command when more is needed of an asset than is available."""
    if needed > available:
        raise Refused(R.INSUFFICIENT_AVAILABLE, account, (0, 0, 0, asset, min(needed, TOO_MUCH), available))


def refuse_amount(amount: int, most: int, account: int | None = None) -> None:
    """Refuse an amount below one or above the most."""
    bound = most if amount >= 1 else 1
    refuse(R.AMOUNT_OUT_OF_RANGE, not 1 <= amount <= most, account, value=amount, bound=bound)


def refuse_price(reason: RejectReason, price: int, listing: Listing) -> None:
    """Refuse a price outside MIN_PRICE..MAX_PRICE."""
    least, most = listing[P.MIN_PRICE], listing[P.MAX_PRICE] or PRICE_MAX
    refuse(reason, price < max(1, least), value=price, bound=least)
    refuse(reason, price > most, value=price, bound=most)


def refuse_old_index(listing: Listing, when: bool) -> None:
    """Refuse to go by an index that is too old."""
    refuse(R.INDEX_TOO_OLD, when and listing.index_aged, value=listing.index_ns, reference=listing.index)


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
        if leg.row.original_price:
            refuse_price(R.PRICE_OUT_OF_RANGE, leg.row.original_price, leg.listing)
    for leg in legs:
        if leg.row.trigger and not leg.row.trail:
            refuse_price(R.TRIGGER_PRICE_OUT_OF_RANGE, leg.row.trigger_price, leg.listing)
    for leg in legs:
        trail = leg.row.trail
        refuse(R.TRIGGER_PRICE_OUT_OF_RANGE, trail >= PRICE_MAX, value=trail, bound=PRICE_MAX - 1)
    check_notional(legs)
    for leg in legs:
        needs_index = leg.row.trigger_source == PriceSource.INDEX or leg.is_peg
        refuse_old_index(leg.listing, needs_index)
        refuse(R.NO_REFERENCE_PRICE, leg.row.trail > 0 and leg.extreme == 0)
        refuse(R.NO_REFERENCE_PRICE, needs_index and leg.listing.index == 0)
    for leg in legs:
        if leg.row.original_price > 0:
            check_band(leg, leg.row.original_price)
    for leg in legs:
        check_distance(leg)
    for leg in legs:
        check_met(leg)


def check_quantity(quantity: int, listing: Listing, open_lots: int) -> None:
    """Refuse a quantity outside the instrument's limits, or too large for an amount of base or for the book's sums."""
    if quantity:
        least = listing[P.MIN_QUANTITY]
        most = min(AMOUNT_MAX // listing.lot_value, AMOUNT_MAX - open_lots, listing[P.MAX_QUANTITY] or AMOUNT_MAX)
        refuse(R.QUANTITY_TOO_SMALL, quantity < least, value=quantity, bound=least)
        refuse(R.QUANTITY_TOO_LARGE, quantity > most, value=quantity, bound=most)


def check_notional(legs: Iterable[NaiveOrder]) -> None:
    """Refuse a notional, or budget, too small for the instrument or too large for an amount."""
    for leg in legs:
        listing, row = leg.listing, leg.row
        if row.budget or row.original_price:
            worth, least = row.budget or listing.notional(row.original_price, row.quantity), listing[P.MIN_NOTIONAL]
            refuse(R.NOTIONAL_TOO_SMALL, worth < least, value=worth, bound=least)
    for leg in legs:
        listing, row = leg.listing, leg.row
        refuse(R.NOTIONAL_TOO_LARGE, row.budget > AMOUNT_MAX, value=row.budget, bound=AMOUNT_MAX)
        worth = listing.notional(row.original_price, row.quantity)
        if leg.is_buy:
            worth = max(worth, leg.need_at(leg.hold_price, row.quantity))
        refuse(R.NOTIONAL_TOO_LARGE, worth > AMOUNT_MAX, value=min(worth, TOO_MUCH), bound=AMOUNT_MAX)


def check_band(leg: NaiveOrder, price: int) -> None:
    """Refuse a limit price too far from the reference: the index price if set, else the last price, else none."""
    listing = leg.listing
    reference = listing.fresh_index or listing.last
    buy, sell = listing[P.BUY_BAND_PPM], listing[P.SELL_BAND_PPM]
    floor, ceiling = listing[P.PRICE_FLOOR_PPM], listing[P.PRICE_CEILING_PPM]
    highest, lowest = [], []
    if buy and leg.is_buy:
        highest.append(reference * (PPM + buy) // PPM)
    if ceiling:
        highest.append(reference * ceiling // PPM)
    if sell and not leg.is_buy:
        lowest.append(ceil_div(reference * (PPM - sell), PPM))
    if floor:
        lowest.append(ceil_div(reference * floor, PPM))
    for passed in [*(each for each in highest if price > each), *(each for each in lowest if price < each)]:
        refuse(R.PRICE_OUTSIDE_BAND, reference > 0, value=price, bound=passed, reference=reference)


def check_distance(leg: NaiveOrder) -> None:
    """Refuse a limit of a waiting order that lies further from its trigger than allowed; a trail's trigger is no such one."""
    row, ppm = leg.row, leg.listing[P.TRIGGER_DISTANCE_PPM]
    if ppm and row.is_waiting and row.price and not row.trail:
        far, most = abs(row.price - row.trigger_price), row.trigger_price * ppm // PPM
        refuse(R.TRIGGER_DISTANCE_EXCEEDED, far > most, value=far, bound=most, reference=row.trigger_price)


def check_met(leg: NaiveOrder) -> None:
    """Refuse a trigger that is met already, where the instrument does."""
    stands, watched = leg.row.is_waiting and not leg.row.trail, watched_price(leg)
    is_refused = bool(leg.listing[P.REFUSE_MET_TRIGGERS]) and stands and leg.is_met(watched)
    refuse(R.TRIGGER_ALREADY_MET, is_refused, value=leg.row.trigger_price, reference=watched)


def watched_price(leg: NaiveOrder) -> int:
    """Return the present price of the source the trigger watches; 0: none yet."""
    return leg.listing.last if leg.row.trigger_source == PriceSource.LAST else leg.listing.fresh_index
