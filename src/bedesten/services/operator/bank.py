"""What an operator may ask about money by bank: bank accounts, deposits that arrived, withdrawals to pay.

Called by name through services.operations. Owns the translation between an operator's words and the fiat services.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bedesten.domain.instruments import Asset
from bedesten.domain.money import to_text
from bedesten.services.fiat.bank_accounts import BankAccount, BankRefused, deposit_number, depositor
from bedesten.services.fiat.deposits import BankTransfer, DepositRefusal
from bedesten.services.fiat.withdrawals import BeginRefusal, FiatWithdrawal
from bedesten.services.operator.typed import amount_of
from bedesten.services.records import Account
from bedesten.services.standing import Act
from bedesten.services.venue import Venue

Answer = list[dict[str, Any]]

CURRENCY: Final = "TWD"  # unless another one is named


class BankOperations:
    """The operator's requests about banks."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._fiat = venue.fiat
        self.calls: Mapping[str, Callable[..., Awaitable[Answer]]] = {
            "bank_accounts": self.accounts,
            "add_bank_account": self.add_account,
            "verify_bank_account": self.verify_account,
            "reject_bank_account": self.reject_account,
            "remove_bank_account": self.remove_account,
            "bank_deposit": self.deposit,
            "bank_withdrawals": self.withdrawals,
            "begin_bank_withdrawal": self.begin,
            "bank_withdrawal_paid": self.paid,
            "bank_withdrawal_failed": self.failed,
        }

    async def accounts(self, account: str | None = None) -> Answer:
        """Return bank accounts of customers, of one or of all."""
        rows = self._fiat.bank_accounts
        found = rows.all() if account is None else rows.of(self._named(account).id)
        return [self._account_row(row) for row in found]

    async def add_account(
        self, account: str, bank: str, number: str, holder: str, branch: str = "", asset: str = CURRENCY
    ) -> Answer:
        """Enter a customer's bank account that the operator has verified."""
        row = await self._fiat.bank_accounts.add(
            self._named(account).id, self._asset(asset).id, bank=bank, branch=branch, number=number, holder=holder,
            is_verified=True,
        )  # fmt: skip
        return [self._account_row(row)]

    async def verify_account(self, id: int) -> Answer:
        """Say that a bank account is the customer's."""
        return [self._account_row(await self._fiat.bank_accounts.verify(id))]

    async def reject_account(self, id: int) -> Answer:
        """Say that a bank account is not the customer's."""
        return [self._account_row(await self._fiat.bank_accounts.reject(id))]

    async def remove_account(self, id: int) -> Answer:
        """Use a bank account no more."""
        return [self._account_row(await self._fiat.bank_accounts.remove(id))]

    async def deposit(
        self, to: str, amount: str, reference: str, asset: str = CURRENCY, bank: str = "", number: str = "",
        holder: str = "",
    ) -> Answer:  # fmt: skip
        """Credit what arrived at the bank. *to*: an account's name, or the number of its deposit account."""
        found, owner = self._asset(asset), self._receiver(to, asset)
        told = BankTransfer(
            account=owner.id, asset=found.id, amount=amount_of(amount, found), reference=reference,
            bank=bank, number=number, holder=holder,
        )  # fmt: skip
        standing = self._venue.standing
        done = await self._fiat.deposits.credit(found, told, may=lambda: standing.may(owner.id, Act.FIAT_DEPOSIT))
        if isinstance(done, DepositRefusal):
            raise BankRefused(f"the deposit was not credited: {done.value}")
        return [{"account": owner.name, "asset": found.code, "amount": amount, "reference": reference, "seq": done.seq}]

    async def withdrawals(self) -> Answer:
        """Return the withdrawals by bank that have not ended, oldest first."""
        return [self._withdrawal_row(row) for row in await self._fiat.withdrawals.open()]

    async def begin(self, id: int) -> Answer:
        """Begin to pay a withdrawal: from now on the customer cannot cancel it."""
        refusal = await self._fiat.withdrawals.begin(id)
        if refusal is not None:
            raise BankRefused(
                f"withdrawal {id} cannot be paid now: {refusal.value}; pay nothing. One that was begun before, and that the "
                f"bank was not told of, is given back by `bank failed {id}`"
                if refusal is not BeginRefusal.NOT_WAITING
                else f"withdrawal {id} cannot be paid now: {refusal.value}; pay nothing"
            )
        found = await self._fiat.withdrawals.find(id)
        return [] if found is None else [self._withdrawal_row(found)]

    async def paid(self, id: int, reference: str = "") -> Answer:
        """Say that the bank paid a withdrawal that was begun."""
        if not await self._fiat.withdrawals.paid(id, reference):
            raise BankRefused(f"withdrawal {id} is not being paid; begin it first")
        return []

    async def failed(self, id: int) -> Answer:
        """Say that the bank will not pay a withdrawal that was begun: it is given back."""
        if not await self._fiat.withdrawals.failed(id):
            raise BankRefused(f"withdrawal {id} is not being paid; begin it first")
        return []

    # ── inside ──

    def _named(self, name: str) -> Account:
        account = self._venue.accounts.by_name(name)
        if account is None:
            raise BankRefused(f"there is no account {name!r}; open it first")
        return account

    def _asset(self, code: str) -> Asset:
        asset = self._venue.catalogue.asset(code)
        if asset is None or self._fiat.terms.currency(asset.id) is None:
            raise BankRefused(f"{code!r} does not move by bank; fiat.currencies of the venue file names what does")
        return asset

    def _receiver(self, to: str, code: str) -> Account:
        currency = self._fiat.terms.currency(self._asset(code).id)
        owner = None if currency is None else depositor(currency, to)
        found = self._venue.accounts.by_id(owner) if owner is not None else None
        return found if found is not None and not found.is_system else self._named(to)

    def _account_row(self, row: BankAccount) -> dict[str, Any]:
        account, asset = self._venue.accounts.by_id(row.account), self._venue.catalogue.asset_by_id(row.asset)
        currency = self._fiat.terms.currency(row.asset)
        return {
            "id": row.id,
            "account": account.name if account else str(row.account),
            "asset": asset.code if asset else str(row.asset),
            "bank": row.bank,
            "branch": row.branch,
            "number": row.number,
            "holder": row.holder,
            "state": row.state.value,
            "deposits_to": deposit_number(currency, row.account) if currency else "",
        }

    def _withdrawal_row(self, row: FiatWithdrawal) -> dict[str, Any]:
        account, asset = self._venue.accounts.by_id(row.account), self._venue.catalogue.asset_by_id(row.asset)
        return {
            "id": row.id,
            "account": account.name if account else str(row.account),
            "asset": asset.code if asset else str(row.asset),
            "amount": to_text(row.amount, scale=asset.scale if asset else 0),
            "bank": row.bank,
            "branch": row.branch,
            "number": row.number,
            "holder": row.holder,
            "state": row.state.value,
        }
