"""The contract table: complete, documented, and true in every row."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import validate
from tests.dialects.btse.stand import Stand

from bedesten.dialects.btse import errors
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.btse.errors import Shape
from bedesten.dialects.contract import Endpoint, Request
from bedesten.dialects.refusals import (
    BodyTooLarge,
    Forbidden,
    Malformed,
    RateLimited,
    Refusal,
    SystemFailure,
    Unauthenticated,
    Unavailable,
)
from bedesten.services.records import Permission

DIALECT = BtseDialect()
ENDPOINTS = list(DIALECT.endpoints)
IDS = [f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS]
DOCS = Path(__file__).parents[3] / "docs" / "dialects" / "btse.md"


def test_no_row_stands_twice() -> None:
    """One method and path, one endpoint."""
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=IDS)
def test_every_row_is_whole(endpoint: Endpoint) -> None:
    """A limit that exists, a summary, a source, a schema that OpenAPI can show."""
    assert endpoint.limit in DIALECT.limits
    assert endpoint.summary
    assert endpoint.source.startswith("https://")
    if endpoint.request is not None:
        assert msgspec.json.schema(endpoint.request)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=IDS)
def test_every_row_is_in_the_matrix(endpoint: Endpoint) -> None:
    """docs/dialects/btse.md names every path, with the version as v3.x."""
    path = endpoint.path
    for version in ("v3.1", "v3.2", "v3.3"):
        path = path.replace(version, "v3.x")

    assert f"`{endpoint.method} {path}`" in DOCS.read_text()


def test_trading_needs_trading_and_reading_reads() -> None:
    """The permission table of the documents."""
    for endpoint in ENDPOINTS:
        if "/order" in endpoint.path and "orderbook" not in endpoint.path or endpoint.path.endswith("open_orders"):
            assert endpoint.permission is Permission.TRADING, endpoint.path
        elif endpoint.path.endswith(("/user/wallet/address", "/user/wallet/convert")) or endpoint.path.endswith(
            ("/user/crypto/address", "/user/assets/convert")
        ):
            assert endpoint.permission is Permission.WALLET, endpoint.path
        elif endpoint.path.endswith(("/user/wallet/transfer", "/user/assets/sendTo")):
            assert endpoint.permission == Permission.TRANSFER | Permission.WALLET, endpoint.path
        elif endpoint.path.endswith("/subaccount/wallet/transfer"):
            assert endpoint.permission is Permission.WALLET, endpoint.path
        elif endpoint.path.endswith(("/subaccount/wallet/history", "/wallet/v1/assets")):
            assert endpoint.permission is Permission.READ, endpoint.path
        elif endpoint.path.endswith(("/user/wallet/withdraw", "/user/crypto/withdraw")):
            assert endpoint.permission is Permission.WITHDRAW, endpoint.path
        elif "/user/" in endpoint.path or endpoint.path.endswith(("/fees", "/trade_history")):
            assert endpoint.permission is Permission.READ, endpoint.path
        elif endpoint.path.startswith("/otc/") and endpoint.method == "POST":
            looks_up = "queryOrder" in endpoint.path
            assert endpoint.permission is (Permission.READ if looks_up else Permission.TRADING), endpoint.path
        elif "/otc/v1/quotes" in endpoint.path:
            looks_up = endpoint.method == "GET"
            assert endpoint.permission is (Permission.READ if looks_up else Permission.TRADING), endpoint.path
        else:
            assert endpoint.permission is None, endpoint.path


@pytest.mark.parametrize("endpoint", [row for row in ENDPOINTS if row.permission is not None])
async def test_every_private_row_refuses_a_stranger(stand: Stand, endpoint: Endpoint) -> None:
    """401 in the envelope, whatever the family."""
    answer = await stand.send(endpoint.method, endpoint.path, "", {}, b"")

    assert (answer.status, answer.json["code"], answer.json["success"]) == (401, 10002, False)


@pytest.mark.parametrize(
    ("path", "method", "shape"),
    [
        ("/spot/api/v3.3/order", "POST", Shape.A),
        ("/spot/api/v3.3/order", "GET", Shape.B),
        ("/spot/api/v3.2/user/trade_history", "GET", Shape.B),
        ("/spot/api/v3.2/user/wallet", "GET", Shape.A),
        ("/spot/api/v4/trade/orders", "GET", Shape.A),
        ("/public-api/market/v1/klines", "GET", Shape.A),
    ],
)
def test_each_family_has_its_shape(path: str, method: str, shape: Shape) -> None:
    """Orders, v4 and the public API speak in envelopes, v3 queries do not."""
    assert errors.family(path, method) is shape


REFUSALS: list[tuple[Refusal, int]] = [
    (Malformed("bad", "x"), 400),
    (Unauthenticated("no"), 401),
    (Forbidden("no"), 403),
    (BodyTooLarge("big"), 413),
    (RateLimited("slow down", 1), 429),
    (SystemFailure("System error (request 1)"), 500),
    (Unavailable("busy"), 503),
    (Unavailable("unknown", is_outcome_unknown=True), 503),
]


@pytest.mark.parametrize(("refusal", "status"), REFUSALS)
@pytest.mark.parametrize("endpoint", [ENDPOINTS[0], *[row for row in ENDPOINTS if row.method == "POST"][:2]])
def test_every_refusal_of_the_server_has_a_body(refusal: Refusal, status: int, endpoint: Endpoint) -> None:
    """In a shape that clients parse, with the plain status."""
    request = Request(method=endpoint.method, path=endpoint.path, received_ns=1)

    reply = DIALECT.render_error(request, endpoint, refusal)

    assert reply.status == status
    body = msgspec.json.decode(reply.body)
    assert body.get("code", body.get("errorCode")) != 0
    assert body.get("msg") or body.get("message")


async def test_the_table_makes_a_valid_openapi_document(stand: Stand) -> None:
    """Every path, by the specification's own schema; a number may be sent as a string."""
    answer = await stand.send("GET", "/openapi/btse.json")

    validate(answer.json)
    assert set(answer.json["paths"]) == {endpoint.path for endpoint in ENDPOINTS}
    price = answer.json["components"]["schemas"]["CreateOrder"]["properties"]["price"]
    assert price["type"] == ["number", "string"]
