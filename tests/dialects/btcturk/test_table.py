"""The contract table: complete, documented, and true in every row."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import validate

from bedesten.dialects.btcturk.dialect import BtcTurkDialect, endpoints
from bedesten.dialects.btcturk.errors import Code
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
from tests.dialects.btcturk.stand import Stand

DIALECT = BtcTurkDialect()
ENDPOINTS = list(endpoints())
IDS = [f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS]
DOCS = Path(__file__).parents[3] / "docs" / "dialects" / "btcturk.md"


def test_no_row_stands_twice() -> None:
    """One method and path in any case, one endpoint."""
    every = [f"{endpoint.method} {endpoint.path.lower()}" for endpoint in DIALECT.endpoints]

    assert len(set(every)) == len(every)


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
    """docs/dialects/btcturk.md names every path, those of v2 that mirror v1 once for both."""
    path = endpoint.path.replace("/api/v2/account/", "/api/v2/users/")
    if (
        endpoint.permission is not None
        and "withdrawals" not in path
        and path != "/api/v2/order/{id}"
        and endpoint.method != "PUT"
    ):
        path = path.replace("/api/v1/", "/api/vX/").replace("/api/v2/", "/api/vX/")

    assert f"`{endpoint.method} {path}`" in DOCS.read_text()


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_documented(code: Code) -> None:
    """With its number."""
    assert f"| {code:d} |" in DOCS.read_text()


def test_each_permission_is_the_documents() -> None:
    """Trade for orders, reading for balances and transactions, withdrawal for withdrawals."""
    for endpoint in ENDPOINTS:
        path = endpoint.path.lower()
        if "order" in path and "book" not in path:
            assert endpoint.permission is Permission.TRADING, path
        elif "balances" in path or "transactions" in path or "fee-rates" in path:
            assert endpoint.permission is Permission.READ, path
        elif "withdrawals" in path:
            assert endpoint.permission is Permission.WITHDRAW, path
        else:
            assert endpoint.permission is None, path


@pytest.mark.parametrize("endpoint", [row for row in ENDPOINTS if row.permission is not None])
async def test_every_private_row_refuses_a_stranger(stand: Stand, endpoint: Endpoint) -> None:
    """401 before anything else is looked at."""
    answer = await stand.send(endpoint.method, endpoint.path.replace("{orderId}", "1").replace("{id}", "1"))

    assert answer.refusal == (401, "Unauthorized - Headers are missing", 1038)


REFUSALS: list[tuple[Refusal, int, int]] = [
    (Malformed("bad", "x"), 400, 1038),
    (Unauthenticated("no"), 401, 1038),
    (Forbidden("no"), 401, 1038),
    (BodyTooLarge("big"), 413, 413),
    (RateLimited("slow down", 1), 429, 429),
    (SystemFailure("System error (request 1)"), 500, 500),
    (Unavailable("busy"), 503, 503),
    (Unavailable("unknown", is_outcome_unknown=True), 503, 503),
]


@pytest.mark.parametrize(("refusal", "status", "code"), REFUSALS)
@pytest.mark.parametrize("endpoint", [ENDPOINTS[0], *[row for row in ENDPOINTS if row.method == "POST"][:3]])
def test_every_refusal_of_the_server_has_a_body(refusal: Refusal, status: int, code: int, endpoint: Endpoint) -> None:
    """In the envelope, with a code that is an integer."""
    reply = DIALECT.render_error(Request(method=endpoint.method, path=endpoint.path), endpoint, refusal)

    body = msgspec.json.decode(reply.body)
    assert (reply.status, body["code"], body["success"]) == (status, code, False)
    assert body["message"]


async def test_the_table_makes_a_valid_openapi_document(stand: Stand) -> None:
    """Every path, by the specification's own schema, and the recipe by which the explorer signs."""
    answer = await stand.send("GET", "/openapi/btcturk.json")

    validate(answer.json)
    assert set(answer.json["paths"]) == {endpoint.path for endpoint in DIALECT.endpoints}
    quantity = answer.json["components"]["schemas"]["OrderInput"]["properties"]["quantity"]
    assert (quantity["type"], quantity["description"]) == ("string", "a decimal: a text, or a number")
    signing = answer.json["x-bedesten-signing"]
    assert (signing["algorithm"], signing["secret"], signing["message"]) == ("HMAC-SHA256", "base64", ["key", "nonce"])
    assert (signing["signature"], signing["signature_header"]) == ("base64", "X-Signature")


async def test_the_document_says_which_routes_take_a_bearer_token(stand: Stand) -> None:
    """And where it is had; all others are signed."""
    document = (await stand.send("GET", "/openapi/btcturk.json")).json

    mirrored, signed = (document["paths"][f"/api/{version}/openOrders"]["get"] for version in ("v2", "v1"))
    assert (mirrored["security"], mirrored["x-bedesten-bearer"]) == ([{"bearer": []}], "/connect/token")
    assert signed["security"] == [{"key": [], "nonce": [], "signature": []}]
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
