"""What is known of customers, at rest: nobody reads it from a copy of the files, and what an older program kept comes along."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.services.customers.fold_codes import CodesFold
from bedesten.services.customers.fold_messages import MessagesFold
from bedesten.services.customers.fold_register import RegisterFold
from bedesten.services.customers.fold_sessions import SessionsFold
from bedesten.services.customers.records import Status
from bedesten.services.customers.saved import (
    CODE_PURPOSE,
    authenticator_purpose,
    confirmation_purpose,
    customer_of,
    owner_of,
)
from bedesten.services.log import recover
from bedesten.services.money.fold_confirmations import ConfirmationsFold
from bedesten.services.ports import Store
from bedesten.storage import master_key
from bedesten.storage.directory import VENUE_FILE, open_directory
from bedesten.storage.imports import IMPORTED
from bedesten.storage.master_key import KeyPlace
from bedesten.storage.sealed import SEALING_KEY
from bedesten.storage.sealing import KeySealing
from tests.storage.conftest import Open
from tests.storage.test_sealing import found_in

ALICE = {
    "account": 16, "username": "alice", "email": "alice@example.com", "password_hash": "$argon2id$of-alice", "status": 1,
    "level": 2, "vip_level": 3, "created_ns": 5, "language": "en", "login_failures": 2, "locked_until_ns": 9,
    "totp_step": 7, "totp_failures": 1, "totp_locked_until_ns": 8,
}  # fmt: skip
BOB = {"account": 17, "username": "Bob", "email": "bob@example.com", "status": 4, "created_ns": 6}
SECRET = "JBSWY3DPEHPK3PXP"
PLAIN = ("alice@example.com", "bob@example.com", "of-alice", SECRET)


def as_before(home: Path, rows: list[tuple[str, str, object]]) -> None:
    """Make of a directory one of the program before customers were in the journal."""
    with closing(sqlite3.connect(home / VENUE_FILE, isolation_level=None)) as older:
        older.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (IMPORTED, json.dumps(["api_keys"])))
        older.executemany(
            "INSERT INTO records VALUES (?, ?, ?)", [(kind, name, json.dumps(value)) for kind, name, value in rows]
        )


def sealing_of(home: Path) -> KeySealing:
    """Return what an older program sealed with."""
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection:
        facts = dict(connection.execute("SELECT * FROM meta").fetchall())
    data_key, _ = master_key.unwrap(facts[SEALING_KEY], KeyPlace(home), facts["venue_id"])
    return KeySealing(data_key)


def opened_customers(store: Store) -> dict[int, object]:
    """Return every customer that the log knows, opened."""
    kept = recover(store).folds.of(RegisterFold).kept
    return {account: customer_of(each, store.vault.sealing(owner_of(account))) for account, each in kept.items()}


def test_customers_of_an_older_program_come_into_the_journal(opened: Open, home: Path) -> None:
    """Whole, once, with what was counted at their door; and the plain rows leave no trace."""
    opened().store.close()
    sealed = sealing_of(home).seal(SECRET, authenticator_purpose(16))
    as_before(home, [("customer", "16", {**ALICE, "totp_secret": sealed}), ("customer", "17", BOB)])
    assert found_in(home, *PLAIN) == ["alice@example.com", "bob@example.com", "of-alice"]

    store = opened().store
    found = opened_customers(store)
    alice = found[16]
    secret = store.vault.sealing(owner_of(16)).unseal(alice.totp_secret, authenticator_purpose(16))  # type: ignore[attr-defined]

    assert {name: getattr(alice, name) for name in ALICE} == {**ALICE, "status": Status.NORMAL}
    assert {name: getattr(found[17], name) for name in BOB} == {**BOB, "status": Status.NOT_ACTIVATED}
    assert secret == SECRET and found[17].totp_secret == ""  # type: ignore[attr-defined]
    assert store.kept_records("customer") == [] and found_in(home, *PLAIN) == []
    count = store.last_seq  # type: ignore[attr-defined]
    store.close()
    assert found_in(home, *PLAIN) == []
    again = opened().store
    assert again.last_seq == count and opened_customers(again) == found


def test_what_cannot_be_opened_is_not_brought_in_halfway(opened: Open, home: Path) -> None:
    """An authenticator's secret that was altered stops the start, and the old rows are there still."""
    opened().store.close()
    as_before(home, [("customer", "17", BOB), ("customer", "16", {**ALICE, "totp_secret": "sealed:1:AAAA"})])

    for _ in range(2):
        with pytest.raises(Exception, match="totp secret of account 16 was altered"):
            open_directory(home)
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (0,)
        assert connection.execute("SELECT owner FROM data_keys ORDER BY owner").fetchall() == [("edges",), ("venue",)]


