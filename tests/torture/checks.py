"""What must hold after a kill: asked over the wire once the venue is back, and read off the disk while it is down."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

from bedesten.domain.commands import COMMAND_WIDTH, HoldFunds, from_row
from bedesten.domain.notes import BankOrderAsked, HeldTransferAsked, HeldTransferDone, Note, PaymentMade, QuoteSettled
from bedesten.services.log import new_state, restored
from bedesten.services.ports import JournaledBatch
from bedesten.storage import verification
from bedesten.storage.journal import Record
from bedesten.storage.reading import read_directory
from tests.torture.books import Account, Breach, Call
from tests.torture.clients import ORDER, WALLET, submit
from tests.torture.matters import Clerk
from tests.torture.wires import Wire

AGAIN: Final = 4  # settled calls of an account that are asked for once more
OURS: Final = re.compile(r"t\d-\d+-\d+")


def settle(clerk: Clerk, account: Account, files: Files) -> None:
    """Find out what became of everything that may have changed, by its client id. Raises: GONE, Breach."""
    wire = clerk.wire
    for order in list(account.orders.values()):
        status, row = wire.call("GET", ORDER, f"clOrderID={order.client_id}")
        if status == 200:
            order.take(row)
        elif order.is_known:
            raise Breach(f"{order} was acknowledged and is gone: {row}")
        else:
            order.is_known = False
            files.must_lack(order.client_id)
    for call in account.calls:
        if call.is_done is None or call in account.calls[-AGAIN:]:
            submit(clerk, call)
            if not call.is_done:
                files.must_lack(call.id)
    settle_matters(clerk, account, files)


def settle_matters(clerk: Clerk, account: Account, files: Files) -> None:
    """Take again each step that nobody answered; then nothing else of TWD is held. Raises: GONE, Breach."""
    for matter in account.matters:
        if matter.is_asked:
            clerk.find(matter)
            if not matter.is_known:
                files.must_lack(held_as(matter.units))
    wanted = {matter.units for matter in account.matters if not matter.is_over}
    if (held := set(clerk.held())) != wanted:
        raise Breach(f"of trader{account.at} is held {sorted(held - wanted)}, and is not held {sorted(wanted - held)}")


def held_as(units: int) -> str:
    """Return how the hold of a matter is counted."""
    return f"held: {units}"


def book(accounts: list[Account], moved: Counter[str]) -> list[Call]:
    """Enter what is settled by now, and count it; return the calls that were done."""
    done = []
    for account in accounts:
        for order in list(account.orders.values()):
            if order.has_ended or order.is_known is False:
                account.settle_order(order)
        for call in account.calls:
            assert call.is_done is not None
            if call.is_done:
                enter(accounts, account, call)
                done.append(call)
                moved[call.kind] += 1
        account.calls = []
        for matter in [each for each in account.matters if each.is_over]:
            account.settle_matter(accounts, matter)
            moved[f"{matter.kind} {matter.wish}"] += bool(matter.is_known)
    return done


def enter(accounts: list[Account], account: Account, call: Call) -> None:
    """Book what a call moved."""
    if call.kind == "transfer":
        account.moves[call.asset] -= call.amount
        accounts[call.to].moves[call.asset] += call.amount
    elif call.kind == "family":
        for line in call.body["apiWallets"]:
            account.moves[line["currency"]] -= Decimal(line["balance"])
            accounts[call.to].moves[line["currency"]] += Decimal(line["balance"])
    elif call.kind == "bank_deposit":
        account.moves[call.asset] += call.amount
    elif call.kind == "withdraw":
        account.moves["BTC"] -= call.amount
        account.withdrawn += call.amount
        account.withdrawals += 1
    elif call.kind == "convert":
        account.moves[call.asset] -= Decimal(str(call.answer["amount"]))
        account.moves[call.answer["settlementCurrency"]] += Decimal(str(call.answer["settlementAmount"]))
    else:
        given, got = ("USD", "ETH") if call.asset == "buy" else ("ETH", "USD")
        account.moves[given] -= Decimal(call.answer["quoteAmountToDeduct"])
        account.moves[got] += Decimal(call.answer["quoteAmountToReceive"])


def compare_balances(wire: Wire, account: Account, *, is_final: bool = False) -> bool:
    """Hold the wallet against the books; return whether all withdrawals are through. Raises: GONE, Breach."""
    _, rows = wire.call("GET", WALLET)
    told = {row["currency"]: (Decimal(row["available"]), Decimal(row["total"])) for row in rows}
    is_through = True
    for asset, (available, total) in account.expected().items():
        late = told[asset][1] - total
        is_through &= not late
        most = account.withdrawn if asset == "BTC" and not is_final else 0
        if told[asset][0] != available or not 0 <= late <= most:
            raise Breach(f"trader{account.at} has {told[asset]} of {asset}, and should have {(available, total)}")
    return is_through


class Files:
    """The data directory of a venue that is down."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.seq = 0
        self._last: Record | None = None
        self.told: Counter[str] = Counter()  # how often the journal has each of the clients' ids

    def check(self) -> None:
        """Verify everything, and take in what is new. Raises: DamagedJournal, Breach."""
        verdict = verification.verify(self._data, lambda notice: None)
        with read_directory(self._data, lambda notice: None) as (rows, snapshots, _):
            if self._last is not None:
                again = next((each for each in rows.records(self._last.first_seq - 1)), None)
                if again != self._last:
                    raise Breach(f"the journal had {self._last}, and has {again}")
            for record in rows.records(self.seq):
                self._count(record.batch())
                self.seq, self._last = record.last_seq, record
            newest = snapshots.newest()
            state = new_state() if newest is None else restored(newest)
            for record in rows.records(state.machine.seq):
                state.replay(record.batch())
            if (state.machine.digest(), state.folds.digest()) != (verdict.digest, verdict.folds_digest):
                raise Breach("a start from the newest snapshot ends elsewhere than a replay from the first command")

    def _count(self, batch: JournaledBatch) -> None:
        for text in batch.texts.values():
            self.told.update(OURS.findall(text))
        commands = memoryview(batch.commands).cast("q").tolist()
        for index, note in batch.notes:
            self.told.update(_ids(note))
            if isinstance(note, (HeldTransferAsked, BankOrderAsked)):
                row = commands[index * COMMAND_WIDTH : (index + 1) * COMMAND_WIDTH]
                self.told[held_as(from_row(HoldFunds, row).amount)] += 1

    def hold(self, accounts: list[Account], calls: list[Call]) -> None:
        """Everything that was answered is in the journal once; nothing is there twice. Raises: Breach."""
        twice = [id for id, count in self.told.items() if count > 1]
        if twice:
            raise Breach(f"in the journal more than once: {twice[:5]}")
        orders = [order for account in accounts for order in (*account.ended, *account.orders.values())]
        known = [order.client_id for order in orders if order.is_known]
        if lost := [id for id in (*known, *(call.id for call in calls)) if self.told[id] != 1]:
            raise Breach(f"acknowledged, and not in the journal: {lost[:5]}")
        for account in accounts:
            account.ended = []

    def must_lack(self, id: str) -> None:
        """What cannot be found by its id was never committed. Raises: Breach."""
        if self.told[id]:
            raise Breach(f"{id} is in the journal, and cannot be found by its id")

    def trades(self) -> set[int]:
        """Return the numbers of all trades."""
        with closing(sqlite3.connect(f"file:{self._data / 'venue.sqlite3'}?mode=ro", uri=True)) as connection:
            return {number for (number,) in connection.execute("SELECT trade_id FROM trades")}

    def payments(self) -> int:
        """Return how many payments left the venue."""
        with read_directory(self._data, lambda notice: None) as (rows, *_):
            made = (note for batch in rows.batches(0) for _, note in batch.notes if isinstance(note, PaymentMade))
            return sum(note.reference > 0 for note in made)


def _ids(note: Note) -> list[str]:
    # A settled quote's own, or a held transfer's end; else those that our clients, or the bank, gave.
    if isinstance(note, QuoteSettled):
        return [note.quote]
    if isinstance(note, HeldTransferDone):
        return [f"transfer {note.hold_id} is done"]
    return OURS.findall(f"{getattr(note, 'client_id', '')} {getattr(note, 'reference', '')}")
