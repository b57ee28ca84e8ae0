"""A stand with two customers who are signed in and have a million of everything, alice and bob."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.dialects.bitgin.stand import Client, Stand, open_stand


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A venue behind its server."""
    opened = await open_stand()
    yield opened
    await opened.close()


@pytest.fixture
async def alice(stand: Stand) -> Client:
    """A customer who may do everything."""
    return await stand.customer("alice")


@pytest.fixture
async def bob(stand: Stand) -> Client:
    """Another one."""
    return await stand.customer("bob")
