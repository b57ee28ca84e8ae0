"""The withdrawals over networks and by hand that count for the limits of a day: known from the log alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, NamedTuple

import msgspec

from bedesten.domain.enums import EventKind, TransferReason
from bedesten.domain.events import Event, FundsHeld, FundsReleased
from bedesten.domain.notes import BankOrderAsked, Note, WithdrawalAsked
from bedesten.services.sequencing.folds import Place

DAY_NS: Final = 86_400_000_000_000
_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)


class OfDay(NamedTuple):
    """A withdrawal that counts for the limits of a day. Units: minor units; network "": sent by hand."""

    hold_id: int
    account: int
    asset: int
    amount: int
    time_ns: int
    network: str = ""


class DayFold:
    """What was asked for in the day before the last request, and not given back, oldest first. By bank: another's to count."""

    name: ClassVar[str] = "withdrawals of a day"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (WithdrawalAsked, BankOrderAsked)
    hears: ClassVar[tuple[EventKind, ...]] = (EventKind.FUNDS_HELD, EventKind.FUNDS_RELEASED)

    def __init__(self) -> None:
        self._by_id: dict[int, OfDay] = {}
        self._of: dict[tuple[int, int], dict[int, OfDay]] = {}  # the same by account and asset

    def of(self, account: int, asset: int) -> Iterable[OfDay]:
        """Return what an account asked for of an asset, oldest first; the first ones may be older than a day by now."""
        return self._of.get((account, asset), {}).values()

    def apply(self, note: Note, place: Place) -> None:
        """Take note of what a hold is for: until somebody says so, it is for one that is sent by hand."""
        for event in place.events:
            if isinstance(event, FundsHeld) and event.hold_id in self._by_id:
                if isinstance(note, WithdrawalAsked):
                    self._put(self._by_id[event.hold_id]._replace(network=note.network))
                else:
                    self._drop(event.hold_id)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of a hold for a withdrawal, or that it was given back."""
        if isinstance(event, FundsReleased):
            self._drop(event.hold_id)
        elif isinstance(event, FundsHeld) and event.reason == _WITHDRAWAL:
            self._put(OfDay(event.hold_id, event.account, event.asset, event.amount, event.time_ns))
            while (oldest := next(iter(self._by_id.values()))).time_ns <= event.time_ns - DAY_NS:
                self._drop(oldest.hold_id)

    def _put(self, row: OfDay) -> None:
        self._by_id[row.hold_id] = row
        self._of.setdefault((row.account, row.asset), {})[row.hold_id] = row

    def _drop(self, hold_id: int) -> None:
        row = self._by_id.pop(hold_id, None)
        if row is not None:
            of_account = self._of[row.account, row.asset]
            del of_account[hold_id]
            if not of_account:
                del self._of[row.account, row.asset]

    def capture(self) -> bytes:
        """Return every one of them."""
        return msgspec.msgpack.encode(list(self._by_id.values()))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self._by_id, self._of = {}, {}
        for row in msgspec.msgpack.decode(data, type=list[OfDay]):
            self._put(row)
