"""Unmodified ccxt on a real port of the living demo: its own rate limiter, its own parsing, values that make sense."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from tests.e2e.process import Client, Server

Bot = Any
SYMBOL = "BTC/USD"


def options(server: Server, key: str, secret: str) -> dict[str, Any]:
    """Return what a bot's author writes."""
    return {"apiKey": key, "secret": secret, "urls": {"api": {"public": server.url, "private": server.url}}}


@pytest.fixture(scope="module")
def bot(server: Server, trader1: Client) -> Iterator[Bot]:
    """A customer's blocking client, its markets loaded."""
    made = ccxt.btse(options(server, trader1.trader.key, trader1.trader.secret))
    made.load_markets()
    yield made
    made.session.close()


@pytest.fixture
async def quick(server: Server, trader2: Client) -> AsyncIterator[Bot]:
    """Another customer's asynchronous client."""
    made = ccxt.async_support.btse(options(server, trader2.trader.key, trader2.trader.secret))
    yield made
    await made.close()


@pytest.fixture
def price(bot: Bot) -> float:
    """Where the market stands, on a whole tick that the book's makers do not use."""
    return float(round(bot.fetch_ticker(SYMBOL)["last"]))


def is_now(stamp_ms: float) -> bool:
    return abs(stamp_ms - time.time() * 1000) < 60_000


def test_markets_have_their_precision_and_limits(bot: Bot) -> None:
    """ccxt rounds to what the venue accepts."""
    market = bot.market(SYMBOL)

    assert len(bot.markets) == 64
    assert (market["precision"]["amount"], market["precision"]["price"]) == (1e-05, 0.5)
    assert market["limits"]["amount"] == {"min": 1e-05, "max": 2000.0}
    assert market["limits"]["price"]["min"] == 0.5
    assert (market["spot"], market["active"], market["swap"]) == (True, True, False)


def test_tickers_agree_with_themselves(bot: Bot) -> None:
    """Bid below ask, last within the day's range, averages within it, times now, and all of them at once."""
    every = bot.fetch_tickers()

    assert set(every) == set(bot.markets)
    for symbol, ticker in every.items():
        assert ticker["bid"] < ticker["ask"], symbol
        assert 0 < ticker["low"] <= ticker["last"] <= ticker["high"], symbol
        assert ticker["low"] <= ticker["vwap"] <= ticker["high"], symbol
        assert is_now(ticker["timestamp"]), symbol
    assert bot.fetch_ticker(SYMBOL)["symbol"] == SYMBOL


def test_book_trades_and_candles_are_in_order(bot: Bot, price: float) -> None:
    """Best first, oldest first, whole minutes and hours, near one another."""
    book = bot.fetch_order_book(SYMBOL, 10)
    trades = bot.fetch_trades(SYMBOL, limit=20)
    minutes = bot.fetch_ohlcv(SYMBOL, "1m", limit=10)
    since = (int(time.time()) // 3600 - 5) * 3_600_000
    hours = bot.fetch_ohlcv(SYMBOL, "1h", since=since, limit=3)

    assert [row[0] for row in book["bids"]] == sorted((row[0] for row in book["bids"]), reverse=True)
    assert [row[0] for row in book["asks"]] == sorted(row[0] for row in book["asks"])
    assert (len(book["bids"]), len(book["asks"])) == (10, 10)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert abs(book["bids"][0][0] / price - 1) < 0.02
    assert [trade["timestamp"] for trade in trades] == sorted(trade["timestamp"] for trade in trades)
    assert all(abs(trade["cost"] - trade["price"] * trade["amount"]) < 1e-6 for trade in trades)
    assert [row[0] - minutes[0][0] for row in minutes] == [60_000 * at for at in range(10)]
    assert all(low <= min(first, last) and max(first, last) <= high for _, first, high, low, last, _ in minutes)
    assert [row[0] for row in hours] == [since + 3_600_000 * at for at in range(3)]


def test_a_limit_order_lives_and_dies(bot: Bot, price: float) -> None:
    """Placed, looked up both ways, listed, edited, canceled; then unknown to a second cancel. Money is held meanwhile."""
    free = bot.fetch_balance()["USD"]["free"]
    placed = bot.create_order(SYMBOL, "limit", "buy", 0.01, price - 9000, {"clientOrderId": "ccxt-1"})
    used = bot.fetch_balance()["USD"]["used"]
    edited = bot.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.02, price - 9100)
    found = bot.fetch_open_order(placed["id"], SYMBOL)
    named = bot.fetch_open_order(None, SYMBOL, {"clientOrderId": "ccxt-1"})
    (listed,) = bot.fetch_open_orders(SYMBOL)
    canceled = bot.cancel_order(placed["id"], SYMBOL)

    wanted = {
        "status": "open",
        "type": "limit",
        "side": "buy",
        "timeInForce": "GTC",
        "filled": 0.0,
        "clientOrderId": "ccxt-1",
    }
    assert (wanted | {"amount": 0.01, "remaining": 0.01, "price": price - 9000}).items() <= placed.items()
    assert is_now(placed["timestamp"])
    assert used == pytest.approx(0.01 * (price - 9000), rel=0.01)
    assert (
        wanted | {"amount": 0.02, "remaining": 0.02, "price": price - 9100, "id": placed["id"]}
    ).items() <= edited.items()
    assert found == named == listed
    assert (found["amount"], found["price"]) == (0.02, price - 9100)
    assert (canceled["status"], canceled["remaining"]) == ("canceled", 0.02)
    assert bot.fetch_balance()["USD"] == {"free": free, "used": 0.0, "total": free}
    with pytest.raises(ccxt.OrderNotFound):
        bot.cancel_order(placed["id"], SYMBOL)


