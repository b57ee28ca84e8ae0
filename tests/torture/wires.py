"""The connections of the clients: signed as each dialect's customers do, and the operator's.

Never decides what is right; an answer that no client may ever see is a breach.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from bedesten.server.control import SOCKET_NAME
from tests.torture.books import Breach
from tests.torture.stage import SECRET

CALL_S: Final = 20
GONE: Final = (OSError, http.client.HTTPException)  # the server was killed; what was asked stays unanswered
FAULTS: Final = 500  # the first status that says that the server is at fault


class Wire:
    """One connection of a customer."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_S)
        self._key = key

    def call(self, method: str, path: str, query: str = "", body: Any = None) -> tuple[int, Any]:
        """Ask BTSE's API; return status and JSON. Raises: GONE."""
        return self._ask("request", path[path.index("/api") :], method, path, query, body)

    def bitgin(self, method: str, path: str, query: str = "", body: Any = None) -> tuple[int, Any]:
        """Ask BITGIN's API; return status and JSON. Raises: GONE."""
        return self._ask("btse", path, method, path, query, body)

    def btcturk(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask BtcTurk's API; return status and JSON. Raises: GONE."""
        stamp = _now()
        made = hmac.new(base64.b64decode(SECRET), (self._key + stamp).encode(), hashlib.sha256).digest()
        headers = {"x-pck": self._key, "x-stamp": stamp, "x-signature": base64.b64encode(made).decode()}
        return self._send(method, path, None if body is None else json.dumps(body), headers)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, prefix: str, signed: str, method: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        nonce, text = _now(), "" if body is None else json.dumps(body)
        made = hmac.new(SECRET.encode(), (signed + nonce + text).encode(), hashlib.sha384).hexdigest()
        headers = {f"{prefix}-api": self._key, f"{prefix}-nonce": nonce, f"{prefix}-sign": made}
        return self._send(method, path + (f"?{query}" if query else ""), text or None, headers)

    def _send(self, method: str, path: str, text: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        self._connection.request(method, path, text, {**headers, "content-type": "application/json"})
        response = self._connection.getresponse()
        body = response.read()
        answer = json.loads(body, parse_float=Decimal) if body else response.headers.get("location")
        if response.status >= FAULTS:
            raise Breach(f"{method} {path}: {response.status} {answer}")
        return response.status, answer


class Operator:
    """The control socket of the venue in a directory."""

    def __init__(self, data: Path) -> None:
        self._path = str(data / SOCKET_NAME)

    def ask(self, operation: str, **arguments: Any) -> list[dict[str, Any]]:
        """Return the rows of an operation's answer. Raises: GONE; Breach when it is refused."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(CALL_S)
            connection.connect(self._path)
            connection.sendall(json.dumps({"operation": operation, "arguments": arguments}).encode() + b"\n")
            with connection.makefile("rb") as answers:
                line = answers.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the venue was killed before it answered")
        told = json.loads(line)
        if told.get("error"):
            raise Breach(f"{operation} {arguments} is refused: {told['error']}")
        rows: list[dict[str, Any]] = told.get("rows", [])
        return rows


def _now() -> str:
    return str(int(time.time() * 1000))
