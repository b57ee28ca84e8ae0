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
    CodeSent,
    CodeTried,
    ConfirmationAsked,
    ConfirmationTried,
    Confirmed,
    FailuresCounted,
    MessageQueued,
    SessionOpened,
    SessionSeen,
    StrangerTried,
)
from bedesten.services.customers.failed_authentications import place_of, stranger_purpose
from bedesten.services.customers.login_log import Activity, Visitor, log_note
from bedesten.services.customers.records import Customer
from bedesten.services.customers.saved import CODE_PURPOSE, CodeDigest, authenticator_purpose, counted_of, note_of
from bedesten.services.customers.sessions import Session
from bedesten.services.holds.confirmations import confirmation_purpose
from bedesten.services.messages.outbox import MESSAGE_PURPOSE, MessageText
from bedesten.services.ports import VENUE, Message, Sealing
from bedesten.services.sealing.owners import owner_of
from bedesten.storage.vault import Vault

#: Kinds of table records that name people: removed once they were brought in.
PERSONAL: Final = ("customer", "stranger", "session", "code", "outbox", "confirmation")


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
    """Yield digests of the names that were tried at a login and belong to no customer."""
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


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    time_ns: int
    activity: Activity
    address: str
    agent: str


def login_logs(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield what happened to customers' access, each with its time; their customers were brought in before them."""
    for name, text in [*rows(connection, "login_log"), *rows(connection, "stranger_log")]:
        account = int(name)
        for each in msgspec.json.decode(text, type=list[_Entry]):
            visitor = Visitor(each.address, each.agent)
            actor = f"account {account}" if account else f"somebody at {each.address}"
            yield log_note(vault, account, each.activity, actor, visitor, each.time_ns)


class _Digest(msgspec.Struct, frozen=True):
    to: str = ""
    salt: str = ""
    digest: str = ""
    expires_ns: int = 0


class _Code(_Digest, frozen=True):
    wrong_ns: tuple[int, ...] = ()
    wrong_read_ns: tuple[int, ...] = ()
    good: tuple[_Digest, ...] = ()


def codes(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the codes that are good, oldest first, each as if it was sent just now, and the wrong ones that were shown."""
    for name, text in rows(connection, "code"):
        account, _, channel = name.partition("/")
        if not account.isdecimal():
            continue  # of names that belong to no customer
        kept = msgspec.json.decode(text, type=_Code)
        former = (_Digest(kept.to, kept.salt, kept.digest, kept.expires_ns),) if kept.digest else ()
        own = _own(vault, int(account))
        for each in (*former, *reversed(kept.good)):
            made = msgspec.json.encode(CodeDigest(each.to, each.salt, each.digest)).decode()
            yield CodeSent(int(account), channel, own.seal(made, CODE_PURPOSE), each.expires_ns, is_read=False)
        for is_read, wrong in ((False, kept.wrong_ns), (True, kept.wrong_read_ns)):
            for _ in wrong:
                yield CodeTried(int(account), channel, is_right=False, is_read=is_read)


def messages(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the last messages, oldest first, each sealed for the customer whose address it went to, or else for the venue."""
    found = [msgspec.json.decode(text, type=Customer) for _, text in rows(connection, "customer")]
    accounts = {customer.email.lower(): customer.account for customer in found}
    kept = [msgspec.json.decode(text, type=Message) for _, text in rows(connection, "outbox")]
    for each in sorted(kept, key=lambda message: message.number):
        account = accounts.get(each.to.lower(), 0)
        own = _own(vault, account) if account else vault.sealing(VENUE)
        text = msgspec.json.encode(MessageText(each.to, each.subject, each.body)).decode()
        yield MessageQueued(account, each.channel, each.time_ns, own.seal(text, MESSAGE_PURPOSE), each.number)


class _Confirmation(msgspec.Struct, frozen=True):
    account: int
    about: str
    digest: str
    sent_ns: int
    failures: int = 0
    is_confirmed: bool = False
    is_link: bool = False


def confirmations(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield what waits for its customer's word, or has it; what was held and has ended waits for nothing."""
    ended = {hold_id for (hold_id,) in connection.execute("SELECT hold_id FROM holds WHERE ended_ns > 0")}
    for name, text in rows(connection, "confirmation"):
        hold_id, kept = int(name), msgspec.json.decode(text, type=_Confirmation)
        if hold_id in ended:
            continue
        sealed = _own(vault, kept.account).seal(kept.digest, confirmation_purpose(hold_id))
        yield ConfirmationAsked(hold_id, kept.account, kept.about, sealed, kept.sent_ns, kept.is_link)
        yield from (ConfirmationTried(hold_id) for _ in range(kept.failures))
        if kept.is_confirmed:
            yield Confirmed(hold_id)


def _own(vault: Vault, account: int) -> Sealing:
    vault.draw(owner_of(account))
    return vault.sealing(owner_of(account))
