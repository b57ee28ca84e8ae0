"""Rows for the core from one seed: every operation, mostly near a small market, and any column at times hostile.

Run by the tests on a few thousand rows, and by `make sanitize` on as many as FUZZ_ROWS says.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from typing import Any

from bedesten.domain import commands as c
from bedesten.domain.enums import InstrumentParameter, Op
from bedesten.domain.money import AMOUNT_MAX

BATCH = 64
ACCOUNTS = (16, 17, 18, 19)
INSTRUMENTS = (1, 2, 3)
HOSTILE = (
    0, -1, 1, 2, 3, 5, 99, 1 << 14, 1 << 24, (1 << 31) - 1, 1 << 31, 1 << 32, (1 << 60) - 1, 1 << 60, AMOUNT_MAX, AMOUNT_MAX + 1,
    (1 << 63) - 1, -(1 << 31), -(1 << 63),
)  # fmt: skip
WEIGHTS = {
    Op.PLACE_ORDER: 150,
    Op.CANCEL_ORDER: 20,
    Op.AMEND_ORDER: 30,
    Op.SET_INDEX: 12,
    Op.PLACE_OCO: 15,
    Op.SET_INSTRUMENT: 6,
}


class Fuzz:
    """Draws rows, and stamps them with the seq and time that follow."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.seq = 0
        self.now = 0
        self.orders = 1  # about how many ids were given out
        self.operations = random.Random(seed).choices(list(Op), [WEIGHTS.get(op, 1) for op in Op], k=4096)

    def stamped(self, op: int, columns: list[int]) -> list[int]:
        self.seq += 1
        row = [op, self.seq, self.now, *columns]
        return row + [0] * (c.COMMAND_WIDTH - len(row))

    def opening(self) -> Iterator[list[int]]:
        """Yield the rows of a market with fees in quote on one instrument and odd values on another."""
        yield from (self.stamped(Op.LIST_ASSET, [asset]) for asset in (1, 2, 3))
        for instrument, columns in zip(
            INSTRUMENTS, ([1, 2, 1, 1, 1], [1, 2, 7, 3, 10], [3, 2, 1 << 31, 1, 1 << 34]), strict=True
        ):
            yield self.stamped(Op.LIST_INSTRUMENT, [instrument, *columns])
            yield self.stamped(Op.SET_INSTRUMENT, [instrument, InstrumentParameter.STATE, 1])
            yield self.stamped(Op.SET_FEES, [instrument, 0, 1_000_000, 2_500_000])
        yield self.stamped(Op.SET_INSTRUMENT, [2, InstrumentParameter.FEE_RULE, 2])
        yield self.stamped(Op.SET_INSTRUMENT, [2, InstrumentParameter.TAX_PPB, 180_000_000])
        for account in ACCOUNTS:
            yield self.stamped(Op.OPEN_ACCOUNT, [account])
            for asset in (1, 2, 3):
                yield self.stamped(Op.TRANSFER, [0, account, asset, AMOUNT_MAX // 8 if account == 19 else 200_000, 1])

    def row(self) -> list[int]:
        dice = self.dice
        self.now += dice.choice((0, 0, 0, 1, 5))
        op = dice.choice(self.operations)
        columns = self.columns(op)
        if dice.random() < 0.06:
            columns[dice.randrange(len(columns))] = dice.choice(HOSTILE) if columns else 0
        if dice.random() < 0.005:
            op, columns = dice.choice(HOSTILE), [dice.choice(HOSTILE) for _ in range(c.COMMAND_WIDTH - 3)]
        return self.stamped(op, columns)

    def columns(self, op: int) -> list[int]:
        dice = self.dice
        account, instrument = dice.choice(ACCOUNTS), dice.choice(INSTRUMENTS)
        order_id = max(1, self.orders - int(dice.expovariate(0.02)))
        if op in (Op.PLACE_ORDER, Op.PLACE_OCO):
            self.orders += 1 if op == Op.PLACE_ORDER else 2
            return self.order(account, instrument, is_oco=op == Op.PLACE_OCO)
        if op == Op.CANCEL_ORDER:
            return [account, order_id, dice.choice((-1, instrument))]
        if op == Op.CANCEL_CLIENT_REF:
            return [account, dice.randrange(1, 5), dice.choice((-1, instrument))]
        if op == Op.AMEND_ORDER:
            price, trigger_price = dice.choice((0, self.price())), dice.choice((0, 0, self.price()))
            return [account, order_id, -1, price, dice.randrange(60), trigger_price, dice.randrange(2)]
        if op == Op.SET_INDEX:
            return [instrument, self.price()]
        if op == Op.TRANSFER:
            return [dice.choice((0, account)), dice.choice(ACCOUNTS), dice.randrange(1, 4), dice.randrange(1, 5000), 1]
        if op == Op.CANCEL_ALL:
            return [account, dice.choice((-1, instrument))]
        if op == Op.CANCEL_ALL_AFTER:
            return [account, dice.choice((0, self.now + dice.randrange(50)))]
        if op == Op.SET_INSTRUMENT:
            parameter = dice.choice(list(InstrumentParameter))
            state = parameter == InstrumentParameter.STATE
            if dice.random() < 0.7:  # mostly open for trading
                return [instrument, InstrumentParameter.STATE, 1]
            return [
                instrument,
                parameter,
                dice.choice((1, 2, 3, 4)) if state else dice.choice((0, 0, 0, 0, 1, 20, 100_000)),
            ]
        if op == Op.SET_ACCOUNT:
            return [account, dice.choice((1, 2)), int(dice.random() < 0.1)]
        return [dice.choice((0, 1, account)), *(dice.choice((0, 0, 1, 2, 500)) for _ in range(4))]

    def price(self) -> int:
        return self.dice.randrange(80, 121) if self.dice.random() < 0.9 else self.dice.randrange(1, 2000)

    def order(self, account: int, instrument: int, *, is_oco: bool) -> list[int]:
        dice = self.dice
        if not is_oco and dice.random() < 0.6:
            plain = [account, instrument, dice.randrange(1, 3), 1, dice.choice((1, 1, 1, 2, 3)), 0, 0, self.price()]
            return [*plain, dice.randrange(1, 60), 0, 0, 0, 0, 0, 0, 0, dice.choice((1, 2, 2, 3, 4)), dice.randrange(5)]
        kind, side = dice.choice((1, 1, 1, 1, 2, 3)), dice.randrange(1, 3)
        ends = dice.choice((1, 1, 1, 1, 2, 3, 4))
        trigger = 1 if is_oco else dice.choice((0, 0, 0, 0, 1, 2, 3, 4))
        trail = dice.choice((1, 3, 20_000)) if trigger > 2 else 0
        is_budget = kind == 2 and side == 1 and dice.random() < 0.5
        return [
            account, instrument, side, 1 if is_oco else kind, 1 if is_oco else ends,
            self.now + dice.randrange(60) if ends == 4 and not is_oco else 0, int(not is_oco and dice.random() < 0.1),
            0 if kind == 2 and not is_oco else self.price(), 0 if is_budget and not is_oco else dice.randrange(1, 60),
            dice.randrange(1, 9000) if is_budget and not is_oco else 0, trigger if kind != 3 or is_oco else 0,
            self.price() if trigger in (1, 2) else 0, dice.randrange(1, 3) if trigger else 0, trail,
            dice.choice((0, 1, 300_000)) if kind == 3 and not is_oco else 0, dice.choice((-9_000, 0, 9_000)) if kind == 3 else 0,
            dice.randrange(1, 5), dice.randrange(5), self.price() if is_oco else 0,
        ]  # fmt: skip


def play(machine_types: list[Any], seed: int, count: int, most: int = 0) -> list[Any]:
    """Play the same rows on every kind of machine and return them: events and ended orders are compared batch by batch,
    and every so often the money is counted and each machine is replaced by what its snapshot restores."""
    fuzz = Fuzz(seed)
    machines = [machine(most) for machine in machine_types]
    rows = list(fuzz.opening())
    for batch in range(max(1, count // BATCH)):
        rows.extend(fuzz.row() for _ in range(BATCH))
        cells = memoryview(array("q", [cell for row in rows for cell in row]))
        for machine in machines:
            machine.apply(cells)
        answers = [(machine.take_events(), machine.take_closed()) for machine in machines]
        assert all(answer == answers[0] for answer in answers), f"seed {seed}: the machines differ in batch {batch}"
        rows = []
        if batch % 16 == 0:
            snapshots = [machine.snapshot() for machine in machines]
            assert all(snapshot == snapshots[0] for snapshot in snapshots), (
                f"seed {seed}: the states differ in batch {batch}"
            )
            for machine in machines:
                machine.audit()
            machines = [type(machine).restore(snapshots[0], most) for machine in machines]
            assert all(machine.snapshot() == snapshots[0] for machine in machines)
    return machines
