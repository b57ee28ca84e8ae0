"""A process that is killed before or behind the commit of any kind of note: the note is there with its command, or neither is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.domain.notes import NOTES, AccountSuspended, FlagsKept, FormerAuditEnded, Note, StoreHandled
from bedesten.services import threads
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.errors import ServiceError
from bedesten.services.log import recover
from bedesten.services.ports import Batch
from bedesten.storage import appending, imports, stopped, verification
from bedesten.storage.directory import open_directory
from bedesten.storage.disk import LocalDisk
from bedesten.storage.kill_points import KillPoint
from bedesten.storage.sqlite import SqliteStore
from tests.storage import note_acts
from tests.storage.conftest import KEY
from tests.storage.former_audit import write_former
from tests.storage.killing import killed_at_every_line
from tests.storage.note_acts import ACTS, MINUTE, READ_ONLY, START_NS, WRITTEN_OTHERWISE, scene_of
from tests.storage.test_killed_groups import Armed

AROUND: Final = [KillPoint.UNWRITTEN, KillPoint.COMMITTED]
AFTERWARDS_NS: Final = START_NS + 30 * MINUTE


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped venue with a snapshot, to be copied."""
    home = tmp_path_factory.mktemp("notes") / "venue"
    os.environ["BEDESTEN_KEY"] = KEY  # this fixture comes before the one that gives it to each test
    asyncio.run(note_acts.furnish(home))
    verification.build_snapshot(home, lambda line: None)
    return home


def copy_of(furnished: Path, home: Path, *, is_first: bool) -> None:
    shutil.copy(furnished.with_suffix(".toml"), home.with_suffix(".toml"))
    if not is_first:
        shutil.copytree(furnished, home)


def kinds_in(home: Path) -> Counter[type[Note]]:
    """Return how often the journal of a stopped venue has each kind of note."""
    if not (home / "venue.sqlite3").exists():
        return Counter()
    with closing(open_directory(home).store) as store:
        return Counter(type(note) for batch in store.log.batches(0) for _, note in batch.notes)


def killed_at(home: Path, kind: type[Note], point: KillPoint) -> None:
    """Do the act of a kind of note in a process of its own, which is killed around the commit of the first such note."""
    act = ACTS[kind]
    child = os.fork()
    if child == 0:
        trap = Armed(point, 1)
        inner = SqliteStore.commit

        def commit(store: SqliteStore, batch: Batch) -> None:
            trap.is_on = any(isinstance(note, kind) for _, note in batch.notes)
            inner(store, batch)
            trap.is_on = False

        SqliteStore.commit = commit  # type: ignore[method-assign]
        for pool in (threads.histories, threads.look_ups, threads.pictures):  # a fork has none of the parent's threads
            pool.__init__(pool.name, 1)  # type: ignore[misc]

        async def run() -> None:
            async with scene_of(home, START_NS + MINUTE, trap=trap, is_sandbox=act.is_sandbox) as scene:
                await act.do(scene)

        try:
            asyncio.run(run())
        except BaseException:  # noqa: BLE001  told to whoever reads the failed test
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, "no kill came by the note"


async def done_again(home: Path, kind: type[Note]) -> Any:
    """Let the next process do the act; return what everybody has then, and hold its memory against a replay."""
    act = ACTS[kind]
    async with scene_of(home, AFTERWARDS_NS, is_sandbox=act.is_sandbox) as scene:
        with contextlib.suppress(ServiceError, CustomerRefused):  # such as a name that is taken: it was done
            await act.do(scene)
        venue = scene.venue
        held = {account.name: await venue.accounts.balances(account.id) for account in venue.accounts.all()}
        await venue.sequencer.stop()
        live = venue.sequencer.state.machine.digest(), venue.sequencer.state.folds.digest()
    with closing(open_directory(home).store) as store:
        for state in (recover(store.log), recover(store.log, store.vault.snapshots)):
            assert (state.machine.digest(), state.folds.digest()) == live
    return held


