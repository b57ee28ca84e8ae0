"""The OTC desk on a real port of the living demo: as the venue's samples call it, with a deaf reader, and killed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from websockets.asyncio.client import connect

from tests.e2e.process import CALL_S, Client, Server, Trader, run, serving
from tests.unit.server.wire import HANDSHAKE, client_frame

QUOTES = 12  # as many as a second allows: more than are accepted between the first answer and a kill


def sign(trader: Trader, path: str, body: str = "") -> tuple[str, str]:
    """Return a nonce and the signature of *path* with it."""
    nonce = str(int(time.time() * 1000))
    return nonce, hmac.new(trader.secret.encode(), f"{path}{nonce}{body}".encode(), hashlib.sha384).hexdigest()


def post(server: Server, trader: Trader, path: str, body: str = "", signed: str | None = None) -> Any:
    """Return the answer to a signed call of the OTC API. *signed*: the body as the signature has it."""
    nonce, signature = sign(trader, path, body if signed is None else signed)
    headers = {"request-api": trader.key, "request-nonce": nonce, "request-sign": signature}
    headers["Content-Type"] = "application/json"
    return requests.post(f"{server.url}/otc{path}", data=body or None, headers=headers, timeout=CALL_S).json()


def ask(server: Server, trader: Trader, side: str = "buy", size: float = 0.5) -> Any:
    """Return a quote, asked for as the samples do: no client id, the other amount 0."""
    form = {
        "baseCurrency": "BTC", "orderCurrency": "USD", "side": side, "orderSizeInBaseCurrency": size,
        "orderAmountInOrderCurrency": 0,
    }  # fmt: skip
    return post(server, trader, "/api/v1/quote", json.dumps(form))


def bitcoin(server: Server, trader: Trader) -> float:
    """Return what the trader has."""
    rows = Client(server, trader).call("GET", "/api/v3.2/user/wallet")
    return float(next(row["total"] for row in rows if row["currency"] == "BTC"))


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


def test_the_samples_of_the_rest_api_are_answered(server: Server) -> None:
    """getMarket; a quote without a client id; accept and queryOrder with an empty object, or nothing, whichever was signed."""
    trader = server.traders()["trader2"]
    (market, *_) = requests.get(f"{server.url}/otc/api/v1/getMarket", timeout=CALL_S).json()
    assert {"assetName", "supportQuoteCurrencies", "minOrderSizes", "maxOrderSizes"} <= set(market)

    for body, signed in (("{}", "{}"), ("{}", ""), ("", "{}"), ("", "")):
        quote = ask(server, trader, "sell", 0.01)
        looked = post(server, trader, f"/api/v1/queryOrder/{quote['quoteId']}", body, signed)
        done = post(server, trader, f"/api/v1/accept/{quote['quoteId']}", body, signed)

        assert (quote["status"], looked["status"]) == (30001, 30000)
        assert done["status"] in (30007, 30008), done
        assert looked["quoteAmountToReceive"] == quote["quoteAmountToReceive"]


async def test_the_samples_of_the_stream_are_answered(server: Server) -> None:
    """An old token first, which is ignored; several quantities at once; symbol and timestamp in each push; both ways to stop."""
    trader, symbol = server.traders()["trader2"], "BTC-USD"
    nonce, signature = sign(trader, "/ws/otc")
    async with asyncio.timeout(CALL_S), connect(f"{server.ws_url}/ws/otc") as stream:

        async def say(**message: Any) -> None:
            await stream.send(json.dumps(message))

        async def quotes(count: int) -> list[Any]:
            heard: list[Any] = []
            while len(heard) < count:
                message = json.loads(await stream.recv())
                heard += [message] if message.get("topic") == "quote" else []
            return heard

        await say(op="token", args=["USER_TOKEN_LOGIN_1"])
        await say(op="authKeyExpires", args=[trader.key, int(nonce), signature])
        assert json.loads(await stream.recv()) == {"event": "login", "success": True}
        for quantity in (0.5, 1):
            await say(
                op="quote", symbol=symbol, clOrderId=f"c{quantity}", quantity={"quantity": quantity, "currency": "BTC"}
            )
        await say(op="quote", symbol=symbol, side="sell", quantity={"quantity": 1000, "currency": "USD"})

        rows = await quotes(6)
        assert {row["clOrderId"] for row in rows} == {"c0.5", "c1", None}
        assert all(row["symbol"] == symbol and row["timestamp"] > 1_600_000_000_000 for row in rows)
        assert all(row["sellQuoteId"] and row["status"] is None and row["reason"] is None for row in rows)
        assert {row["buyQuantity"] for row in rows} == {0.5, 1, None}

        await say(op="unsubscribe-quote", symbol=symbol, clOrderId="c1", quantity={"quantity": 1, "currency": "BTC"})
        await asyncio.sleep(0.3)
        while True:  # what was on its way
            try:
                await asyncio.wait_for(stream.recv(), 0.05)
            except TimeoutError:
                break
        assert {row["clOrderId"] for row in await quotes(4)} == {"c0.5", None}
        await say(op="unsubscribe-quote-all")
        await say(op="ping")
        await asyncio.sleep(0.3)
        await stream.send("ping")
        while (heard := await stream.recv()) != "pong":
            assert "buyQuoteId" in heard or "pong" in heard
        try:
            last = await asyncio.wait_for(stream.recv(), 1.5)
        except TimeoutError:
            return
        assert "buyQuoteId" not in str(last), "it was told to stop"


def test_a_reader_that_reads_nothing_holds_up_nobody(server: Server) -> None:
    """It asks for stream after stream and never looks; the desk answers everybody else, and lets go of it."""
    trader, place = server.traders()["trader2"], urlsplit(server.url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(CALL_S)
        deaf.connect((place.hostname, place.port))
        deaf.sendall(HANDSHAKE.format(path="/ws/otc", more="").encode())
        quantity = '"quantity":{"quantity":1,"currency":"BTC"}'
        frame = client_frame(f'{{"op":"quote","symbol":"BTC-USD",{quantity}}}'.encode())
        gone, end = False, time.monotonic() + 3 * CALL_S
        slowest, count = 0.0, 0
        while not gone and time.monotonic() < end:
            try:
                deaf.sendall(frame * 500)
            except OSError:
                gone = True
            began = time.monotonic()
            assert ask(server, trader, size=0.01)["status"] == 30001
            slowest, count = max(slowest, time.monotonic() - began), count + 1
            time.sleep(0.1)  # the OTC limits are another test's

    assert gone, "it was never let go of"
    assert slowest < 2, f"{count} quotes, the slowest after {slowest} s"


def take(server: Server, trader: Trader, quotes: list[str], told: dict[str, int], answered: threading.Event) -> None:
    """Accept quote after quote, noting each answer, until the server is gone; *answered* tells of the first."""
    for quote in quotes:
        try:
            told[quote] = post(server, trader, f"/api/v1/accept/{quote}")["status"]
        except requests.RequestException:
            return
        answered.set()


def test_a_kill_around_an_acceptance_settles_once_or_not_at_all(tmp_path: Path) -> None:
    """Whoever asks again after the restart is told what became of it; the money says the same."""
    options = ("--demo", "--data", str(tmp_path / "data"))
    dice, outcomes = random.Random(7), set()
    for _ in range(3):
        server = Server(*options, log=tmp_path / "stderr.txt")
        trader = server.traders()["trader1"]
        before = bitcoin(server, trader)
        quotes = [ask(server, trader, size=0.01)["quoteId"] for _ in range(QUOTES)]
        told: dict[str, int] = {}

        answered = threading.Event()
        taking = threading.Thread(target=take, args=(server, trader, quotes, told, answered))
        taking.start()
        assert answered.wait(CALL_S)
        time.sleep(dice.uniform(0, 0.003))  # an acceptance takes a millisecond or more
        server.kill()
        taking.join()

        with serving(tmp_path, *options) as again:
            answers = {quote: post(again, trader, f"/api/v1/accept/{quote}") for quote in quotes}
            after = bitcoin(again, trader)
        settled = [quote for quote, answer in answers.items() if answer["status"] == 30007]
        assert {answers[quote]["status"] for quote in quotes if quote not in settled} <= {40003}
        assert {quote for quote, status in told.items() if status == 30007} <= set(settled)
        assert after - before == pytest.approx(0.01 * len(settled), abs=1e-9)
        outcomes |= {answer["status"] for answer in answers.values()}

    assert outcomes == {30007, 40003}, "no kill came in between"
    verified = run("verify", "--data", str(tmp_path / "data"))
    assert verified.returncode == 0, verified.stderr
