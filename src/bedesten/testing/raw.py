"""Requests and WebSockets as bytes, for a replay: it says again what was said, and reads only to make room."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Mapping

_TEXT = 0x81  # a whole message
_MASKED = 0x80


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a request as it stands on the wire."""
    lines = [f"{method} {target} HTTP/1.1", "host: venue", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


class Upgraded:
    """A WebSocket whose frames nobody looks at."""

    def __init__(self, connected: socket.socket, path: str) -> None:
        """Return once the venue has answered, whatever it said."""
        self._socket = connected
        upgrade = {
            "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
            "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }  # fmt: skip
        connected.sendall(request_bytes("GET", path, upgrade, b""))
        connected.recv(1 << 16)
        connected.setblocking(False)

    def say(self, message: bytes) -> None:
        """Send a text."""
        size = len(message)
        if size < 126:
            length = bytes([_MASKED | size])
        elif size < 1 << 16:
            length = bytes([_MASKED | 126]) + struct.pack("!H", size)
        else:
            length = bytes([_MASKED | 127]) + struct.pack("!Q", size)
        self._socket.setblocking(True)
        self._socket.sendall(bytes([_TEXT]) + length + bytes(4) + message)  # masked with zeros
        self._socket.setblocking(False)

    def drain(self) -> None:
        """Read what is there."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while self._socket.recv(1 << 20):
                pass

    def close(self) -> None:
        """End it."""
        self._socket.close()