def test_every_kind_of_note_has_its_kill_points() -> None:
    """A new kind needs a row of the table of acts, or a test of its own."""
    assert ACTS.keys() | WRITTEN_OTHERWISE | READ_ONLY == set(NOTES.values())
    assert len(ACTS) + len(WRITTEN_OTHERWISE) + len(READ_ONLY) == len(NOTES)


@pytest.mark.parametrize("point", AROUND, ids=lambda point: point.value)
@pytest.mark.parametrize("kind", ACTS, ids=lambda kind: kind.__name__)
def test_a_note_is_there_if_its_batch_was_committed(
    furnished: Path, home: Path, kind: type[Note], point: KillPoint
) -> None:
    """The files verify, a start leads on, what is done again moves money once where it is to, and replay agrees."""
    act = ACTS[kind]
    copy_of(furnished, home, is_first=act.is_first)
    before = kinds_in(home)[kind]

    killed_at(home, kind, point)

    if point is KillPoint.COMMITTED or not act.is_first:
        verification.verify(home, lambda line: None)
    written = kinds_in(home)[kind] - before
    assert written >= 1 if point is KillPoint.COMMITTED else written == 0
    held = asyncio.run(done_again(home, kind))
    verification.verify(home, lambda line: None)
    if act.is_once:
        undisturbed = home.with_name("undisturbed")
        copy_of(furnished, undisturbed, is_first=False)
        assert held == asyncio.run(done_again(undisturbed, kind)), "something moved twice, or not at all"


def test_an_entry_of_a_stopped_venue_is_there_or_not(furnished: Path, home: Path) -> None:
    """StoreHandled: what the command line says of the files, in one transaction."""
    copy_of(furnished, home, is_first=False)

    def work() -> None:
        with stopped.stopped_venue(home, LocalDisk()) as venue:
            stopped.append_entry(venue, LocalDisk(), AFTERWARDS_NS, "operator", "backup", {"file": "x"})

    seen = set()
    for _ in killed_at_every_line(work, stopped, appending, step=4):
        seen.add(kinds_in(home)[StoreHandled])
        verification.verify(home, lambda line: None)
    assert seen == {0}, "killed anywhere before the commit it is not there, and none is there half"
    assert kinds_in(home)[StoreHandled] == 1, "the one that was not killed"


def test_a_former_audit_log_is_brought_in_whole_or_not(furnished: Path, home: Path) -> None:
    """FormerAuditEnded, in the transaction of a start; a second start brings in what the first did not, and nothing twice."""
    copy_of(furnished, home, is_first=False)
    write_former(home, (1, "operator", "deposit", "{}"), (2, "operator", "deposit", "{}"))

    def work() -> None:
        open_directory(home).store.close()

    for _ in killed_at_every_line(work, imports, appending, step=5):
        with closing(sqlite3.connect(home / "venue.sqlite3")) as files:
            (done,) = files.execute("SELECT value FROM meta WHERE name = 'imported'").fetchone()
        assert "audit" not in done or kinds_in(home)[FormerAuditEnded] == 1
    work()
    assert kinds_in(home)[FormerAuditEnded] == 1
    verification.verify(home, lambda line: None)


def test_that_notes_tell_every_suspension_is_said_once(furnished: Path, home: Path) -> None:
    """FlagsKept: said at the first start of a venue that an older program had kept; killed before, the next start says it."""
    copy_of(furnished, home, is_first=False)
    with closing(sqlite3.connect(home / "venue.sqlite3")) as files, files:
        kinds = [kind for kind in imports.KINDS if kind != "suspension"]
        files.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (imports.IMPORTED, str(kinds).replace("'", '"')))
    open_directory(home).store.close()
    told = kinds_in(home)[FlagsKept]
    assert told == 1, "the import says that flags are not kept"
    for point in AROUND:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(ACTS, FlagsKept, note_acts.Act(note_acts.nothing))  # type: ignore[arg-type]
            killed_at(home, FlagsKept, point)
        assert kinds_in(home)[FlagsKept] == told + (point is KillPoint.COMMITTED)
    asyncio.run(done_again(home, AccountSuspended))
    assert kinds_in(home)[FlagsKept] == told + 1
