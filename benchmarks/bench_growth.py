"""How the core's cost grows: python benchmarks/bench_growth.py [--most 1000000].

Workload: so many resting orders over so many price levels a side, then 40,000 commands, half new passive orders, half cancels
of random ones, batches of 256 ("mix"); and a price level made and taken away near the best, the middle and the worst
("churn"). Besides: bytes a resting order adds to the process, and how fast a journal of bench_core's workload is replayed.
Targets: cost a command within 1.5 times from 1,000 to 1,000,000 orders and from 10 to 100,000 levels; a million orders under
600 MB in all; 2,000,000 commands replayed a second.
"""

from __future__ import annotations

import argparse
import random
import time
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain

import workload

from bedesten.core import Machine
from bedesten.domain import commands as c
from bedesten.domain.commands import COMMAND_WIDTH

BATCH = 256
TIMED = 40_000
FILL = 10_000  # orders told at a time, so that their rows do not count as memory of the orders
MIDDLE = 1_000_000
ACCOUNTS = 64
SHAPES = (
    (1_000, 10),
    (10_000, 500),
    (100_000, 500),
    (1_000_000, 500),
    (100_000, 5_000),
    (200_000, 50_000),
    (400_000, 100_000),
)


class Growing:
    """A machine with one instrument, and what it costs to tell it things."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.seq = 0
        self.next_order_id = 1
        self.tell(workload.venue(1, ACCOUNTS, 1 << 54, 1 << 54))

    def tell(self, commands: Iterable[c.Command]) -> float:
        """Apply commands in batches; return the seconds spent in the machine."""
        data = memoryview(workload.rows(iter(commands), self.seq + 1))
        self.seq += len(data) // COMMAND_WIDTH
        return self.apply(data)

    def apply(self, data: memoryview) -> float:
        spent = 0.0
        for at in range(0, len(data), BATCH * COMMAND_WIDTH):
            start = time.perf_counter()
            self.machine.apply(data[at : at + BATCH * COMMAND_WIDTH])
            self.machine.take_events()
            self.machine.take_closed()
            spent += time.perf_counter() - start
        return spent

    def passive(self, dice: random.Random, levels: int) -> c.PlaceOrder:
        """Return an order that rests at one of so many levels of a side."""
        side, offset = dice.randrange(2), 1 + dice.randrange(levels)
        self.next_order_id += 1
        return self.at(side, offset, dice.randrange(ACCOUNTS))

    def at(self, side: int, offset: int, account: int) -> c.PlaceOrder:
        return c.PlaceOrder(
            account=workload.FIRST_ACCOUNT + account, instrument=1, side=side + 1, order_type=1, time_in_force=1,
            price=MIDDLE + (offset if side else -offset), quantity=10,
        )  # fmt: skip


def resident() -> int:
    """Return the bytes of memory this process has."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def measure(orders: int, levels: int) -> str:
    """Return one shape's figures as a line."""
    growing, dice = Growing(), random.Random(7)
    live: list[tuple[int, int]] = []

    def fill(count: int) -> Iterator[c.Command]:
        for _ in range(count):
            order = growing.passive(dice, levels)
            live.append((growing.next_order_id - 1, order.account))
            yield order

    before = resident()
    for _ in range(0, orders, FILL):
        growing.tell(fill(min(FILL, orders)))
    grown = (resident() - before) / orders

    def mix() -> Iterator[c.Command]:
        for _ in range(TIMED // 2):
            yield from fill(1)
            at = dice.randrange(len(live))
            order_id, account = live[at]
            live[at] = live[-1]
            live.pop()
            yield c.CancelOrder(account=account, order_id=order_id, instrument=1)

    nanoseconds = growing.tell(mix()) / TIMED * 1e9
    churns = [churn(growing, offset) for offset in (0, levels // 2, levels + 1)]
    told = "/".join(f"{each:.0f}" for each in churns)
    return (
        f"{orders:9,} orders {levels:7,} levels: mix {nanoseconds:4.0f} ns, churn {told} ns, {grown:.0f} bytes an order"
    )


def churn(growing: Growing, offset: int) -> float:
    """Return the nanoseconds a command takes when a level comes and goes at an offset."""

    def commands() -> Iterator[c.Command]:
        for _ in range(5_000):
            order = growing.at(0, max(1, offset), 0)
            growing.next_order_id += 1
            yield order
            yield c.CancelOrder(account=order.account, order_id=growing.next_order_id - 1, instrument=1)

    return growing.tell(commands()) / 10_000 * 1e9


def replay(instruments: int, count: int) -> float:
    """Return the commands a second at which a journal is applied again, one call a batch."""
    opening = workload.venue(instruments, workload.ACCOUNTS, *workload.FUNDS[instruments])
    stream = map(workload.command, workload.steps(instruments, count))
    data: array[int] = workload.rows(chain(opening, stream))
    machine = Machine()
    view = memoryview(data)
    start = time.perf_counter()
    for at in range(0, len(view), BATCH * COMMAND_WIDTH):
        machine.apply(view[at : at + BATCH * COMMAND_WIDTH])
    return len(data) / COMMAND_WIDTH / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000, help="leave out shapes with more orders")
    options = parser.parse_args()
    for orders, levels in SHAPES:
        if orders <= options.most:
            print(measure(orders, levels), flush=True)
    print(f"resident with all of it: {resident() / 1e6:.0f} MB")
    print(f"replay, 1 instrument: {replay(1, 300_000):,.0f} commands/s")


if __name__ == "__main__":
    main()
