"""One process owns a data directory.

Owns the lock file. The lock is the kernel's and goes with the process, however it ends; the process id inside is only for
the message that the next one gets.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from typing import Final

from bedesten.services.errors import StoreFailure, StoreLocked

LOCK_NAME: Final = "lock"
_PID_BYTES_MAX: Final = 32


def is_held(directory: Path) -> bool:
    """Return whether some process owns a data directory at this moment. Changes nothing in it."""
    try:
        descriptor = _open(directory, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class DirectoryLock:
    """The right to use a data directory, held until released.

    Raises: StoreLocked when another process, or another store of this one, holds it.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._descriptor = _open(directory, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise StoreFailure(f"cannot write in the data directory {directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._descriptor, _PID_BYTES_MAX).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise StoreLocked(
                f"the data directory {directory} is in use by process {owner}: "
                "stop that process first, or choose another directory with --data"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let the next one in. The file stays: removing it would let two owners hold two files of one name."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1


def _open(directory: Path, flags: int) -> int:
    """Return a descriptor of the lock file, which is written over: so it may be no other file by another name.

    Raises: OSError; StoreFailure when it is a link or no file.
    """
    path = directory / LOCK_NAME
    if path.is_symlink():
        raise StoreFailure(f"{path} is a symbolic link, and what it points to would be written over: remove the link")
    # the kernel follows none either, should one be put there in between; and opening a pipe does not block
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise StoreFailure(f"{path} is no file of its own: remove it")
    return descriptor
