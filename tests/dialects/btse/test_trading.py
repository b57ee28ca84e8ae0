"""Spot v3 trading over the whole server: what a bot sends and what it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

from bedesten.domain.commands import SetInstrument
from bedesten.domain.enums import InstrumentParameter

V3_2_KEYS = [
    "status",
    "symbol",
    "orderType",
    "price",
    "side",
    "size",
    "orderID",
    "timestamp",
    "triggerPrice",
    "stopPrice",
    "trigger",
    "message",
    "averageFillPrice",
    "fillSize",
    "clOrderID",
    "stealth",
    "deviation",
    "postOnly",
    "originalSize",
    "remainingSize",
    "time_in_force",
]
V3_3_KEYS = [
    "status",
    "symbol",
    "orderType",
    "price",
    "side",
    "orderID",
    "timestamp",
    "triggerPrice",
    "stopPrice",
    "trigger",
    "message",
    "clOrderID",
    "stealth",
    "deviation",
    "postOnly",
    "orderDetailType",
    "originalOrderBaseSize",
    "originalOrderQuoteSize",
    "currentOrderBaseSize",
    "currentOrderQuoteSize",
    "remainingOrderBaseSize",
    "remainingOrderQuoteSize",
    "filledBaseSize",
    "totalFilledBaseSize",
    "orderCurrency",
    "avgFilledPrice",
    "time_in_force",
]
QUICKSTART_KEYS = {"size", "averageFillPrice", "fillSize", "remainingSize"}
ORDER = "/spot/api/v3.3/order"
MISSING = "990db9b6-2ed4-4c68-b46e-827c88cc3884"


async def test_the_quickstart_order_answers_with_both_generations_of_names(alice: Client) -> None:
    """v3.3 rows hold the names of v3.3 in their order, and those that the quickstart prints."""
    answer = await alice.order(clOrderID="mine")

    assert answer.status == 200
    (row,) = answer.json
    assert [name for name in row if name in V3_3_KEYS] == V3_3_KEYS
    assert set(row) >= QUICKSTART_KEYS
    assert list(row)[-1] == "time_in_force"
    assert (row["status"], row["orderType"], row["price"], row["side"], row["size"]) == (2, 76, 20000, "BUY", 0.001)
    assert (row["clOrderID"], row["message"], row["stopPrice"], row["orderCurrency"]) == ("mine", "", None, "base")
    assert (row["originalOrderBaseSize"], row["originalOrderQuoteSize"], row["remainingSize"]) == (0.001, None, 0.001)


@pytest.mark.parametrize("version", ["v3.1", "v3.2"])
async def test_v3_2_rows_have_the_keys_of_v3_2(alice: Client, version: str) -> None:
    """In the documented order, and v3.1 is the same."""
    form = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001}
    (row,) = (await alice.post(f"/spot/api/{version}/order", form)).json

    assert list(row) == V3_2_KEYS


async def test_numbers_are_printed_exactly(alice: Client) -> None:
    """The digits of the order, not of a float: neither 1e-05 nor 20000.0."""
    body = (await alice.order(size="0.00001", price="20000.50")).body

    assert b'"price":20000.5,' in body
    assert b'"size":0.00001,' in body


async def test_a_fill_is_told_with_its_average(alice: Client, bob: Client) -> None:
    """Two levels at different prices: 4, and the average of both."""
    await bob.order("SELL", 0.001, 20000)
    await bob.order("SELL", 0.003, 20100)

    (row,) = (await alice.order("BUY", 0.004, 20100)).json

    assert (row["status"], row["avgFilledPrice"], row["filledBaseSize"], row["remainingOrderBaseSize"]) == (
        4,
        20075,
        0.004,
        0,
    )
    assert row["price"] == 20100


async def test_a_partial_fill_rests(alice: Client, bob: Client) -> None:
    """Status 5, and what is left is in the book."""
    await bob.order("SELL", 0.001, 20000)

    (row,) = (await alice.order("BUY", 0.004, 20000)).json

    assert (row["status"], row["totalFilledBaseSize"], row["remainingSize"]) == (5, 0.001, 0.003)


async def test_a_market_order_by_size(alice: Client, bob: Client) -> None:
    """Its price is what it paid; what the book cannot give is refunded."""
    await bob.order("SELL", 0.001, 20000)

    (row,) = (await alice.order(type="MARKET", size=0.001, price=None)).json
    assert (row["status"], row["orderType"], row["price"]) == (4, 77, 20000)

    (nothing,) = (await alice.order(type="MARKET", size=0.001, price=None)).json
    assert (nothing["status"], nothing["totalFilledBaseSize"], nothing["price"]) == (7, 0, 0)


async def test_a_market_buy_by_amount_leaves_dust(alice: Client, bob: Client) -> None:
    """Status 5 although it is finished: a lot costs 0.2, so 0.1 of the 30.1 is left."""
    await bob.order("SELL", 1, 20000)

    (row,) = (await alice.order(type="MARKET", size=None, price=30.1)).json

    assert (row["status"], row["orderCurrency"], row["originalOrderQuoteSize"]) == (5, "quote", 30.1)
    assert (row["originalOrderBaseSize"], row["totalFilledBaseSize"]) == (None, 0.0015)
    assert row["remainingOrderQuoteSize"] == pytest.approx(0.1)


@pytest.mark.parametrize("form", [dict(postOnly=True), dict(time_in_force="FOK", size=0.002)])
async def test_what_may_not_trade_is_canceled(alice: Client, bob: Client, form: dict[str, Any]) -> None:
    """A crossing post-only order and a FOK order too large for the book answer a row with status 6."""
    await bob.order("SELL", 0.001, 20000)

    answer = await alice.order(**{"price": 20000, **form})

    assert answer.status == 200
    (row,) = answer.json
    assert (row["status"], row["totalFilledBaseSize"]) == (6, 0)
    assert row["orderID"]
    assert (await alice.get("/spot/api/v3.3/user/open_orders")).json == []


async def test_the_rest_of_an_ioc_order_is_canceled(alice: Client, bob: Client) -> None:
    """Status 6 with what it filled."""
    await bob.order("SELL", 0.001, 20000)

    (row,) = (await alice.order("BUY", 0.002, 20000, time_in_force="IOC")).json

    assert (row["status"], row["totalFilledBaseSize"]) == (6, 0.001)


async def test_too_little_money_is_an_error(stand: Stand) -> None:
    """HTTP 400 with the venue's own code and sentence."""
    poor = await stand.customer("poor", money=0)

    answer = await poor.order()

    assert answer.status == 400
    assert answer.json == {
        "code": 51523, "msg": "BADREQUEST: Insufficient wallet balance", "time": 1_700_000_000_000, "data": None,
        "success": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "code", "message"),
    [
        (dict(symbol="NO-SUCH"), -7006, "Unsupported symbol: NO-SUCH"),
        (dict(symbol=None), -2, "symbol parameter is mandatory"),
        (dict(side=None), -2, "side parameter is mandatory"),
        (dict(size=None), 301, "Invalid order size"),
        (dict(size="0.000001"), 301, "Invalid order size"),
        (dict(price=None), 302, "Invalid order price"),
        (dict(price=20000.1), 302, "Invalid order price"),
        (dict(size=101), 4003, "The order amount cannot surpass 100.0 BTC. Please adjust your order size and try again."),
        (dict(price=20000, txType="STOP", triggerPrice=10000), 33001001,
         "The distance between Trigger Price and Limit Price cannot exceed 5.0 %"),
        (dict(price=40000), 33001003, "You can not BUY BTC higher than 26000 USD"),
        (dict(side="SELL", price=10000), 33001003, "You can not SELL BTC lower than 14000 USD"),
    ],
)  # fmt: skip
async def test_a_refused_order_is_an_envelope(
    stand: Stand, alice: Client, form: dict[str, Any], code: int, message: str
) -> None:
    """Code and sentence are the venue's, with HTTP 400."""
    await stand.index("20000")

    answer = await alice.order(**form) if "symbol" not in form else await _order_with_symbol(alice, form["symbol"])

    assert (answer.status, answer.json["code"], answer.json["msg"]) == (400, code, f"BADREQUEST: {message}")
    assert answer.json["success"] is False


