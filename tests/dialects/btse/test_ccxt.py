"""ccxt's own btse class, unmodified but for its base URL, against a listening server: both its blocking and its async form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import ccxt
import ccxt.async_support
import pytest
from tests.dialects.btse.stand import Client, Stand, open_stand

from bedesten.clock import SystemClock
from bedesten.domain.otc import DESK
from bedesten.server.run import Server
from bedesten.server.settings import ServerSettings

Bot = Any
ABROAD = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


@pytest.fixture
async def live() -> AsyncIterator[tuple[Stand, str]]:
    """A venue whose clock is the wall's, because ccxt's nonces are, and the URL where it listens."""
    stand = await open_stand(SystemClock())
    server = Server(stand.app, host="127.0.0.1", port=0, settings=ServerSettings(grace_s=1))
    await server.start()
    yield stand, server.url
    await server.stop()
    await stand.venue.sequencer.stop()


def connect(kind: Callable[[dict[str, Any]], Bot], customer: Client, url: str) -> Bot:
    """Return a ccxt exchange that differs from the published one in its base URL only."""
    bot = kind({"apiKey": customer.key, "secret": customer.secret, "enableRateLimit": False})
    bot.urls["api"] = {"public": url, "private": url}
    return bot


@pytest.fixture
async def bots(live: tuple[Stand, str]) -> AsyncIterator[tuple[Bot, Bot]]:
    """Two customers' blocking ccxt clients."""
    stand, url = live
    made = [connect(ccxt.btse, await stand.customer(name), url) for name in ("alice", "bob")]
    yield made[0], made[1]
    for bot in made:
        bot.session.close()


async def aside(work: Callable[[], Any]) -> Any:
    """Run blocking calls while the server answers them."""
    return await asyncio.to_thread(work)


