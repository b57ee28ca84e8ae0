"""Acts: what a driver does to a sandbox at an instant. One table; the HTTP API and scenarios are made from it.

Owns how a form is asked of Steering. Nothing here moves time: that is the driver's own (controls).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from bedesten.services.sandbox import shapes
from bedesten.services.sandbox.durations import nanoseconds
from bedesten.services.sandbox.pacing import LONGEST_NS
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.services.sandbox.rules import Rule
from bedesten.services.sandbox.steering import Steering

DONE: Final = shapes.Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row of the table. in_scenario: what its form says in a scenario unless it says otherwise."""

    name: str
    path: str  # below /sandbox
    form: type[msgspec.Struct]
    answer: type[msgspec.Struct] = shapes.Done
    call: Callable[[Steering, Any], Awaitable[msgspec.Struct]]
    summary: str
    example: Mapping[str, Any] = field(default_factory=dict)
    in_scenario: Mapping[str, Any] = field(default_factory=dict)
    is_of_the_market: bool = False  # it needs one that is simulated


async def skew(steering: Steering, form: shapes.Skew) -> shapes.Done:
    """Let the customers' clocks be behind."""
    by_ns = nanoseconds(form.by)
    if by_ns > LONGEST_NS:
        raise SandboxRefused("clocks are behind by a year at most")
    steering.edge.skew(by_ns)
    return DONE


async def fill(steering: Steering, form: shapes.Named) -> shapes.Filled:
    """Fill an open order."""
    return shapes.Filled(await steering.fill(form.account, form.client_id, form.quantity, through=form.through))


async def arm(steering: Steering, form: shapes.Awaited) -> shapes.Done:
    """Have an order filled or refused as it comes."""
    await steering.arm(
        form.account, form.client_id, reason=form.reason, quantity=form.quantity, pair=form.pair
    )  # fmt: skip
    return DONE


async def set_pair(steering: Steering, form: shapes.PairState) -> shapes.Done:
    """Bring a pair into a state."""
    await steering.set_state(form.pair, form.state)
    return DONE


async def live(steering: Steering, form: shapes.PairLife) -> shapes.Done:
    """Let a pair live so."""
    await steering.live(form.pair, makers=form.makers, noise=form.noise, spread_times=form.spread_times)
    return DONE


async def move_price(steering: Steering, form: shapes.Price) -> shapes.Done:
    """Move a price."""
    steering.move_price(form.asset, to=form.to, by=form.by, over_ns=nanoseconds(form.over))
    return DONE


async def follow_price(steering: Steering, form: shapes.Follow) -> shapes.Done:
    """Let a price walk."""
    steering.follow_price(form.asset)
    return DONE


async def replay_prices(steering: Steering, form: shapes.PriceRecording) -> shapes.Done:
    """Let prices be recorded ones."""
    steering.replay_prices(form.csv, is_from_now=form.is_from_now)
    return DONE


async def open_account(steering: Steering, form: shapes.NewAccount) -> shapes.Opened:
    """Open an account."""
    account, key = await steering.open_account(form.name, form.balances)
    return shapes.Opened(account.name, key.key, key.secret)


async def deposit(steering: Steering, form: shapes.Deposit) -> shapes.Done:
    """Credit an account."""
    await steering.deposit(form.account, form.asset, form.amount, form.network)
    return DONE


async def withdrawal(steering: Steering, form: shapes.Withdrawal) -> shapes.Done:
    """Decide what becomes of a withdrawal."""
    await steering.withdrawal(form.account, form.fate)
    return DONE


async def operate(steering: Steering, form: shapes.Operate) -> shapes.Rows:
    """Do what an operator can do."""
    return shapes.Rows(await steering.operate(form.operation, form.form))


async def add_fault(steering: Steering, form: Rule) -> shapes.Done:
    """Put a fault in force."""
    return shapes.Done(steering.edge.faults.add(form))


async def remove_fault(steering: Steering, form: shapes.Numbered) -> shapes.Done:
    """Take a fault out of force."""
    steering.remove_fault(form.number)
    return shapes.Done(form.number)


ACTS: Final = (
    Act(name="skew", path="clock/skew", form=shapes.Skew, call=skew, example={"by": "5m"},
        summary="Let the customers' clocks be behind the venue's"),
    Act(name="fill", path="orders/fill", form=shapes.Named, answer=shapes.Filled, call=fill,
        summary="Fill an open order at its own price", example={"account": "trader1", "client_id": "c-17"}),
    Act(name="arm", path="orders/arm", form=shapes.Awaited, call=arm,
        summary="Fill or refuse an order as it comes", example={"account": "trader1", "client_id": "c-17"}),
    Act(name="pair", path="pairs", form=shapes.PairState, call=set_pair,
        summary="Halt a pair, or let it trade", example={"pair": "BTC-USD", "state": "halted"}),
    Act(name="life", path="pairs/life", form=shapes.PairLife, call=live, is_of_the_market=True,
        summary="Let a pair have makers, noise traders, both or neither, or a wider spread",
        example={"pair": "BTC-USD", "spread_times": 20}),
    Act(name="price", path="prices", form=shapes.Price, call=move_price, is_of_the_market=True,
        summary="Move what an asset is worth", example={"asset": "BTC", "by": "-30%", "over": "10s"}),
    Act(name="follow", path="prices/follow", form=shapes.Follow, call=follow_price, is_of_the_market=True,
        summary="Let an asset's price walk by itself again", example={"asset": "BTC"}),
    Act(name="recording", path="prices/replay", form=shapes.PriceRecording, call=replay_prices, is_of_the_market=True,
        summary="Let prices be what was recorded", example={"csv": "time_ns,asset,usd\n0,BTC,50000\n"}),
    Act(name="account", path="accounts", form=shapes.NewAccount, answer=shapes.Opened, call=open_account,
        summary="Open an account with money and a key", example={"name": "bot1", "balances": {"USD": "1000"}}),
    Act(name="deposit", path="deposits", form=shapes.Deposit, call=deposit,
        summary="Credit an account, at once or over a chain",
        example={"account": "trader1", "asset": "USD", "amount": "5"}),
    Act(name="withdrawal", path="withdrawals", form=shapes.Withdrawal, call=withdrawal,
        summary="Let the payment of a withdrawal be stuck, sent or failed",
        example={"account": "trader1", "fate": "stuck"}),
    Act(name="operate", path="operate", form=shapes.Operate, answer=shapes.Rows, call=operate,
        summary="Do what an operator can do",
        example={"operation": "reorganize", "form": {"network": "Bitcoin", "depth": 2}}),
    Act(name="fault", path="faults", form=Rule, call=add_fault, in_scenario={"must_match": False},
        summary="Put a fault in force",
        example={"on": "answer", "where": {"method": "POST", "path": "*/order"}, "do": {"lose": True}}),
    Act(name="remove_fault", path="faults/remove", form=shapes.Numbered, call=remove_fault,
        summary="Take a fault out of force", example={"number": 1}),
)  # fmt: skip
BY_NAME: Final[Mapping[str, Act]] = {act.name: act for act in ACTS}

#: Other words for acts in scenarios, with the fields that they say by themselves.
SPELLINGS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "halt": ("pair", {"state": "halted"}),
    "resume": ("pair", {"state": "trading"}),
}
