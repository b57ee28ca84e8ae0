"""A small bot over BTSE's API, as somebody else would write one: it keeps its own account of what it bought."""

from __future__ import annotations

import http.client
import json
import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.wire import by_path


class Bot:
    """Buys, and looks before it sends an order again whose answer it did not get."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._host = urlsplit(url).netloc
        self._key, self._secret = key, secret

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, Any]:
        body = "" if form is None else json.dumps(form)
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            nonce = time.time_ns() // 1_000_000  # noqa: TID251  a bot has a clock of its own
            connection.request(method, path, body or None, by_path(self._key, self._secret, path, nonce, body))
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.getheader("content-type", "").startswith("application/json")
            return answer.status, json.loads(text) if is_json and text else text
        finally:
            connection.close()

    def place(
        self, client_id: str, *, price: str, size: str, pair: str = "BTC-USD", side: str = "BUY"
    ) -> tuple[int, Any]:
        form = {
            "symbol": pair,
            "side": side,
            "type": "LIMIT",
            "price": float(price),
            "size": float(size),
            "clOrderID": client_id,
        }
        return self.ask("POST", "/spot/api/v3.3/order", form)

    def buy(self, client_id: str, *, price: str, size: str) -> None:
        try:
            self.place(client_id, price=price, size=size)
        except (OSError, http.client.HTTPException):
            status, _ = self.ask("GET", f"/spot/api/v3.3/order?clOrderID={client_id}")
            if status != 200:
                self.place(client_id, price=price, size=size)

    def bought(self) -> Decimal:
        _, fills = self.ask("GET", "/spot/api/v3.3/user/trade_history?symbol=BTC-USD")
        return sum((Decimal(str(fill["filledSize"])) for fill in fills), Decimal(0))
