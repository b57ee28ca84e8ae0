"""A stand with two customers who have a million of everything, alice and bob."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.dialects.btcturk.stand import Client, Stand, open_stand


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A venue behind its server."""
    opened = await open_stand()
    yield opened
    await opened.venue.sequencer.stop()


@pytest.fixture
async def alice(stand: Stand) -> Client:
    """A customer with all permissions."""
    return await stand.customer("alice")


@pytest.fixture
async def bob(stand: Stand) -> Client:
    """Another one."""
    return await stand.customer("bob")