@pytest.mark.parametrize(("ppm", "percent"), [(20_000, "2.0 %"), (25_000, "2.5 %"), (12_300, "1.23 %")])
async def test_the_distance_that_is_told_is_the_one_that_the_core_decided_by(
    stand: Stand, alice: Client, ppm: int, percent: str
) -> None:
    """Another one than the catalogue's 5 %, as in the moment of a change."""
    await stand.index("20000")
    (instrument,) = [each for each in stand.venue.catalogue.instruments if each.name == "BTC-USD"]
    number = int(InstrumentParameter.TRIGGER_DISTANCE_PPM)
    await stand.venue.sequencer.submit(SetInstrument(instrument=instrument.id, parameter=number, value=ppm))

    answer = await alice.order(price=20000, txType="STOP", triggerPrice=10000)

    assert answer.json["code"] == 33001001
    assert answer.json["msg"].endswith(f"cannot exceed {percent}")


async def _order_with_symbol(client: Client, symbol: str | None) -> Any:
    form = {"symbol": symbol, "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001}
    return await client.post(ORDER, {name: value for name, value in form.items() if value is not None})


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b'{"symbol":1}', b"\xff\xfe", b'{"price":NaN}', b"null"])
async def test_a_body_that_is_no_order_is_the_old_error(alice: Client, raw: bytes) -> None:
    """Shape C; an empty body is one too."""
    answer = await alice.call("POST", ORDER, raw=raw)

    assert answer.status == 400
    if raw:
        assert answer.json == {
            "errorCode": 400, "message": "BADREQUEST: Spot order request body error ! ", "status": 400,
        }  # fmt: skip


