"""Ids of the customers' own under which something was done: known from the log, so that it is done once."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event, FundsHeld
from bedesten.domain.notes import (
    Converted,
    FamilyMoved,
    FamilyReturned,
    Note,
    Sent,
    WithdrawalAsked,
    decode_beside,
    encode_beside,
)
from bedesten.services.sequencing.folds import Place

IDS_MAX: Final = 100_000  # remembered of all customers, the latest: far more than can be retried, about 40 MB when full
_Row = tuple[int, int, str, bytes]  # seq, account, id, note


class IdsFold:
    """The latest ids of one kind of request, and what is said beside the money that moved for them.

    A kind is a class of its own, with a name and the note that it takes, in which `account` and `client_id` are whose id it is.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]]
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self._used: dict[tuple[int, str], tuple[int, Note]] = {}  # in the order of the log

    def find(self, account: int, id: str) -> tuple[int, Note] | None:
        """Return the seq of what was done under an id of the account's, and the note beside it."""
        return self._used.get((account, id))

    def apply(self, note: Note, place: Place) -> None:
        """Take note of an id, if there is one, and forget the oldest beyond so many."""
        account, id = note.account, note.client_id  # type: ignore[attr-defined]  # what a fold of ids takes has both
        if id:
            self._used.pop((account, id), None)
            self._used[account, id] = (place.seq, note)
            if len(self._used) > IDS_MAX:
                del self._used[next(iter(self._used))]

    def forget(self, account: int, id: str) -> None:
        """Let an id be used again."""
        self._used.pop((account, id), None)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of ids."""

    def capture(self) -> bytes:
        """Return every id, oldest first."""
        rows: list[_Row] = [(seq, *key, encode_beside([note])) for key, (seq, note) in self._used.items()]
        return msgspec.msgpack.encode(rows)

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        rows = msgspec.msgpack.decode(data, type=list[_Row])
        self._used = {(account, id): (seq, decode_beside(note)[0]) for seq, account, id, note in rows}


class FamilyIds(IdsFold):
    """Those of transfers within families."""

    name: ClassVar[str] = "ids of family transfers"
    takes: ClassVar[tuple[type[Note], ...]] = (FamilyMoved, FamilyReturned)

    def apply(self, note: Note, place: Place) -> None:
        """Take note of an id, or that it is free again."""
        if isinstance(note, FamilyReturned):
            self.forget(note.account, note.client_id)
        else:
            super().apply(note, place)


class ConvertIds(IdsFold):
    """Those of conversions."""

    name: ClassVar[str] = "ids of conversions"
    takes: ClassVar[tuple[type[Note], ...]] = (Converted,)


class SentIds(IdsFold):
    """Those of transfers to a customer who was named."""

    name: ClassVar[str] = "ids of transfers by name"
    takes: ClassVar[tuple[type[Note], ...]] = (Sent,)


class AskedUnder(NamedTuple):
    """A withdrawal that was asked for under an id. Units: minor units."""

    hold_id: int
    time_ns: int
    account: int
    client_id: str
    asset: int
    amount: int
    network: str
    address: str
    tag: str


class WithdrawalIds:
    """Those of withdrawals over networks and by hand, with the hold that each made."""

    name: ClassVar[str] = "ids of withdrawals"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (WithdrawalAsked,)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self._used: dict[tuple[int, str], AskedUnder] = {}

    def find(self, account: int, client_id: str) -> AskedUnder | None:
        """Return what was asked for under an id of the account's."""
        return self._used.get((account, client_id))

    def apply(self, note: Note, place: Place) -> None:
        """Take note of an id, if there is one, and forget the oldest beyond so many."""
        assert isinstance(note, WithdrawalAsked)
        held = next((event for event in place.events if isinstance(event, FundsHeld)), None)
        if held is None or not note.client_id:
            return
        key = (held.account, note.client_id)
        self._used.pop(key, None)
        self._used[key] = AskedUnder(
            held.hold_id, held.time_ns, *key, held.asset, held.amount, note.network, note.address, note.tag
        )
        if len(self._used) > IDS_MAX:
            del self._used[next(iter(self._used))]

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of ids."""

    def capture(self) -> bytes:
        """Return every id, oldest first."""
        return msgspec.msgpack.encode(list(self._used.values()))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        rows = msgspec.msgpack.decode(data, type=list[AskedUnder])
        self._used = {(row.account, row.client_id): row for row in rows}
