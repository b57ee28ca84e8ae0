"""What is known of customers, at rest: nobody reads it from a copy of the files, and what an older program kept comes along."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.clock import ManualClock
from bedesten.domain.commands import RecordNote
from bedesten.domain.customers import Status
from bedesten.domain.notes.customers import CustomerErased, CustomerSaved
from bedesten.services.customers import CustomerTools
from bedesten.services.customers.codes import Channel
from bedesten.services.customers.fold_codes import CodesFold
from bedesten.services.customers.fold_dossiers import DossiersFold
from bedesten.services.customers.fold_register import RegisterFold
from bedesten.services.customers.fold_sessions import SessionsFold
from bedesten.services.customers.kyc_records import BankClaim, Dossier, Identity, Review
from bedesten.services.customers.login_log import Visitor
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.customers.saved import CODE_PURPOSE, authenticator_purpose, customer_of
from bedesten.services.customers.saved_dossiers import dossier_of
from bedesten.services.errors import DamagedJournal, SealBroken
from bedesten.services.holds.confirmations import confirmation_purpose
from bedesten.services.holds.fold_confirmations import ConfirmationsFold
from bedesten.services.log import recover
from bedesten.services.messages.fold_messages import MessagesFold
from bedesten.services.operator.operations import Operations
from bedesten.services.ports import Store
from bedesten.services.sealing.owners import owner_of
from bedesten.services.venue import Venue, open_venue
from bedesten.storage import master_key
from bedesten.storage.directory import VENUE_FILE, open_directory
from bedesten.storage.documents import DocumentFiles, DocumentsInMemory
from bedesten.storage.imports import IMPORTED
from bedesten.storage.imports_customers import rows as kept_rows
from bedesten.storage.master_key import KeyPlace
from bedesten.storage.sealed import SEALING_KEY
from bedesten.storage.sealing import KeySealing
from bedesten.storage.verification import verify
from tests.storage.conftest import Open
from tests.storage.test_sealing import found_in
from tests.unit.services.market import CATALOGUE

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
    assert kept_rows(store._writer, "customer") == [] and found_in(home, *PLAIN) == []
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
    assert kept_rows(store._writer, "session") == []


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
    assert [kept_rows(store._writer, kind) for kind in ("code", "outbox", "confirmation")] == [[], [], []]
    assert found_in(home, *plain) == []


NUMBERS = ("carol@example.com", "A123456789", "王小明")


async def live(opened: Open) -> tuple[Venue, list[str]]:
    """Open a venue on the directory, in which carol told and was sent all that there is; return it, and what is hers alone."""
    clock = ManualClock()
    store = opened().store
    tools = CustomerTools(documents=DocumentsInMemory())
    venue = open_venue(store, clock, CATALOGUE, tools=tools)
    account = await venue.accounts.open("carol")
    customers = venue.customers
    carol = await customers.introduce(account.id, NUMBERS[0], "$argon2id$of-carol", level=0)
    identity = Identity(name=NUMBERS[2], gender=1, birthday="1990-01-31", number=NUMBERS[1])
    await customers.kyc.tell(carol.account, identity, Visitor("192.0.2.77", "Browser/7"))
    await customers.kyc.dossiers.change(carol.account, bank=BankClaim(code="812", branch="0012", account="1002003004"))
    await customers.codes.send(carol, "carol", Channel.EMAIL, carol.email)
    await customers.codes.send(carol, "carol", Channel.TEXT, "+886912345678")
    await customers.kyc.dossiers.change(carol.account, phone="+886987654321")
    await venue.fiat.confirmations.ask(7, carol.account, "withdrawal")
    bodies = [message.body for message in customers.outbox.messages(9)]
    codes = [found for body in bodies for found in re.findall(r"(?<!\d)\d{6}(?!\d)", body)]
    assert len(codes) == 3
    return venue, [
        *NUMBERS,
        "192.0.2.77",
        "Browser/7",
        "1002003004",
        "+886912345678",
        "+886987654321",
        "of-carol",
        *codes,
    ]


async def test_a_copy_of_the_store_without_the_operators_key_names_nobody(opened: Open, home: Path) -> None:
    """No code, address, number or message of a customer: while the venue runs, and when it has stopped."""
    venue, secrets = await live(opened)
    running = found_in(home, *secrets)
    await venue.sequencer.stop()
    captured = b"".join(data for _, data in venue.sequencer.state.folds.capture().values())

    assert running == found_in(home, *secrets) == []
    assert [text for text in secrets if text.encode() in captured] == []


async def test_an_erased_customers_texts_open_no_more_and_the_rest_is_as_it_was(opened: Open, home: Path) -> None:
    """Not even with the operator's key: the data key is in no file any more. Replay is equal, and balances stay."""
    venue, secrets = await live(opened)
    (account,) = [each.account for each in venue.customers.register]
    await venue.accounts.deposit(account, "USD", 5)
    with closing(sqlite3.connect(f"file:{home / VENUE_FILE}?mode=ro", uri=True)) as connection:
        ((data_key,),) = connection.execute(
            "SELECT sealed FROM data_keys WHERE owner = ?", (owner_of(account),)
        ).fetchall()
    assert found_in(home, data_key) == [data_key]
    (row,) = await Operations(venue).call("erase_customer", {"name": "carol"}, actor="operator")
    balances, digest = await venue.accounts.balances(account), venue.sequencer.state.folds.digest()

    assert (row["status"], row["email"], row["name"]) == ("deleted", "", f"erased {account}")
    assert found_in(home, data_key, *secrets) == []
    await venue.sequencer.stop()
    store = venue.sequencer._log
    assert recover(store).folds.digest() == digest
    store.close()
    assert found_in(home, data_key, *secrets) == []
    again = opened().store
    saved = [note for batch in again.batches(0) for _, note in batch.notes if isinstance(note, CustomerSaved)]
    assert saved and not again.vault.has(owner_of(account))
    with pytest.raises(SealBroken):
        again.vault.sealing(owner_of(account))
    reopened = open_venue(again, ManualClock(), CATALOGUE)
    assert await reopened.accounts.balances(account) == balances
    assert reopened.customers.by_email(NUMBERS[0]) is None and reopened.customers.by_username("carol") is None
    assert reopened.customers.kyc.dossiers.of_account(account).identity is None
    assert await reopened.customers.log.entries(account) == []
    entries = list(reopened.audit.entries())
    assert [entry.action for entry in entries] == ["identity_told", "erase_customer"]
    assert (entries[0].actor, entries[0].particulars) == (f"about account {account}, whose holder was erased", {})
    await reopened.sequencer.stop()


