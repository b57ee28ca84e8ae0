"""Which accounts the operator suspended by themselves: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import AccountSuspended, FlagsKept, Note
from bedesten.services.sequencing.folds import Place


class SuspensionsFold:
    """The accounts, and whether the core's flags of an older program are still the only word."""

    name: ClassVar[str] = "suspensions"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (AccountSuspended, FlagsKept)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.suspended: set[int] = set()
        self.are_flags_kept = True

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a suspension, or of its end."""
        assert isinstance(note, (AccountSuspended, FlagsKept))
        if isinstance(note, FlagsKept):
            self.are_flags_kept = note.are_kept
        elif note.is_suspended:
            self.suspended.add(note.account)
        else:
            self.suspended.discard(note.account)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: the core's flag is no reason, but follows from all of them."""

    def capture(self) -> bytes:
        """Return the accounts."""
        return msgspec.msgpack.encode((sorted(self.suspended), self.are_flags_kept))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        suspended, self.are_flags_kept = msgspec.msgpack.decode(data, type=tuple[list[int], bool])
        self.suspended = set(suspended)
