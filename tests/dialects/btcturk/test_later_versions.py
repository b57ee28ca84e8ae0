"""What only v2 and v3 have, the chart feed, and how what is not built is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.btcturk.stand import SECOND, START_NS, Client, Stand
from tests.dialects.btcturk.test_tokens import holder

NOW_S = START_NS // 1_000_000_000
CHART = "/api/v2/pricegraph"


async def reprice(client: Client, number: Any, price: Any) -> Any:
    return await (await holder(client)).call("PUT", "/api/v2/order", {"id": number, "price": price})


async def test_an_order_gets_another_price(alice: Client, bob: Client) -> None:
    """It keeps its number and its client id; what it holds follows the price."""
    number = await alice.placed("buy", "0.01", "50000", newOrderClientId="c")
    held = (await alice.balance("TRY"))["locked"]

    row = (await reprice(alice, number, "49000")).data

    assert (row["id"], row["price"], row["quantity"], row["orderClientId"], row["status"]) == (
        number, "49000", "0.01", "c", "Untouched",
    )  # fmt: skip
    assert float((await alice.balance("TRY"))["locked"]) == pytest.approx(float(held) * 0.98)
    await bob.placed("sell", "0.004", "48000")
    assert (await reprice(alice, number, 49500)).data["leftAmount"] == "0.0060000000000000"


async def test_a_price_that_cannot_be_has_its_code(alice: Client, bob: Client) -> None:
    """The codes of placing an order, and of canceling where there is none to reprice."""
    number, filled = await alice.placed("buy", "0.01", "40000"), await alice.placed()
    await bob.placed("sell")
    waiting = await alice.placed("buy", "1000", None, orderMethod="stopMarket", stopPrice=51000)
    codes = {}
    for name, (order, price) in {
        "scale": (number, "49000.5"), "none": (number, ""), "text": (number, "x"), "small": (number, "9"),
        "high": (number, "600000"), "dear": (number, "99999999999"), "filled": (filled, "49000"), "unknown": (424_242, "49000"),
        "market": (waiting, "49000"), "no id": (None, "49000"), "huge": (10**30, "1"),
    }.items():  # fmt: skip
        alice.stand.clock.advance(SECOND)
        status, _, codes[name] = (await reprice(alice, order, price)).refusal
        assert status == 400
    assert codes == {
        "scale": 1126, "none": 1121, "text": 1121, "small": 1123, "high": 1226, "dear": 1226, "filled": 1051,
        "unknown": 1052, "market": 1134, "no id": 1038, "huge": 1052,
    }  # fmt: skip
    assert (await reprice(bob, number, "49000")).refusal[2] == 1052
    assert (await alice.get(f"/api/v1/order/{number}")).data["price"] == "40000"


async def test_several_orders_are_canceled_by_a_list(alice: Client) -> None:
    """Of numbers or texts; a number in the query comes first, and then the body is not looked at."""
    numbers = [await alice.placed("buy", "0.01", str(40_000 + at)) for at in range(4)]
    there = await holder(alice)

    async def cancel(body: Any, **query: Any) -> Any:
        return await there.call("DELETE", "/api/v2/order", body, query=query)

    assert (await cancel([numbers[0], str(numbers[1])])).json == {"success": True, "message": "SUCCESS", "code": 0}
    assert (await cancel([999], id=numbers[2])).status == 200
    assert (await cancel([numbers[0], 999, numbers[3]])).refusal == (400, "NO_ORDER_MATCHES_YOUR_REQUEST", 1052)
    for nothing in ([], [None], {}, {"ids": []}):
        assert (await cancel(nothing)).refusal[::2] == (400, 1038)
    assert (await cancel([[1]])).refusal[::2] == (400, 1038)
    assert [row["id"] for row in (await alice.get("/api/v1/openOrders")).data["bids"]] == [numbers[3]]


async def test_trades_are_listed_by_order_and_by_pair(alice: Client, bob: Client) -> None:
    """Short rows with a numbered type, one's own only."""
    number = await alice.placed("buy", "0.01")
    await bob.placed("sell", "0.004")
    await bob.placed("sell", "0.006")
    path = "/api/v1/users/transactions/trade"

    by_order = (await alice.get(f"{path}/{number}")).data
    assert by_order == (await alice.get(f"{path}/btc_try")).data
    assert [(row["price"], row["amount"], row["orderType"]) for row in by_order] == [
        ("50000", "0.00600000", 0), ("50000", "0.00400000", 0),
    ]  # fmt: skip
    assert list(by_order[0]) == ["price", "amount", "orderType", "time"]
    for nothing in (f"{path}/{10**30}", f"{path}/0", f"{path}/XRPTRY"):
        assert (await alice.get(nothing)).data == []
    assert (await bob.get(f"{path}/{number}")).data == []
    assert (await alice.get(f"{path}/nope")).refusal[2] == 1027