async def test_both_size_and_price_on_a_market_order_is_the_old_error(alice: Client) -> None:
    """Shape C as well."""
    answer = await alice.order(type="MARKET")

    assert (answer.status, answer.json["message"]) == (400, "BADREQUEST: Size and Price should not be mixed")


async def test_an_oco_order_answers_two_rows(stand: Stand, alice: Client) -> None:
    """The limit leg and the waiting one, under one clOrderID; canceling either ends both."""
    await stand.index("20000")
    form = dict(side="SELL", type="OCO", price=22000, triggerPrice=19000, stopPrice=18900, clOrderID="pair")
    limit, stop = (await alice.order(**form)).json

    assert (limit["status"], limit["price"], limit["trigger"]) == (2, 22000, False)
    assert (stop["status"], stop["price"], stop["trigger"], stop["triggerPrice"]) == (9, 18900, True, 19000)
    assert (limit["remainingOrderBaseSize"], stop["remainingOrderBaseSize"]) == (0.001, 0)
    assert limit["clOrderID"] == stop["clOrderID"] == "pair"

    gone = (await alice.call("DELETE", ORDER, symbol="BTC-USD", clOrderID="pair")).json
    assert {row["orderID"]: row["status"] for row in gone} == {limit["orderID"]: 6, stop["orderID"]: 6}


async def test_a_peg_order_follows_the_index(stand: Stand, alice: Client) -> None:
    """It follows the index at its deviation; stealth and deviation are printed as fractions."""
    await stand.index("20000")
    form = {
        "symbol": "BTC-USD",
        "side": "BUY",
        "type": "LIMIT",
        "price": 21000,
        "size": 0.1,
        "deviation": -10,
        "stealth": 10,
    }

    (row,) = (await alice.post("/spot/api/v3.3/order/peg", form)).json
    (listed,) = (await alice.get("/spot/api/v3.3/user/open_orders")).json

    assert (row["status"], row["orderType"], row["price"]) == (2, 80, 18000)
    assert (row["stealth"], row["deviation"]) == (0.1, -0.1)
    assert (listed["pegPriceMax"], listed["pegPriceMin"], listed["pegPriceDeviation"]) == (21000, 0, -0.1)


