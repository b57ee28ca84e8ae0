"""One account through two venues' APIs: one set of balances, one book, one list of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.dialects.btcturk.stand import Client, Stand
from tests.dialects.btse.stand import Client as BtseClient

V3 = "/spot/api/v3.3"


def on_btse(client: Client) -> BtseClient:
    """Return the same customer with the same key, speaking the other venue's language."""
    return BtseClient(client.stand, client.key, client.secret)  # type: ignore[arg-type]


async def wallet(client: BtseClient) -> dict[str, Decimal]:
    rows = (await client.get(f"{V3}/user/wallet")).json
    return {row["currency"]: Decimal(str(row["available"])) for row in rows}


async def test_an_order_of_one_api_is_seen_and_canceled_through_the_other(alice: Client) -> None:
    """Under the same client id, either way round."""
    btse = on_btse(alice)
    number = await alice.placed("buy", "0.01", "90000", pairSymbol="BTCUSDT", newOrderClientId="from btcturk")
    form = {
        "symbol": "BTC-USDT",
        "side": "SELL",
        "type": "LIMIT",
        "price": 99000.5,
        "size": 0.02,
        "clOrderID": "from btse",
    }
    assert (await btse.post(f"{V3}/order", form)).status == 200

    theirs = (await btse.get(f"{V3}/user/open_orders", symbol="BTC-USDT")).json
    ours = (await alice.get("/api/v1/openOrders", pairSymbol="BTCUSDT")).data

    assert [(row["clOrderID"], row["side"]) for row in theirs] == [("from btcturk", "BUY"), ("from btse", "SELL")]
    assert [(row["orderClientId"], row["price"]) for row in ours["bids"] + ours["asks"]] == [
        ("from btcturk", "90000"), ("from btse", "99001"),
    ]  # fmt: skip
    canceled = await btse.call("DELETE", f"{V3}/order", symbol="BTC-USDT", clOrderID="from btcturk")
    assert canceled.status == 200
    assert (await alice.get(f"/api/v1/order/{number}")).data["status"] == "Canceled"
    assert (await alice.cancel(ours["asks"][0]["id"])).status == 200
    assert (await btse.get(f"{V3}/user/open_orders", symbol="BTC-USDT")).json == []


async def test_both_apis_tell_the_same_balances(stand: Stand, alice: Client, bob: Client) -> None:
    """While orders hold, after trades between customers of the two, and while a withdrawal waits."""
    seller = on_btse(bob)
    form: dict[str, Any] = {"symbol": "BTC-USDT", "side": "SELL", "type": "LIMIT", "price": 90000, "size": 0.5}
    await seller.post(f"{V3}/order", form)
    await alice.placed("buy", "0.25", "90000", pairSymbol="BTCUSDT")
    await alice.placed("buy", "1", "50000")
    await alice.post(
        "/api/v1/withdrawals/crypto",
        {"asset": "BTC", "amount": "3", "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
    )

    for customer in (alice, bob):
        theirs = await wallet(on_btse(customer))
        ours = {row["asset"]: Decimal(row["free"]) for row in (await customer.get("/api/v1/users/balances")).data}
        assert ours == theirs

    fills = (await alice.get("/api/v1/users/transactions/trade")).data
    history = (await on_btse(alice).get(f"{V3}/user/trade_history", symbol="BTC-USDT")).json
    assert [Decimal(row["amount"]) for row in fills] == [Decimal(str(row["filledSize"])) for row in history]
    (row,) = (await stand.public.get("/api/v2/trades", pairSymbol="BTCUSDT")).data
    (other,) = (await BtseClient(stand).get(f"{V3}/trades", symbol="BTC-USDT")).json  # type: ignore[arg-type]
    assert (Decimal(row["price"]), row["side"].upper()) == (Decimal(str(other["price"])), "SELL")
    assert other["side"] == "BUY", "the side that took, where ours is the one that rested"
