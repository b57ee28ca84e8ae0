"""Whether the venue is a sandbox, or was served as a venue: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note, SandboxServed, decode_beside, encode_beside
from bedesten.services.sequencing.folds import Place


class SandboxFold:
    """What was said last; None: nothing ever was, and so it is no sandbox unless nothing has happened yet."""

    name: ClassVar[str] = "sandbox"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (SandboxServed,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.served: SandboxServed | None = None

    def apply(self, note: Note, place: Place) -> None:
        """Take note of how the venue is served."""
        assert isinstance(note, SandboxServed)
        self.served = note

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of it."""

    def capture(self) -> bytes:
        """Return what was said."""
        return encode_beside([self.served] if self.served else [])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.served = None
        for note in decode_beside(data):
            assert isinstance(note, SandboxServed)
            self.served = note
