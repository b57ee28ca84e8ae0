"""Whatever is sent in a documented field, the answer is one of the venue's and never a failure of ours."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.contract import Endpoint

NASTY: list[Any] = [
    "", " ", "0", "-1", "1e400", "NaN", "Infinity", "９", "\x00", "\u2028", "'\"\\", "BTC-USD", "ALL", "x" * 5_000,
    "9223372036854775808", "-9223372036854775809", "1" * 30, "null", "[]", '["BTC-USD"]', '["NO-SUCH"]', "[1]", "[[",
    0, -1, 1e-9, 1e300, 2**63, 10**40, True, None, [], {}, [[]],
]  # fmt: skip
ENDPOINTS = [row for row in BtseDialect().endpoints if row.request is not None and "v3.1" not in row.path]
GOOD: dict[str, Any] = {
    "symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "size": "0.001", "price": "20000", "resolution": "60",
    "orderSide": "BUY", "orderType": "LIMIT", "orderSize": "0.001", "orderPrice": "20000", "timeout": 60000,
    "orderID": "f6b87ae5-20e6-41e4-8cf8-df78e2120ba2", "orderId": "f6b87ae5-20e6-41e4-8cf8-df78e2120ba2", "value": "19000",
}  # fmt: skip
EXPECTED = {200, 400, 429}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=[f"{row.method} {row.path}" for row in ENDPOINTS])
async def test_no_parameter_breaks_an_endpoint(stand: Stand, alice: Client, endpoint: Endpoint) -> None:
    """Each field in turn takes every nasty value; whatever has a body is JSON."""
    assert endpoint.request is not None
    names = endpoint.request.__struct_fields__
    await stand.index("20000")
    for name, value in itertools.product(names, NASTY):
        form = {key: good for key, good in GOOD.items() if key in names} | {name: value}
        stand.clock.advance(SECOND)  # the limits of a second's requests are another test's
        if endpoint.method in ("POST", "PUT"):
            answer = await alice.call(endpoint.method, endpoint.path, raw=msgspec.json.encode(form))
        else:
            texts = {key: str(text) for key, text in form.items() if text is not None}
            answer = await alice.call(endpoint.method, endpoint.path, **texts)

        assert answer.status in EXPECTED, (name, value, answer)
        if answer.body:
            msgspec.json.decode(answer.body)
    await alice.call("DELETE", "/spot/api/v4/trade/orders/all", symbol="ALL")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"clOrderID":"\\ud800"}',
        b'{"clOrderID":"\xff"}',
        b'{"symbol":"BTC-USD"',
        b"[" * 5_000,
        b'{"unknown":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"price":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b'{"a":1}' * 100,
        b"\x00",
    ],
)
async def test_no_body_breaks_an_order(alice: Client, raw: bytes) -> None:
    """Broken text, half an object, deep nesting."""
    for path in ("/spot/api/v3.3/order", "/spot/api/v4/trade/orders"):
        answer = await alice.call("POST", path, raw=raw)
        assert answer.status == 400
        msgspec.json.decode(answer.body)


async def test_a_lone_surrogate_is_no_client_id(alice: Client) -> None:
    """JSON can spell half a character; UTF-8 cannot."""
    body = b'{"symbol":"BTC-USD","side":"BUY","type":"LIMIT","price":20000,"size":0.001,"clOrderID":"a\\ud800"}'

    assert (await alice.call("POST", "/spot/api/v3.3/order", raw=body)).status == 400


@pytest.mark.parametrize(
    "query", ["symbol=%ff", "symbol=%", "symbol", "&&&", "symbol=BTC-USD&symbol=ETH-TRY", "=" * 300]
)
async def test_no_query_breaks_an_endpoint(stand: Stand, query: str) -> None:
    """Broken escapes, repeated and nameless parameters."""
    for path in ("/spot/api/v3.3/orderbook", "/public-api/market/v1/orderbook"):
        answer = await stand.send("GET", path, query)
        assert answer.status in EXPECTED
