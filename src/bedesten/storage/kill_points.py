"""Where crashes are tried on purpose: the table of places, from command to commit, at which a test can end the process.

Owns the places' names and how a process reaches them. BEDESTEN_KILL_POINT="name:nth" ends the process by SIGKILL, as a power cut
would, when it reaches that place for the nth time. Nothing that serves is changed for it: an armed process has its way to
the disk wrapped, any other does not know of this module's classes. Never decides what a crash means.
"""

from __future__ import annotations

import enum
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bedesten.storage.disk import LocalDisk

VARIABLE: Final = "BEDESTEN_KILL_POINT"


class KillPoint(enum.Enum):
    """The places, in the order of a command's way; then those beside it."""

    UNWRITTEN = "unwritten"  # applied by the core, handed to the writer's thread; no transaction yet
    BEGUN = "begun"  # a transaction of several statements is open, and empty
    JOURNALED = "journaled"  # it holds the journal's record, none of the rows
    ROWS_WRITTEN = "rows-written"  # it holds everything, and is not committed
    COMMITTED = "committed"  # on the disk as far as the policy says; no caller has its result
    ACKNOWLEDGED = (
        "acknowledged"  # the callers inside the process have their results; nothing has left it, no feed was called
    )
    PUBLISHED = "published"  # the feeds were called as well, and answers are leaving
    INDEX_BEGUN = "index-begun"  # the index file's transaction holds its first rows
    INDEX_WRITTEN = "index-written"  # it holds everything, and is not committed
    SNAPSHOT_HALF = "snapshot-half"  # half of a state snapshot is in its file
    SNAPSHOT_WRITTEN = "snapshot-written"  # all of it is, under another name
    SNAPSHOT_RENAMED = "snapshot-renamed"  # it has its name, which the directory may not know for good
    START_UNFOLDED = "start-unfolded"  # a start has checked everything; the log is not folded into the file yet
    START_FOLDED = "start-folded"  # it is; nothing is replayed yet
    REPLAYED = "replayed"  # the start-up replay is behind a batch


#: Those that only `bedesten snapshot` reaches, in its own process.
OF_SNAPSHOTS: Final = frozenset({KillPoint.SNAPSHOT_HALF, KillPoint.SNAPSHOT_WRITTEN, KillPoint.SNAPSHOT_RENAMED})
#: Those that only a start reaches.
OF_STARTS: Final = frozenset({KillPoint.START_UNFOLDED, KillPoint.START_FOLDED, KillPoint.REPLAYED})


class Trap:
    """One place, and how often it may be passed."""

    def __init__(self, point: KillPoint, nth: int) -> None:
        self._point = point
        self._left = nth
        self._lock = threading.Lock()  # several threads write

    def passes(self, point: KillPoint) -> None:
        """Reach *point*: the process may end here."""
        if point is self._point:
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    def behind(self, tell: Callable[[int], None], point: KillPoint) -> Callable[[int], None]:
        """Return *tell*, followed by reaching *point*."""

        def reported(done: int) -> None:
            tell(done)
            self.passes(point)

        return reported


def armed(environ: Mapping[str, str] = os.environ) -> Trap | None:
    """Return the trap that the environment sets; None when it sets none.

    Raises: ValueError that names the places there are.
    """
    text = environ.get(VARIABLE, "")
    if not text:
        return None
    name, _, count = text.partition(":")
    try:
        point, nth = KillPoint(name), int(count or 1)
    except ValueError:
        known = ", ".join(each.value for each in KillPoint)
        raise ValueError(f"{VARIABLE} is {text!r}; it is name:nth, and the names are {known}") from None
    return Trap(point, nth)


def disk_of(trap: Trap | None) -> LocalDisk:
    """Return the machine's file system, with the trap on it if there is one."""
    return LocalDisk() if trap is None else TrappedDisk(trap)


class TrappedDisk(LocalDisk):
    """The machine's own file system, with a trap on it."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    def kind_of(self, database: Path | None, read_only: bool) -> type[sqlite3.Connection]:
        """Return connections whose statements pass the trap; a connection that only reads passes none."""
        if read_only or database is None:
            return sqlite3.Connection
        around = _IndexStatements if database.name.startswith("index") else _VenueStatements
        return type("Trapped", (_Connection,), {"statements": around(self._trap.passes)})

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file, half of it first."""
        super().write(path, data[: len(data) // 2])
        self._trap.passes(KillPoint.SNAPSHOT_HALF)
        super().write(path, data)
        self._trap.passes(KillPoint.SNAPSHOT_WRITTEN)

    def replace(self, source: Path, target: Path) -> None:
        """Rename, then sync the directory."""
        source.replace(target)
        self._trap.passes(KillPoint.SNAPSHOT_RENAMED)
        self.sync(target.parent)


class _Statements:
    """What passes the trap around a statement."""

    def __init__(self, passes: Callable[[KillPoint], None]) -> None:
        self.passes = passes

    def before(self, statement: str, is_inside: bool) -> None:
        """Pass the places before a statement."""

    def behind(self, statement: str, is_inside: bool) -> None:
        """Pass the places after it."""


class _VenueStatements(_Statements):
    def before(self, statement: str, is_inside: bool) -> None:
        if statement.startswith("BEGIN") or not is_inside and _is_journal(statement):
            self.passes(KillPoint.UNWRITTEN)
        elif statement.startswith("COMMIT"):
            self.passes(KillPoint.ROWS_WRITTEN)
        elif statement.startswith("PRAGMA wal_checkpoint"):
            self.passes(KillPoint.START_UNFOLDED)

    def behind(self, statement: str, is_inside: bool) -> None:
        if statement.startswith("BEGIN"):
            self.passes(KillPoint.BEGUN)
        elif _is_journal(statement):
            self.passes(KillPoint.JOURNALED if is_inside else KillPoint.COMMITTED)
        elif statement.startswith("COMMIT"):
            self.passes(KillPoint.COMMITTED)
        elif statement.startswith("PRAGMA wal_checkpoint"):
            self.passes(KillPoint.START_FOLDED)


class _IndexStatements(_Statements):
    def before(self, statement: str, is_inside: bool) -> None:
        if statement.startswith("COMMIT"):
            self.passes(KillPoint.INDEX_WRITTEN)

    def behind(self, statement: str, is_inside: bool) -> None:
        if is_inside and statement.startswith("INSERT INTO"):
            self.passes(KillPoint.INDEX_BEGUN)


class _Connection(sqlite3.Connection):
    statements: _Statements

    def execute(self, statement: str, given: Any = (), /) -> sqlite3.Cursor:
        """Run a statement between what lies before and behind it."""
        is_inside = self.in_transaction
        self.statements.before(statement, is_inside)
        cursor = super().execute(statement, given)
        self.statements.behind(statement, is_inside)
        return cursor


def _is_journal(statement: str) -> bool:
    return statement.startswith("INSERT INTO journal")
