"""The book of one instrument: its rules, its six ladders, its prices, and the orders that follow a price."""

from __future__ import annotations

from bedesten.core import codes, layout, records, wide
from bedesten.core.ladder import Ladder
from bedesten.core.memory import Memory
from bedesten.core.refusal import Refusal


class OrderBook:
    """Bids and asks, and the orders that wait: rising ones fire at or above their trigger price, falling ones at or
    below.

    Units: prices in ticks, quantities in lots, money in minor units. A limit of 0 is switched off.
    """

    __slots__ = (
        "asks", "base", "bids", "buy_band_ppm", "cursor", "denominator", "fee_rule", "first_follower", "followed",
        "followers", "has_bands", "index", "index_age_max_ns", "index_aged", "index_alarm_ns", "index_falling", "index_ns",
        "index_rising", "index_source", "instrument", "is_listed", "last", "last_falling",
        "last_follower", "last_rising", "lot_value", "lots_max", "maker_ppb", "market_protection_ppm", "max_price",
        "max_quantity", "min_notional", "min_price", "min_quantity", "numerator", "open_lots", "open_orders_max",
        "price_ceiling_ppm", "price_floor_ppm", "quote", "refusal", "refuse_met_triggers", "reissue_at_trigger", "rounds",
        "rules", "sell_band_ppm", "source_index_age_max_ns", "state", "taker_ppb", "tax_ppb", "trigger_distance_ppm", "waiting",
    )  # fmt: skip

    def __init__(self, memory: Memory, refusal: Refusal, instrument: int) -> None:
        self.refusal = refusal
        self.instrument = instrument
        self.is_listed = 0  # a book may only keep the place of a number
        self.base = self.quote = 0
        self.lot_value = self.numerator = self.denominator = 1
        self.lots_max = codes.AMOUNT_MAX  # how many lots are still an amount of base
        self.state = codes.HALTED
        self.fee_rule = codes.IN_RECEIVED
        self.tax_ppb = 0
        self.min_quantity = self.max_quantity = self.min_notional = self.min_price = self.max_price = 0
        self.buy_band_ppm = self.sell_band_ppm = self.price_floor_ppm = self.price_ceiling_ppm = 0
        self.has_bands = 0  # whether any of these four is set
        self.market_protection_ppm = self.trigger_distance_ppm = self.open_orders_max = self.refuse_met_triggers = 0
        self.reissue_at_trigger = self.rules = 0
        self.rounds = (
            0  # whether fills round by their aggressor's side: by these rules, where they do not come out whole
        )
        self.last = self.index = 0
        self.index_source = self.index_ns = 0  # the source of the index price, and its time (ns)
        self.index_aged = 0  # 1: it is too old, and nothing goes by it
        self.index_alarm_ns = 0  # when its age is checked next; 0: never
        self.index_age_max_ns = self.source_index_age_max_ns = 0
        self.followed = 0
        self.open_lots = 0
        self.waiting = 0
        self.followers = 0
        self.first_follower = self.last_follower = self.cursor = records.NO_ORDER
        self.maker_ppb = layout.grow_keys(layout.NO_KEYS, 0, codes.TIERS_MAX)
        self.taker_ppb = layout.grow_keys(layout.NO_KEYS, 0, codes.TIERS_MAX)
        if self.maker_ppb is layout.NO_KEYS or self.taker_ppb is layout.NO_KEYS:
            raise MemoryError("no memory for a book")
        self.bids = Ladder(memory, instrument, codes.BIDS, 1)
        self.asks = Ladder(memory, instrument, codes.ASKS, -1)
        self.last_rising = Ladder(memory, instrument, codes.LAST_RISING, -1)
        self.last_falling = Ladder(memory, instrument, codes.LAST_FALLING, 1)
        self.index_rising = Ladder(memory, instrument, codes.INDEX_RISING, -1)
        self.index_falling = Ladder(memory, instrument, codes.INDEX_FALLING, 1)

    def __dealloc__(self) -> None:
        layout.free_keys(self.maker_ppb)
        layout.free_keys(self.taker_ppb)

    def side(self, side: int) -> Ladder:
        return self.bids if side == codes.BUY else self.asks

    def opposite(self, side: int) -> Ladder:
        return self.asks if side == codes.BUY else self.bids

    def best_opposite(self, side: int) -> records.PriceLevel:
        return self.asks.best if side == codes.BUY else self.bids.best

    def ladder(self, kind: int) -> Ladder:
        if kind == codes.BIDS:
            return self.bids
        if kind == codes.ASKS:
            return self.asks
        if kind == codes.LAST_RISING:
            return self.last_rising
        if kind == codes.LAST_FALLING:
            return self.last_falling
        return self.index_rising if kind == codes.INDEX_RISING else self.index_falling

    def pays(self, side: int) -> int:
        """Return the asset that an order of this side holds."""
        return self.quote if side == codes.BUY else self.base

    def go_by(self, rules: int) -> None:
        """Match by this revision of the rules from now on."""
        self.rules = rules
        self.rounds = 1 if rules and self.denominator > 1 else 0

    def note_bands(self) -> None:
        """Remember whether any limit price can be refused by its distance from the reference price."""
        is_set = self.buy_band_ppm or self.sell_band_ppm or self.price_floor_ppm or self.price_ceiling_ppm
        self.has_bands = 1 if is_set else 0

    def notional(self, price: int, quantity: int) -> int:
        """Return what lots are worth at a price, rounded down."""
        return wide.value(price, quantity, self.numerator, self.denominator)

    def paid(self, side: int, price: int, quantity: int) -> int:
        """Return the notional of a fill whose aggressor is of this side: rounded against the aggressor."""
        if self.rounds and side == codes.BUY:
            return wide.value_up(price, quantity, self.numerator, self.denominator)
        return wide.value(price, quantity, self.numerator, self.denominator)

    def need(self, side: int, price: int, quantity: int, taker_ppb: int) -> int:
        """Return the most that an order may have to pay: what it holds. Beyond AMOUNT_MAX: TOO_MUCH."""
        if side == codes.SELL:
            return wide.value(quantity, self.lot_value, 1, 1)
        return self.cost(self.paid(side, price, quantity), taker_ppb)

    def cost(self, notional: int, taker_ppb: int) -> int:
        """Return what a buyer pays for this notional: with fee and tax on top where the fee is taken in quote."""
        if self.fee_rule == codes.IN_RECEIVED or notional > codes.AMOUNT_MAX:
            return notional
        fee = wide.charge(notional, taker_ppb, 0)
        cost = notional + fee
        if cost > codes.AMOUNT_MAX:
            return codes.TOO_MUCH
        cost += wide.charge(fee, self.tax_ppb, 0)
        return min(cost, codes.TOO_MUCH)

    def reference(self) -> int:
        """Return the price that bands are reckoned from: the index, else the last trade, else 0."""
        return self.index if self.index > 0 and not self.index_aged else self.last

    def band_reason(self, side: int, price: int) -> int:
        """Return why a limit price of this side is one that the instrument refuses, or ACCEPTED."""
        if not self.has_bands:
            return codes.ACCEPTED
        reference = self.reference()
        if reference == 0:
            return codes.ACCEPTED
        bound = codes.PRICE_MAX
        if side == codes.BUY and self.buy_band_ppm:
            bound = wide.scale(reference, codes.PPM + self.buy_band_ppm, codes.PPM)
        if price <= bound and self.price_ceiling_ppm:
            bound = wide.scale(reference, self.price_ceiling_ppm, codes.PPM)
        if price > bound:
            return self.refusal.because(codes.PRICE_OUTSIDE_BAND, price, bound, reference)
        bound = 0
        if side == codes.SELL and self.sell_band_ppm:
            bound = wide.scale_up(reference, codes.PPM - self.sell_band_ppm, codes.PPM)
        if price >= bound and self.price_floor_ppm:
            bound = wide.scale_up(reference, self.price_floor_ppm, codes.PPM)
        if price < bound:
            return self.refusal.because(codes.PRICE_OUTSIDE_BAND, price, bound, reference)
        return codes.ACCEPTED

    def protected(self, side: int, price: int) -> int:
        """Return the worst price that a market order starting from *price* may trade at; 0: any."""
        if self.market_protection_ppm == 0:
            return 0
        if side == codes.BUY:
            return wide.scale(price, codes.PPM + self.market_protection_ppm, codes.PPM)
        return wide.scale_up(price, codes.PPM - self.market_protection_ppm, codes.PPM)

    def worst_after(self, trigger_price: int) -> int:
        """Return the worst price that a market buy by quantity may pay once its trigger has fired."""
        price = self.protected(codes.BUY, trigger_price)
        return price if price else trigger_price

    def pegged(self, side: int, bound: int, deviation_ppm: int) -> int:
        """Return the price of a peg: at its deviation from the index, never worse than its bound."""
        if side == codes.BUY:
            price = wide.scale(self.index, codes.PPM + deviation_ppm, codes.PPM)
            return max(1, min(price, bound))
        price = wide.scale_up(self.index, codes.PPM + deviation_ppm, codes.PPM)
        return max(price, bound)

    def source(self, source: int) -> int:
        """Return the present price that a trigger watches; 0 when there is none."""
        if source == codes.LAST:
            return self.last
        return 0 if self.index_aged else self.index

    def index_due(self) -> int:
        """Return the instant from which on the index is too old; 0: never."""
        age_max = self.index_age_max_ns
        if self.index_source > codes.TOLD_BY_OPERATOR:
            age_max = self.source_index_age_max_ns
        if self.index == 0 or age_max == 0:
            return 0
        return codes.EXPIRES_MAX if age_max > codes.EXPIRES_MAX - self.index_ns else self.index_ns + age_max

    def waits_in(self, order: records.Order) -> Ladder:
        """Return the ladder in which an order waits for its trigger."""
        rising = 1 if order.side == codes.BUY else 0
        if order.conditions.trigger == codes.TAKE_PROFIT:
            rising = 1 - rising
        if order.conditions.trigger_source == codes.LAST:
            return self.last_rising if rising else self.last_falling
        return self.index_rising if rising else self.index_falling

    def trailed(self, order: records.Order) -> int:
        """Return the trigger price that belongs to the best price a trailing order has seen."""
        conditions = order.conditions
        if conditions.trigger == codes.TRAILING_DISTANCE:
            if order.side == codes.BUY:
                return conditions.extreme + conditions.trail
            return max(1, conditions.extreme - conditions.trail)
        if order.side == codes.BUY:
            return wide.scale(conditions.extreme, codes.PPM + conditions.trail, codes.PPM)
        return wide.scale_up(conditions.extreme, codes.PPM - conditions.trail, codes.PPM)

    def wait(self, order: records.Order) -> None:
        """Let an order wait for its trigger."""
        self.waits_in(order).push(order, order.conditions.trigger_price, 0)
        self.waiting += 1

    def rest(self, order: records.Order) -> None:
        """Queue an order at its price, behind those that are there."""
        self.side(order.side).push(order, order.price, shown(order))

    def drop(self, order: records.Order) -> None:
        """Take an order out of whatever ladder it is in."""
        level = order.level
        if level is records.NO_LEVEL:
            return
        kind = level.ladder
        if kind > codes.ASKS:
            self.waiting -= 1
            self.ladder(kind).drop(order, 0)
        else:
            self.ladder(kind).drop(order, shown(order))

    def follow(self, order: records.Order) -> None:
        """Let an order follow a price: put it at the end of the followers."""
        conditions = order.conditions
        last = self.last_follower
        conditions.follower_ahead = last
        conditions.follower_behind = records.NO_ORDER
        if last is records.NO_ORDER:
            self.first_follower = order
        else:
            last.conditions.follower_behind = order
        self.last_follower = order
        conditions.follows = 1
        self.followers += 1

    def unfollow(self, order: records.Order) -> None:
        ahead = order.conditions.follower_ahead
        behind = order.conditions.follower_behind
        if self.cursor is order:
            self.cursor = behind
        if ahead is records.NO_ORDER:
            self.first_follower = behind
        else:
            ahead.conditions.follower_behind = behind
        if behind is records.NO_ORDER:
            self.last_follower = ahead
        else:
            behind.conditions.follower_ahead = ahead
        order.conditions.follows = 0
        self.followers -= 1


def shown(order: records.Order) -> int:
    """Return how many of an order's remaining lots the public sees."""
    return shown_of(order, order.remaining)


def shown_of(order: records.Order, remaining: int) -> int:
    """Return how many lots the public would see of the order if so many remained."""
    if order.conditions.display_ppm == 0 or remaining == 0:
        return remaining
    return max(1, wide.scale(remaining, order.conditions.display_ppm, codes.PPM))


def set_price(order: records.Order, price: int) -> None:
    """Give an order another price; what it was placed with is remembered in its conditions, which it has."""
    original = records.original_price(order)
    order.price = price
    order.conditions.original_price = 0 if original == price else original
