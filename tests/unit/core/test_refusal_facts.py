"""A refusal says what it was decided by: the bound, the reference, the amounts; the same from every exchange."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.builders import (
    BASE,
    INSTRUMENT,
    QUOTE,
    Exchange,
    MachineUnderTest,
    a_deposit,
    a_parameter,
    an_account,
    an_instrument,
    an_order,
    assets,
    exchanges,
    machine_types,
)
from tests.unit.core.fuzz import Fuzz

from bedesten.domain import commands as c
from bedesten.domain.enums import InstrumentParameter as P
from bedesten.domain.enums import OrderType, RejectReason, Side, TimeInForce
from bedesten.domain.events import Rejected
from bedesten.domain.refusals import FACTS

BUYER, SELLER = 16, 17


@pytest.fixture(params=sorted(exchanges()))
def exchange(request: pytest.FixtureRequest) -> Exchange:
    """A market at an index of 100 with a sale of 5 lots at 102 and one trade at 101; its fees are taken in quote."""
    market = exchanges()[request.param]()
    opening = [
        *assets(), *an_instrument(), *an_account(BUYER, base=50, quote=1_000), *an_account(SELLER, base=1_000, quote=1_000),
        a_parameter(P.FEE_RULE, 2), c.SetFees(instrument=INSTRUMENT, tier=0, maker_ppb=0, taker_ppb=10_000_000),
        c.SetIndex(instrument=INSTRUMENT, price=100), an_order(account=SELLER, side=Side.SELL, price=101),
        an_order(account=BUYER, price=101), an_order(account=SELLER, side=Side.SELL, price=102, quantity=5),
    ]  # fmt: skip
    for command in opening:
        assert not any(isinstance(event, Rejected) for event in market.submit(command, 50).events), command
    return market


def facts(market: Exchange, command: c.Command) -> tuple[str, dict[str, int]]:
    """Return why a command is refused, and the facts that its reason gives; every other fact is 0."""
    *_, event = market.submit(command, 60).events
    assert isinstance(event, Rejected)
    reason = RejectReason(event.reason)
    given = {name: getattr(event, name) for name in Rejected._fields[-6:]}
    assert not any(value for name, value in given.items() if name not in FACTS[reason])
    return reason.name, {name: value for name, value in given.items() if name in FACTS[reason]}


def under(rules: dict[P, int], command: c.Command) -> Callable[[Exchange], tuple[str, dict[str, int]]]:
    """Return what asks for a command under these parameters of the instrument."""

    def ask(market: Exchange) -> tuple[str, dict[str, int]]:
        for parameter, value in rules.items():
            market.submit(a_parameter(parameter, value))
        return facts(market, command)

    return ask


STOP = dict(trigger=1, trigger_source=1)
MARKET = dict(order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC, price=0)
ASKED = {
    "too few lots": (under({P.MIN_QUANTITY: 3}, an_order()), "QUANTITY_TOO_SMALL", dict(value=1, bound=3)),
    "too many lots": (under({P.MAX_QUANTITY: 3}, an_order(quantity=4)), "QUANTITY_TOO_LARGE", dict(value=4, bound=3)),
    "below the least price": (under({P.MIN_PRICE: 7}, an_order(price=6)), "PRICE_OUT_OF_RANGE", dict(value=6, bound=7)),
    "above the highest": (under({P.MAX_PRICE: 7}, an_order(price=8)), "PRICE_OUT_OF_RANGE", dict(value=8, bound=7)),
    "a trigger above the highest": (
        under({P.MAX_PRICE: 200}, an_order(price=100, trigger_price=201, **STOP)),
        "TRIGGER_PRICE_OUT_OF_RANGE", dict(value=201, bound=200),
    ),
    "worth too little": (under({P.MIN_NOTIONAL: 500}, an_order()), "NOTIONAL_TOO_SMALL", dict(value=100, bound=500)),
    "a budget too little": (
        under({P.MIN_NOTIONAL: 500}, an_order(**MARKET | dict(quantity=0, budget=9))),
        "NOTIONAL_TOO_SMALL", dict(value=9, bound=500),
    ),
    "a buy above its band": (
        under({P.BUY_BAND_PPM: 55_000}, an_order(price=106)), "PRICE_OUTSIDE_BAND", dict(value=106, bound=105, reference=100),
    ),
    "a sell below its band": (
        under({P.SELL_BAND_PPM: 55_000}, an_order(side=Side.SELL, price=94)),
        "PRICE_OUTSIDE_BAND", dict(value=94, bound=95, reference=100),
    ),
    "a floor": (
        under({P.PRICE_FLOOR_PPM: 500_000}, an_order(price=49)), "PRICE_OUTSIDE_BAND", dict(value=49, bound=50, reference=100),
    ),
    "a ceiling": (
        under({P.PRICE_CEILING_PPM: 1_500_000, P.BUY_BAND_PPM: 900_000}, an_order(price=151)),
        "PRICE_OUTSIDE_BAND", dict(value=151, bound=150, reference=100),
    ),
    "far from its trigger": (
        under({P.TRIGGER_DISTANCE_PPM: 100_000}, an_order(price=140, trigger_price=120, **STOP)),
        "TRIGGER_DISTANCE_EXCEEDED", dict(value=20, bound=12, reference=120),
    ),
    "a trigger that is met": (
        under({P.REFUSE_MET_TRIGGERS: 1}, an_order(price=100, trigger_price=99, **STOP)),
        "TRIGGER_ALREADY_MET", dict(value=99, reference=101),
    ),
    "over before it begins": (
        under({}, an_order(time_in_force=TimeInForce.GTD, expires_ns=55)), "EXPIRED_ON_ARRIVAL", dict(value=55, bound=60),
    ),
    "one order too many": (
        under({P.OPEN_ORDERS_MAX: 1}, an_order(account=SELLER, side=Side.SELL, price=103)),
        "TOO_MANY_OPEN_ORDERS", dict(value=2, bound=1),
    ),
    "would cross": (
        under({}, an_order(price=103, post_only=1)), "POST_ONLY_WOULD_CROSS", dict(value=103, reference=102),
    ),
    "not all at once": (
        under({}, an_order(price=103, quantity=8, time_in_force=TimeInForce.FOK)), "FOK_NOT_FILLABLE", dict(value=8, bound=5),
    ),
    "less than it costs": (
        under({}, an_order(price=100, quantity=9)),  # 900, and a fee of 9
        "INSUFFICIENT_AVAILABLE", dict(asset=QUOTE, needed=909, available=897),
    ),
    "fewer than are sold": (
        under({}, an_order(side=Side.SELL, price=110, quantity=60)),
        "INSUFFICIENT_AVAILABLE", dict(asset=BASE, needed=60, available=51),
    ),
    "more than there is": (
        under({}, c.HoldFunds(account=BUYER, asset=QUOTE, amount=898, reason=2)),
        "INSUFFICIENT_AVAILABLE", dict(asset=QUOTE, needed=898, available=897),
    ),
    "an amount below one": (under({}, a_deposit(BUYER, QUOTE, -3)), "AMOUNT_OUT_OF_RANGE", dict(value=-3, bound=1)),
    "a hold that is none": (under({}, c.ReleaseFunds(account=BUYER, hold_id=9)), "UNKNOWN_HOLD", dict(value=9)),
    "an index below one": (
        under({}, c.SetIndex(instrument=INSTRUMENT, price=0)), "PRICE_OUT_OF_RANGE", dict(value=0, bound=1),
    ),
    "an order of no one's": (under({}, c.CancelOrder(account=BUYER, order_id=99)), "UNKNOWN_ORDER", {}),
    "an amend that costs more": (
        under({}, c.AmendOrder(account=SELLER, order_id=3, quantity=2_000)),
        "INSUFFICIENT_AVAILABLE", dict(asset=BASE, needed=1_995, available=994),
    ),
    "an amend out of its band": (
        under({P.SELL_BAND_PPM: 10_000}, c.AmendOrder(account=SELLER, order_id=3, price=98)),
        "PRICE_OUTSIDE_BAND", dict(value=98, bound=99, reference=100),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_a_refusal_says_what_it_was_decided_by(exchange: Exchange, name: str) -> None:
    """Each reason with the numbers that a person would ask for, and no others."""
    ask, reason, said = ASKED[name]

    assert ask(exchange) == (reason, said)


def test_a_budget_that_buys_no_lot_says_where(exchange: Exchange) -> None:
    """Under the rules of today: the budget, and the price of the first lot it would have met."""
    ask = under({P.MATCHING_RULES: 1}, an_order(**MARKET | dict(quantity=0, budget=50)))

    assert ask(exchange) == ("BUDGET_TOO_SMALL", dict(value=50, reference=102))


def test_an_index_that_is_too_old_says_since_when(exchange: Exchange) -> None:
    """When it was told, and what it was."""
    ask = under({P.INDEX_AGE_MAX_NS: 5}, an_order(price=90, trigger=1, trigger_price=95, trigger_source=2))

    assert ask(exchange) == ("INDEX_TOO_OLD", dict(value=50, reference=100))


@pytest.mark.parametrize("name", machine_types())
def test_facts_are_given_where_the_table_says_so_and_nowhere_else(name: str) -> None:
    """Whatever is asked, a fact that the reason does not have is 0: none is left from an earlier refusal."""
    machine, seen = MachineUnderTest(machine_types()[name]()), set()
    stream = Fuzz(5)
    for columns in [*stream.opening(), *(stream.row() for _ in range(3_000))]:
        for event in machine.submit_row(columns).events:
            if isinstance(event, Rejected):
                reason = RejectReason(event.reason)
                seen.add(reason)
                given = {fact for fact in Rejected._fields[-6:] if getattr(event, fact)}
                assert given <= FACTS[reason].keys(), event
    assert len(seen) > 15
