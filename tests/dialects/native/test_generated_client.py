"""A client that is generated from the document trades: it needs to know nothing but how requests are signed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bedesten.dialects.native.dialect import NativeDialect
from tests.generated import generated_client
from tests.security.stand import Sent, Stand, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package's name; everything in the document is understood by the generator."""
    module, complaints = generated_client(NativeDialect(), tmp_path_factory.mktemp("client"))
    assert complaints == ""
    yield module.__name__


def part(package: str, name: str) -> Any:
    """Return a module of the generated package."""
    return importlib.import_module(f"{package}.{name}")


async def test_it_places_looks_up_and_cancels_an_order(stand: Stand, package: str) -> None:
    """By typed forms, and every answer comes back typed, a problem too."""
    who = await stand.customer("generated")
    dialect = stand.dialects["native"]

    async def sign(request: httpx.Request) -> None:
        stand.clock.advance(1_000_000)
        sent = Sent(request.method, request.url.path, request.url.query.decode(), await request.aread())
        assert dialect.signing is not None
        request.headers.update(signed(dialect.signing, sent, who, stand.clock.now_ns() // 1_000_000))

    models, orders = part(package, "models"), "api.orders"
    client = part(package, "client").Client(base_url="http://venue")
    transport = httpx.ASGITransport(app=stand.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url="http://venue", transport=transport, event_hooks={"request": [sign]}) as http:
        client.set_async_httpx_client(http)
        form = models.NewOrder(instrument="BTC-USD", side=models.NewOrderSide.BUY, price="19000.0", quantity="0.001")
        placed = await part(package, f"{orders}.post_native_v_1_orders").asyncio(client=client, body=form)
        (order,) = placed.orders
        found = await part(package, f"{orders}.get_native_v_1_orders_id").asyncio(client=client, id=order.id)
        canceled = await part(package, f"{orders}.delete_native_v_1_orders_id").asyncio(client=client, id=order.id)
        form.quantity = "99999"
        refused = await part(package, f"{orders}.post_native_v_1_orders").asyncio(client=client, body=form)

    assert (order.status.value, order.price, order.quantity) == ("open", "19000.0", "0.00100")
    assert found.to_dict() == order.to_dict()
    assert [each.id for each in canceled.orders] == [order.id]
    assert (type(refused).__name__, refused.reason, refused.status) == ("Problem", "quantity_too_large", 422)
