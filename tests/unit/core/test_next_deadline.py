"""When something is due next: a function of the state, so that a machine that was restored is woken when the first one is."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from tests.unit.core.fuzz import Fuzz

from bedesten.core import Machine as Compiled
from bedesten.core.machine import Machine as Plain
from bedesten.domain.enums import Op

ROWS = 1_500
OFTEN = (Op.CANCEL_ALL_AFTER, Op.SET_INDEX, Op.HOLD_FUNDS)  # whose alarms are set anew, put off and called off


@pytest.mark.parametrize("kind", [Compiled, Plain], ids=["compiled", "plain"])
@pytest.mark.parametrize("seed", range(3))
def test_a_restored_machine_has_the_same_next_deadline(seed: int, kind: Any) -> None:
    """Whatever was armed and put off before: an alarm that stands for nothing, or for later, is not told."""
    fuzz, machine, told = Fuzz(seed), kind(), set()
    machine.apply(memoryview(array("q", [column for row in fuzz.opening() for column in row])))
    machine.take_events()
    machine.take_closed()
    for number in range(ROWS):
        op = OFTEN[number % 3]
        row = fuzz.row() if number % 2 else fuzz.stamped(op, fuzz.columns(op))
        machine.apply(memoryview(array("q", row)))
        machine.take_events()
        machine.take_closed()
        if number % 10 == 0:
            deadline_ns = machine.next_deadline_ns
            assert deadline_ns == kind.restore(machine.snapshot()).next_deadline_ns
            told.add(deadline_ns)
    machine.audit()

    assert len(told) > 20
