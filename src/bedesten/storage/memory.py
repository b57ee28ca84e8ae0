"""A store that keeps nothing when the process ends: the same tables and the same code, in a database in memory."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from bedesten.services.errors import SealBroken
from bedesten.services.ports import Store
from bedesten.services.store_types import StateSnapshot
from bedesten.storage import indexes, tables
from bedesten.storage.disk import Disk, LocalDisk
from bedesten.storage.documents import DocumentsInMemory
from bedesten.storage.forgetting import Forgetting
from bedesten.storage.sealing import KEY_BYTES, marked
from bedesten.storage.sqlite import SqliteStore

MEMORY_VENUE_ID = "memory"
HOLDER: Final = "the process"  # a store in memory is never another's


def open_memory(disk: Disk | None = None, *, is_taken: bool = True) -> SqliteStore:
    """Return an empty store in memory that keeps everything, as one on disk does. With *is_taken* the process takes its log."""
    connection = _connect(disk)
    return SqliteStore(
        connection, connection, sealing=PlainSealing(), vault=PlainVault(), holder=HOLDER if is_taken else ""
    )


def open_forgetting(disk: Disk | None = None) -> SqliteStore:
    """Return an empty store in memory that stays small: no journal, since nothing can restart from it, and no old rows."""
    connection = _connect(disk)
    return SqliteStore(
        connection, connection, sealing=PlainSealing(), vault=PlainVault(), forgetting=Forgetting(connection),
        holder=HOLDER,
    )  # fmt: skip


class MemoryImage(NamedTuple):
    """A store in memory that forgets, as it stood behind one command."""

    tables: bytes
    last_seq: int
    erased: frozenset[str]  # whose data keys are gone


def image_of(store: Store) -> MemoryImage:
    """Return a store's image; everything acknowledged is in it when nothing waits for the writer.

    Raises: ValueError for a store that is not in memory.
    """
    if not isinstance(store, SqliteStore) or not isinstance(store.vault, PlainVault):
        raise ValueError("only a store in memory has an image")
    return MemoryImage(store.image(), store.last_seq, store.vault.erased)


def open_image(image: MemoryImage) -> SqliteStore:
    """Return a store of its own that stands where the image does."""
    connection = LocalDisk().connect(None)
    connection.deserialize(image.tables)
    return SqliteStore(
        connection, connection, sealing=PlainSealing(), vault=PlainVault(image.erased), forgetting=Forgetting(connection),
        last_seq=image.last_seq, holder=HOLDER,
    )  # fmt: skip


_MARKING: Final = secrets.token_bytes(KEY_BYTES)  # of this process


def _connect(disk: Disk | None) -> sqlite3.Connection:
    connection = (disk or LocalDisk()).connect(None)
    tables.create(connection, MEMORY_VENUE_ID)
    indexes.create(connection)
    return connection


class PlainSealing:
    """services.ports.Sealing for what is never written down: it passes everything through."""

    def seal(self, text: str, purpose: str) -> str:
        """Return *text* as it is."""
        return text

    def unseal(self, sealed: str, purpose: str) -> str:
        """Return *sealed* as it is."""
        return sealed

    def mark(self, text: str, purpose: str) -> int:
        """Return the number of a text, which cannot be computed outside this process."""
        return marked(_MARKING, text, purpose)


class PlainVault:
    """services.ports.Vault for what is never written down: nothing is sealed, and what is erased is not opened any more."""

    def __init__(self, erased: Iterable[str] = ()) -> None:
        self._erased = set(erased)
        self.documents = DocumentsInMemory()
        self.snapshots = MemorySnapshots()

    @property
    def erased(self) -> frozenset[str]:
        """Whose keys are gone."""
        return frozenset(self._erased)

    def draw(self, owner: str) -> None:
        """Do nothing: there is nothing to seal with."""

    @property
    def has_drawn(self) -> bool:
        """Whether keys wait to be written: never."""
        return False

    def write_drawn(self) -> None:
        """Do nothing."""

    def erase(self, owner: str) -> None:
        """Open nothing of that owner's any more."""
        self._erased.add(owner)

    def has(self, owner: str) -> bool:
        """Return whether what is the owner's may be opened."""
        return owner not in self._erased

    def sealing(self, owner: str) -> PlainSealing:
        """Return the one way there is. Raises: SealBroken when the owner's key was erased."""
        if owner in self._erased:
            raise SealBroken(f"there is no data key of {owner}")
        return PlainSealing()


class MemorySnapshots:
    """services.ports.Snapshots that remembers the newest one."""

    def __init__(self) -> None:
        self._newest: StateSnapshot | None = None

    def save(self, snapshot: StateSnapshot) -> None:
        """Keep a snapshot."""
        self._newest = snapshot

    def newest(self) -> StateSnapshot | None:
        """Return the last one kept."""
        return self._newest
