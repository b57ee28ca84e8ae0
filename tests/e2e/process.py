"""A server process as an operator would start and end it, and a client that signs as BTSE's customers do.

Owns the processes it starts and ends no others. What is tested is the program, from outside.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests

PROGRAM: Final = (sys.executable, "-m", "bedesten")
END_S: Final = 10  # a stop that takes longer is a hang; it takes a fraction of a second
CALL_S: Final = 10


class Trader(NamedTuple):
    """A demo account's key."""

    name: str
    key: str
    secret: str


class Server:
    """A serving process. Its first line of output says where it is."""

    def __init__(self, *arguments: str, log: Path) -> None:
        self.log = log
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        if not first.startswith("listening on "):
            self.process.kill()
            raise AssertionError(f"the server did not start: {first!r} {log.read_text()[-2000:]}")
        self.url = first.split()[-1]
        self.ws_url = self.url.replace("http", "ws", 1)

    def traders(self) -> dict[str, Trader]:
        """Return the demo's accounts by name."""
        listed = requests.get(f"{self.url}/demo", timeout=CALL_S).json()["accounts"]
        return {row["name"]: Trader(row["name"], row["api_key"], row["api_secret"]) for row in listed}

    def stop(self) -> str:
        """End it as an operator does, and return what it said on standard error."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> str:
        """Return what it said on standard error, once it has ended in good order; it was signaled already."""
        try:
            code = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the signal was not obeyed within {END_S} s") from None
        self._close()
        said = self.log.read_text()
        assert code == 0, said
        assert "Traceback" not in said, said
        return said

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def serving(directory: Path, *arguments: str) -> Iterator[Server]:
    """Yield a running server that logs into *directory*, and end it by SIGTERM, which must work."""
    server = Server(*arguments, log=directory / "stderr.txt")
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    if server.process.poll() is None:
        server.stop()


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(env or {})},
    )


class Client:
    """One customer on BTSE's spot API: signs the path behind the product, the nonce and the body's bytes."""

    def __init__(self, server: Server, trader: Trader) -> None:
        self.server = server
        self.trader = trader

    def sign(self, text: str) -> str:
        return hmac.new(self.trader.secret.encode(), text.encode(), hashlib.sha384).hexdigest()

    def login(self, path: str = "/ws/spot") -> str:
        """Return the message that logs a socket in."""
        nonce = str(int(time.time() * 1000))
        return json.dumps({"op": "authKeyExpires", "args": [self.trader.key, nonce, self.sign(path + nonce)]})

    def send(self, method: str, path: str, query: str = "", body: Any = None) -> requests.Response:
        """Send a signed request and return the response, whatever it is."""
        nonce = str(int(time.time() * 1000))
        text = "" if body is None else json.dumps(body)
        headers = {
            "request-api": self.trader.key,
            "request-nonce": nonce,
            "request-sign": self.sign(path + nonce + text),
            "Content-Type": "application/json",
        }
        url = f"{self.server.url}/spot{path}" + (f"?{query}" if query else "")
        return requests.request(method, url, data=text or None, headers=headers, timeout=CALL_S)

    def call(self, method: str, path: str, query: str = "", body: Any = None) -> Any:
        """Send a signed request that must succeed, and return its JSON."""
        response = self.send(method, path, query, body)
        assert response.status_code == 200, response.text
        return response.json()

    def place(self, symbol: str, side: str, **fields: Any) -> list[dict[str, Any]]:
        """Place an order and return its rows."""
        body = {"symbol": symbol, "side": side, "type": "LIMIT", **fields}
        rows: list[dict[str, Any]] = self.call("POST", "/api/v3.3/order", body=body)
        return rows

    def last_price(self, symbol: str) -> float:
        """Return where a market stands."""
        (row,) = requests.get(
            f"{self.server.url}/spot/api/v3.3/price", params={"symbol": symbol}, timeout=CALL_S
        ).json()
        return float(row["lastPrice"])
