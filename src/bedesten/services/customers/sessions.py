"""Sessions: who is signed in. A token is told once and kept as its digest; it ends by itself, or with a new password.

Owns the tokens. Invariant: nobody has more than SESSIONS_MAX of them; the oldest gives way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import NS_PER_S, Clock
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "session"  # of the records they are kept as: one of each customer, with all of theirs
SESSIONS_MAX: Final = 10  # of one customer: more devices than a person has
LIFETIME_NS: Final = 24 * 3_600 * NS_PER_S  # a working day and the evening after it
IDLE_NS: Final = 30 * 60 * NS_PER_S  # somebody who went away from the desk
NOTED_NS: Final = 60 * NS_PER_S  # how exactly the last sign of life is kept: a write a minute, not one a request
PREFIX: Final = "USER_TOKEN_LOGIN"  # the form that clients know
PART_BYTES: Final = 16  # of either half of a token


class Session(msgspec.Struct, kw_only=True):
    """One device on which a customer is signed in. is_proven: a second factor that is due was given."""

    account: int
    digest: str
    created_ns: int
    seen_ns: int
    noted_ns: int  # the sign of life that is kept
    is_proven: bool


class Token(NamedTuple):
    """What a device is told, once: *text* whole, *id* the half that names the session."""

    text: str
    id: str


class Sessions:
    """The sessions of everybody."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock, randomness: Callable[[int], bytes]) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._randomness = randomness
        self._by_digest: dict[str, Session] = {}
        self._of_account: dict[int, list[Session]] = {}
        for _, text in store.kept_records(KIND):
            for session in msgspec.json.decode(text, type=list[Session]):
                self._by_digest[session.digest] = session
                self._of_account.setdefault(session.account, []).append(session)

    def of_account(self, account: int) -> list[Session]:
        """Return the sessions of an account that hold, oldest first."""
        return [session for session in self._of_account.get(account, ()) if self._holds(session)]

    def find(self, token: str) -> Session | None:
        """Return the session of a token, if it holds, and note that it is used."""
        session = self._by_digest.get(_digest(token))
        if session is None or not self._holds(session):
            return None
        session.seen_ns = self._clock.now_ns()
        return session

    def is_open(self, session: Session) -> bool:
        """Return whether a session was not ended meanwhile."""
        return self._by_digest.get(session.digest) is session and self._holds(session)

    async def open(self, account: int, *, is_proven: bool, instead_of: Session | None = None) -> Token:
        """Sign an account in on one more device, or in the place of a session, which ends in the same breath.

        Raises: Overloaded, Stopped.
        """
        halves = [self._randomness(PART_BYTES).hex() for _ in range(2)]
        token = Token("_".join((PREFIX, *halves)), halves[1])
        now_ns = self._clock.now_ns()
        session = Session(
            account=account, digest=_digest(token.text), created_ns=now_ns, seen_ns=now_ns, noted_ns=now_ns,
            is_proven=is_proven,
        )  # fmt: skip
        held = [each for each in self.of_account(account) if each is not instead_of]
        await self._keep(account, [*held[-(SESSIONS_MAX - 1) :], session])
        return token

    async def note(self, session: Session) -> None:
        """Keep a sign of life that is newer than the one kept by a minute.

        Raises: Overloaded, Stopped.
        """
        if session.seen_ns - session.noted_ns >= NOTED_NS and session.digest in self._by_digest:
            session.noted_ns = session.seen_ns
            await self._keep(session.account, self.of_account(session.account))

    async def end(self, session: Session) -> None:
        """Sign out on one device.

        Raises: Overloaded, Stopped.
        """
        await self._keep(session.account, [each for each in self.of_account(session.account) if each is not session])

    async def end_all(self, account: int) -> None:
        """Sign out everywhere.

        Raises: Overloaded, Stopped.
        """
        if self._of_account.get(account):
            await self._keep(account, [])

    def _holds(self, session: Session) -> bool:
        now_ns = self._clock.now_ns()
        return now_ns < session.created_ns + LIFETIME_NS and now_ns < session.seen_ns + IDLE_NS

    async def _keep(self, account: int, sessions: list[Session]) -> None:
        # Known at once: a session that ends is of no use from here on, whenever the store has heard of it.
        for session in self._of_account.get(account, ()):
            self._by_digest.pop(session.digest, None)
        self._of_account[account] = sessions
        self._by_digest.update((session.digest, session) for session in sessions)
        text = msgspec.json.encode(sessions).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), text))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
