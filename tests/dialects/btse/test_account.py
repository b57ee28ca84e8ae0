"""Own fills, fees and balances, in every version that tells them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

V3 = "/spot/api/v3.3"
V4 = "/spot/api/v4/trade"
NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
HISTORY_KEYS = [
    "tradeId", "orderId", "clOrderID", "username", "side", "orderType", "triggerType", "price", "size", "filledPrice",
    "filledSize", "triggerPrice", "base", "quote", "symbol", "feeCurrency", "feeAmount", "wallet", "realizedPnl", "total",
    "serialId", "timestamp", "maker",
]  # fmt: skip


@pytest.fixture
async def fills(stand: Stand, alice: Client, bob: Client) -> dict[str, Any]:
    """Alice's resting buy of 0.00089 that bob hit, and her market buy of 100 dollars a minute later."""
    (made,) = (await alice.order("BUY", 0.00089, 20000, clOrderID="first")).json
    await bob.order("SELL", 0.00089, 20000)
    await bob.order("SELL", 1, 20000)
    stand.clock.advance(60 * SECOND)
    (taken,) = (await alice.order("BUY", None, 100, type="MARKET")).json
    return {"made": made["orderID"], "taken": taken["orderID"]}


async def test_trade_history_of_both_versions(alice: Client, fills: dict[str, Any]) -> None:
    """Newest first; the fee of a buy is in base; each version has its own name for the average."""
    taken, made = (await alice.get(f"{V3}/user/trade_history", symbol="BTC-USD")).json
    (_, older) = (await alice.get("/spot/api/v3.2/user/trade_history")).json

    assert list(made)[:-2] == list(older)[:-1] == HISTORY_KEYS
    assert list(older)[-1] == "averageFillPrice"
    assert list(made)[-1] == "avgFilledPrice"
    assert (made["orderId"], made["clOrderID"], made["username"], made["side"]) == (
        fills["made"],
        "first",
        "alice",
        "BUY",
    )
    assert (made["filledSize"], made["filledPrice"], made["size"], made["orderType"]) == (0.00089, 20000, 0.00089, 76)
    assert (made["feeCurrency"], made["feeAmount"]) == ("BTC", 4.5e-07)  # 0.05 % of 0.00089, rounded up to a satoshi
    assert (taken["orderType"], taken["size"], taken["price"], taken["feeAmount"]) == (77, 100, 20000, 3e-06)


async def test_a_sale_pays_its_fee_in_quote(bob: Client, fills: dict[str, Any]) -> None:
    """The asset received."""
    (_, row) = (await bob.get(f"{V3}/user/trade_history", symbol="BTC-USD")).json

    assert (row["side"], row["feeCurrency"], row["feeAmount"]) == ("SELL", "USD", 0.01068)


async def test_fee_and_tax_in_quote_are_told_together(alice: Client, bob: Client) -> None:
    """Instruments may charge both sides in quote."""
    order = {"symbol": "ETH-TRY", "type": "LIMIT", "price": 100, "size": 1}
    await alice.post(f"{V3}/order", {**order, "side": "SELL"})
    await bob.post(f"{V3}/order", {**order, "side": "BUY"})

    (row,) = (await bob.get(f"{V3}/user/trade_history", symbol="ETH-TRY")).json

    assert (row["feeCurrency"], row["feeAmount"]) == ("TRY", 0.236)


async def test_trade_history_is_chosen_by_order_time_and_count(alice: Client, fills: dict[str, Any]) -> None:
    """And never reaches further than seven days back from its end."""
    path = f"{V3}/user/trade_history"

    async def orders(**query: Any) -> list[str]:
        return [row["orderId"] for row in (await alice.get(path, **query)).json]

    both = [fills["taken"], fills["made"]]
    assert await orders() == both
    assert await orders(count=1) == both[:1]
    assert await orders(orderID=fills["made"]) == await orders(clOrderID="first") == [fills["made"]]
    assert await orders(orderID="garbage") == await orders(clOrderID="nobody's") == []
    assert await orders(startTime=NOW_MS + 60_000) == [fills["taken"]]
    assert await orders(endTime=NOW_MS) == [fills["made"]]
    assert await orders(startTime=NOW_MS - 30 * DAY_MS, endTime=NOW_MS + 8 * DAY_MS) == []
    assert await orders(symbol="ETH-TRY") == []


async def test_trade_history_begins_in_2019(alice: Client) -> None:
    """With the venue's own grammar."""
    answer = await alice.get(f"{V3}/user/trade_history", startTime=1_569_887_999_999)

    assert answer.status == 400
    assert answer.json["msg"] == "BADREQUEST: startTime can not before than 1569888000000 (2019-10-01T00:00)"


async def test_v4_trade_history_is_enveloped(alice: Client, fills: dict[str, Any]) -> None:
    """With the names of v4; ccxt asks for an order by orderID."""
    answer = (await alice.get(f"{V4}/trade_history", symbol="BTC-USD", orderID=fills["made"])).json

    assert (answer["code"], answer["success"]) == (1, True)
    (row,) = answer["data"]
    assert (row["orderId"], row["clOrderId"], row["orderSide"], row["filledSize"]) == (
        fills["made"],
        "first",
        "BUY",
        0.00089,
    )
    assert (row["feeCurrency"], row["feeAmount"], row["serialId"]) == ("BTC", 4.5e-07, 1)


@pytest.mark.parametrize("path", ["/spot/api/v3.2/user/fees", f"{V3}/user/fees", f"{V4}/fees"])
async def test_fees_are_an_array_of_fractions(alice: Client, path: str) -> None:
    """Of one market or of all."""
    assert (await alice.get(path, symbol="BTC-USD")).json == [
        {"symbol": "BTC-USD", "makerFee": 0.0005, "takerFee": 0.0006}
    ]
    assert len((await alice.get(path)).json) == 2


async def test_wallets_tell_what_is_held(alice: Client) -> None:
    """Of every asset, zeros included; numbers in spot, strings in the public API."""
    await alice.order("BUY", 0.001, 20000)

    spot = {row["currency"]: row for row in (await alice.get("/spot/api/v3.2/user/wallet")).json}
    public = {row["asset"]: row for row in (await alice.get("/public-api/wallet/v1/user/assets")).json["data"]}

    assert set(spot) == set(public) == {"USD", "TRY", "BTC", "ETH", "XRP"}
    assert (spot["USD"]["total"], spot["USD"]["available"]) == (1_000_000, 999_980)
    assert (public["USD"]["totalAmount"], public["USD"]["availableAmount"]) == ("1000000", "999980")
    assert (public["USD"]["type"], public["BTC"]["type"]) == ("FIAT", "CRYPTO")
