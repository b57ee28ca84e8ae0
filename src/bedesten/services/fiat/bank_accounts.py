"""Bank accounts: those of customers, to which money is paid out, and the venue's own, one for every customer to pay into.

Owns who has which account and whether it was verified. Never moves money. Invariant: money is paid out to a verified account of
the customer's own and to no other; a deposit account is one customer's for ever, since its number follows from the customer's.
"""

from __future__ import annotations

import asyncio
import enum
import re
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.fiat import FiatCurrency, FiatTerms
from bedesten.domain.notes import BankAccountSaved
from bedesten.services.errors import ServiceError
from bedesten.services.fiat.bearers import Bearer, account_purpose, open_bearer, seal_bearer
from bedesten.services.fiat.fold_bank_accounts import BankAccountsFold
from bedesten.services.ports import DataKeys
from bedesten.services.sequencing.sequencer import Sequencer

OF_CUSTOMER_MAX: Final = 20  # more than one person has
NUMBER: Final = re.compile(r"[0-9A-Z]{5,34}")  # an account's number: from the shortest in use to the longest IBAN
HOLDER_CHARS_MAX: Final = 100
DEPOSIT_DIGITS: Final = 8  # of the customer's number, in that of his deposit account
_BASE: Final = 10


class BankRefused(ServiceError):
    """What was asked of a bank account cannot be; the message says why."""


class BankState(enum.Enum):
    """Where a customer's bank account stands."""

    PENDING = "pending"  # waits for the operator's look at the document
    VERIFIED = "verified"
    REJECTED = "rejected"
    REMOVED = "removed"


class BankAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a customer's at a bank. *asset*: what it is held in."""

    id: int
    account: int
    asset: int
    bank: str
    branch: str
    number: str
    holder: str
    state: BankState
    created_ns: int


