"""What stands before the next command: states that were submitted and are not committed yet.

A fold changes when its batch is applied, and until then somebody else may decide on the same thing. Whoever decides looks here
first, so that every decision is made on the state that its command will find. Volatile, and never ahead of what was refused: a
state comes here only once its command was taken. Commands NOTE are never rejected, so what stands here comes about, or the venue
stops; who says something beside another command looks again at the fold when that is committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
S = TypeVar("S")
T = TypeVar("T")


class Ahead(Generic[K, S]):
    """The newest state of each thing that has a command under way."""

    def __init__(self) -> None:
        self._states: dict[K, tuple[S, asyncio.Future[Any]]] = {}
        self.changes = 0  # how often a state came or went

    def of(self, key: K, otherwise: S) -> S:
        """Return the state that the next command about *key* finds; *otherwise*: what the fold says."""
        found = self._states.get(key)
        return otherwise if found is None else found[0]

    def put(self, key: K, state: S, committed: asyncio.Future[Any]) -> None:
        """Remember a state until the command that brings it is committed."""
        self.changes += 1
        self._states[key] = (state, committed)
        committed.add_done_callback(lambda done: self._drop(key, done))

    def under_way(self, key: K) -> asyncio.Future[Any] | None:
        """Return the end of the last command about *key* that is not committed yet."""
        found = self._states.get(key)
        return None if found is None else found[1]

    def _drop(self, key: K, done: asyncio.Future[Any]) -> None:
        found = self._states.get(key)
        if found is not None and found[1] is done:
            self.changes += 1
            del self._states[key]


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """Do *work* to its end, also when whoever asked for it goes away: what it claims is let go of behind its commit."""
    return await asyncio.shield(asyncio.ensure_future(work))
