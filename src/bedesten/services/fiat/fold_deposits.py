"""Which of the bank's references were credited, and by which command: known from the log alone, and never forgotten."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import BankPaid, Note
from bedesten.services.sequencing.folds import Place

_Row = tuple[int, str, int]  # asset, reference, seq


class BankReferencesFold:
    """The seq of each credit by asset and reference, oldest first."""

    name: ClassVar[str] = "bank references"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (BankPaid,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.seqs: dict[tuple[int, str], int] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a credit."""
        assert isinstance(note, BankPaid)
        self.seqs[note.asset, note.reference] = place.seq

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of the bank."""

    def capture(self) -> bytes:
        """Return every reference."""
        rows: list[_Row] = [(*key, seq) for key, seq in self.seqs.items()]
        return msgspec.msgpack.encode(rows)

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        rows = msgspec.msgpack.decode(data, type=list[_Row])
        self.seqs = {(asset, reference): seq for asset, reference, seq in rows}
