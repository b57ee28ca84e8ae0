"""What a venue remembers is the same by whatever way it came: live, after a restart, from a snapshot, in another process."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from bedesten.clock import ManualClock
from bedesten.services.log import recover
from bedesten.services.sequencing.state import VenueState
from bedesten.storage.directory import open_directory
from bedesten.storage.verification import build_snapshot, verify
from tests.properties.random_life import Life, opened

STEPS = 120


def digests(state: VenueState) -> tuple[str, str]:
    """Return what names the state of the core, and of every fold."""
    return state.machine.digest(), state.folds.digest()


def followed(data: Path) -> str:
    """Return what another process says that follows the log from its first command on."""
    command = [sys.executable, "-m", "bedesten", "replay", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("seed", range(2))
async def test_every_way_leads_to_one_state(tmp_path: Path, seed: int) -> None:
    """Over every service's calls, refusals and restarts among them; what came while the venue was too busy left no trace."""
    data, clock, chance, done = tmp_path / "venue", ManualClock(1_700_000_000_000_000_000), random.Random(seed), set()
    for part in range(2):
        async with opened(data, clock) as venue:
            life = Life(venue, clock, chance)
            if not part:
                await life.begin()
            for at in range(STEPS):
                await (life.refused_step() if at % 10 == 9 else life.step())
            done |= life.done
            await venue.sequencer.stop()
            live = digests(venue.sequencer.state)
        if not part:
            build_snapshot(data, print)

    found = open_directory(data)
    replayed, restored = digests(recover(found.store)), digests(recover(found.store, found.snapshots))
    found.store.close()
    told = (await asyncio.to_thread(followed, data)).split()

    assert live == replayed == restored == (told[-3], told[-1])
    verify(data, print)
    assert len(done) >= 20, sorted(done)
