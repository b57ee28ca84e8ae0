"""What older programs kept of wallets and simulated chains beside the journal, as the notes that say it today.

The one place that still knows those records. Never called for a record of this program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from bedesten.domain.notes import (
    AddressForgotten,
    AddressSaved,
    AllowListSaved,
    Note,
    PaymentChanged,
    PaymentMade,
)
from bedesten.services.ports import Sealing
from bedesten.services.sealing.secrets import WALLET_SEED, note_of
from bedesten.services.store_types import Payment, PaymentState
from bedesten.storage.imports_customers import rows
from bedesten.storage.purposes import meta_purpose
from bedesten.storage.vault import Vault

_SEED: str = "wallet_seed"  # in table meta


class _To(msgspec.Struct, frozen=True):
    address: str
    tag: str = ""


class _Address(msgspec.Struct, frozen=True):
    id: int
    account: int
    asset: int
    network: str
    to: _To
    created_ns: int
    is_deleted: bool = False


class _Allowed(msgspec.Struct, frozen=True):
    network: str
    to: _To


class _AllowList(msgspec.Struct, frozen=True):
    account: int
    addresses: tuple[_Allowed, ...] = ()
    is_lifted: bool = False


def wallet_seed(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the secret that deposit addresses follow from."""
    for (sealed,) in connection.execute("SELECT value FROM meta WHERE name = ?", (_SEED,)).fetchall():
        yield note_of(vault, WALLET_SEED, sealing.unseal(sealed, meta_purpose(_SEED)))


def addresses(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the deposit addresses, in the order of their numbers."""
    saved = [msgspec.json.decode(text, type=_Address) for _, text in rows(connection, "address")]
    for each in sorted(saved, key=lambda address: address.id):
        yield AddressSaved(
            each.id, each.account, each.asset, each.network, each.to.address, each.to.tag, each.created_ns, each.is_deleted
        )  # fmt: skip


def allow_lists(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the only destinations of those accounts that have such a list, or had one."""
    for _, text in rows(connection, "allow_list"):
        kept = msgspec.json.decode(text, type=_AllowList)
        addresses = tuple((each.network, each.to.address, each.to.tag) for each in kept.addresses)
        yield AllowListSaved(kept.account, addresses, kept.is_lifted)


def forgotten(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the destinations that were forgotten, in the order in which each account forgot them."""
    for account, text in rows(connection, "forgotten_address"):
        for address, forgotten_ns in msgspec.json.decode(text, type=dict[str, int]).items():
            yield AddressForgotten(int(account), address, forgotten_ns)


def payments(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the payments of the simulated chains, oldest first, each as it was made and as it stands."""
    for _, text in rows(connection, "chain"):
        kept = msgspec.json.decode(text, type=Payment)
        yield PaymentMade(
            kept.id, kept.network, kept.asset, kept.amount, kept.to.address, kept.to.tag, kept.height, kept.created_ns,
            kept.reference,
        )  # fmt: skip
        if kept.state is not PaymentState.SENT:
            yield PaymentChanged(kept.id, kept.height, kept.state.value)
