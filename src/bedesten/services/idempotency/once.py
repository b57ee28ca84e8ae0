"""Once: what a customer asks for under an id of his own is done once, however often he asks.

Owns which ids are under way; which were used, and what came of that, is asked of the log (fold_ids). Never does anything itself.
What was refused is not remembered: it may be asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class AlreadyUsed(Exception):
    """The id was used for something else."""


class Once(Generic[T]):
    """The ids of one kind of request. *known* returns what was asked under an id and what came of it, as the log has it."""

    def __init__(self, known: Callable[[int, str], tuple[Hashable, T] | None]) -> None:
        self._under_way: dict[tuple[int, str], asyncio.Task[T]] = {}
        self._known = known

    async def run(self, account: int, id: str, asked: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what came of *asked*: of this time, or of the first one. Without an id it is always done.

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
        task = asyncio.create_task(self._ask(account, id, ask))
        self._under_way[account, id] = task
        return await asyncio.shield(task)

    async def _ask(self, account: int, id: str, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await ask()
        finally:
            del self._under_way[account, id]