async def test_fee_rates_and_least_values_are_told(stand: Stand, alice: Client) -> None:
    """In percent, tax in percent of the fee; filtered by pair and method."""
    there = await holder(alice)
    path = "/api/v3/account/trade-fee-rates"

    (row,) = (await there.get(path, pairSymbol="BTC_TRY", orderMethod="Limit")).data
    every = (await there.get(path)).data
    limits = (await stand.public.get("/api/v3/exchange/limits")).data

    assert row == {
        "pairId": 1, "pairSymbol": "BTCTRY", "orderMethod": 0, "makerFeePercentage": 0.0847457,
        "takerFeePercentage": 0.1525423, "taxPercentage": 18, "hasActiveCoupon": False,
    }  # fmt: skip
    assert len(every) == 12
    assert limits[0] == {"numerator": "BTC", "denominator": "TRY", "minExchangeValue": 99.91}
    assert len((await stand.public.get("/api/v3/exchange/limits", pairSymbol="XRPTRY")).data) == 1
    assert (await there.get(path, orderMethod="iceberg")).refusal[2] == 1134
    assert (await alice.get(path)).refusal[:2] == (401, "Unauthorized - Headers are missing")


async def test_a_chart_reads_the_feed(stand: Stand, alice: Client, bob: Client) -> None:
    """Configuration, the clock, a pair by any of its names, a search, and candles in columns."""
    await alice.placed()
    await bob.placed("sell")
    public = stand.public

    config = (await public.get(f"{CHART}/config")).json
    time = await public.get(f"{CHART}/time")
    pair = (await public.get(f"{CHART}/symbols", symbol="BTCTURK:BTC_TRY")).json
    columns = (await public.get(f"{CHART}/symbol_info")).json
    found = (await public.get(f"{CHART}/search", query="xrp", limit=5)).json
    candles = (
        await public.get(f"{CHART}/history", symbol="BTCTRY", resolution="1D", from_=NOW_S - 86_400, to=NOW_S)
    ).json

    assert "1D" in config["supported_resolutions"] and config["supports_search"]
    assert (time.body, time.headers["content-type"]) == (str(NOW_S).encode(), "text/plain")
    assert (pair["name"], pair["pricescale"], pair["session"]) == ("BTCTRY", 1, "24x7")
    assert columns["symbol"] == ["BTCTRY", "XRPTRY", "BTCUSDT"] and columns["pricescale"] == [1, 100, 1]
    assert [row["full_name"] for row in found] == ["BTCTURK:XRPTRY"]
    assert (candles["s"], candles["c"]) == ("ok", [50000])
    assert (await public.get(f"{CHART}/search", query="btc", exchange="NYSE")).json == []
    empty = (await public.get(f"{CHART}/history", symbol="XRPTRY", resolution="60", from_=-3600)).json
    assert (empty["s"], empty["t"]) == ("no_data", [])
    for path in ("symbols", "history"):
        assert (await public.get(f"{CHART}/{path}", symbol="NOPE", resolution="60")).json["s"] == "error"


@pytest.mark.parametrize(
    "path",
    ["/api/v1/crypto-deposit-declarations", "/api/v1/crypto-deposit-declarations/confirm", "/api/v2/users/commissions",
     "/api/v2/ohlc/volumes/btc", "/api/v3/nothing", "/api/v1/cancelOrder", "/api/v2/limits"],
)  # fmt: skip
async def test_what_is_not_built_is_refused_in_the_envelope(alice: Client, path: str) -> None:
    """404 and a body that clients can read; never a page."""
    for method in ("GET", "POST"):
        unknown = await alice.call(method, path)
        assert (unknown.status, unknown.body) == (404, b"")


async def test_a_wrong_verb_is_refused_in_the_envelope(alice: Client) -> None:
    """405 with what is allowed."""
    answer = await alice.call("PATCH", "/API/V1/ORDER")

    assert answer.refusal == (405, "METHOD_NOT_ALLOWED", 405)
    assert set(answer.headers["allow"].split(", ")) == {"DELETE", "OPTIONS", "POST"}


@pytest.mark.parametrize(("raw", "told"), [
    (b"1e-05", "0.00001"), (b"1E-5", "0.00001"), (b"2.5e-3", "0.0025"), (b"1e1", "10"), (b"1.50E-3", "0.0015"),
    (b"'1e-05'", "0.00001"), (b"1e400", None), (b"1e-400", None), (b"1e999999999", None), (b"1e-9", None),
])  # fmt: skip
async def test_numbers_may_have_exponents(alice: Client, raw: bytes, told: str | None) -> None:
    """Python writes 0.00001 as 1e-05, and so do other programs: as a number or a text."""
    body = b"{quantity: %s, price: 50000000, orderMethod: 'limit', orderType: 'sell', pairSymbol: 'BTCTRY'}" % raw
    answer = await alice.call("POST", "/api/v1/order", raw=body)

    if told is None:
        assert answer.status == 400 and answer.json["code"] in (1121, 1127)
    else:
        assert answer.data["quantity"] == told
