"""Sessions: who is signed in. A token is told once and known as its digest; it ends by itself, or with a new password.

Owns the tokens. An end holds from when it is submitted, and stands in the log in front of whatever follows. Invariant: nobody has
more than SESSIONS_MAX sessions; the oldest gives way.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes.customers import SessionOpened, SessionProven, SessionSeen, SessionsEnded
from bedesten.services.customers.fold_sessions import IDLE_NS, LIFETIME_NS, NOTED_NS, SESSIONS_MAX, Held, SessionsFold
from bedesten.services.customers.visitors import AGENT_CHARS_MAX, Visitor
from bedesten.services.ports import DataKeys
from bedesten.services.sealing.owners import owner_of
from bedesten.services.sequencing.ahead import whole
from bedesten.services.sequencing.sequencer import Sequencer

__all__ = ["IDLE_NS", "LIFETIME_NS", "NOTED_NS", "SESSIONS_MAX", "STEP_UP_NS", "Session", "Sessions", "Token"]

PREFIX: Final = "USER_TOKEN_LOGIN"  # the form that clients know
PART_BYTES: Final = 16  # of either half of a token
ID_CHARS: Final = 16  # of a session's id: no two of ten sessions share so many
STEP_UP_NS: Final = 300_000_000_000  # how long a proof is good for what asks for a fresh one
VISITOR_PURPOSE: Final = "visitor of a session"  # these words are part of what is stored
SPARE: Final = 1_000  # sessions that ended and are kept in mind before they are let go of


class Session(msgspec.Struct, kw_only=True):
    """One device on which a customer is signed in. is_proven: a second factor that is due was given."""

    account: int
    digest: str
    created_ns: int
    seen_ns: int  # volatile: the last sign of life
    noted_ns: int  # the one that was noted
    is_proven: bool
    proven_ns: int = 0  # when its holder last proved who they are, by more than the password; 0: never
    visitor: Visitor = Visitor()

    @property
    def id(self) -> str:
        """What names it to its owner: a part of the token's digest, which opens nothing."""
        return self.digest[:ID_CHARS]

    @property
    def csrf_token(self) -> str:
        """What a page of ours knows and sends with every change, and a page of another site does not."""
        return hmac.new(self.digest.encode(), b"csrf", hashlib.sha256).hexdigest()


class Token(NamedTuple):
    """What a device is told, once: *text* whole, *id* the half that names the session."""

    text: str
    id: str


