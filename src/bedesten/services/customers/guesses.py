"""Wrong guesses of somebody who is in already: at the old password, at the authenticator's code.

They are counted for the session or key that they came with, and for nobody else: so many end that session, or shut that key out
of guessing for a time, and the customer goes on undisturbed. Each secret has a count of its own: who knows the password gets no
more guesses at the code for it. Guesses at a sign-in are counted by logins and authenticators.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from typing import Final, NamedTuple

from bedesten.clock import NS_PER_S, Clock
from bedesten.services.customers.sessions import Session, Sessions

TRIES_MAX: Final = 5
SHUT_OUT_NS: Final = 2 * 3_600 * NS_PER_S
ASKERS_MAX: Final = 10_000  # remembered; the one that guessed longest ago is forgotten


class Asker(NamedTuple):
    """Whose session or key a guess came with. *name*: the key's, or the session's; session None: a key's."""

    name: str
    session: Session | None


class Secret(enum.Enum):
    """What is guessed."""

    PASSWORD = "password"
    CODE = "code"


class _Tries(NamedTuple):
    wrong: int
    since_ns: int


class Guesses:
    """The wrong guesses of every session and key."""

    def __init__(self, clock: Clock, sessions: Sessions) -> None:
        self._clock = clock
        self._sessions = sessions
        self._tries: OrderedDict[tuple[str, Secret], _Tries] = OrderedDict()

    def is_spent(self, asker: Asker, secret: Secret) -> bool:
        """Return whether somebody may not guess any more for now."""
        tries = self._of(asker, secret)
        is_ended = asker.session is not None and not self._sessions.is_open(asker.session)
        return is_ended or (tries is not None and tries.wrong >= TRIES_MAX)

    async def note_wrong(self, asker: Asker, secret: Secret) -> bool:
        """Count a wrong guess; return whether it was the last. A session ends with it.

        Raises: Overloaded, Stopped.
        """
        tries = self._of(asker, secret) or _Tries(0, self._clock.now_ns())
        self._tries[asker.name, secret] = tries = tries._replace(wrong=tries.wrong + 1)
        self._tries.move_to_end((asker.name, secret))
        if len(self._tries) > ASKERS_MAX:
            self._tries.popitem(last=False)
        if tries.wrong < TRIES_MAX:
            return False
        if asker.session is not None:
            await self._sessions.end(asker.session)
        return True

    def note_right(self, asker: Asker, secret: Secret) -> None:
        """Forget the wrong guesses at what is known now."""
        self._tries.pop((asker.name, secret), None)

    def _of(self, asker: Asker, secret: Secret) -> _Tries | None:
        tries = self._tries.get((asker.name, secret))
        return None if tries is None or self._clock.now_ns() >= tries.since_ns + SHUT_OUT_NS else tries
