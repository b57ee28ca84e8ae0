"""What an operator may ask about money that is held for something other than an order: what there is, and to give it back.

Never gives back what is being paid: that ends where it was begun, at the chain or at the bank.
"""

from __future__ import annotations

from typing import Final

from bedesten.domain.enums import TransferReason
from bedesten.services.errors import OperationRefused
from bedesten.services.fiat.withdrawals import is_bank_order
from bedesten.services.money.confirmed_transfers import is_transfer
from bedesten.services.operator import forms
from bedesten.services.operator.answers import HoldRow
from bedesten.services.operator.names import account_named, amount_text, code_of, name_of
from bedesten.services.operator.typed import instant_text
from bedesten.services.store_types import HoldRecord
from bedesten.services.venue import Venue

SHOWN_MAX: Final = 10_000  # in one list; whoever looks for older ones names the account
_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)


async def holds(venue: Venue, form: forms.OfAccount) -> list[HoldRow]:
    """Return what is held now besides orders, of one account or of all, oldest first."""
    owner = None if form.account is None else account_named(venue, form.account).id
    return [_row(venue, each) for each in await venue.holds.open(owner, limit=SHOWN_MAX)]


async def release_hold(venue: Venue, form: forms.Numbered) -> list[HoldRow]:
    """Give what is held under that number back to its account, while nothing was paid for it."""
    found = await venue.holds.find(form.id)
    if found is None:
        raise OperationRefused(f"nothing is held under number {form.id}; `bedesten holds` lists what is")
    if not await _released(venue, found):
        raise OperationRefused(
            f"hold {form.id} is being paid, or was given back meanwhile: it ends with what the chain or the bank says of it"
        )
    return [_row(venue, found)]


async def _released(venue: Venue, found: HoldRecord) -> bool:
    if is_bank_order(found):
        return await venue.fiat.withdrawals.cancel(found.account, found.hold_id)
    if found.reason == _WITHDRAWAL:
        return (await venue.withdrawals.cancel(found.account, found.hold_id)).reject is None
    return await venue.holds.release(found)


def _row(venue: Venue, found: HoldRecord) -> HoldRow:
    return HoldRow(
        found.hold_id, name_of(venue, found.account), code_of(venue, found.asset),
        amount_text(venue, found.amount, found.asset), _purpose(venue, found), instant_text(found.time_ns),
    )  # fmt: skip


def _purpose(venue: Venue, found: HoldRecord) -> str:
    if is_transfer(found):
        return "transfer to another customer"
    if found.reason != _WITHDRAWAL:
        return TransferReason(found.reason).name.lower()
    if is_bank_order(found):
        return "withdrawal by bank"
    network = venue.withdrawals.of_record(found).network
    return f"withdrawal over {network}" if network else "withdrawal by hand"