async def test_a_stop_order_waits_then_lives(stand: Stand, alice: Client) -> None:
    """Status 9 until the index reaches its trigger, then 2."""
    await stand.index("20000")
    (row,) = (await alice.order("SELL", price=18900, txType="Stop", triggerPrice=19000)).json
    assert (row["status"], row["trigger"], row["triggerPrice"]) == (9, True, 19000)
    (listed,) = (await alice.get("/spot/api/v3.3/user/open_orders")).json
    assert (listed["orderState"], listed["triggerOrder"], listed["triggerOrderType"]) == ("STATUS_INACTIVE", True, 1001)

    await stand.index("19000")

    (listed,) = (await alice.get("/spot/api/v3.3/user/open_orders")).json
    assert (listed["orderState"], listed["triggered"], listed["price"]) == ("STATUS_ACTIVE", True, 18900)
    assert (await alice.get(ORDER, orderID=row["orderID"])).json["status"] == 2


async def test_an_order_lives_as_long_as_it_was_given(stand: Stand, alice: Client) -> None:
    """A lifetime ends by the venue's clock, and the look-up tells."""
    (row,) = (await alice.order(time_in_force="HALFMIN")).json
    assert row["time_in_force"] == "HALFMIN"

    stand.clock.advance(31 * SECOND)

    await alice.order("BUY", 0.001, 10000)  # whatever comes next finds it gone
    assert (await alice.get(ORDER, orderID=row["orderID"])).json["status"] == 6


async def test_an_order_is_found_by_either_id(alice: Client) -> None:
    """Its own id wins; one object is answered."""
    (row,) = (await alice.order(clOrderID="mine")).json

    for query in (
        {"orderID": row["orderID"]},
        {"clOrderID": "mine"},
        {"orderID": row["orderID"], "clOrderID": "other"},
    ):
        found = (await alice.get(ORDER, **query)).json
        assert (found["orderID"], found["orderId"], found["clOrderID"]) == (row["orderID"], row["orderID"], "mine")
        assert (found["status"], found["timeInForce"], found["quote"]) == (2, "GTC", "USD")


@pytest.mark.parametrize("query", [{"orderID": MISSING}, {"orderID": "garbage"}, {"clOrderID": "nobody's"}])
async def test_an_unknown_order_is_not_found(alice: Client, query: dict[str, str]) -> None:
    """Shape B with the venue's -1."""
    answer = await alice.get(ORDER, **query)

    assert (answer.status, answer.json) == (
        400, {"status": 400, "errorCode": -1, "message": "Order not found", "extraData": None},
    )  # fmt: skip


async def test_nobody_sees_or_cancels_anothers_order(alice: Client, bob: Client) -> None:
    """An id is a spelling, not a permission."""
    (row,) = (await alice.order(clOrderID="mine")).json

    assert (await bob.get(ORDER, orderID=row["orderID"])).status == 400
    (refused,) = (await bob.call("DELETE", ORDER, symbol="BTC-USD", orderID=row["orderID"])).json
    assert refused["status"] == 16
    assert (await bob.call("DELETE", ORDER, symbol="BTC-USD", clOrderID="mine")).json[0]["status"] == 16
    change = {"symbol": "BTC-USD", "orderID": row["orderID"], "type": "PRICE", "value": 1000}
    assert (await bob.call("PUT", ORDER, change)).json[0]["status"] == 15
    assert len((await alice.get("/spot/api/v3.3/user/open_orders")).json) == 1


async def test_an_amendment_answers_123(alice: Client) -> None:
    """By price, by size, by both; the price it was placed at stays told."""
    (row,) = (await alice.order(clOrderID="mine")).json
    common = {"symbol": "BTC-USD", "orderID": row["orderID"], "slide": None}

    (priced,) = (await alice.call("PUT", ORDER, {**common, "type": "PRICE", "value": 19000})).json
    (sized,) = (await alice.call("PUT", ORDER, {**common, "type": "SIZE", "value": "0.002"})).json
    (both,) = (await alice.call("PUT", ORDER, {**common, "type": "ALL", "orderPrice": 18000, "orderSize": 0.003})).json

    assert (priced["status"], priced["price"], priced["originalPrice"]) == (123, 19000, 20000)
    assert list(priced)[-2:] == ["originalPrice", "time_in_force"]
    assert (sized["currentOrderBaseSize"], sized["originalOrderBaseSize"]) == (0.002, 0.001)
    assert (both["price"], both["size"]) == (18000, 0.003)


