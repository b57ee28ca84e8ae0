"""ccxt's own btcturk class, unmodified but for its base URLs, against a listening server: its blocking and its async form.

All the unified methods that it implements: markets, balance, book, tickers, ticker, trades, candles, creating and canceling
orders, open orders, orders, own trades.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from bedesten.clock import SystemClock
from bedesten.server.run import Server
from bedesten.server.settings import ServerSettings
from tests.dialects.btcturk.stand import Client, Stand, open_stand

Bot = Any


@pytest.fixture
async def live() -> AsyncIterator[tuple[Stand, str]]:
    """A venue whose clock is the wall's, because ccxt's stamps are, and the URL where it listens."""
    stand = await open_stand(SystemClock())
    server = Server(stand.app, host="127.0.0.1", port=0, settings=ServerSettings(grace_s=1))
    await server.start()
    yield stand, server.url
    await server.stop()
    await stand.venue.sequencer.stop()


def connect(kind: Callable[[dict[str, Any]], Bot], customer: Client, url: str) -> Bot:
    """Return a ccxt exchange that differs from the published one in its base URLs only."""
    bot = kind({"apiKey": customer.key, "secret": customer.secret, "enableRateLimit": False})
    bot.urls["api"] = {"public": f"{url}/api/v2", "private": f"{url}/api/v1", "graph": f"{url}/v1"}
    return bot


@pytest.fixture
async def bots(live: tuple[Stand, str]) -> AsyncIterator[tuple[Bot, Bot]]:
    """Two customers' blocking ccxt clients."""
    stand, url = live
    made = [connect(ccxt.btcturk, await stand.customer(name), url) for name in ("alice", "bob")]
    yield made[0], made[1]
    for bot in made:
        bot.session.close()


async def aside(work: Callable[[], Any]) -> Any:
    """Run blocking calls while the server answers them."""
    return await asyncio.to_thread(work)


async def test_ccxt_reads_the_market(bots: tuple[Bot, Bot]) -> None:
    """Markets, tickers, book, trades and candles are what ccxt parses."""
    bot, other = bots

    def work() -> dict[str, Any]:
        bot.load_markets()
        bot.create_order("BTC/TRY", "limit", "buy", 0.02, 50000)
        other.create_order("BTC/TRY", "limit", "sell", 0.01, 50000)
        other.create_order("BTC/TRY", "limit", "sell", 0.5, 50010)
        return {
            "market": bot.market("XRP/TRY"),
            "ticker": bot.fetch_ticker("BTC/TRY"),
            "tickers": bot.fetch_tickers(),
            "book": bot.fetch_order_book("BTC/TRY"),
            "trades": bot.fetch_trades("BTC/TRY", limit=10),
            "candles": [bot.fetch_ohlcv("BTC/TRY", frame) for frame in ("1m", "1h", "4h", "1d", "1w")],
            "since": bot.fetch_ohlcv("BTC/TRY", "1m", since=bot.milliseconds() - 600_000, limit=20),
        }

    seen = await aside(work)

    market = seen["market"]
    assert (market["precision"]["amount"], market["precision"]["price"], market["limits"]["cost"]["min"]) == (
        0.0001, 0.01, 99.91,
    )  # fmt: skip
    assert market["active"] is True
    ticker = seen["ticker"]
    assert (ticker["last"], ticker["bid"], ticker["ask"], ticker["baseVolume"]) == (50000, 50000, 50010, 0.01)
    assert set(seen["tickers"]) == {"BTC/TRY"}
    assert (seen["book"]["bids"], seen["book"]["asks"]) == ([[50000, 0.01]], [[50010, 0.5]])
    assert [(trade["price"], trade["amount"], trade["side"]) for trade in seen["trades"]] == [(50000, 0.01, "buy")]
    assert [[candle[4:] for candle in candles] for candles in seen["candles"]] == [[[50000, 0.01]]] * 5
    assert [candle[4:] for candle in seen["since"]] == [[50000, 0.01]]


