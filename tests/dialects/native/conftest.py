"""A venue of the demo's instruments for a module, and its native rows, asked as programs ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.dialects.native.client import Client
from tests.security.stand import Stand, standing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue in memory; time stands still until a test moves it."""
    async with standing() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def client(stand: Stand) -> Client:
    """Somebody without a key."""
    return Client(stand)
