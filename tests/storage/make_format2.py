"""Write the data directory that tests/storage/format2 keeps: `python -m tests.storage.make_format2`, with a program of format 2.

Kept to say how the fixture came about: the program that wrote it journaled whole rows, and its refusals gave no facts.
Today's program writes records of a later format.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bedesten.bootstrap import Start, running_venue
from bedesten.clock import ManualClock
from bedesten.config.settings import Settings
from bedesten.domain import commands as c
from bedesten.domain.enums import Side
from bedesten.services.log import recover
from bedesten.storage.directory import open_directory
from bedesten.storage.master_key import KEY_VARIABLE
from tests.storage import make_floored
from tests.storage.conftest import KEY

HOME: Final = Path(__file__).with_name("format2")
DIGESTED: Final = 3  # the form of the core's state that the program had


async def write(directory: Path) -> dict[str, Any]:
    """Write a data directory; return what it comes to."""
    clock, home, failures = ManualClock(make_floored.BEGIN_NS), open_directory(directory), list[BaseException]()
    settings = Settings(data=str(directory))
    start = Start(make_floored.VENUE, make_floored.FILE, make_floored.FILE)
    state = recover(home.store, home.snapshots)
    async with running_venue(settings, home.store, state, start, clock, failures.append) as venue:
        expected = await make_floored.play(venue, clock)
        home.snapshots.save(venue.sequencer.state.capture())
        last = make_floored.order(make_floored.TAKER, 1, Side.SELL, 40, 5)
        await venue.sequencer.submit(c.PlaceOrder(**make_floored._columns(last)))
        machine = venue.sequencer.state.machine
        expected |= make_floored.money(machine) | {"digest": machine.digest(DIGESTED)}
    home.store.close()
    assert not failures, failures
    return expected


def main() -> None:
    """Write the fixture."""
    os.environ[KEY_VARIABLE] = KEY
    make_floored.DRAWN = 150
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        expected = asyncio.run(write(Path(place)))
        with closing(sqlite3.connect(Path(place, "venue.sqlite3"))) as connection:
            text = "\n".join(connection.iterdump())
        (snapshot,) = Path(place, "snapshots").glob("*.snapshot")
        (HOME / "snapshot.gz").write_bytes(gzip.compress(snapshot.read_bytes(), mtime=0))
    (HOME / "venue.sql.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (HOME / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
