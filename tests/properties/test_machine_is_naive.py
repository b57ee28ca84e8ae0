"""The machine does what the naive exchange does: event by event, order by order, balance by balance.

BEDESTEN_PROPERTY_RUNS multiplies the number of streams: 1 keeps continuous integration short, 100 is a night's work.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import BASE, QUOTE, MachineUnderTest, NaiveUnderTest, machine_types
from tests.properties.naive_order import NaiveOrder
from tests.properties.streams import ACCOUNTS, SETTINGS, Drawing, Setting, beginning

RUNS = int(os.environ.get("BEDESTEN_PROPERTY_RUNS", "1"))
EXAMPLES = 12 * RUNS
LENGTH = 120
SEEDS = st.lists(st.integers(0, (1 << 32) - 1), min_size=LENGTH // 4, max_size=LENGTH)

bounded = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=RUNS == 1,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip


class Pair:
    """A machine and the naive exchange, told the same."""

    def __init__(self, machine: Any, setting: Setting) -> None:
        self.machine = MachineUnderTest(machine())
        self.naive = NaiveUnderTest()
        self.drawing = Drawing(self.naive, setting)
        for command in beginning(setting):
            assert self.machine.submit(command) == self.naive.submit(command)

    def step(self, seed: int) -> None:
        """Tell both one more command and compare all that it did."""
        command, time_ns = self.drawing.draw(seed)
        did, should = self.machine.submit(command, time_ns), self.naive.submit(command, time_ns)
        assert did.events == should.events, command
        assert did.closed == should.closed, command
        self.compare_state()
        self.naive.audit()
        self.machine.machine.audit()

    def compare_state(self) -> None:
        """Compare what can be asked of both."""
        for account in (0, 1, 2, *ACCOUNTS):
            for asset in (BASE, QUOTE):
                assert self.machine.balance(account, asset) == self.naive.balance(account, asset)
        for account in ACCOUNTS:
            assert self.machine.open_orders(account) == self.naive.open_orders(account)
        for instrument in (1, 2):
            for side in (1, 2):
                assert self.machine.depth(instrument, side, 100) == self.naive.depth(instrument, side, 100)


@pytest.mark.parametrize("machine", machine_types().values(), ids=machine_types().keys())
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())
def test_machine_does_what_the_naive_exchange_does(setting: Setting, machine: Any) -> None:
    """Whatever is asked, both answer with the same events, ended orders, balances and books."""

    @bounded
    @given(SEEDS)
    def play(seeds: list[int]) -> None:
        pair = Pair(machine, setting)
        for seed in seeds:
            pair.step(seed)
        pair.machine.audit()

    play()


def test_the_naive_exchange_never_spends_what_it_does_not_hold() -> None:
    """Every hold is enough for what its order spends; the naive exchange asserts it at every fill."""

    @bounded
    @given(st.sampled_from(list(SETTINGS.values())), SEEDS)
    def play(setting: Setting, seeds: list[int]) -> None:
        naive = NaiveUnderTest()
        drawing = Drawing(naive, setting)
        for command in beginning(setting):
            naive.submit(command)
        for seed in seeds:
            naive.submit(*drawing.draw(seed))
            naive.audit()
            crossed = [order for order in naive.naive.orders.values() if order.in_book and crosses(naive, order)]
            assert not crossed, "the book is crossed at rest"

    play()


def crosses(naive: NaiveUnderTest, order: NaiveOrder) -> bool:
    """Whether a resting order could trade with the other side's best."""
    opposite = naive.naive.opposite(order)
    if not opposite:
        return False
    best = opposite[0].row.price
    return order.row.price >= best if order.is_buy else order.row.price <= best
