"""What is held for something that is not an order, each by its id, and what for: known from the log alone.

Remembers what is open. What has ended is a row, found by its key.
"""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event, FundsCaptured, FundsHeld, FundsReleased, HoldSet
from bedesten.domain.notes import (
    HELD_FOR,
    HOLD_STEPS,
    BankOrderAsked,
    BankOrderStep,
    HeldTransferAsked,
    Note,
    WithdrawalAsked,
    WithdrawalStep,
)
from bedesten.services.sequencing.folds import Place

_EXPIRES_AT: Final = 7  # in the row of a HOLD_FUNDS command
HeldFor = HeldTransferAsked | BankOrderAsked | WithdrawalAsked  # one of HELD_FOR
HoldStep = BankOrderStep | WithdrawalStep  # one of HOLD_STEPS


class OpenHold(NamedTuple):
    """Money that is held now. Units: minor units; expires_ns 0: never. asked: None where nobody says what for."""

    hold_id: int
    seq: int
    time_ns: int
    account: int
    asset: int
    amount: int
    reason: int
    expires_ns: int = 0
    asked: HeldFor | None = None
    step: HoldStep | None = None  # the last one that was taken


class HoldsFold:
    """Every open hold, oldest first."""

    name: ClassVar[str] = "holds"
    version: ClassVar[int] = 3
    takes: ClassVar[tuple[type[Note], ...]] = (*HELD_FOR, *HOLD_STEPS)
    hears: ClassVar[tuple[EventKind, ...]] = (
        EventKind.FUNDS_HELD, EventKind.FUNDS_RELEASED, EventKind.FUNDS_CAPTURED, EventKind.HOLD_SET,
    )  # fmt: skip

    def __init__(self) -> None:
        self.by_id: dict[int, OpenHold] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of what is held for what, or how far that came."""
        if isinstance(note, HOLD_STEPS):
            if note.hold_id in self.by_id:  # beside the command that ends it the hold is gone already
                self.by_id[note.hold_id] = self.by_id[note.hold_id]._replace(step=note)
            return
        assert isinstance(note, HELD_FOR)
        for event in place.events:
            if isinstance(event, FundsHeld):
                self.by_id[event.hold_id] = self.by_id[event.hold_id]._replace(asked=note)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of a hold, of a change of its expiry, or of its end."""
        if isinstance(event, FundsHeld):
            expires_ns = place.command[_EXPIRES_AT]
            self.by_id[event.hold_id] = OpenHold(event.hold_id, event.seq, event.time_ns, *event[4:], expires_ns)
        elif isinstance(event, HoldSet):
            self.by_id[event.hold_id] = self.by_id[event.hold_id]._replace(expires_ns=event.expires_ns)
        elif isinstance(event, FundsReleased | FundsCaptured):
            del self.by_id[event.hold_id]

    def capture(self) -> bytes:
        """Return every open hold."""
        return msgspec.msgpack.encode(list(self.by_id.values()))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.by_id = {hold.hold_id: hold for hold in msgspec.msgpack.decode(data, type=list[OpenHold])}
