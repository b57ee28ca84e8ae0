"""The customers, what names them sealed: known from the log alone."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import msgspec

from bedesten.domain.customers import Status
from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import AuthenticatorUsed, CustomerErased, CustomerSaved, FailuresCounted
from bedesten.services.sequencing.folds import Place


class Kept(NamedTuple):
    """What the log says of one customer. is_erased: nobody can be named any more."""

    saved: CustomerSaved
    step: int
    counted: FailuresCounted
    is_erased: bool


class RegisterFold:
    """Every customer, in the order in which they came."""

    name: ClassVar[str] = "customers"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (CustomerSaved, AuthenticatorUsed, FailuresCounted, CustomerErased)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}
        self.changed: set[int] = set()  # for whoever keeps an index: taken out there, and no part of what is remembered

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a customer, or of what changed; an erased one stays so."""
        assert isinstance(note, (CustomerSaved, AuthenticatorUsed, FailuresCounted, CustomerErased))
        account = note.account
        before = self.kept.get(account)
        if before is None:
            if isinstance(note, CustomerSaved):
                self._put(Kept(note, 0, FailuresCounted(account, 0, 0, 0, 0), is_erased=False))
        elif before.is_erased:
            return
        elif isinstance(note, CustomerSaved):
            self._put(before._replace(saved=note))
        elif isinstance(note, AuthenticatorUsed):
            self._put(before._replace(step=note.step))
        elif isinstance(note, FailuresCounted):
            self._put(before._replace(counted=note))
        else:
            gone = CustomerSaved(account, int(Status.DELETED), 0, 0, before.saved.created_ns, "")
            self._put(Kept(gone, 0, FailuresCounted(account, 0, 0, 0, 0), is_erased=True))

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of customers."""

    def capture(self) -> bytes:
        """Return every customer."""
        return msgspec.msgpack.encode(list(self.kept.values()))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.kept = {each.saved.account: each for each in msgspec.msgpack.decode(data, type=list[Kept])}
        self.changed = set(self.kept)

    def _put(self, kept: Kept) -> None:
        self.kept[kept.saved.account] = kept
        self.changed.add(kept.saved.account)
