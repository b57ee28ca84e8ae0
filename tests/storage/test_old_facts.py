"""What programs before notes said of money, and kept beside the journal, is known to this one."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bedesten.bootstrap import offline_venue
from bedesten.bootstrap.sandboxes import NoSandbox, claim
from bedesten.clock import ManualClock
from bedesten.config import Settings, parse_venue_file
from bedesten.domain.commands import Exchange, ListAsset, OpenAccount, Transfer
from bedesten.domain.convert import ConvertTerms
from bedesten.domain.enums import TransferReason
from bedesten.domain.fiat import Bank, FiatCurrency, FiatTerms
from bedesten.domain.notes import BankPaid, SandboxServed
from bedesten.domain.otc import DESK
from bedesten.services.errors import Overloaded
from bedesten.services.fiat.bank_accounts import BankAccount, BankState
from bedesten.services.fiat.deposits import BankTransfer, DepositRefusal, FiatDeposit
from bedesten.services.log import recover
from bedesten.services.money.conversions import Conversion, ConvertRefusal
from bedesten.services.money.subaccounts import Portion, SubTransferRefusal
from bedesten.services.money.transfers import Sent
from bedesten.services.otc.desk import NO_TERMS, OtcRefusal
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.standing.fold_suspensions import SuspensionsFold
from bedesten.services.venue import Venue, open_venue
from bedesten.services.venue_file.fold_served import SandboxFold
from bedesten.storage.directory import VENUE_FILE
from bedesten.storage.imports import IMPORTED
from bedesten.storage.imports_customers import rows as kept_rows
from bedesten.storage.sqlite import SqliteStore
from bedesten.storage.verification import verify
from tests.storage.conftest import Open
from tests.storage.old_facts import Said, as_of_old, write_old
from tests.storage.test_migrations import run_a_day
from tests.unit.services.market import BTC, CATALOGUE, USD

VENUE: Final = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
venue = { name = "test" }
[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
"""
BY_BANK: Final = FiatTerms(
    banks=(Bank(code="004", name="First"),),
    currencies=(FiatCurrency(asset=USD.id, bank="004", branch="0037", holder="Venue", account_prefix="99781"),),
)
DEPOSIT: Final = int(TransferReason.DEPOSIT)
INTERNAL: Final = int(TransferReason.INTERNAL)
ALICE, BOB, CHILD = 16, 17, 18


def deposits(*accounts: int) -> list[Said]:
    """A thousand of BTC and USD for each."""
    return [
        (Transfer(account=0, to_account=account, asset=asset.id, amount=1_000, reason=DEPOSIT), "")
        for account in accounts
        for asset in (BTC, USD)
    ]


def moved(giver: int, taker: int, amount: int, text: str) -> Said:
    """Money that moved between two accounts, and what an old program said of it."""
    return Transfer(account=giver, to_account=taker, asset=BTC.id, amount=amount, reason=INTERNAL), text


async def left_alike(venue: Venue, store: SqliteStore, home: Path, opened: Open) -> None:
    """Stop the venue; what it remembers is what the next start finds, and the directory proves itself."""
    await venue.sequencer.stop()
    digest = venue.sequencer.state.folds.digest()
    store.close()
    assert verify(home, lambda line: None).folds_digest == digest
    assert recover(opened().store).folds.digest() == digest


async def test_a_family_of_old_is_a_family(home: Path, opened: Open) -> None:
    """Who belonged to whom, which ids moved money, and which were free again because it was given back."""
    portions = [Portion(BTC, 5)]
    digest = "f7d0b8a7"  # of another request: what was asked under an id of old is compared by it alone
    family: list[Said] = [
        *deposits(ALICE),
        (OpenAccount(account=CHILD), "child"),
        moved(ALICE, CHILD, 5, f'{{"family":{{"account":16,"id":"used","asked":"{digest}"}}}}'),
        moved(ALICE, CHILD, 7, '{"family":{"account":16,"id":"free","asked":"0"}}'),
        moved(CHILD, ALICE, 7, '{"family":{"account":16,"id":"free","asked":"0","is_return":true}}'),
        moved(ALICE, CHILD, 1, '{"family":{"account":16}}'),
    ]
    await write_old(home, family, [("subaccount", "18", '{"parent":16}')])

    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE)
    subs = venue.subaccounts
    assert subs.family(CHILD) == [ALICE, CHILD]
    used = await subs.transfer(ALICE, "alice", "child", portions, client_id="used")
    assert used is SubTransferRefusal.ID_USED
    assert await subs.transfer(ALICE, "alice", "child", portions, client_id="free") is None
    await left_alike(venue, store, home, opened)