async def test_an_amendment_may_trade(alice: Client, bob: Client) -> None:
    """filledBaseSize is what this request filled."""
    await bob.order("SELL", 0.001, 20000)
    (row,) = (await alice.order("BUY", 0.002, 19000)).json

    change = {"symbol": "BTC-USD", "orderID": row["orderID"], "type": "PRICE", "value": 20000}
    (amended,) = (await alice.call("PUT", ORDER, change)).json

    assert (amended["status"], amended["filledBaseSize"], amended["totalFilledBaseSize"]) == (123, 0.001, 0.001)


async def test_an_amendment_of_no_order_answers_15(alice: Client) -> None:
    """HTTP 200 and a row, as the documents' own sample."""
    for ident in ({"orderID": MISSING}, {"clOrderID": "nobody's"}):
        answer = await alice.call("PUT", ORDER, {"symbol": "BTC-USD", "type": "PRICE", "value": 19000, **ident})
        assert (answer.status, answer.json[0]["status"], answer.json[0]["message"]) == (200, 15, "Order not found")


async def test_a_post_only_order_is_not_amended_into_a_cross(alice: Client, bob: Client) -> None:
    """Status 15 with the reason; the order stays as it was."""
    await bob.order("SELL", 0.001, 20000)
    (row,) = (await alice.order("BUY", 0.001, 19000, postOnly=True)).json

    change = {"symbol": "BTC-USD", "orderID": row["orderID"], "type": "PRICE", "value": 20000}
    (refused,) = (await alice.call("PUT", ORDER, change)).json

    assert (refused["status"], refused["price"]) == (15, 19000)
    assert "postOnly" in refused["message"]


async def test_cancellations_by_id_by_client_id_and_by_market(alice: Client) -> None:
    """By id, by clOrderID, all of a market; nothing to cancel is an empty array, an unknown id a row with 16."""
    (first,) = (await alice.order(clOrderID="a")).json
    await alice.order(clOrderID="b")
    await alice.order(clOrderID="b")
    await alice.order(clOrderID="c")

    (one,) = (await alice.call("DELETE", ORDER, symbol="BTC-USD", orderID=first["orderID"])).json
    same = (await alice.call("DELETE", ORDER, symbol="BTC-USD", clOrderID="b")).json
    rest = (await alice.call("DELETE", ORDER, symbol="BTC-USD")).json
    none = (await alice.call("DELETE", ORDER, symbol="BTC-USD")).json
    (gone,) = (await alice.call("DELETE", ORDER, symbol="BTC-USD", orderID=first["orderID"])).json

    assert (one["orderID"], one["status"], one["filledBaseSize"], one["message"]) == (first["orderID"], 6, 0, "")
    assert [row["clOrderID"] for row in same] == ["b", "b"]
    assert [row["clOrderID"] for row in rest] == ["c"]
    assert none == []
    assert (gone["status"], gone["orderID"]) == (16, first["orderID"])


async def test_a_cancellation_is_of_its_symbol(alice: Client) -> None:
    """An order of another market is not found."""
    (row,) = (await alice.order()).json

    (refused,) = (await alice.call("DELETE", ORDER, symbol="ETH-TRY", orderID=row["orderID"])).json

    assert refused["status"] == 16


async def test_the_dead_man_timer(stand: Stand, alice: Client) -> None:
    """Not called again in time, all orders end; zero disarms. The answer is JSON."""
    path = "/spot/api/v3.3/order/cancelAllAfter"
    await alice.order()
    assert (await alice.post(path, {"timeout": 60000})).json == {}
    assert (await alice.post(path, {"timeout": "0"})).status == 200
    stand.clock.advance(61 * SECOND)
    assert len((await alice.get("/spot/api/v3.3/user/open_orders")).json) == 1

    await alice.post(path, {"timeout": 1000})
    stand.clock.advance(2 * SECOND)

    await alice.get("/spot/api/v3.3/time")
    (row,) = (await alice.order("BUY", 0.001, 10000)).json
    assert [order["orderID"] for order in (await alice.get("/spot/api/v3.3/user/open_orders")).json] == [row["orderID"]]


