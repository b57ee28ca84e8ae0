"""A data directory of the program that journaled whole rows and whose refusals gave no facts: it opens and goes on in format 3.

tests/storage/make_format2.py made it.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from array import array
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.core import Machine
from bedesten.domain import commands as c
from bedesten.domain.columns import at
from bedesten.domain.enums import EventKind, RejectReason
from bedesten.domain.events import EVENT_WIDTH, Rejected
from bedesten.storage import format2, journal
from bedesten.storage.journal import outcome_of
from bedesten.storage.snapshots import decode
from bedesten.storage.verification import verify
from tests.builders import MachineUnderTest, an_order, machine_types, row
from tests.storage import make_floored
from tests.storage.make_format2 import DIGESTED
from tests.storage.test_floored import left_of, reopened

FORMAT_2: Final = Path(__file__).with_name("format2")
EXPECTED: Final[dict[str, Any]] = json.loads((FORMAT_2 / "expected.json").read_text())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The directory as the old program left it."""
    directory = tmp_path / "venue"
    (directory / "snapshots").mkdir(parents=True)
    with closing(sqlite3.connect(directory / "venue.sqlite3")) as connection:
        connection.executescript(gzip.decompress((FORMAT_2 / "venue.sql.gz").read_bytes()).decode())
    data = gzip.decompress((FORMAT_2 / "snapshot.gz").read_bytes())
    (directory / "snapshots" / f"{decode(data).seq:020d}.snapshot").write_bytes(data)
    return directory


def records(home: Path) -> list[journal.Record]:
    """Return the journal as it stands in the file."""
    with closing(sqlite3.connect(home / "venue.sqlite3")) as connection:
        return [journal.Record(*each) for each in connection.execute("SELECT * FROM journal ORDER BY first_seq")]


def test_what_a_program_of_format_2_wrote_verifies(home: Path) -> None:
    """Every batch does again what it did, by the outcome of then: refusals that give facts today are in it."""
    said: list[str] = []

    verdict = verify(home, said.append)

    assert (verdict.commands, verdict.snapshots, said) == (EXPECTED["seq"], 1, [])
    assert {"INSUFFICIENT_AVAILABLE", "FOK_NOT_FILLABLE", "BUDGET_TOO_SMALL"} <= EXPECTED["refused"].keys()
    assert {record.format for record in records(home)} == {2}


@pytest.mark.parametrize("name", ["plain", "compiled"])
def test_its_journal_leads_to_the_same_state(home: Path, name: str) -> None:
    """Compiled or not: the digest, the balances, orders and holds that the old program had."""
    machine = machine_types()[name]()
    for record in records(home):
        machine.apply(memoryview(record.rows()).cast("q"))
        assert outcome_of(machine.take_events(), machine.take_closed(), record.format) == record.outcome
    left = left_of(machine)

    assert machine.digest(DIGESTED) == EXPECTED["digest"]
    assert all(left[part] == EXPECTED[part] for part in ("seq", "balances", "orders", "holds"))


async def test_the_venue_goes_on_in_the_format_of_today(home: Path) -> None:
    """Old records stay byte for byte, new ones follow in format 3 on the same chain, and all of it verifies."""
    before = records(home)

    async def trade(venue: Any, machine: Machine) -> None:
        placed = make_floored.order(make_floored.MAKER, 1, 1, 30, 5)
        assert (await venue.sequencer.submit(placed)).events
        await venue.sequencer.submit(c.CancelAll(account=make_floored.MAKER))

    await reopened(home, trade)

    after = records(home)
    assert after[: len(before)] == before
    assert {record.format for record in after[len(before) :]} == {3}
    assert verify(home, lambda said: None).commands == after[-1].last_seq


def test_what_stood_in_unused_columns_is_passed_over_as_it_was() -> None:
    """Rubbish in a row of format 2 changed nothing, and changes nothing now; but a negative stop_price refused a PLACE_ORDER."""
    place, stop_price = row(an_order(), 0, 0), at(c.PlaceOco, "stop_price")
    for column, rubbish, refused in ((stop_price, 5, False), (stop_price, -1, True), (23, -1, False), (22, 1, False)):
        spoiled = [*place[:column], rubbish, *place[column + 1 :]]
        seen = format2.rows_of(array("q", [*place, *spoiled]).tobytes())
        machine = MachineUnderTest(machine_types()["plain"]())
        machine.submit_row(memoryview(seen).cast("q")[: c.COMMAND_WIDTH].tolist())
        (event,) = machine.submit_row(memoryview(seen).cast("q")[c.COMMAND_WIDTH :].tolist()).events
        assert isinstance(event, Rejected)
        assert (event.reason == RejectReason.MALFORMED) is refused
    unknown = array("q", [99, 1, 1, *[7] * (c.COMMAND_WIDTH - 3)]).tobytes()
    assert format2.rows_of(unknown) == unknown


def test_the_outcome_of_old_records_knows_no_facts() -> None:
    """A refusal's facts are left out of it; everything else counts, and today's counts all."""

    def events(*columns: int) -> bytes:
        return array("q", [*columns, *[0] * (EVENT_WIDTH - len(columns))]).tobytes()

    placed = events(int(EventKind.PLACED), 1, 1, 5, 16, 1, 0, 100, 9)
    bare, told = events(int(EventKind.REJECTED), 2, 1, 15, 16, 1, 6), events(1, 2, 1, 15, 16, 1, 6, 3, 4, 5, 6, 7, 8)

    assert outcome_of(placed + told, b"", 2) == outcome_of(placed + bare, b"", 2) == outcome_of(placed + bare, b"", 3)
    assert outcome_of(placed + told, b"", 3) != outcome_of(placed + bare, b"", 3)
    assert outcome_of(placed, b"", 1) == outcome_of(placed, b"", 3) != outcome_of(bare, b"", 3)
