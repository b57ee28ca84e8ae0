"""The faucet and the outbox of a demo venue, as they come and through a client generated from their document."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from bedesten.dialects.demo.dialect import FAUCET_PATH, OUTBOX_PATH, DemoDialect
from bedesten.server.app import App
from bedesten.server.openapi import openapi_document
from tests.dialects.bitgin.stand import Stand, open_stand
from tests.generated import generated_client

URL = "http://venue"
MOST = 1_000 * 10**6  # of USDT at once, in minor units


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A venue with networks, behind a server that speaks nothing but the demo's endpoints."""
    opened = await open_stand()
    usdt = opened.venue.catalogue.asset("USDT")
    assert usdt is not None
    opened.app = App(opened.venue, [DemoDialect({usdt.id: MOST})])
    yield opened
    await opened.close()


async def address_of(stand: Stand) -> str:
    """Return an address of alice's on Ethereum."""
    account = await stand.venue.accounts.open("alice")
    usdt, ethereum = stand.venue.catalogue.asset("USDT"), stand.venue.catalogue.network("Ethereum")
    assert usdt is not None and ethereum is not None
    made, _ = await stand.venue.network_deposits.create_address(account.id, usdt, ethereum)
    return made.to.address


async def test_the_faucet_pays_an_address_and_says_what_it_waits_for(stand: Stand) -> None:
    """Its owner is credited behind the confirmations of the network, as of any payment."""
    address = await address_of(stand)
    form = {"network": "ethereum", "asset": "usdt", "amount": "12.5", "address": address}

    paid = (await stand.public.post(FAUCET_PATH, form)).json

    assert paid.pop("payment") and paid.pop("block") >= 0
    assert paid == {
        "network": "Ethereum", "asset": "USDT", "amount": "12.5", "address": address, "tag": "", "confirmations": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asset": "TWD"}, "no such network carries that asset"),
        ({"network": "Bitcoin"}, "no such network carries that asset"),
        ({"amount": "1000.000001"}, "the faucet pays up to 1000 USDT at once"),
        ({"amount": "0"}, "the faucet pays up to 1000 USDT at once"),
        ({"amount": "much"}, "not a plain decimal"),
        ({"address": "x" * 257}, "the address is too long"),
        ({"address": "nowhere"}, "address"),
        ({"amount": 5}, "Expected `str`"),
    ],
)
async def test_what_the_faucet_does_not_pay_is_refused_in_words(
    stand: Stand, change: dict[str, Any], words: str
) -> None:
    """As {"error","message"}, and nothing is paid."""
    form = {"network": "Ethereum", "asset": "USDT", "amount": "1", "address": await address_of(stand), **change}

    refused = await stand.public.post(FAUCET_PATH, form)

    assert refused.status == 400 and refused.json.keys() == {"error", "message"}
    assert words in refused.json["message"]
    assert await stand.venue.chain_faults.payments(10) == []


async def test_the_outbox_shows_what_customers_were_written(stand: Stand) -> None:
    """Newest first, with the codes: on a demo venue they are everybody's to read."""
    assert (await stand.public.get(OUTBOX_PATH)).json == []
    await stand.venue.customers.captchas.make()

    (shown,) = (await stand.public.get(OUTBOX_PATH)).json

    assert (shown["number"], shown["channel"], shown["time_ns"]) == (1, "captcha", stand.clock.now_ns())


async def test_a_generated_client_pays_by_the_faucet(stand: Stand, tmp_path: Path) -> None:
    """The document is valid, and enough for a client that nobody wrote."""
    validate(openapi_document(DemoDialect({}), version="1"))
    package, complaints = generated_client(DemoDialect({}), tmp_path)
    name = package.__name__
    models = importlib.import_module(f"{name}.models")
    client = importlib.import_module(f"{name}.client").Client(base_url=URL)
    form = models.FaucetForm(network="Ethereum", asset="USDT", amount="1", address=await address_of(stand))
    transport = httpx.ASGITransport(app=stand.app)  # type: ignore[arg-type]

    async with httpx.AsyncClient(base_url=URL, transport=transport) as http:
        client.set_async_httpx_client(http)
        paid = await importlib.import_module(f"{name}.api.demo.post_demo_faucet").asyncio(client=client, body=form)

    assert complaints == ""
    assert (paid.asset, paid.amount, paid.confirmations) == ("USDT", "1", 2)
