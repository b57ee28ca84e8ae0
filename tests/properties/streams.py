"""Streams of commands that look for trouble: crossing prices, own orders in the way, thin balances, every kind of order.

A command is drawn from one integer and the state the naive exchange is in, so that a stream is a list of integers: leaving some
out leaves a stream, and what fails can be made short.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bedesten.domain import commands as c
from bedesten.domain.enums import (
    FeeRule,
    InstrumentParameter,
    InstrumentState,
    OrderType,
    PriceSource,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from tests import builders
from tests.builders import NaiveUnderTest

P = InstrumentParameter
MIDDLE = 40  # ticks: few enough that prices meet, enough that percentages bite
ACCOUNTS = (16, 17, 18)
LIMITS = {
    P.MIN_QUANTITY: (0, 2), P.MAX_QUANTITY: (0, 15), P.MIN_NOTIONAL: (0, 120), P.MIN_PRICE: (0, 35), P.MAX_PRICE: (0, 45),
    P.BUY_BAND_PPM: (0, 50_000, 200_000), P.SELL_BAND_PPM: (0, 50_000, 200_000), P.PRICE_FLOOR_PPM: (0, 800_000),
    P.PRICE_CEILING_PPM: (0, 1_200_000), P.MARKET_PROTECTION_PPM: (0, 0, 30_000, 100_000, 1_000_000),
    P.TRIGGER_DISTANCE_PPM: (0, 50_000), P.OPEN_ORDERS_MAX: (0, 3, 8), P.REFUSE_MET_TRIGGERS: (0, 1),
    P.INDEX_AGE_MAX_NS: (0, 0, 3, 10, 40), P.SOURCE_INDEX_AGE_MAX_NS: (0, 0, 3, 10, 40),
}  # fmt: skip


class Setting(NamedTuple):
    """What the exchange is like before the stream begins."""

    fee_rule: int = FeeRule.IN_RECEIVED
    tax_ppb: int = 0
    maker_ppb: int = 0
    taker_ppb: int = 0
    lot_value: int = 1
    numerator: int = 1
    denominator: int = 1
    funds: int = 3_000
    has_limits: bool = False
    rules: int = 1
    buys_all: bool = False  # whether buyers often spend all they have


PLAIN = Setting()
TAXED = Setting(FeeRule.IN_QUOTE, 180_000_000, 1_100_000, 2_300_000)
DEAR = Setting(FeeRule.IN_QUOTE, 500_000_000, 250_000_000, 500_000_000, has_limits=True)
FINE = Setting(FeeRule.IN_RECEIVED, 120_000_000, 900_000, 1_700_000, 7, 3, 10, 2_000, has_limits=True)
DUST = Setting(FeeRule.IN_QUOTE, 180_000_000, 7_000_000, 13_000_000, 1, 1, 13, 300)
LIMITED = Setting(has_limits=True)
COARSE = Setting(FeeRule.IN_RECEIVED, 0, 900_000, 1_700_000, 1, 1, 100, 40)
TIGHT = Setting(FeeRule.IN_QUOTE, 180_000_000, 7_000_000, 13_000_000, 1, 3, 100, 60, has_limits=True)
SPENT = Setting(FeeRule.IN_RECEIVED, 0, 900_000, 1_700_000, 1, 1, 39, 40, buys_all=True)
SPENT_TAXED = Setting(FeeRule.IN_QUOTE, 180_000_000, 7_000_000, 13_000_000, 1, 2, 79, 40, buys_all=True)
SETTINGS = {
    "plain": PLAIN, "taxed": TAXED, "dear": DEAR, "fine": FINE, "dust": DUST, "limited": LIMITED, "coarse": COARSE,
    "tight": TIGHT, "spent": SPENT, "spent taxed": SPENT_TAXED,
}  # fmt: skip
# As journals begin that were written before there were rules to choose from.
SETTINGS |= {
    f"{name} before": SETTINGS[name]._replace(rules=0)
    for name in ("plain", "fine", "dust", "limited", "coarse", "tight")
}


def beginning(setting: Setting) -> Iterator[c.Command]:
    """Yield the commands that list two instruments and fund three accounts."""
    yield from builders.assets()
    values = {"lot_value": setting.lot_value, "value_numerator": setting.numerator,
              "value_denominator": setting.denominator}  # fmt: skip
    for instrument in (1, 2):
        yield from builders.an_instrument(instrument, **values)
        yield builders.a_parameter(P.MATCHING_RULES, setting.rules, instrument)
        yield builders.a_parameter(P.FEE_RULE, setting.fee_rule, instrument)
        yield builders.a_parameter(P.TAX_PPB, setting.tax_ppb, instrument)
        for tier, scale in ((0, 1), (1, 2)):
            maker, taker = setting.maker_ppb // scale, setting.taker_ppb // scale
            yield c.SetFees(instrument=instrument, tier=tier, maker_ppb=maker, taker_ppb=taker)
    for account in ACCOUNTS:
        base = max(setting.funds // 20, 10) * setting.lot_value
        yield from builders.an_account(account, base=base, quote=setting.funds)


def shortest(seeds: list[int], fails: Callable[[list[int]], bool]) -> list[int]:
    """Return a failing part of a failing stream from which nothing can be left out."""
    size = max(1, len(seeds) // 4)
    while True:
        at, shorter = 0, False
        while at < len(seeds):
            rest = seeds[:at] + seeds[at + size :]
            if fails(rest):
                seeds, shorter = rest, True
            else:
                at += size
        if size == 1 and not shorter:
            return seeds
        size = max(1, size // 2)


class Drawing:
    """Draws one command after the other, looking at what the naive exchange holds."""

    def __init__(self, exchange: NaiveUnderTest, setting: Setting) -> None:
        self.exchange = exchange
        self.setting = setting
        self.dice = random.Random(0)
        self.kinds: list[tuple[int, Callable[[], c.Command]]] = [
            (90 if setting.buys_all else 30, self.limit), (10, self.market), (12, self.triggered), (6, self.oco),
            (7, self.peg), (10, self.cancel), (12, self.amend), (7, self.index), (3, self.time), (2, self.dead_man),
            (14 if setting.has_limits else 4, self.setup), (3, self.nonsense), (5, self.funds),
        ]  # fmt: skip

    def draw(self, seed: int) -> tuple[c.Command, int]:
        """Return the command that an integer stands for now, and its time."""
        self.dice = random.Random(seed)
        weights = [weight for weight, _ in self.kinds]
        kind = self.dice.choices([kind for _, kind in self.kinds], weights)[0]
        return kind(), self.exchange.naive.now + self.dice.choice((0, 0, 1, 3))

    def one_of(self, *values: int) -> int:
        return self.dice.choice(values)

    def some(self, most: int) -> int:
        """Return a number up to *most*, small ones more often."""
        return 1 + int(most * self.dice.random() ** 2)

    def price(self, side: int, *, crossing: float = 0.4) -> int:
        """Return a price near the middle; how often it reaches across is *crossing*."""
        away = self.some(8)
        towards = self.dice.random() < crossing
        return MIDDLE + (away if (side == Side.BUY) == towards else -away)

    def columns(self) -> dict[str, int]:
        """Return what any order has."""
        side = self.one_of(*Side)
        return {
            "account": self.one_of(*ACCOUNTS), "instrument": self.one_of(1, 1, 1, 2), "side": side,
            "order_type": OrderType.LIMIT, "time_in_force": TimeInForce.GTC, "price": self.price(side),
            "quantity": self.some(25), "self_trade": self.one_of(*SelfTrade), "client_ref": self.one_of(0, 0, 1, 2),
        }  # fmt: skip

    def ends(self) -> dict[str, int]:
        """Return a time in force for an order that may rest."""
        if self.dice.random() < 0.8:
            return {"time_in_force": TimeInForce.GTC}
        return {"time_in_force": TimeInForce.GTD, "expires_ns": self.exchange.naive.now + self.one_of(0, 1, 5, 20)}

    def limit(self) -> c.Command:
        extras: dict[str, int] = self.ends()
        dice = self.dice.random()
        if dice < 0.15:
            extras = {"time_in_force": TimeInForce.IOC}
        elif dice < 0.3:
            extras = {"time_in_force": TimeInForce.FOK}
        elif dice < 0.5:
            extras["post_only"] = 1
        columns = self.columns() | extras
        if self.setting.buys_all and self.dice.random() < 0.7:
            columns |= self.splinters(columns)
        return c.PlaceOrder(**columns)

    def splinters(self, columns: dict[str, int]) -> dict[str, int]:
        """Return what makes an order one of several of one lot each, or the one that buys them with all that its account has."""
        buyer, *sellers = ACCOUNTS
        offered = [o for o in self.exchange.naive.book(columns["instrument"], Side.SELL) if o.row.account != buyer]
        if len(offered) < 4:
            return {"account": self.one_of(*sellers), "side": Side.SELL, "price": MIDDLE, "quantity": 1}
        quantity = self.all_that(buyer, MIDDLE)
        return {"account": buyer, "side": Side.BUY, "price": MIDDLE, "quantity": quantity, "post_only": 0}

    def all_that(self, account: int, price: int) -> int:
        """Return about the most lots that an account can pay for."""
        total, held = self.exchange.balance(account, builders.QUOTE)
        charged = 2 if self.setting.fee_rule == FeeRule.IN_QUOTE else 0  # fee and tax, a unit each
        most = (total - held - charged) * self.setting.denominator // (price * self.setting.numerator)
        return max(1, most - self.one_of(0, 0, 0, 1))

    def market(self) -> c.Command:
        columns = self.columns() | {"order_type": OrderType.MARKET, "price": 0}
        columns["time_in_force"] = self.one_of(TimeInForce.IOC, TimeInForce.IOC, TimeInForce.GTC, TimeInForce.FOK)
        if columns["side"] == Side.BUY and self.dice.random() < 0.6:
            columns |= {"quantity": 0, "budget": self.some(self.setting.funds // 3), "time_in_force": TimeInForce.IOC}
        return c.PlaceOrder(**columns)

    def triggered(self) -> c.Command:
        base = self.market() if self.dice.random() < 0.5 else self.limit()
        columns = {name: getattr(base, name) for name in base.__struct_fields__}
        columns |= {"trigger": self.one_of(*Trigger), "trigger_source": self.one_of(*PriceSource)}
        if columns["trigger"] in (Trigger.STOP, Trigger.TAKE_PROFIT):
            columns["trigger_price"] = self.price(columns["side"], crossing=0.5)
        elif columns["trigger"] == Trigger.TRAILING_DISTANCE:
            columns["trail"] = self.some(5)
        else:
            columns["trail"] = self.one_of(10_000, 50_000, 120_000)
        return c.PlaceOrder(**columns)

    def oco(self) -> c.Command:
        columns = self.columns() | self.ends() | {"trigger": Trigger.STOP, "trigger_source": self.one_of(*PriceSource)}
        away = 1 if columns["side"] == Side.BUY else -1
        columns["price"] = self.price(columns["side"], crossing=0.15)
        columns["trigger_price"] = MIDDLE + away * self.some(5)
        columns["stop_price"] = columns["trigger_price"] + away * self.one_of(0, 1, 2, 3)
        return c.PlaceOco(**columns)

    def peg(self) -> c.Command:
        columns = self.columns() | self.ends() | {"order_type": OrderType.PEG}
        columns["deviation_ppm"] = self.one_of(-100_000, -50_000, 0, 0, 50_000, 100_000)
        columns["display_ppm"] = self.one_of(0, 1, 250_000, 1_000_000)
        return c.PlaceOrder(**columns)

    def some_order(self) -> tuple[int, int, int]:
        """Return the account, number and instrument of an open order; sometimes of none, or with the wrong account."""
        orders = [order.row for order in self.exchange.naive.orders.values()]
        if not orders or self.dice.random() < 0.05:
            return self.one_of(*ACCOUNTS), self.one_of(0, 1, 999, -1), self.one_of(-1, 1)
        row = self.dice.choice(orders)
        account = row.account if self.dice.random() < 0.95 else self.one_of(*ACCOUNTS)
        return account, row.order_id, self.one_of(-1, -1, row.instrument, row.instrument, 1)

    def cancel(self) -> c.Command:
        account, order_id, instrument = self.some_order()
        dice = self.dice.random()
        if dice < 0.7:
            return c.CancelOrder(account=account, order_id=order_id, instrument=instrument)
        if dice < 0.9:
            return c.CancelClientRef(account=account, client_ref=self.one_of(1, 2, 3), instrument=instrument)
        return c.CancelAll(account=account, instrument=instrument)

    def amend(self) -> c.Command:
        account, order_id, instrument = self.some_order()
        order = self.exchange.order(order_id)
        side, quantity = (order.side, order.quantity) if order else (Side.BUY, 5)
        changes: dict[str, int] = {}
        if self.dice.random() < 0.5:
            changes["price"] = self.price(side)
        if self.dice.random() < 0.7:
            changes["quantity"] = max(1, quantity + self.one_of(-5, -2, -1, 0, 1, 8))
        if order and order.is_waiting and self.dice.random() < 0.5:
            changes["trigger_price"] = self.price(side, crossing=0.5)
        if order and order.is_market and self.dice.random() < 0.8:
            changes = {"trigger_price": self.price(side, crossing=0.5)}  # all that a waiting market order lets change
        remaining = self.one_of(0, 0, 1)
        return c.AmendOrder(
            account=account, order_id=order_id, instrument=instrument, quantity_is_remaining=remaining, **changes
        )

    def index(self) -> c.Command:
        price, source = MIDDLE + self.one_of(-9, -5, -3, -1, 0, 1, 3, 5, 9), self.one_of(0, 1, 2, 2, 3)
        return c.SetIndex(instrument=self.one_of(1, 1, 1, 2), price=price, source=source)

    def time(self) -> c.Command:
        return c.AdvanceTime()

    def dead_man(self) -> c.Command:
        deadline = self.one_of(0, self.exchange.naive.now + self.one_of(0, 1, 5, 20))
        return c.CancelAllAfter(account=self.one_of(*ACCOUNTS), deadline_ns=deadline)

    def setup(self) -> c.Command:
        """What an operator does: money, accounts, states, and in a setting with limits mostly limits."""
        dice = self.dice.random()
        instrument = self.one_of(1, 1, 2)
        if self.setting.has_limits and dice < 0.7:
            parameter = self.one_of(*LIMITS)
            return builders.a_parameter(parameter, self.one_of(*LIMITS[P(parameter)]), instrument)
        if dice < 0.8:
            return self.money()
        if dice < 0.87:
            return c.SetAccount(account=self.one_of(*ACCOUNTS), parameter=self.one_of(1, 1, 2), value=self.one_of(0, 1))
        if dice < 0.92:
            return c.SetAccount(account=self.one_of(*ACCOUNTS), parameter=2, value=0)
        if dice < 0.95:
            return self.dice.choice((c.ListAsset(asset=1), c.OpenAccount(account=16), *builders.an_instrument(1)))
        if dice < 0.97 and self.exchange.naive.listings[instrument].rules == 0:
            return builders.a_parameter(P.MATCHING_RULES, 1, instrument)
        if self.exchange.naive.listings[instrument][P.STATE] != InstrumentState.TRADING:
            return builders.a_parameter(P.STATE, InstrumentState.TRADING, instrument)
        return builders.a_parameter(P.STATE, self.one_of(*InstrumentState), instrument)

    def money(self) -> c.Command:
        """A deposit, or a transfer between accounts that may not be possible."""
        asset, amount = self.one_of(1, 2), self.some(500)
        if self.dice.random() < 0.6:
            return builders.a_deposit(self.one_of(*ACCOUNTS), asset, amount)
        source, target = self.one_of(*ACCOUNTS, 2), self.one_of(*ACCOUNTS, 99)
        asset, amount = self.one_of(asset, asset, asset, 9), self.one_of(amount, amount, amount, 0, 1 << 62)
        return c.Transfer(account=source, to_account=target, asset=asset, amount=amount, reason=self.one_of(1, 2, 3, 4))

    def funds(self) -> c.Command:
        """An exchange, a hold, or the end of one: what the desk, conversions and withdrawals do."""
        dice, account = self.dice.random(), self.one_of(*ACCOUNTS * 4, 2, 99)
        amounts = (*(self.some(60) for _ in range(8)), 0, 1 << 62)
        asset = self.one_of(*(1, 2) * 6, 9)
        if dice < 0.35:
            return c.Exchange(
                account=account, to_account=self.one_of(*ACCOUNTS * 3, 0), asset=asset, amount=self.one_of(*amounts),
                to_asset=self.one_of(*(3 - asset,) * 9, 1), to_amount=self.one_of(*amounts),
            )  # fmt: skip
        held = self.exchange.naive.funds_held
        if dice < 0.6 or not held:
            reason = self.one_of(*(2,) * 9, 99)
            return c.HoldFunds(
                account=account, asset=asset, amount=self.one_of(*amounts), reason=reason, expires_ns=self.expiry()
            )
        number = self.one_of(*held, 999)
        owner = held[number].account if number in held and self.dice.random() < 0.9 else account
        if dice < 0.7:
            return c.ReleaseFunds(account=owner, hold_id=number)
        if dice < 0.85:
            return c.SetHold(account=owner, hold_id=number, expires_ns=self.expiry())
        amount = self.one_of(held[number].amount, *amounts) if number in held else 1
        return c.CaptureFunds(account=owner, hold_id=number, to_account=self.one_of(0, 0, 1, 17, 99), amount=amount)

    def expiry(self) -> int:
        """Return when a hold is to be given back by itself: never, soon, later, or what is no such instant."""
        now = self.exchange.naive.now
        return self.one_of(0, 0, 0, *(now + some for some in (1, 2, 5, 5, 20, 20, 60)), now, -1, 1 << 62)

    def nonsense(self) -> c.Command:
        """A command with one column out of place."""
        command = self.dice.choice((self.limit, self.market, self.triggered, self.oco, self.peg, self.amend))()
        columns = {name: getattr(command, name) for name in command.__struct_fields__}
        columns[self.dice.choice(list(columns))] = self.one_of(
            -1, 0, 1, 2, 3, 4, 5, 7, 99, 1_000_000, 1 << 40, (1 << 62) - 1
        )
        return type(command)(**columns)
