"""Once: what a customer asks for under an id of his own is done once, however often he asks.

Owns which ids are under way; which were used, and what came of that, is asked of the log (fold_ids). Never does anything itself.
What was refused is not remembered: it may be asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

IDS_MAX: Final = 100_000  # remembered of all customers, the latest: far more than can be retried, about 40 MB when full


class AlreadyUsed(Exception):
    """The id was used for something else."""


class Once(Generic[T]):
    """The ids of one kind of request. *known* returns what was asked under an id and what came of it, as the log has it."""

    def __init__(self, known: Callable[[int, str], tuple[Hashable, T] | None] | None = None) -> None:
        self._done: dict[tuple[int, str], tuple[Hashable, T]] = {}
        self._under_way: dict[tuple[int, str], asyncio.Task[T]] = {}
        self._known = known or self._remembered

    def remember(self, account: int, id: str, asked: Hashable, done: T) -> None:
        """Take in what came of a request; without an id there is nothing to remember."""
        if not id:
            return
        self._done[account, id] = (asked, done)
        if len(self._done) > IDS_MAX:
            del self._done[next(iter(self._done))]

    def _remembered(self, account: int, id: str) -> tuple[Hashable, T] | None:
        return self._done.get((account, id))

    async def run(
        self, account: int, id: str, asked: Hashable, ask: Callable[[], Awaitable[T]],
        is_done: Callable[[T], bool] = lambda done: False,
    ) -> T:  # fmt: skip
        """Return what came of *asked*: of this time, or of the first one. Without an id it is always done.

        *is_done*: whether to remember it here; not where the log tells.

        Raises: AlreadyUsed; what *ask* raises.
        """
        if not id:
            return await ask()
        while (other := self._under_way.get((account, id))) is not None:
            await asyncio.wait([other])
        if (known := self._known(account, id)) is not None:
            if known[0] != asked:
                raise AlreadyUsed(id)
            return known[1]
        # A task of its own: a customer who hangs up meanwhile must not leave it half decided.
        task = asyncio.create_task(self._ask(account, id, asked, ask, is_done))
        self._under_way[account, id] = task
        return await asyncio.shield(task)

    async def _ask(
        self, account: int, id: str, asked: Hashable, ask: Callable[[], Awaitable[T]], is_done: Callable[[T], bool]
    ) -> T:
        try:
            done = await ask()
            if is_done(done):
                self.remember(account, id, asked, done)
            return done
        finally:
            del self._under_way[account, id]
