"""Accounts and their money outside trades: opening, deposits, transfers, balances."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from bedesten.domain.commands import OpenAccount, SetAccount, Transfer
from bedesten.domain.enums import AccountParameter, RejectReason, TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import AccountNamed, Note
from bedesten.domain.otc import DESK
from bedesten.services.accounts.fold_accounts import AccountsFold
from bedesten.services.errors import NameRefused, NameTaken, OutOfRange
from bedesten.services.instruments import Catalogue
from bedesten.services.sequencing.sequencer import Sequencer, Submission
from bedesten.services.store_types import Account

__all__ = ["FEES", "FIRST_CUSTOMER", "OUTSIDE", "TAX", "Account", "Accounts", "Balance", "TransferOutcome"]

OUTSIDE: Final = 0  # the world: what it owes the venue stands here as a negative balance
FEES: Final = 1
TAX: Final = 2
FIRST_CUSTOMER: Final = 16  # the numbers below are the venue's own

NAME_CHARS_MAX: Final = 64  # in lists and answers it stands beside other columns

_SYSTEM: Final = (
    Account(OUTSIDE, "outside", True), Account(FEES, "fees", True), Account(TAX, "tax", True), Account(DESK, "desk", True),
)  # fmt: skip
_SYSTEM_BY_ID: Final = {account.id: account for account in _SYSTEM}
_SYSTEM_BY_NAME: Final = {account.name: account for account in _SYSTEM}


class Balance(NamedTuple):
    """What an account has of an asset. Units: minor units."""

    asset: Asset
    total: int
    held: int

    @property
    def available(self) -> int:
        """What is not held."""
        return self.total - self.held


class TransferOutcome(NamedTuple):
    """What came of a transfer; seq is its reference."""

    reject: RejectReason | None
    seq: int
    time_ns: int


class Accounts:
    """The accounts by number and by name."""

    def __init__(self, sequencer: Sequencer, catalogue: Catalogue) -> None:
        self._sequencer = sequencer
        self._catalogue = catalogue
        self._fold = sequencer.state.folds.of(AccountsFold)
        self._claimed: set[str] = set()  # names whose accounts are being opened
        self._next_id = max([FIRST_CUSTOMER, *(number + 1 for number in self._fold.by_id)])

    async def open(
        self, name: str, *, parent: int = 0, is_suspended: bool = False,
        beside: Callable[[int], Awaitable[Sequence[Note]]] | None = None,
    ) -> Account:  # fmt: skip
        """Open an account for a customer, as a sub-account of *parent* if that is one's number, and suspended if told.

        *beside*: returns what else is told by the command, for the account's number.

        Raises: NameTaken, NameRefused, Overloaded, Stopped.
        """
        if (
            len(name) > NAME_CHARS_MAX or not name.isprintable()
        ):  # a journaled text that is no UTF-8 would stop the venue
            raise NameRefused(f"an account's name has at most {NAME_CHARS_MAX} characters, all of them printable")
        if not name or name in self._claimed or self.by_name(name) is not None:
            raise NameTaken(f"an account {name!r} exists already" if name else "an account needs a name")
        number = self._next_id
        self._next_id += 1
        self._claimed.add(name)  # so that the name is not given twice while the command waits
        try:
            told = () if beside is None else await beside(number)
            group = _opening(number, (AccountNamed(name, parent), *told), is_suspended)
            opened, *_ = self._sequencer.submit_group(group)
            result = await opened
        finally:
            self._claimed.discard(name)
        if any(isinstance(event, Rejected) for event in result.events):
            raise NameTaken(f"account number {number} is in use")
        return Account(number, name)

    def by_name(self, name: str) -> Account | None:
        """Return the account of that name."""
        return _SYSTEM_BY_NAME.get(name) or self._fold.by_name.get(name)

    def resembles(self, name: str) -> bool:
        """Return whether an account, the venue's own included, has that name in any case."""
        return any(name.lower() == each.lower() for each in (*_SYSTEM_BY_NAME, *self._fold.by_name, *self._claimed))

    def by_id(self, account_id: int) -> Account | None:
        """Return the account of that number."""
        return self._fold.by_id.get(account_id) or _SYSTEM_BY_ID.get(account_id)

    def all(self) -> list[Account]:
        """Return every account, the venue's own included, lowest number first."""
        return sorted((*_SYSTEM, *self._fold.by_id.values()), key=lambda account: account.id)

    async def deposit(self, account: int, asset_code: str, amount: int) -> TransferOutcome:
        """Credit an account with money from outside.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        return await self.transfer(OUTSIDE, account, asset_code, amount, TransferReason.DEPOSIT)

    async def transfer(
        self,
        account: int,
        to_account: int,
        asset_code: str,
        amount: int,
        reason: TransferReason = TransferReason.INTERNAL,
    ) -> TransferOutcome:
        """Move what is available on one account to another.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        asset = self._catalogue.asset(asset_code)
        if asset is None:
            return TransferOutcome(RejectReason.UNKNOWN_ASSET, 0, 0)
        command = Transfer(account=account, to_account=to_account, asset=asset.id, amount=amount, reason=reason)
        try:
            result = await self._sequencer.submit(command)
        except OutOfRange:
            return TransferOutcome(RejectReason.AMOUNT_OUT_OF_RANGE, 0, 0)
        for event in result.events:
            if isinstance(event, Rejected):
                return TransferOutcome(RejectReason(event.reason), result.seq, result.time_ns)
        return TransferOutcome(None, result.seq, result.time_ns)

    async def balances(self, account: int) -> list[Balance]:
        """Return what the account has of every listed asset, zeros included, in the catalogue's order."""
        rows = await self._sequencer.read(lambda machine: machine.balances(account))
        touched = {asset: (total, held) for asset, total, held in rows}
        return [Balance(asset, *touched.get(asset.id, (0, 0))) for asset in self._catalogue.assets]

    async def balance(self, account: int, asset: Asset) -> Balance:
        """Return what the account has of one asset."""
        return Balance(asset, *await self._sequencer.read(lambda machine: machine.balance(account, asset.id)))


def _opening(number: int, told: Sequence[Note], is_suspended: bool) -> list[Submission]:
    suspension = Submission(SetAccount(account=number, parameter=AccountParameter.SUSPENDED, value=1))
    return [Submission(OpenAccount(account=number), told), *([suspension] if is_suspended else [])]