async def test_conversions_transfers_and_quotes_of_old_are_done_once(home: Path, opened: Open) -> None:
    """Asked again under their ids, they are answered as they were done; histories tell them, with a price beyond 64 bits."""
    price = 10**22
    converted = (
        '{"convert":{"account":16,"source":1,"amount":4,"target":2,"to_amount":8,"rate":[200000000000,11],"id":"c"}}'
    )
    sent = '{"send":{"account":16,"to_account":17,"asset":1,"amount":3,"id":"s"}}'
    quoted = (
        f'{{"quote":"q","instrument":1,"side":1,"price":{price},"reference":7,"made_ns":1,"expires_ns":2,"client":"x"}}'
    )
    said: list[Said] = [
        (OpenAccount(account=DESK), ""),
        *deposits(ALICE, DESK),
        (Exchange(account=ALICE, to_account=DESK, asset=BTC.id, amount=4, to_asset=USD.id, to_amount=8), converted),
        moved(ALICE, BOB, 3, sent),
        (Exchange(account=ALICE, to_account=DESK, asset=USD.id, amount=10, to_asset=BTC.id, to_amount=5), quoted),
    ]
    await write_old(home, said)

    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE, convert=ConvertTerms(spread_ppm=0), otc=NO_TERMS)
    await venue.customers.introduce(BOB, "bob@example.com", "", level=3)
    before = await venue.accounts.balances(ALICE)
    conversion = await venue.conversions.convert(ALICE, BTC, USD, amount=4, client_id="c")
    assert isinstance(conversion, Conversion)
    assert conversion[1:] == (BTC.id, 4, USD.id, 8, (200_000_000_000, 11))
    assert await venue.conversions.convert(ALICE, BTC, USD, amount=5, client_id="c") is ConvertRefusal.ID_USED
    again = await venue.transfers.send(ALICE, "bob", "bob@example.com", BTC, 3, client_id="s")
    assert isinstance(again, Sent) and again[1:] == (BOB, BTC.id, 3)
    refusal, quote = await venue.otc.accept(ALICE, "q")
    assert refusal is OtcRefusal.SETTLED and quote is not None
    assert (quote.price, quote.base, quote.quote, quote.client_id) == (price, 5, 10, "x")
    assert await venue.accounts.balances(ALICE) == before
    assert [each.quote.id for each in await venue.otc_history.settlements(ALICE, limit=10)] == ["q"]
    moves = await venue.wallet_history.moves(ALICE, limit=10)
    assert [each.conversion for each in moves if each.conversion is not None] == [conversion, conversion]
    await left_alike(venue, store, home, opened)


@pytest.mark.parametrize("pending", ["", VENUE.replace("0.0006", "0.0007")])
async def test_a_venue_file_of_old_is_in_force(home: Path, pending: str) -> None:
    """As it stood in its tables; where its commands may have been on their way, they are sent again."""
    given = home.with_name("venue.toml")
    given.write_text(VENUE)
    async with offline_venue(Settings(data=str(home), config=str(given)), print):
        pass
    file = parse_venue_file(VENUE, source="tests")
    metas = {
        "venue_file": msgspec.json.encode(file).decode(), "venue_text": VENUE, "venue_text_given": VENUE,
        "venue_text_pending": pending,
    }  # fmt: skip
    as_of_old(home, metas=metas)

    for _start in range(2):
        async with offline_venue(Settings(data=str(home)), print) as venue:
            assert venue.changes is not None and venue.changes.text == (pending or VENUE)
            fees = venue.sequencer.state.machine.fee_rates(16, 1)
            assert fees == (500_000, 700_000 if pending else 600_000)
    async with offline_venue(Settings(data=str(home), config=str(given)), print) as venue:
        assert venue.changes is not None and venue.changes.text == (pending or VENUE)
    verify(home, lambda line: None)


