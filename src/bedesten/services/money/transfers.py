"""Transfers from one customer to another: to a name and an e-mail address that must both be the same customer's.

Owns who may be sent money. Never says which of the two did not fit, so that nobody learns by trying who is a customer here.
Settlement is one journaled transfer, and the note beside it has the terms. Invariant: who may not transfer sends nothing.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol

from bedesten.domain.commands import Transfer
from bedesten.domain.enums import RejectReason, TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import Sent as SentNote
from bedesten.services import authority
from bedesten.services.errors import OutOfRange
from bedesten.services.idempotency.fold_ids import SentIds
from bedesten.services.idempotency.once import AlreadyUsed, Once
from bedesten.services.sequencing.sequencer import Sequencer


class Person(Protocol):
    """A customer, as far as a transfer asks."""

    @property
    def account(self) -> int:
        """Return the ledger's number."""
        ...

    @property
    def username(self) -> str:
        """Return the name that the account goes by."""
        ...

    @property
    def email(self) -> str:
        """Return the e-mail address."""
        ...


class Standing(Protocol):
    """What an account may do, as far as a transfer asks."""

    @property
    def crypto_deposit(self) -> bool:
        """Return whether it may be paid in crypto."""
        ...

    @property
    def fiat_deposit(self) -> bool:
        """Return whether it may be paid in a state's money."""
        ...

    @property
    def transfer(self) -> bool:
        """Return whether it may send."""
        ...


class Directory(Protocol):
    """Who is a customer."""

    def by_username(self, text: str) -> Person | None:
        """Return the customer of that name."""
        ...

    def allowed(self, account: int) -> Standing:
        """Return what an account may do."""
        ...


class TransferRefusal(enum.Enum):
    """Why nothing is sent, in the order of the checks."""

    ID_USED = "the id was used for another transfer"
    NOT_ALLOWED = "the account may not transfer"
    UNKNOWN_RECEIVER = "no customer has this name and this e-mail address"
    TO_ONESELF = "sender and receiver are the same"
    CANNOT_RECEIVE = "the receiver may not be paid in this asset now"
    OUT_OF_RANGE = "no amount that could be moved"
    INSUFFICIENT_AVAILABLE = "insufficient balance"


class Sent(NamedTuple):
    """What was sent. Units: minor units; seq: its reference in the journal."""

    seq: int
    to_account: int
    asset: int
    amount: int


class Transfers:
    """Sends."""

    def __init__(self, sequencer: Sequencer, directory: Directory) -> None:
        self._sequencer = sequencer
        self._directory = directory
        self._ids = sequencer.state.folds.of(SentIds)
        self._once: Once[Sent | TransferRefusal] = Once(self._known)

    async def send(
        self, account: int, username: str, email: str, asset: Asset, amount: int, *, client_id: str = ""
    ) -> Sent | TransferRefusal:
        """Send an amount to the customer of that name and e-mail address, in whatever case they are written.

        A client's id makes it safe to ask again: the same answer, and nothing more is moved.
        Units: minor units. Raises: Overloaded, Stopped.
        """
        receiver = self._directory.by_username(username)
        found = receiver is not None and receiver.email.lower() == email.strip().lower()
        terms = SentNote(
            account, receiver.account if receiver is not None and found else 0, asset.id, amount, client_id
        )
        try:
            return await self._once.run(account, client_id, _asked(terms), lambda: self._send(terms, asset))
        except AlreadyUsed:
            return TransferRefusal.ID_USED

    def _known(self, account: int, id: str) -> tuple[tuple[int, int, int], Sent] | None:
        seq, done = self._ids.find(account, id) or (0, None)
        return (_asked(done), _sent(seq, done)) if isinstance(done, SentNote) else None

    async def _send(self, terms: SentNote, asset: Asset) -> Sent | TransferRefusal:
        authority.recheck()
        if not self._directory.allowed(terms.account).transfer:
            return TransferRefusal.NOT_ALLOWED
        if not terms.to_account:
            return TransferRefusal.UNKNOWN_RECEIVER
        if terms.to_account == terms.account:
            return TransferRefusal.TO_ONESELF
        standing = self._directory.allowed(terms.to_account)
        if not (standing.fiat_deposit if asset.is_fiat else standing.crypto_deposit):
            return TransferRefusal.CANNOT_RECEIVE
        command = Transfer(
            account=terms.account, to_account=terms.to_account, asset=terms.asset, amount=terms.amount,
            reason=int(TransferReason.INTERNAL),
        )  # fmt: skip
        try:
            result = await self._sequencer.submit(command, notes=(terms,))
        except OutOfRange:
            return TransferRefusal.OUT_OF_RANGE
        for event in result.events:
            if isinstance(event, Rejected):
                return _refusal(RejectReason(event.reason))
        return _sent(result.seq, terms)


def _asked(done: SentNote) -> tuple[int, int, int]:
    return done.to_account, done.asset, done.amount


def _sent(seq: int, done: SentNote) -> Sent:
    return Sent(seq, done.to_account, done.asset, done.amount)


def _refusal(reason: RejectReason) -> TransferRefusal:
    match reason:
        case RejectReason.INSUFFICIENT_AVAILABLE:
            return TransferRefusal.INSUFFICIENT_AVAILABLE
        case RejectReason.ACCOUNT_SUSPENDED:
            return TransferRefusal.NOT_ALLOWED
    return TransferRefusal.OUT_OF_RANGE