async def test_ccxt_trades_and_reads_its_account(bots: tuple[Bot, Bot]) -> None:
    """Orders, their statuses, own trades with fees, and balances."""
    bot, other = bots

    def work() -> dict[str, Any]:
        for each in bots:
            each.load_markets()
        placed = bot.create_order("BTC/TRY", "limit", "buy", 0.02, 50000)
        other.create_order("BTC/TRY", "limit", "sell", 0.01, 50000)
        seen: dict[str, Any] = {"placed": placed, "open": bot.fetch_open_orders("BTC/TRY")}
        seen["balance"] = bot.fetch_balance()
        seen["canceled"] = bot.cancel_order(placed["id"])
        seen["left"] = bot.fetch_open_orders()
        other.create_order("BTC/TRY", "limit", "sell", 0.05, 51000)
        seen["market"] = bot.create_order("BTC/TRY", "market", "buy", 1000)
        seen["orders"] = bot.fetch_orders("BTC/TRY")
        seen["since"] = bot.fetch_orders("BTC/TRY", since=bot.milliseconds() - 60_000, limit=1)
        seen["trades"] = bot.fetch_my_trades("BTC/TRY")
        return seen

    seen = await aside(work)

    assert (seen["placed"]["side"], seen["placed"]["type"], seen["placed"]["amount"]) == ("buy", "limit", 0.02)
    (order,) = seen["open"]
    assert (order["id"], order["status"], order["filled"], order["remaining"]) == (
        seen["placed"]["id"],
        "open",
        0.01,
        0.01,
    )
    assert seen["balance"]["BTC"] == {"total": 1000000.01, "free": 1000000.01, "used": 0}
    assert seen["balance"]["TRY"]["used"] > 500
    assert seen["left"] == []
    assert [(row["type"], row["status"]) for row in seen["orders"]] == [("limit", "canceled"), ("market", "closed")]
    assert len(seen["since"]) == 1
    first, second = seen["trades"]
    assert (first["order"], first["price"], first["amount"], first["fee"]["currency"]) == (
        seen["placed"]["id"], 50000, 0.01, "TRY",
    )  # fmt: skip
    assert second["price"] == 51000
    assert 990 < second["cost"] + second["fee"]["cost"] < 1000


async def test_ccxt_raises_what_it_names(live: tuple[Stand, str], bots: tuple[Bot, Bot]) -> None:
    """Each refusal becomes the exception that ccxt has for it."""
    stand, url = live
    bot, _ = bots
    poor = connect(ccxt.btcturk, await stand.customer("poor", money=0), url)
    wrong = connect(ccxt.btcturk, Client(stand, bot.apiKey, "AAAA"), url)

    def work() -> None:
        for client in (bot, poor, wrong):
            client.load_markets()
        with pytest.raises(ccxt.InsufficientFunds):
            poor.create_order("BTC/TRY", "limit", "buy", 1, 50000)
        with pytest.raises(ccxt.InvalidOrder, match="FAILED_MARKET_ORDER"):
            bot.create_order("BTC/TRY", "market", "buy", 1000)
        with pytest.raises(ccxt.InvalidOrder, match="FAILED_LIMIT_ORDER"):
            bot.create_order("BTC/TRY", "limit", "buy", 101, 5000)
        with pytest.raises(ccxt.ExchangeError, match="Invalid Signature"):
            wrong.fetch_balance()
        with pytest.raises(ccxt.ExchangeError, match="NO_ORDER_MATCHES_YOUR_REQUEST"):
            bot.cancel_order("123456")
        with pytest.raises(ccxt.ExchangeError, match="Pair NOPE does not exists"):
            bot.publicGetOrderbook({"pairSymbol": "NOPE"})

    try:
        await aside(work)
    finally:
        poor.session.close()
        wrong.session.close()


