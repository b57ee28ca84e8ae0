"""State snapshots of former formats: still read, and never mistaken for all of the state."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import rows

from bedesten.core import InvariantError
from bedesten.core import Machine as Compiled
from bedesten.core.machine import SNAPSHOT_FORMAT
from bedesten.core.machine import Machine as Plain
from bedesten.domain import commands as c
from bedesten.domain.enums import IndexSource, InstrumentParameter
from bedesten.services.errors import SnapshotOutdated
from bedesten.services.records import StateSnapshot
from bedesten.services.sequencing.state import VenueState

P = InstrumentParameter


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


@pytest.mark.parametrize("version", [0, SNAPSHOT_FORMAT + 1, -1])
def test_a_snapshot_of_an_unknown_format_is_refused(machine: Any, version: int) -> None:
    """Neither written nor read."""
    with pytest.raises(InvariantError):
        machine.snapshot(version)
    unknown = version.to_bytes(8, "little", signed=True) + machine.snapshot()[8:]
    with pytest.raises(InvariantError):
        type(machine).restore(unknown)
    assert not machine.is_as(unknown)
