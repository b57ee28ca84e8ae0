"""A data directory of the program that floored every fill: it opens, proves itself, and goes on under the rules of today.

tests/storage/make_floored.py made it. Nothing of a changed rule applies backwards: what was journaled under the old rules is
replayed under them, to the same events and the same balances.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.bootstrap import choose_venue_file, running_venue
from bedesten.clock import ManualClock
from bedesten.config import ConfigError, Settings
from bedesten.core import Machine
from bedesten.domain.commands import CancelAll, SetIndex
from bedesten.domain.enums import CloseReason, InstrumentState, RejectReason, Side, TimeInForce
from bedesten.domain.events import Closed, Rejected, Traded
from bedesten.services.log import recover
from bedesten.services.venue import Venue
from bedesten.storage.directory import open_directory
from bedesten.storage.journal import outcome_of
from bedesten.storage.snapshots import decode
from bedesten.storage.verification import verify
from tests.builders import machine_types
from tests.storage import make_floored
from tests.storage.conftest import Open
from tests.storage.make_floored import MAKER, TAKER, THIRD, money, order

FLOORED: Final = Path(__file__).with_name("floored")
EXPECTED: Final[dict[str, Any]] = json.loads((FLOORED / "expected.json").read_text())
WHAT_IS_LEFT: Final = ("seq", "digest", "balances", "orders", "holds")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The directory as the old program left it."""
    directory = tmp_path / "venue"
    (directory / "snapshots").mkdir(parents=True)
    with closing(sqlite3.connect(directory / "venue.sqlite3")) as connection:
        connection.executescript(gzip.decompress((FLOORED / "venue.sql.gz").read_bytes()).decode())
    data = gzip.decompress((FLOORED / "snapshot.gz").read_bytes())
    (directory / "snapshots" / f"{decode(data).seq:020d}.snapshot").write_bytes(data)
    return directory


def left_of(machine: Machine) -> dict[str, Any]:
    """Return what the fixture says of a machine, as JSON has it."""
    found: dict[str, Any] = json.loads(json.dumps(money(machine)))
    return found


def test_what_an_old_program_wrote_verifies_to_the_last_unit(home: Path) -> None:
    """Every batch does again what it did, the snapshot is the state at its command, and the rows sum to the ledger."""
    said: list[str] = []

    verdict = verify(home, said.append)

    assert verdict.commands == EXPECTED["seq"]
    assert verdict.snapshots == 1
    assert said == []


def test_the_directory_holds_what_it_is_kept_for(home: Path) -> None:
    """Fills worth nothing, each end and the refusals of rules that changed, and orders of every kind still open."""
    assert EXPECTED["fills"] > 150 and EXPECTED["fills worth nothing"] > 40
    assert {"FILLED", "BUDGET_SPENT", "SELF_TRADE", "NO_LIQUIDITY", "NOT_RESTED", "SIBLING"} <= EXPECTED["ended"].keys()
    assert {"NO_LIQUIDITY", "FOK_NOT_FILLABLE", "INSUFFICIENT_AVAILABLE"} <= EXPECTED["refused"].keys()
    assert len(EXPECTED["holds"]) > 3 and len(EXPECTED["orders"]) > 40


@pytest.mark.parametrize("name", ["plain", "compiled"])
def test_journal_and_snapshot_lead_to_the_same_state(opened: Open, home: Path, name: str) -> None:
    """From the first command on and from the old program's snapshot on; compiled or not."""
    kind = machine_types()[name]
    whole, store = kind(), opened()
    written = [record for record in store.store.records() if record.last_seq <= EXPECTED["seq"]]  # before it was opened
    for record in written:
        whole.apply(memoryview(record.rows()).cast("q"))
        assert outcome_of(whole.take_events(), whole.take_closed(), record.format) == record.outcome
    snapshot = store.snapshots.newest()
    assert snapshot is not None
    shorter = kind.restore(snapshot.core)
    for behind in (record for record in written if record.first_seq > snapshot.seq):
        shorter.apply(memoryview(behind.rows()).cast("q"))

    assert left_of(whole) == left_of(shorter) == {name: EXPECTED[name] for name in WHAT_IS_LEFT}


async def reopened(home: Path, do: Callable[[Venue, Machine], Awaitable[None]], config: str | None = None) -> None:
    """Start the venue with today's program, let *do* happen, and stop it."""
    directory, failures = open_directory(home), list[BaseException]()
    settings = Settings(data=str(home), config=config)
    state, clock = recover(directory.store, directory.snapshots), ManualClock(make_floored.BEGIN_NS * 2)
    start = choose_venue_file(settings, state)
    async with running_venue(settings, directory.store, state, start, clock, failures.append) as venue:
        await do(venue, venue.sequencer.state.machine)
    directory.store.close()
    assert not failures, failures


