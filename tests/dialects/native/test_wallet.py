"""Deposits and conversions over the native API."""

from __future__ import annotations

import pytest

from bedesten.services.money.conversions import ConvertRefusal
from bedesten.services.store_types import Destination
from tests.dialects.native.client import Client
from tests.security.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_payment_is_seen_from_its_first_block_and_credited_with_its_last(stand: Stand) -> None:
    """With its confirmations, on the address that was given; no other account sees it."""
    client, other = Client(stand, await stand.customer("wendy", money=0)), Client(stand, await stand.customer("xeno"))
    form = {"asset": "BTC", "network": "bitcoin"}
    made = await client.post("/deposit_addresses", form)
    assert made.status == 200, made.body
    assert (await client.post("/deposit_addresses", form)).json == made.json  # unused: the same
    assert (await client.get("/deposit_addresses", asset="BTC"))["items"] == [made.json]
    venue = stand.venue
    asset, network = venue.catalogue.asset("BTC"), venue.catalogue.network("Bitcoin")
    assert asset is not None and network is not None
    for units in (50_000_000, 25_000_000):
        await venue.network_deposits.fund(network, asset, units, Destination(made.json["address"], ""))

    rows = (await client.get("/deposits"))["items"]

    assert [(row["amount"], row["state"], row["needed"]) for row in rows] == [
        ("0.25000000", "pending", network.confirmations), ("0.50000000", "pending", network.confirmations),
    ]  # fmt: skip
    first = await client.get("/deposits", limit=1)
    second = await client.get("/deposits", limit=1, after=first["next"])
    assert first["items"] + second["items"] == rows and "next" not in second
    assert (await other.get("/deposits"))["items"] == []
    foreign = await other.ask("GET", "/deposits", limit=1, after=first["next"])
    assert (foreign.status, foreign.json["param"]) == (400, "after")


async def test_an_address_is_asked_for_where_there_is_one(stand: Stand) -> None:
    """By an asset and a network that the venue has."""
    client = Client(stand, await stand.customer("yara"))
    for form, reason in (
        ({"asset": "XXX", "network": "Bitcoin"}, "unknown_asset"),
        ({"asset": "BTC", "network": "Ethereum"}, "wallet.unknown_network"),
    ):
        assert (await client.post("/deposit_addresses", form)).json["reason"] == reason


async def test_a_conversion_is_what_its_preview_said_and_is_done_once(stand: Stand) -> None:
    """At a rate that stands still; under one key once; without money refused."""
    client = Client(stand, await stand.customer("zoe", money=1_000))
    form = {"source": "USD", "target": "BTC", "amount": "100"}

    seen = await client.post("/conversions/preview", form)
    assert seen.status == 200, seen.body
    done = await client.post("/conversions", form, key="once")
    again = await client.post("/conversions", form, key="once")

    assert done.json == {**seen.json, "id": done.json["id"]} and again.json == done.json
    balance = next(row for row in (await client.get("/balances"))["items"] if row["asset"] == "USD")
    assert float(balance["available"]) == 900
    other = await client.post("/conversions", {**form, "amount": "101"}, key="once")
    assert (other.status, other.json["reason"]) == (409, "convert.id_used")
    poor = await client.post("/conversions", {**form, "amount": "1000"})
    assert (poor.status, poor.json["reason"]) == (422, "convert.insufficient_available")
    assert (await client.post("/conversions", {**form, "to_amount": "1"})).json["param"] == "amount"


async def test_every_refusal_of_a_conversion_has_a_reason() -> None:
    """With a status that says a refusal."""
    from bedesten.dialects.native.wallet.errors import OF_CONVERSION

    assert set(OF_CONVERSION) == set(ConvertRefusal)
