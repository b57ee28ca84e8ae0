"""Folds: what services know from the log, and the only way in which they come to know it.

A fold is a plain object that remembers. It changes by `apply` alone, with a note and what the command beside it did, in the
order of the log: in the live run, at a restart, in the snapshot builder, and in whoever follows. It reads no clock, no chance and
no store. Whoever decides looks at folds, and changes them by submitting a command with a note.

Folds change when a batch is applied, before its commit: so what is read from one and leaves the process is read between two
commits (`Sequencer.read`). What is decided by an uncommitted fact stands behind it in the same log. Invariant: a fold is a
function of the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import ClassVar, Final, NamedTuple, Protocol, TypeVar

from bedesten.domain.columns import KIND, SEQ
from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import EventKind
from bedesten.domain.events import EVENT_WIDTH, Event, read_events
from bedesten.domain.notes import Note, Noted
from bedesten.services.errors import SnapshotOutdated

REJECTED: Final = int(EventKind.REJECTED)
_SEQ: Final = itemgetter(SEQ)


class Place(NamedTuple):
    """Where in the log something was said: beside which command, when, and what that command did."""

    seq: int
    time_ns: int
    command: Sequence[int]  # the command's row: op, seq, time_ns, its fields
    events: Sequence[Event]


class Fold(Protocol):
    """What one service remembers."""

    name: ClassVar[str]  # in snapshots; never changes
    version: ClassVar[int]  # of what capture returns; a snapshot with another one is not read
    takes: ClassVar[tuple[type[Note], ...]]  # the notes it is told
    hears: ClassVar[tuple[EventKind, ...]]  # the events it is told, whatever stands beside their command

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a fact."""
        ...

    def hear(self, event: Event, place: Place) -> None:
        """Take note of an event of a kind in `hears`, before the notes beside its command."""
        ...

    def capture(self) -> bytes:
        """Return everything it remembers: the same bytes whenever it remembers the same."""
        ...

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned, instead of anything else."""
        ...


F = TypeVar("F", bound=Fold)


class Folds:
    """The folds of a venue, told what each wants to know."""

    def __init__(self, folds: Iterable[Fold] = ()) -> None:
        self._folds = {type(fold): fold for fold in folds}
        self._takers: dict[type[Note], list[Fold]] = {}
        self._hearers: dict[int, list[Fold]] = {}
        for fold in self._folds.values():
            for note in fold.takes:
                self._takers.setdefault(note, []).append(fold)
            for kind in fold.hears:
                self._hearers.setdefault(int(kind), []).append(fold)
        self._heard = frozenset(self._hearers)
        self.changes = (
            0  # how often any fold was told something: whoever keeps a conclusion from folds looks whether it rose
        )

    def __iter__(self) -> Iterator[Fold]:
        return iter(self._folds.values())

    def of(self, kind: type[F]) -> F:
        """Return the venue's fold of that class. Raises: KeyError when it has none."""
        return self._folds[kind]  # type: ignore[return-value]

    def follow(self, commands: memoryview, notes: Sequence[Noted], events: bytes, time_ns: int) -> None:
        """Tell what a batch did, command by command. *commands*: its rows as integers; *events*: the core's rows."""
        if not notes and self._heard.isdisjoint(memoryview(events).cast("q")[KIND::EVENT_WIDTH].tolist()):
            return
        self.changes += 1
        first_seq = commands[SEQ]
        done = {seq: list(of_one) for seq, of_one in groupby(read_events(events), _SEQ)}
        beside: dict[int, list[Note]] = {}
        for index, note in notes:
            beside.setdefault(first_seq + index, []).append(note)
        for seq in sorted(done.keys() | beside.keys()):
            at = (seq - first_seq) * COMMAND_WIDTH
            place = Place(seq, time_ns, commands[at : at + COMMAND_WIDTH].tolist(), done.get(seq, ()))
            self._tell(place, beside.get(seq, ()))

    def _tell(self, place: Place, notes: Sequence[Note]) -> None:
        for event in place.events:
            for fold in self._hearers.get(event[KIND], ()):
                fold.hear(event, place)
        if notes and not any(event[KIND] == REJECTED for event in place.events):
            for note in notes:
                for fold in self._takers.get(type(note), ()):
                    fold.apply(note, place)

    def capture(self) -> dict[str, tuple[int, bytes]]:
        """Return what every fold remembers, by name, with the version of its form."""
        return {fold.name: (fold.version, fold.capture()) for fold in self}

    def restore(self, captured: Mapping[str, tuple[int, bytes]]) -> None:
        """Have every fold remember what it had when `capture` was called.

        Raises: SnapshotOutdated when a fold is missing, or has another version: then the log is replayed from its start.
        """
        self.changes += 1
        for fold in self:
            version, data = captured.get(fold.name, (0, b""))
            if version != fold.version:
                raise SnapshotOutdated(
                    f"it holds {fold.name!r} in version {version}; this program reads {fold.version}"
                )
            fold.restore(data)

    def digest(self) -> str:
        """Return a hash of everything the folds remember."""
        chain = hashlib.sha256()
        for name, (version, data) in sorted(self.capture().items()):
            chain.update(f"{name} {version} {len(data)}\n".encode() + data)
        return chain.hexdigest()
