"""Proof that what is sealed opens: every data key, the secrets of API keys, customers' identities and what they entered.

Only where the operator's key is at hand, as it is for the operator of the venue; a copy of the files is verified without.
"""

from __future__ import annotations

from pathlib import Path

from bedesten.services.accounts.fold_keys import KeysFold
from bedesten.services.customers.fold_dossiers import DossiersFold
from bedesten.services.customers.fold_register import RegisterFold
from bedesten.services.customers.saved import authenticator_purpose, customer_of
from bedesten.services.customers.saved_dossiers import dossier_of
from bedesten.services.errors import DamagedJournal, SealBroken
from bedesten.services.ports import EDGES, Sealing
from bedesten.services.sealing.owners import owner_of
from bedesten.services.sequencing.folds import Folds
from bedesten.storage import master_key
from bedesten.storage.master_key import KeyPlace
from bedesten.storage.purposes import key_purpose
from bedesten.storage.record_queries import RecordQueries
from bedesten.storage.sealed import SEALING_KEY
from bedesten.storage.sealing import KeySealing
from bedesten.storage.vault import ERASED, purpose_of


def check_seals(folds: Folds, rows: RecordQueries, directory: Path) -> int | None:
    """Return how many data keys there are and open what they seal; None where the operator's key is not here.

    Raises: DamagedJournal that names what does not open; KeyRefused when what is given as the key is none.
    """
    kept, place = rows.meta(SEALING_KEY), KeyPlace(directory)
    if kept is None or not master_key.where_is(kept.partition(" ")[0], place):
        return None
    data_key, _ = master_key.unwrap(kept, place, rows.meta("venue_id") or "")
    venue, opened = KeySealing(data_key), {}
    try:
        for owner, sealed in rows.data_keys():
            if sealed != ERASED:
                opened[owner] = KeySealing(bytes.fromhex(venue.unseal(sealed, purpose_of(owner))))
        _open_all(folds, opened)
    except SealBroken as error:
        raise DamagedJournal(f"damaged secrets: {error}") from error
    return len(opened)


def _open_all(folds: Folds, opened: dict[str, KeySealing]) -> None:
    def of(owner: str) -> Sealing:
        if owner not in opened:
            raise SealBroken(f"there is no data key of {owner}")
        return opened[owner]

    for key in folds.of(KeysFold).saved.values():
        of(EDGES).unseal(key.secret, key_purpose(key.key))
    kept = folds.of(RegisterFold).kept
    for account, customer in kept.items():
        if not customer.is_erased:
            customer_of(customer, of(owner_of(account)))
            if customer.saved.authenticator:
                of(owner_of(account)).unseal(customer.saved.authenticator, authenticator_purpose(account))
    for account, dossier in folds.of(DossiersFold).kept.items():
        if account not in kept or not kept[account].is_erased:
            dossier_of(dossier, of(owner_of(account)))
