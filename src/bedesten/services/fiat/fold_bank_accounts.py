"""The bank accounts of customers, numbers and holders sealed: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import BankAccountSaved, Note, decode_beside, encode_beside
from bedesten.services.sequencing.folds import Place


class BankAccountsFold:
    """Every bank account by its number in the venue, as it was saved last, oldest first."""

    name: ClassVar[str] = "bank accounts"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (BankAccountSaved,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.saved: dict[int, BankAccountSaved] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a bank account."""
        assert isinstance(note, BankAccountSaved)
        self.saved[note.id] = note

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of bank accounts."""

    def capture(self) -> bytes:
        """Return every bank account."""
        return encode_beside(self.saved.values())

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.saved = {}
        for note in decode_beside(data):
            assert isinstance(note, BankAccountSaved)
            self.saved[note.id] = note