class Sessions:
    """The sessions of everybody."""

    def __init__(self, sequencer: Sequencer, vault: DataKeys, clock: Clock, randomness: Callable[[int], bytes]) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._randomness = randomness
        self._fold = sequencer.state.folds.of(SessionsFold)
        self._live: dict[str, Session] = {}
        self._on_end: list[Callable[[Sequence[int]], None]] = []
        self._ending: Counter[str] = Counter()  # digests whose end was submitted and is not committed

    def of_account(self, account: int) -> list[Session]:
        """Return the sessions of an account that hold, oldest first."""
        digests = list(self._fold.of_account.get(account, ()))
        found = [self._session(self._fold.by_digest[digest]) for digest in digests]
        return [session for session in found if self.is_open(session)]

    def find(self, token: str) -> Session | None:
        """Return the session of a token, if it holds, and note that it is used."""
        held = self._fold.by_digest.get(_digest(token))
        session = None if held is None else self._session(held)
        if session is None or not self.is_open(session):
            return None
        session.seen_ns = self._clock.now_ns()
        return session

    def is_open(self, session: Session) -> bool:
        """Return whether a session was not ended meanwhile."""
        digest = session.digest
        return (
            self._clock.now_ns() < self.ends_ns(session) and digest in self._fold.by_digest and not self._ending[digest]
        )

    def ends_ns(self, session: Session) -> int:
        """Return when a session ends by itself if it is not used before."""
        return min(session.created_ns + LIFETIME_NS, session.seen_ns + IDLE_NS)

    def watch(self, on_end: Callable[[Sequence[int]], None]) -> None:
        """Have *on_end* told the account of sessions that end before their time, as they do."""
        self._on_end.append(on_end)

    def is_stepped_up(self, session: Session) -> bool:
        """Return whether its holder proved who they are a short while ago."""
        return bool(session.proven_ns) and self._clock.now_ns() < session.proven_ns + STEP_UP_NS

    async def open(
        self, account: int, *, is_proven: bool, instead_of: Session | None = None, visitor: Visitor | None = None
    ) -> Token:
        """Sign an account in on one more device, or in the place of a session, which the same command ends.

        The place of one that was ended is nobody's: the token is good for nothing then. Raises: Overloaded, Stopped.
        """
        halves = [self._randomness(PART_BYTES).hex() for _ in range(2)]
        token = Token("_".join((PREFIX, *halves)), halves[1])
        before = "" if instead_of is None else instead_of.digest
        who = self._sealed(account, instead_of.visitor if instead_of is not None and visitor is None else visitor)
        note = SessionOpened(account, _digest(token.text), self._clock.now_ns(), is_proven, before, who)
        await asyncio.shield(self._sequencer.submit(RecordNote(), notes=(note,)))
        self._tell_end(account)  # of the one whose place it took, and of the oldest of too many
        return token

    async def note(self, session: Session) -> None:
        """Note a sign of life that is newer than the one noted by a minute.

        Raises: Overloaded, Stopped.
        """
        if session.seen_ns - session.noted_ns >= NOTED_NS and self.is_open(session):
            seen = SessionSeen(session.digest, session.seen_ns)
            committed = self._sequencer.submit(RecordNote(), notes=(seen,))
            session.noted_ns = session.seen_ns
            await asyncio.shield(committed)

    async def prove(self, session: Session) -> None:
        """Note that who holds a session proved just now who they are.

        Raises: Overloaded, Stopped.
        """
        proven = SessionProven(session.digest, self._clock.now_ns())
        await asyncio.shield(self._sequencer.submit(RecordNote(), notes=(proven,)))

    async def end_others(self, session: Session) -> int:
        """Sign out everywhere else, and return how many sessions ended.

        Raises: Overloaded, Stopped; then every session goes on.
        """
        others = tuple(each.digest for each in self.of_account(session.account) if each.digest != session.digest)
        if others:  # a note that names none ends them all
            await whole(self._end(SessionsEnded(session.account, others)))
        return len(others)

    async def end(self, session: Session) -> None:
        """Sign out on one device.

        Raises: Overloaded, Stopped; then the session goes on.
        """
        if session.digest in self._fold.by_digest:
            await whole(self._end(SessionsEnded(session.account, (session.digest,))))

    async def end_all(self, account: int) -> None:
        """Sign out everywhere, also whoever is about to sign in.

        Raises: Overloaded, Stopped; then every session goes on.
        """
        await whole(self._end(SessionsEnded(account)))

    @contextmanager
    def ending(self, account: int) -> Iterator[SessionsEnded]:
        """End every session of an account by a note that the caller submits, beside what else ends them."""
        note = SessionsEnded(account)
        with self._ended(note):
            yield note

    async def _end(self, note: SessionsEnded) -> None:
        with self._ended(note):
            await self._sequencer.submit(RecordNote(), notes=(note,))

    @contextmanager
    def _ended(self, note: SessionsEnded) -> Iterator[None]:
        digests = note.digests or tuple(self._fold.of_account.get(note.account, ()))
        self._ending.update(digests)
        self._tell_end(note.account)
        try:
            yield
        finally:
            self._ending.subtract(digests)
            for digest in digests:
                if self._ending[digest] <= 0:
                    del self._ending[digest]

    def _tell_end(self, account: int) -> None:
        for on_end in self._on_end:
            on_end([account])

    def _session(self, held: Held) -> Session:
        opened = held.opened
        found = self._live.get(opened.digest)
        if found is None:
            if len(self._live) > len(self._fold.by_digest) + SPARE:
                self._live = {digest: each for digest, each in self._live.items() if digest in self._fold.by_digest}
            found = self._live[opened.digest] = Session(
                account=opened.account, digest=opened.digest, created_ns=opened.created_ns, seen_ns=held.seen_ns,
                noted_ns=held.seen_ns, is_proven=opened.is_proven, visitor=self._visitor(opened),
            )  # fmt: skip
        found.proven_ns = held.proven_ns
        return found

    def _sealed(self, account: int, visitor: Visitor | None) -> str:
        if not visitor or not self._vault.has(owner_of(account)):
            return ""  # an account without a customer has no data key
        told = msgspec.json.encode(visitor._replace(agent=visitor.agent[:AGENT_CHARS_MAX])).decode()
        return self._vault.sealing(owner_of(account)).seal(told, VISITOR_PURPOSE)

    def _visitor(self, opened: SessionOpened) -> Visitor:
        if not opened.visitor:
            return Visitor()
        told = self._vault.sealing(owner_of(opened.account)).unseal(opened.visitor, VISITOR_PURPOSE)
        return msgspec.json.decode(told, type=Visitor)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
