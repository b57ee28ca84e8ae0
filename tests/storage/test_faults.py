"""The table of faults: what breaks, what the operator reads, what the client gets, and what is there at the next start.

Two tables: faults that a running venue meets, and damage that a start meets.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from bedesten.cli.commands import cli
from bedesten.domain.commands import SetIndex
from bedesten.services.errors import Overloaded, StoreFailure
from bedesten.services.log import recover
from bedesten.services.sequencing import sequencer
from bedesten.services.store_types import StateSnapshot
from bedesten.storage.directory import open_directory
from bedesten.storage.documents import DocumentFiles
from bedesten.storage.journal import JOURNAL_FORMAT
from bedesten.storage.lock import DirectoryLock
from bedesten.storage.master_key import KEY_VARIABLE
from bedesten.storage.memory import PlainSealing
from bedesten.storage.sqlite import SqliteStore
from tests.dialects.btcturk import stand as btcturk
from tests.dialects.btse import stand as btse
from tests.storage.conftest import KEY, Open
from tests.storage.faulty import IO, NO_SPACE, READ_ONLY, SYNC_FAILED, Fault, FaultyDisk, os_error
from tests.storage.market import a_market_day
from tests.unit.services.market import Market, Pausing, open_market

PAGE: Final = 4_096


# Faults that a running venue meets


@dataclass(frozen=True)
class Broken:
    """A fault of the journal: the venue stops, and this is what remains."""

    name: str
    fault: Fault
    operator: str  # reads
    is_there: bool = False  # the command that met it, at the next start


BROKEN: Final = [
    Broken("full as a batch begins", Fault(("BEGIN", "INSERT INTO journal")), "database or disk is full"),
    Broken("full in the middle of one", Fault(("INSERT INTO journal",)), "database or disk is full"),
    Broken("full at its end", Fault(("COMMIT", "INSERT INTO journal")), "database or disk is full"),
    Broken("a short write", Fault(("COMMIT", "INSERT INTO journal"), IO), "disk I/O error"),
    Broken("a sync that failed", Fault(("COMMIT", "INSERT INTO journal"), IO, is_done=True), "disk I/O error", True),
    Broken(
        "a directory that became read-only",
        Fault(("BEGIN", "INSERT"), sqlite3.OperationalError("attempt to write a readonly database")),
        "attempt to write a readonly database",
    ),
]

#: A client is told that the outcome of what met the fault is unknown, and that what came later was not done.
UNKNOWN: Final = {
    "btse": (503, -1), "btcturk": (503, "SERVICE_UNAVAILABLE: the outcome is unknown, check the order"),
}  # fmt: skip
REFUSED: Final = {"btse": (503, -11), "btcturk": (503, "SERVICE_UNAVAILABLE")}
STANDS: Final[dict[str, Any]] = {"btse": btse, "btcturk": btcturk}


def told(dialect: str, answer: Any) -> tuple[int, Any]:
    return answer.status, answer.json["code"] if dialect == "btse" else answer.json["message"]


def placing(dialect: str, client: Any, name: str) -> Any:
    return client.order(clOrderID=name) if dialect == "btse" else client.order(newOrderClientId=name)


def live_names(opened: Open) -> tuple[list[str], int]:
    """Open the directory as a start does; return the client ids of the orders that live, and the seq."""
    again = opened()
    state = recover(again.store, again.snapshots)
    again.store.close()
    return sorted(state.texts.values()), state.machine.seq


@pytest.mark.parametrize("dialect", STANDS)
@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.name)
async def test_a_journal_that_cannot_be_written_stops_the_venue(
    row: Broken, dialect: str, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Once and for all: no second try, no acknowledged command lost, the unanswered one there once or not at all."""
    disk = FaultyDisk(row.fault)
    store = opened(disk=disk).store
    stand = await STANDS[dialect].open_stand(store=store)
    alice = await stand.customer("alice")
    for number in range(3):
        assert (await placing(dialect, alice, f"kept-{number}")).status == 200
    acknowledged = store.last_seq

    disk.is_failing = True
    unanswered = await placing(dialect, alice, "unknown")
    failed = disk.times
    disk.is_failing = False
    refused = await placing(dialect, alice, "late")
    health = stand.venue.sequencer.health()
    await stand.venue.sequencer.stop()
    store.close()

    assert (told(dialect, unanswered), told(dialect, refused)) == (UNKNOWN[dialect], REFUSED[dialect])
    assert failed == 1
    assert health is not None
    assert f"the batch at seq {acknowledged + 1} could not be written: {row.operator}" in health
    assert "accepts nothing more until the venue is started again" in health
    assert "Traceback" not in caplog.text
    names = ["kept-0", "kept-1", "kept-2", *(["unknown"] if row.is_there else [])]
    assert live_names(opened) == (names, acknowledged + row.is_there)