async def test_an_erasure_that_was_cut_short_is_finished_by_the_next_start(opened: Open, home: Path) -> None:
    """The log says it first; the key that is still there goes at the start."""
    venue, _ = await live(opened)
    (account,) = [each.account for each in venue.customers.register]
    await venue.sequencer.submit(RecordNote(), notes=(CustomerErased(account),))
    await venue.sequencer.stop()
    venue.sequencer._log.close()

    store = opened().store
    assert store.vault.has(owner_of(account))
    again = open_venue(store, ManualClock(), CATALOGUE)
    assert again.customers.by_email(NUMBERS[0]) is None
    await again.customers.register.set_up()

    assert not store.vault.has(owner_of(account))
    await again.sequencer.stop()


def test_dossiers_of_an_older_program_come_along(opened: Open, home: Path) -> None:
    """Told and shown alike; what they are sealed with from here on is the customer's own, and the rows are gone."""
    opened().store.close()
    sealing = sealing_of(home)
    kept = {
        "account": 16,
        "identity": sealing.seal('{"name":"Al","gender":1,"birthday":"1990-01-31","number":"A1"}', "identity of account 16"),
        "identity_digest": "ab", "phone": sealing.seal("+886987654321", "telephone number of account 16"),
        "bank": sealing.seal('{"code":"812","branch":"1","account":"555"}', "bank account of account 16"),
        "answers": {"purpose": "other", "purpose_other": "rainy days", "exposed": "no", "exposed_other": "", "experience": "",
                    "income": ""},
        "documents": {"1": {"id": "16-1-aa", "kind": 1, "content_type": "image/png", "filename": "me.png", "size": 3,
                            "review": 2, "shown_ns": 9}},
        "levels": [3, 2, 1],
    }  # fmt: skip
    plain = {"account": 17, "phone": "+886900000001"}
    as_before(home, [
        ("customer", "16", ALICE), ("customer", "17", BOB), ("kyc", "16", kept), ("kyc", "17", plain),
        ("kyc", "18", {"account": 18}),
    ])  # fmt: skip

    store = opened().store
    dossiers = open_dossiers(store)
    alice = dossiers[16]

    assert alice.identity == Identity(name="Al", gender=1, birthday="1990-01-31", number="A1")
    assert (alice.phone, alice.bank) == ("+886987654321", BankClaim(code="812", branch="1", account="555"))
    assert alice.answers is not None and alice.answers.purpose_other == "rainy days"
    ((kind, document),) = alice.documents.items()
    assert (kind, document.id, document.filename, document.review, document.sha256) == (1, "16-1-aa", "me.png", 2, "")
    assert alice.levels == (Review.PASSED, Review.PENDING, Review.NONE)
    assert (dossiers[17].phone, sorted(dossiers)) == ("+886900000001", [16, 17])
    assert kept_rows(store._writer, "kyc") == [] and found_in(home, "rainy days", "me.png", "+886900000001") == []