def test_market_orders_fill_and_pay_their_fee(bot: Bot, price: float) -> None:
    """By amount and by cost; trades, fees and balances tell the same story."""
    began = bot.fetch_balance()
    bought = bot.create_order(SYMBOL, "market", "buy", 0.01, price * 1.02)
    spent = bot.create_order(SYMBOL, "market", "buy", 0, None, {"cost": 500})
    sold = bot.create_order(SYMBOL, "market", "sell", 0.01)
    trades = bot.fetch_my_trades(SYMBOL)
    ended = bot.fetch_balance()

    for order in (bought, spent, sold):
        assert (order["status"], order["type"]) == ("closed", "market")
        assert order["average"] == pytest.approx(price, rel=0.02)
        mine = [trade for trade in trades if trade["order"] == order["id"]]
        assert sum(trade["amount"] for trade in mine) == pytest.approx(order["filled"])
        assert sum(trade["cost"] for trade in mine) == pytest.approx(order["cost"])
    assert 499 - price * 1e-05 < spent["cost"] <= 500
    assert sold["filled"] == 0.01
    assert bot.fetch_order_trades(sold["id"], SYMBOL)[0]["fee"]["currency"] == "USD"
    fees = {
        code: sum(each["fee"]["cost"] for each in trades if each["fee"]["currency"] == code) for code in ("BTC", "USD")
    }
    assert fees["BTC"] == pytest.approx((bought["filled"] + spent["filled"]) * 0.002)
    assert fees["USD"] == pytest.approx(sold["cost"] * 0.002)
    change = {code: ended[code]["total"] - began[code]["total"] for code in ("BTC", "USD")}
    assert change["BTC"] == pytest.approx(bought["filled"] + spent["filled"] - 0.01 - fees["BTC"])
    assert change["USD"] == pytest.approx(sold["cost"] - bought["cost"] - spent["cost"] - fees["USD"])


def test_time_in_force_is_obeyed(bot: Bot, price: float) -> None:
    """IOC gives the rest back, FOK and a crossing post-only order end without a trade."""
    partly = bot.create_order(SYMBOL, "limit", "sell", 0.01, price - 2000, {"timeInForce": "IOC"})
    nothing = bot.create_order(SYMBOL, "limit", "buy", 0.01, price - 9000, {"timeInForce": "FOK"})
    maker_only = bot.create_order(SYMBOL, "limit", "sell", 0.01, price - 2000, {"postOnly": True})

    assert (partly["status"], partly["timeInForce"], partly["filled"]) == ("closed", "IOC", 0.01)
    assert (nothing["status"], nothing["filled"]) == ("canceled", 0.0)
    assert (maker_only["status"], maker_only["filled"], maker_only["postOnly"]) == ("canceled", 0.0, True)


def test_every_kind_of_waiting_order_waits(bot: Bot, price: float) -> None:
    """Stops, take-profits, trailing stops, pegs and OCO are listed as they were asked for; cancel-all ends them."""
    low, high = price - 8000, price + 8000
    kinds: list[tuple[Any, ...]] = [
        ("market", "sell", 0.01, None, {"stopLossPrice": low}),
        ("limit", "sell", 0.01, low - 100, {"stopLossPrice": low}),
        ("market", "buy", 0.01, high, {"stopLossPrice": high, "triggerPriceType": "index"}),
        ("market", "sell", 0.01, None, {"takeProfitPrice": high}),
        ("limit", "sell", 0.01, high, {"triggerPrice": high}),
        ("limit", "buy", 0.01, low, {"takeProfitPrice": low}),
        ("TRAILING", "sell", 0.01, None, {"trailingAmount": 5000}),
        ("TRAILING", "buy", 0.01, price, {"trailingPercent": 9}),
        ("PEG", "buy", 0.01, high, {"deviation": -5, "stealth": 50}),
        ("OCO", "sell", 0.01, high + 500, {"stopPrice": low - 100, "triggerPrice": low}),
        ("limit", "buy", 0.01, low - 1000, {"timeInForce": "GTC", "postOnly": True}),
    ]
    placed = [bot.create_order(SYMBOL, kind, side, amount, at, more) for kind, side, amount, at, more in kinds]
    listed = {order["id"]: order for order in bot.fetch_open_orders(SYMBOL)}
    disarmed = bot.cancel_all_orders_after(0)
    canceled = bot.cancel_all_orders(SYMBOL)

    assert [order["info"]["status"] for order in placed] == [9] * 8 + [2] * 3
    assert [order["triggerPrice"] for order in placed[:6]] == [low, low, high, high, high, low]
    assert placed[8]["price"] == pytest.approx(price * 0.95, rel=0.02)
    assert len(listed) == len(kinds) + 1  # the other leg of the OCO order
    for order in placed:
        same = listed[order["id"]]
        assert [same[name] for name in ("side", "amount", "triggerPrice")] == [
            order[name] for name in ("side", "amount", "triggerPrice")
        ]
    assert disarmed == {}
    assert {order["id"]: order["status"] for order in canceled} == dict.fromkeys(listed, "canceled")
    assert bot.fetch_open_orders(SYMBOL) == []
    assert bot.fetch_balance()["BTC"]["used"] == 0


