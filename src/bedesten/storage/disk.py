"""The store's way to the disk, as a port: everything that can fail for want of space, a failed sync or a broken file.

Owns every call to the file system and every database connection that the store makes; tests put a failing one in its
place. Never decides what a failure means.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
CHUNK_BYTES: Final = 1024 * 1024  # of a large file, held at a time
STATEMENTS_KEPT: Final = 64  # prepared statements a connection remembers: more than the store has


class Disk(Protocol):
    """What the store asks of a machine."""

    def connect(
        self, database: Path | None, *, read_only: bool = False, without_log: bool = False
    ) -> sqlite3.Connection:
        """Open a database file, or one in memory; transactions are begun and ended by hand, in whichever thread.

        Without its log, a database is seen as of the last time that the log was folded into it.
        """
        ...

    def read(self, path: Path) -> bytes:
        """Return a file's bytes."""
        ...

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file that only its owner may read, and bring it to the platter."""
        ...

    def chunks(self, path: Path) -> Iterator[bytes]:
        """Yield a large file's bytes, some at a time."""
        ...

    def write_chunks(self, path: Path, chunks: Iterable[bytes]) -> None:
        """Write a new file, for its owner alone, and bring it to the platter."""
        ...

    def free_bytes(self, directory: Path) -> int:
        """Return how much more the file system of a directory takes."""
        ...

    def replace(self, source: Path, target: Path) -> None:
        """Give *source* the name *target*, durably."""
        ...

    def sync(self, path: Path) -> None:
        """Bring what was written to a file or directory to the platter."""
        ...

    def boot(self) -> str:
        """Return a name that changes when the machine starts again; "" when it has none."""
        ...


class LocalDisk:
    """The machine's own file system."""

    def connect(
        self, database: Path | None, *, read_only: bool = False, without_log: bool = False
    ) -> sqlite3.Connection:
        options = f"mode={'ro' if read_only else 'rwc'}{'&immutable=1' if without_log else ''}"
        name = ":memory:" if database is None else f"file:{address(database)}?{options}"
        return sqlite3.connect(
            name, uri=True, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT,
            factory=self.kind_of(database, read_only),
        )  # fmt: skip

    def kind_of(self, database: Path | None, read_only: bool) -> type[sqlite3.Connection]:
        """Return the class of a database's connections."""
        return sqlite3.Connection

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def write(self, path: Path, data: bytes) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def chunks(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def write_chunks(self, path: Path, chunks: Iterable[bytes]) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())

    def free_bytes(self, directory: Path) -> int:
        return shutil.disk_usage(directory).free

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)
        self.sync(target.parent)

    def sync(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def boot(self) -> str:
        return _BOOT.read_text("ascii").strip() if _BOOT.exists() else ""


def address(path: Path) -> str:
    """Return *path* as SQLite's file: addresses want it."""
    return quote(str(path.absolute()))
