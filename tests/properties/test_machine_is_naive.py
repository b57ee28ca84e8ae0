"""The machine, plain and compiled, does what the naive exchange does: event by event, order by order, balance by balance.

BEDESTEN_PROPERTY_RUNS multiplies the number of streams: 1 keeps continuous integration short, 100 is a night's work.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bedesten.domain import commands as c
from tests.builders import BASE, QUOTE, MachineUnderTest, NaiveUnderTest, machine_types
from tests.properties.naive_order import NaiveOrder
from tests.properties.streams import ACCOUNTS, SETTINGS, Drawing, Setting, beginning, shortest

RUNS = int(os.environ.get("BEDESTEN_PROPERTY_RUNS", "1"))
LENGTH = 150  # commands in a stream; longer ones find little that more of them do not
SEEDS = st.lists(st.integers(0, (1 << 32) - 1), min_size=LENGTH // 3, max_size=LENGTH)

# Shrinking is our own (streams.shortest): a list of a hundred seeds is slow to shrink blindly.
bounded = settings(
    max_examples=12 * RUNS, deadline=None, database=None, derandomize=RUNS == 1, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip


class Play:
    """All exchanges, told the same; the naive one is right."""

    def __init__(self, setting: Setting) -> None:
        self.machines = {name: MachineUnderTest(machine()) for name, machine in machine_types().items()}
        self.naive = NaiveUnderTest()
        self.drawing = Drawing(self.naive, setting)
        self.script: list[tuple[int, c.Command]] = []
        for command in beginning(setting):
            self.tell(command, 0)

    def tell(self, command: c.Command, time_ns: int) -> None:
        """Tell all of them one more command, and compare all that it did."""
        self.script.append((time_ns, command))
        should = self.naive.submit(command, time_ns)
        for name, machine in self.machines.items():
            did = machine.submit(command, time_ns)
            assert did.events == should.events, f"{name} says otherwise"
            assert did.closed == should.closed, f"{name} ends orders otherwise"

    def step(self, seed: int) -> None:
        """Draw a command, tell it, and look at everything."""
        self.tell(*self.drawing.draw(seed))
        self.naive.audit()
        for machine in self.machines.values():
            machine.machine.audit()
            self.compare(machine)

    def compare(self, machine: MachineUnderTest) -> None:
        """Compare what can be asked of an exchange."""
        for account in (0, 1, 2, *ACCOUNTS):
            for asset in (BASE, QUOTE):
                assert machine.balance(account, asset) == self.naive.balance(account, asset)
        for account in ACCOUNTS:
            assert machine.open_orders(account) == self.naive.open_orders(account)
            assert machine.funds_held(account) == self.naive.funds_held(account)
        for instrument in (1, 2):
            for side in (1, 2):
                assert machine.depth(instrument, side, 100) == self.naive.depth(instrument, side, 100)

    def end(self) -> None:
        """Replay, restore, and compare digests, of each machine and between them."""
        for machine in self.machines.values():
            machine.audit()
        assert len({machine.machine.digest() for machine in self.machines.values()}) <= 1


def failure(setting: Setting, seeds: list[int]) -> tuple[str, Play] | None:
    """Play a stream; return what went wrong, if anything, and how far it came."""
    play = Play(setting)
    try:
        for seed in seeds:
            play.step(seed)
        play.end()
    except Exception as error:  # noqa: BLE001  an exchange that breaks is what is looked for
        return f"{type(error).__name__}: {error}", play
    return None


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())
def test_machine_does_what_the_naive_exchange_does(setting: Setting) -> None:
    """Whatever is asked, all answer with the same events, ended orders, balances and books, and can be replayed."""

    @bounded
    @given(SEEDS)
    def play(seeds: list[int]) -> None:
        if failure(setting, seeds) is None:
            return
        found = failure(setting, shortest(seeds, lambda part: failure(setting, part) is not None))
        assert found is not None
        script = "\n".join(
            f"{time_ns} {command}" for time_ns, command in found[1].script[len(list(beginning(setting))) :]
        )
        pytest.fail(f"{found[0]}\n{script}", pytrace=False)

    play()


def test_the_naive_exchange_keeps_its_own_promises() -> None:
    """Every hold is enough for what its order spends, all money is accounted for, and no book is crossed at rest."""

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
            assert not [o for o in naive.naive.orders.values() if o.in_book and is_crossed(naive, o)]

    play()


def is_crossed(naive: NaiveUnderTest, order: NaiveOrder) -> bool:
    """Whether a resting order could trade with the other side's best."""
    opposite = naive.naive.opposite(order)
    if not opposite:
        return False
    best = opposite[0].row.price
    return order.row.price >= best if order.is_buy else order.row.price <= best
