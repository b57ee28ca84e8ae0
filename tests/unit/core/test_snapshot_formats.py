"""State snapshots of former formats: still read, and never mistaken for all of the state."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Any, Final

import pytest
from tests.builders import rows
from tests.unit.core.fuzz import ACCOUNTS, INSTRUMENTS, play

from bedesten.core import InvariantError
from bedesten.core import Machine as Compiled
from bedesten.core.machine import SNAPSHOT_FORMAT
from bedesten.core.machine import Machine as Plain
from bedesten.domain import commands as c
from bedesten.domain.enums import IndexSource, InstrumentParameter
from bedesten.domain.orders import ORDER_WIDTH
from bedesten.services.errors import SnapshotOutdated
from bedesten.services.sequencing.state import VenueState
from bedesten.services.store_types import StateSnapshot

P = InstrumentParameter

# Snapshots that the program wrote before orders had conditions: one state, with OCOs, a peg, a trailing stop, amended orders, one
# that expires, and tax paid; and what became of its thirty orders under the commands of `end_all`.
FORMER: Final = {
    version: zlib.decompress((Path(__file__).parent / "former_states" / f"format-{version}.zlib").read_bytes())
    for version in (1, 2, 3)
}
ENDED: Final = (30, "30b67a32a229e3be")


def end_all(machine: Any) -> tuple[int, str]:
    """Move the index about and end every order; return how many ended, and a digest of their last rows."""
    commands: list[c.Command] = []
    for price in (70, 130, 100):
        commands += [c.SetIndex(instrument=instrument, price=price) for instrument in INSTRUMENTS]
    commands += [c.AdvanceTime(), *(c.CancelAll(account=account) for account in ACCOUNTS)]
    closed, now = b"", machine.time_ns
    for at, command in enumerate(commands, 1):
        machine.apply(rows([(command, now + 10 * at)], machine.seq + 1))
        closed += machine.take_closed()
    return len(memoryview(closed).cast("q")) // ORDER_WIDTH, hashlib.blake2b(closed, digest_size=8).hexdigest()


@pytest.fixture(params=[Plain, Compiled], ids=["plain", "compiled"])
def machine(request: pytest.FixtureRequest) -> Any:
    """A machine with an instrument whose stops are reissued, and an index that a source told."""
    made = request.param()
    listed = c.ListInstrument(instrument=1, base=1, quote=2, lot_value=1, value_numerator=1, value_denominator=1)
    parameters = {P.STATE: 1, P.REISSUE_AT_TRIGGER: 1, P.SOURCE_INDEX_AGE_MAX_NS: 50}
    commands = [c.ListAsset(asset=1), c.ListAsset(asset=2), listed]
    commands += [c.SetInstrument(instrument=1, parameter=int(name), value=value) for name, value in parameters.items()]
    commands += [c.SetIndex(instrument=1, price=100, source=IndexSource.SOURCE)]
    made.apply(rows([(command, 7) for command in commands], 1))
    return made


def test_a_snapshot_of_the_present_format_holds_everything(machine: Any) -> None:
    """Who told the index, when, and when it is too old; and that stops are reissued."""
    restored = type(machine).restore(machine.snapshot())

    assert restored.digest() == machine.digest()
    assert restored.index(1) == (100, IndexSource.SOURCE, 7, 57)
    assert restored.next_deadline_ns == 57
    assert machine.holds_all(machine.snapshot()) and machine.is_as(machine.snapshot())


def test_a_snapshot_of_a_former_format_is_read_and_told_apart(machine: Any) -> None:
    """It is the same state as far as it goes; what it has no place for is missing, so a restart does not begin with it."""
    former = machine.snapshot(1)
    restored = type(machine).restore(former)

    assert restored.index_price(1) == 100 and restored.snapshot(1) == former
    assert machine.is_as(former) and not machine.holds_all(former)
    with pytest.raises(SnapshotOutdated):
        VenueState.restore(StateSnapshot(machine.seq, 7, former, {}))
    assert VenueState.restore(StateSnapshot(machine.seq, 7, machine.snapshot(), {})).machine.seq == machine.seq
    machine.apply(rows([(c.SetIndex(instrument=1, price=101), 8)], machine.seq + 1))
    assert not machine.is_as(former)


def test_a_restart_begins_with_a_snapshot_of_the_last_format(machine: Any) -> None:
    """Format 3 says the same in more integers, so a venue starts from one as from its own."""
    former = machine.snapshot(3)

    restored = VenueState.restore(StateSnapshot(machine.seq, 7, former, {})).machine
    assert machine.holds_all(former) and restored.snapshot() == machine.snapshot()


def test_a_snapshot_from_before_holds_expired_has_holds_that_never_do(machine: Any) -> None:
    """Format 2 has no place for it; the present one restores it, and its timer."""
    hold = c.HoldFunds(account=16, asset=1, amount=5, reason=2, expires_ns=40)
    deposit = c.Transfer(account=0, to_account=16, asset=1, amount=9, reason=1)
    machine.apply(rows([(command, 8) for command in (c.OpenAccount(account=16), deposit, hold)], machine.seq + 1))

    former, restored = type(machine).restore(machine.snapshot(2)), type(machine).restore(machine.snapshot())

    assert former.hold(1) == (16, 1, 5, 2, 0) and former.snapshot(2) == machine.snapshot(2)
    assert restored.hold(1) == (16, 1, 5, 2, 40) and restored.next_deadline_ns == 40
    for each in (former, restored):
        each.apply(rows([(c.AdvanceTime(), 40)], each.seq + 1))
    assert former.balance(16, 1) == (9, 5) and restored.balance(16, 1) == (9, 0)


@pytest.mark.parametrize("kind", [Plain, Compiled], ids=["plain", "compiled"])
@pytest.mark.parametrize("version", FORMER)
def test_a_snapshot_of_a_former_program_goes_on_as_it_did_there(version: int, kind: Any) -> None:
    """It is read, written again to the byte, and its orders end as they did under the program that wrote it."""
    restored = kind.restore(FORMER[version])

    restored.audit()
    assert restored.snapshot(version) == FORMER[version]
    assert end_all(restored) == ENDED
    restored.audit()


@pytest.mark.parametrize("kind", [Plain, Compiled], ids=["plain", "compiled"])
def test_what_orders_are_survives_the_change_of_format(kind: Any) -> None:
    """Format 3 has all of an order: a state read from it has the present format's bytes, whichever conditions its orders have."""
    for seed in range(3):
        [machine] = play([kind], seed, 1_500)

        former, present = kind.restore(machine.snapshot(3)), kind.restore(machine.snapshot())

        assert former.snapshot() == present.snapshot() == machine.snapshot()
        assert former.snapshot(3) == present.snapshot(3) == machine.snapshot(3)


@pytest.mark.parametrize("version", [0, SNAPSHOT_FORMAT + 1, -1])
def test_a_snapshot_of_an_unknown_format_is_refused(machine: Any, version: int) -> None:
    """Neither written nor read."""
    with pytest.raises(InvariantError):
        machine.snapshot(version)
    unknown = version.to_bytes(8, "little", signed=True) + machine.snapshot()[8:]
    with pytest.raises(InvariantError):
        type(machine).restore(unknown)
    assert not machine.is_as(unknown)