def test_sessions_of_an_older_program_go_on(opened: Open, home: Path) -> None:
    """With their times; the row that held them is gone."""
    opened().store.close()
    row = {"account": 16, "digest": "d" * 64, "created_ns": 5, "seen_ns": 9, "noted_ns": 7, "is_proven": True}
    as_before(home, [("session", "16", [row, {**row, "digest": "e" * 64, "is_proven": False}])])

    store = opened().store
    held = recover(store).folds.of(SessionsFold).by_digest

    assert [(each.opened.digest[0], each.opened.is_proven, each.seen_ns) for each in held.values()] == [
        ("d", True, 9), ("e", False, 9),
    ]  # fmt: skip
    assert store.kept_records("session") == []


def test_codes_messages_and_confirmations_of_an_older_program_come_along(opened: Open, home: Path) -> None:
    """The code is good, the guesses that were had are had, the messages keep their numbers; in plain text there is nothing."""
    opened().store.close()
    digest = {"to": "alice@example.com", "salt": "5a", "digest": "d1", "expires_ns": 1 << 60}
    message = {
        "number": 41,
        "time_ns": 3,
        "channel": "email",
        "to": "alice@example.com",
        "subject": "",
        "body": "is 123456",
    }
    rows: list[tuple[str, str, object]] = [
        ("customer", "16", ALICE),
        ("code", "nobody", {"sent_ns": [1]}),
        ("code", "16/email", {"good": [digest], "wrong_ns": [1, 2]}),
        ("code", "16/text", {"to": "+886912345678", "salt": "5a", "digest": "d2", "expires_ns": 9}),
        ("outbox", "42", {**message, "number": 42, "to": "+886912345678", "channel": "text"}),
        ("outbox", "41", message),
        ("confirmation", "7", {"account": 16, "about": "withdrawal", "digest": "c7", "sent_ns": 4, "failures": 2}),
        ("confirmation", "8", {"account": 17, "about": "transfer", "digest": "c8", "sent_ns": 4, "is_confirmed": True}),
    ]
    as_before(home, rows)
    plain = ("alice@example.com", "+886912345678", "123456")
    assert found_in(home, *plain) == list(plain)

    store = opened().store
    folds = recover(store).folds
    code = folds.of(CodesFold).codes[16, "email"]
    by_hold, own = folds.of(ConfirmationsFold).by_hold, store.vault.sealing(owner_of(16))

    assert json.loads(own.unseal(code.good[0][0], CODE_PURPOSE)) == ["alice@example.com", "5a", "d1"]
    assert (len(code.wrong_ns), code.good[0][1]) == (2, 1 << 60)
    assert own.unseal(by_hold[7].asked.digest, confirmation_purpose(7)) == "c7"
    assert (by_hold[7].failures, by_hold[7].is_confirmed, by_hold[8].is_confirmed) == (2, False, True)
    assert [(each.number, each.account) for each in folds.of(MessagesFold).messages] == [(41, 16), (42, 0)]
    assert [store.kept_records(kind) for kind in ("code", "outbox", "confirmation")] == [[], [], []]
    assert found_in(home, *plain) == []
