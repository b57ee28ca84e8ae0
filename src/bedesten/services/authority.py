"""The word on which something is done now: asked for again at the last moment, behind the last wait.

A request is let in by a key or a session. Until what it asks for is done, either may have been revoked, have expired, or have
been kept to another address. The server puts a function here that looks again; services call `recheck` beside the account's
standing, where nothing is waited for any more. What the venue does of itself, or the operator, is on nobody's word: there is
nothing to look at then. The word goes with a request's own tasks and with nothing else: batches are begun without one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Recheck = Callable[[], None]

_in_hand: ContextVar[Recheck | None] = ContextVar("authority", default=None)


def act_on(recheck: Recheck) -> None:
    """Have what this task does from now on looked at again by *recheck*, which raises when the word no longer holds."""
    _in_hand.set(recheck)


def let_go() -> None:
    """Act on nobody's word from now on: the request is answered."""
    _in_hand.set(None)


def recheck() -> None:
    """Return if the word on which this task acts still holds.

    Raises: what the authentication of the request raises.
    """
    look_again = _in_hand.get()
    if look_again is not None:
        look_again()
