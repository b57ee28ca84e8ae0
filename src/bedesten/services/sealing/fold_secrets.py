"""The secrets that the venue drew once for itself, sealed: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note, SecretDrawn, decode_beside, encode_beside
from bedesten.services.sequencing.folds import Place


class SecretsFold:
    """Every secret by its name; what was drawn first under a name stays."""

    name: ClassVar[str] = "secrets"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (SecretDrawn,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.drawn: dict[str, SecretDrawn] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a secret."""
        assert isinstance(note, SecretDrawn)
        self.drawn.setdefault(note.name, note)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of secrets."""

    def capture(self) -> bytes:
        """Return every secret."""
        return encode_beside(self.drawn.values())

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.drawn = {note.name: note for note in decode_beside(data) if isinstance(note, SecretDrawn)}
