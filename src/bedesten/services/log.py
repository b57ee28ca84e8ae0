"""What a venue remembers: the folds of every service, and the state that the log leads to.

The one list of folds. Live run, restart, snapshot builder and verification all begin with it, so that none forgets one.
"""

from __future__ import annotations

from collections.abc import Callable

from bedesten.services.accounts.fold_accounts import AccountsFold
from bedesten.services.accounts.fold_keys import KeysFold
from bedesten.services.customers.fold_codes import CodesFold
from bedesten.services.customers.fold_dossiers import DossiersFold
from bedesten.services.customers.fold_failed_authentications import FailedAuthenticationsFold
from bedesten.services.customers.fold_register import RegisterFold
from bedesten.services.customers.fold_sessions import SessionsFold
from bedesten.services.errors import SnapshotOutdated
from bedesten.services.fiat.fold_bank_accounts import BankAccountsFold
from bedesten.services.fiat.fold_deposits import BankReferencesFold
from bedesten.services.holds.fold_confirmations import ConfirmationsFold
from bedesten.services.holds.fold_holds import HoldsFold
from bedesten.services.idempotency.fold_ids import ConvertIds, FamilyIds, SentIds, WithdrawalIds
from bedesten.services.messages.fold_messages import MessagesFold
from bedesten.services.otc.fold_settled import SettledQuotesFold
from bedesten.services.ports import Log, Snapshots
from bedesten.services.sealing.fold_secrets import SecretsFold
from bedesten.services.sequencing.folds import Folds
from bedesten.services.sequencing.state import VenueState
from bedesten.services.standing.fold_suspensions import SuspensionsFold
from bedesten.services.store_types import StateSnapshot
from bedesten.services.venue_file.fold_served import SandboxFold
from bedesten.services.venue_file.fold_venue_file import VenueFileFold
from bedesten.services.wallets.fold_addresses import AddressesFold, AllowListsFold, CreditsFold, ForgottenFold
from bedesten.services.wallets.fold_payments import PaymentsFold
from bedesten.services.wallets.fold_withdrawals import DayFold


def new_folds() -> Folds:
    """Return the folds of a venue in which nothing has happened."""
    return Folds([
        AccountsFold(), KeysFold(), FamilyIds(), ConvertIds(), SentIds(), SettledQuotesFold(),
        HoldsFold(),
        RegisterFold(), FailedAuthenticationsFold(), SessionsFold(), MessagesFold(), CodesFold(), ConfirmationsFold(),
        DossiersFold(), SuspensionsFold(),
        VenueFileFold(), SandboxFold(), SecretsFold(),
        BankReferencesFold(), BankAccountsFold(),
        WithdrawalIds(), DayFold(), AddressesFold(), AllowListsFold(), ForgottenFold(), CreditsFold(), PaymentsFold(),
    ])  # fmt: skip


def new_state() -> VenueState:
    """Return the state of a venue in which nothing has happened."""
    return VenueState(folds=new_folds())


def restored(snapshot: StateSnapshot) -> VenueState:
    """Return the state that a snapshot holds.

    Raises: SnapshotOutdated when this program remembers more than the snapshot does.
    """
    return VenueState.restore(snapshot, new_folds())


def recover(
    log: Log, snapshots: Snapshots | None = None, progress: Callable[[int], None] = lambda done: None
) -> VenueState:
    """Return the state that the newest good snapshot and the journal behind it lead to. *progress* is told commands replayed.

    A snapshot that an older program made does not hold what this one remembers: then the whole journal is replayed, once.
    Raises: DamagedJournal, StoreFailure.
    """
    state = starting_point(snapshots)
    for record in log.records(state.machine.seq):
        batch = record.batch()
        state.replay(batch)
        progress(batch.count)
    return state


def starting_point(snapshots: Snapshots | None) -> VenueState:
    """Return the state of the newest snapshot that is good and up to date; without one, of an empty venue."""
    snapshot = snapshots.newest() if snapshots is not None else None
    if snapshot is None:
        return new_state()
    try:
        return restored(snapshot)
    except SnapshotOutdated:
        return new_state()
