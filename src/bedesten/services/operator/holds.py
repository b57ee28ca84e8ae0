"""What an operator may ask about money that is held for something other than an order: what there is, and to give it back.

Called by name through services.operations. Owns the translation between an operator's words and the services. Never gives back
what is being paid: that ends where it was begun, at the chain or at the bank.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bedesten.domain.enums import TransferReason
from bedesten.domain.money import to_text
from bedesten.services.errors import OperationRefused
from bedesten.services.fiat.withdrawals import is_bank_order
from bedesten.services.money.held_transfers import is_transfer
from bedesten.services.operator.typed import instant_text
from bedesten.services.records import HoldRecord
from bedesten.services.venue import Venue

Answer = list[dict[str, Any]]

SHOWN_MAX: Final = 10_000  # in one list; whoever looks for older ones names the account
_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)


class HoldOperations:
    """The operator's requests about held money."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.calls: Mapping[str, Callable[..., Awaitable[Answer]]] = {
            "holds": self.holds,
            "release_hold": self.release,
        }

    async def holds(self, account: str | None = None) -> Answer:
        """Return what is held now besides orders, of one account or of all, oldest first."""
        owner = None if account is None else self._named(account)
        return [self._row(each) for each in await self._venue.holds.open(owner, limit=SHOWN_MAX)]

    async def release(self, id: int) -> Answer:
        """Give what is held under that number back to its account, while nothing was paid for it."""
        row = await self._venue.holds.find(id)
        if row is None:
            raise OperationRefused(f"nothing is held under number {id}; `bedesten holds` lists what is")
        if not await self._released(row):
            raise OperationRefused(
                f"hold {id} is being paid, or was given back meanwhile: it ends with what the chain or the bank says of it"
            )
        return [self._row(row)]

    async def _released(self, row: HoldRecord) -> bool:
        if is_bank_order(row):
            return await self._venue.fiat.withdrawals.cancel(row.account, row.hold_id)
        if row.reason == _WITHDRAWAL:
            return (await self._venue.withdrawals.cancel(row.account, row.hold_id)).reject is None
        return await self._venue.holds.release(row)

    def _row(self, row: HoldRecord) -> dict[str, Any]:
        account, asset = self._venue.accounts.by_id(row.account), self._venue.catalogue.asset_by_id(row.asset)
        return {
            "id": row.hold_id,
            "account": account.name if account else str(row.account),
            "asset": asset.code if asset else str(row.asset),
            "amount": to_text(row.amount, scale=asset.scale if asset else 0),
            "for": self._purpose(row),
            "since": instant_text(row.time_ns),
        }

    def _purpose(self, row: HoldRecord) -> str:
        if is_transfer(row):
            return "transfer to another customer"
        if row.reason != _WITHDRAWAL:
            return TransferReason(row.reason).name.lower()
        if is_bank_order(row):
            return "withdrawal by bank"
        network = self._venue.withdrawals.of_record(row).network
        return f"withdrawal over {network}" if network else "withdrawal by hand"

    def _named(self, name: str) -> int:
        account = self._venue.accounts.by_name(name)
        if account is None:
            raise OperationRefused(f"there is no account {name!r}; open it first")
        return account.id
