"""Clients that hide nothing: bytes as they come, of a kept connection and of a WebSocket, and the venues' signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import struct
from typing import Any

PING, PONG = 0x9, 0xA


class Connection:
    """One TCP connection and what was read ahead on it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._ahead = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def until(self, end: bytes) -> bytes:
        """Return what comes up to and including *end*."""
        while end not in self._ahead:
            self._more()
        at = self._ahead.index(end) + len(end)
        return self.take(at)

    def take(self, count: int) -> bytes:
        """Return the next *count* bytes."""
        while len(self._ahead) < count:
            self._more()
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        return taken

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> None:
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the venue ended the connection")
        self._ahead += data


class Http(Connection):
    """A kept connection for requests."""

    def ask(self, method: str, target: str, headers: dict[str, str], body: str = "") -> bytes:
        """Return the answer as it came: status line, headers, body."""
        lines = [f"{method} {target} HTTP/1.1", "host: venue", f"content-length: {len(body.encode())}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        head = self.until(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")), 0
        )
        return head + self.take(length)


class Stream(Connection):
    """A WebSocket."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(port)
        self.send(
            f"GET {path} HTTP/1.1\r\nhost: venue\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        self.head = self.until(b"\r\n\r\n")
        self._pings = 0

    def tell(self, message: Any) -> None:
        self._frame(0x1, json.dumps(message).encode())

    def drain(self) -> bytes:
        """Return every frame that the venue sent before it answers a ping of now."""
        self._pings += 1
        payload = b"%d" % self._pings
        self._frame(PING, payload)
        drained = b""
        while True:
            head = self.take(2)
            length = head[1] & 0x7F
            more = self.take(2 if length == 126 else 8 if length == 127 else 0)
            if more:
                length = int.from_bytes(more)
            body = self.take(length)
            if head[0] & 0x0F == PONG and body == payload:
                return drained
            drained += head + more + body

    def _frame(self, kind: int, body: bytes) -> None:
        size = len(body)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack("!H", size)
        self.send(bytes([0x80 | kind]) + length + bytes(4) + body)  # masked with zeros


def by_path(key: str, secret: str, path: str, nonce: int, body: str = "", prefix: str = "request") -> dict[str, str]:
    """Return the headers of BTSE, and with *prefix* btse those of BITGIN."""
    signed = f"{path.partition('?')[0].removeprefix('/spot').removeprefix('/otc')}{nonce}{body}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha384).hexdigest()
    named = {f"{prefix}-api": key, f"{prefix}-nonce": str(nonce), f"{prefix}-sign": signature}
    return {"content-type": "application/json", **named}


def by_stamp(key: str, secret: str, stamp: int) -> dict[str, str]:
    """Return the headers of BtcTurk."""
    signature = base64.b64encode(_hmac256(secret, f"{key}{stamp}")).decode()
    return {"content-type": "application/json", "x-pck": key, "x-stamp": str(stamp), "x-signature": signature}


def btse_login(key: str, secret: str, path: str, nonce: int) -> dict[str, Any]:
    signature = hmac.new(secret.encode(), f"{path}{nonce}".encode(), hashlib.sha384).hexdigest()
    return {"op": "authKeyExpires", "args": [key, str(nonce), signature]}


def btcturk_login(key: str, secret: str, stamp: int, tolerance: int = 60_000) -> list[Any]:
    signature = base64.b64encode(_hmac256(secret, f"{key}{tolerance}")).decode()
    model = {"type": 114, "publicKey": key, "timestamp": stamp, "nonce": tolerance, "signature": signature}
    return [114, model]


def _hmac256(secret: str, text: str) -> bytes:
    return hmac.new(base64.b64decode(secret), text.encode(), hashlib.sha256).digest()


def by_target(key: str, secret: str, method: str, target: str, stamp: int, body: str = "") -> dict[str, str]:
    """Return the headers that sign a request natively."""
    message = "\n".join((str(stamp), method, target, hashlib.sha256(body.encode()).hexdigest()))
    signature = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return {"x-key": key, "x-timestamp": str(stamp), "x-signature": signature, "content-type": "application/json"}


def native_login(key: str, secret: str, stamp: int) -> dict[str, Any]:
    """Return what logs in on the native socket."""
    signed = by_target(key, secret, "GET", "/native/v1/stream", stamp)
    return {"op": "login", "key": key, "timestamp": stamp, "signature": signed["x-signature"]}