async def test_open_orders_by_symbol_and_id(alice: Client) -> None:
    """All, of a market, of an id; under the SDK's path too."""
    (first,) = (await alice.order(clOrderID="a")).json
    (second,) = (await alice.order(clOrderID="b")).json
    base = "/spot/api/v3.3"

    async def listed(path: str = f"{base}/user/open_orders", **query: str) -> list[str]:
        return [row["orderID"] for row in (await alice.get(path, **query)).json]

    assert await listed() == await listed(symbol="BTC-USD") == await listed(f"{base}/open_orders")
    assert await listed() == [first["orderID"], second["orderID"]]
    assert await listed(symbol="ETH-TRY") == await listed(orderID=MISSING) == []
    assert await listed(orderID=second["orderID"]) == await listed(clOrderID="b") == [second["orderID"]]


async def test_order_ids_fit_what_json_clients_read(alice: Client) -> None:
    """clOrderIDs with quotes and other scripts come back whole."""
    strange = 'say "hi" \\ ünïcödé \u2028'
    body = (await alice.order(clOrderID=strange)).body

    assert json.loads(body)[0]["clOrderID"] == strange
    (listed,) = (await alice.get("/spot/api/v3.2/user/open_orders", clOrderID=strange)).json
    assert listed["clOrderID"] == strange


async def test_a_refusal_tells_the_bound_that_it_was_decided_by(stand: Stand, alice: Client) -> None:
    """Of orders and of amendments, in both versions; as recorded from the live venue."""
    await stand.index("20000")
    (mine,) = (await alice.order("BUY", 0.001, 20000, clOrderID="mine")).json

    placed = await alice.order("BUY", 0.001, 30000.5)
    amended = await alice.call(
        "PUT",
        "/spot/api/v3.3/order",
        {"symbol": "BTC-USD", "orderID": mine["orderID"], "type": "PRICE", "value": 30000.5},
    )
    v4 = await alice.call(
        "PUT", "/spot/api/v4/trade/orders", {"symbol": "BTC-USD", "clOrderId": "mine", "orderPrice": "30000.5"}
    )

    for answer in (placed, amended, v4):
        assert (answer.status, answer.json["code"]) == (400, 33001003)
        assert answer.json["data"] == ["BUY", "BTC", "higher", "26000", "USD"]
        assert answer.json["msg"] == "BADREQUEST: You can not BUY BTC higher than 26000 USD"


async def test_a_limit_order_that_is_filled_at_once_tells_the_last_match(alice: Client, bob: Client) -> None:
    """As its price, while one that rests tells its limit; looked up, it has its limit again."""
    for price in (20000, 20010):
        await bob.order("SELL", 0.001, price)

    (filled,) = (await alice.order("BUY", 0.002, 20500)).json
    (rests,) = (await alice.order("BUY", 0.002, 19000)).json
    looked_up = (await alice.get("/spot/api/v3.3/order", orderID=filled["orderID"])).json

    assert (filled["status"], filled["price"], filled["avgFilledPrice"]) == (4, 20010, 20005)
    assert (rests["status"], rests["price"], looked_up["price"]) == (2, 19000, 20500)


@pytest.mark.parametrize("trail", ["1e12", "-1", "0.25", "soon"])
async def test_a_trailing_distance_that_is_none_is_named(stand: Stand, alice: Client, trail: str) -> None:
    """In both versions."""
    await stand.index("20000")
    v3 = await alice.order("SELL", 0.001, None, type="MARKET", txType="STOP", trailValue=trail)
    v4 = await alice.post(
        "/spot/api/v4/trade/orders/algo",
        {"symbol": "BTC-USD", "orderSide": "SELL", "orderType": "TRAILING", "orderSize": "0.001", "trailValue": trail},
    )

    assert [answer.json["code"] for answer in (v3, v4)] == [-2, -2]
    assert all("trailValue" in answer.json["msg"] for answer in (v3, v4))


async def test_a_small_price_is_told_before_a_fine_one_and_types_are_a_json_array(alice: Client) -> None:
    """A price below the least that is between two ticks as well."""
    assert (await alice.order("BUY", 0.001, 0.3)).json["code"] == 4005
    types = await alice.get("/public-api/market/v1/ticker/indices", types="NOPE")
    assert (types.status, types.json["msg"], types.json["data"]) == (400, "Invalid json format", [])
