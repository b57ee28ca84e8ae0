"""What waits for its customer's word, or has it, the codes sealed: known from the log alone, until the hold has ended."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event, FundsCaptured, FundsReleased
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import ConfirmationAsked, ConfirmationTried, Confirmed
from bedesten.services.sequencing.folds import Place


class Confirmation(NamedTuple):
    """What is known of one. failures: wrong codes since the last one was sent."""

    asked: ConfirmationAsked
    failures: int = 0
    is_confirmed: bool = False


def advanced(before: Confirmation | None, note: Note) -> Confirmation | None:
    """Return what is known once a code was sent, or shown; what was confirmed stays so."""
    if before is not None and before.is_confirmed:
        return before
    if isinstance(note, ConfirmationAsked):
        return Confirmation(note)
    if before is not None and isinstance(note, ConfirmationTried):
        return before._replace(failures=before.failures + 1)
    if before is not None and isinstance(note, Confirmed):
        return before._replace(is_confirmed=True)
    return before


class ConfirmationsFold:
    """The confirmation of every open hold that has one."""

    name: ClassVar[str] = "confirmations"
    version: ClassVar[int] = 2
    takes: ClassVar[tuple[type[Note], ...]] = (ConfirmationAsked, ConfirmationTried, Confirmed)
    hears: ClassVar[tuple[EventKind, ...]] = (EventKind.FUNDS_RELEASED, EventKind.FUNDS_CAPTURED)

    def __init__(self) -> None:
        self.by_hold: dict[int, Confirmation] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a code that was sent, or shown."""
        assert isinstance(note, (ConfirmationAsked, ConfirmationTried, Confirmed))
        found = advanced(self.by_hold.get(note.hold_id), note)
        if found is not None:
            self.by_hold[note.hold_id] = found

    def hear(self, event: Event, place: Place) -> None:
        """Forget the confirmation of a hold that has ended: the hold's row says what became of it."""
        assert isinstance(event, FundsReleased | FundsCaptured)
        self.by_hold.pop(event.hold_id, None)

    def capture(self) -> bytes:
        """Return every confirmation."""
        return msgspec.msgpack.encode([self.by_hold[hold_id] for hold_id in sorted(self.by_hold)])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        found = msgspec.msgpack.decode(data, type=list[Confirmation])
        self.by_hold = {each.asked.hold_id: each for each in found}