async def test_ccxt_knows_the_calls_that_it_only_lists(bots: tuple[Bot, Bot]) -> None:
    """Endpoints without a unified method of their own answer too; ccxt never fills the number into order/{orderId}."""
    bot, _ = bots

    def work() -> dict[str, Any]:
        bot.load_markets()
        return {
            "crypto": bot.privateGetUsersTransactionsCrypto()["data"],
            "posted": bot.privatePostUsersTransactionsCrypto({"type": ["deposit"]})["data"],
            "fiat": bot.privatePostUsersTransactionsFiat()["data"],
            "currency": bot.publicGetTickerCurrency({"symbol": "TRY"})["data"],
            "ohlc": bot.publicGetOhlc({"pairSymbol": "BTCTRY"})["data"],
            "ohlcs": bot.graphGetOhlcs({"pair": "BTCTRY"}),
        }

    seen = await aside(work)

    assert seen["crypto"] == seen["posted"]
    assert [row["currencySymbol"] for row in seen["fiat"]] == ["TRY"]
    assert seen["currency"] == seen["ohlc"] == seen["ohlcs"] == []


async def test_async_ccxt_trades_too(live: tuple[Stand, str]) -> None:
    """The async form signs and parses alike, through every method."""
    stand, url = live
    bot = connect(ccxt.async_support.btcturk, await stand.customer("alice"), url)
    other = connect(ccxt.async_support.btcturk, await stand.customer("bob"), url)
    try:
        await bot.load_markets()
        placed = await bot.create_order("BTC/TRY", "limit", "buy", 0.02, 50000)
        await other.create_order("BTC/TRY", "limit", "sell", 0.01, 50000)
        listed = await bot.fetch_open_orders("BTC/TRY")
        book = await bot.fetch_order_book("BTC/TRY")
        ticker, tickers = await bot.fetch_ticker("BTC/TRY"), await bot.fetch_tickers(["BTC/TRY"])
        trades, mine = await bot.fetch_trades("BTC/TRY"), await bot.fetch_my_trades("BTC/TRY")
        candles = await bot.fetch_ohlcv("BTC/TRY", "15m")
        await bot.cancel_order(placed["id"])
        orders = await bot.fetch_orders("BTC/TRY")
        balance = await bot.fetch_balance()
    finally:
        await bot.close()
        await other.close()

    assert [order["id"] for order in listed] == [placed["id"]]
    assert book["bids"] == [[50000, 0.01]]
    assert ticker["last"] == tickers["BTC/TRY"]["last"] == 50000
    assert len(trades) == len(mine) == len(candles) == 1
    assert [order["status"] for order in orders] == ["canceled"]
    assert balance["TRY"]["used"] == 0


async def test_async_ccxt_raises_what_it_names(live: tuple[Stand, str]) -> None:
    """The async form maps each refusal as the blocking one does."""
    stand, url = live
    bot = connect(ccxt.async_support.btcturk, await stand.customer("alice"), url)
    poor = connect(ccxt.async_support.btcturk, await stand.customer("poor", money=0), url)
    try:
        for client in (bot, poor):
            await client.load_markets()
        with pytest.raises(ccxt.InsufficientFunds):
            await poor.create_order("BTC/TRY", "limit", "buy", 1, 50000)
        with pytest.raises(ccxt.InvalidOrder, match="FAILED_MARKET_ORDER"):
            await bot.create_order("BTC/TRY", "market", "buy", 1000)
        with pytest.raises(ccxt.InvalidOrder, match="FAILED_LIMIT_ORDER"):
            await bot.create_order("BTC/TRY", "limit", "buy", 101, 5000)
        with pytest.raises(ccxt.ExchangeError, match="NO_ORDER_MATCHES_YOUR_REQUEST"):
            await bot.cancel_order("123456")
        bot.secret = "AAAA"
        with pytest.raises(ccxt.ExchangeError, match="Invalid Signature"):
            await bot.fetch_balance()
    finally:
        await bot.close()
        await poor.close()
