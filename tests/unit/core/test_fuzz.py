"""The core under rows of every kind: both builds agree, money adds up, and memory that runs out refuses instead of breaking."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.builders import machine_types
from tests.unit.core.fuzz import play

ROWS = int(os.environ.get("FUZZ_ROWS", "6000"))
MACHINES = list(machine_types().values())

# Many machines made, filled and dropped; what the process holds at its most must not grow with their number.
DROPPED = """
import resource
from tests.unit.core.fuzz import play
from bedesten.core import Machine
peaks = []
for seed in range(60):
    play([Machine], seed, 512)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[-1] - peaks[14])
"""
GROWTH_KIB_MAX = 8_192  # forty-five machines that leaked their first chunks would hold thirty MiB


@pytest.mark.parametrize("seed", range(4))
def test_both_builds_say_the_same_to_any_rows(seed: int) -> None:
    """Plain and compiled answer every batch with the same bytes, and restore to the same state."""
    play(MACHINES, seed, ROWS)


@pytest.mark.parametrize("most", [8, 60])
def test_memory_that_runs_out_refuses_and_breaks_nothing(most: int) -> None:
    """With room for few orders the rest is refused alike in both builds; what is in the book stays in order."""
    try:
        machines = play(MACHINES, 99, min(ROWS, 6000), most)
    except MemoryError:
        return
    for machine in machines:
        machine.audit()


@pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps freed memory")
def test_a_dropped_machine_gives_its_memory_back() -> None:
    """A process that makes and drops machines does not grow."""
    done = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, check=True)

    assert int(done.stdout) < GROWTH_KIB_MAX