class BankAccounts:
    """Every customer's."""

    def __init__(self, sequencer: Sequencer, vault: DataKeys, clock: Clock, terms: FiatTerms) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._terms = terms
        self._fold = sequencer.state.folds.of(BankAccountsFold)
        self._changing = (
            asyncio.Lock()
        )  # one at a time, so that a number is not given twice, nor an account entered twice

    def find(self, bank_account_id: int) -> BankAccount | None:
        """Return a bank account by its number in the venue. Raises: SealBroken when it was altered where it is kept."""
        saved = self._fold.saved.get(bank_account_id)
        return None if saved is None else self._opened(saved)

    def of(self, account: int, asset: int | None = None) -> list[BankAccount]:
        """Return a customer's bank accounts that were not removed, oldest first; of one asset or of all."""
        return [
            self._opened(row)
            for row in self._fold.saved.values()
            if row.account == account and asset in (None, row.asset) and row.state != BankState.REMOVED.value
        ]

    def all(self) -> list[BankAccount]:
        """Return every bank account, oldest first."""
        return [self._opened(row) for row in self._fold.saved.values()]

    def _opened(self, saved: BankAccountSaved) -> BankAccount:
        purpose = account_purpose(saved.id)
        bearer = open_bearer(self._vault, saved.account, saved.bearer, saved.by_venue, purpose)
        return BankAccount(
            id=saved.id, account=saved.account, asset=saved.asset, bank=saved.bank, branch=saved.branch,
            number=bearer.number, holder=bearer.holder, state=BankState(saved.state), created_ns=saved.created_ns,
        )  # fmt: skip

    def verified(self, account: int, asset: int) -> list[BankAccount]:
        """Return those that money may be paid out to."""
        return [row for row in self.of(account, asset) if row.state is BankState.VERIFIED]

    async def add(
        self, account: int, asset: int, *, bank: str, branch: str, number: str, holder: str, is_verified: bool = False
    ) -> BankAccount:
        """Enter a customer's bank account; the same one again is the one that there is.

        Raises: BankRefused, Overloaded, Stopped.
        """
        self._check(asset, bank, branch, number, holder)
        state = BankState.VERIFIED if is_verified else BankState.PENDING
        row = BankAccount(
            id=0, account=account, asset=asset, bank=bank, branch=branch, number=number, holder=holder, state=state,
            created_ns=self._clock.now_ns(),
        )  # fmt: skip
        async with self._changing:
            return await self._add(row)

    async def _add(self, asked: BankAccount) -> BankAccount:
        account = asked.account
        for row in self.of(account, asked.asset):
            if (row.bank, row.number) == (asked.bank, asked.number):
                return await self._become(row.id, BankState.VERIFIED) if asked.state is BankState.VERIFIED else row
        if len(self.of(account)) >= OF_CUSTOMER_MAX:
            raise BankRefused(f"a customer has at most {OF_CUSTOMER_MAX} bank accounts; remove one first")
        return await self._keep(msgspec.structs.replace(asked, id=max(self._fold.saved, default=0) + 1))

    async def verify(self, bank_account_id: int) -> BankAccount:
        """Let money be paid out to a bank account.

        Raises: BankRefused, Overloaded, Stopped.
        """
        return await self._change(bank_account_id, BankState.VERIFIED)

    async def reject(self, bank_account_id: int) -> BankAccount:
        """Say that a bank account is not the customer's, or could not be told to be.

        Raises: BankRefused, Overloaded, Stopped.
        """
        return await self._change(bank_account_id, BankState.REJECTED)

    async def remove(self, bank_account_id: int) -> BankAccount:
        """Use a bank account no more.

        Raises: BankRefused, Overloaded, Stopped.
        """
        return await self._change(bank_account_id, BankState.REMOVED)

    def _check(self, asset: int, bank: str, branch: str, number: str, holder: str) -> None:
        known = self._terms.bank(bank)
        if self._terms.currency(asset) is None:
            raise BankRefused(
                "this currency does not move by bank; fiat.currencies of the venue file names those that do"
            )
        if known is None or (branch and known.branch(branch) is None):
            raise BankRefused(
                f"there is no bank {bank!r} with a branch {branch!r}; fiat.banks of the venue file has them"
            )
        if not NUMBER.fullmatch(number):
            raise BankRefused("an account's number is 5 to 34 digits and capital letters")
        if not 0 < len(holder) <= HOLDER_CHARS_MAX or not holder.isprintable():
            raise BankRefused(f"an account's holder is a name of at most {HOLDER_CHARS_MAX} characters")

    async def _change(self, bank_account_id: int, state: BankState) -> BankAccount:
        async with self._changing:
            return await self._become(bank_account_id, state)

    async def _become(self, bank_account_id: int, state: BankState) -> BankAccount:
        row = self.find(bank_account_id)
        if row is None or row.state is BankState.REMOVED:
            raise BankRefused(f"there is no bank account {bank_account_id}")
        return row if row.state is state else await self._keep(msgspec.structs.replace(row, state=state))

    async def _keep(self, row: BankAccount) -> BankAccount:
        await self._sequencer.submit(RecordNote(), notes=(note_of(row, self._vault),))
        return row


def note_of(row: BankAccount, vault: DataKeys) -> BankAccountSaved:
    """Return what the log says of a bank account."""
    bearer, by_venue = seal_bearer(vault, row.account, Bearer(row.number, row.holder), account_purpose(row.id))
    return BankAccountSaved(
        row.id, row.account, row.asset, row.bank, row.branch, row.state.value, row.created_ns, bearer, by_venue
    )


def deposit_number(currency: FiatCurrency, account: int) -> str:
    """Return the number of a customer's deposit account: prefix, the customer's number, and a check digit (ISO/IEC 7812)."""
    digits = f"{currency.account_prefix}{account:0{DEPOSIT_DIGITS}d}"
    return digits + str(-_luhn(digits) % _BASE)


def depositor(currency: FiatCurrency, number: str) -> int | None:
    """Return whose deposit account a number is: None when it is none or its check digit is wrong."""
    body = number.removeprefix(currency.account_prefix)[:-1]
    if not (body.isascii() and body.isdigit()) or deposit_number(currency, int(body)) != number:
        return None
    return int(body)


def _luhn(digits: str) -> int:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - at % 2)
        total += value - 9 if value >= _BASE else value
    return total
