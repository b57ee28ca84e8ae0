"""What a restart, a verification and a backup cost: python benchmarks/bench_restart.py [--commands 1000000] [--directory DIR].

Workload: a data directory of so many commands in batches of 18: of four, an order with a client id that rests, its cancel, and
two orders of which one takes the other; a state snapshot is at 55 % of them. Timed, each three times, the median: a restart (the
directory opened and the state recovered) and `bedesten verify`, in processor time of all threads without the imports; and how
many batches of the workload are committed a second, by turns without and with `bedesten backup` of the directory in a process of
its own, synced, five rounds of each.
Targets: restart 2 s, verify 4 s, commits beside a backup no fewer than 0.9 of those without.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import workload
from results import tell

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import Op
from bedesten.domain.notes import AccountNamed, Note
from bedesten.services.log import VenueState, new_state, recover
from bedesten.services.ports import AckPolicy, Batch
from bedesten.services.store_types import Account
from bedesten.storage.directory import DataDirectory, open_directory
from bedesten.storage.verification import build_snapshot, verify

BATCH: Final = 18
SNAPSHOT_AT: Final = 0.55
ROUNDS: Final = 5
COMMIT_SECONDS: Final = 4.0
OPEN_ACCOUNT: Final = int(Op.OPEN_ACCOUNT)


def batches(state: VenueState) -> Iterator[Batch]:
    """Yield the workload in batches without end, each applied to the state."""
    steps = map(workload.command, workload.steady(1 << 40))
    told = itertools.chain(workload.venue(1, workload.ACCOUNTS, *workload.FUNDS[1]), steps)
    while True:
        first = state.machine.seq + 1
        rows = memoryview(workload.rows(itertools.islice(told, BATCH), first_seq=first))
        count = len(rows) // COMMAND_WIDTH
        texts = {
            index: f"order-{first + index}"
            for index in range(0, count, 2)
            if rows[index * COMMAND_WIDTH] == Op.PLACE_ORDER
        }
        opened = {
            index: rows[index * COMMAND_WIDTH + 3]
            for index in range(count)
            if rows[index * COMMAND_WIDTH] == OPEN_ACCOUNT
        }
        notes: list[tuple[int, Note]] = [(index, AccountNamed(f"account-{number}")) for index, number in opened.items()]
        accounts = [Account(number, f"account-{number}") for number in opened.values()]
        applied = state.apply(rows, texts, 1, notes)
        yield Batch(
            first_seq=first, count=count, time_ns=1, commands=rows.tobytes(), texts=texts, events=applied.events,
            closed=applied.closed, closed_texts=applied.closed_texts, notes=notes,
            accounts=accounts,
        )  # fmt: skip


def write(directory: Path, count: int) -> Iterator[Batch]:
    """Make the directory, with a snapshot on the way; return the batches that follow."""
    opened, state = open_directory(directory, policy=AckPolicy.WRITTEN), new_state()
    made, is_snapped = batches(state), False
    while state.machine.seq < count:
        opened.store.commit(next(made))
        if not is_snapped and state.machine.seq > count * SNAPSHOT_AT:
            is_snapped = True
            opened.store.close()
            build_snapshot(directory, lambda told: None)
            opened = open_directory(directory, policy=AckPolicy.WRITTEN)
    opened.store.close()
    return made


def restart(directory: Path) -> float:
    """Return the processor time of a restart, in seconds."""
    started = time.process_time()
    opened = open_directory(directory)
    recover(opened.store.log, opened.snapshots)
    ended = time.process_time()
    opened.store.close()
    return ended - started


def verification(directory: Path) -> float:
    """Return the processor time of `bedesten verify`, in seconds."""
    started = time.process_time()
    verify(directory, lambda told: None)
    return time.process_time() - started


def committed(opened: DataDirectory, more: Iterator[Batch], copy: Path | None, directory: Path) -> float:
    """Return how many batches a second are committed, beside a backup into *copy* from beginning to end where one is named."""
    command = [sys.executable, "-m", "bedesten", "backup", str(copy), "--data", str(directory)]
    beside = None if copy is None else subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began, spent, done = time.perf_counter(), 0.0, 0
    while beside.poll() is None if beside is not None else time.perf_counter() - began < COMMIT_SECONDS:
        batch = next(more)
        started = time.perf_counter()
        opened.store.commit(batch)
        spent, done = spent + time.perf_counter() - started, done + 1
    if beside is not None and beside.returncode:
        raise SystemExit("the backup failed")
    return done / spent


def main() -> None:
    """Write the directory, and say how long each takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=1_000_000)
    parser.add_argument("--directory", help="where the data directory is made; a temporary one otherwise")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as place:
        directory = Path(place) / "venue"
        more = write(directory, options.commands)
        restart(directory)  # imports what the others then have
        restarts, checks = ([work(directory) for _ in range(3)] for work in (restart, verification))
        tell(f"restart of {options.commands:,} commands", restarts, "s", most=2)
        tell(f"verify of {options.commands:,} commands", checks, "s", most=4)
        opened = open_directory(directory)
        ratios = []
        for number in range(ROUNDS):
            alone = committed(opened, more, None, directory)
            copy = Path(place) / f"copy-{number}"
            ratios.append(committed(opened, more, copy, directory) / alone)
            shutil.rmtree(copy)
        opened.store.close()
        tell("commits beside a backup ÷ alone", ratios, "", least=0.9)


if __name__ == "__main__":
    main()
