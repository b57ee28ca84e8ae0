"""Commands a second of the core: python benchmarks/bench_core.py [--instruments 1 100] [--count 500000] [--reference
PYTHON] [--against PYTHON].

Workload: workload.py, batches of 256, everything on: matching, holds, fees with carry, event records, closed orders. Figures
are ratios at heart: --reference names a Python that can import a reference machine (oocore: Machine(symbols, accounts, quote,
base).process), which is then run on the same steps in turns with ours; --against one that has another version of the venue
installed (pairs.py, by processor time). The median of --rounds is told.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pairs
import workload

from bedesten.core import Machine
from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.events import EVENT_WIDTH

BATCH = 256
HERE = Path(__file__).parent


def cost(instruments: int, count: int) -> float:
    """Return the nanoseconds of this thread's processor time that a command takes."""
    return 1e9 / run(instruments, count, time.thread_time)[0]


def run(instruments: int, count: int, clock: Callable[[], float] = time.perf_counter) -> tuple[float, list[float], int]:
    """Return the commands a second of one run, its laps in seconds, sorted, and how many events it told."""
    funds = workload.FUNDS[instruments]
    machine = Machine()
    opening = workload.rows(workload.venue(instruments, workload.ACCOUNTS, *funds))
    machine.apply(memoryview(opening))
    first = len(opening) // COMMAND_WIDTH + 1
    data = memoryview(workload.rows(map(workload.command, workload.steps(instruments, count)), first))
    at = workload.PRELOAD[instruments] * COMMAND_WIDTH
    machine.apply(data[:at])
    laps, told = [], 0
    while at < len(data):
        end = at + BATCH * COMMAND_WIDTH
        start = clock()
        machine.apply(data[at:end])
        events = machine.take_events()
        machine.take_closed()
        laps.append(clock() - start)
        told += len(events) // (8 * EVENT_WIDTH)
        at = end
    machine.audit()
    return count / sum(laps), sorted(laps), told


def run_reference(instruments: int, count: int) -> float:
    """Return the commands a second of the reference machine importable here."""
    from oocore import Machine as Reference  # type: ignore[import-not-found]

    rows = memoryview(workload.reference_rows(instruments, count))
    preload = workload.PRELOAD[instruments]
    events = memoryview(array("q", bytes(8 * 12 * 8 * max(BATCH, preload))))
    machine = Reference(instruments, workload.ACCOUNTS, *workload.FUNDS[instruments])
    machine.process(rows, 0, preload, events)
    spent = 0.0
    for begin in range(preload, len(rows) // 8, BATCH):
        start = time.perf_counter()
        machine.process(rows, begin, min(begin + BATCH, len(rows) // 8), events)
        spent += time.perf_counter() - start
    return count / spent


def ask_reference(python: str, instruments: int, count: int) -> float:
    """Run the reference under its own Python and return its figure."""
    command = [python, __file__, "--as-reference", "--instruments", str(instruments), "--count", str(count)]
    path = str(Path(sys.modules["bedesten"].__file__ or "").parents[1])
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": f"{path}:{HERE}"})
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instruments", type=int, nargs="+", default=[1, 100], choices=[1, 100])
    parser.add_argument("--count", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reference", metavar="PYTHON")
    parser.add_argument("--as-reference", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--against", metavar="PYTHON", help="the interpreter of another version's environment")
    parser.add_argument("--pairs", type=int, default=pairs.PAIRS)
    parser.add_argument(
        "--figure", action="store_true", help="tell the cost of a command with the first number of instruments"
    )
    options = parser.parse_args()
    if options.against:
        for instruments in options.instruments:
            arguments = ["--instruments", str(instruments), "--count", str(options.count)]
            pairs.against(options.against, __file__, arguments, pairs=options.pairs, unit="ns a command")
        return
    if options.figure:
        pairs.tell(cost(options.instruments[0], options.count))
        return
    if options.as_reference:
        print(run_reference(options.instruments[0], options.count))
        return
    for instruments in options.instruments:
        ours, theirs = [], []
        for _ in range(options.rounds):
            speed, laps, told = run(instruments, options.count)
            ours.append(speed)
            if options.reference:
                theirs.append(ask_reference(options.reference, instruments, options.count))
        p50, p99 = laps[len(laps) // 2] * 1e6, laps[int(len(laps) * 0.99)] * 1e6
        line = f"{instruments:4} instruments: {median(ours):12,.0f} commands/s, {told / options.count:.2f} events a command, "
        line += f"batch of {BATCH} p50 {p50:.0f} p99 {p99:.0f} us ({Machine.__module__})"
        if theirs:
            ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            line += f"; reference {median(theirs):,.0f}, ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(line)


if __name__ == "__main__":
    main()
