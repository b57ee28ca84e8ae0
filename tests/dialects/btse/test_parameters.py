"""Parameters that say nothing: a cancellation never takes them for "all of them", and elsewhere null is as good as absent."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from tests.dialects.btse.stand import Client, Stand, open_stand

V3: Final = "/spot/api/v3.3/order"
V4: Final = "/spot/api/v4/trade/orders"


@pytest.fixture
async def resting(alice: Client) -> list[str]:
    """Three of alice's orders."""
    return [(await alice.order("BUY", 0.001, 10000 + at, clOrderID=f"c{at}")).json[0]["orderID"] for at in range(3)]


async def open_ids(alice: Client) -> list[str]:
    return [row["orderID"] for row in (await alice.get("/spot/api/v3.3/user/open_orders")).json]


HALF_NAMED: Final[list[dict[str, Any]]] = [
    {"orderID": ""}, {"orderID": " "}, {"clOrderID": ""}, {"orderId": ""}, {"clOrderId": ""}, {"orderid": "x"}, {"ORDERID": "x"},
    {"orderIDs": "x"}, {"orderList": "[]"}, {"clorderid": "c0"}, {"CLORDERID": "c0"}, {"clOrderIDs": "c0"}, {"order_id": "x"},
    {" orderID": "x"}, {"orderID": "", "clOrderID": "c0"}, {"clOrderLinkId": "x"},
]  # fmt: skip
NULLS: Final[list[dict[str, Any]]] = [
    {"orderID": None}, {"clOrderID": None}, {"orderId": None}, {"clOrderId": None}, {"orderid": None}, {"orderIds": []},
    {"orderID": None, "clOrderID": None}, {"ORDER": {}}, {"orderID": 0}, {"orderID": False}, {"clOrderID": []},
]  # fmt: skip


@pytest.mark.parametrize("named", HALF_NAMED, ids=str)
@pytest.mark.parametrize("path", [V3, V4, f"{V4}/all"])
@pytest.mark.parametrize("is_body", [False, True])
async def test_a_cancellation_that_names_no_order_cancels_none(
    alice: Client, resting: list[str], named: dict[str, Any], path: str, is_body: bool
) -> None:
    """In the query and in a body, in every version."""
    asked = {"symbol": "BTC-USD", **named}

    answer = await (alice.call("DELETE", path, asked) if is_body else alice.call("DELETE", path, **asked))

    assert (answer.status, await open_ids(alice)) == (400, resting), answer.body


@pytest.mark.parametrize("named", NULLS, ids=str)
@pytest.mark.parametrize("path", [V3, V4, f"{V4}/all"])
async def test_a_null_names_no_order_either(
    alice: Client, resting: list[str], named: dict[str, Any], path: str
) -> None:
    """As programs send whose id was never set."""
    answer = await alice.call("DELETE", path, {"symbol": "BTC-USD", **named})

    assert (answer.status, await open_ids(alice)) == (400, resting), answer.body


async def test_an_order_named_beside_the_body_is_not_overlooked(alice: Client, resting: list[str]) -> None:
    """The body alone would mean the whole market."""
    body = json.dumps({"symbol": "BTC-USD"}).encode()

    answer = await alice.call("DELETE", V3, raw=body, orderID=resting[0])

    assert (answer.status, await open_ids(alice)) == (400, resting)


async def test_only_a_cancellation_without_any_of_them_ends_all(alice: Client, resting: list[str]) -> None:
    """One by id, one by client id, the rest by symbol."""
    assert len((await alice.call("DELETE", V3, symbol="BTC-USD", orderID=resting[0])).json) == 1
    assert len((await alice.call("DELETE", V4, symbol="BTC-USD", clOrderId="c1")).json) == 1
    assert await open_ids(alice) == resting[2:]
    assert len((await alice.call("DELETE", V3, symbol="BTC-USD")).json) == 1
    assert await open_ids(alice) == []


