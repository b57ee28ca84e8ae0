"""Locks by owner: what one customer asks for happens one after the other, and nobody waits for anybody else's commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class OwnerLocks:
    """A lock for every owner who holds or awaits one; as many as there are requests under way."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._wanted: dict[int, int] = {}  # how many hold or await it

    @contextlib.asynccontextmanager
    async def of(self, owner: int) -> AsyncIterator[None]:
        """Hold the owner's lock."""
        lock = self._locks.setdefault(owner, asyncio.Lock())
        self._wanted[owner] = self._wanted.get(owner, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[owner] -= 1
            if not self._wanted[owner]:
                del self._wanted[owner], self._locks[owner]
