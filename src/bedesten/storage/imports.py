"""What older programs kept beside the journal, brought into it: once for each kind, at the first start.

Owns the one list of those kinds. A kind is read from its old table and said again in notes beside commands NOTE, behind the
last record, in one transaction with the fact that it was done. The old rows stay as they are, and are read no more; but
those that name people are removed, and the pages they stood on cleared.
Never called for a store that keeps no journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from bedesten.domain.notes import (
    AccountAdopted,
    AccountSuspended,
    FlagsKept,
    KeySaved,
    Note,
    SandboxServed,
    VenueFileInForce,
)
from bedesten.services.ports import EDGES, Sealing
from bedesten.storage import appending, imports_audit
from bedesten.storage.imports_banks import KIND as BANK_ACCOUNT
from bedesten.storage.imports_banks import bank_accounts
from bedesten.storage.imports_customers import (
    PERSONAL,
    codes,
    confirmations,
    customers,
    login_logs,
    messages,
    sessions,
    strangers,
)
from bedesten.storage.imports_dossiers import KIND as KYC
from bedesten.storage.imports_dossiers import dossiers
from bedesten.storage.imports_holds import bank_steps, network_steps
from bedesten.storage.imports_wallets import addresses, allow_lists, forgotten, payments, wallet_seed
from bedesten.storage.purposes import key_purpose
from bedesten.storage.sealed import REMAINS
from bedesten.storage.vault import Vault

IMPORTED: Final = "imported"  # in table meta: the kinds that were brought in, as a JSON array

#: Reads a kind's old rows: the connection, how they were sealed, and what seals notes.
Reader = Callable[[sqlite3.Connection, Sealing, Vault], Iterator[Note]]


def api_keys(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the API keys that were kept in a table, oldest first."""
    edges = vault.sealing(EDGES)
    for key, secret, account, permissions, label, allowed, expires_ns, created_ns in connection.execute(
        "SELECT key, secret, account, permissions, label, ip_allow_list, expires_ns, created_ns FROM api_keys ORDER BY rowid"
    ).fetchall():
        resealed = edges.seal(sealing.unseal(secret, key_purpose(key)), key_purpose(key))
        addresses = tuple(msgspec.json.decode(allowed, type=list[str]))
        yield KeySaved(key, account, permissions, resealed, label, addresses, expires_ns, created_ns)


class _Suspension(msgspec.Struct, frozen=True):
    is_suspended: bool


def suspensions(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield which accounts were suspended by themselves, and whether the core's flags are the only word of others."""
    for name, value in _records(connection, "suspension"):
        yield AccountSuspended(int(name), msgspec.json.decode(value, type=_Suspension).is_suspended)
    kept, old = (
        connection.execute(question).fetchone()
        for question in ("SELECT 1 FROM meta WHERE name = 'suspensions'", "SELECT 1 FROM journal LIMIT 1")
    )
    if old and not kept:
        yield FlagsKept(are_kept=False)


class _Subaccount(msgspec.Struct, frozen=True):
    parent: int


def subaccounts(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield who belonged to whom, in the order in which that came about."""
    for name, value in _records(connection, "subaccount"):
        yield AccountAdopted(int(name), msgspec.json.decode(value, type=_Subaccount).parent)


def venue_file(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the venue file in force: one whose commands may have been on their way is, and they are sent again."""
    metas: dict[str, str] = dict(
        connection.execute("SELECT name, value FROM meta WHERE name LIKE 'venue_%'").fetchall()
    )
    if "venue_file" in metas:
        text = metas.get("venue_text_pending") or metas.get("venue_text", "")
        meaning = msgspec.msgpack.encode(msgspec.json.decode(metas["venue_file"]))
        yield VenueFileInForce(text, meaning, metas.get("venue_text_given", ""))


def sandbox(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield whether the venue was a sandbox, or had been one and was served as a venue."""
    for (value,) in connection.execute("SELECT value FROM meta WHERE name = 'sandbox'").fetchall():
        yield SandboxServed(is_sandbox=value == "yes")


def _records(connection: sqlite3.Connection, kind: str) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, value FROM records WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()


#: Every kind, in the order in which they are brought in: what others refer to comes first.
KINDS: Final[dict[str, Reader]] = {
    "api_keys": api_keys, "subaccount": subaccounts, "suspension": suspensions,
    "venue_file": venue_file, "sandbox": sandbox,
    "bank_step": bank_steps,
    "customer": customers, "stranger": strangers, "session": sessions,
    "code": codes, "outbox": messages, "confirmation": confirmations,
    BANK_ACCOUNT: bank_accounts,
    KYC: dossiers,
    "withdrawal_step": network_steps, "address": addresses, "allow_list": allow_lists, "forgotten_address": forgotten,
    "payment": payments, "wallet_seed": wallet_seed,
    "login_log": login_logs, "audit": imports_audit.end_of_chain, imports_audit.KIND: imports_audit.entries,
}  # fmt: skip


#: Kinds of rows that go once a kind was brought in, because they name people.
REMOVED: Final = {
    **{kind: (kind,) for kind in (*PERSONAL, BANK_ACCOUNT, KYC)},
    "login_log": ("login_log", "stranger_log", "stranger_total"),
}


def bring_in(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> int:
    """Bring in what was not yet, and return how many facts that were.

    Raises: sqlite3.Error, SealBroken; then nothing was changed.
    """
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (IMPORTED,)).fetchone()
    done = msgspec.json.decode(row[0], type=list[str]) if row else []
    todo = [kind for kind in KINDS if kind not in done]
    if not todo:
        return 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        notes = (note for kind in todo for note in KINDS[kind](connection, sealing, vault))
        count = appending.append(connection, notes)
        vault.write_drawn()
        done_text = msgspec.json.encode([*done, *todo]).decode()
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (IMPORTED, done_text))
        _remove_plain(connection, [kind for each in todo for kind in REMOVED.get(each, ())], imports_audit.KIND in todo)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return count


def _remove_plain(connection: sqlite3.Connection, kinds: list[str], is_audit: bool) -> None:
    removed = [connection.execute("DELETE FROM records WHERE kind = ?", (kind,)).rowcount for kind in kinds]
    if is_audit:
        removed.append(connection.execute("DELETE FROM audit").rowcount)
    if any(removed):
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (REMAINS,))
