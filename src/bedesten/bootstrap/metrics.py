"""The venue's figures for Prometheus. Its library is imported when somebody first reads them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from functools import cache

from bedesten import __version__
from bedesten.bootstrap.running import Running


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Offer the figures to the wire."""

    @cache
    def text() -> Callable[[], bytes]:
        from bedesten.server.metrics import Metrics

        return Metrics(
            running.venue, running.traffic, running.check, version=__version__, directory=running.settings.directory
        ).text

    running.metrics = lambda: text()()
    yield
