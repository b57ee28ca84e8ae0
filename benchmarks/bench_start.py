"""How long a start takes: python benchmarks/bench_start.py [--commands 1000000 3000000].

Workload: directories of so many commands (batches of 256; a note in every hundredth), with a state snapshot of where the
journal ends. Orders are placed and canceled, and two accounts at a time trade with one another, so that the journal grows and
what the venue is does not: no more accounts, and never more than one order of the workload rests. Timed: opening the directory
and recovering the state, in processor time of the thread that starts, the median of 25, warm. The index thread, which works
beside it and waits for nobody, is not counted.
Target: the last within 1.2 times of the first: a start with a snapshot does not grow with the age of the venue.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import workload
from results import tell

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.notes import StoreHandled
from bedesten.services.log import new_state, recover
from bedesten.services.ports import AckPolicy, Batch
from bedesten.storage.directory import open_directory
from bedesten.storage.verification import build_snapshot

BATCH = 256
ROUNDS = 25
WIDTH = COMMAND_WIDTH * 8


def steady(count: int) -> Iterator[workload.Step]:
    """Yield some *count* steps behind which nothing rests: an order and its cancel, then an order and the one that takes it."""
    order_id = 0
    for at in range(count // 4):
        account, other, side = at % workload.ACCOUNTS, (at + 1) % workload.ACCOUNTS, at // workload.ACCOUNTS % 2
        far = 99_000 if side == 0 else 101_000
        yield workload.Step(workload.NEW, 0, account, side, workload.GTC, far, 1, 0)
        yield workload.Step(workload.CANCEL, 0, account, 0, 0, 0, 0, order_id + 1)
        yield workload.Step(workload.NEW, 0, account, side, workload.GTC, 100_000, 1, 0)
        yield workload.Step(workload.NEW, 0, other, 1 - side, workload.GTC, 100_000, 1, 0)
        order_id += 3


def write(directory: Path, count: int) -> None:
    """Make a directory of so many commands, with a snapshot of their end."""
    opened, state = open_directory(directory, policy=AckPolicy.WRITTEN), new_state()
    told = chain(workload.venue(1, workload.ACCOUNTS, *workload.FUNDS[1]), map(workload.command, steady(count)))
    data = memoryview(workload.rows(told)).cast("B")[: count * WIDTH]
    for number, at in enumerate(range(0, len(data), BATCH * WIDTH)):
        commands = bytes(data[at : at + BATCH * WIDTH])
        first_seq, time_ns = state.machine.seq + 1, 1  # as the rows have it
        notes = [(0, StoreHandled("operator", "looked", {"number": number}, time_ns))] if number % 100 == 0 else []
        applied = state.apply(memoryview(commands).cast("q"), {}, time_ns, notes)
        opened.store.commit(
            Batch(
                first_seq=first_seq, count=len(commands) // WIDTH, time_ns=time_ns, commands=commands, texts={},
                events=applied.events, closed=applied.closed, closed_texts=applied.closed_texts, notes=notes,
            )
        )  # fmt: skip
    opened.store.close()
    build_snapshot(directory, print)


def timed(directory: Path) -> tuple[float, float]:
    """Return the processor time of one opening and of one recovery, in seconds."""
    started = time.thread_time()
    opened = open_directory(directory)
    between = time.thread_time()
    recover(opened.store.log, opened.snapshots)
    ended = time.thread_time()
    opened.store.close()
    return between - started, ended - between


def main() -> None:
    """Write the directories, and say how long each takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, nargs="+", default=[1_000_000, 3_000_000])
    totals: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        for count in parser.parse_args().commands:
            directory = Path(place) / str(count)
            write(directory, count)
            times = [timed(directory) for _ in range(ROUNDS)]
            opening, recovering = (statistics.median(column) for column in zip(*times, strict=True))
            totals.append(opening + recovering)
            size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6
            print(
                f"{count:>10,} commands, {size:7.1f} MB: open {opening:.3f} s, recover {recovering:.3f} s", flush=True
            )
    tell("a start, last ÷ first", [totals[-1] / totals[0]], "", most=1.2)


if __name__ == "__main__":
    main()
