"""Names under which sign-ins failed, sealed: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import StrangerTried
from bedesten.services.sequencing.folds import Place


class FailedAuthenticationsFold:
    """What each place remembers: the name that came last, and how often."""

    name: ClassVar[str] = "strangers"  # as it was called when the first snapshots were made
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (StrangerTried,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.places: dict[int, StrangerTried] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a try."""
        assert isinstance(note, StrangerTried)
        self.places[note.place] = note

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of who failed."""

    def capture(self) -> bytes:
        """Return every place."""
        return msgspec.msgpack.encode([self.places[at] for at in sorted(self.places)])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.places = {each.place: each for each in msgspec.msgpack.decode(data, type=list[StrangerTried])}
