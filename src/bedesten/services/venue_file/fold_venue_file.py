"""The venue file in force: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note, VenueFileInForce, decode_beside, encode_beside
from bedesten.services.sequencing.folds import Place


class VenueFileFold:
    """The last file that came into force; None: none ever did."""

    name: ClassVar[str] = "venue file"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (VenueFileInForce,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.in_force: VenueFileInForce | None = None

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a file."""
        assert isinstance(note, VenueFileInForce)
        self.in_force = note

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of files."""

    def capture(self) -> bytes:
        """Return the file."""
        return encode_beside([self.in_force] if self.in_force else [])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.in_force = None
        for note in decode_beside(data):
            assert isinstance(note, VenueFileInForce)
            self.in_force = note
