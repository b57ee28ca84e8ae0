"""Sub-accounts: accounts that belong to another one, and money that moves within the family.

Owns their opening and their transfers; who belongs to whom is families', the money is the ledger's. A main account moves money
between any two of its family, a sub-account only its own. Several assets of one request are checked together before any moves.
Invariant: money moves only where whoever asks and whoever gives may transfer, and whoever takes may be paid.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from bedesten.core import Machine
from bedesten.domain.commands import Transfer
from bedesten.domain.enums import RejectReason, TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.services.errors import NameRefused, NameTaken, Overloaded
from bedesten.services.keys import Keys
from bedesten.services.money.accounts import Accounts
from bedesten.services.money.families import Families
from bedesten.services.money.once import IDS_MAX, AlreadyUsed, Once
from bedesten.services.ports import NS_MAX, Store
from bedesten.services.records import Account, TransferRecord
from bedesten.services.sequencing.sequencer import Result, Sequencer
from bedesten.services.standing import Act, Standing
from bedesten.services.threads import histories

__all__ = ["Portion", "Subaccounts", "SubTransferRefusal"]

SUBACCOUNTS_MAX: Final = 200  # of one main account: each is looked through for its history
HISTORY_MAX: Final = 10_000  # transfers of one account that are looked at for a history
NOTE_MARK: Final = '{"family":'

_INTERNAL: Final = int(TransferReason.INTERNAL)


class SubTransferRefusal(enum.Enum):
    """Why nothing moved within a family; the last two say what became of what had moved."""

    NOT_FAMILY = "not two accounts of one family"
    NOT_YOURS = "a sub-account moves its own money alone"
    MALFORMED = "nothing to move, or an asset twice"
    ID_USED = "the id was used for another transfer"
    SUSPENDED = "the account may not transfer, or the other one not be paid"
    INSUFFICIENT_AVAILABLE = "insufficient balance"
    GIVEN_BACK = "one of several was refused; what had moved was given back"
    PARTLY_MOVED = "one of several was refused; what had moved could not be given back"


class Portion(NamedTuple):
    """How much of an asset is to move. Units: minor units; None: all that is available."""

    asset: Asset
    amount: int | None


class _Terms(msgspec.Struct, frozen=True, kw_only=True):
    account: int  # whose request it was
    id: str = ""
    asked: str = ""
    is_return: bool = False


class FamilyNote(msgspec.Struct, frozen=True, kw_only=True):
    """What is journaled beside each transfer of a request."""

    family: _Terms


class Page(NamedTuple):
    """A part of a history, and how long it is."""

    rows: list[TransferRecord]
    total: int


class Subaccounts:
    """The families' sub-accounts."""

    def __init__(
        self, sequencer: Sequencer, store: Store, accounts: Accounts, keys: Keys, families: Families, standing: Standing
    ) -> None:
        self._sequencer = sequencer
        self._store = store
        self._accounts = accounts
        self._keys = keys
        self._families = families
        self._standing = standing
        self.main_of = families.main_of
        self.family = families.family
        self._once: Once[SubTransferRefusal | None] = Once()
        for _, text in store.notes(NOTE_MARK, IDS_MAX):
            done = msgspec.json.decode(text, type=FamilyNote).family
            if done.is_return:
                self._once.forget(done.account, done.id)
            else:
                self._once.remember(done.account, done.id, done.asked, None)

    async def open(self, name: str, parent: Account) -> Account:
        """Open a sub-account, or go on with one whose opening a crash cut short.

        Raises: NameRefused, NameTaken, Overloaded, Stopped.
        """
        if parent.is_system or self._families.is_sub(parent.id):
            raise NameRefused(f"{parent.name!r} cannot have sub-accounts")
        if len(self.family(parent.id)) > SUBACCOUNTS_MAX:
            raise NameRefused(f"an account has at most {SUBACCOUNTS_MAX} sub-accounts")
        account = self._accounts.by_name(name)
        if account is None:
            account = await self._accounts.open(name)
        elif not await self._is_unused(account, parent):
            raise NameTaken(f"an account {name!r} exists already")
        await self._families.adopt(account.id, parent.id)
        if self._standing.is_suspended(account.id):
            await self._standing.renew(account.id)
        return account

    async def _is_unused(self, account: Account, parent: Account) -> bool:
        if (
            account.is_system
            or account.id == parent.id
            or len(self.family(account.id)) > 1
            or self._keys.list(account.id)
        ):
            return False
        return not await self._sequencer.read(lambda machine: machine.balances(account.id))

    # ── money within the family ──

    async def transfer(
        self, account: int, source: str, target: str, portions: Sequence[Portion], *, client_id: str = ""
    ) -> SubTransferRefusal | None:
        """Move money between two of a family by name, at the wish of one of them; None: it moved.

        A client's id makes it safe to ask again: the same answer, and nothing more is moved.
        Raises: Overloaded, Stopped.
        """
        ends = [self._accounts.by_name(name) for name in (source, target)]
        family = self.family(account)
        if any(end is None or end.id not in family for end in ends) or ends[0] == ends[1]:
            return SubTransferRefusal.NOT_FAMILY
        giver, taker = (end.id for end in ends if end is not None)
        if account not in (family[0], giver):
            return SubTransferRefusal.NOT_YOURS
        if not portions or len({each.asset.id for each in portions}) < len(portions):
            return SubTransferRefusal.MALFORMED
        asked = _digest(giver, taker, portions)
        terms = _Terms(account=account, id=client_id, asked=asked if client_id else "")
        try:
            return await self._once.run(
                account, client_id, asked, lambda: self._move(giver, taker, portions, terms),
                lambda done: done in (None, SubTransferRefusal.PARTLY_MOVED),
            )  # fmt: skip
        except AlreadyUsed:
            return SubTransferRefusal.ID_USED

    async def _move(
        self, giver: int, taker: int, portions: Sequence[Portion], terms: _Terms
    ) -> SubTransferRefusal | None:
        if not self._may_move(terms.account, giver, taker):
            return SubTransferRefusal.SUSPENDED

        def weigh(machine: Machine) -> list[tuple[int, int, int]]:
            return [(each.asset.id, *machine.balance(giver, each.asset.id)) for each in portions]

        amounts = []
        for (asset, total, held), portion in zip(await self._sequencer.read(weigh), portions, strict=True):
            amount = total - held if portion.amount is None else portion.amount
            if not 0 < amount <= total - held:
                return SubTransferRefusal.INSUFFICIENT_AVAILABLE
            amounts.append((asset, amount))
        return await self._carry(giver, taker, amounts, terms)

    async def _carry(
        self, giver: int, taker: int, amounts: Sequence[tuple[int, int]], terms: _Terms
    ) -> SubTransferRefusal | None:
        if not self._may_move(terms.account, giver, taker):
            return SubTransferRefusal.SUSPENDED
        # Handed in without a pause between them: nothing of anybody else's comes between, and they share one commit.
        pending: list[asyncio.Future[Result]] = []
        try:
            for each in amounts:
                pending.append(self._sequencer.submit(_moved(giver, taker, *each), text=_note(terms)))
        except Overloaded:
            if not pending:
                raise
        reasons = [_reason(await each) for each in pending]
        moved = [each for each, reason in zip(amounts, reasons, strict=False) if reason is None]
        if len(moved) == len(amounts):
            return None
        if not moved:
            suspended = RejectReason.ACCOUNT_SUSPENDED in reasons
            return SubTransferRefusal.SUSPENDED if suspended else SubTransferRefusal.INSUFFICIENT_AVAILABLE
        returned = _note(msgspec.structs.replace(terms, is_return=True))
        back = [await self._sequencer.submit(_moved(taker, giver, *each), text=returned) for each in moved]
        given_back = all(_reason(result) is None for result in back)
        return SubTransferRefusal.GIVEN_BACK if given_back else SubTransferRefusal.PARTLY_MOVED

    def _may_move(self, asker: int, giver: int, taker: int) -> bool:
        may = self._standing.may
        return may(asker, Act.TRANSFER) and may(giver, Act.TRANSFER) and may(taker, Act.BE_PAID)

    async def history(
        self, account: int, *, start_ns: int = 0, end_ns: int = NS_MAX, skip: int = 0, limit: int
    ) -> Page:
        """Return the transfers within the family, newest first: all of them to the main account, its own to a sub-account."""
        family = self.family(account)
        looked = family if account == family[0] else [account]
        members = set(family)
        await self._sequencer.settled()

        def read() -> list[TransferRecord]:
            found: dict[int, TransferRecord] = {}
            for each in looked:
                rows = self._store.transfers(
                    each, reasons=(_INTERNAL,), start_ns=start_ns, end_ns=end_ns, limit=HISTORY_MAX
                )
                found |= {row.seq: row for row in rows if members >= {row.account, row.to_account}}
            return sorted(found.values(), key=lambda row: -row.seq)

        rows = await histories.run(read) if len(family) > 1 else []
        return Page(rows[skip : skip + limit], len(rows))


def _moved(giver: int, taker: int, asset: int, amount: int) -> Transfer:
    return Transfer(account=giver, to_account=taker, asset=asset, amount=amount, reason=_INTERNAL)


def _digest(giver: int, taker: int, portions: Sequence[Portion]) -> str:
    """Return what tells one request from another: it is journaled beside each of its transfers, so it must be short."""
    told = f"{giver}>{taker}:{','.join(f'{each.asset.id}={each.amount}' for each in portions)}"
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _note(terms: _Terms) -> str:
    return msgspec.json.encode(FamilyNote(family=terms)).decode()


def _reason(result: Result) -> RejectReason | None:
    return next((RejectReason(event.reason) for event in result.events if isinstance(event, Rejected)), None)
