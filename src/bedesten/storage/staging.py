"""A directory that appears whole or not at all: made as DIRECTORY.partial, synced, and renamed.

Owns that name, and what a process that was killed left under it, known by its lock file, which stays in the finished one.
Invariant: nothing under the final name is ever unfinished, and nothing is deleted that is not such a leftover.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bedesten.services.errors import StoreFailure, StoreLocked
from bedesten.storage.directory import SNAPSHOT_DIRECTORY, VENUE_FILE
from bedesten.storage.disk import Disk
from bedesten.storage.documents import DIRECTORY as DOCUMENT_DIRECTORY
from bedesten.storage.documents import FREE_BYTES_MIN
from bedesten.storage.lock import LOCK_NAME, DirectoryLock
from bedesten.storage.manifest import MANIFEST

SUFFIX: Final = ".partial"
MB: Final = 1_000_000
_STORE: Final = frozenset(VENUE_FILE + suffix for suffix in ("", "-wal", "-shm", "-journal"))
_OURS: Final = _STORE | {LOCK_NAME, MANIFEST, SNAPSHOT_DIRECTORY, DOCUMENT_DIRECTORY}


@contextlib.contextmanager
def staged(target: Path, disk: Disk, *, bytes_needed: int) -> Iterator[Path]:
    """Yield an empty directory that becomes *target* when all went well, and is gone otherwise.

    Raises: StoreFailure when there is no room, or no such place; what is raised inside, failures of the disk as StoreFailure.
    """
    target = target.absolute()
    partial = target.with_name(target.name + SUFFIX)
    if target.suffix == SUFFIX:
        raise StoreFailure(f"{target} ends in {SUFFIX}, as only what is unfinished does: name it otherwise")
    with _told(target):
        check_room(target.parent, disk, bytes_needed)
        _clear_leftover(partial)
        partial.mkdir(mode=0o700)
        lock = _lock(partial)
        try:
            yield partial
            for directory in (*(each for each in partial.iterdir() if each.is_dir()), partial):
                disk.sync(directory)
            disk.replace(partial, target)  # refused when something came there meanwhile; the lock's file goes along
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        finally:
            lock.release()


def check_room(directory: Path, disk: Disk, bytes_needed: int) -> None:
    """Refuse to write so much that a venue on the same disk could not go on.

    Raises: StoreFailure.
    """
    if not directory.is_dir():
        raise StoreFailure(f"there is no directory {directory}: make it, or mount what belongs there")
    free = disk.free_bytes(directory)
    if free < bytes_needed + FREE_BYTES_MIN:
        raise StoreFailure(
            f"there is no room in {directory}: {bytes_needed / MB:,.1f} MB are needed, and {FREE_BYTES_MIN / MB:,.0f} MB must "
            f"stay free beside them, but {free / MB:,.1f} MB are free"
        )


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else str(error)
        raise StoreFailure(f"{target} could not be written, and nothing of it is left: {why}") from error
    except sqlite3.Error as error:
        raise StoreFailure(f"{target} could not be written, and nothing of it is left: {error}") from error


def _lock(partial: Path) -> DirectoryLock:
    try:
        return DirectoryLock(partial)
    except StoreLocked as error:
        raise StoreFailure(f"{partial} is being written by another process: let it end first") from error


def _clear_leftover(partial: Path) -> None:
    if not os.path.lexists(partial):
        return
    names = {path.name for path in partial.iterdir()} if partial.is_dir() and not partial.is_symlink() else {""}
    if not names <= _OURS or names and LOCK_NAME not in names:
        raise StoreFailure(f"{partial} is in the way, and was not left by a backup or restore: move it away")
    lock = _lock(partial)
    try:
        shutil.rmtree(partial)
    finally:
        lock.release()