async def test_bank_deposits_of_old_are_credited_once(home: Path, opened: Open) -> None:
    """By the bank's references, and told as they were; they count for a day's bounds."""
    text = '{"bank_deposit":{"account":16,"asset":2,"amount":70,"reference":"R1","bank":"004","number":"123","holder":"Al"}}'
    await write_old(home, [(Transfer(account=0, to_account=ALICE, asset=USD.id, amount=70, reason=DEPOSIT), text)])

    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE, fiat=BY_BANK)
    told = BankTransfer(account=ALICE, asset=USD.id, amount=70, reference="R1", bank="004", number="123", holder="Al")
    again = await venue.fiat.deposits.credit(USD, told, may=lambda: True)
    assert isinstance(again, FiatDeposit) and again.told == told
    other = msgspec.structs.replace(told, amount=71)
    assert await venue.fiat.deposits.credit(USD, other, may=lambda: True) is DepositRefusal.REFERENCE_USED
    assert (await venue.fiat.deposits.used(ALICE, USD.id)).day == 70
    await left_alike(venue, store, home, opened)


async def test_whom_a_deposit_came_from_is_sealed(home: Path, opened: Open) -> None:
    """For the customer, so that it is gone with them; for the venue where an account has no customer."""
    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE, fiat=BY_BANK)
    for asset in (BTC, USD):
        await venue.sequencer.submit(ListAsset(asset=asset.id))
    alice, bob = [await venue.accounts.open(name) for name in ("alice", "bob")]
    await venue.customers.introduce(alice.id, "alice@example.com", "", level=3)
    told = {}
    for owner in (alice, bob):
        paid = BankTransfer(
            account=owner.id, asset=USD.id, amount=5, reference=owner.name, number="99887766", holder="Jane Public"
        )
        done = await venue.fiat.deposits.credit(USD, paid, may=lambda: True)
        assert isinstance(done, FiatDeposit)
        told[done.seq] = paid
    assert await venue.fiat.deposits.told_at(list(told)) == told
    notes = [note for batch in store.batches(0) for _, note in batch.notes if isinstance(note, BankPaid)]
    assert [note.by_venue for note in notes] == [False, True]
    with closing(sqlite3.connect(home / "venue.sqlite3")) as connection:
        kept = "\n".join(connection.iterdump())
        assert b"99887766".hex() not in kept.lower() and "99887766" not in kept and b"Jane".hex() not in kept.lower()

    await venue.customers.register.erase(alice.id)
    for paid in told.values():
        holder = "" if paid.account == alice.id else "Jane Public"
        again = await venue.fiat.deposits.credit(USD, paid, may=lambda: True)
        assert isinstance(again, FiatDeposit) and again.told.holder == holder
    await left_alike(venue, store, home, opened)


async def test_bank_accounts_of_old_are_brought_in_and_their_plain_text_removed(home: Path, opened: Open) -> None:
    """In their order and states, under their numbers; what stood beside the journal in clear is gone."""
    rows = [
        BankAccount(
            id=number, account=ALICE, asset=USD.id, bank="004", branch="", number=f"5544332{number}", holder="Jane Public",
            state=state, created_ns=number,
        )
        for number, state in ((3, BankState.VERIFIED), (1, BankState.REMOVED))
    ]  # fmt: skip
    records = [("bank_account", str(row.id), msgspec.json.encode(row).decode()) for row in rows]
    await write_old(home, [], records)

    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE, fiat=BY_BANK)
    assert venue.fiat.bank_accounts.all() == rows
    assert venue.fiat.bank_accounts.verified(ALICE, USD.id) == rows[:1]
    assert kept_rows(store._writer, "bank_account") == []
    with closing(sqlite3.connect(home / "venue.sqlite3")) as connection:
        kept = "\n".join(connection.iterdump()).lower()
        assert b"5544332".hex() not in kept and "5544332" not in kept and b"Jane".hex() not in kept
    await left_alike(venue, store, home, opened)


