"""The library's own cost: batches through Market.apply against the same rows given to the bare core, and environment steps.

Workload: 100,000 limit orders around a price, of a hundred accounts, in batches of one size; both numbered and stamped alike,
all events taken. Each size is measured in interleaved pairs; printed are the median and the spread of the ratios (1: the library
costs nothing).

    python benchmarks/bench_lab.py [--pairs 7] [--orders 100000]

Then a recording of as many orders (added, canceled, reduced, taking) against the rows that it comes to; steps of the environment.
Targets: ≥ 0.9 at 1,024 rows a batch, ≥ 0.75 at 256; replay ≥ 0.5; ≥ 50,000 steps a second.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray
from results import tell

from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.lab import Market
from bedesten.lab.gym import Action, TradingEnv
from bedesten.lab.market import Events, Rows, cells_of
from bedesten.lab.replay import ADD, CANCEL, L3, REDUCE, TAKE, Replay

SIZES = (1_024, 256, 64, 16, 1)
TARGETS = {1_024: 0.9, 256: 0.75}
STEPS = 20_000


def stream(market: Market, count: int) -> Rows:
    """Return random orders around 86,000 dollars."""
    chance, instrument = np.random.default_rng(1), market.instruments["BTC-USD"]
    batch = market.batch(count)
    batch["account"] = chance.choice(market.accounts, count)
    batch["instrument"] = instrument.id
    batch["side"] = np.where(chance.integers(0, 2, count), Side.BUY, Side.SELL)
    batch["order_type"], batch["time_in_force"] = OrderType.LIMIT, TimeInForce.GTC
    batch["price"] = int(instrument.ticks("86000")) + chance.integers(-40, 40, count)
    batch["quantity"] = chance.integers(1, 50, count) * instrument.min_quantity
    return batch


def bare(market: Market, batch: Rows, size: int) -> float:
    """Give the rows to the core and return the processor time."""
    machine, cells = market.machine, cells_of(batch)
    began = time.process_time()
    cells[:, 1] = np.arange(machine.seq + 1, machine.seq + 1 + len(cells))
    cells[:, 2] = machine.time_ns + 1
    flat = memoryview(cells).cast("B").cast("q")
    width = cells.shape[1]
    for begin in range(0, len(cells), size):
        machine.apply(flat[begin * width : (begin + size) * width])
        machine.take_events()
    return time.process_time() - began


def library(market: Market, batch: Rows, size: int) -> float:
    """Give the rows to the market and return the processor time."""
    began, now = time.process_time(), market.time_ns + 1
    for begin in range(0, len(batch), size):
        market.apply(batch[begin : begin + size], now)
    return time.process_time() - began


def recorded(market: Market, count: int) -> Rows:
    """Return recorded orders around 86,000 dollars: of ten, five are added, four canceled or reduced, one takes."""
    chance, instrument = np.random.default_rng(2), market.instruments["BTC-USD"]
    rows = np.zeros(count, dtype=L3)
    rows["time_ns"] = market.time_ns + np.arange(count)
    rows["kind"] = np.resize((ADD, ADD, CANCEL, ADD, REDUCE, ADD, CANCEL, ADD, CANCEL, TAKE), count)
    places = np.isin(rows["kind"], (ADD, TAKE))
    rows["order"] = np.cumsum(places)
    rows["order"] -= np.where(places, 0, chance.integers(0, 40, count))
    rows["side"] = np.where(chance.integers(0, 2, count), Side.BUY, Side.SELL)
    away = np.where(rows["side"] == int(Side.BUY), -1, 1) * np.where(rows["kind"] == TAKE, -1, 1)
    rows["price"] = int(instrument.ticks("86000")) + away * chance.integers(1, 40, count)
    rows["quantity"] = chance.integers(1, 50, count) * instrument.min_quantity
    return rows


class Told(Market):
    """A market that keeps what it is told."""

    def __init__(self, other: Market) -> None:
        super().__init__(other.machine, other.venue_file, other.accounts)
        self.told: list[NDArray[np.int64]] = []

    def apply_cells(self, cells: NDArray[np.int64], time_ns: int | NDArray[np.int64]) -> Events:
        """Do as a market does."""
        events = super().apply_cells(cells, time_ns)
        self.told.append(cells.copy())
        return events


def replayed(market: Market, recording: Rows) -> float:
    """Replay orders; return the core's own processor time for the same rows over the replay's."""
    told, fork = Told(market.fork()), market.fork()
    replay = Replay(told, "BTC-USD", recording)
    machine = told.fork().machine  # behind the accounts that a replay opens
    told.told.clear()
    replay.run()
    began = time.process_time()
    for cells in told.told:
        machine.apply(memoryview(cells.data).cast("B").cast("q"))
        machine.take_events()
    spent = time.process_time() - began
    if machine.digest() != told.digest():
        raise SystemExit("the rows that were measured are not those of the replay")
    began = time.process_time()
    Replay(fork, "BTC-USD", recording).run()
    return spent / (time.process_time() - began)


def steps() -> float:
    """Return how many steps a second one agent takes that cancels and places in each."""
    env = TradingEnv(steps=STEPS)
    observation, _ = env.reset(seed=3)
    began = time.process_time()
    for step in range(STEPS):
        side = Side.BUY if step % 2 else Side.SELL
        price = int(observation[0] if step % 2 else observation[2])
        observation, *_ = env.step(Action(1, side, price, 20 if price else 0))
    return STEPS / (time.process_time() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--orders", type=int, default=100_000)
    options = parser.parse_args()
    market = Market.open(accounts=100, balances={"USD": 10**8, "BTC": 1_000})
    batch = stream(market, options.orders)
    for size in SIZES:
        count = options.orders if size > 1 else options.orders // 5
        ratios = sorted(
            bare(market.fork(), batch[:count], size) / library(market.fork(), batch[:count], size)
            for _ in range(options.pairs)
        )
        tell(f"Market.apply ÷ bare rows, {size} a batch", ratios, "", least=TARGETS.get(size))
    recording = recorded(market, options.orders)
    ratios = sorted(replayed(market, recording) for _ in range(options.pairs))
    tell("Replay.run of orders ÷ bare rows", ratios, "", least=0.5)
    rates = sorted(steps() for _ in range(3))
    tell("TradingEnv.step", rates, "a second", least=50_000)


if __name__ == "__main__":
    main()
