"""Spot v4 beyond what ccxt asks: the row's keys, strictness, rows for unknown orders."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import Client, Stand

BASE = "/spot/api/v4/trade"
MISSING = "990db9b6-2ed4-4c68-b46e-827c88cc3884"
ROW_KEYS = {
    "orderId", "clOrderId", "status", "market", "type", "orderSide", "orderPrice", "postOnly", "timestamp", "orderDetailType",
    "message", "userQuoteCurrency", "orderCurrency", "originalOrderBaseSize", "originalOrderQuoteSize", "currentOrderBaseSize",
    "currentOrderQuoteSize", "remainingOrderBaseSize", "remainingOrderQuoteSize", "filledBaseSize", "totalFilledBaseSize",
    "avgFilledPrice", "time_in_force",
}  # fmt: skip


async def place(client: Client, **form: Any) -> Any:
    """Place a limit order of v4."""
    order = {"symbol": "BTC-USD", "orderSide": "BUY", "orderType": "LIMIT", "orderPrice": "20000", "orderSize": "0.001"}
    return await client.post(
        f"{BASE}/orders", {name: value for name, value in (order | form).items() if value is not None}
    )


async def test_the_row_has_the_recorded_keys(alice: Client) -> None:
    """The same for placing, listing and looking up."""
    (row,) = (await place(alice)).json
    (listed,) = (await alice.get(f"{BASE}/orders", symbol="BTC-USD")).json
    one = (await alice.get(f"{BASE}/order", orderId=row["orderId"])).json

    assert set(row) >= ROW_KEYS
    assert set(row) == set(listed) == set(one)
    assert (row["clOrderId"], row["status"], row["type"], row["message"], row["market"]) == ("", 2, 76, None, "BTC-USD")


async def test_sizes_are_strict(alice: Client) -> None:
    """A market buy that names a size is refused in the envelope."""
    answer = await place(alice, orderType="MARKET", orderPrice=None)

    assert (answer.status, answer.json["code"]) == (400, 301)
    assert "quoteOrderSize" in answer.json["msg"]


async def test_a_body_that_cannot_be_read_is_an_envelope(alice: Client) -> None:
    """Not the old shape of v3."""
    for raw in (b"{", b"[]", b'{"symbol":1}'):
        answer = await alice.call("POST", f"{BASE}/orders", raw=raw)
        assert (answer.status, answer.json["code"], answer.json["success"]) == (400, -2, False)


async def test_too_little_money_is_an_envelope(stand: Stand) -> None:
    """As v3 says it."""
    poor = await stand.customer("poor", money=0)

    answer = await place(poor)

    assert (answer.status, answer.json["code"], answer.json["msg"]) == (
        400,
        51523,
        "BADREQUEST: Insufficient wallet balance",
    )


async def test_unknown_orders_are_rows_but_for_a_look_up(alice: Client) -> None:
    """Status 16; the look-up is an error."""
    change = {"symbol": "BTC-USD", "orderId": MISSING, "orderPrice": "1"}
    (canceled,) = (await alice.call("DELETE", f"{BASE}/orders", symbol="BTC-USD", orderId=MISSING)).json
    (amended,) = (await alice.call("PUT", f"{BASE}/orders", change)).json
    found = await alice.get(f"{BASE}/order", orderId=MISSING)

    assert (canceled["status"], amended["status"]) == (16, 16)
    assert (found.status, found.json["code"], found.json["msg"]) == (400, -1, "BADREQUEST: Order not found")


@pytest.mark.parametrize(("mode", "current"), [(None, 0.0014), (False, 0.0014), (True, 0.001)])
async def test_an_amended_size_is_what_is_left_unless_total(
    alice: Client, bob: Client, mode: bool | None, current: float
) -> None:
    """0.0004 of the order is filled when its size is set to 0.001."""
    (row,) = (await place(alice, orderSize="0.002")).json
    await bob.order("SELL", 0.0004, 20000)

    change = {"symbol": "BTC-USD", "orderId": row["orderId"], "orderSize": "0.001", "totalAmountMode": mode}
    (amended,) = (await alice.call("PUT", f"{BASE}/orders", change)).json

    assert (amended["status"], amended["currentOrderBaseSize"], amended["totalFilledBaseSize"]) == (
        123,
        current,
        0.0004,
    )


async def test_cancel_all_of_a_market_and_of_all(alice: Client) -> None:
    """ALL is every market."""
    await place(alice)
    await place(alice, symbol="ETH-TRY")

    of_one = (await alice.call("DELETE", f"{BASE}/orders/all", symbol="BTC-USD")).json
    of_all = (await alice.call("DELETE", f"{BASE}/orders/all", symbol="ALL")).json

    assert [(row["market"], row["status"]) for row in of_one] == [("BTC-USD", 6)]
    assert [(row["market"], row["status"]) for row in of_all] == [("ETH-TRY", 6)]


async def test_the_dead_man_timer_answers_json(alice: Client) -> None:
    """Whatever it is, it parses."""
    assert (await alice.post(f"{BASE}/orders/cancel_all_after", {"timeout": 60000})).json == {}