async def test_the_venue_goes_on_under_the_rules_of_today(home: Path) -> None:
    """The first start sets the rules by a command, all that was open stays open, and what was had for nothing is paid for."""

    async def trade(venue: Venue, machine: Machine) -> None:
        left = left_of(machine)
        assert {name: left[name] for name in ("balances", "orders", "holds")} == {
            name: EXPECTED[name] for name in ("balances", "orders", "holds")
        }
        assert machine.seq >= EXPECTED["seq"] + len(make_floored.VENUE.instruments)
        machine.audit()
        for account in (MAKER, TAKER, THIRD):
            await venue.sequencer.submit(CancelAll(account=account, instrument=3))
        sale = await venue.sequencer.submit(order(MAKER, 3, Side.SELL, 45, 500))
        before = machine.balance(TAKER, 1)[0]
        bought = await venue.sequencer.submit(order(TAKER, 3, Side.BUY, 45, 3, time_in_force=TimeInForce.IOC))
        (fill,) = [event for event in bought.events if isinstance(event, Traded)]
        assert (fill.price, fill.quantity, fill.notional) == (45, 3, 1)  # worth 0.0135 of a unit
        assert machine.balance(TAKER, 1)[0] == before - 1
        await venue.sequencer.submit(order(MAKER, 3, Side.BUY, 40, 500))
        sold = await venue.sequencer.submit(order(TAKER, 3, Side.SELL, 0, 3))
        (end,) = [event for event in sold.events if isinstance(event, Closed)]
        assert end.reason == CloseReason.WORTHLESS and not [e for e in sold.events if isinstance(e, Traded)]
        refused = await venue.sequencer.submit(order(TAKER, 3, Side.BUY, 0, 9, **make_floored.stop(70)))
        assert [e.reason for e in refused.events if isinstance(e, Rejected)] == [RejectReason.NO_PROTECTION]
        assert sale.seq < machine.seq
        machine.audit()

    await reopened(home, trade)

    said: list[str] = []
    assert verify(home, said.append).commands > EXPECTED["seq"] + 4
    assert said == []

    async def look(venue: Venue, machine: Machine) -> None:
        assert machine.seq == verdict.commands  # nothing is set twice

    verdict = verify(home, said.append)
    await reopened(home, look)


@pytest.mark.parametrize("instrument", [1, 2, 3, 4])
async def test_every_order_that_was_open_trades_to_its_end(home: Path, instrument: int) -> None:
    """Buys hold what the old rule asked; whatever the new one asks beyond that is drawn, or the order ends and says so."""

    async def trade(venue: Venue, machine: Machine) -> None:
        for price in (48, 60, 55, 50, 45, 40, 30):
            await venue.sequencer.submit(SetIndex(instrument=instrument, price=price))
            for side in Side:
                for quantity in (1, 7, 400, 1):
                    took = order(THIRD, instrument, side, price, quantity, time_in_force=TimeInForce.IOC)
                    done = await venue.sequencer.submit(took)
                    assert all(event.notional > 0 for event in done.events if isinstance(event, Traded))
                    machine.audit()

    await reopened(home, trade)

    assert verify(home, lambda said: None).commands > EXPECTED["seq"] + 50


async def test_a_file_that_is_kept_opens_and_a_new_one_as_coarse_does_not(home: Path, tmp_path: Path) -> None:
    """What was given before is no news; a change of it may not list another such instrument."""
    given = tmp_path / "venue.toml"
    given.write_text(make_floored.FILE)

    async def nothing(venue: Venue, machine: Machine) -> None:
        machine.audit()

    await reopened(home, nothing, str(given))
    given.write_text(make_floored.FILE.replace('name = "floored"', 'name = "renamed"'))
    await reopened(home, nothing, str(given))  # nothing that was not so before
    row = '  { base = "BTC", quote = "XLM"'
    added = (
        '  { base = "USD", quote = "XLM", group = "received", tick_size = 0.00000001, lot_size = 0.01 },\n]\n[venue]'
    )
    given.write_text(make_floored.FILE.replace("]\n[venue]", added))
    assert row in given.read_text()
    with pytest.raises(ConfigError, match=r"instruments\[4\] \(USD-XLM\).*set min_notional, to 0.00001 or more"):
        await reopened(home, nothing, str(given))


async def test_a_running_venue_with_coarse_units_is_halted_but_gets_no_more_of_them(home: Path) -> None:
    """An operator's hand is not tied by what was taken long ago."""

    async def change(venue: Venue, machine: Machine) -> None:
        assert venue.changes is not None
        halted = 'group = "received", state = "halted", tick_size = 0.1'
        await venue.changes.apply(lambda text: text.replace('group = "received", tick_size = 0.1', halted))
        assert venue.changes.file.instruments[0].state == InstrumentState.HALTED
        least = 'group = "quoted", min_notional = 0.00001, tick_size'
        await venue.changes.apply(lambda text: text.replace('group = "quoted", tick_size', least))
        with pytest.raises(ConfigError, match=r"instruments\[1\] \(BTC-XLM\).*set min_notional"):
            await venue.changes.apply(lambda text: text.replace(least, 'group = "quoted", tick_size'))

    await reopened(home, change)
