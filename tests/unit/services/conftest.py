"""A small venue in memory, and a market on it in which a lot costs its price in ticks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.services.venue import Venue
from bedesten.storage.memory import open_memory


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until told."""
    return ManualClock()


@pytest.fixture
def store() -> Iterator[Pausing]:
    """A store in memory whose commits can be held up, or made to fail."""
    inner = open_memory()
    yield Pausing(inner)
    inner.close()


@pytest.fixture
def failures() -> list[BaseException]:
    """What the venue said when it stopped by itself."""
    return []


@pytest.fixture
async def market(clock: ManualClock, store: Pausing, failures: list[BaseException]) -> AsyncIterator[Market]:
    """A venue with BTC-USD and ETH-USD, on which alice and bob have money."""
    market = await open_market(store, clock, on_failure=failures.append)
    yield market
    store.let_go()
    await market.venue.sequencer.stop()


@pytest.fixture
def venue(market: Market) -> Venue:
    """The venue of the market."""
    return market.venue
