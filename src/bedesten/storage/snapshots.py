"""State snapshots: the whole core at a seq, one file each.

Owns the snapshots directory and the files' format (docs/journal.md). A file is written under another name, synced and
renamed, so that whatever has the right name is whole, or the disk damaged it. Never the truth: a snapshot only saves
replaying what the journal holds.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from bedesten.services.errors import StoreFailure
from bedesten.services.store_types import StateSnapshot
from bedesten.storage.disk import Disk

MAGIC: Final = b"BEDSNAP\n"
SNAPSHOT_FORMAT: Final = 2
SNAPSHOTS_KEPT: Final = 3  # the newest, and two to fall back on
SUFFIX: Final = ".snapshot"
PARTIAL: Final = ".partial"  # until it is whole

_HEAD: Final = struct.Struct(">8s5q")  # magic, format, seq, time_ns, bytes of the core, bytes of the rest
_DIGEST_BYTES: Final = 32


class SnapshotFiles:
    """services.ports.Snapshots over a directory. Calls *say* with what is skipped, and why."""

    def __init__(
        self, directory: Path, disk: Disk, *, say: Callable[[str], None], sync_journal: Callable[[], None]
    ) -> None:
        self._directory = directory
        self._disk = disk
        self._say = say
        self._sync_journal = sync_journal

    def save(self, snapshot: StateSnapshot) -> None:
        """Keep a snapshot: whole or not at all.

        Raises: StoreFailure when it could not be written; those kept before are untouched.
        """
        target = self._directory / f"{snapshot.seq:020d}{SUFFIX}"
        partial = target.with_suffix(f".{os.getpid()}{PARTIAL}")  # two processes may be writing the same one
        try:
            self._sync_journal()  # a snapshot must never outlive commands that a policy below "synced" may still lose
            self._disk.write(partial, encode(snapshot))
            self._disk.replace(partial, target)
            for old in self._names()[SNAPSHOTS_KEPT:]:
                old.unlink()
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)  # on a full disk its room is needed
            raise StoreFailure(f"the state snapshot {target} could not be written: {error}") from error

    def clear_partial(self) -> None:
        """Remove what a process that was killed left half written; one that still writes fails, and tells its venue."""
        for path in self._directory.glob(f"*{PARTIAL}"):
            path.unlink(missing_ok=True)

    def newest(self) -> StateSnapshot | None:
        """Return the newest snapshot that is not damaged."""
        return next(self.good(), None)

    def good(self) -> Iterator[StateSnapshot]:
        """Yield the snapshots that are not damaged, newest first."""
        for path in self._names():
            try:
                yield decode(self._disk.read(path))
            except (OSError, ValueError) as error:
                self._say(f"skipping the state snapshot {path}: {error}")

    def _names(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{SUFFIX}"), reverse=True)


class _Rest(msgspec.Struct, frozen=True, array_like=True):
    """What a file holds beside the core, as MessagePack."""

    texts: dict[int, str]
    folds: dict[str, tuple[int, bytes]]
    checksum: bytes


def encode(snapshot: StateSnapshot) -> bytes:
    """Return a snapshot as a file holds it: head, SHA-256 of everything else, core, the rest."""
    rest = msgspec.msgpack.encode(_Rest(snapshot.texts, snapshot.folds, snapshot.checksum))
    head = _HEAD.pack(MAGIC, SNAPSHOT_FORMAT, snapshot.seq, snapshot.time_ns, len(snapshot.core), len(rest))
    return head + hashlib.sha256(head + snapshot.core + rest).digest() + snapshot.core + rest


def decode(data: bytes) -> StateSnapshot:
    """Return the snapshot that a file's bytes hold; one of format 1 holds no folds.

    Raises: ValueError that says in which way they are not one.
    """
    if len(data) < _HEAD.size + _DIGEST_BYTES or not data.startswith(MAGIC):
        raise ValueError("it is not a state snapshot, or cut short")
    _, version, seq, time_ns, core_bytes, rest_bytes = _HEAD.unpack_from(data)
    if version not in (1, SNAPSHOT_FORMAT):
        raise ValueError(f"it has format {version}; this program reads up to {SNAPSHOT_FORMAT}")
    digest, body = data[_HEAD.size : _HEAD.size + _DIGEST_BYTES], data[_HEAD.size + _DIGEST_BYTES :]
    if len(body) != core_bytes + rest_bytes:
        raise ValueError(
            f"it is {len(data)} bytes long, and should be {len(data) - len(body) + core_bytes + rest_bytes}"
        )
    if hashlib.sha256(data[: _HEAD.size] + body).digest() != digest:
        raise ValueError("its checksum does not match")
    core, rest = body[:core_bytes], body[core_bytes:]
    if version == 1:
        return StateSnapshot(seq, time_ns, core, msgspec.json.decode(rest, type=dict[int, str]))
    kept = msgspec.msgpack.decode(rest, type=_Rest)
    return StateSnapshot(seq, time_ns, core, kept.texts, kept.folds, kept.checksum)
