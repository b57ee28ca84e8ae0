"""What a backup says of itself: which venue, up to which command, and the size and SHA-256 of every file in it.

Owns manifest.json and the names that a backup's files may have. It is written last: a directory without one is no backup.
Never holds a secret: of the operator's key it has the eight digits by which that is known (docs/journal.md, Secrets).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from bedesten.services.errors import DamagedBackup, StoreFailure
from bedesten.storage.disk import Disk

MANIFEST: Final = "manifest.json"
MANIFEST_FORMAT: Final = 1
NAME: Final = re.compile(r"venue\.sqlite3|snapshots/\d{20}\.snapshot|documents/[A-Za-z0-9_-]{1,128}", re.ASCII)


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A backup's own words. Files by their path in it."""

    format: int = MANIFEST_FORMAT
    program: str  # the version that made it
    made: str  # ISO 8601, UTC
    venue_id: str
    schema_version: int
    seq: int
    digest: str
    digest_format: int = 0  # of the state that it is of; 0: made by a program that did not say
    journal_checksum: str  # of the last record
    audit_entries: int
    audit_checksum: str
    sealed_with: str  # the name of the operator's key; "": nothing is sealed
    files: dict[str, FileEntry]

    @property
    def bytes(self) -> int:
        """How much all files have together."""
        return sum(entry.bytes for entry in self.files.values())


class Digested:
    """Chunks on their way through: what they amount to, once they have passed."""

    def __init__(self, chunks: Iterator[bytes], report: Callable[[int], None]) -> None:
        self._chunks = chunks
        self._report = report
        self._sha256 = hashlib.sha256()
        self._bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._sha256.update(chunk)
            self._bytes += len(chunk)
            self._report(len(chunk))
            yield chunk

    def entry(self) -> FileEntry:
        """Return what passed."""
        return FileEntry(self._bytes, self._sha256.hexdigest())


def entry_of(path: Path, disk: Disk, report: Callable[[int], None] = lambda done: None) -> FileEntry:
    """Return what a file amounts to, read from the disk. Raises: OSError."""
    digested = Digested(disk.chunks(path), report)
    for _ in digested:
        pass
    return digested.entry()


def write(directory: Path, manifest: Manifest, disk: Disk) -> None:
    """Write a manifest with its own checksum. Raises: OSError."""
    plain = msgspec.to_builtins(manifest)
    text = msgspec.json.format(msgspec.json.encode({"backup": plain, "sha256": _checksum(plain)}), indent=2)
    disk.write_chunks(directory / MANIFEST, [text + b"\n"])


def read(directory: Path, disk: Disk) -> Manifest:
    """Return the manifest of a backup.

    Raises: DamagedBackup when there is none or it was altered; StoreFailure when a newer program wrote it.
    """
    path = directory / MANIFEST
    try:
        read = msgspec.json.decode(disk.read(path), type=dict[str, Any])
        plain = read["backup"]
        version = plain["format"]
        if isinstance(version, int) and version > MANIFEST_FORMAT:
            raise StoreFailure(
                f"the backup {directory} was made by a newer Bedesten: its format is {version}, this program reads up to "
                f"{MANIFEST_FORMAT}. Use the newer program"
            )
        if read["sha256"] != _checksum(plain):
            raise DamagedBackup(f"damaged backup: {path} does not match its checksum: use another backup")
        manifest = msgspec.convert(plain, Manifest)
    except FileNotFoundError as error:
        raise DamagedBackup(f"{directory} is no backup: it has no {MANIFEST}") from error
    except OSError as error:
        raise StoreFailure(f"the backup {directory} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeError, KeyError, TypeError, RecursionError) as error:
        raise DamagedBackup(f"damaged backup: {path} cannot be read ({error!r}): use another backup") from error
    if strange := [name for name in manifest.files if not NAME.fullmatch(name)]:
        raise DamagedBackup(f"damaged backup: {path} lists {strange[0]!r}, which no venue has")
    return manifest


def _checksum(plain: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