def test_refusals_are_the_exceptions_that_ccxt_names(server: Server, bot: Bot, price: float) -> None:
    """A bot's author catches what ccxt documents."""
    stranger = ccxt.btse(options(server, bot.apiKey, "wrong"))
    missing = "f6b87ae5-20e6-41e4-8cf8-df78e2120ba2"
    try:
        with pytest.raises(ccxt.AuthenticationError):
            stranger.fetch_balance()
    finally:
        stranger.session.close()
    with pytest.raises(ccxt.InsufficientFunds):
        bot.create_order(SYMBOL, "limit", "buy", 1000, price - 9000)
    with pytest.raises(ccxt.InvalidOrder, match="You can not BUY BTC higher than"):
        bot.create_order(SYMBOL, "limit", "buy", 0.01, price * 2)
    with pytest.raises(ccxt.InvalidOrder, match="cannot surpass 2000"):
        bot.create_order(SYMBOL, "limit", "buy", 2001, price)
    for call in (bot.fetch_open_order, bot.cancel_order):
        with pytest.raises(ccxt.OrderNotFound):
            call(missing, SYMBOL)
    with pytest.raises(ccxt.OrderNotFound):
        bot.edit_order(missing, SYMBOL, "limit", "buy", 1, price)
    with pytest.raises(ccxt.BadSymbol):
        bot.fetch_order_book("BTC/NOPE")
    with pytest.raises(ccxt.BadSymbol):
        bot.privateGetSpotApiV4TradeOrders({"symbol": "NO-SUCH"})


def test_fees_are_told_for_every_market(bot: Bot) -> None:
    """All at once, and one alone."""
    fees = bot.fetch_trading_fees()

    assert set(fees) == set(bot.markets)
    assert (fees[SYMBOL]["maker"], fees[SYMBOL]["taker"]) == (0.002, 0.002)
    assert bot.fetch_trading_fee(SYMBOL)["taker"] == 0.002


def test_older_versions_answer_too(bot: Bot) -> None:
    """What ccxt names but does not use: v3.3 and v3.2, placed, looked up, canceled."""
    form = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001}
    (placed,) = bot.privatePostSpotApiV33Order(form)
    found = bot.privateGetSpotApiV33Order({"orderID": placed["orderID"]})
    listed = bot.privateGetSpotApiV33UserOpenOrders({"symbol": "BTC-USD"})
    canceled = bot.privateDeleteSpotApiV33Order({"symbol": "BTC-USD", "orderID": placed["orderID"]})
    wallet = bot.privateGetSpotApiV32UserWallet()
    (summary,) = bot.publicGetSpotApiV33MarketSummary({"symbol": "BTC-USD"})
    levels = bot.publicGetSpotApiV33OrderbookL2({"symbol": "BTC-USD", "depth": 5})

    assert found["orderID"] == listed[0]["orderID"] == placed["orderID"]
    assert [row["status"] for row in canceled] == [6]
    assert {"BTC", "USD", "USDT"} <= {row["currency"] for row in wallet}
    assert (summary["minPriceIncrement"], summary["minSizeIncrement"]) == (0.5, 1e-05)
    assert len(levels["buyQuote"]) == 5


async def test_the_async_form_trades_alike(quick: Bot) -> None:
    """The same calls, awaited."""
    ticker = await quick.fetch_ticker(SYMBOL)
    price = round(ticker["last"])
    placed = await quick.create_order(SYMBOL, "limit", "buy", 0.01, price - 9000)
    sold = await quick.create_order(SYMBOL, "market", "sell", 0.01)
    listed = await quick.fetch_open_orders(SYMBOL)
    canceled = await quick.cancel_all_orders(SYMBOL)
    balance = await quick.fetch_balance()
    trades = await quick.fetch_my_trades(SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        await quick.create_order(SYMBOL, "limit", "buy", 1000, price - 9000)

    assert [order["id"] for order in listed] == [placed["id"]] == [order["id"] for order in canceled]
    assert balance["USD"]["used"] == 0
    assert {trade["order"] for trade in trades} == {sold["id"]}
