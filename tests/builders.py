"""Exchanges to test and commands to give them: valid by default, one change per test.

Three exchanges answer the same questions: the naive one, the core as plain Python, and the core as compiled.
"""

from __future__ import annotations

import functools
from array import array
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, Protocol

from bedesten.domain import commands as c
from bedesten.domain.enums import InstrumentParameter, InstrumentState, OrderType, Side, TimeInForce, TransferReason
from bedesten.domain.events import Event, read_events
from bedesten.domain.orders import Order, read_orders
from tests.properties.naive import FEES, OUTSIDE, TAX, NaiveExchange
from tests.properties.naive_order import NaiveOrder

BASE: Final = 1
QUOTE: Final = 2
INSTRUMENT: Final = 1
SECOND: Final = 1_000_000_000  # nanoseconds


class Outcome(NamedTuple):
    """What one command did."""

    events: list[Event]
    closed: list[Order]


class Exchange(Protocol):
    """What a test may ask of any exchange."""

    def submit(self, command: c.Command, time_ns: int = 0) -> Outcome: ...
    def order(self, order_id: int) -> Order | None: ...
    def open_orders(self, account: int) -> list[Order]: ...
    def balance(self, account: int, asset: int) -> tuple[int, int]: ...
    def funds_held(self, account: int) -> list[tuple[int, int, int, int, int]]: ...
    def depth(self, instrument: int, side: int, limit: int) -> list[tuple[int, int]]: ...
    def audit(self) -> None: ...


def row(command: c.Command, seq: int, time_ns: int) -> list[int]:
    """Return a command as the row of integers that is journaled."""
    columns = [int(command.op), seq, time_ns, *command.fields()]
    return columns + [0] * (c.COMMAND_WIDTH - len(columns))


def rows(commands: Iterable[tuple[c.Command, int]], first_seq: int = 1) -> memoryview:
    """Return commands with their times as one batch for Machine.apply."""
    data = array("q")
    for at, (command, time_ns) in enumerate(commands):
        data.extend(row(command, first_seq + at, time_ns))
    return memoryview(data)


class NaiveUnderTest:
    """The naive exchange."""

    def __init__(self) -> None:
        self.naive = NaiveExchange()
        self.seq = 0

    def submit(self, command: c.Command, time_ns: int = 0) -> Outcome:
        self.seq += 1
        self.naive.apply(command, self.seq, max(time_ns, self.naive.now))
        return Outcome(self.naive.events, self.naive.closed)

    def order(self, order_id: int) -> Order | None:
        order = self.naive.orders.get(order_id)
        return None if order is None else order.row

    def open_orders(self, account: int) -> list[Order]:
        return [order.row for order in self.naive.orders_of(account)]

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        return self.naive.totals[account, asset], self.naive.holds[account, asset]

    def funds_held(self, account: int) -> list[tuple[int, int, int, int, int]]:
        held = sorted(self.naive.funds_held.items())
        return [(number, *each[1:]) for number, each in held if each.account == account]

    def depth(self, instrument: int, side: int, limit: int) -> list[tuple[int, int]]:
        levels: dict[int, int] = {}
        for order in self.naive.book(instrument, side):
            levels[order.row.price] = levels.get(order.row.price, 0) + displayed(order)
        return list(levels.items())[:limit]

    def audit(self) -> None:
        """Check that every asset sums to zero, no one but the world owes, and every hold belongs to something open."""
        held: dict[tuple[int, int], int] = {}
        for order in self.naive.orders.values():
            key = (order.row.account, order.pays_in)
            held[key] = held.get(key, 0) + order.row.held
        for each in self.naive.funds_held.values():
            held[each.account, each.asset] = held.get((each.account, each.asset), 0) + each.amount
        sums: dict[int, int] = {}
        for (account, asset), total in self.naive.totals.items():
            sums[asset] = sums.get(asset, 0) + total
            assert account == OUTSIDE or total >= self.naive.holds[account, asset] >= 0
        assert not any(sums.values()), f"assets do not sum to zero: {sums}"
        assert {key: amount for key, amount in self.naive.holds.items() if amount} == {
            k: v for k, v in held.items() if v
        }


