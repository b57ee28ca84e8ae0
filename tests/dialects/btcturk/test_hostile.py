"""Whatever is sent in a documented field, the answer is one of the venue's and never a failure of ours."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from bedesten.dialects.btcturk.dialect import endpoints
from bedesten.dialects.contract import Endpoint
from tests.dialects.btcturk.stand import SECOND, Client, Stand
from tests.dialects.btcturk.test_tokens import holder

NASTY: list[Any] = [
    "", " ", "0", "-1", "1e400", "NaN", "Infinity", "９", "\x00", "\u2028", "'\"\\", "BTCTRY", "BTC_TRY", "x" * 5_000,
    "9223372036854775808", "-9223372036854775809", "1" * 30, "null", "[]", '["BTCTRY"]', "[[", "{x", "1.5", "ı", "ß",
    0, -1, 1e-9, 1e300, 2**63, 10**40, True, None, [], {}, [[]], [{"a": 1}], ["x"] * 500,
]  # fmt: skip
ENDPOINTS = [row for row in endpoints() if row.request is not None and "/api/v2/account" not in row.path]
GOOD: dict[str, Any] = {
    "pairSymbol": "BTCTRY", "quantity": "0.01", "price": "50000", "orderMethod": "limit", "orderType": "buy",
    "stopPrice": "0", "symbol": "BTCTRY", "pair": "BTCTRY", "resolution": "60", "asset": "BTC", "amount": "0.1",
    "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "grant_type": "password", "id": "1", "orderId": "1",
}  # fmt: skip
EXPECTED = {200, 400}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=[f"{row.method} {row.path}" for row in ENDPOINTS])
async def test_no_parameter_breaks_an_endpoint(stand: Stand, alice: Client, endpoint: Endpoint) -> None:
    """Each field in turn takes every nasty value; whatever is answered is JSON."""
    assert endpoint.request is not None
    names = [field.encode_name for field in msgspec.structs.fields(endpoint.request)]
    takes_credentials = endpoint.path in ("/connect/token", "/api/v2/token/refresh")
    for at, (name, value) in enumerate(itertools.product(names, NASTY)):
        if at % 100 == 0:  # a token does not last longer
            customer = await holder(alice) if endpoint.bearer else alice
        if takes_credentials:  # strangers in a row are another test's
            assert (await alice.get("/api/v1/openOrders")).status == 200
        form = {key: good for key, good in GOOD.items() if key in names} | {name: value}
        stand.clock.advance(10 * SECOND)  # so are the limits of a minute's requests
        path = endpoint.path.replace("{orderId}", "1").replace("{id}", "1")
        if endpoint.reads == "body":
            answer = await customer.call(endpoint.method, path, raw=msgspec.json.encode(form))
        else:
            texts = {key: str(text) for key, text in form.items() if text is not None}
            answer = await customer.call(endpoint.method, path, query=texts)

        assert answer.status in (EXPECTED | {401} if takes_credentials else EXPECTED), (name, value, answer)
        msgspec.json.decode(answer.body)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"newOrderClientId":"\\ud800"}', b'{"newOrderClientId":"\xff"}', b'{"pairSymbol":"BTCTRY"', b"[" * 5_000,
        b'{"unknown":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b"{a:" * 10_000, b"'" * 9_999, b"/*" * 5_000, b"\x00",
        b'{"a":1}' * 100, b"{}", b"null", b"1", b'""',
    ],
)  # fmt: skip
async def test_no_body_breaks_an_order(alice: Client, raw: bytes) -> None:
    """Broken text, half an object, deep nesting, endless comments."""
    answer = await alice.call("POST", "/api/v1/order", raw=raw)

    assert answer.refusal[::2] == (400, 1038)


async def test_half_a_character_is_no_client_id(alice: Client) -> None:
    """JSON can spell it, leniently as well; UTF-8 cannot."""
    for body in (
        b'{"quantity":1,"price":50000,"orderMethod":0,"orderType":0,"pairSymbol":"BTCTRY","newOrderClientId":"a\\ud800"}',
        b"{quantity:1,price:50000,orderMethod:0,orderType:0,pairSymbol:'BTCTRY',newOrderClientId:'a\\ud800'}",
    ):
        assert (await alice.call("POST", "/api/v1/order", raw=body)).status == 400


@pytest.mark.parametrize(
    "query", ["pairSymbol=%ff", "pairSymbol=%", "pairSymbol", "&&&", "pairSymbol=BTCTRY&pairSymbol=x", "=" * 300,
              "&".join(f"p{at}=1" for at in range(200))],
)  # fmt: skip
async def test_no_query_breaks_an_endpoint(stand: Stand, query: str) -> None:
    """Broken escapes, repeated, nameless and too many parameters."""
    for path in ("/api/v2/orderbook", "/api/v2/ticker", "/v1/klines/history", "/v1/ohlcs"):
        answer = await stand.send("GET", path, query)
        assert answer.status in (200, 400)
        msgspec.json.decode(answer.body)
