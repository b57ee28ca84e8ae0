"""The API keys of the venue, their secrets sealed: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import KeyRevoked, KeySaved, Note
from bedesten.services.sequencing.folds import Place


class KeysFold:
    """Every key that was made and not revoked, oldest first."""

    name: ClassVar[str] = "keys"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (KeySaved, KeyRevoked)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.saved: dict[str, KeySaved] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a key, or of its end."""
        if isinstance(note, KeySaved):
            self.saved[note.key] = note
        elif isinstance(note, KeyRevoked):
            self.saved.pop(note.key, None)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of keys."""

    def capture(self) -> bytes:
        """Return every key."""
        return msgspec.msgpack.encode(list(self.saved.values()))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.saved = {note.key: note for note in msgspec.msgpack.decode(data, type=list[KeySaved])}
