"""A client of the native API in a test: it signs what it sends, over the whole application."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.security.stand import Answer, Credentials, Sent, Stand, signed

BASE = "/native/v1"


@dataclass
class Client:
    """Somebody who asks; without credentials anybody."""

    stand: Stand
    who: Credentials | None = None

    def signed(self, method: str, path: str, body: Any = None, **query: Any) -> Sent:
        """Return a request, signed where there is a key; a millisecond passes, so that no two are signed alike."""
        self.stand.clock.advance(1_000_000)
        content = b"" if body is None else json.dumps(body).encode()
        sent = Sent(method, f"{BASE}{path}", urlencode(query), content, {"content-type": "application/json"})
        if self.who is not None:
            dialect = self.stand.dialects["native"]
            assert dialect.signing is not None
            sent.headers |= signed(dialect.signing, sent, self.who, self.stand.clock.now_ns() // 1_000_000)
        return sent

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> Answer:
        """Send a request."""
        sent = self.signed(method, path, body, **query)
        sent.headers |= headers or {}
        return await self.stand.send(sent)

    async def get(self, path: str, **query: Any) -> Any:
        """Return what a GET answers, which must be a success."""
        answer = await self.ask("GET", path, **query)
        assert answer.status == 200, answer.body
        return answer.json

    async def post(self, path: str, body: Any = None, key: str = "") -> Answer:
        """Return the answer to a POST, under an idempotency key if one is given."""
        return await self.ask("POST", path, body, headers={"idempotency-key": key} if key else None)

    async def place(self, instrument: str, side: str, price: str, quantity: str, key: str = "", **more: Any) -> Any:
        """Place a limit order, which must be taken, and return the order."""
        form = {"instrument": instrument, "side": side, "price": price, "quantity": quantity, **more}
        answer = await self.post("/orders", form, key)
        assert answer.status == 200, answer.body
        return answer.json["orders"][0]
