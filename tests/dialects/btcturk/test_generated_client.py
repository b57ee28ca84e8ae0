"""A client that is generated from the document trades: it needs to know nothing but how requests are signed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from tests.dialects.btcturk.stand import Client, Stand
from tests.generated import generated_client


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package's name; everything in the document is understood by the generator."""
    module, complaints = generated_client(BtcTurkDialect(), tmp_path_factory.mktemp("client"))
    assert complaints == ""
    yield module.__name__


def part(package: str, name: str) -> Any:
    """Return a module of the generated package."""
    return importlib.import_module(f"{package}.{name}")


async def test_it_places_looks_up_and_cancels_an_order(stand: Stand, alice: Client, package: str) -> None:
    """By typed forms, and every answer comes back typed."""

    async def sign(request: httpx.Request) -> None:
        request.headers.update(alice.headers())

    models, trading = part(package, "models"), "api.trading_v_1"
    client = part(package, "client").Client(base_url="http://venue")
    transport = httpx.ASGITransport(app=stand.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url="http://venue", transport=transport, event_hooks={"request": [sign]}) as http:
        client.set_async_httpx_client(http)
        form = models.OrderInput(
            quantity="0.01", price="50000", order_method="limit", order_type="buy", pair_symbol="BTCTRY"
        )
        placed = await part(package, f"{trading}.post_api_v_1_order").asyncio(client=client, body=form)
        listed = await part(package, f"{trading}.get_api_v_1_open_orders").asyncio(client=client, pair_symbol="BTCTRY")
        canceled = await part(package, f"{trading}.delete_api_v_1_order").asyncio(client=client, id=placed.data.id)
        form.quantity = "99"
        refused = await part(package, f"{trading}.post_api_v_1_order").asyncio(client=client, body=form)

    assert type(placed).__name__ == "PlacedAnswer"
    assert (placed.data.price, placed.data.quantity) == ("50000", "0.01")
    assert [(order.id, order.status.value) for order in listed.data.bids] == [(placed.data.id, "Untouched")]
    assert canceled.success
    assert (type(refused).__name__, refused.http_status_code, refused.code) == ("RefusedOrder", 400, 1122)
