"""When snapshots are made beside a venue that runs, and that one which cannot be made ends nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bedesten.bootstrap import snapshots
from bedesten.clock import ManualClock
from bedesten.services.errors import StoreFailure
from bedesten.services.sequencing.loops import Loops
from bedesten.services.sequencing.snapshotting import COMMANDS_BETWEEN, LOOK_NS, keep_snapshots


class Stage:
    """A venue's seq that is set by hand, and what its builds come to."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.loops = Loops(self.clock)
        self.seq = 0
        self.built: list[int] = []
        self.failure: Exception | None = None
        self.task: asyncio.Task[None] | None = None

    async def build(self) -> int:
        if self.failure is not None:
            raise self.failure
        self.built.append(self.seq)
        return self.seq

    def start(self, build: Callable[[], Awaitable[int]] | None = None) -> None:
        keeping = keep_snapshots(self.loops, self.clock, lambda: self.seq, 0, build or self.build)
        self.task = asyncio.create_task(keeping)

    async def look(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        self.clock.advance(LOOK_NS)
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    if made.task is not None:
        made.task.cancel()


async def test_a_snapshot_is_made_when_enough_has_come(stage: Stage) -> None:
    """And not before."""
    stage.start()
    stage.seq = COMMANDS_BETWEEN - 1
    await stage.look()
    assert stage.built == []
    stage.seq += 1
    await stage.look()
    await stage.look()

    assert stage.built == [COMMANDS_BETWEEN]


async def test_one_that_fails_is_tried_again_after_as_much_more(stage: Stage) -> None:
    """The loop goes on, and says that it fails until one succeeds."""
    stage.start()
    stage.failure = StoreFailure("no room")
    stage.seq = COMMANDS_BETWEEN
    await stage.look()
    assert stage.loops.failing() == {"snapshots": 1}
    stage.failure = None
    await stage.look()
    assert stage.built == []
    stage.seq += COMMANDS_BETWEEN
    await stage.look()

    assert stage.built == [2 * COMMANDS_BETWEEN]
    assert stage.loops.failing() == {"snapshots": 0}


async def test_a_process_that_cannot_start_ends_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An interpreter that is gone, no memory for a process, or one that says something else."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(StoreFailure, match="could not be started"):
        await snapshots.build_snapshot(tmp_path)

    chatty = tmp_path / "chatty"
    chatty.write_text("#!/bin/sh\necho what\n")
    chatty.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(chatty))
    with pytest.raises(StoreFailure, match="in place of a seq"):
        await snapshots.build_snapshot(tmp_path)
