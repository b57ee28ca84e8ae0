"""WebSocket libraries that bots use, all in one form: each opens a socket, says one thing, and tells what it sees."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.node import MODULES, NODE

SCRIPT: Final = Path(__file__).parent / "node" / "listen.mjs"
PATIENCE_S: Final = 20  # of a test; what takes so long hangs

#: ("frame", its text), ("closed", code), ("refused", status of the handshake)
Seen = tuple[str, Any]
See = Callable[[], Any]
Listen = Callable[[str, str], AbstractAsyncContextManager[See]]


async def patient(coming: Any) -> Any:
    """Wait for what must come soon, or fail."""
    return await asyncio.wait_for(coming, PATIENCE_S)


@asynccontextmanager
async def by_websockets(url: str, message: str) -> AsyncIterator[See]:
    """Listen with the library websockets."""
    try:
        socket = await patient(connect(url, open_timeout=PATIENCE_S))
    except InvalidStatus as error:
        status = error.response.status_code
        yield lambda: _told("refused", status)
        return

    async def see() -> Seen:
        try:
            return "frame", await patient(socket.recv())
        except ConnectionClosed as error:
            return "closed", 1006 if error.rcvd is None else error.rcvd.code

    async with socket:
        await socket.send(message)
        yield see


@asynccontextmanager
async def by_aiohttp(url: str, message: str) -> AsyncIterator[See]:
    """Listen with the library aiohttp."""
    async with aiohttp.ClientSession() as session:
        try:
            socket = await patient(session.ws_connect(url))
        except aiohttp.WSServerHandshakeError as error:
            status = error.status
            yield lambda: _told("refused", status)
            return

        async def see() -> Seen:
            came = await patient(socket.receive())
            return ("frame", came.data) if came.type is aiohttp.WSMsgType.TEXT else ("closed", socket.close_code)

        async with socket:
            await socket.send_str(message)
            yield see


@asynccontextmanager
async def by_node(url: str, message: str) -> AsyncIterator[See]:
    """Listen with the library ws in a process of Node's. The script's modules stand beside it, by a link."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, "--input-type=module", "--eval", SCRIPT.read_text(), "--", url, message,
        cwd=MODULES.parent, stdout=asyncio.subprocess.PIPE, limit=1 << 22,
    )  # fmt: skip
    assert process.stdout is not None
    lines = process.stdout

    async def see() -> Seen:
        kind, value = json.loads(await patient(lines.readline()))
        return kind, value

    try:
        yield see
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _told(kind: str, value: Any) -> Seen:
    return kind, value
