"""What an operator may choose about the wire, with the reasons for the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BODY_BYTES_MAX: Final = 256 * 1024  # the largest documented request is under 4 KB; room for batches, none for mischief
MESSAGE_BYTES_MAX: Final = 64 * 1024  # a WebSocket message: a hundred topics take 4 KB
SOCKETS_MAX: Final = 10_000  # with their outboxes full they still fit a 16 GB machine
SOCKETS_PER_ADDRESS_MAX: Final = 500  # venues allow 50; a whole office may sit behind one address
CONNECTIONS_PER_ADDRESS_MAX: Final = (
    1_000  # HTTP: a fleet of bots behind one address has some hundred; a twentieth of all
)
LOCAL: Final = ("127.0.0.0/8", "::1")  # this machine
GRACE_S: Final = 5  # for answers under way when the server stops


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Bounds and manners of the HTTP and WebSocket server."""

    cors_origins: tuple[str, ...] = ()  # pages of other sites that may call us from a browser; ("*",): all of them
    trusted_proxies: tuple[str, ...] = ()  # addresses and networks whose X-Forwarded-* count
    is_behind_tls: bool = False  # a header forbids browsers to use plain HTTP again
    metrics_from: tuple[str, ...] = LOCAL  # addresses and networks that may read /metrics
    sandbox_from: tuple[str, ...] = LOCAL  # addresses and networks that may drive a sandbox
    has_access_log: bool = False
    body_bytes_max: int = BODY_BYTES_MAX
    message_bytes_max: int = MESSAGE_BYTES_MAX
    sockets_max: int = SOCKETS_MAX
    sockets_per_address_max: int = SOCKETS_PER_ADDRESS_MAX
    connections_per_address_max: int = CONNECTIONS_PER_ADDRESS_MAX
    grace_s: int = GRACE_S
