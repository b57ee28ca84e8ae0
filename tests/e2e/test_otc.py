"""The OTC desk on a real port of the living demo: a streamed quote is accepted over REST, once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import requests
from websockets.asyncio.client import connect

from tests.e2e.process import CALL_S, Server, Trader


def sign(trader: Trader, path: str, body: str = "") -> tuple[str, str]:
    """Return a nonce and the signature of *path* with it."""
    nonce = str(int(time.time() * 1000))
    return nonce, hmac.new(trader.secret.encode(), f"{path}{nonce}{body}".encode(), hashlib.sha384).hexdigest()


def post(server: Server, trader: Trader, path: str) -> Any:
    """Return the answer to a signed call of the OTC API."""
    nonce, signature = sign(trader, path)
    headers = {"request-api": trader.key, "request-nonce": nonce, "request-sign": signature}
    return requests.post(f"{server.url}/otc{path}", headers=headers, timeout=CALL_S).json()


async def streamed(server: Server, trader: Trader) -> Any:
    """Return the first quote of a stream that is logged in."""
    nonce, signature = sign(trader, "/ws/otc")
    async with asyncio.timeout(CALL_S), connect(f"{server.ws_url}/ws/otc") as socket:
        await socket.send(json.dumps({"op": "authKeyExpires", "args": [trader.key, nonce, signature]}))
        assert json.loads(await socket.recv()) == {"event": "login", "success": True}
        quantity = {"quantity": 0.5, "currency": "BTC"}
        await socket.send(json.dumps({"op": "quote", "symbol": "BTC-USD", "side": "buy", "quantity": quantity}))
        return json.loads(await socket.recv())


def test_a_streamed_quote_is_accepted_over_rest(server: Server) -> None:
    """The documented workflow; a second acceptance moves nothing and says so."""
    trader = server.traders()["trader1"]
    for _ in range(5):  # the demo's price moves: a new quote is a right answer, too
        quote = asyncio.run(streamed(server, trader))
        assert quote["sellQuoteId"] is None
        done = post(server, trader, f"/api/v1/accept/{quote['buyQuoteId']}")
        if done["status"] == 30007:
            break
        assert done["status"] == 30008, done

    again = post(server, trader, f"/api/v1/accept/{quote['buyQuoteId']}")

    assert (done["status"], done["quoteAmountToReceive"], done["reason"]) == (30007, 0.5, None)
    assert done["quoteAmountToDeduct"] == quote["buyTotalAmount"]
    assert (again["status"], again["reason"]) == (30007, "The quote was accepted before")
