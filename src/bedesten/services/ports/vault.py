"""The vault: what is changed or thrown away, or too large for the log. Data keys, documents, snapshots of the state."""

from __future__ import annotations

from typing import Final, Protocol

from bedesten.services.store_types import StateSnapshot

EDGES: Final = "edges"  # owner of the data key for the secrets of API keys: all that whoever answers clients needs
VENUE: Final = "venue"  # owner of the data key for what the venue needs itself


class Sealing(Protocol):
    """How secrets are kept: readable only with the venue's key, and only for the purpose they were sealed for."""

    def seal(self, text: str, purpose: str) -> str:
        """Return *text* as it may be stored. purpose: what it is and whose, the same words when it is read."""
        ...

    def unseal(self, sealed: str, purpose: str) -> str:
        """Return what was sealed for that purpose.

        Raises: SealBroken.
        """
        ...

    def mark(self, text: str, purpose: str) -> int:
        """Return a number of 256 bits for *text*: always the same, and nobody without the key can tell which or find its like."""
        ...


class DataKeys(Protocol):
    """The keys that seal what is secret in the journal: one an owner, to be thrown away with what it sealed.

    `draw`, `has` and `sealing` answer at once, in any thread. A key that is drawn before a note is submitted is as durable as the
    note. `erase` waits for the disk: in a thread, behind the commit that says why.
    """

    def draw(self, owner: str) -> None:
        """Make a key for an owner who has none and never had one."""
        ...

    def erase(self, owner: str) -> None:
        """Throw an owner's key away: what was sealed with it is lost.

        Raises: StoreFailure.
        """
        ...

    def has(self, owner: str) -> bool:
        """Return whether an owner has a key."""
        ...

    def sealing(self, owner: str) -> Sealing:
        """Return how an owner's secrets are sealed.

        Raises: SealBroken when the owner has no key, or not any more.
        """
        ...


class Documents(Protocol):
    """Where customers' documents are kept: readable by the venue's operator alone. Called in a thread of its own."""

    def save(self, name: str, data: bytes) -> str:
        """Keep a document under a name of letters, digits, "-" and "_"; return the SHA-256 of what is kept, in hex.

        Raises: StoreFailure; Overloaded when there is no room.
        """
        ...

    def load(self, name: str) -> bytes:
        """Return a document.

        Raises: StoreFailure when there is none.
        """
        ...

    def names(self) -> list[str]:
        """Return the names of all documents that are kept."""
        ...

    def delete(self, name: str) -> None:
        """Remove a document, if it is there."""
        ...


class Snapshots(Protocol):
    """Where state snapshots are kept."""

    def save(self, snapshot: StateSnapshot) -> None:
        """Keep a snapshot: whole or not at all."""
        ...

    def newest(self) -> StateSnapshot | None:
        """Return the newest snapshot that is not damaged."""
        ...


class Vault(DataKeys, Protocol):
    """The data keys, and beside them the files that no log holds."""

    @property
    def documents(self) -> Documents:
        """What customers showed of themselves."""
        ...

    @property
    def snapshots(self) -> Snapshots:
        """States of the venue, to start from."""
        ...
