"""The command stream of the core's benchmarks.

About 45 % passive limits (a fifth of them post-only), 40 % cancels of random live orders, 5 % amends down, 10 % aggressive
orders (half market, a quarter IOC, the rest FOK and GTC); a thousand accounts; some 800 price levels a side; prices wander
slowly. Preloaded with 5,000 orders on one instrument or 200,000 on a hundred. Orders that traded meanwhile are canceled in
vain, as on any venue. The same steps can be told to a reference engine: abstract_steps yields them without our words.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from typing import NamedTuple

from bedesten.domain import commands as c
from bedesten.domain.enums import InstrumentParameter, InstrumentState, OrderType, SelfTrade, TimeInForce

ACCOUNTS = 1_000
FIRST_ACCOUNT = 16
PRELOAD = {1: 5_000, 100: 200_000}
FUNDS = {1: (150_000_000, 1_500), 100: (1_500_000_000, 400)}  # quote and base of each account
TAKER_PPB = 1_000_000
MAKER_PPB = 500_000

NEW, CANCEL, AMEND = 1, 2, 3
GTC, IOC, FOK, POST_ONLY, MARKET = range(5)


class Step(NamedTuple):
    """One step: of NEW all but target, of CANCEL and AMEND the owner, target and (AMEND) the quantity."""

    kind: int
    instrument: int
    account: int
    side: int  # 0 buy, 1 sell
    style: int
    price: int
    quantity: int
    target: int


def steps(instruments: int, count: int, seed: int = 7) -> Iterator[Step]:
    """Yield the preload and *count* steps behind it; order ids are consecutive over new orders, from 1."""
    draw = random.Random(seed).random
    middle = [100_000] * instruments
    live: list[int] = []
    owner: dict[int, tuple[int, int, int]] = {}
    next_id = 1

    def passive() -> Step:
        nonlocal next_id
        instrument, side, offset = int(draw() * instruments), int(draw() * 2), 1 + int(draw() * 500)
        price = middle[instrument] + (offset if side else -offset)
        account, style, quantity = int(draw() * ACCOUNTS), POST_ONLY if draw() < 0.2 else GTC, 1 + int(draw() * 100)
        live.append(next_id)
        owner[next_id] = (instrument, account, quantity)
        next_id += 1
        return Step(NEW, instrument, account, side, style, price, quantity, 0)

    for _ in range(PRELOAD[instruments]):
        yield passive()
    for at in range(count):
        dice = draw()
        if at % 100 == 0:
            middle[int(draw() * instruments)] += 1 if draw() < 0.5 else -1
        if dice < 0.45 or (dice < 0.90 and not live):
            yield passive()
        elif dice < 0.90:
            place = int(draw() * len(live))
            target = live[place]
            instrument, account, quantity = owner[target]
            if dice < 0.855:
                live[place] = live[-1]
                live.pop()
                yield Step(CANCEL, instrument, account, 0, 0, 0, 0, target)
            else:
                yield Step(AMEND, instrument, account, 0, 0, 0, 1 + quantity // 2, target)
        else:
            instrument, side, account = int(draw() * instruments), int(draw() * 2), int(draw() * ACCOUNTS)
            quantity, dice = 1 + int(draw() * 200), draw()
            style = MARKET if dice < 0.5 else IOC if dice < 0.75 else FOK if dice < 0.88 else GTC
            price = 0 if style == MARKET else middle[instrument] + (-20 if side else 20)
            owner[next_id] = (instrument, account, quantity)
            next_id += 1
            yield Step(NEW, instrument, account, side, style, price, quantity, 0)


TERMS = {
    GTC: (OrderType.LIMIT, TimeInForce.GTC), POST_ONLY: (OrderType.LIMIT, TimeInForce.GTC),
    IOC: (OrderType.LIMIT, TimeInForce.IOC), FOK: (OrderType.LIMIT, TimeInForce.FOK),
    MARKET: (OrderType.MARKET, TimeInForce.IOC),
}  # fmt: skip


def command(step: Step) -> c.Command:
    """Return a step as a command of ours."""
    account, instrument = FIRST_ACCOUNT + step.account, step.instrument + 1
    if step.kind == CANCEL:
        return c.CancelOrder(account=account, order_id=step.target, instrument=instrument)
    if step.kind == AMEND:
        return c.AmendOrder(account=account, order_id=step.target, instrument=instrument, quantity=step.quantity)
    order_type, time_in_force = TERMS[step.style]
    return c.PlaceOrder(
        account=account, instrument=instrument, side=step.side + 1, order_type=order_type, time_in_force=time_in_force,
        post_only=int(step.style == POST_ONLY), price=step.price, quantity=step.quantity, self_trade=SelfTrade.CANCEL_OLDEST,
    )  # fmt: skip


def steady(count: int) -> Iterator[Step]:
    """Yield some *count* steps behind which nothing rests: an order and its cancel, then an order and the one that takes it."""
    order_id = 0
    for at in range(count // 4):
        account, other, side = at % ACCOUNTS, (at + 1) % ACCOUNTS, at // ACCOUNTS % 2
        far = 99_000 if side == 0 else 101_000
        yield Step(NEW, 0, account, side, GTC, far, 1, 0)
        yield Step(CANCEL, 0, account, 0, 0, 0, 0, order_id + 1)
        yield Step(NEW, 0, account, side, GTC, 100_000, 1, 0)
        yield Step(NEW, 0, other, 1 - side, GTC, 100_000, 1, 0)
        order_id += 3


def venue(instruments: int, accounts: int, quote: int, base: int) -> Iterator[c.Command]:
    """Yield the commands that list one quote asset, so many instruments on it, and fund the accounts."""
    for asset in range(1, instruments + 2):
        yield c.ListAsset(asset=asset)
    for instrument in range(1, instruments + 1):
        yield c.ListInstrument(
            instrument=instrument, base=instrument + 1, quote=1, lot_value=1, value_numerator=1, value_denominator=1
        )
        for parameter, value in (
            (InstrumentParameter.STATE, InstrumentState.TRADING),
            (InstrumentParameter.FEE_RULE, 2),
        ):
            yield c.SetInstrument(instrument=instrument, parameter=parameter, value=value)
        yield c.SetFees(instrument=instrument, tier=0, maker_ppb=MAKER_PPB, taker_ppb=TAKER_PPB)
    for account in range(FIRST_ACCOUNT, FIRST_ACCOUNT + accounts):
        yield c.OpenAccount(account=account)
        for asset in range(1, instruments + 2):
            amount = quote if asset == 1 else base
            yield c.Transfer(account=0, to_account=account, asset=asset, amount=amount, reason=1)


def rows(commands: Iterator[c.Command], first_seq: int = 1, time_ns: int = 1) -> array[int]:
    """Return commands as one array of journal rows."""
    data = array("q")
    for seq, each in enumerate(commands, first_seq):
        fields = each.fields()
        data.extend((int(each.op), seq, time_ns, *fields, *(0,) * (c.COMMAND_WIDTH - 3 - len(fields))))
    return data


def reference_rows(instruments: int, count: int, seed: int = 7) -> array[int]:
    """Return the same steps as rows of eight integers, for an engine that knows no more than they say."""
    data = array("q")
    for step in steps(instruments, count, seed):
        data.extend(step)
    return data
