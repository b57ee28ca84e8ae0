"""Transfers to another customer that wait for the sender's word: confirmed by a link in an e-mail, then carried out, or canceled.

Owns who may be sent money this way. A request is a hold with a note that names the receiver; carried out, the hold is captured
by the receiver's account in one command. What is not carried out in HELD_NS is given back by the core, the link followed or
not. Invariant: it reaches the receiver once or is given back, never both.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.domain.commands import CaptureFunds, HoldFunds, ReleaseFunds
from bedesten.domain.enums import RejectReason, TransferReason
from bedesten.domain.events import FundsHeld, Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import HeldTransferAsked, HeldTransferDone
from bedesten.services import authority
from bedesten.services.errors import OutOfRange
from bedesten.services.holds.confirmations import Confirmations, ConfirmRefusal, linked_hold
from bedesten.services.holds.holds import HELD_NS, Holds
from bedesten.services.instruments import Catalogue
from bedesten.services.money.transfers import Directory
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import HoldRecord
from bedesten.services.threads import histories, look_ups

PAGE: Final = 1_000  # holds read at a time
ABOUT: Final = "transfer"
_INTERNAL: Final = int(TransferReason.INTERNAL)


class HeldRefusal(enum.Enum):
    """Why nothing is held, or carried out, in the order of the checks."""

    NOT_ALLOWED = "the account may not transfer"
    UNKNOWN_RECEIVER = "no customer has this name and this e-mail address"
    TO_ONESELF = "sender and receiver are the same"
    CANNOT_RECEIVE = "the receiver may not be paid in this asset now"
    OUT_OF_RANGE = "no amount that could be moved"
    INSUFFICIENT_AVAILABLE = "insufficient balance"
    UNKNOWN = "no such transfer waits"
    UNCONFIRMED = "it was not confirmed by e-mail yet"


class ConfirmedTransfer(NamedTuple):
    """A request. Units: minor units; ended_ns 0: it waits."""

    id: int
    seq: int
    account: int
    to_account: int
    receiver: str
    asset: int
    amount: int
    requested_ns: int
    ended_ns: int
    is_done: bool


class ConfirmedTransfers:
    """The transfers of every account that wait or waited for a word."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, clock: Clock, catalogue: Catalogue, directory: Directory,
        confirmations: Confirmations, holds: Holds,
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._catalogue = catalogue
        self._rows = rows
        self._directory = directory
        self._confirmations = confirmations
        self._clock = clock
        self._holds = holds

    async def set_up(self) -> None:
        """Give the requests from before holds expired the end that they would have today. Raises: Overloaded, Stopped."""
        for hold in self._holds.held_for(HeldTransferAsked):
            if not hold.expires_ns:
                await self._holds.set_expiry(hold, hold.time_ns + HELD_NS)

    async def carried_out(self, seqs: Sequence[int]) -> frozenset[int]:
        """Return which of these commands that moved money carried a transfer out."""
        await self._sequencer.settled()
        beside = await look_ups.run(self._rows.notes_beside, seqs)
        return frozenset(
            seq for seq, notes in beside.items() if any(isinstance(note, HeldTransferDone) for note in notes)
        )

    async def request(
        self, account: int, username: str, email: str, asset: Asset, amount: int
    ) -> ConfirmedTransfer | HeldRefusal:
        """Hold an amount for the customer of that name and e-mail address, and send the sender a link.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        receiver = self._directory.by_username(username)
        if not self._may_transfer(account):
            return HeldRefusal.NOT_ALLOWED
        if receiver is None or receiver.email.lower() != email.strip().lower():
            return HeldRefusal.UNKNOWN_RECEIVER
        if receiver.account == account:
            return HeldRefusal.TO_ONESELF
        if not self._may_receive(receiver.account, asset.is_fiat):
            return HeldRefusal.CANNOT_RECEIVE
        asked = HeldTransferAsked(receiver.account, receiver.username)
        try:
            command = HoldFunds(
                account=account, asset=asset.id, amount=amount, reason=_INTERNAL,
                expires_ns=self._clock.now_ns() + HELD_NS,
            )  # fmt: skip
            result = await self._sequencer.submit(command, notes=(asked,))
        except OutOfRange:
            return HeldRefusal.OUT_OF_RANGE
        for event in result.events:
            if isinstance(event, FundsHeld):
                await self._confirmations.ask(event.hold_id, account, ABOUT, is_link=True)
                row = HoldRecord(
                    event.hold_id, result.seq, result.time_ns, account, asset.id, amount, _INTERNAL, "", 0, 0, (asked,)
                )
                return _of(row)
            if isinstance(event, Rejected) and event.reason == RejectReason.INSUFFICIENT_AVAILABLE:
                return HeldRefusal.INSUFFICIENT_AVAILABLE
            if isinstance(event, Rejected) and event.reason == RejectReason.ACCOUNT_SUSPENDED:
                return HeldRefusal.NOT_ALLOWED
        return HeldRefusal.OUT_OF_RANGE

    async def resend(self, account: int, transfer_id: int) -> bool:
        """Send the link again.

        Raises: Overloaded, Stopped.
        """
        row = await self.find(account, transfer_id)
        if row is None or row.ended_ns:
            return False
        return await self._confirmations.ask_again(transfer_id, account, ABOUT, is_link=True)

    async def confirm(self, account: int, code: str) -> ConfirmedTransfer | ConfirmRefusal:
        """Take a link's code; the transfer it is for may be carried out then.

        Raises: Overloaded, Stopped.
        """
        transfer_id = linked_hold(code)
        row = None if transfer_id is None else await self.find(account, transfer_id)
        if row is None:
            return ConfirmRefusal.UNKNOWN
        return await self._confirmations.confirm(row.id, account, code, lambda: self._may_transfer(account)) or row

    async def carry_out(self, account: int, transfer_id: int) -> HeldRefusal | None:
        """Give a confirmed transfer to its receiver; None: it is done, now or before.

        Raises: Overloaded, Stopped.
        """
        row = await self.find(account, transfer_id)
        if row is None or (row.ended_ns and not row.is_done):
            return HeldRefusal.UNKNOWN
        if row.is_done:
            return None
        if not self._confirmations.is_confirmed(transfer_id):
            return HeldRefusal.UNCONFIRMED
        if not self._may_transfer(account):
            return HeldRefusal.NOT_ALLOWED
        asset = self._catalogue.asset_by_id(row.asset)
        if asset is None or not self._may_receive(row.to_account, asset.is_fiat):
            return HeldRefusal.CANNOT_RECEIVE
        command = CaptureFunds(account=account, hold_id=transfer_id, to_account=row.to_account, amount=row.amount)
        result = await self._sequencer.submit(command, notes=(HeldTransferDone(transfer_id),))
        if not any(isinstance(event, Rejected) for event in result.events):
            return None
        after = await self.find(account, transfer_id)  # somebody was quicker: the same request again, or a cancellation
        return None if after is not None and after.is_done else HeldRefusal.UNKNOWN

    async def cancel(self, account: int, transfer_id: int) -> bool:
        """Give it back while it waits.

        Raises: Overloaded, Stopped.
        """
        row = await self.find(account, transfer_id)
        if row is None or row.ended_ns:
            return False
        result = await self._sequencer.submit(ReleaseFunds(account=account, hold_id=transfer_id))
        return not any(isinstance(event, Rejected) for event in result.events)

    async def find(self, account: int, transfer_id: int) -> ConfirmedTransfer | None:
        """Return a transfer of the account's, however many it has."""
        await self._sequencer.settled()
        rows = await look_ups.run(self._rows.holds_by_id, [transfer_id])
        return next((_of(row) for row in rows if row.account == account and is_transfer(row)), None)

    async def list(
        self, account: int, *, start_ns: int = 0, end_ns: int = NS_MAX, limit: int = NS_MAX
    ) -> list[ConfirmedTransfer]:
        """Return those that the account asked for in a stretch of time, newest first."""
        await self._sequencer.settled()
        rows = await histories.run(lambda: list(islice(self._asked(account, start_ns, end_ns), limit)))
        return [_of(row) for row in rows]

    def _asked(self, account: int, start_ns: int, end_ns: int) -> Iterator[HoldRecord]:
        before_id = NS_MAX
        while page := self._rows.holds(
            account, reason=_INTERNAL, start_ns=start_ns, end_ns=end_ns, before_id=before_id, limit=PAGE
        ):
            yield from filter(is_transfer, page)
            before_id = page[-1].hold_id

    def _may_transfer(self, account: int) -> bool:
        authority.recheck()
        return self._directory.allowed(account).transfer

    def _may_receive(self, account: int, is_fiat: bool) -> bool:
        standing = self._directory.allowed(account)
        return standing.fiat_deposit if is_fiat else standing.crypto_deposit


def is_transfer(row: HoldRecord) -> bool:
    """Return whether a hold is for a transfer to another customer."""
    return any(isinstance(note, HeldTransferAsked) for note in row.notes)


def _of(row: HoldRecord) -> ConfirmedTransfer:
    to = next(note for note in row.notes if isinstance(note, HeldTransferAsked))
    return ConfirmedTransfer(
        row.hold_id, row.seq, row.account, to.to_account, to.receiver, row.asset, row.amount, row.time_ns, row.ended_ns,
        bool(row.captured),
    )  # fmt: skip
