"""What people did: notes in the journal, rows to read them from, and the former chain of the audit log, which goes on in it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.clock import ManualClock
from bedesten.services.customers.login_log import Activity, Visitor
from bedesten.services.errors import DamagedJournal
from bedesten.services.venue import Venue, open_venue
from bedesten.storage import forgetting
from bedesten.storage.directory import VENUE_FILE, open_directory
from bedesten.storage.imports import IMPORTED
from bedesten.storage.imports_audit import KIND
from bedesten.storage.memory import open_forgetting
from bedesten.storage.verification import verify
from tests.storage.conftest import Open
from tests.storage.former_audit import write_former
from tests.storage.test_customers_at_rest import ALICE
from tests.storage.test_sealing import found_in
from tests.unit.services.market import CATALOGUE

FORMER = (
    (10, "operator", "key created", '{"outcome":"done","account":"alice"}'),
    (11, "alice", "login", '{"outcome":"done"}'),
    (12, "alice ?", "login refused", '{"outcome":"refused: no","reason":"password"}'),
)


async def close(venue: Venue) -> None:
    """End a venue, and let go of its files."""
    await venue.sequencer.stop()
    venue.sequencer._log.close()


async def three_entries(opened: Open) -> None:
    """Write three entries over two runs."""
    for actors in (("operator carol", "somebody"), ("operator carol",)):
        venue = open_venue(opened().store, ManualClock(), CATALOGUE)
        for actor in actors:
            await venue.audit.note(actor, "looked", address="192.0.2.7")
        await close(venue)


async def test_entries_stand_in_the_journal_and_are_read_from_rows(opened: Open, home: Path) -> None:
    """In their order, over a restart; in the files, nobody reads them without the key."""
    await three_entries(opened)
    assert found_in(home, "192.0.2.7", "operator carol") == []
    venue = open_venue(opened().store, ManualClock(), CATALOGUE)

    entries = list(venue.audit.entries())

    assert [(entry.actor, entry.action, entry.outcome) for entry in entries] == [
        ("operator carol", "looked", "done"), ("somebody", "looked", "done"), ("operator carol", "looked", "done"),
    ]  # fmt: skip
    assert [entry.particulars for entry in entries] == [{"address": "192.0.2.7"}] * 3
    assert [entry.number for entry in entries] == sorted({entry.number for entry in entries})
    await close(venue)
    assert verify(home, print).audit_entries == 3


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE noted SET account = 16 WHERE row_id = 2", "row 2 of table noted is not what the journal says"),
        ("UPDATE noted SET time_ns = 9 WHERE row_id = 1", "row 1 of table noted"),
        ("UPDATE noted SET note = x'91' WHERE row_id = 3", "row 3 of table noted"),
        ("DELETE FROM noted WHERE row_id = 1", "row 1 of table noted"),
        ("DELETE FROM noted WHERE row_id = 3", "row 3 of table noted"),
        ("INSERT INTO noted SELECT 9, seq, time_ns, account, activity, note FROM noted WHERE row_id = 3", "knows nothing"),
    ],
)  # fmt: skip
async def test_verify_finds_a_row_that_is_not_what_the_journal_says(
    opened: Open, home: Path, edit: str, said: str
) -> None:
    """Altered, dropped or made up."""
    await three_entries(opened)
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection, connection:
        connection.execute(edit)

    with pytest.raises(DamagedJournal, match=f"damaged audit log: .*{said}"):
        verify(home, print)


async def test_the_former_chain_ends_in_the_journal(opened: Open, home: Path) -> None:
    """A start says how many entries there were, and the last one's checksum; they are told before those that follow."""
    opened().store.close()
    checksum = write_former(home, *FORMER)
    before = verify(home, print)
    assert (before.audit_entries, before.audit_checksum) == (3, checksum.hex())
    venue = open_venue(opened().store, ManualClock(), CATALOGUE)
    await venue.audit.note("operator carol", "looked")

    entries = list(venue.audit.entries())

    assert [entry.actor for entry in entries] == ["operator", "alice", "alice ?", "operator carol"]
    assert (entries[2].time_ns, entries[2].outcome, entries[2].particulars) == (
        12,
        "refused: no",
        {"reason": "password"},
    )
    await close(venue)
    verdict = verify(home, print)
    assert (verdict.audit_entries, verdict.audit_checksum) == (4, checksum.hex())


