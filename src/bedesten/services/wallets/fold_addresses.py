"""Where customers are paid and may be paid out to, and which of their payments were credited: known from the log alone."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import AddressForgotten, AddressSaved, AllowListSaved, Note, PaymentCredited, decode_beside
from bedesten.domain.notes import encode_beside as encode
from bedesten.services.sequencing.folds import Place

FORGOTTEN_MAX: Final = 1_000  # of one account: the oldest gives way, and shows again


class AddressesFold:
    """Every deposit address by its number, as it was saved last, oldest first."""

    name: ClassVar[str] = "deposit addresses"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (AddressSaved,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.saved: dict[int, AddressSaved] = {}
        self._of: dict[int, dict[int, None]] = {}  # the numbers of each account's

    def of(self, account: int) -> list[AddressSaved]:
        """Return an account's addresses, oldest first, deleted ones too."""
        return [self.saved[number] for number in self._of.get(account, ())]

    def apply(self, note: Note, place: Place) -> None:
        """Take note of an address."""
        assert isinstance(note, AddressSaved)
        self.saved[note.id] = note
        self._of.setdefault(note.account, {})[note.id] = None

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of addresses."""

    def capture(self) -> bytes:
        """Return every address."""
        return encode(self.saved.values())

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.saved, self._of = {}, {}
        for note in decode_beside(data):
            assert isinstance(note, AddressSaved)
            self.saved[note.id] = note
            self._of.setdefault(note.account, {})[note.id] = None


class AllowListsFold:
    """The only destinations of each account that has such a list, as it was saved last."""

    name: ClassVar[str] = "allowed destinations"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (AllowListSaved,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.saved: dict[int, AllowListSaved] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a list."""
        assert isinstance(note, AllowListSaved)
        self.saved[note.account] = note

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of lists."""

    def capture(self) -> bytes:
        """Return every list."""
        return encode(self.saved.values())

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.saved = {note.account: note for note in decode_beside(data) if isinstance(note, AllowListSaved)}


class ForgottenFold:
    """The destinations that each account wants to see no more, and since when, the one forgotten last at the end."""

    name: ClassVar[str] = "forgotten destinations"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (AddressForgotten,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.of: dict[int, dict[str, int]] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a destination."""
        assert isinstance(note, AddressForgotten)
        rows = self.of.setdefault(note.account, {})
        rows.pop(note.address, None)
        rows[note.address] = note.forgotten_ns
        if len(rows) > FORGOTTEN_MAX:
            del rows[next(iter(rows))]

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of destinations."""

    def capture(self) -> bytes:
        """Return every destination, by account in the order in which each forgot its first."""
        return msgspec.msgpack.encode([(account, list(rows.items())) for account, rows in self.of.items()])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        found = msgspec.msgpack.decode(data, type=list[tuple[int, list[tuple[str, int]]]])
        self.of = {account: dict(rows) for account, rows in found}


class CreditsFold:
    """The seq of each credit by its payment, oldest first; never forgotten, so that none is credited twice."""

    name: ClassVar[str] = "credited payments"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (PaymentCredited,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.seqs: dict[str, int] = {}
        self.payments: dict[int, str] = {}  # the same by seq

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a credit."""
        assert isinstance(note, PaymentCredited)
        self.seqs[note.payment] = place.seq
        self.payments[place.seq] = note.payment

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of payments."""

    def capture(self) -> bytes:
        """Return every credit."""
        return msgspec.msgpack.encode(list(self.seqs.items()))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.seqs = dict(msgspec.msgpack.decode(data, type=list[tuple[str, int]]))
        self.payments = {seq: payment for payment, seq in self.seqs.items()}