async def test_null_is_as_good_as_absent(alice: Client) -> None:
    """Wherever a parameter has a default."""
    form = {
        "currency": "BTC-Bitcoin", "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "tag": None, "amount": "0.01",
        "includeWithdrawFee": None,
    }  # fmt: skip

    answer = await alice.post("/spot/api/v3.2/user/wallet/withdraw", form)
    order = await alice.post(
        V3,
        {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001, "postOnly": None, "txType": None,
         "trailValue": None, "time_in_force": None, "clOrderID": None},
    )  # fmt: skip

    assert answer.status == order.status == 200, answer.body


async def test_a_null_that_must_be_there_is_missing(alice: Client) -> None:
    """And named."""
    answer = await alice.post(V3, {"symbol": None, "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001})

    assert answer.json["msg"] == "BADREQUEST: symbol parameter is mandatory"


@pytest.mark.parametrize("is_body_signed", [False, True])
async def test_a_signed_get_may_carry_its_parameters_in_a_body(
    stand: Stand, alice: Client, resting: list[str], is_body_signed: bool
) -> None:
    """Signed with it or without it; nothing else of it is."""
    path, body = "/spot/api/v3.3/user/open_orders", json.dumps({"clOrderID": "c1", "symbol": None}).encode()
    stamp = str(stand.clock.now_ns() // 1_000_000)
    message = f"/api/v3.3/user/open_orders{stamp}".encode() + (body if is_body_signed else b"")
    signed = {
        "request-api": alice.key, "request-nonce": stamp,
        "request-sign": hmac.new(alice.secret.encode(), message, hashlib.sha384).hexdigest(),
    }  # fmt: skip

    answer = await stand.send("GET", path, "", signed, body)
    history = await alice.call(
        "GET", "/spot/api/v3.3/user/trade_history", {"count": 5, "startTime": None, "symbol": "BTC-USD"}
    )
    over = await stand.send("GET", path, urlencode({"clOrderID": "c2"}), signed, body)

    assert [row["clOrderID"] for row in answer.json] == ["c1"]
    assert (history.status, history.json) == (200, [])
    assert [row["clOrderID"] for row in over.json] == ["c2"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"count": "many"}', b'{"count": {}}'])
async def test_a_body_of_a_get_that_says_nothing_is_refused(alice: Client, body: bytes) -> None:
    """In the venue's shape."""
    answer = await alice.call("GET", "/spot/api/v3.3/user/trade_history", raw=body)

    assert answer.status == 400
    assert answer.json


@pytest.mark.parametrize(
    ("kind", "is_json"),
    [
        ("application/json", True), ("Application/JSON; charset=utf-8", True), ("text/json", True),
        ("application/vnd.btse+json", True), ("text/plain", False), ("application/x-www-form-urlencoded", False),
        ("application/jsonp", False), ("", False), (None, False),
    ],
)  # fmt: skip
async def test_a_body_that_is_not_called_json_is_read_unless_the_venue_file_is_strict(
    kind: str | None, is_json: bool
) -> None:
    """On every version and API; strict, nothing happens, and a request without a body is asked for no type."""
    order = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001}
    order_v4 = {
        "symbol": "BTC-USD",
        "orderSide": "BUY",
        "orderType": "LIMIT",
        "orderPrice": "20000",
        "orderSize": "0.001",
    }
    for mode, is_read in (("any", True), ("json", is_json)):
        stand = await open_stand(answers={"content_type": mode})
        alice = await stand.customer("alice")

        placed = [await alice.call("POST", path, form, kind=kind) for path, form in ((V3, order), (V4, order_v4))]
        amended = await alice.call(
            "PUT", V3, {"symbol": "BTC-USD", "orderID": "x", "type": "PRICE", "value": 1}, kind=kind
        )

        assert [answer.status for answer in placed] == ([200] * 2 if is_read else [415] * 2)
        assert (amended.status == 415) is not is_read
        assert len(await open_ids(alice)) == (2 if is_read else 0)
        canceled = await alice.call("DELETE", V3, kind=None, symbol="BTC-USD")
        assert canceled.status == 200
        if not is_read:
            assert (placed[0].json["code"], placed[0].json["success"]) == (415, False)
        await stand.venue.sequencer.stop()
