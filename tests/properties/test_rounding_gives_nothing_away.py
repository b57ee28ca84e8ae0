"""Rounding is never the aggressor's: whatever one account does against orders that stand, at fixed prices it grows no richer.

Every order may be of one lot and no least worth is asked, so that each fill rounds as badly as it can. Decimals of the assets,
ticks and lots are drawn, down to a tick × lot worth 10^-12 of a minor unit.
"""

from __future__ import annotations

import os
import random
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedesten.domain import commands as c
from bedesten.domain.enums import (
    EventKind,
    FeeRule,
    InstrumentParameter,
    OrderType,
    PriceSource,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from bedesten.domain.instruments import Asset, Instrument
from bedesten.domain.money import AMOUNT_MAX
from tests import builders
from tests.builders import BASE, QUOTE, MachineUnderTest, machine_types

P = InstrumentParameter
MAKERS, THIEF = (16, 17), 18
COMMANDS = 60
VALUE_MAX = 1 << 40
RUNS = int(os.environ.get("BEDESTEN_PROPERTY_RUNS", "1"))


class World(NamedTuple):
    """What the exchange is like, and the price that everything is valued at."""

    instrument: Instrument
    price: int
    fee_rule: int
    taker_ppb: int
    tax_ppb: int
    funds: int
    near: int  # the side whose best orders stand at that very price


@st.composite
def worlds(draw: Any) -> World:
    """Draw scales, steps, fees and a price; what the core cannot count is drawn again."""
    base = Asset(id=BASE, code="B", name="", scale=draw(st.integers(0, 18)))
    quote = Asset(id=QUOTE, code="Q", name="", scale=draw(st.integers(0, 18)))
    lots = draw(st.integers(0, base.scale))
    # the decimals of a price that make a tick × lot worth ten to the minus *fineness* of a minor unit
    fineness = draw(st.integers(0, 12))
    ticks = quote.scale + fineness - lots
    if ticks < 0:
        ticks, fineness = 0, lots - quote.scale
    sizes = st.sampled_from((1, 1, 3, 5))
    instrument = Instrument(
        id=1,
        base=base,
        quote=quote,
        price_scale=ticks,
        quantity_scale=lots,
        tick_size=draw(sizes),
        lot_size=draw(sizes),
    )
    worth = instrument.tick_value
    if max(worth.denominator, worth.numerator) > VALUE_MAX:
        return draw(worlds())
    # lots worth from a hair to a few minor units: where rounding is worst
    lot = draw(
        st.sampled_from((Fraction(1, 10**6), Fraction(1, 3), Fraction(99, 100), Fraction(101, 100), Fraction(19, 10)))
    )
    price = max(20, int(lot / worth))
    fees = draw(st.sampled_from(((0, 0), (2_000_000, 0), (13_000_000, 180_000_000))))
    return World(
        instrument,
        price,
        draw(st.sampled_from(list(FeeRule))),
        *fees,
        draw(st.sampled_from((5, 300, 10**6))),
        draw(st.sampled_from(list(Side))),
    )


def prepared(machine: MachineUnderTest, world: World) -> None:
    """List the instrument and let many orders stand, of one lot and of many, on both sides of the price."""
    instrument, worth = world.instrument, world.instrument.tick_value
    listing = {
        "lot_value": instrument.lot_value,
        "value_numerator": worth.numerator,
        "value_denominator": worth.denominator,
    }
    for command in (*builders.assets(), *builders.an_instrument(**listing)):
        machine.submit(command)
    machine.submit(builders.a_parameter(P.MATCHING_RULES, 1))
    machine.submit(builders.a_parameter(P.MARKET_PROTECTION_PPM, 500_000))
    machine.submit(builders.a_parameter(P.FEE_RULE, world.fee_rule))
    machine.submit(builders.a_parameter(P.TAX_PPB, world.tax_ppb))
    machine.submit(c.SetFees(instrument=1, tier=0, maker_ppb=0, taker_ppb=world.taker_ppb))
    for maker in MAKERS:
        machine.submit(c.OpenAccount(account=maker))
        for asset in (BASE, QUOTE):
            machine.submit(builders.a_deposit(maker, asset, AMOUNT_MAX // 8))
    machine.submit(c.OpenAccount(account=THIEF))
    per_lot = max(1, int(world.price * worth))
    machine.submit(builders.a_deposit(THIEF, QUOTE, world.funds * per_lot))
    machine.submit(builders.a_deposit(THIEF, BASE, min(AMOUNT_MAX // 4, world.funds * instrument.lot_value)))
    step = max(1, world.price // 20)
    for n in range(12):
        for side, away in ((Side.SELL, step), (Side.BUY, -step)):
            levels = n // 4 + (0 if side == world.near else 1)
            price, quantity = max(1, world.price + away * levels), (1, 1, 2, 1 << 20)[n % 4]
            machine.submit(builders.an_order(account=MAKERS[n % 2], side=side, price=price, quantity=quantity))


class Thief:
    """Draws what an account might try; all of it against orders that stand."""

    def __init__(self, machine: MachineUnderTest, world: World, dice: random.Random) -> None:
        self.machine, self.world, self.dice = machine, world, dice

    def wealth(self) -> Fraction:
        """Return what the account has, in minor units of quote, base valued at the fixed price."""
        base, quote = (self.machine.balance(THIEF, asset)[0] for asset in (BASE, QUOTE))
        each = self.world.price * self.world.instrument.tick_value / self.world.instrument.lot_value
        return Fraction(quote) + base * each

    def command(self) -> c.Command:
        dice = self.dice.random()
        orders = self.machine.open_orders(THIEF)
        if dice < 0.15 and orders:
            return c.CancelOrder(account=THIEF, order_id=self.dice.choice(orders).order_id)
        if dice < 0.3 and orders:
            order = self.dice.choice(orders)
            changes = {"quantity": self.quantity()} if self.dice.random() < 0.5 else {"price": self.price()}
            return c.AmendOrder(account=THIEF, order_id=order.order_id, **changes)
        return self.order()

    def price(self) -> int:
        return max(1, self.world.price + self.dice.randint(-4, 4) * max(1, self.world.price // 20))

    def quantity(self) -> int:
        return self.dice.choice((1, 1, 1, 2, 3, 7, self.world.funds, 1 << 20))

    def order(self) -> c.Command:
        side, dice = self.dice.choice(list(Side)), self.dice.random()
        columns: dict[str, int] = {
            "account": THIEF, "side": side, "quantity": self.quantity(), "price": self.price(),
            "self_trade": self.dice.choice(list(SelfTrade)),
            "time_in_force": self.dice.choice((TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)),
        }  # fmt: skip
        if dice < 0.45:
            columns |= {"order_type": OrderType.MARKET, "price": 0, "time_in_force": TimeInForce.IOC}
            if side == Side.BUY and dice < 0.25:
                columns |= {"quantity": 0, "budget": self.dice.choice((1, 1, 2, 3, self.world.funds))}
        elif dice < 0.55:
            columns |= {"order_type": OrderType.PEG, "time_in_force": TimeInForce.GTC, "display_ppm": 1}
        if dice < 0.55 and dice > 0.35:
            return builders.an_order(**columns)
        if self.dice.random() < 0.2:
            stop = {"trigger": Trigger.STOP, "trigger_price": self.price(), "trigger_source": PriceSource.LAST}
            if columns.get("order_type") != OrderType.PEG:
                columns |= stop
        return builders.an_order(**columns)


@pytest.mark.parametrize("name", list(machine_types()))
def test_no_account_grows_richer_against_orders_that_stand(name: str) -> None:
    """Orders, splits, amends and cancels, market orders by quantity and budget, pegs and stops: at most nothing is lost."""
    filled: list[int] = []

    @settings(
        max_examples=60 * RUNS, deadline=None, database=None, derandomize=RUNS == 1,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(worlds(), st.integers(0, (1 << 32) - 1))
    def play(world: World, seed: int) -> None:
        machine = MachineUnderTest(machine_types()[name]())
        prepared(machine, world)
        machine.submit(c.SetIndex(instrument=1, price=world.price))
        thief = Thief(machine, world, random.Random(seed))
        wealth = thief.wealth()
        for _ in range(COMMANDS):
            outcome = machine.submit(thief.command())
            fills = [event for event in outcome.events if event.kind == EventKind.TRADED]
            filled.append(len(fills))
            assert all(fill.notional > 0 for fill in fills)
            left = thief.wealth()
            assert left <= wealth, f"richer by {left - wealth}"
            wealth = left
        machine.audit()

    play()
    assert sum(filled) > len(filled) // 10, "hardly anything was traded, so nothing was tried"
