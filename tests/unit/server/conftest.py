"""The server's tests run on the event loop that the server runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop
from tests.unit.server.fake import Running, running

from bedesten.server import run
from bedesten.server.direct import DirectProtocol
from bedesten.server.protocol import HttpProtocol


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(params=[DirectProtocol, HttpProtocol], ids=["short way", "long way"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have plain requests answered directly, or through a scope as all others are: nobody may see the difference."""
    monkeypatch.setattr(run, "DirectProtocol", request.param)


@pytest.fixture
async def venue() -> AsyncIterator[Running]:
    async with running() as server:
        yield server
