"""What the driver of a sandbox gets: the means to steer the venue, and endpoints for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from bedesten.bootstrap import demo
from bedesten.bootstrap.running import Running
from bedesten.bootstrap.sandboxes import open_sandbox


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Put the sandbox around the venue, for its driver and for the wire."""
    from bedesten.dialects.sandbox.dialect import SandboxDialect

    settings, venue = running.settings, running.venue
    running.sandbox = sandbox = open_sandbox(settings, venue, lambda: demo.accounts(settings, venue))
    if sandbox is not None:
        stage = sandbox.stage
        running.dialects.append(SandboxDialect(sandbox.steering, stage.faults, stage.skew, stage.transcript.lines))
    yield
