"""A second witness of how far the journal reached: file `reached`, beside the store's own.

The end of the journal stands in SQLite's write-ahead log, and a store without its log is a whole store of an earlier moment. So
behind every commit the seq and the checksum of the last record are written here, over those before. Not synced: after the machine
itself stopped it may be behind, and where commits were not synced either it is not believed. Never ahead of what was committed.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.services.ports import AckPolicy

NAME: Final = "reached"
_ROW: Final = Struct(">q32s?40s")  # seq, checksum, whether commits are synced, the machine's boot
_SUM: Final = Struct(">I")


class Reached(NamedTuple):
    """How far the journal reached."""

    seq: int
    checksum: bytes
    is_synced: bool
    boot: str


class Witness:
    """The file of one venue, open."""

    def __init__(self, directory: Path, policy: AckPolicy, boot: str) -> None:
        self._descriptor = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._is_synced = policy is AckPolicy.SYNCED
        self._boot = boot.encode()[:40]

    def note(self, seq: int, checksum: bytes) -> None:
        """Write down that the journal reached *seq*. Raises: OSError."""
        row = _ROW.pack(seq, checksum, self._is_synced, self._boot)
        os.pwrite(self._descriptor, row + _SUM.pack(zlib.crc32(row)), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def reached(directory: Path, boot: str) -> Reached | None:
    """Return what the witness of a directory says; None without one, or where it cannot be believed.

    Raises: StoreFailure when it is there and cannot be read.
    """
    path = directory / NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise StoreFailure(f"{path} cannot be read: {error.strerror}") from error
    row = data[: _ROW.size]
    if len(data) != _ROW.size + _SUM.size or data[_ROW.size :] != _SUM.pack(zlib.crc32(row)):
        return None
    seq, checksum, is_synced, kept = _ROW.unpack(row)
    found = Reached(seq, checksum, is_synced, kept.rstrip(b"\0").decode())
    return found if is_synced or found.boot == boot[:40] else None


def check_end(said: Reached | None, last_seq: int, checksum_at: bytes | None, directory: Path) -> None:
    """Refuse a journal that ends before the witness's seq, or has another record there.

    *checksum_at*: of the record that ends with that seq; None: there is none. Raises: DamagedJournal.
    """
    if said is None or not said.seq:
        return
    if last_seq < said.seq:
        raise DamagedJournal(
            f"damaged journal: it ends at seq {last_seq}, but the venue had committed seq {said.seq} (file {directory / NAME}): "
            "its end is missing. Put the store's file and its -wal back as they were; if they are lost, what is here is an older "
            f"state, which is only opened once {NAME} is removed"
        )
    if checksum_at != said.checksum:
        raise DamagedJournal(
            f"damaged journal: the record that ends with seq {said.seq} is not the one that was committed "
            f"(file {directory / NAME}): this is another venue's journal, or one that went on from an older state"
        )
