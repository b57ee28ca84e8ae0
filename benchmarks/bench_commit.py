"""How many commands a second the embedded store commits, and what a commit costs.

Workload: 50 accounts, 20 instruments. Of four commands one trades against a resting order, and three orders end; half of
the ended orders carry a client id of 32 hex digits. So each command brings one row, besides its 192 bytes in the journal.
Batches are made beforehand; timed is Store.commit() alone, back to back, one thread; the index thread runs beside it. By
turns with it, the commands alone are appended to a plain file and synced: what the disk gives at best, at that moment.

    python benchmarks/bench_commit.py [--seconds 3] [--batches 1,16,256] [--policies synced,written] [--directory DIR]
    python benchmarks/bench_commit.py --against ../before/.venv/bin/python [--pairs 15]    the store of another version, by turns
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import pairs

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import EventKind, Op
from bedesten.domain.events import EVENT_WIDTH
from bedesten.services.ports import AckPolicy, Batch
from bedesten.storage.directory import open_directory

ACCOUNTS, INSTRUMENTS = 50, 20
MADE_AT_ONCE = 4_096  # commands
START_NS = 1_700_000_000_000_000_000


def batches(size: int) -> Iterator[Batch]:
    """Yield batches of *size* commands without end, the first one lists the instruments."""
    random_ = random.Random(1)
    rows: array[int] = array("q")
    events: array[int] = array("q")
    for instrument in range(1, INSTRUMENTS + 1):
        _row(rows, COMMAND_WIDTH, Op.LIST_INSTRUMENT, instrument, START_NS, instrument, 1, 2, 1, 1, 1)
        _row(events, EVENT_WIDTH, EventKind.INSTRUMENT_LISTED, instrument, START_NS, instrument)
    seq = INSTRUMENTS + 1
    yield _batch(1, INSTRUMENTS, rows, events, array("q"), [], {})
    while True:
        yield _market(random_, seq, size)
        seq += size


def _market(random_: random.Random, first: int, size: int) -> Batch:
    rows, events, closed = array("q"), array("q"), array("q")
    ids: list[str] = []
    texts: dict[int, str] = {}

    def close(order: int, seq: int) -> None:
        account, instrument, now = 16 + order % ACCOUNTS, 1 + order % INSTRUMENTS, START_NS + seq * 1_000_000
        _row(events, EVENT_WIDTH, EventKind.CLOSED, seq, now, order, account, instrument, 1, 0, 0)
        closed.extend(
            [order, account, instrument, 1, 1, 1, 0, 0, 50_000, 50_000, 100_000, 100_000, 0, 100_000, 5_000_000_000]
            + [50_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, random_.getrandbits(62), 0, now - 1_000_000_000, now, 1]
        )
        ids.append(f"{random_.getrandbits(128):032x}" if random_.random() < 0.5 else "")

    for at in range(size):
        seq = first + at
        account, instrument, now = 16 + seq % ACCOUNTS, 1 + seq % INSTRUMENTS, START_NS + seq * 1_000_000
        price = 50_000 + random_.randrange(1_000)
        _row(rows, COMMAND_WIDTH, Op.PLACE_ORDER, seq, now, account, instrument, 1, 1, 1, 0, 0, price, 100_000)
        if random_.random() < 0.5:
            texts[at] = f"{random_.getrandbits(128):032x}"
        if seq % 4 == 0:
            maker = max(1, seq - random_.choice((5, 50, 500)))
            _row(
                events, EVENT_WIDTH, EventKind.TRADED, seq, now, seq // 4, instrument, 1, 50_000, 100_000, 5_000_000_000,
                seq, account, 60_000, 0, 0, maker, 16 + maker % ACCOUNTS, 50_000, 0, 0,
            )  # fmt: skip
            close(2 * seq, seq)
            close(2 * seq + 1, seq)
        elif seq % 4 == 1:
            close(2 * seq, seq)
    return _batch(first, size, rows, events, closed, ids, texts)


def _row(rows: array[int], width: int, *columns: int) -> None:
    rows.extend([*map(int, columns), *[0] * (width - len(columns))])


def _batch(
    first: int,
    size: int,
    rows: array[int],
    events: array[int],
    closed: array[int],
    ids: list[str],
    texts: dict[int, str],
) -> Batch:
    return Batch(
        first_seq=first, count=size, time_ns=START_NS + first * 1_000_000, commands=rows.tobytes(), texts=texts,
        events=events.tobytes(), closed=closed.tobytes(), closed_texts=ids,
    )  # fmt: skip


def measure(directory: Path, policy: AckPolicy, size: int, seconds: float) -> tuple[str, float]:
    """Return two lines, commits and plain appends of the same commands with a sync each, by turns; and a command's work in µs."""
    opened = open_directory(directory, policy=policy)
    source = batches(size)
    opened.store.commit(next(source))
    plain = os.open(directory / "plain", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    commits, appends = Times(size), Times(size)
    while commits.seconds < seconds:
        some = [next(source) for _ in range(max(1, MADE_AT_ONCE // size))]
        for batch in some:
            with commits:
                opened.store.commit(batch)
        for batch in some:
            with appends:
                os.write(plain, batch.commands)
                if policy is AckPolicy.SYNCED:
                    os.fdatasync(plain)
    os.close(plain)
    opened.store.close()
    bytes_each = (directory / "venue.sqlite3").stat().st_size / (len(commits.took) * size)
    ratio = appends.seconds / commits.seconds
    lines = (
        f"{policy.value:8} {size:5} a commit  {commits}  {bytes_each:4.0f} bytes each\n"
        f"         plain append   {appends}  commits reach {ratio:.2f} of it"
    )
    return lines, commits.worked / (len(commits.took) * size) * 1e6


class Times:
    """How long each of many calls took: by the clock, and by this thread's work, which a busy machine does not lengthen."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.took: list[float] = []
        self.worked = 0.0

    def __enter__(self) -> None:
        self.work_began, self.began = time.thread_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.took.append(time.perf_counter() - self.began)
        self.worked += time.thread_time() - self.work_began

    @property
    def seconds(self) -> float:
        return sum(self.took)

    def __str__(self) -> str:
        took, commands = sorted(self.took), len(self.took) * self.size
        p50, p99 = took[len(took) // 2] * 1e6, took[int(len(took) * 0.99)] * 1e6
        return (
            f"{commands / self.seconds:9,.0f} commands/s  p50 {p50:7,.0f} us  p99 {p99:7,.0f} us  "
            f"work {self.worked / commands * 1e6:5.1f} us a command"
        )


def main() -> None:
    """Print one line per policy and batch size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--batches", default="1,16,256")
    parser.add_argument("--policies", default="synced,written")
    parser.add_argument("--directory", default=None, help="where the data directories go: the disk that is measured")
    parser.add_argument("--against", metavar="PYTHON", help="the interpreter of another version's environment")
    parser.add_argument("--pairs", type=int, default=pairs.PAIRS)
    parser.add_argument(
        "--figure", action="store_true", help="tell the writer thread's work a command, of the last line"
    )
    options = parser.parse_args()
    if options.against:
        arguments = ["--seconds", str(options.seconds / 3), "--batches", "16", "--policies", "written"]
        pairs.against(options.against, __file__, arguments, pairs=options.pairs, unit="µs a command")
        return
    work = 0.0
    for policy in options.policies.split(","):
        for size in options.batches.split(","):
            with tempfile.TemporaryDirectory(dir=options.directory) as directory:
                lines, work = measure(Path(directory), AckPolicy(policy), int(size), options.seconds)
            print(lines, flush=True)
    if options.figure:
        pairs.tell(work)


if __name__ == "__main__":
    main()