def open_dossiers(store: Store) -> dict[int, Dossier]:
    """Return every dossier that the log knows, opened."""
    kept = recover(store).folds.of(DossiersFold).kept
    return {account: dossier_of(each, store.vault.sealing(owner_of(account))) for account, each in kept.items()}


async def test_a_proven_number_is_known_behind_a_restart(opened: Open) -> None:
    """Sealed in the dossier, and nobody else's."""
    venue, _ = await live(opened)
    await venue.sequencer.stop()
    venue.sequencer._log.close()
    store = opened().store
    again = open_venue(store, ManualClock(), CATALOGUE)
    (account,) = [each.account for each in again.customers.register]

    assert again.customers.kyc.dossiers.owner_of_phone("+886987654321") == account
    assert again.customers.kyc.dossiers.of_account(account).phone == "+886987654321"
    await again.sequencer.stop()


async def test_documents_are_proven_and_go_with_their_customer(opened: Open, home: Path) -> None:
    """`verify` knows one that was altered or lost; behind an erasure that was cut short the next start removes the file."""
    store = opened().store
    tools = CustomerTools(documents=DocumentFiles(home, store.sealing))
    venue = open_venue(store, ManualClock(), CATALOGUE, tools=tools)
    account = (await venue.accounts.open("carol")).id
    await venue.customers.introduce(account, "carol@example.com", "", level=1)
    document = await venue.customers.kyc.show(account, 1, "me.pdf", b"%PDF-1.4 x %%EOF\n")
    await venue.sequencer.stop()
    store.close()
    path = home / "documents" / document.id
    good = path.read_bytes()
    verify(home, print)
    path.write_bytes(good[:-2] + b"AA")
    with pytest.raises(DamagedJournal, match=f"{document.id} of account {account} is not the one that was shown"):
        verify(home, print)
    path.unlink()
    with pytest.raises(DamagedJournal, match=f"{document.id} of account {account} cannot be read"):
        verify(home, print)
    path.write_bytes(good)

    store = opened().store
    venue = open_venue(
        store, ManualClock(), CATALOGUE, tools=CustomerTools(documents=DocumentFiles(home, store.sealing))
    )
    await venue.customers.kyc.dossiers.clear()
    assert path.exists()
    await venue.sequencer.submit(RecordNote(), notes=(CustomerErased(account),))
    await venue.customers.kyc.dossiers.clear()
    assert not path.exists()
    await venue.sequencer.stop()
    store.close()
    verify(home, print)


async def test_nobody_approves_a_document_that_was_not_seen(opened: Open) -> None:
    """A file that is still looked into when its level comes under review is refused, and leaves nothing behind."""
    store, documents = opened().store, DocumentsInMemory()
    venue = open_venue(store, ManualClock(), CATALOGUE, tools=CustomerTools(documents=documents))
    account = (await venue.accounts.open("carol")).id
    await venue.customers.introduce(account, "carol@example.com", "", level=1)
    dossiers, pdf = venue.customers.kyc.dossiers, b"%PDF-1.4 x %%EOF\n"
    first = await venue.customers.kyc.show(account, 1, "seen.pdf", pdf)

    showing = asyncio.ensure_future(venue.customers.kyc.show(account, 1, "unseen.pdf", pdf))
    await asyncio.sleep(0)
    await dossiers.change(account, levels=(Review.PASSED, Review.PENDING, Review.NONE))
    with pytest.raises(CustomerRefused):
        await showing
    await venue.customers.kyc.review(account, 2, is_passed=True)

    (shown,) = dossiers.of_account(account).documents.values()
    assert (shown.id, shown.review, documents.names()) == (first.id, Review.PASSED, [first.id])
    await venue.sequencer.stop()


async def test_two_do_not_get_one_number_however_their_requests_fall(opened: Open) -> None:
    """Both ask before either is committed."""
    venue = open_venue(opened().store, ManualClock(), CATALOGUE)
    accounts = [(await venue.accounts.open(name)).id for name in ("carol", "dave")]
    for account in accounts:
        await venue.customers.introduce(account, f"{account}@example.com", "", level=0)
    identity = Identity(name="Al", gender=1, birthday="1990-01-31", number="A123456789")

    told = await asyncio.gather(
        *(venue.customers.kyc.tell(account, identity, Visitor()) for account in accounts), return_exceptions=True
    )

    assert [type(each).__name__ for each in told] == ["Dossier", "CustomerRefused"]
    assert venue.customers.kyc.dossiers.owner_of_number("A123456789") == accounts[0]
    await venue.sequencer.stop()