@pytest.mark.parametrize("dialect", STANDS)
async def test_a_disk_that_fills_up_loses_only_what_did_not_fit(dialect: str, opened: Open) -> None:
    """SQLITE_FULL from SQLite itself: its limit on pages stands in for the disk's end."""
    store = opened().store
    stand = await STANDS[dialect].open_stand(store=store)
    alice = await stand.customer("alice")
    kept: list[str] = []
    for number in range(60):
        if number == 1:
            ((pages,),) = store._writer.execute("PRAGMA page_count").fetchall()
            store._writer.execute(f"PRAGMA max_page_count = {pages}")
        stand.clock.advance(1_000_000_000)
        name = f"kept-{number:02}-a-name-that-takes-room"
        answer = await placing(dialect, alice, name)
        if answer.status != 200:
            break
        kept.append(name)
    acknowledged = store.last_seq
    await stand.venue.sequencer.stop()
    store.close()

    assert told(dialect, answer) == UNKNOWN[dialect]
    assert 0 < len(kept) < 60
    assert live_names(opened) == (kept, acknowledged)


HISTORY: Final = {"btse": "/spot/api/v3.3/user/trade_history", "btcturk": "/api/v1/users/transactions/trade"}


@pytest.mark.parametrize("dialect", STANDS)
async def test_an_index_that_cannot_be_written_costs_histories_and_nothing_else(
    dialect: str, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Trading goes on, the operator is told once, and histories are answered again when there is room."""
    disk = FaultyDisk(Fault(("BEGIN", "INSERT INTO orders_by", "COMMIT"), database="index.sqlite3"))
    store = opened(disk=disk).store
    stand = await STANDS[dialect].open_stand(store=store)
    alice = await stand.customer("alice")
    path = HISTORY[dialect]
    assert (await alice.get(path)).status == 200

    disk.is_failing = True
    await stand.venue.accounts.deposit(16, "BTC", 1)  # something to index
    refused = [await alice.get(path), await alice.get(path)]
    placed = await placing(dialect, alice, "kept")
    disk.is_failing = False
    answered = await alice.get(path)
    health, acknowledged = stand.venue.sequencer.health(), store.last_seq
    await stand.venue.sequencer.stop()
    store.close()

    assert {told(dialect, each) for each in refused} == {REFUSED[dialect]}
    assert (placed.status, answered.status, health) == (200, 200, None)
    assert "could not be read: database or disk is full" in caplog.text
    assert "Traceback" not in caplog.text
    assert live_names(opened) == (["kept"], acknowledged)


def test_a_damaged_index_page_is_made_anew_by_the_next_start(opened: Open, home: Path) -> None:
    """The history in it is refused until then; the notice says what was done."""
    store = opened().store
    for batch in a_market_day():
        store.commit(batch)
    whole = store.orders(16, limit=100)
    store.close()
    index = home / "index.sqlite3"
    with closing(sqlite3.connect(index)) as connection:
        ((page,),) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'orders_by_account'"
        ).fetchall()
    overwrite(index, (page - 1) * PAGE, b"\xff" * 64)

    damaged = opened().store
    with pytest.raises(StoreFailure, match="could not be read: database disk image is malformed"):
        damaged.orders(16, limit=100)
    assert [batch.first_seq for batch in damaged.batches(0)] == [batch.first_seq for batch in a_market_day()]
    damaged.close()
    again = opened()

    assert again.notices == ["index.sqlite3 does not fit the venue's rows, or was cut short; it is made anew"]
    assert again.store.orders(16, limit=100) == whole


#: Where a file of its own fails: a snapshot, a document.
FILES: Final = {
    "full": Fault(("write",), NO_SPACE, share=0.0),
    "a short write": Fault(("write",), NO_SPACE, share=0.5),
    "a sync that failed": Fault(("write",), SYNC_FAILED, share=1.0),
    "read-only": Fault(("replace",), READ_ONLY),
}


@pytest.mark.parametrize("name", FILES)
def test_a_snapshot_that_cannot_be_written_leaves_no_trace(name: str, opened: Open, home: Path) -> None:
    """The one before is what the next start finds, no room is taken, and the venue runs on."""
    disk = FaultyDisk(FILES[name])
    first = opened(disk=disk)
    day = a_market_day(3)
    first.store.commit(day[0])
    first.snapshots.save(StateSnapshot(first.store.last_seq, 1, b"core", {}))
    first.store.commit(day[1])
    disk.is_failing = True

    with pytest.raises(
        StoreFailure, match=rf"the state snapshot .* could not be written: .*{disk.fault.error.args[1]}"
    ):
        first.snapshots.save(StateSnapshot(first.store.last_seq, 2, b"core", {}))

    newest = first.snapshots.newest()
    assert newest is not None
    assert newest.seq == day[0].count
    assert len(list((home / "snapshots").iterdir())) == 1
    first.store.commit(day[2])


def test_a_snapshot_that_a_lying_disk_cut_short_is_skipped(opened: Open) -> None:
    """The write was told to have worked; the checksum tells that it did not."""
    disk = FaultyDisk(Fault(("write",), share=0.5, is_silent=True))
    first = opened(disk=disk)
    first.store.commit(a_market_day(1)[0])
    disk.is_failing = True
    first.snapshots.save(StateSnapshot(first.store.last_seq, 2, b"core" * 100, {}))
    first.store.close()

    again = opened()

    assert again.snapshots.newest() is None
    assert any("skipping the state snapshot" in notice for notice in again.notices)


def test_what_a_killed_snapshot_left_is_removed_by_the_next_start(opened: Open, home: Path) -> None:
    """A disk must not fill up with halves."""
    opened().store.close()
    (home / "snapshots" / "00000000000000000007.4711.partial").write_bytes(b"half")

    opened()

    assert list((home / "snapshots").iterdir()) == []


@pytest.mark.parametrize("name", FILES)
def test_a_document_that_cannot_be_written_leaves_no_trace(name: str, tmp_path: Path) -> None:
    """What is there under its name stays, and the next try works."""
    disk = FaultyDisk(FILES[name])
    documents = DocumentFiles(tmp_path, PlainSealing(), disk)
    documents.save("16-1-abc", b"before")
    disk.is_failing = True

    with pytest.raises(StoreFailure, match=rf"cannot be kept in .*: {disk.fault.error.args[1]}"):
        documents.save("16-1-abc", b"behind")

    disk.is_failing = False
    assert documents.load("16-1-abc") == b"before"
    assert len(list((tmp_path / "documents").iterdir())) == 1
    documents.save("16-1-abc", b"behind")
    assert documents.load("16-1-abc") == b"behind"


# A disk that is slow


async def test_a_disk_that_hangs_costs_refusals_and_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands and reads are refused beyond their bounds; a hundred times as many cost nothing more; what was taken is done."""
    from bedesten.clock import ManualClock
    from bedesten.storage.memory import open_memory

    store = Pausing(open_memory())
    market: Market = await open_market(store, ManualClock())
    venue = market.venue
    monkeypatch.setattr(sequencer, "WAITING_MAX", 100)
    monkeypatch.setattr(sequencer, "READS_MAX", 100)
    store.hold_up()
    taken = [venue.sequencer.submit(SetIndex(instrument=1, price=1))]
    await store.held()
    taken += [venue.sequencer.submit(SetIndex(instrument=1, price=2 + at)) for at in range(100)]
    reads = [asyncio.ensure_future(venue.sequencer.read(lambda machine: machine.seq)) for _ in range(100)]
    await asyncio.sleep(0)

    async def press(times: int) -> None:
        for _ in range(times):
            with pytest.raises(Overloaded, match="100 commands are waiting"):
                venue.sequencer.submit(SetIndex(instrument=1, price=1))
            with pytest.raises(Overloaded, match="100 reads are waiting"):
                await venue.sequencer.read(lambda machine: machine.seq)

    await press(50)
    tracemalloc.start()
    await press(50)
    before = tracemalloc.get_traced_memory()[0]
    await press(5_000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 256 * 1024  # five thousand futures alone would be more than a megabyte
    assert venue.sequencer.depths[0] == 100
    assert venue.sequencer.health() == "100 commands are waiting"

    store.let_go()
    await asyncio.gather(*taken)
    assert len(set(await asyncio.gather(*reads))) == 1
    assert venue.sequencer.health() is None
    await venue.sequencer.stop()
    store.inner.close()


@pytest.mark.parametrize("dialect", STANDS)
async def test_a_slow_disk_is_told_in_the_venues_words(
    dialect: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the queue 503; every order that was answered is there at the next start, and none that was refused."""
    gate, commit = threading.Event(), SqliteStore.commit
    gate.set()

    def slow(store: SqliteStore, batch: Any) -> None:
        assert gate.wait(20)
        commit(store, batch)

    monkeypatch.setattr(SqliteStore, "commit", slow)
    store = opened().store
    stand = await STANDS[dialect].open_stand(store=store)
    alice = await stand.customer("alice")
    monkeypatch.setattr(sequencer, "WAITING_MAX", 2)
    gate.clear()
    asked = [asyncio.create_task(placing(dialect, alice, f"order-{at}")) for at in range(6)]
    async with asyncio.timeout(20):
        while sum(task.done() for task in asked) < 3:  # noqa: ASYNC110  # one or more are written, two wait
            await asyncio.sleep(0.001)
    refused = [task.result() for task in asked if task.done()]
    gate.set()
    answers = await asyncio.gather(*asked)
    taken = [f"order-{at}" for at, answer in enumerate(answers) if answer.status == 200]
    seq = store.last_seq
    await stand.venue.sequencer.stop()
    store.close()

    assert {told(dialect, each) for each in refused} == {REFUSED[dialect]}
    assert len(taken) + len(refused) == 6
    assert live_names(opened) == (taken, seq)


# Damage that a start meets


def overwrite(path: Path, at: int, data: bytes) -> None:
    """Write *data* over the bytes of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def edit(statement: str) -> Callable[[Path], None]:
    """Return what changes the venue's file behind the store's back."""

    def change(home: Path) -> None:
        with closing(sqlite3.connect(home / "venue.sqlite3")) as connection, connection:
            connection.execute(statement)

    return change


def over(name: str, at: int, data: bytes) -> Callable[[Path], None]:
    """Return what writes over a file's bytes."""
    return lambda home: overwrite(home / name, at, data)


def page_of(name: str, table: str) -> Callable[[Path], None]:
    """Return what spoils a table's first page."""

    def spoil(home: Path) -> None:
        with closing(sqlite3.connect(home / name)) as connection:
            question = "SELECT rootpage FROM sqlite_master WHERE name = ?"
            ((page,),) = connection.execute(question, (table,)).fetchall()
        overwrite(home / name, (page - 1) * PAGE, b"\xff" * 64)

    return spoil


def snapshots(count: int, change: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return what changes the newest *count* snapshots."""

    def spoil(home: Path) -> None:
        found = sorted((home / "snapshots").iterdir(), reverse=True)
        assert len(found) == 2
        for path in found[:count]:
            change(path)

    return spoil


def flip(path: Path) -> None:
    overwrite(path, path.stat().st_size // 2, bytes([path.read_bytes()[path.stat().st_size // 2] ^ 1]))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def nothing(home: Path) -> None:
    """Damage nothing."""


_SKIPPED: Final = r"skipping the state snapshot .*: its checksum does not match"
_INDEX: Final = "index.sqlite3 does not fit the venue's rows, or was cut short; it is made anew"
_LAST: Final = "WHERE first_seq = (SELECT max(first_seq) FROM journal)"


@dataclass(frozen=True)
class Damage:
    """What a start meets. It is refused in one sentence, or opens at the last acknowledged seq with notices."""

    name: str
    change: Callable[[Path], None]
    refused: str = ""  # the sentence; "": it opens
    notices: tuple[str, ...] = ()
    environ: dict[str, str | None] = field(default_factory=dict)


DAMAGE: Final = [
    Damage("none", nothing),
    Damage(
        "a flipped byte in a journal row",
        edit(f"UPDATE journal SET commands = zeroblob(length(commands)) {_LAST}"),
        r"damaged journal: the batch at seq \d+ \(row first_seq=\d+ of table journal\) .* does not match its checksum",
    ),
    Damage("a journal row gone", edit(f"DELETE FROM journal {_LAST}"), r"ends at seq \d+, but .* its end is missing"),
    Damage("a damaged journal page", page_of("venue.sqlite3", "journal"), r"damaged journal: unreadable behind seq 0"),
    Damage("a damaged page of facts", page_of("venue.sqlite3", "meta"), "damaged journal: unreadable behind seq 0"),
    Damage("a damaged first page", over("venue.sqlite3", 100, b"\xff" * 64), "damaged journal: unreadable"),
    Damage("a damaged header", over("venue.sqlite3", 0, b"\0" * 16), r"is not a store: its first bytes \(byte 0\)"),
    Damage("a damaged page size", over("venue.sqlite3", 16, b"\x00\x07"), "damaged journal: unreadable"),
    Damage("a cut file", lambda home: cut(home / "venue.sqlite3"), "damaged journal: unreadable"),
    Damage(
        "the venue's file gone",
        lambda home: (home / "venue.sqlite3").unlink(),
        r"holds state snapshots but no venue\.sqlite3: put the file back",
    ),
    Damage(
        "a newer schema",
        edit("UPDATE meta SET value = '99' WHERE name = 'schema_version'"),
        r"written by a newer Bedesten: its format is 99, this program reads up to \d+\. Use the newer program",
    ),
    Damage(
        "a newer batch format",
        edit(f"UPDATE journal SET format = {JOURNAL_FORMAT + 1} {_LAST}"),
        rf"has journal format {JOURNAL_FORMAT + 1}; this program reads up to {JOURNAL_FORMAT}",
    ),
    Damage("no schema version", edit("DELETE FROM meta WHERE name = 'schema_version'"), "does not say its schema_version"),
    Damage(
        "no master key", nothing, r"sealed with the key \w+, and there is no key: .* is missing\. Put that file back",
        environ={KEY_VARIABLE: None},
    ),
    Damage(
        "another master key", nothing, r"the key given is another: \w+ in BEDESTEN_KEY",
        environ={KEY_VARIABLE: "YW5vdGhlciBrZXksIG9mIDMyIGJ5dGVzIGFzIHdlbGw="},
    ),
    Damage("a damaged snapshot", snapshots(1, flip), notices=(_SKIPPED,)),
    Damage("a snapshot cut short", snapshots(1, cut), notices=("skipping the state snapshot .*bytes long, and should be",)),
    Damage("all snapshots damaged", snapshots(2, flip), notices=(_SKIPPED, _SKIPPED)),
    Damage("a missing snapshot", snapshots(1, Path.unlink)),
    Damage("all snapshots missing", snapshots(2, Path.unlink)),
    Damage("a damaged index header", over("index.sqlite3", 0, b"rubbish" * 20), notices=(_INDEX,)),
    Damage("a damaged page of marks", page_of("index.sqlite3", "marks"), notices=(_INDEX,)),
    Damage("the index gone", lambda home: (home / "index.sqlite3").unlink()),
]  # fmt: skip


def bedesten(*arguments: str) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(cli, arguments)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A venue with two snapshots and commands behind them."""
    home = tmp_path_factory.mktemp("template") / "venue"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        for arguments in (
            ("accounts", "open", "alice"), ("snapshot",), ("deposit", "alice", "BTC", "1"), ("snapshot",),
            ("deposit", "alice", "BTC", "2"),
        ):  # fmt: skip
            ended = bedesten(*arguments, "--data", str(home))
            assert ended.exit_code == 0, ended.output
        yield home


@pytest.fixture
def copy(template: Path, home: Path) -> Path:
    """A copy of the template, under a name that no key file stands beside."""
    shutil.copytree(template, home)
    return home


def marks(home: Path) -> dict[str, str]:
    """Return a digest of every file but SQLite's scratch."""
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and not path.name.endswith("-shm")}
    return {
        str(path.relative_to(home)): hashlib.sha256(data).hexdigest()
        for path, data in files.items()
        if data or not path.name.endswith("-wal")  # whoever reads leaves an empty one
    }


def replayed(home: Path) -> list[str]:
    """Return how many commands a replay does, and where it leads."""
    count, digest, folds = bedesten("replay", "--data", str(home)).stdout.splitlines()
    return [count.partition(" ")[0], digest, folds]


@pytest.mark.parametrize("row", DAMAGE, ids=lambda row: row.name)
def test_a_start_on_damage_is_refused_or_loses_nothing(
    row: Damage, copy: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, exit code 1 and no byte changed; or a venue at the last acknowledged command, and what was amiss is said."""
    row.change(copy)
    for name, value in row.environ.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    before = marks(copy)

    what = ("open", "bob") if row.refused else ("balances", "alice")
    ended = bedesten("accounts", *what, "--data", str(copy))

    if row.refused:
        assert (ended.exit_code, ended.stdout) == (1, "")
        assert re.fullmatch(rf"bedesten: .*{row.refused}.*\n", ended.stderr), ended.stderr
        assert marks(copy) == before
        return
    assert ended.exit_code == 0, ended.output
    assert "3" in ended.stdout
    said = [line for line in ended.stderr.splitlines() if line]
    for pattern in row.notices:
        assert any(re.search(pattern, line) for line in said), said
    assert bool(said) == bool(row.notices), said
    assert replayed(copy) == replayed(template)


@pytest.mark.parametrize("command", ["verify", "replay", "snapshot"])
@pytest.mark.parametrize("row", [row for row in DAMAGE if row.refused], ids=lambda row: row.name)
def test_no_command_ends_in_a_traceback(row: Damage, command: str, copy: Path) -> None:
    """Those that only read may find nothing wrong with what they look at; else they say one sentence and change nothing."""
    row.change(copy)
    before = marks(copy)

    ended = bedesten(command, "--data", str(copy))

    assert row.name != "a newer schema" or "newer Bedesten" in ended.stderr
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    assert ended.exit_code in (0, 1)
    if ended.exit_code:
        assert ended.stderr.splitlines()[-1].startswith("bedesten: ")
        assert marks(copy) == before


def test_a_directory_in_use_is_refused_and_left_alone(copy: Path) -> None:
    """The owner is named."""
    lock = DirectoryLock(copy)
    before = marks(copy)

    with pytest.raises(StoreFailure, match=rf"in use by process {os.getpid()}: stop that process first"):
        open_directory(copy)

    assert marks(copy) == before
    lock.release()


def test_another_venues_index_is_not_believed(copy: Path, tmp_path: Path) -> None:
    """Its rows are of other orders; it is made anew, and said."""
    open_directory(tmp_path / "other").store.close()
    shutil.copyfile(tmp_path / "other" / "index.sqlite3", copy / "index.sqlite3")

    opened = open_directory(copy)
    opened.store.close()

    assert opened.notices == [_INDEX]


def as_nobody(work: Callable[[], str]) -> str:
    """Return what *work* says in a process without the administrator's rights, which know no modes."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = "it was not foreseen"
        with suppress(BaseException):
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            said = work()
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as told:
        said = told.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        ({"": 0o555, "lock": 0o444}, "cannot write in the data directory .*: Permission denied"),
        ({"venue.sqlite3": 0o000}, r"cannot be opened: Permission denied: .*venue\.sqlite3\. Give the venue's account"),
        ({"venue.sqlite3": 0o444, "": 0o555}, "cannot be opened: .*(readonly database|unable to open)"),
        ({"snapshots": 0o000}, None),
    ],
    ids=["the directory read-only", "the file unreadable", "the file read-only", "the snapshots unreadable"],
)
def test_a_directory_without_the_rights_is_refused(modes: dict[str, int], expected: str | None, template: Path) -> None:
    """Modes as the system applies them; with unreadable snapshots the journal is enough, or the start is refused in words."""
    with tempfile.TemporaryDirectory() as outer:
        home = Path(outer) / "venue"
        shutil.copytree(template, home)
        Path(outer).chmod(0o755)
        paths = [home, *home.rglob("*")]
        for path in paths:
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534)
        before = marks(home)
        for name, mode in modes.items():
            (home / name).chmod(mode)

        def work() -> str:
            try:
                open_directory(home).store.close()
            except StoreFailure as error:
                return str(error)
            return "opened"

        said = as_nobody(work)
        for path in paths:
            with suppress(FileNotFoundError):  # SQLite's scratch
                path.chmod(0o700)
        if expected is None:
            assert said == "opened" or "cannot be opened" in said
        else:
            assert re.search(expected, said), said
            assert marks(home) == before


def test_a_read_only_file_system_is_refused_in_words(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root would see as well, by way of the seam."""

    def refuse(*given: Any) -> int:
        raise os_error(READ_ONLY.errno or 0)

    monkeypatch.setattr("bedesten.storage.lock.os.open", refuse)

    with pytest.raises(StoreFailure, match="cannot write in the data directory .*: Read-only file system"):
        open_directory(copy)
