"""REST libraries that bots use: each places an order, and looks for it, as its author would write that."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, Protocol

import aiohttp
import ccxt

from bedesten.testing.ccxt_clients import Clients
from bedesten.testing.venue import TestVenue
from tests.sandbox.wire import by_path

ORDER: Final = "/spot/api/v3.3/order"


class Trader(Protocol):
    """A bot's own client."""

    async def place(self, client_id: str) -> Any:
        """Place an order. Raises: what the library raises."""
        ...

    async def find(self, client_id: str) -> bool:
        """Say whether an order stands under that id."""
        ...


class Ccxt:
    """A ccxt client: *ask* calls its methods, in another thread where they block."""

    def __init__(self, client: Any, ask: Callable[..., Any]) -> None:
        self._client, self._ask = client, ask

    async def place(self, client_id: str) -> Any:
        placed = await self._ask(
            self._client.create_order, "BTC/USD", "limit", "buy", 0.01, 20_000, {"clientOrderId": client_id}
        )
        return placed["status"]

    async def find(self, client_id: str) -> bool:
        try:
            found = await self._ask(self._client.fetch_open_order, None, "BTC/USD", {"clientOrderId": client_id})
        except ccxt.OrderNotFound:
            return False
        return bool(found["clientOrderId"] == client_id)


class Aiohttp:
    """A bot that signs by itself and sends with aiohttp, over connections that are kept."""

    def __init__(self, venue: TestVenue, session: aiohttp.ClientSession) -> None:
        self._venue, self._session = venue, session

    async def place(self, client_id: str) -> Any:
        form = {
            "symbol": "BTC-USD",
            "side": "BUY",
            "type": "LIMIT",
            "price": 20_000,
            "size": 0.01,
            "clOrderID": client_id,
        }
        await self._ask("POST", ORDER, json.dumps(form))
        return "open"

    async def find(self, client_id: str) -> bool:
        try:
            await self._ask("GET", f"{ORDER}?clOrderID={client_id}", "")
        except aiohttp.ClientResponseError as error:
            assert error.status == 400, error
            return False
        return True

    async def _ask(self, method: str, path: str, body: str) -> Any:
        nonce = time.time_ns() // 1_000_000  # noqa: TID251  a bot has a clock of its own
        head = by_path(self._venue.trader.key, self._venue.trader.secret, path, nonce, body)
        async with self._session.request(
            method, self._venue.url + path, data=body or None, headers=head, raise_for_status=True
        ) as answer:
            return await answer.json()


async def awaited(method: Callable[..., Any], *args: Any) -> Any:
    return await method(*args)


@asynccontextmanager
async def by_ccxt(venue: TestVenue, clients: Clients, patience_s: float) -> AsyncIterator[Trader]:
    """Trade with ccxt's blocking form."""
    client = clients("btse", timeout=patience_s * 1_000, enableRateLimit=False)
    await asyncio.to_thread(client.load_markets)
    yield Ccxt(client, asyncio.to_thread)


@asynccontextmanager
async def by_ccxt_async(venue: TestVenue, clients: Clients, patience_s: float) -> AsyncIterator[Trader]:
    """Trade with ccxt's asynchronous form."""
    options = {"timeout": patience_s * 1_000, "enableRateLimit": False, "timeout_on_exit": 0}
    async with clients("btse", asynchronous=True, **options) as client:
        await client.load_markets()
        yield Ccxt(client, awaited)


@asynccontextmanager
async def by_aiohttp(venue: TestVenue, clients: Clients, patience_s: float) -> AsyncIterator[Trader]:
    """Trade with aiohttp."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=patience_s)) as session:
        trader = Aiohttp(venue, session)
        await trader.find("nothing yet")  # a connection is open, as a bot's is
        yield trader


TRADERS: Final[dict[str, Callable[[TestVenue, Clients, float], AbstractAsyncContextManager[Trader]]]] = {
    "ccxt": by_ccxt,
    "ccxt, async": by_ccxt_async,
    "aiohttp": by_aiohttp,
}
