"""The wire: the port, taken before anything else, and the server that answers there once everything else runs."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import AsyncIterator

from bedesten.bootstrap.checks import StartRefused
from bedesten.bootstrap.dialects import dialect_limits
from bedesten.bootstrap.running import Running
from bedesten.config import Settings
from bedesten.server.settings import ServerSettings


def take_port(settings: Settings) -> socket.socket:
    """Return a socket that listens where the settings say. Raises: StartRefused."""
    from bedesten.server.run import listen

    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        remedy = {
            errno.EADDRINUSE: "another program has the port; choose one with --port, or --port 0 for any that is free",
            errno.EACCES: "ports below 1024 are the administrator's; choose one above with --port",
        }.get(error.errno or 0, "name an address of this machine with --host")
        raise StartRefused(f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): {remedy}") from error


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Answer requests on the socket that was taken."""
    from bedesten.server.app import App  # with the server's libraries: commands that serve nothing need not wait
    from bedesten.server.run import Server

    settings, venue = running.settings, running.venue
    wire = ServerSettings(
        trusted_proxies=settings.trusted_proxies, cors_origins=settings.cors_origins, is_behind_tls=settings.behind_tls,
        metrics_from=settings.metrics_from, sandbox_from=settings.sandbox_from, has_access_log=settings.access_log,
    )  # fmt: skip
    app = App(
        venue, running.dialects, settings=wire, health=running.health, documents=running.documents, traffic=running.traffic,
        metrics=running.metrics, stage=None if running.sandbox is None else running.sandbox.stage,
    )  # fmt: skip
    if venue.changes is not None:
        venue.changes.watch(lambda file, _: app.renew_limits(dialect_limits(file)))
    running.server = Server(app, host=settings.host, port=settings.port, settings=wire, listener=running.listener)
    await running.server.start()
    try:
        yield
    finally:
        if running.sandbox is not None:
            running.sandbox.stage.let_go()
        await running.server.stop()
