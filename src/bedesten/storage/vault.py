"""Data keys: what seals the secrets that stand in the journal, one key an owner.

Owns table data_keys. The journal cannot be written again, so its secrets are sealed with keys that can be thrown away:
one for what edges need (the secrets of API keys), one for the venue, one for each customer. They are sealed with the
venue's key (table meta), and that with the operator's: a new operator's key is one row still. Invariant: a key that was erased is
never drawn again under that owner's name, so nothing that was sealed with it comes to be read. A key that was drawn is written
with the next batch, in its transaction, and so before or with the first note that is sealed with it.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import deque
from typing import Final

from bedesten.services.errors import SealBroken, StoreFailure
from bedesten.services.ports import Documents, Sealing, Snapshots
from bedesten.storage.sealing import KEY_BYTES, KeySealing

ERASED: Final = ""  # in the place of a key that was thrown away
OPENED_MAX: Final = 4_096  # ciphers of owners that were asked for lately


class Vault:
    """services.ports.Vault; `sealing` is answered from memory."""

    def __init__(
        self, writer: sqlite3.Connection, venue: Sealing, documents: Documents, snapshots: Snapshots,
        writing: threading.Lock | None = None,
    ) -> None:  # fmt: skip
        self.documents = documents
        self.snapshots = snapshots
        self._writer = writer
        self._writing = writing or threading.Lock()
        self._drawn: deque[tuple[str, str]] = deque()  # and not written yet
        self._venue = venue
        self._kept: dict[str, str] = dict(writer.execute("SELECT owner, sealed FROM data_keys").fetchall())
        self._opened: dict[str, Sealing] = {}

    def draw(self, owner: str) -> None:
        """Make a key for an owner who has none and never had one."""
        if owner not in self._kept:
            sealed = self._venue.seal(secrets.token_hex(KEY_BYTES), purpose_of(owner))
            self._kept[owner] = sealed
            self._drawn.append((owner, sealed))

    @property
    def has_drawn(self) -> bool:
        """Whether keys wait to be written."""
        return bool(self._drawn)

    def write_drawn(self) -> None:
        """Write the keys that were drawn, in the transaction that the caller has. Raises: sqlite3.Error."""
        while self._drawn:
            self._writer.execute("INSERT INTO data_keys VALUES (?, ?)", self._drawn.popleft())

    def erase(self, owner: str) -> None:
        """Throw an owner's key away: what was sealed with it is lost. Raises: StoreFailure; then it is there still."""
        try:
            with self._writing:
                self._writer.execute("INSERT OR REPLACE INTO data_keys VALUES (?, ?)", (owner, ERASED))
                self._kept[owner] = ERASED
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log holds the key's page as it was
        except sqlite3.Error as error:
            raise StoreFailure(f"the data key of {owner} could not be erased: {error}") from error
        self._opened.pop(owner, None)

    def has(self, owner: str) -> bool:
        """Return whether an owner has a key."""
        return self._kept.get(owner, ERASED) != ERASED

    def is_erased(self, owner: str) -> bool:
        """Return whether an owner had a key that was thrown away."""
        return self._kept.get(owner) == ERASED

    def sealing(self, owner: str) -> Sealing:
        """Return how an owner's secrets are sealed.

        Raises: SealBroken when the owner has no key, or not any more.
        """
        opened = self._opened.get(owner)
        if opened is None:
            sealed = self._kept.get(owner, ERASED)
            if sealed == ERASED:
                raise SealBroken(f"there is no data key of {owner}")
            opened = KeySealing(bytes.fromhex(self._venue.unseal(sealed, purpose_of(owner))))
            if len(self._opened) >= OPENED_MAX:
                self._opened.pop(next(iter(self._opened)))
            self._opened[owner] = opened
        return opened


def purpose_of(owner: str) -> str:
    """Return what an owner's data key is sealed for."""
    return f"data key of {owner}"