async def test_ccxt_reads_the_market(live: tuple[Stand, str], bots: tuple[Bot, Bot]) -> None:
    """Markets, tickers, book, trades, candles and time are what ccxt parses."""
    bot, other = bots

    def work() -> dict[str, Any]:
        bot.load_markets()
        bot.create_order("BTC/USD", "limit", "buy", 0.002, 20000)
        other.create_order("BTC/USD", "limit", "sell", 0.001, 20000)
        other.create_order("BTC/USD", "limit", "sell", 0.5, 20010.5)
        return {
            "market": bot.market("BTC/USD"),
            "ticker": bot.fetch_ticker("BTC/USD"),
            "tickers": bot.fetch_tickers(),
            "book": bot.fetch_order_book("BTC/USD", 5),
            "trades": bot.fetch_trades("BTC/USD", limit=10),
            "candles": bot.fetch_ohlcv("BTC/USD", "1m"),
            "time": bot.fetch_time(),
        }

    seen = await aside(work)

    assert (seen["market"]["precision"]["amount"], seen["market"]["precision"]["price"]) == (1e-05, 0.5)
    assert seen["market"]["limits"]["amount"] == {"min": 1e-05, "max": 100.0}
    assert seen["market"]["active"] is True
    assert (seen["ticker"]["bid"], seen["ticker"]["ask"], seen["ticker"]["last"]) == (20000.0, 20010.5, 20000.0)
    assert (seen["ticker"]["baseVolume"], seen["ticker"]["quoteVolume"]) == (0.001, 20.0)
    assert set(seen["tickers"]) == {"BTC/USD", "ETH/TRY"}
    assert seen["book"]["bids"] == [[20000.0, 0.001]]
    assert seen["book"]["asks"] == [[20010.5, 0.5]]
    (trade,) = seen["trades"]
    assert (trade["price"], trade["amount"], trade["side"], trade["cost"]) == (20000.0, 0.001, "sell", 20.0)
    assert seen["candles"][-1][1:] == [20000.0, 20000.0, 20000.0, 20000.0, 20.0]
    assert abs(seen["time"] - live[0].clock.now_ns() // 1_000_000) < 10_000


async def test_ccxt_trades_and_reads_its_fills(bots: tuple[Bot, Bot]) -> None:
    """Limit orders are placed, edited, listed, canceled; market orders fill; fills and fees are told."""
    bot, other = bots

    def work() -> dict[str, Any]:
        bot.load_markets()
        placed = bot.create_order("BTC/USD", "limit", "buy", 0.002, 20000, {"clientOrderId": "mine"})
        edited = bot.edit_order(placed["id"], "BTC/USD", "limit", "buy", 0.001, 19900)
        listed = bot.fetch_open_orders("BTC/USD")
        one = bot.fetch_open_order(placed["id"], "BTC/USD")
        other.create_order("BTC/USD", "market", "sell", 0.0004)
        canceled = bot.cancel_order(placed["id"], "BTC/USD")
        other.create_order("BTC/USD", "limit", "sell", 1, 20000)
        bought = bot.create_order("BTC/USD", "market", "buy", 0.01, 20000)
        trades = bot.fetch_my_trades("BTC/USD")
        return {
            "placed": placed, "edited": edited, "listed": listed, "one": one, "canceled": canceled, "bought": bought,
            "trades": trades, "of order": bot.fetch_order_trades(placed["id"], "BTC/USD"),
            "fees": bot.fetch_trading_fees(), "fee": bot.fetch_trading_fee("BTC/USD"), "balance": bot.fetch_balance(),
        }  # fmt: skip

    seen = await aside(work)

    assert (seen["placed"]["status"], seen["placed"]["clientOrderId"], seen["placed"]["amount"]) == (
        "open",
        "mine",
        0.002,
    )
    assert (seen["edited"]["price"], seen["edited"]["amount"], seen["edited"]["id"]) == (
        19900.0,
        0.001,
        seen["placed"]["id"],
    )
    assert [order["id"] for order in seen["listed"]] == [seen["placed"]["id"]]
    assert (seen["one"]["status"], seen["one"]["side"], seen["one"]["type"]) == ("open", "buy", "limit")
    assert (seen["canceled"]["status"], seen["canceled"]["filled"], seen["canceled"]["remaining"]) == (
        "canceled",
        0.0004,
        0.0006,
    )
    assert (seen["bought"]["status"], seen["bought"]["filled"], seen["bought"]["average"]) == ("closed", 0.01, 20000.0)
    assert [trade["amount"] for trade in seen["trades"]] == [0.0004, 0.01]
    assert seen["trades"][0]["fee"] == {"cost": 2e-07, "currency": "BTC"}
    assert [trade["order"] for trade in seen["of order"]] == [seen["placed"]["id"]]
    assert (seen["fee"]["maker"], seen["fee"]["taker"]) == (0.0005, 0.0006)
    assert set(seen["fees"]) == {"BTC/USD", "ETH/TRY"}
    assert seen["balance"]["USD"]["total"] == 1_000_000 - 0.0004 * 19900 - 200
    assert seen["balance"]["USD"]["used"] == 0


async def test_ccxt_places_every_kind_of_order(live: tuple[Stand, str], bots: tuple[Bot, Bot]) -> None:
    """Stops, take-profits, trailing stops, pegs, OCO and post-only orders are accepted; cancel-all ends them."""
    bot, other = bots
    await live[0].index("20000")

    def work() -> list[Any]:
        bot.load_markets()
        other.create_order("BTC/USD", "limit", "sell", 0.001, 20000)
        bot.create_order("BTC/USD", "limit", "buy", 0.001, 20000)
        place = bot.create_order
        orders = [
            place("BTC/USD", "market", "sell", 0.001, None, {"stopLossPrice": 19000}),
            place("BTC/USD", "limit", "sell", 0.001, 18900, {"stopLossPrice": 19000}),
            place("BTC/USD", "market", "buy", 0.001, 21000, {"stopLossPrice": 21000}),
            place("BTC/USD", "limit", "sell", 0.001, 21000, {"takeProfitPrice": 21000}),
            place("BTC/USD", "TRAILING", "sell", 0.001, None, {"trailingAmount": 100}),
            place("BTC/USD", "TRAILING", "buy", 0.001, 20000, {"trailingPercent": "5"}),
            place("BTC/USD", "PEG", "buy", 0.001, 21000, {"deviation": -5, "stealth": 50}),
            place("BTC/USD", "OCO", "sell", 0.001, 22000, {"stopPrice": 18900, "triggerPrice": 19000}),
            place("BTC/USD", "limit", "buy", 0.001, 15000, {"postOnly": True, "timeInForce": "HOUR"}),
        ]
        orders.append(bot.cancel_all_orders_after(60_000))
        orders.append(bot.cancel_all_orders("BTC/USD"))
        orders.append(bot.cancel_all_orders())
        orders.append(bot.fetch_open_orders())
        return orders

    seen = await aside(work)

    # ccxt itself calls every market order closed, so the venue's own status is what tells
    assert [int(order["info"]["status"]) for order in seen[:9]] == [9, 9, 9, 9, 9, 9, 2, 2, 2]
    assert [order["triggerPrice"] for order in seen[:4]] == [19000.0, 19000.0, 21000.0, 21000.0]
    assert [order["status"] for order in seen[10]] == ["canceled"] * 10  # nine, and the other leg of the OCO order
    assert seen[11:] == [[], []]


async def test_ccxt_raises_what_it_names(live: tuple[Stand, str], bots: tuple[Bot, Bot]) -> None:
    """Each refusal becomes the exception that ccxt has for it."""
    stand, url = live
    bot, _ = bots
    poor = connect(ccxt.btse, await stand.customer("poor", money=0), url)
    wrong = connect(ccxt.btse, Client(stand, bot.apiKey, "not the secret"), url)
    missing = "f6b87ae5-20e6-41e4-8cf8-df78e2120ba2"

    def work() -> None:
        for client in (bot, poor, wrong):
            client.load_markets()
        with pytest.raises(ccxt.InsufficientFunds):
            poor.create_order("BTC/USD", "limit", "buy", 1, 20000)
        with pytest.raises(ccxt.AuthenticationError):
            wrong.fetch_balance()
        with pytest.raises(ccxt.OrderNotFound):
            bot.cancel_order(missing, "BTC/USD")
        with pytest.raises(ccxt.OrderNotFound):
            bot.fetch_open_order(missing, "BTC/USD")
        with pytest.raises(ccxt.OrderNotFound):
            bot.edit_order(missing, "BTC/USD", "limit", "buy", 1, 20000)
        with pytest.raises(ccxt.InvalidOrder):
            bot.create_order("BTC/USD", "limit", "buy", 1000, 20000)
        with pytest.raises(ccxt.BadRequest, match="TWAP"):
            bot.create_order("BTC/USD", "TWAP", "buy", 1, 20000, {"timePeriod": 60})
        with pytest.raises(ccxt.BadSymbol):
            bot.privateGetSpotApiV4TradeOrders({"symbol": "NO-SUCH"})

    try:
        await aside(work)
    finally:
        poor.session.close()
        wrong.session.close()


async def test_ccxt_speaks_the_older_versions_too(bots: tuple[Bot, Bot]) -> None:
    """The calls of v3.3 and v3.2 that ccxt names but does not use answer as documented."""
    bot, _ = bots

    def work() -> dict[str, Any]:
        form = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001}
        (placed,) = bot.privatePostSpotApiV33Order(form)
        return {
            "placed": placed,
            "order": bot.privateGetSpotApiV33Order({"orderID": placed["orderID"]}),
            "open": bot.privateGetSpotApiV33UserOpenOrders({"symbol": "BTC-USD"}),
            "canceled": bot.privateDeleteSpotApiV33Order({"symbol": "BTC-USD", "orderID": placed["orderID"]}),
            "fees": bot.privateGetSpotApiV33UserFees(),
            "history": bot.privateGetSpotApiV33UserTradeHistory({"symbol": "BTC-USD"}),
            "wallet": bot.privateGetSpotApiV32UserWallet(),
            "after": bot.privatePostSpotApiV33OrderCancelAllAfter({"timeout": 1000}),
            "l2": bot.publicGetSpotApiV33OrderbookL2({"symbol": "BTC-USD", "depth": 5}),
            "summary": bot.publicGetSpotApiV33MarketSummary(),
        }

    seen = await aside(work)

    assert seen["order"]["orderID"] == seen["open"][0]["orderID"] == seen["placed"]["orderID"]
    assert [int(row["status"]) for row in seen["canceled"]] == [6]
    assert {row["currency"] for row in seen["wallet"]} == {"USD", "TRY", "BTC", "ETH", "XRP"}


