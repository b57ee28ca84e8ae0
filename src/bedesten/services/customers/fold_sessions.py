"""Who is signed in, by digests of tokens: known from the log alone."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import CustomerErased, SessionOpened, SessionProven, SessionSeen, SessionsEnded
from bedesten.services.sequencing.folds import Place

SESSIONS_MAX: Final = 10  # of one customer: more devices than a person has
NS_PER_S: Final = 1_000_000_000
LIFETIME_NS: Final = 24 * 3_600 * NS_PER_S  # a working day and the evening after it
IDLE_NS: Final = 30 * 60 * NS_PER_S  # somebody who went away from the desk
NOTED_NS: Final = 60 * NS_PER_S  # how exactly the last sign of life is kept: a note a minute, not one a request


class Held(NamedTuple):
    """A session, the last sign of life that was noted, and when its holder last proved who they are; 0: never."""

    opened: SessionOpened
    seen_ns: int
    proven_ns: int = 0


class SessionsFold:
    """The sessions of everybody. What follows a session's end finds none: an end is never undone."""

    name: ClassVar[str] = "sessions"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (SessionOpened, SessionSeen, SessionProven, SessionsEnded, CustomerErased)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.by_digest: dict[str, Held] = {}
        self.of_account: dict[int, dict[str, None]] = {}  # digests, oldest first

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a session, a sign of life, or an end."""
        if isinstance(note, SessionOpened):
            self._open(note, place.time_ns)
        elif isinstance(note, SessionSeen):
            held = self.by_digest.get(note.digest)
            if held is not None:
                self.by_digest[note.digest] = held._replace(seen_ns=max(held.seen_ns, note.seen_ns))
        elif isinstance(note, SessionProven):
            held = self.by_digest.get(note.digest)
            if held is not None:
                self.by_digest[note.digest] = held._replace(proven_ns=max(held.proven_ns, note.proven_ns))
        elif isinstance(note, (SessionsEnded, CustomerErased)):
            told = note.digests if isinstance(note, SessionsEnded) else ()
            for digest in told or list(self.of_account.get(note.account, ())):
                self._end(note.account, digest)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of sessions."""

    def capture(self) -> bytes:
        """Return every session."""
        return msgspec.msgpack.encode([
            (*self.by_digest[digest],) for account in sorted(self.of_account) for digest in self.of_account[account]
        ])  # fmt: skip

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.__init__()  # type: ignore[misc]  # as new; no subclass has another signature
        for held in msgspec.msgpack.decode(data, type=list[Held]):
            self._put(held)

    def _open(self, note: SessionOpened, time_ns: int) -> None:
        if note.instead_of and note.instead_of not in self.by_digest:
            return  # the one whose place it takes was ended before
        self._end(note.account, note.instead_of)
        mine = self.of_account.get(note.account, {})
        for digest in [digest for digest in mine if self._is_over(self.by_digest[digest], time_ns)]:
            self._end(note.account, digest)
        for digest in list(self.of_account.get(note.account, {}))[: -(SESSIONS_MAX - 1)]:
            self._end(note.account, digest)
        is_by_code = (
            bool(note.instead_of) and note.is_proven
        )  # it takes the place of one that waited for its second factor
        self._put(Held(note, note.created_ns, note.created_ns if is_by_code else 0))

    def _put(self, held: Held) -> None:
        self.by_digest[held.opened.digest] = held
        self.of_account.setdefault(held.opened.account, {})[held.opened.digest] = None

    def _end(self, account: int, digest: str) -> None:
        mine = self.of_account.get(account, {})
        if digest in mine:
            del self.by_digest[digest], mine[digest]
            if not mine:
                del self.of_account[account]

    def _is_over(self, held: Held, time_ns: int) -> bool:
        return time_ns >= min(held.opened.created_ns + LIFETIME_NS, held.seen_ns + IDLE_NS + NOTED_NS)
