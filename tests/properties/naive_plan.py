"""What would happen if an order met the book now: a plan of trades and self-trade steps, without any of it happening."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bedesten.domain.enums import CloseReason, OrderType, SelfTrade, TimeInForce, Trigger
from bedesten.domain.money import PPM
from tests.properties.naive_checks import P, watched_price
from tests.properties.naive_order import Carry, NaiveOrder, ceil_div


@dataclass
class Step:
    """A trade, a decrement of both sides (quantity, no trade), or the end of the maker (no quantity) for a reason."""

    maker: NaiveOrder
    quantity: int
    is_trade: bool
    reason: CloseReason = CloseReason.SELF_TRADE


@dataclass
class Plan:
    """The steps, how the order ends (None: filled, or it rests), and what it would have traded, spent and left.

    met: anybody was in reach; short_price: the price of the first who would trade where a budget does not
    pay for a lot there.
    """

    steps: list[Step] = field(default_factory=list)
    end: CloseReason | None = None
    outlay: int = 0
    fills_all: bool = False
    met: bool = False
    short_price: int = 0

    @property
    def trades(self) -> bool:
        return any(step.is_trade for step in self.steps)


def market_limit(order: NaiveOrder, best: int) -> int:
    """Return the worst price a market order may take, seen from the best one; 0: any."""
    protection = order.listing[P.MARKET_PROTECTION_PPM]
    limit = 0
    if protection:
        limit = best * (PPM + protection) // PPM if order.is_buy else ceil_div(best * max(0, PPM - protection), PPM)
    if order.hold_price:
        limit = min(limit, order.hold_price) if limit else order.hold_price
    return limit


def within(order: NaiveOrder, opposite: list[NaiveOrder]) -> list[NaiveOrder]:
    """Return the makers whose price the order accepts, best first."""
    if not opposite:
        return []
    limit = market_limit(order, opposite[0].row.price) if order.row.is_market else order.row.price
    if limit == 0:
        return opposite
    return [m for m in opposite if (m.row.price <= limit if order.is_buy else m.row.price >= limit)]


def plan(order: NaiveOrder, opposite: list[NaiveOrder], funds: int | None = None) -> Plan:
    """Plan an order's meeting with the other side of the book. *funds*: what there is to pay with; None: enough."""
    planned = Plan()
    left = order.row.remaining
    budget = order.budget_left
    carry = replace(order.carry)
    for maker in within(order, opposite):
        if (left == 0 and not order.by_budget) or (order.by_budget and budget == 0):
            break
        planned.met = True
        if maker.row.account == order.row.account:
            mode = SelfTrade(order.row.self_trade)
            if mode is SelfTrade.DECREMENT and not order.by_budget:
                quantity = min(left, maker.row.remaining)
                planned.steps.append(Step(maker, quantity, False))
                left -= quantity
                if left == 0:
                    planned.end = CloseReason.SELF_TRADE
                continue
            if mode is not SelfTrade.CANCEL_NEWEST:
                planned.steps.append(Step(maker, 0, False))
            if mode in (SelfTrade.CANCEL_NEWEST, SelfTrade.CANCEL_BOTH):
                planned.end = CloseReason.SELF_TRADE
                return planned
            continue
        quantity = min(left, maker.row.remaining)
        if order.by_budget:
            quantity = order.affordable(carry, maker.row.price, maker.row.remaining, budget)
            planned.short_price = maker.row.price if not quantity and not planned.trades else 0
        elif is_worthless(order, maker, quantity):
            if quantity == left:
                planned.end = CloseReason.WORTHLESS
                return planned
            planned.steps.append(Step(maker, 0, False, CloseReason.WORTHLESS))
            continue
        elif not is_payable(order, carry, maker, quantity, funds, planned.outlay):
            planned.end = CloseReason.UNFUNDED
            return planned
        if quantity:
            planned.steps.append(Step(maker, quantity, True))
        left -= 0 if order.by_budget else quantity
        if order.is_buy:
            spent = order.outlay(carry, maker.row.price, quantity)
            planned.outlay += spent
            budget -= spent
        if order.by_budget and quantity < maker.row.remaining:
            planned.end = CloseReason.BUDGET_SPENT if budget else CloseReason.FILLED
            return planned
    return finish(order, planned, left, budget)


def is_worthless(order: NaiveOrder, maker: NaiveOrder, quantity: int) -> bool:
    """Whether something would be sold for nothing."""
    return bool(order.listing.rules) and not order.is_buy and order.listing.notional(maker.row.price, quantity) == 0


def is_payable(
    order: NaiveOrder, carry: Carry, maker: NaiveOrder, quantity: int, funds: int | None, spent: int
) -> bool:
    """Whether what is held and available, less what was spent, pays for one more fill."""
    if funds is None or not order.is_buy or not order.listing.rules:
        return True
    return spent + order.outlay(replace(carry), maker.row.price, quantity) <= funds


def finish(order: NaiveOrder, planned: Plan, left: int, budget: int) -> Plan:
    """Say how an order ends that met no end on its way."""
    traded = sum(step.quantity for step in planned.steps if step.is_trade)
    planned.fills_all = traded == order.row.remaining
    if planned.end is not None:
        return planned
    if order.by_budget:
        planned.end = CloseReason.NO_LIQUIDITY if budget else CloseReason.FILLED
    elif left > 0 and order.row.is_market:
        planned.end = CloseReason.NO_LIQUIDITY
    elif left > 0 and order.row.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        planned.end = CloseReason.NOT_RESTED
    return planned


def peg_price(order: NaiveOrder) -> int:
    """Return where the index puts a peg: on a tick of its own side, and never past its limit price."""
    index, deviation, bound = order.listing.index, order.row.deviation_ppm, order.row.original_price
    if order.is_buy:
        return max(1, min(index * (PPM + deviation) // PPM, bound))
    return max(ceil_div(index * (PPM + deviation), PPM), bound)


def trail_price(order: NaiveOrder) -> int:
    """Return the trigger price that follows from the extreme seen."""
    distance, extreme = order.row.trail, order.extreme
    if order.row.trigger == Trigger.TRAILING_DISTANCE:
        return extreme + distance if order.is_buy else max(1, extreme - distance)
    if order.is_buy:
        return extreme * (PPM + distance) // PPM
    return ceil_div(extreme * (PPM - distance), PPM)


def start_trail(order: NaiveOrder) -> None:
    """Let a trailing trigger begin at the present price, when there is one."""
    order.extreme = watched_price(order)
    if order.extreme:
        price = trail_price(order)
        order.set(trigger_price=price, original_trigger_price=price)


def is_market_buy_by_quantity(order: NaiveOrder) -> bool:
    """Whether the order's cost is known only from the book."""
    return order.is_buy and order.row.order_type == OrderType.MARKET and not order.by_budget
