"""What is BtcTurk's own in its contract table; tests/dialects/conformance has what is the same of every dialect."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedesten.dialects.btcturk.dialect import endpoints
from bedesten.dialects.btcturk.errors import Code
from bedesten.services.store_types import Permission
from tests.dialects.btcturk.stand import Stand

ENDPOINTS = list(endpoints())
DOCS = Path(__file__).parents[3] / "docs" / "dialects" / "btcturk.md"


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


async def test_the_document_has_the_recipe_by_which_the_explorer_signs(stand: Stand) -> None:
    """And says of a number that it may be a text."""
    answer = await stand.send("GET", "/openapi/btcturk.json")

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
