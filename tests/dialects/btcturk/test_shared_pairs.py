"""Pairs that another API quotes finer: prices within this API's scale everywhere, and money that follows none of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.dialects.btcturk.stand import SECOND, Client, Stand
from tests.dialects.btse.stand import Client as BtseClient

ORDER = "/spot/api/v3.3/order"
TRADES = "/api/v1/users/transactions/trade"
PRICES = {
    "price",
    "last",
    "high",
    "low",
    "bid",
    "ask",
    "open",
    "close",
    "daily",
    "stopPrice",
    "dailyChangeAmount",
    "o",
    "h",
    "l",
    "c",
}


async def place(client: Client, **form: Any) -> None:
    btse = BtseClient(client.stand, client.key, client.secret)  # type: ignore[arg-type]
    answer = await btse.post(ORDER, {"symbol": "BTC-USDT", "type": "LIMIT", **form})
    assert answer.status == 200, answer.body


def prices_in(value: Any) -> list[Decimal]:
    """Return every price in an answer, by the names that prices have; of a book's level, the first of two."""
    if isinstance(value, list):
        is_level = len(value) == 2 and isinstance(value[0], str)
        return [Decimal(value[0])] if is_level else [price for each in value for price in prices_in(each)]
    found: list[Decimal] = []
    for name, each in value.items() if isinstance(value, dict) else ():
        if name in PRICES:
            found += [Decimal(str(one)) for one in (each if isinstance(each, list) else [each])]
        else:
            found += prices_in(each)
    return found


@pytest.fixture
async def traded(stand: Stand, alice: Client, bob: Client) -> Stand:
    """Trades, open orders and a stop at tenths, all over the finer API."""
    for price in (92000.3, 92000.5, 91999.9):
        await place(alice, side="SELL", price=price, size=0.5)
        await place(bob, side="BUY", price=price, size=0.5)
        stand.clock.advance(70 * SECOND)
    await place(alice, side="SELL", price=92010.1, size=0.5)
    await place(bob, side="BUY", price=91990.9, size=0.5)
    await stand.index("92000.4", "BTC-USDT")
    await place(bob, side="BUY", price=93000.3, size=0.1, txType="STOP", triggerPrice=92999.7)
    return stand


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v2/ticker", {"pairSymbol": "BTCUSDT"}), ("/api/v2/orderbook", {"pairSymbol": "BTCUSDT"}),
        ("/api/v2/trades", {"pairSymbol": "BTCUSDT"}), ("/api/v2/ohlc", {"pairSymbol": "BTCUSDT"}),
        ("/v1/ohlcs", {"pair": "BTCUSDT"}), ("/v1/klines/history", {"symbol": "BTCUSDT", "resolution": "1", "from": 0}),
        ("/api/v2/pricegraph/history", {"symbol": "BTCUSDT", "resolution": "1", "from": 0}),
        ("/api/v1/openOrders", {}), ("/api/v1/allOrders", {}), ("/api/v2/ticker/currency", {"symbol": "USDT"}),
    ],
)  # fmt: skip
async def test_every_price_is_within_the_pairs_scale(traded: Stand, path: str, query: dict[str, Any]) -> None:
    """The market's rounded half up, bids floored and asks ceiled; no answer has a tenth in it."""
    for name in ("alice", "bob"):
        found = prices_in((await traded.clients[name].get(path, **query)).json)

        assert found or path.endswith("openOrders")
        assert [price for price in found if price != price.to_integral_value()] == []


async def test_prices_are_rounded_as_their_book_is(traded: Stand) -> None:
    """A trade at 92000.5 is 92001, the newest at 91999.9 is 92000; a bid of 91990.9 is 91990, an ask of 92010.1 is 92011."""
    alice, bob = traded.clients["alice"], traded.clients["bob"]

    told = [row["price"] for row in (await bob.get("/api/v2/trades", pairSymbol="BTCUSDT")).data]
    asks = [row["price"] for row in (await alice.get("/api/v1/openOrders")).data["asks"]]
    bids = [row["price"] for row in (await bob.get("/api/v1/openOrders")).data["bids"]]

    assert told == ["92000", "92001", "92000"]
    assert (asks, bids) == (["92011"], ["91990", "93000"])


async def test_money_follows_the_exact_price(traded: Stand) -> None:
    """Own trades tell what was paid, and in which asset: amount × price, fee and tax are the whole change of both balances."""
    for name, sign in (("alice", -1), ("bob", 1)):
        client = traded.clients[name]
        rows = (await client.get(TRADES)).data
        assert [row["price"] for row in rows] == ["91999.9", "92000.5", "92000.3"]

        base = sum(Decimal(row["amount"]) for row in rows)
        quote = -sum(Decimal(row["amount"]) * Decimal(row["price"]) for row in rows)
        charged = sum(Decimal(row["fee"]) + Decimal(row["tax"]) for row in rows)
        in_base = charged if sign > 0 else 0
        assert Decimal((await client.balance("BTC"))["balance"]) == 1_000_000 + base + in_base
        assert Decimal((await client.balance("USDT"))["balance"]) == 1_000_000 + quote + charged - in_base


async def test_each_list_of_transactions_has_a_limit_of_its_own(stand: Stand, alice: Client) -> None:
    """As the documents of 2020 list them: trade, trade/*, crypto and fiat; one used up leaves the others."""
    kinds = {"trade": 120, "trade/BTCTRY": 120, "crypto": 90, "fiat": 90}
    for kind, allowed in kinds.items():
        answers = [(await alice.get(f"/api/v1/users/transactions/{kind}")).status for _ in range(allowed + 1)]
        assert answers == [200] * allowed + [429], kind
