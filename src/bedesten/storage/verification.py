"""Proof that a data directory is what it says: journal, snapshots, rows and ledger agree, or the first place where not.

Everything is recomputed from the first command on; nothing that was written is believed because it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bedesten.core import Machine
from bedesten.services.accounts.accounts import FIRST_CUSTOMER
from bedesten.services.accounts.fold_accounts import AccountsFold
from bedesten.services.customers.fold_dossiers import DossiersFold
from bedesten.services.errors import DamagedJournal
from bedesten.services.log import new_state, starting_point
from bedesten.services.sequencing.state import VenueState
from bedesten.services.store_types import StateSnapshot
from bedesten.storage.checked_documents import check_documents
from bedesten.storage.checked_entries import EntriesCheck
from bedesten.storage.checked_seals import check_seals
from bedesten.storage.disk import Disk, LocalDisk
from bedesten.storage.journal import Record, outcome_of
from bedesten.storage.lock import is_held
from bedesten.storage.reading import read_directory
from bedesten.storage.record_queries import RecordQueries
from bedesten.storage.witness import check_end

Progress = Callable[[int], None]  # called with the number of commands done since the last call


class Verdict(NamedTuple):
    """What was found to agree."""

    commands: int
    snapshots: int
    digest: str
    audit_entries: int  # of the audit log and of login logs: those in the journal, and those of its former chain
    audit_checksum: str  # of the last entry of the former chain
    folds_digest: str  # of what services remember
    digests: tuple[
        str, ...
    ]  # of the state in each form that a program has had, the newest last; if they were asked for
    journal_checksum: str  # of the last record
    data_keys: int | None  # that open, with all that they seal; None: not tried, for want of the operator's key


def verify(
    directory: Path, say: Callable[[str], None], progress: Progress = lambda done: None, *, in_each_form: bool = False
) -> Verdict:
    """Replay everything in *directory* and compare it with what is stored. *in_each_form*: tell former digests too.

    Raises: DamagedJournal with the first place where two things disagree; StoreFailure.
    """
    with read_directory(directory, say) as (rows, snapshots, said):
        state = new_state()
        kept = {snapshot.seq: snapshot for snapshot in snapshots.good()}
        seen, last, entries, there = 0, b"", EntriesCheck(rows), None
        for record, events in checked_replay(state, rows, 0, progress):
            snapshot, last = kept.get(record.last_seq), record.checksum
            entries.follow(record, events)
            there = record.checksum if said is not None and record.last_seq == said.seq else there
            if snapshot is not None:
                seen += 1
                is_as = state.machine.is_as(snapshot.core) and snapshot.texts == state.texts
                if not is_as or not _folds_agree(snapshot, state):
                    raise DamagedJournal(f"the state snapshot of seq {snapshot.seq} is not the state at that command")
        check_end(said, state.machine.seq, there, directory)
        state.machine.audit()
        _compare_money(state.machine, rows)
        _compare_names(state.folds.of(AccountsFold), rows)
        count, checksum = entries.end()
        check_documents(state.folds.of(DossiersFold), directory, LocalDisk(), is_running=is_held(directory))
        forms = state.machine.formats() if in_each_form else ()
        return Verdict(
            state.machine.seq, seen, state.machine.digest(), count, checksum, state.folds.digest(),
            tuple(state.machine.digest(form) for form in forms), last.hex(), check_seals(state.folds, rows, directory),
        )  # fmt: skip


def checked_replay(
    state: VenueState, rows: RecordQueries, after_seq: int, progress: Progress, until_seq: int = 0
) -> Iterator[tuple[Record, bytes]]:
    """Replay the journal behind *after_seq* onto *state*, batch by batch; yield each record and its events behind its replay.

    Raises: DamagedJournal when a batch does not do again what it did.
    """
    for record in rows.records(after_seq):
        if until_seq and record.last_seq > until_seq:
            return
        applied = state.replay(record.batch())
        if outcome_of(applied.events, applied.closed, record.format) != record.outcome:
            raise DamagedJournal(
                f"replay of commands {record.first_seq} to {record.last_seq} differs from what they did: "
                "this program is not the one that wrote them, or the core is broken"
            )
        progress(record.count)
        yield record, applied.events


# A fold that was added or changed since is not in an older snapshot: then there is nothing to compare, and a start replays.
def _folds_agree(snapshot: StateSnapshot, state: VenueState) -> bool:
    now = state.folds.capture()
    shared = {name: kept for name, kept in now.items() if snapshot.folds.get(name, (0, b""))[0] == kept[0]}
    return all(snapshot.folds[name] == kept for name, kept in shared.items())


def _compare_names(accounts: AccountsFold, rows: RecordQueries) -> None:
    named = {account.id: account.name for account in accounts.by_id.values()}
    stored = {account.id: account.name for account in rows.accounts()}
    for number in sorted(named.keys() | stored.keys()):
        if named.get(number) != stored.get(number):
            raise DamagedJournal(
                f"account {number} is called {stored.get(number)!r} in table accounts, and {named.get(number)!r} in the journal"
            )


def _compare_money(machine: Machine, rows: RecordQueries) -> None:
    summed = {(account, asset): amount for account, asset, amount in rows.sums() if amount}
    accounts = {*range(FIRST_CUSTOMER), *(account.id for account in rows.accounts())}  # the venue's own have no rows
    held = {
        (account, asset): total
        for account in sorted(accounts)
        for asset, total, _ in machine.balances(account)
        if total
    }
    for place in sorted(summed.keys() | held.keys()):
        if summed.get(place, 0) != held.get(place, 0):
            account, asset = place
            raise DamagedJournal(
                f"account {account} has {held.get(place, 0)} of asset {asset}, but its postings sum to {summed.get(place, 0)}"
            )


def build_snapshot(
    directory: Path, say: Callable[[str], None], progress: Progress = lambda done: None, disk: Disk | None = None
) -> int:
    """Write a state snapshot of where the journal now ends, by replaying what lies behind the newest one; return its seq.

    The venue that runs on the directory is not stopped, and not asked. Raises: StoreFailure, DamagedJournal.
    """
    with read_directory(directory, say, disk) as (rows, snapshots, _):
        state = starting_point(snapshots)
        started_seq, checksum = state.machine.seq, b""
        for record, _ in checked_replay(state, rows, started_seq, progress):
            checksum = record.checksum
        if checksum:
            snapshots.save(state.capture()._replace(checksum=checksum))
        return state.machine.seq
