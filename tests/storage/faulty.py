"""A disk that fails where and how a test says, once it is told to; everything else is the machine's own."""

from __future__ import annotations

import errno
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bedesten.storage.disk import LocalDisk, address

FULL = sqlite3.OperationalError("database or disk is full")  # what SQLite makes of ENOSPC
IO = sqlite3.OperationalError("disk I/O error")  # of a short write, and of a sync that failed


@dataclass(frozen=True)
class Fault:
    """One way to fail. *at*: a database's statement begins so, or the name of a call of the disk's."""

    at: tuple[str, ...]
    error: Exception = FULL
    database: str = "venue.sqlite3"
    is_done: bool = False  # the statement is carried out before it is told to have failed
    share: float = 0.0  # of a file's bytes that are written before it fails
    is_silent: bool = False  # a disk that lies


class FaultyDisk(LocalDisk):
    """A local disk and the fault it has while `is_failing`; `times` counts how often it failed."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.is_failing = False
        self.times = 0

    def fails(self, at: str, database: str = "") -> bool:
        """Return whether to fail here; counts it."""
        fault = self.fault
        hit = self.is_failing and at.startswith(fault.at) and database in ("", fault.database)
        self.times += hit
        return hit

    def connect(
        self, database: Path | None, *, read_only: bool = False, without_log: bool = False
    ) -> sqlite3.Connection:
        disk, name = self, "" if database is None else database.name

        class Connection(sqlite3.Connection):
            def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
                if not disk.fails(statement, name):
                    return super().execute(statement, *given)
                if disk.fault.is_done:
                    super().execute(statement, *given)
                raise disk.fault.error

        options = f"mode={'ro' if read_only else 'rwc'}{'&immutable=1' if without_log else ''}"
        return sqlite3.connect(
            ":memory:" if database is None else f"file:{address(database)}?{options}",
            uri=True, factory=Connection, isolation_level=None, check_same_thread=False,
        )  # fmt: skip

    def write(self, path: Path, data: bytes) -> None:
        if not self.fails("write"):
            super().write(path, data)
            return
        path.write_bytes(data[: int(len(data) * self.fault.share)])
        if not self.fault.is_silent:
            raise self.fault.error

    def replace(self, source: Path, target: Path) -> None:
        if self.fails("replace"):
            raise self.fault.error
        super().replace(source, target)

    def sync(self, path: Path) -> None:
        if self.fails("sync"):
            raise self.fault.error
        super().sync(path)


def os_error(number: int) -> OSError:
    """Return what the system says for *number*."""
    return OSError(number, os.strerror(number))


NO_SPACE = os_error(errno.ENOSPC)
SYNC_FAILED = os_error(errno.EIO)
READ_ONLY = os_error(errno.EROFS)
