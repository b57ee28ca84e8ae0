"""What older programs kept of customers beside the journal, as the notes that say it today, sealed for each customer.

The one place that still knows those records. They stood there in plain text for the most part, so they are removed once they are
brought in. Never called for a record of this program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import (
    AuthenticatorUsed,
    FailuresCounted,
    SessionOpened,
    SessionSeen,
    StrangerTried,
)
from bedesten.services.customers.records import Customer
from bedesten.services.customers.saved import authenticator_purpose, counted_of, note_of, owner_of
from bedesten.services.customers.sessions import Session
from bedesten.services.customers.strangers import place_of, stranger_purpose
from bedesten.services.ports import VENUE, Sealing
from bedesten.storage.vault import Vault

#: Kinds of table records that name people: removed once they were brought in.
PERSONAL: Final = ("customer", "stranger", "session")


class _Tried(msgspec.Struct, frozen=True, array_like=True):
    name: str
    failures: int


def rows(connection: sqlite3.Connection, kind: str) -> list[tuple[str, str]]:
    """Return the names and values that were kept, in the order in which the names came first."""
    found = connection.execute("SELECT name, value FROM records WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()
    return [(str(name), str(value)) for name, value in found]


def customers(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the customers, each with a data key of their own from here on."""
    for _, text in rows(connection, "customer"):
        customer = msgspec.json.decode(text, type=Customer)
        account = customer.account
        vault.draw(owner_of(account))
        own = vault.sealing(owner_of(account))
        if customer.totp_secret:
            purpose = authenticator_purpose(account)
            resealed = own.seal(sealing.unseal(customer.totp_secret, purpose), purpose)
            customer = msgspec.structs.replace(customer, totp_secret=resealed)
        yield note_of(customer, own)
        if customer.totp_step:
            yield AuthenticatorUsed(account, customer.totp_step)
        counted = counted_of(customer)
        if counted != FailuresCounted(account, 0, 0, 0, 0):
            yield counted


def strangers(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the names that are nobody's and were tried, as digests."""
    venue = vault.sealing(VENUE)
    for _, text in rows(connection, "stranger"):
        tried = msgspec.json.decode(text, type=_Tried)
        at = place_of(tried.name, venue)
        yield StrangerTried(at, venue.seal(tried.name, stranger_purpose(at)), tried.failures)


def sessions(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield who was signed in, oldest session first."""
    for _, text in rows(connection, "session"):
        for session in msgspec.json.decode(text, type=list[Session]):
            yield SessionOpened(session.account, session.digest, session.created_ns, session.is_proven)
            yield SessionSeen(session.digest, session.seen_ns)