async def test_bank_accounts_are_sealed_for_their_customer_and_numbered_once(home: Path, opened: Open) -> None:
    """Two that are entered at the same time are two, the same one twice is one; with the customer the number is gone."""
    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE, fiat=BY_BANK)
    alice = await venue.accounts.open("alice")
    await venue.customers.introduce(alice.id, "alice@example.com", "", level=3)
    accounts = venue.fiat.bank_accounts

    async def add(number: str) -> BankAccount:
        return await accounts.add(alice.id, USD.id, bank="004", branch="", number=number, holder="Alice")

    made = await asyncio.gather(add("11111"), add("22222"), add("11111"))
    assert [row.id for row in made] == [1, 2, 1] and made[0] == made[2]
    verified, _, again = await asyncio.gather(accounts.verify(1), accounts.remove(2), accounts.verify(1))
    assert verified == again and accounts.of(alice.id) == [verified]
    await venue.customers.register.erase(alice.id)
    assert [(row.number, row.holder, row.state) for row in accounts.of(alice.id)] == [("", "", BankState.VERIFIED)]
    await left_alike(venue, store, home, opened)


async def test_a_change_of_a_bank_account_that_is_refused_changes_nothing(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overloaded comes before anything is known of it."""
    venue = open_venue(opened().store, ManualClock(), CATALOGUE, fiat=BY_BANK)
    alice = await venue.accounts.open("alice")
    accounts = venue.fiat.bank_accounts
    row = await accounts.add(alice.id, USD.id, bank="004", branch="", number="11111", holder="Alice")
    with monkeypatch.context() as crowded:
        crowded.setattr(sequencer_module, "WAITING_MAX", 0)
        for change in (
            accounts.verify(1),
            accounts.add(alice.id, USD.id, bank="004", branch="", number="22222", holder="A"),
        ):
            with pytest.raises(Overloaded):
                await change

    assert accounts.all() == [row]
    await venue.sequencer.stop()


def test_suspensions_of_an_older_program_go_on(opened: Open, home: Path) -> None:
    """Those that were lifted are not; and where the core's flags were the only word, the first start is told so."""
    store = opened().store
    run_a_day(store)
    store.close()
    for kept in (True, False):
        with closing(sqlite3.connect(home / VENUE_FILE)) as older, older:
            older.execute("INSERT OR REPLACE INTO meta VALUES (?, '[\"api_keys\"]')", (IMPORTED,))
            older.execute("DELETE FROM meta WHERE name = 'suspensions'")
            if kept:
                older.execute("INSERT INTO meta VALUES ('suspensions', 'kept')")
            for name, value in (("16", "true"), ("17", "false")):
                older.execute(
                    "INSERT OR REPLACE INTO records VALUES ('suspension', ?, ?)", (name, f'{{"is_suspended":{value}}}')
                )

        store = opened().store
        fold = recover(store).folds.of(SuspensionsFold)
        store.close()

        assert (fold.suspended, fold.are_flags_kept) == ({16}, kept)


@pytest.mark.parametrize(("kept", "is_sandbox"), [("yes", True), ("no", False)])
async def test_how_a_venue_of_old_was_served_is_known(home: Path, opened: Open, kept: str, is_sandbox: bool) -> None:
    """A sandbox goes on as one, and is never steered again once it was served as a venue; any other may not become one."""
    await write_old(home, [])
    with closing(sqlite3.connect(home / VENUE_FILE)) as older, older:
        older.execute("INSERT INTO meta VALUES ('sandbox', ?)", (kept,))
    store = opened().store
    state = recover(store)

    assert state.folds.of(SandboxFold).served == SandboxServed(is_sandbox=is_sandbox)
    steered = Settings(data=str(home), sandbox=True)
    if is_sandbox:
        assert claim(steered, state) is None
        assert claim(Settings(data=str(home)), state) == SandboxServed(is_sandbox=False)
    else:
        with pytest.raises(NoSandbox, match="was served without --sandbox"):
            claim(steered, state)
    store.close()
    again = opened().store
    assert recover(again).machine.seq == state.machine.seq, "it is said once"
    again.close()
    verify(home, print)
