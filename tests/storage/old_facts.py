"""A data directory as programs before notes wrote it: what services said stands in texts, and beside the journal in tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from bedesten.clock import ManualClock
from bedesten.domain.commands import Command, OpenAccount
from bedesten.services.venue import open_venue
from bedesten.storage.directory import open_directory
from tests.storage.test_migrations import in_old_format
from tests.unit.services.market import CATALOGUE, setup

Said = tuple[Command, str]  # a command, and the text beside it


async def write_old(
    home: Path, said: Sequence[Said], records: Sequence[tuple[str, str, str]] = (), *, version: int = 1
) -> None:
    """Write a directory in which alice is account 16 and bob 17, then *said*; with rows of table records."""
    store = open_directory(home).store
    venue = open_venue(store, ManualClock(), CATALOGUE)
    opened: list[Said] = [(OpenAccount(account=number), name) for number, name in ((16, "alice"), (17, "bob"))]
    every = [*((command, "") for command in setup()), *opened, *said]
    for command, text in every:
        await venue.sequencer.submit(command, text=text)
    await venue.sequencer.stop()
    store.close()
    names = [(command.account, text) for command, text in every if text and isinstance(command, OpenAccount)]
    as_of_old(home, names=names, records=records, version=version)


def as_of_old(
    home: Path, *, names: Sequence[tuple[int, str]] = (), records: Sequence[tuple[str, str, str]] = (),
    metas: Mapping[str, str] | None = None, version: int = 1,
) -> None:  # fmt: skip
    """Leave a directory as a program before notes does: its journal in an old format, with rows and facts beside it."""
    (home / "reached").unlink()
    with closing(sqlite3.connect(home / "venue.sqlite3", isolation_level=None)) as old:
        old.execute("UPDATE journal SET notes = x''")
        in_old_format(old, version=version)
        old.executemany("INSERT INTO accounts VALUES (?, ?, 0)", names)
        old.executemany("INSERT INTO records VALUES (?, ?, ?)", records)
        old.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list((metas or {}).items()))
        old.execute("DELETE FROM meta WHERE name = 'imported'")