async def test_former_entries_are_sealed_for_whom_they_are_about_and_gone_from_the_table(
    opened: Open, home: Path
) -> None:
    """Also where a program had left them in their table: no name stands in the files, and an erased customer's tell nothing."""
    venue = open_venue(opened().store, ManualClock(), CATALOGUE)
    for number, name in enumerate(("alice", "bob"), 16):
        assert (await venue.accounts.open(name)).id == number
        await venue.customers.introduce(number, f"{name}@example.com", "", level=0)
    await venue.customers.register.erase(17)
    await close(venue)
    about_bob = (13, "operator", "customer changed", '{"outcome":"done","account":"bob","email":"bob@secret.example"}')
    about_alice = (14, "alice", "login", '{"outcome":"done","address":"192.0.2.77"}')
    checksum = write_former(home, *FORMER, about_bob, about_alice, stays=True)
    venue = open_venue(opened().store, ManualClock(), CATALOGUE)
    await venue.audit.note("operator carol", "looked")
    await close(venue)
    assert found_in(home, "192.0.2.77", "bob@secret.example")
    with closing(sqlite3.connect(home / VENUE_FILE)) as older, older:
        (done,) = older.execute("SELECT value FROM meta WHERE name = ?", (IMPORTED,)).fetchone()
        left = json.dumps([kind for kind in json.loads(done) if kind != KIND])
        older.execute("UPDATE meta SET value = ? WHERE name = ?", (left, IMPORTED))

    venue = open_venue(opened().store, ManualClock(), CATALOGUE)

    assert found_in(home, "192.0.2.77", "bob@secret.example", "alice ?") == []
    told = [(entry.actor, entry.action, entry.particulars) for entry in venue.audit.entries()]
    assert told[2:] == [
        ("alice ?", "login refused", {"reason": "password"}),
        ("about account 17, whose holder was erased", "customer changed", {}),
        ("alice", "login", {"address": "192.0.2.77"}),
        ("operator carol", "looked", {}),
    ]
    await venue.customers.register.erase(16)
    assert [entry.actor for entry in venue.audit.entries()][4].startswith("about account 16")
    await close(venue)
    verdict = verify(home, print)
    assert (verdict.audit_entries, verdict.audit_checksum) == (6, checksum.hex())
    with closing(sqlite3.connect(home / VENUE_FILE)) as files, files:
        files.execute("DELETE FROM noted WHERE time_ns = 13")
    with pytest.raises(DamagedJournal, match="row 1 of table noted|row 5 of table noted"):
        verify(home, print)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE audit SET actor = 'bob' WHERE seq = 2", "entry 2 .* does not match its checksum"),
        ("UPDATE audit SET time_ns = 9 WHERE seq = 1", "entry 1 .* does not match its checksum"),
        ("UPDATE audit SET detail = 7 WHERE seq = 3", "entry 3 .* does not match its checksum"),
        ("UPDATE audit SET previous = 'x' WHERE seq = 2", "entry 2 .* values of the wrong type"),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 is missing before"),
        ("DELETE FROM audit WHERE seq = 2", "entry 2 is missing before"),
        ("DELETE FROM audit WHERE seq = 3", "ends with entry 2, but the journal says that it ended with entry 3"),
        ("DELETE FROM audit", "ends with entry 0, but the journal says that it ended with entry 3"),
        ("UPDATE audit SET seq = 7 WHERE seq = 3", "entry 3 is missing before"),
    ],
)
def test_verify_names_the_first_former_entry_that_was_tampered_with(
    opened: Open, home: Path, edit: str, said: str
) -> None:
    """Altered, dropped or moved, at its end, too."""
    opened().store.close()
    write_former(home, *FORMER, stays=True)
    opened().store.close()
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection, connection:
        connection.execute(edit)

    with pytest.raises(DamagedJournal, match=f"damaged audit log: .*{said}"):
        verify(home, print)


def test_a_former_chain_that_is_broken_is_not_taken_over(opened: Open, home: Path) -> None:
    """The start says where, and changes nothing."""
    opened().store.close()
    write_former(home, *FORMER)
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection, connection:
        connection.execute("UPDATE audit SET actor = 'bob' WHERE seq = 2")

    for _ in range(2):
        with pytest.raises(DamagedJournal, match="entry 2 .* does not match its checksum"):
            open_directory(home)


async def test_login_logs_of_an_older_program_come_along(opened: Open, home: Path) -> None:
    """With their times, sealed for their customers; the audit log, which had them already, does not tell them twice."""
    opened().store.close()
    entries = [[5, int(Activity.SIGNED_IN), "192.0.2.7", "Firefox/128"], [6, int(Activity.BOUGHT), "192.0.2.8", ""]]
    with closing(sqlite3.connect(home / VENUE_FILE)) as older, older:
        older.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (IMPORTED, json.dumps(["api_keys", "venue_file"])))
        for kind, name, value in (
            ("customer", "16", ALICE), ("login_log", "16", entries), ("stranger_log", "0", entries[:1]),
            ("stranger_total", "0", 1),
        ):  # fmt: skip
            older.execute("INSERT INTO records VALUES (?, ?, ?)", (kind, name, json.dumps(value)))
    venue = open_venue(opened().store, ManualClock(), CATALOGUE)
    assert found_in(home, "192.0.2.7", "Firefox/128") == []
    await venue.customers.log.note(16, Activity.SIGNED_OUT, Visitor("192.0.2.9"))

    found = await venue.customers.log.entries(16)

    assert [(each.activity, each.address) for each in found] == [
        (Activity.SIGNED_OUT, "192.0.2.9"), (Activity.BOUGHT, "192.0.2.8"), (Activity.SIGNED_IN, "192.0.2.7"),
    ]  # fmt: skip
    assert (found[2].time_ns, found[2].agent) == (5, "Firefox/128")
    assert [entry.action for entry in venue.audit.entries()] == ["signed_out"]
    await close(venue)
    verify(home, print)


async def test_a_store_in_memory_keeps_the_last_entries_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that runs for weeks stays small."""
    monkeypatch.setattr(forgetting, "NOTED_KEPT", 3)
    venue = open_venue(open_forgetting(), ManualClock(), CATALOGUE)
    for number in range(9):
        await venue.audit.note("somebody", f"did {number}")

    assert [entry.action for entry in venue.audit.entries()] == ["did 6", "did 7", "did 8"]
    await close(venue)
