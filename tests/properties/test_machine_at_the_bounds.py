"""Rows of any integers at all: the plain and the compiled machine answer with the same bytes, and no money is made.

A row here need not be a command: columns are drawn from the edges of 64 bits, of amounts, of prices and of each enum.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.domain import commands as c
from bedesten.domain.enums import Op
from bedesten.domain.money import AMOUNT_MAX, PPB, PPM
from tests import builders
from tests.builders import BASE, QUOTE, MachineUnderTest, machine_types
from tests.properties.streams import shortest
from tests.properties.test_machine_is_naive import bounded

PRICE_MAX = (1 << 60) - 1
EDGES = (
    0, 1, 2, 3, 4, 5, 7, 16, 17, 100, 127, 128, 255, 4096, 1 << 14, 1 << 24, 1 << 31, (1 << 31) - 1, 1 << 32, PPM, PPB,
    1 << 34, PRICE_MAX, PRICE_MAX + 1, AMOUNT_MAX // 2, AMOUNT_MAX, AMOUNT_MAX + 1, (1 << 63) - 1, -1, -2,
    -(1 << 31), -(1 << 32), -(1 << 63),
)  # fmt: skip
SHAPES = {op: len(kind.__struct_fields__) for op, kind in c.COMMANDS.items()}


def beginning(machine: MachineUnderTest) -> None:
    """Fund two accounts with all the money an asset can have."""
    for command in builders.assets():
        machine.submit(command)
    for instrument, denominator in ((1, 1), (2, 1 << 34)):
        for command in builders.an_instrument(instrument, value_denominator=denominator):
            machine.submit(command)
        machine.submit(c.SetFees(instrument=instrument, tier=0, maker_ppb=400_000_000, taker_ppb=500_000_000))
    machine.submit(builders.a_parameter(2, 2, instrument=2))
    machine.submit(builders.a_parameter(15, 500_000_000, instrument=2))
    for account, asset in ((16, QUOTE), (17, BASE)):
        machine.submit(c.OpenAccount(account=account))
        machine.submit(builders.a_deposit(account, asset, AMOUNT_MAX))


def drawn(seed: int) -> list[int]:
    """Return a row: often an order that could live, with a few columns at an edge."""
    dice = random.Random(seed)
    if dice.random() < 0.1:
        op = dice.choice((*Op, 0, -1, 99, 1 << 40))
        used = SHAPES.get(op, c.COMMAND_WIDTH - 3) if dice.random() < 0.8 else c.COMMAND_WIDTH - 3  # the rest must be 0
        return padded([op, 0, 0, *(dice.choice(EDGES) for _ in range(used))])
    if dice.random() < 0.25:
        op = dice.choice(list(Op))
        return padded([op, 0, 0, *(dice.choice(EDGES[:14]) for _ in range(SHAPES[op]))])
    order = builders.an_order(
        account=dice.choice((16, 17)), instrument=dice.choice((1, 2)), side=dice.choice((1, 2)),
        order_type=dice.choice((1, 1, 2)), price=dice.choice((1, 2, 3, PRICE_MAX, PRICE_MAX - 1)),
        quantity=dice.choice((1, 2, AMOUNT_MAX, AMOUNT_MAX // 2, AMOUNT_MAX // 3, 1 << 31, 1 << 32)),
        self_trade=dice.choice((1, 2, 3, 4)),
    )  # fmt: skip
    columns = padded(builders.row(order, 0, 0))
    if columns[6] == 2:
        columns[7], columns[10] = 3, 0
        if columns[5] == 1 and dice.random() < 0.5:
            columns[11], columns[12] = 0, dice.choice((1, AMOUNT_MAX, AMOUNT_MAX // 2))
    if dice.random() < 0.3:
        columns[13:17] = [dice.choice((1, 2)), dice.choice((1, PRICE_MAX)), dice.choice((1, 2)), 0]
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
        columns[dice.randrange(3, c.COMMAND_WIDTH)] = dice.choice(EDGES)
    return columns


def padded(columns: list[int]) -> list[int]:
    return [int(column) for column in columns] + [0] * (c.COMMAND_WIDTH - len(columns))


def failure(seeds: list[int]) -> tuple[str, list[list[int]]] | None:
    """Play rows on every machine; return what went wrong, if anything, and the rows."""
    machines = [MachineUnderTest(machine()) for machine in machine_types().values()]
    said: list[list[int]] = []
    try:
        for machine in machines:
            beginning(machine)
        for seed in seeds:
            said.append(drawn(seed))
            answers = [machine.submit_row(list(said[-1])) for machine in machines]
            assert all(answer == answers[0] for answer in answers), answers
            for machine in machines:
                machine.machine.audit()
        for machine in machines:
            machine.audit()
        assert len({machine.machine.digest() for machine in machines}) <= 1
    except Exception as error:  # noqa: BLE001  a machine that breaks is what is looked for
        return f"{type(error).__name__}: {error}", said
    return None


@pytest.mark.skipif(not machine_types(), reason="no core to test")
def test_plain_and_compiled_agree_whatever_the_integers() -> None:
    """No row stops a machine, makes it create money, or tells its two builds apart."""

    @bounded
    @given(st.lists(st.integers(0, (1 << 32) - 1), min_size=50, max_size=200))
    def play(seeds: list[int]) -> None:
        if failure(seeds) is None:
            return
        found = failure(shortest(seeds, lambda part: failure(part) is not None))
        assert found is not None
        pytest.fail("\n".join([found[0], *map(str, found[1])]), pytrace=False)

    play()