def displayed(order: NaiveOrder) -> int:
    """Return what the public sees of a resting order."""
    if not order.row.display_ppm:
        return order.row.remaining
    return max(1, order.row.remaining * order.row.display_ppm // 1_000_000)


class MachineUnderTest:
    """A machine of the core, plain or compiled; keeps the rows it was given, so that they can be replayed."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine
        self.journal = array("q")
        self.seq = 0
        self.now = 0

    def submit(self, command: c.Command, time_ns: int = 0) -> Outcome:
        return self.submit_row(row(command, 0, time_ns))

    def submit_row(self, columns: list[int]) -> Outcome:
        """Apply one row, well formed or not; its seq and time are stamped here."""
        self.seq += 1
        self.now = max(columns[2], self.now)
        columns = [columns[0], self.seq, self.now, *columns[3:]]
        self.journal.extend(columns)
        self.machine.apply(memoryview(array("q", columns)))
        return Outcome(read_events(self.machine.take_events()), read_orders(self.machine.take_closed()))

    def order(self, order_id: int) -> Order | None:
        columns = self.machine.order(order_id)
        return None if columns is None else Order._make(columns)

    def open_orders(self, account: int) -> list[Order]:
        return [Order._make(columns) for columns in self.machine.open_orders(account)]

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        total, held = self.machine.balance(account, asset)
        return total, held

    def funds_held(self, account: int) -> list[tuple[int, int, int, int, int]]:
        return sorted(self.machine.holds(account))

    def depth(self, instrument: int, side: int, limit: int) -> list[tuple[int, int]]:
        return list(self.machine.depth(instrument, side, limit))

    def audit(self) -> None:
        """Check the machine's own invariants, and that a replay of what it was told ends in the same state."""
        self.machine.audit()
        replayed = type(self.machine)()
        replayed.apply(memoryview(self.journal))
        assert replayed.digest() == self.machine.digest(), "a replay ends in another state"
        restored = type(self.machine).restore(self.machine.snapshot())
        assert restored.digest() == self.machine.digest(), "a restored snapshot is another state"


@functools.cache
def machine_types() -> dict[str, Any]:
    """Return the core's machines that can be had here: "plain", and "compiled" when it was built."""
    try:
        from bedesten.core.machine import Machine as PlainMachine
    except ModuleNotFoundError:
        return {}
    types: dict[str, Any] = {"plain": PlainMachine}
    try:
        from bedesten.core._compiled import Machine as CompiledMachine
    except ModuleNotFoundError:
        return types
    types["compiled"] = CompiledMachine
    return types


def exchanges() -> dict[str, Callable[[], Exchange]]:
    """Return how to make each kind of exchange, by name."""
    makers: dict[str, Callable[[], Exchange]] = {"naive": NaiveUnderTest}
    for name, machine in machine_types().items():
        makers[name] = functools.partial(lambda kind: MachineUnderTest(kind()), machine)
    return makers


def an_order(**changes: int) -> c.PlaceOrder:
    """Return a limit order to buy one lot at 100 ticks, with *changes*."""
    columns: dict[str, int] = dict(
        account=16, instrument=INSTRUMENT, side=Side.BUY, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
        price=100, quantity=1,
    )  # fmt: skip
    return c.PlaceOrder(**{**columns, **changes})


def an_instrument(instrument: int = INSTRUMENT, **changes: int) -> list[c.Command]:
    """Return the commands that list an instrument and open it; lots and ticks of one minor unit unless changed."""
    columns: dict[str, int] = dict(base=BASE, quote=QUOTE, lot_value=1, value_numerator=1, value_denominator=1)
    listing = c.ListInstrument(instrument=instrument, **{**columns, **changes})
    return [listing, a_parameter(InstrumentParameter.STATE, InstrumentState.TRADING, instrument)]


def a_parameter(parameter: int, value: int, instrument: int = INSTRUMENT) -> c.SetInstrument:
    """Return the command that sets one parameter of an instrument."""
    return c.SetInstrument(instrument=instrument, parameter=parameter, value=value)


def a_deposit(account: int, asset: int, amount: int) -> c.Transfer:
    """Return the command that brings money in from outside."""
    return c.Transfer(account=OUTSIDE, to_account=account, asset=asset, amount=amount, reason=TransferReason.DEPOSIT)


def an_account(account: int, base: int = 0, quote: int = 0) -> list[c.Command]:
    """Return the commands that open an account and fund it."""
    funds = [(BASE, base), (QUOTE, quote)]
    return [c.OpenAccount(account=account), *(a_deposit(account, asset, amount) for asset, amount in funds if amount)]


def assets() -> list[c.Command]:
    """Return the commands that list both assets."""
    return [c.ListAsset(asset=BASE), c.ListAsset(asset=QUOTE)]


__all__ = [
    "BASE", "FEES", "INSTRUMENT", "OUTSIDE", "QUOTE", "SECOND", "TAX", "Exchange", "MachineUnderTest", "NaiveUnderTest",
    "Outcome", "a_deposit", "a_parameter", "an_account", "an_instrument", "an_order", "assets", "exchanges",
    "machine_types", "row", "rows",
]  # fmt: skip
