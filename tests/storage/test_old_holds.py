"""Holds of programs before notes: what their texts said is known as the notes that say it today, in the log and in the rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bedesten.clock import ManualClock
from bedesten.domain.commands import AdvanceTime, CaptureFunds, HoldFunds, ListAsset, OpenAccount, Transfer
from bedesten.domain.enums import BankStage, TransferReason
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import BankOrderAsked, BankOrderStep, HeldTransferAsked, HeldTransferDone, Note
from bedesten.services.instruments import Catalogue
from bedesten.services.venue import Venue, open_venue
from bedesten.storage import witness
from bedesten.storage.sqlite import SqliteStore
from tests.storage.conftest import Open
from tests.storage.test_migrations import in_old_format

BTC = Asset(id=1, code="BTC", name="Bitcoin")
TEXTS: dict[str, tuple[TransferReason, Note]] = {
    '{"to":{"account":17,"username":"bob"}}': (TransferReason.INTERNAL, HeldTransferAsked(17, "bob")),
    '{"bank":{"id":1,"code":"004","branch":"0037","number":"12345","holder":"Bob","fee":2}}': (
        TransferReason.WITHDRAWAL,
        BankOrderAsked(1, "004", "0037", "12345", "Bob", 2, True, is_sealed=False),
    ),
}

STEPS = [("withdrawal", "3", '{"stage":"sent","payment":"B1"}'), ("withdrawal", "99", '{"stage":"sent","payment":"x"}')]


def a_venue(store: SqliteStore, clock: ManualClock) -> Venue:
    """Open a venue over the store."""
    return open_venue(store, clock, Catalogue([BTC], []))


async def a_past(opened: Open, home: Path, clock: ManualClock) -> None:
    """Leave a directory as a former program did: two holds with each text, one of them carried out."""
    store = opened().store
    sequencer = a_venue(store, clock).sequencer
    await sequencer.submit(ListAsset(asset=1))
    for account in (16, 17):
        await sequencer.submit(OpenAccount(account=account), text=f"account {account}")
        await sequencer.submit(Transfer(account=0, to_account=account, asset=1, amount=1_000, reason=1))
    for text, (reason, _) in TEXTS.items():
        for _ in range(2):
            await sequencer.submit(HoldFunds(account=16, asset=1, amount=5, reason=reason), text=text)
    await sequencer.submit(CaptureFunds(account=16, hold_id=1, to_account=17, amount=5), text='{"held":1}')
    await sequencer.stop()
    store.close()
    (home / witness.NAME).unlink()  # which no former program wrote
    with closing(sqlite3.connect(home / "venue.sqlite3", isolation_level=None)) as old:
        in_old_format(old)
        old.execute("DELETE FROM meta WHERE name = 'imported'")
        old.executemany("INSERT INTO records VALUES (?, ?, ?)", STEPS)


async def test_old_texts_say_what_notes_say_today(opened: Open, home: Path) -> None:
    """Of what is open, of what has ended, and of what ended it."""
    await a_past(opened, home, ManualClock(1))
    store = opened().store
    venue = a_venue(store, ManualClock(2))

    rows = {row.hold_id: row for row in store.holds_by_id(range(1, 3 * len(TEXTS)))}
    for at, (_, note) in enumerate(TEXTS.values()):
        found = venue.holds.held(2 * at + 2)
        assert found is not None and found.asked == note
        assert rows[2 * at + 1].notes[:1] == rows[2 * at + 2].notes == (note,)
    paid = venue.holds.held(3)
    assert paid is not None and paid.step == rows[3].notes[1] == BankOrderStep(3, BankStage.PAID, "B1")
    assert venue.holds.held(1) is None and rows[1].ended_ns
    (capture,) = [row.seq for row in store.transfers(17, reasons=[int(TransferReason.INTERNAL)], limit=9)]
    assert store.notes_beside([capture, 1]) == {capture: [HeldTransferDone(1)]}
    await venue.sequencer.stop()


async def test_old_requests_are_given_the_end_that_they_would_have_today(opened: Open, home: Path) -> None:
    """At the first start: who asked a moment ago has an hour, and what nobody can confirm any more is given back."""
    await a_past(opened, home, ManualClock(1))
    clock = ManualClock(2)
    for passed, held in ((0, 10), (10**15, 0)):
        store = opened().store
        clock.advance(passed)
        venue = a_venue(store, clock)
        await venue.confirmed_transfers.set_up()
        await venue.fiat.withdrawals.set_up()
        seq = venue.sequencer.state.machine.seq
        await venue.confirmed_transfers.set_up()  # once
        await venue.fiat.withdrawals.set_up()
        assert venue.sequencer.state.machine.seq == seq
        await venue.sequencer.submit(AdvanceTime())
        (balance,) = venue.sequencer.state.machine.balances(16)
        assert balance == (1, 1_000 - 5 - 5, held)  # carried out, and paid, each once
        await venue.sequencer.stop()
        store.close()
