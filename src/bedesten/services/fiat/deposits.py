"""Deposits by bank: what the operator saw arrive at the bank, credited once.

Owns the rules of a deposit. The bank's own reference makes it safe to tell of it again: the note beside the transfer has
it, so that after a crash at any point it is known whether the money was credited. Invariant: one reference, one credit.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import Transfer
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.fiat import FiatCurrency, FiatTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import BankPaid, Note
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.errors import OutOfRange
from bedesten.services.fiat.bearers import Bearer, open_bearer, payer_purpose, seal_bearer
from bedesten.services.fiat.calendar import Moved, Used, month_start_ns, used
from bedesten.services.fiat.fold_deposits import BankReferencesFold
from bedesten.services.ports import NS_MAX, DataKeys, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import histories, look_ups

REFERENCE_CHARS_MAX: Final = 64
_DEPOSIT: Final = int(TransferReason.DEPOSIT)


class DepositRefusal(enum.Enum):
    """Why a deposit is not credited, in the order of the checks."""

    NO_CURRENCY = "this currency does not move by bank"
    BAD_REFERENCE = f"the bank's reference is 1 to {REFERENCE_CHARS_MAX} printable characters"
    REFERENCE_USED = "the bank's reference was used for another deposit"
    NOT_ALLOWED = "the customer may not be paid by bank"
    TOO_SMALL = "below the least that is credited"
    TOO_LARGE = "above the most that is credited at once"
    ABOVE_DAY = "above what is credited in a day"
    ABOVE_MONTH = "above what is credited in a month"
    UNKNOWN_ACCOUNT = "there is no such account"


class BankTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a payment that arrived. bank, number, holder: of whom it came from, "" where the bank does not say."""

    account: int
    asset: int
    amount: int
    reference: str
    bank: str = ""
    number: str = ""
    holder: str = ""


class FiatDeposit(NamedTuple):
    """A deposit that was credited. seq: its reference in the journal."""

    seq: int
    time_ns: int
    told: BankTransfer


class FiatDeposits:
    """The deposits of every account."""

    def __init__(self, sequencer: Sequencer, rows: Rows, vault: DataKeys, clock: Clock, terms: FiatTerms) -> None:
        self._sequencer = sequencer
        self._rows = rows
        self._vault = vault
        self._clock = clock
        self._terms = terms
        self._crediting = asyncio.Lock()  # one at a time, so that two do not share a reference or the rest of a day
        self._fold = sequencer.state.folds.of(BankReferencesFold)

    async def credit(
        self, asset: Asset, told: BankTransfer, *, may: Callable[[], bool]
    ) -> FiatDeposit | DepositRefusal:
        """Credit a payment, or return what was credited under its reference before. *may*: whether its receiver may be paid now.

        Raises: Overloaded, Stopped.
        """
        currency = self._terms.currency(asset.id)
        if currency is None:
            return DepositRefusal.NO_CURRENCY
        if not 0 < len(told.reference) <= REFERENCE_CHARS_MAX or not told.reference.isprintable():
            return DepositRefusal.BAD_REFERENCE
        async with self._crediting:
            before = await self._credited(told)
            if before is not None:
                is_same = (before.told.account, before.told.amount) == (told.account, told.amount)
                return before if is_same else DepositRefusal.REFERENCE_USED
            refusal = await self._refusal(currency, told, may)
            return await self._credit(told) if refusal is None else refusal

    async def told_at(self, seqs: Sequence[int]) -> dict[int, BankTransfer]:
        """Return what was told of the deposits among these commands."""
        await self._sequencer.settled()
        beside = await look_ups.run(self._rows.notes_beside, seqs)
        return {seq: self._told(note) for seq, notes in beside.items() for note in _paid(notes)}

    async def used(self, account: int, asset: int) -> Used:
        """Return what was credited in this day and this month. Units: minor units."""
        now_ns = self._clock.now_ns()
        since_ns = month_start_ns(now_ns, self._terms.utc_offset_s)
        await self._sequencer.settled()
        moved = await histories.run(self._moved, account, asset, since_ns)
        return used(moved, now_ns, self._terms.utc_offset_s)

    # ── inside ──

    async def _refusal(
        self, currency: FiatCurrency, told: BankTransfer, may: Callable[[], bool]
    ) -> DepositRefusal | None:
        bounds = currency.deposit
        if not may():
            return DepositRefusal.NOT_ALLOWED
        if told.amount < bounds.least:
            return DepositRefusal.TOO_SMALL
        if bounds.most and told.amount > bounds.most:
            return DepositRefusal.TOO_LARGE
        so_far = await self.used(told.account, told.asset)
        if bounds.day and so_far.day + told.amount > bounds.day:
            return DepositRefusal.ABOVE_DAY
        if bounds.month and so_far.month + told.amount > bounds.month:
            return DepositRefusal.ABOVE_MONTH
        return None if may() else DepositRefusal.NOT_ALLOWED  # behind the last wait

    async def _credit(self, told: BankTransfer) -> FiatDeposit | DepositRefusal:
        command = Transfer(
            account=OUTSIDE, to_account=told.account, asset=told.asset, amount=told.amount, reason=_DEPOSIT
        )
        try:
            result = await self._sequencer.submit(command, notes=(self._note(told),))
        except OutOfRange:
            return DepositRefusal.TOO_LARGE
        if any(isinstance(event, Rejected) for event in result.events):
            return DepositRefusal.UNKNOWN_ACCOUNT
        return FiatDeposit(result.seq, result.time_ns, told)

    async def _credited(self, told: BankTransfer) -> FiatDeposit | None:
        seq = self._fold.seqs.get((told.asset, told.reference))
        return None if seq is None else FiatDeposit(seq, 0, (await self.told_at([seq]))[seq])

    def _moved(self, account: int, asset: int, since_ns: int) -> list[Moved]:
        rows = self._rows.transfers(account, assets=[asset], reasons=[_DEPOSIT], start_ns=since_ns, limit=NS_MAX)
        beside = self._rows.notes_beside([row.seq for row in rows])
        return [Moved(row.time_ns, row.amount) for row in rows if _paid(beside.get(row.seq, ()))]

    # ── whom it came from ──

    def _note(self, told: BankTransfer) -> BankPaid:
        paid = BankPaid(told.account, told.asset, told.amount, told.reference, told.bank)
        if not (told.number or told.holder):
            return paid
        payer = Bearer(told.number, told.holder)
        sealed, by_venue = seal_bearer(self._vault, told.account, payer, payer_purpose(told.account))
        return msgspec.structs.replace(paid, payer=sealed, by_venue=by_venue)

    def _told(self, paid: BankPaid) -> BankTransfer:
        payer = Bearer(paid.number, paid.holder)
        if paid.payer:
            payer = open_bearer(self._vault, paid.account, paid.payer, paid.by_venue, payer_purpose(paid.account))
        return BankTransfer(
            account=paid.account, asset=paid.asset, amount=paid.amount, reference=paid.reference, bank=paid.bank,
            number=payer.number, holder=payer.holder,
        )  # fmt: skip


def _paid(notes: Sequence[Note]) -> list[BankPaid]:
    return [note for note in notes if isinstance(note, BankPaid)]
