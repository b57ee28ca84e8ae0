"""Whose an account at a bank is, as the log has it: sealed for the customer, so that it is gone when they are erased.

Owns the form of what is sealed: it is part of what is stored, and never changes. An account without a customer has no data key
of its own: there the venue's seals.
"""

from __future__ import annotations

import msgspec

from bedesten.services.errors import SealBroken
from bedesten.services.ports import VENUE, DataKeys
from bedesten.services.sealing.owners import owner_of


class Bearer(msgspec.Struct, frozen=True, array_like=True):
    """An account's number and its holder; fields are only added behind the others, with a default."""

    number: str
    holder: str


def seal_bearer(vault: DataKeys, account: int, bearer: Bearer, purpose: str) -> tuple[str, bool]:
    """Return *bearer* sealed for the holder of *account*, and whether that is by the venue's key."""
    try:
        sealing, by_venue = vault.sealing(owner_of(account)), False
    except SealBroken:  # an account without a customer
        sealing, by_venue = vault.sealing(VENUE), True
    return sealing.seal(msgspec.json.encode(bearer).decode(), purpose), by_venue


def open_bearer(vault: DataKeys, account: int, sealed: str, by_venue: bool, purpose: str) -> Bearer:
    """Return what was sealed; nobody, where the customer was erased and the key to it with them.

    Raises: SealBroken when it was altered where it is kept.
    """
    try:
        sealing = vault.sealing(VENUE if by_venue else owner_of(account))
    except SealBroken:
        return Bearer("", "")
    return msgspec.json.decode(sealing.unseal(sealed, purpose), type=Bearer)


def account_purpose(bank_account_id: int) -> str:
    """Return what a bank account's bearer is sealed for."""
    return f"bearer of bank account {bank_account_id}"


def payer_purpose(account: int) -> str:
    """Return what the payer of a deposit is sealed for."""
    return f"payer of a deposit of account {account}"
