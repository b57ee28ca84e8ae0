"""Customers' documents as files: in a directory of their own, for the operator's eyes only, whole or not at all, sealed.

Names are the services' and never a customer's. Bounded by what the disk has left.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import shutil
from pathlib import Path
from typing import Final

from bedesten.services.errors import Overloaded, StoreFailure
from bedesten.services.ports import Sealing
from bedesten.storage.disk import Disk, LocalDisk

DIRECTORY: Final = "documents"
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
FREE_BYTES_MIN: Final = 256 * 1024 * 1024  # the journal's room is never a stranger's to fill
MEMORY_BYTES_MAX: Final = 64 * 1024 * 1024  # of a venue in memory


class DocumentFiles:
    """services.ports.Documents below a data directory."""

    def __init__(self, directory: Path, sealing: Sealing, disk: Disk | None = None) -> None:
        self._disk = disk or LocalDisk()
        self._directory = directory / DIRECTORY
        self._sealing = sealing

    def save(self, name: str, data: bytes) -> str:
        """Write a document and wait for the disk; return the SHA-256 of the file.

        Raises: StoreFailure; Overloaded when the disk is nearly full.
        """
        path = self._path(name)
        unfinished = path.with_suffix(".new")
        sealed = self._sealing.seal(base64.b64encode(data).decode(), _purpose(name)).encode()
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            if shutil.disk_usage(self._directory).free < FREE_BYTES_MIN + len(sealed):
                raise Overloaded("there is no room for more documents")
            self._disk.write(unfinished, sealed)
            self._disk.replace(unfinished, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)  # on a full disk its room is needed
            raise StoreFailure(f"a document cannot be kept in {self._directory}: {error.strerror}") from error
        return hashlib.sha256(sealed).hexdigest()

    def load(self, name: str) -> bytes:
        """Return a document.

        Raises: StoreFailure.
        """
        try:
            sealed = self._disk.read(self._path(name))
        except OSError as error:
            raise StoreFailure(f"document {name} cannot be read: {error.strerror}") from error
        return base64.b64decode(self._sealing.unseal(sealed.decode(), _purpose(name)))

    def names(self) -> list[str]:
        """Return the names of all documents, those included whose writing was cut short."""
        return [path.name for path in self._directory.glob("*")]

    def delete(self, name: str) -> None:
        """Remove a document, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        assert NAME.fullmatch(name), "names are ours"
        return self._directory / name


class DocumentsInMemory:
    """services.ports.Documents for a venue that keeps nothing."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}
        self._bytes = 0

    def save(self, name: str, data: bytes) -> str:
        """Hold a document; return its SHA-256.

        Raises: Overloaded beyond MEMORY_BYTES_MAX.
        """
        if self._bytes + len(data) > MEMORY_BYTES_MAX:
            raise Overloaded("there is no room for more documents")
        self._documents[name] = data
        self._bytes += len(data)
        return hashlib.sha256(data).hexdigest()

    def names(self) -> list[str]:
        """Return the names of all documents."""
        return list(self._documents)

    def load(self, name: str) -> bytes:
        """Return a document.

        Raises: StoreFailure.
        """
        try:
            return self._documents[name]
        except KeyError as error:
            raise StoreFailure(f"there is no document {name}") from error

    def delete(self, name: str) -> None:
        """Let a document go, if it is there."""
        self._bytes -= len(self._documents.pop(name, b""))


def _purpose(name: str) -> str:
    return f"document {name}"
