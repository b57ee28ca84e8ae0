"""What is BTSE's own in its contract table; tests/dialects/conformance has what is the same of every dialect."""

from __future__ import annotations

import pytest
from tests.dialects.btse.stand import Stand

from bedesten.dialects.btse import errors
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.btse.errors import Shape
from bedesten.services.store_types import Permission

DIALECT = BtseDialect()
ENDPOINTS = list(DIALECT.endpoints)


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


async def test_the_document_says_that_a_number_may_be_sent_as_a_text(stand: Stand) -> None:
    """Of an order's price, as the venue's own samples send it."""
    answer = await stand.send("GET", "/openapi/btse.json")

    price = answer.json["components"]["schemas"]["CreateOrder"]["properties"]["price"]
    assert price["type"] == ["number", "string"]
