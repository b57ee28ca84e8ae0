"""Notes about accounts and API keys."""

from __future__ import annotations

from bedesten.domain.notes.base import Note, Sealed


class AccountNamed(Note, frozen=True, tag=1):
    """The name of the account that the command opens. parent: the main account of its family; 0: it is one itself."""

    name: str
    parent: int = 0


class AccountAdopted(Note, frozen=True, tag=4):
    """An account that was opened before belongs to a family from now on. parent: its main account."""

    account: int
    parent: int


class KeySaved(Note, frozen=True, tag=2):
    """An API key, made or changed. permissions: bits of services.store_types.Permission; expires_ns 0: never."""

    key: str
    account: int
    permissions: int
    secret: Sealed
    label: str = ""
    ip_allow_list: tuple[str, ...] = ()
    expires_ns: int = 0
    created_ns: int = 0


class KeyRevoked(Note, frozen=True, tag=3):
    """An API key that is good for nothing any more."""

    key: str
