"""Paths as clients write them: with a slash too many, or below a prefix where nobody speaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bedesten.bootstrap import Running, serve
from bedesten.config import Settings
from tests.unit.server.fake import read_response
from tests.unit.server.wire import HANDSHAKE


@pytest.fixture
async def demo() -> AsyncIterator[Running]:
    """A venue in memory with every dialect."""
    async with serve(Settings(port=0, data=":memory:"), say=lambda text: None) as running:
        yield running


def plain(demo: Running) -> list[tuple[str, str]]:
    """Return every endpoint of every dialect, with something in its parameters' places."""
    return [
        (endpoint.method, "/".join("1" if part.startswith("{") else part for part in endpoint.path.split("/")))
        for dialect in demo.dialects
        for endpoint in dialect.endpoints
    ]


async def test_a_slash_at_the_end_finds_the_path_on_every_dialect(demo: Running) -> None:
    """Any method, and OPTIONS; the path stays as it was sent, for signatures. Two slashes are another path."""
    table: Any = demo.server._uvicorn.config.app
    for method, path in plain(demo):
        found, parameters = table._table.find(method, path)
        assert found is not None and table._table.find(method, path + "/") == (found, parameters), (method, path)
        assert table._table.methods(path + "/") == table._table.methods(path)
        assert table._table.find(method, path + "//")[0] is None
    async with httpx.AsyncClient(base_url=demo.server.url) as client:
        for path in ("/spot/api/v3.3/time", "/api/v2/ticker", "/v1/currencies"):
            one, other = await client.get(path), await client.get(path + "/")
            assert one.status_code == other.status_code and list(one.json()) == list(other.json()), path


async def handshake(demo: Running, path: str) -> tuple[int, bytes]:
    """Return the answer to a handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", demo.server.port)
    writer.write(HANDSHAKE.format(path=path, more="").encode())
    status, _, body = await read_response(reader)
    writer.close()
    return status, body


@pytest.mark.parametrize(
    "path",
    [
        "/ws/futures", "/ws/oss/futures", "/ws/nowhere", "/WS/Futures", "/ws/spot/x", "/spot/ws", "/futures/ws", "/otc/ws",
        "/public-api/ws", "/v1/ws", "/bitgin/ws", "/bitgin/v1/x", "/ws/futures?x=1", "/ws/%66utures", "/ws//spot", "/ws/spot//",
    ],
)  # fmt: skip
async def test_a_socket_that_nobody_has_is_refused_at_the_handshake(
    demo: Running, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With 404 in its owner's shape, and no word in the log: anybody may ask for anything."""
    caplog.set_level(logging.INFO)
    status, _ = await handshake(demo, path)
    await asyncio.sleep(0)

    assert status == 404
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "path", ["/ws/spot", "/ws/oss/spot", "/ws/otc", "/ws/spot/", "/ws/oss/spot/", "/", "/ws", "/market", "/market/"]
)
async def test_sockets_that_are_there_open(demo: Running, path: str) -> None:
    """Exact, with a slash, and the feed on any path of a bare host."""
    assert (await handshake(demo, path))[0] == 101
