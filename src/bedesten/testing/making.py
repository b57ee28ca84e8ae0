"""Making the template that a test's venue begins from."""

from __future__ import annotations

from typing import Any

from bedesten.bootstrap.host import Host
from bedesten.bootstrap.templates import Template
from bedesten.config import Settings
from bedesten.config.profiles import path_of
from bedesten.services.sandbox.refusals import SandboxRefused

BOOKS = ("living", "empty")


def template_of(profile: str, seed: int, books: Any, clock: Any, stamps: Any) -> Template:
    """Return a venue as it stands before its first request. *books*: living, or empty but for what a test places.

    Raises: SandboxRefused; ConfigError, for a profile that is no venue file.
    """
    if books not in BOOKS:
        raise SandboxRefused(f"books are {' or '.join(BOOKS)}, not {books!r}")
    settings = Settings(
        port=0, demo=True, books=books, sandbox=True, seed=seed, clock=clock, stamps=stamps, config=path_of(profile)
    )  # fmt: skip
    host = Host(settings)
    try:
        return host.call(host.running.template())
    finally:
        failed = host.stop()
        if failed is not None:
            raise failed