async def test_ccxt_moves_money_and_reads_its_history(live: tuple[Stand, str], bots: tuple[Bot, Bot]) -> None:
    """What its raw calls convert and withdraw, its unified ones tell: five requests, as many as a second admits."""
    stand, _ = live
    bot, _ = bots
    await stand.index("20000")
    await stand.venue.accounts.deposit(DESK, "USD", 10**14)
    withdrawal = {"crypto": "BTC", "network": "Bitcoin", "address": ABROAD, "amount": "0.01"}

    def work() -> dict[str, Any]:
        bot.load_markets()
        return {
            "converted": bot.privatePostPublicApiWalletV1UserAssetsConvert(
                {"fromAsset": "BTC", "toAsset": "USD", "amount": "0.5"}
            ),
            "withdrawn": bot.privatePostPublicApiWalletV1UserCryptoWithdraw(withdrawal),
            "deposits": bot.fetch_deposits("BTC"),
            "withdrawals": bot.fetch_withdrawals("BTC"),
            "ledger": bot.fetch_ledger("BTC"),
        }

    seen = await aside(work)

    (deposit,), (left,) = seen["deposits"], seen["withdrawals"]
    assert (deposit["type"], deposit["status"], deposit["amount"]) == ("deposit", "ok", 1_000_000)
    assert (left["id"], left["status"]) == (seen["withdrawn"]["data"]["orderId"], "pending")
    assert (left["address"], left["fee"]) == (ABROAD, {"currency": "BTC", "cost": 0.0005})
    assert {row["type"] for row in seen["ledger"]} == {"transaction", "trade"}
    assert seen["converted"]["data"]["fromTransactionRef"] in [row["id"] for row in seen["ledger"]]


async def test_async_ccxt_trades_too(live: tuple[Stand, str]) -> None:
    """The async form signs and parses alike."""
    stand, url = live
    bot = connect(ccxt.async_support.btse, await stand.customer("alice"), url)
    try:
        await bot.load_markets()
        placed = await bot.create_order("BTC/USD", "limit", "buy", 0.002, 20000)
        listed = await bot.fetch_open_orders("BTC/USD")
        await bot.cancel_all_orders("BTC/USD")
        balance = await bot.fetch_balance()
        book = await bot.fetch_order_book("BTC/USD")
    finally:
        await bot.close()

    assert [order["id"] for order in listed] == [placed["id"]]
    assert balance["USD"]["used"] == 0
    assert book["bids"] == []
