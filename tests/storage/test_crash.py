"""A process that is killed loses nothing that it acknowledged, and leaves nothing behind that is in the way."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.services.errors import DamagedJournal
from bedesten.services.ports import AckPolicy
from bedesten.storage import wal
from bedesten.storage.directory import open_directory
from bedesten.storage.witness import Witness
from tests.storage.conftest import Open
from tests.storage.market import a_market_day

ROOT = Path(__file__).parents[2]
BATCHES_BEFORE_KILL = 40

#: Commits a long day, and tells on standard output which batch is committed.
COMMITTER = """
import sys
from pathlib import Path
from bedesten.services.ports import AckPolicy
from bedesten.storage.directory import open_directory
from tests.storage.market import a_market_day
store = open_directory(Path(sys.argv[1]), policy=AckPolicy(sys.argv[2])).store
for batch in a_market_day(2_000):
    store.commit(batch)
    print(batch.first_seq, batch.count, flush=True)
"""


def killed_while_committing(home: Path, policy: AckPolicy) -> list[tuple[int, int]]:
    """Kill a committing process after some batches; return what it had acknowledged by then."""
    acknowledged = []
    with subprocess.Popen(
        [sys.executable, "-c", COMMITTER, str(home), policy.value],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        for line in child.stdout:
            acknowledged.append((int(line.split()[0]), int(line.split()[1])))
            if len(acknowledged) == BATCHES_BEFORE_KILL:
                child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    return acknowledged


@pytest.mark.parametrize("policy", list(AckPolicy))
def test_every_acknowledged_batch_is_there_exactly_once_after_a_kill(
    home: Path, opened: Open, policy: AckPolicy
) -> None:
    """Whatever the policy: it is the machine, not the process, that they differ about."""
    acknowledged = killed_while_committing(home, policy)

    found = [(batch.first_seq, batch.count) for batch in opened(policy).store.batches(0)]

    assert found[: len(acknowledged)] == acknowledged
    assert len({first for first, _ in found}) == len(found)
    assert trades_in(home) == 2 * (len(found) - 1)  # each batch of the day but the first brings two


def trades_in(home: Path) -> int:
    """Return how many trades the rows hold."""
    with closing(sqlite3.connect(home / "venue.sqlite3")) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM trades").fetchall()
    return int(count)


def copy_while_open(opened: Open, home: Path, to: Path, batches: int) -> list[tuple[int, int]]:
    """Copy a data directory as it is on the disk while a venue runs on it; return its batches."""
    store = opened().store
    day = a_market_day(batches)
    for batch in day:
        store.commit(batch)
    shutil.copytree(home, to)
    (to / "venue.sqlite3-shm").unlink()
    (to / "reached").unlink()  # as where the machine stopped, and it was not on the platter yet
    return [(batch.first_seq, batch.count) for batch in day]


def test_a_torn_tail_is_said_and_cut(opened: Open, home: Path, tmp_path: Path) -> None:
    """Power failed while the last transaction was being written: it was not acknowledged, and is cut off."""
    copy = tmp_path / "copy"
    batches = copy_while_open(opened, home, copy, 6)
    log = copy / "venue.sqlite3-wal"
    log.write_bytes(log.read_bytes()[:-1_000])

    second = open_directory(copy)

    assert [(b.first_seq, b.count) for b in second.store.batches(0)] == batches[:-1]
    (notice,) = [notice for notice in second.notices if "venue" in notice]
    assert notice.startswith("cut ")
    assert "bytes of a transaction that the last run did not finish" in notice
    second.store.close()
    third = open_directory(copy)
    assert third.notices == []
    third.store.close()


def test_a_whole_tail_is_not_spoken_of(opened: Open, home: Path, tmp_path: Path) -> None:
    """A crash between two commits leaves nothing to cut."""
    copy = tmp_path / "copy"
    batches = copy_while_open(opened, home, copy, 6)

    second = open_directory(copy)

    assert [(b.first_seq, b.count) for b in second.store.batches(0)] == batches
    assert second.notices == []
    second.store.close()


def test_a_log_broken_in_its_middle_is_refused(opened: Open, home: Path, tmp_path: Path) -> None:
    """SQLite would drop all commits behind the break; they were acknowledged, so the venue does not start."""
    copy = tmp_path / "copy"
    copy_while_open(opened, home, copy, 6)
    log = copy / "venue.sqlite3-wal"
    data = bytearray(log.read_bytes())
    at = wal.HEAD_BYTES + 2 * (wal.FRAME_HEAD_BYTES + wal.PAGE_BYTES)
    data[at + 100] ^= 1
    log.write_bytes(data)

    with pytest.raises(DamagedJournal, match=rf"broken at byte {at}, and \d+ transactions stand behind it"):
        open_directory(copy)
    assert log.read_bytes() == data


def test_a_log_whose_head_is_broken_is_refused(opened: Open, home: Path, tmp_path: Path) -> None:
    """SQLite would take it for an empty one."""
    copy = tmp_path / "copy"
    copy_while_open(opened, home, copy, 6)
    log = copy / "venue.sqlite3-wal"
    data = bytearray(log.read_bytes())
    data[17] ^= 1
    log.write_bytes(data)

    with pytest.raises(DamagedJournal, match="broken at byte 32"):
        open_directory(copy)


def test_written_commits_that_a_machine_lost_are_said_and_cut(opened: Open, home: Path, tmp_path: Path) -> None:
    """Under the policy "written" several commits may be torn at once: that is what it promises."""
    copy = tmp_path / "copy"
    opened(AckPolicy.WRITTEN).store.close()
    store = opened(AckPolicy.WRITTEN).store
    for batch in a_market_day(6):
        store.commit(batch)
    shutil.copytree(home, copy)
    (copy / "venue.sqlite3-shm").unlink()
    told = Witness(copy, AckPolicy.WRITTEN, "a start of the machine before this one")
    told.note(store.last_seq, bytes(32))
    told.close()
    log = copy / "venue.sqlite3-wal"
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)

    second = open_directory(copy, policy=AckPolicy.WRITTEN)

    assert 0 < len(list(second.store.batches(0))) < 6
    assert any("written, not synced" in notice for notice in second.notices)
    second.store.close()
