"""What customers told and showed of who they are, sealed: known from the log alone."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import CustomerErased
from bedesten.domain.notes.dossiers import DossierSaved
from bedesten.services.sequencing.folds import Place


class DossiersFold:
    """The newest dossier of every customer; of one who was erased none, for good."""

    name: ClassVar[str] = "dossiers"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (DossierSaved, CustomerErased)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.kept: dict[int, DossierSaved] = {}
        self.erased: set[int] = set()
        self.changed: set[int] = set()  # for whoever keeps an index: taken out there, and no part of what is remembered

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a dossier, or that there is none any more."""
        assert isinstance(note, (DossierSaved, CustomerErased))
        if isinstance(note, CustomerErased):
            self.erased.add(note.account)
            self.kept.pop(note.account, None)
        elif note.account not in self.erased:
            self.kept[note.account] = note
        self.changed.add(note.account)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of dossiers."""

    def capture(self) -> bytes:
        """Return every dossier, by account."""
        kept = [self.kept[account] for account in sorted(self.kept)]
        return msgspec.msgpack.encode((kept, sorted(self.erased)))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        kept, erased = msgspec.msgpack.decode(data, type=tuple[list[DossierSaved], list[int]])
        self.kept = {each.account: each for each in kept}
        self.erased = set(erased)
        self.changed = set(self.kept)
