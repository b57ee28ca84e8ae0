"""Previews: by a book of others' orders, an order does what its preview said, to the minor unit."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.dialects.native.client import Client
from tests.security.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")

TURNS = 60
NOTHING = ("no_liquidity", "quantity_too_small", "notional_too_small", "budget_too_small")


def form(chance: random.Random) -> dict[str, Any]:
    """Return an order that takes: limit, market by quantity, or market by budget."""
    side = chance.choice(("buy", "sell"))
    base = {"instrument": "BTC-USD", "side": side, "time_in_force": "ioc"}
    kind = chance.choice(("limit", "market", "budget" if side == "buy" else "market"))
    if kind == "budget":
        return base | {"type": "market", "budget": f"{chance.randint(200, 20_000) / 100:.2f}"}
    quantity = {"quantity": f"{chance.randint(1, 900) / 100_000:.5f}"}
    if kind == "market":
        return base | quantity | {"type": "market"}
    return base | quantity | {"price": f"{20_000 + chance.randint(-30, 30) * 0.5}"}


async def test_an_order_does_what_its_preview_said(stand: Stand) -> None:
    """By books that chance makes: quantity, worth and fee are those of the order, however many levels it takes."""
    chance = random.Random(3)
    taker = Client(stand, await stand.customer("previews", money=100_000_000))
    makers = [Client(stand, await stand.customer(f"maker {n}", money=100_000_000)) for n in range(3)]
    compared = levels = 0
    for _ in range(TURNS):
        stand.clock.advance(1_000_000_000)
        for maker in makers:
            side = chance.choice(("buy", "sell"))
            away = chance.randint(1, 40) * (0.5 if side == "sell" else -0.5)
            quantity = f"{chance.randint(1, 300) / 100_000:.5f}"
            await maker.post(
                "/orders", {"instrument": "BTC-USD", "side": side, "price": f"{20_000 + away}", "quantity": quantity}
            )
        asked = form(chance)
        preview = (await taker.post("/orders/preview", asked)).json
        answer = await taker.post("/orders", asked)
        if answer.status == 422:
            assert answer.json["reason"] in NOTHING
            continue
        order, fills = answer.json["orders"][0], answer.json["fills"]
        compared, levels = compared + 1, max(levels, len(fills))

        assert [preview[name] for name in ("quantity", "notional", "fee", "fee_asset")] == [
            order[name] for name in ("filled", "notional", "fee", "fee_asset")
        ]
        assert preview.get("worst_price") == (fills[-1]["price"] if fills else None)
    assert compared > TURNS // 2 and levels > 3


async def test_what_an_order_needs_is_what_it_is_refused_for(stand: Stand) -> None:
    """To the minor unit: with that much it is taken, and with one less it is not; the refusal says the same."""
    form = {"instrument": "ETH-USD", "side": "buy", "price": "2000.00", "quantity": "1.5"}
    asking = Client(stand, await stand.customer("asks what it needs", money=0))
    preview = (await asking.post("/orders/preview", form)).json
    usd = stand.venue.catalogue.asset(preview["asset"])
    assert usd is not None and asking.who is not None
    needed = int(preview["needed"].replace(".", ""))
    await stand.venue.accounts.deposit(asking.who.account, usd.code, needed - 1)
    refused = await asking.post("/orders", form)
    assert refused.json["reason"] == "insufficient_available"
    assert (refused.json["facts"]["needed"], refused.json["facts"]["asset"]) == (preview["needed"], usd.code)

    await stand.venue.accounts.deposit(asking.who.account, usd.code, 1)
    assert (await asking.post("/orders", form)).status == 200


async def test_an_order_that_waits_trades_nothing_at_once(stand: Stand) -> None:
    """What it needs is told; a peg is looked at where the index puts it."""
    asking = Client(stand, await stand.customer("waits"))
    waits = {"instrument": "BTC-USD", "side": "sell", "quantity": "0.5", "price": "18000", "trigger": "stop"}
    told = (await asking.post("/orders/preview", {**waits, "trigger_price": "18500"})).json
    assert told | {"quantity": "0.00000", "remaining": "0.50000", "needed": "0.50000000", "asset": "BTC"} == told
    assert "worst_price" not in told

    peg = {
        "instrument": "BTC-USD",
        "side": "buy",
        "type": "peg",
        "quantity": "0.1",
        "price": "30000",
        "deviation_ppm": -100_000,
    }
    told = (await asking.post("/orders/preview", peg)).json
    assert told["quantity"] == "0.00000"
