"""What public clients of BTSE send, and that every field they read is there in the type they need.

Re-created from what is known of each client: BTSE's own samples and SDK, gocryptotrader, hummingbot, BTSEClient.Net,
ExchangeSharp. Headers, forms of DELETE and of numbers differ; the venue takes them all.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

import pytest
import requests
from websockets.sync.client import connect

from tests.e2e.process import CALL_S, Client, Server

NUMBER: Final = (int, float)
TEXT: Final = (str,)
FLAG: Final = (bool,)
TEXT_OR_NULL: Final = (str, type(None))
Fields = Mapping[str, tuple[type, ...]]


def check(row: Mapping[str, Any], fields: Fields) -> None:
    """Fail unless the row has every field, in a type that the client decodes."""
    wrong = {
        name: row.get(name, "absent")
        for name, kinds in fields.items()
        if name not in row or not isinstance(row[name], kinds) or (isinstance(row[name], bool) and bool not in kinds)
    }
    assert not wrong, row


def every(names: str, kinds: tuple[type, ...]) -> dict[str, tuple[type, ...]]:
    return dict.fromkeys(names.split(), kinds)


def send(
    client: Client, method: str, path: str, *, body: bytes = b"", query: str = "", prefix: str = "request",
    signed_body: bytes | None = None, headers: Mapping[str, str] | None = None,
) -> Any:  # fmt: skip
    """Send what a client sends: *body* as it is, signed as *signed_body* when the client signs something else."""
    nonce = str(int(time.time() * 1000))
    message = (path + nonce).encode() + (body if signed_body is None else signed_body)
    sign = hmac.new(client.trader.secret.encode(), message, hashlib.sha384).hexdigest()
    named = {f"{prefix}-api": client.trader.key, f"{prefix}-nonce": nonce, f"{prefix}-sign": sign}
    url = f"{client.server.url}/spot{path}" + (f"?{query}" if query else "")
    response = requests.request(method, url, data=body, headers={**named, **(headers or {})}, timeout=CALL_S)
    assert response.status_code == 200, response.text
    return response.json()


JSON: Final = {"Content-Type": "application/json"}

ORDER_V3_2: Final = {
    **every("status orderType price size timestamp triggerPrice averageFillPrice fillSize stealth deviation", NUMBER),
    **every("originalSize remainingSize", NUMBER),
    **every("symbol side orderID message time_in_force", TEXT),
    **every("trigger postOnly", FLAG),
    **every("clOrderID", TEXT_OR_NULL),
}


def test_node_samples_are_answered(trader1: Client) -> None:
    """api-sample, nodejs: compact JSON, request-* headers, a DELETE whose query is not signed, a very long timer."""
    body = json.dumps(
        {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "txType": "LIMIT", "price": 20000, "size": 0.002, "postOnly": False,
         "triggerPrice": 0, "stopPrice": 0, "trailValue": 0, "time_in_force": "GTC", "clOrderID": "node-1"},
        separators=(",", ":"),
    ).encode()  # fmt: skip
    (placed,) = send(trader1, "POST", "/api/v3.2/order", body=body, headers=JSON)
    amend = json.dumps({"symbol": "BTC-USD", "orderID": placed["orderID"], "type": "PRICE", "value": 20100}).encode()
    (amended,) = send(trader1, "PUT", "/api/v3.2/order", body=amend, headers=JSON)
    timer = send(trader1, "POST", "/api/v3.2/order/cancelAllAfter", body=b'{"timeout":1638460701}', headers=JSON)
    (canceled,) = send(trader1, "DELETE", "/api/v3.2/order", query=f"symbol=BTC-USD&orderID={placed['orderID']}")

    check(placed, ORDER_V3_2)
    assert (placed["status"], placed["size"], placed["clOrderID"]) == (2, 0.002, "node-1")
    assert (amended["status"], amended["price"]) == (123, 20100)
    assert timer is not None
    assert canceled["status"] == 6


def test_python_samples_are_answered(trader1: Client) -> None:
    """api-sample, python: JSON with spaces, every kind of order, pegs under their own path with type LIMIT."""
    market = round(trader1.last_price("BTC-USD"))
    forms: list[tuple[str, dict[str, Any], list[int]]] = [
        ("/api/v3.2/order", {"type": "LIMIT", "side": "SELL", "size": 0.002, "price": market + 8000, "postOnly": True}, [2]),
        ("/api/v3.2/order", {"type": "MARKET", "side": "BUY", "size": 0.002}, [4]),
        ("/api/v3.3/order", {"type": "MARKET", "txType": "Stop", "side": "BUY", "price": 900, "triggerPrice": market + 900}, [9]),
        ("/api/v3.3/order", {"type": "LIMIT", "txType": "Stop", "side": "SELL", "size": 0.01, "price": market - 9000,
                             "triggerPrice": market - 8900}, [9]),
        ("/api/v3.3/order", {"type": "MARKET", "txType": "TRIGGER", "side": "BUY", "price": 1000, "triggerPrice": market - 900},
         [9]),
        ("/api/v3.3/order", {"type": "OCO", "txType": "LIMIT", "side": "SELL", "size": 0.01, "price": market + 9000,
                             "stopPrice": market - 9010, "triggerPrice": market - 9000}, [2, 9]),
        ("/api/v3.3/order", {"type": "MARKET", "txType": "STOP", "side": "BUY", "price": 1000, "trailValue": 4000}, [9]),
        ("/api/v3.3/order", {"type": "PEG", "side": "BUY", "size": 0.01, "price": market, "deviation": -10, "stealth": 10}, [2]),
        ("/api/v3.2/order/peg", {"type": "LIMIT", "side": "BUY", "size": 0.01, "price": market, "deviation": -9, "stealth": 20},
         [2]),
    ]  # fmt: skip
    for path, form, statuses in forms:
        rows = send(trader1, "POST", path, body=json.dumps({"symbol": "BTC-USD", **form}).encode(), headers=JSON)
        assert [row["status"] for row in rows] == statuses, form
        for row in rows:
            assert row["trigger"] is (row["status"] == 9)
    canceled = send(trader1, "DELETE", "/api/v3.3/order", query="symbol=BTC-USD")
    assert {row["status"] for row in canceled} == {6}
    assert len(canceled) == 9


def test_a_delete_with_an_unsigned_body_cancels(trader1: Client) -> None:
    """One JavaScript client puts the parameters of a DELETE into a JSON body and signs without it."""
    (placed,) = trader1.place("BTC-USD", "BUY", price=20000, size=0.001)
    body = json.dumps({"symbol": "BTC-USD", "orderID": placed["orderID"]}).encode()

    (canceled,) = send(trader1, "DELETE", "/api/v3.2/order", body=body, signed_body=b"", headers=JSON)

    assert (canceled["status"], canceled["orderID"]) == (6, placed["orderID"])


def test_the_venues_sdk_finds_its_open_orders(trader1: Client) -> None:
    """btse-sdk: v3.3 throughout; open orders under a path that BTSE does not document."""
    body = json.dumps({"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": "20000", "size": "0.001"}).encode()
    (placed,) = send(trader1, "POST", "/api/v3.3/order", body=body, headers=JSON)
    (listed,) = send(trader1, "GET", "/api/v3.3/open_orders", query="symbol=BTC-USD", headers=JSON)
    send(trader1, "DELETE", "/api/v3.3/order", query=f"symbol=BTC-USD&orderID={placed['orderID']}", headers=JSON)

    assert listed["orderID"] == placed["orderID"]
    check(listed, every("orderState timeInForce symbol side quote", TEXT))


def test_gocryptotrader_decodes_what_it_asks_for(server: Server, trader1: Client) -> None:
    """btse-* headers, v3.2, floats for numbers, text for the levels of a book, arrays for fees."""
    base = f"{server.url}/spot/api/v3.2"
    summary = requests.get(f"{base}/market_summary", timeout=CALL_S).json()
    book = requests.get(f"{base}/orderbook/L2", params={"symbol": "BTC-USD", "depth": 5}, timeout=CALL_S).json()
    trades = requests.get(f"{base}/trades", params={"symbol": "BTC-USD", "count": 5}, timeout=CALL_S).json()
    moment = requests.get(f"{base}/time", timeout=CALL_S).json()
    candles = requests.get(f"{base}/ohlcv", params={"symbol": "BTC-USD", "resolution": "60"}, timeout=CALL_S).json()
    old = {"prefix": "btse", "headers": JSON}
    body = b'{"price":20000,"side":"BUY","size":0.001,"symbol":"BTC-USD","time_in_force":"GTC","txType":"LIMIT","type":"LIMIT"}'
    (placed,) = send(trader1, "POST", "/api/v3.2/order", body=body, **old)
    (listed,) = send(trader1, "GET", "/api/v3.2/user/open_orders", query="symbol=BTC-USD", **old)
    wallet = send(trader1, "GET", "/api/v3.2/user/wallet", **old)
    fees = send(trader1, "GET", "/api/v3.2/user/fees", query="symbol=BTC-USD", **old)
    (canceled,) = send(trader1, "DELETE", "/api/v3.2/order", query=f"orderID={placed['orderID']}&symbol=BTC-USD", **old)

    assert len(summary) == 64
    for row in summary:
        check(row, {**every("symbol base quote", TEXT), **every("active futures timeBasedContract", FLAG), **every(
            "last lowestAsk highestBid percentageChange volume high24Hr low24Hr size minValidPrice minPriceIncrement "
            "minOrderSize maxOrderSize minSizeIncrement openInterest openInterestUSD contractStart contractEnd openTime "
            "closeTime startMatching inactiveTime fundingRate contractSize maxPosition minRiskLimit maxRiskLimit", NUMBER)},
        )  # fmt: skip
    assert all(isinstance(level[name], str) for level in book["buyQuote"] for name in ("price", "size"))
    for row in trades:
        check(row, {**every("price size serialId timestamp", NUMBER), **every("side symbol", TEXT)})
    check(moment, {"iso": TEXT, "epoch": (int,)})
    assert all(len(row) == 6 and all(isinstance(value, NUMBER) for value in row) for row in candles)
    check(placed, ORDER_V3_2)
    names = (
        "orderType price size orderValue filledSize pegPriceMin pegPriceMax pegPriceDeviation cancelDuration timestamp"
    )
    check(listed, {**every(names + " triggerPrice triggerOriginalPrice averageFillPrice fillSize", NUMBER), **every(
        "orderID side symbol orderState timeInForce", TEXT), **every("triggerOrder triggered", FLAG)},
    )  # fmt: skip
    for row in wallet:
        check(row, {"currency": TEXT, "total": NUMBER, "available": NUMBER})
    check(fees[0], {"symbol": TEXT, "makerFee": NUMBER, "takerFee": NUMBER})
    assert canceled["status"] == 6


def test_hummingbot_trades_with_text_for_numbers(server: Server, trader1: Client) -> None:
    """Sizes and prices are JSON strings; a look-up is read by its field orderId; V2 notices have whole-number statuses."""
    with connect(f"{server.ws_url}/ws/spot") as socket:
        socket.send(trader1.login())
        socket.send('{"op": "subscribe", "args": ["notificationApiV2", "fills"]}')
        socket.recv(CALL_S), socket.recv(CALL_S)
        form = {
            "symbol": "ETH-USD",
            "side": "BUY",
            "type": "LIMIT",
            "price": "2000.5",
            "size": "0.0200",
            "clOrderID": "HBOT-1",
        }
        (placed,) = send(trader1, "POST", "/api/v3.2/order", body=json.dumps(form).encode(), headers=JSON)
        found = send(trader1, "GET", "/api/v3.2/order", query="clOrderID=HBOT-1")
        (canceled,) = send(trader1, "DELETE", "/api/v3.2/order", query="symbol=ETH-USD&clOrderID=HBOT-1")
        notices = [json.loads(socket.recv(CALL_S)) for _ in range(2)]

    assert (placed["price"], placed["size"]) == (2000.5, 0.02)
    assert found["orderId"] == found["orderID"] == placed["orderID"]
    check(found, every("status price size filledSize remainingSize averageFillPrice timestamp", NUMBER))
    assert canceled["clOrderID"] == "HBOT-1"
    assert [(each["topic"], each["data"]["clOrderID"], each["data"]["status"]) for each in notices] == [
        ("notificationApiV2", "HBOT-1", 2),
        ("notificationApiV2", "HBOT-1", 6),
    ]


def test_the_dotnet_client_decodes_its_trades(server: Server, trader1: Client) -> None:
    """BTSEClient.Net: btse-* headers, decimals that must not be null, client ids of up to 64 characters."""
    client_id = "n" * 64
    (bought,) = trader1.place("ETH-USD", "BUY", type="MARKET", size=0.05, clOrderID=client_id)
    history = send(
        trader1, "GET", "/api/v3.2/user/trade_history", query="symbol=ETH-USD&count=10&includeOld=true", prefix="btse"
    )
    prices = requests.get(f"{server.url}/spot/api/v3.2/price", params={"symbol": "ETH-USD"}, timeout=CALL_S).json()

    mine = [row for row in history if row["orderId"] == bought["orderID"]]
    assert sum(row["filledSize"] for row in mine) == pytest.approx(0.05)
    for row in mine:
        names = "orderType triggerType price size filledPrice filledSize triggerPrice feeAmount realizedPnl total"
        check(row, {**every(names + " serialId timestamp averageFillPrice", NUMBER), **every(
            "tradeId orderId username side base quote symbol feeCurrency wallet", TEXT), "clOrderID": TEXT_OR_NULL},
        )  # fmt: skip
        assert row["clOrderID"] == client_id
    check(prices[0], {"symbol": TEXT, "indexPrice": NUMBER, "lastPrice": NUMBER, "markPrice": NUMBER})


def test_exchangesharp_still_speaks_v3_1(server: Server, trader1: Client) -> None:
    """The oldest version in use: the same rows as v3.2."""
    summary = requests.get(f"{server.url}/spot/api/v3.1/market_summary", timeout=CALL_S).json()
    body = b'{"symbol":"BTC-USD","size":0.001,"price":20000.0,"side":"BUY","type":"LIMIT","txType":"LIMIT","time_in_force":"GTC"}'
    (placed,) = send(trader1, "POST", "/api/v3.1/order", body=body, prefix="btse", headers=JSON)
    listed = send(trader1, "GET", "/api/v3.1/user/open_orders", query="symbol=BTC-USD", prefix="btse")
    send(trader1, "DELETE", "/api/v3.1/order", query=f"symbol=BTC-USD&orderID={placed['orderID']}", prefix="btse")

    assert len(summary) == 64
    check(placed, ORDER_V3_2)
    assert [row["orderID"] for row in listed] == [placed["orderID"]]
