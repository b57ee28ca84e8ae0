"""The operator's socket in the data directory."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from bedesten.bootstrap.running import Running


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Answer operators."""
    from bedesten.server.control import ControlSocket
    from bedesten.services.operator.operations import Operations

    directory = running.settings.directory
    assert directory is not None, "a part of venues that keep their data"
    socket = ControlSocket(directory, Operations(running.venue))
    await socket.open()
    try:
        yield
    finally:
        await socket.close()
