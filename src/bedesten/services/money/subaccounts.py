"""Sub-accounts: accounts that belong to another one, and money that moves within the family.

Owns their opening and their transfers; who belongs to whom is families', the money is the ledger's. A main account moves money
between any two of its family, a sub-account only its own. The assets of one request are one group of commands: all move, or none.
Invariant: money moves only where whoever asks and whoever gives may transfer, and whoever takes may be paid.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from bedesten.core import Machine
from bedesten.core.errors import InvariantError
from bedesten.domain.commands import RecordNote, Transfer
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import AccountAdopted, FamilyMoved
from bedesten.services.accounts.accounts import Accounts
from bedesten.services.accounts.families import Families
from bedesten.services.accounts.keys import Keys
from bedesten.services.errors import NameRefused, NameTaken
from bedesten.services.idempotency.fold_ids import FamilyIds
from bedesten.services.idempotency.once import AlreadyUsed, Once
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.sequencing.sequencer import Sequencer, Submission
from bedesten.services.standing.standing import Act, Standing
from bedesten.services.store_types import Account, TransferRecord
from bedesten.services.threads import histories

__all__ = ["Portion", "Subaccounts", "SubTransferRefusal"]

SUBACCOUNTS_MAX: Final = 200  # of one main account: each is looked through for its history
PAGE: Final = 1_000  # transfers read at a time

_INTERNAL: Final = int(TransferReason.INTERNAL)


class SubTransferRefusal(enum.Enum):
    """Why nothing moved within a family."""

    NOT_FAMILY = "not two accounts of one family"
    NOT_YOURS = "a sub-account moves its own money alone"
    MALFORMED = "nothing to move, or an asset twice"
    ID_USED = "the id was used for another transfer"
    SUSPENDED = "the account may not transfer, or the other one not be paid"
    INSUFFICIENT_AVAILABLE = "insufficient balance"


class Portion(NamedTuple):
    """How much of an asset is to move. Units: minor units; None: all that is available."""

    asset: Asset
    amount: int | None


class Page(NamedTuple):
    """A part of a history, and how long it is."""

    rows: list[TransferRecord]
    total: int


class Subaccounts:
    """The families' sub-accounts."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, accounts: Accounts, keys: Keys, families: Families, standing: Standing
    ) -> None:
        self._sequencer = sequencer
        self._rows = rows
        self._accounts = accounts
        self._keys = keys
        self._families = families
        self._standing = standing
        self.main_of = families.main_of
        self.family = families.family
        self._opening = asyncio.Lock()  # one at a time, so that nobody comes to have too many, or two main accounts
        self._ids = sequencer.state.folds.of(FamilyIds)
        self._once: Once[SubTransferRefusal | None] = Once(self._known)

    async def open(self, name: str, parent: Account) -> Account:
        """Open a sub-account, or make one of an account that nothing was done with yet.

        Raises: NameRefused, NameTaken, Overloaded, Stopped.
        """
        async with self._opening:
            return await self._open(name, parent)

    async def _open(self, name: str, parent: Account) -> Account:
        if parent.is_system or self._families.is_sub(parent.id):
            raise NameRefused(f"{parent.name!r} cannot have sub-accounts")
        if len(self.family(parent.id)) > SUBACCOUNTS_MAX:
            raise NameRefused(f"an account has at most {SUBACCOUNTS_MAX} sub-accounts")
        account = self._accounts.by_name(name)
        if account is None:
            return await self._accounts.open(
                name, parent=parent.id, is_suspended=self._standing.is_suspended(parent.id)
            )
        adoption = Submission(RecordNote(), (AccountAdopted(account.id, parent.id),))
        adopted = self._sequencer.submit_first(
            lambda machine: [adoption] if self._is_unused(machine, account, parent) else []
        )
        if not adopted:
            raise NameTaken(f"an account {name!r} exists already")
        await adopted[0]
        if self._standing.is_suspended(account.id):
            await self._standing.renew(account.id)
        return account

    def _is_unused(self, machine: Machine, account: Account, parent: Account) -> bool:
        return not (
            account.is_system
            or account.id == parent.id
            or len(self.family(account.id)) > 1
            or self._keys.list(account.id)
            or machine.balances(account.id)
        )

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
        moved = FamilyMoved(account, client_id, asked if client_id else "")
        try:
            return await self._once.run(account, client_id, asked, lambda: self._move(giver, taker, portions, moved))
        except AlreadyUsed:
            return SubTransferRefusal.ID_USED

    async def _move(
        self, giver: int, taker: int, portions: Sequence[Portion], note: FamilyMoved
    ) -> SubTransferRefusal | None:
        refusal: SubTransferRefusal | None = None

        def rehearse(machine: Machine) -> list[Submission]:
            nonlocal refusal
            if not self._may_move(note.account, giver, taker) or machine.is_suspended(giver):
                refusal = SubTransferRefusal.SUSPENDED
                return []
            amounts = _amounts(machine, giver, portions)
            if amounts is None:
                refusal = SubTransferRefusal.INSUFFICIENT_AVAILABLE
                return []
            group = [Submission(_moved(giver, taker, *each)) for each in amounts]
            group[-1] = group[-1]._replace(notes=(note,))
            return group

        for result in await self._sequencer.submit_whole(rehearse):
            for event in result.events:
                if isinstance(event, Rejected):
                    raise InvariantError(f"a transfer within a family was found possible and refused: {event}")
        return refusal

    def _known(self, account: int, id: str) -> tuple[str, None] | None:
        found = self._ids.find(account, id)
        return (found[1].asked, None) if found is not None and isinstance(found[1], FamilyMoved) else None

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
                before_id = NS_MAX
                while rows := self._rows.transfers(
                    each, reasons=(_INTERNAL,), start_ns=start_ns, end_ns=end_ns, before_id=before_id, limit=PAGE
                ):
                    found |= {row.row_id: row for row in rows if members >= {row.account, row.to_account}}
                    before_id = rows[-1].row_id
            return sorted(found.values(), key=lambda row: -row.row_id)

        rows = await histories.run(read) if len(family) > 1 else []
        return Page(rows[skip : skip + limit], len(rows))


def _moved(giver: int, taker: int, asset: int, amount: int) -> Transfer:
    return Transfer(account=giver, to_account=taker, asset=asset, amount=amount, reason=_INTERNAL)


def _digest(giver: int, taker: int, portions: Sequence[Portion]) -> str:
    """Return what tells one request from another: it is journaled beside what moved, so it must be short."""
    told = f"{giver}>{taker}:{','.join(f'{each.asset.id}={each.amount}' for each in portions)}"
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _amounts(machine: Machine, giver: int, portions: Sequence[Portion]) -> list[tuple[int, int]] | None:
    """Return the asset and amount of each portion; None: one of them is nothing, or more than is available."""
    amounts = []
    for portion in portions:
        total, held = machine.balance(giver, portion.asset.id)
        amount = total - held if portion.amount is None else portion.amount
        if not 0 < amount <= total - held:
            return None
        amounts.append((portion.asset.id, amount))
    return amounts
