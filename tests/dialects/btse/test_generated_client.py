"""A client that is generated from the document trades against a running server: it is told nothing but how to sign."""

from __future__ import annotations

import hashlib
import hmac
import importlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.dialects.btse.stand import Client, Stand
from tests.generated import generated_client

from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.server.run import Server


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The generated package's name; everything in the document is understood by the generator."""
    module, complaints = generated_client(BtseDialect(), tmp_path_factory.mktemp("client"))
    assert complaints == ""
    return module.__name__


@pytest.fixture
async def url(stand: Stand) -> AsyncIterator[str]:
    """Where the stand listens."""
    server = Server(stand.app, host="127.0.0.1", port=0)
    await server.start()
    yield server.url
    await server.stop()


async def test_it_places_looks_up_and_cancels_an_order(stand: Stand, alice: Client, package: str, url: str) -> None:
    """In v3.3 and v4: by typed forms, and every answer, refusals included, comes back typed."""

    def part(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    async def sign(request: httpx.Request) -> None:
        nonce, path = str(stand.fresh_ms()), request.url.path.removeprefix("/spot")
        signature = hmac.new(alice.secret.encode(), f"{path}{nonce}".encode() + request.content, hashlib.sha384)
        request.headers.update(
            {"request-api": alice.key, "request-nonce": nonce, "request-sign": signature.hexdigest()}
        )

    client, models, v3, v4 = part("client").Client(base_url=url), part("models"), "api.trading_v_3_3", "api.trading_v_4"
    async with httpx.AsyncClient(base_url=url, event_hooks={"request": [sign]}) as http:
        client.set_async_httpx_client(http)
        form = models.CreateOrder(
            symbol="BTC-USD", side="BUY", type_="LIMIT", price=20000, size=0.001, cl_order_id="mine"
        )
        placed = await part(f"{v3}.post_spot_api_v_3_3_order").asyncio(client=client, body=form)
        found = await part(f"{v3}.get_spot_api_v_3_3_order").asyncio(client=client, cl_order_id="mine")
        form.size = 1_000_000
        refused = await part(f"{v3}.post_spot_api_v_3_3_order").asyncio(client=client, body=form)
        listed = await part(f"{v4}.get_spot_api_v_4_trade_orders").asyncio(client=client, symbol="BTC-USD")
        canceled = await part(f"{v4}.delete_spot_api_v_4_trade_orders").asyncio(
            client=client, symbol="BTC-USD", order_id=placed[0].order_id
        )

    assert [(type(order).__name__, order.status, order.price, order.size) for order in placed] == [
        ("OrderV33", 2, 20000, 0.001)
    ]
    assert (found.to_dict()["orderID"], found.order_state) == (placed[0].order_id, "ORDER_INSERTED")
    assert (type(refused).__name__, refused.code, refused.success) == ("Refusal", 4003, False)
    assert [(type(order).__name__, order.order_id) for order in listed] == [("OrderV4", placed[0].order_id)]
    assert [order.status for order in canceled] == [6]
