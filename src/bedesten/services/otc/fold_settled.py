"""Quotes that were settled, the latest: known from the log alone, so that accepting one again moves nothing."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

import msgspec

from bedesten.domain.columns import HEADER
from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note, QuoteSettled, decode_beside, encode_beside
from bedesten.services.sequencing.folds import Place

SETTLED_MAX: Final = 20_000  # the latest ones, for whoever asks again


class Exchanged(NamedTuple):
    """What the exchange beside a settled quote moved. Units: minor units, by asset."""

    time_ns: int
    account: int
    asset: int
    amount: int
    to_asset: int
    to_amount: int


class SettledQuotesFold:
    """The latest settled quotes by their ids, oldest first, with what was exchanged for each."""

    name: ClassVar[str] = "settled quotes"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (QuoteSettled,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.settled: dict[str, tuple[QuoteSettled, Exchanged]] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a quote that was settled, and forget the oldest beyond so many."""
        assert isinstance(note, QuoteSettled)
        account, _, *legs = place.command[HEADER : HEADER + 6]
        self.settled[note.quote] = (note, Exchanged(place.time_ns, account, *legs))
        if len(self.settled) > SETTLED_MAX:
            del self.settled[next(iter(self.settled))]

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: the command beside a settlement says what it moved."""

    def capture(self) -> bytes:
        """Return every quote, oldest first."""
        return msgspec.msgpack.encode([(encode_beside([note]), done) for note, done in self.settled.values()])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.settled = {}
        for kept, done in msgspec.msgpack.decode(data, type=list[tuple[bytes, Exchanged]]):
            for note in decode_beside(kept):
                assert isinstance(note, QuoteSettled)
                self.settled[note.quote] = (note, done)
