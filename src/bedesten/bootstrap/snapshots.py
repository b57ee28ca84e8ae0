"""State snapshots while the venue runs: each is made by a process of its own, which replays what is new."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bedesten.bootstrap.running import Running
from bedesten.services.errors import StoreFailure
from bedesten.services.sequencing.snapshotting import keep_snapshots


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Have a snapshot made whenever enough commands have come since the last."""
    venue, directory = running.venue, running.settings.directory
    assert directory is not None, "a part of venues that keep their data"
    kept = keep_snapshots(
        venue.loops,
        venue.clock,
        lambda: venue.sequencer.state.machine.seq,
        running.newest_snapshot,
        lambda: build_snapshot(directory),
    )
    async with running.task("snapshots", kept):
        yield


async def build_snapshot(directory: Path) -> int:
    """Make a snapshot in another process, and return the sequence number of its last command.

    Raises: StoreFailure.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bedesten", "snapshot", "--quiet", "--data", str(directory),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:  # no memory, too many processes, an interpreter that was replaced
        raise StoreFailure(f"its process could not be started: {error}") from error
    try:
        printed, wrong = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise StoreFailure(wrong.decode(errors="replace").strip())
    if not printed.strip().isdigit():
        raise StoreFailure(f"its process said {printed[:40]!r} in place of a seq")
    return int(printed)
