"""What accounts are called, and whose family they belong to: known from the log alone."""

from __future__ import annotations

from bisect import insort
from typing import ClassVar, Final

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import AccountAdopted, AccountNamed, Note
from bedesten.services.sequencing.folds import Place
from bedesten.services.store_types import Account

_ACCOUNT_AT: Final = 3  # in the row of an OPEN_ACCOUNT command
_Row = tuple[int, str, int]  # account, name, main account


class AccountsFold:
    """Every account that was opened with a name."""

    name: ClassVar[str] = "accounts"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (AccountNamed, AccountAdopted)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.by_id: dict[int, Account] = {}
        self.by_name: dict[str, Account] = {}
        self.parents: dict[int, int] = {}  # sub-account → main account
        self.children: dict[int, list[int]] = {}  # main account → its sub-accounts, lowest number first

    def apply(self, note: Note, place: Place) -> None:
        """Take note of an account's name, or of the family it belongs to."""
        if isinstance(note, AccountNamed):
            self._put(place.command[_ACCOUNT_AT], note.name, note.parent)
        elif isinstance(note, AccountAdopted):
            self._adopt(note.account, note.parent)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of names."""

    def capture(self) -> bytes:
        """Return every account, in the order in which they were opened."""
        rows: list[_Row] = [(each.id, each.name, self.parents.get(each.id, 0)) for each in self.by_id.values()]
        return msgspec.msgpack.encode(rows)

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.__init__()  # type: ignore[misc]  # as new; no subclass has another signature
        for row in msgspec.msgpack.decode(data, type=list[_Row]):
            self._put(*row)

    def _put(self, number: int, name: str, parent: int) -> None:
        account = Account(number, name)
        self.by_id[number] = self.by_name[name] = account
        if parent:
            self._adopt(number, parent)

    def _adopt(self, number: int, parent: int) -> None:
        before = self.parents.get(number)
        if before is not None:
            self.children[before].remove(number)
        self.parents[number] = parent
        insort(self.children.setdefault(parent, []), number)
