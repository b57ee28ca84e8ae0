"""Settings: how one process of the venue runs. Never reads the environment: the command line says it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from bedesten.clock import DEMO_START_NS

IN_MEMORY: Final = ":memory:"  # in the place of a data directory


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the file, the key and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one process of the venue runs: the options of `bedesten serve`."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any free one
    data: str = IN_MEMORY  # a directory, or IN_MEMORY to keep nothing
    config: str | None = None  # None: the packaged demo venue
    demo: bool = False  # accounts with known keys and a living book
    seed: int = 1  # of everything the demo draws
    sandbox: bool = False  # time, chance and outcomes are its driver's
    books: Literal["living", "empty"] = "living"  # empty: the demo's accounts, and nobody quotes or trades
    clock: Literal["system", "manual", "offset"] = "system"  # manual: in a sandbox only
    start_ns: int = DEMO_START_NS  # of a manual clock
    stamps: Literal["wall", "venue"] = "wall"  # by which clock customers of a sandbox stamp what they sign
    transcript: str = ""  # a file that a sandbox's transcript is appended to
    scenario: str = ""  # that befalls a sandbox from its beginning: a packaged one by its name, or a file
    rate_limits: bool | None = None  # None: except under a manual clock
    ack: Literal["memory", "written", "synced"] = "synced"
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For tells who the client is
    cors_origins: tuple[str, ...] = ()  # pages of other sites that may call from a browser; ("*",): all of them
    behind_tls: bool = False  # clients come over TLS only, by a proxy's
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    access_log: bool = False  # a line for every request
    sandbox_from: tuple[str, ...] = ("127.0.0.0/8", "::1")  # who may drive a sandbox: addresses and networks
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1")  # who may read /metrics: addresses and networks

    @property
    def directory(self) -> Path | None:
        """The data directory; None for a venue that keeps nothing."""
        return None if self.data == IN_MEMORY else Path(self.data)
