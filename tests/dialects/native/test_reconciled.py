"""Statement and fills, walked to their ends, add up to the balances: nothing that moved money is missing or told twice."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from bedesten.domain.commands import CaptureFunds, Exchange, HoldFunds
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import FundsHeld
from tests.dialects.native.client import Client
from tests.security.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def walked(client: Client, path: str) -> list[dict[str, Any]]:
    """Return every row of a list, three a page."""
    rows: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        client.stand.clock.advance(100_000_000)
        page = await client.get(path, limit=3, **after)
        rows += page["items"]
        if "next" not in page:
            return rows
        after = {"after": page["next"]}


async def _moves(stand: Stand, me: int, other: int, chance: random.Random) -> None:
    """Let money come, go, be exchanged, and leave through a hold."""
    submit, accounts = stand.venue.sequencer.submit, stand.venue.accounts
    btc, usd = stand.venue.catalogue.asset("BTC"), stand.venue.catalogue.asset("USD")
    assert btc is not None and usd is not None
    await accounts.deposit(me, chance.choice(("BTC", "USD")), chance.randint(1, 10**9))
    await accounts.transfer(me, other, "USD", chance.randint(1, 10**6))
    await accounts.transfer(other, me, "BTC", chance.randint(1, 10**6))
    await submit(
        Exchange(
            account=me, to_account=other, asset=btc.id, amount=chance.randint(1, 999), to_asset=usd.id, to_amount=55
        )
    )
    held = await submit(HoldFunds(account=me, asset=usd.id, amount=9_000, reason=TransferReason.WITHDRAWAL))
    hold_id = next(event.hold_id for event in held.events if isinstance(event, FundsHeld))
    await submit(CaptureFunds(account=me, hold_id=hold_id, to_account=other, amount=chance.randint(1, 9_000)))


@pytest.mark.parametrize("name", ["BTC-USD", "BTC-TRY"])  # fees in what is received, and in quote
async def test_everything_that_moved_money_adds_up_to_the_balances(stand: Stand, name: str) -> None:
    """Of whoever trades with others and with themselves, as maker and taker, while money comes and goes."""
    chance = random.Random(name)
    me, other = [Client(stand, await stand.customer(f"{name} {n}", money=1_000_000)) for n in range(2)]
    assert me.who is not None and other.who is not None
    for turn in range(40):
        stand.clock.advance(100_000_000)
        for client in (me, other):
            price = 20_000 + chance.randint(-5, 5)
            side, quantity = chance.choice(("buy", "sell")), f"{chance.randint(1, 50) / 100:.2f}"
            form = {"instrument": name, "side": side, "price": f"{price}", "quantity": quantity}
            answer = await client.post("/orders", form | {"self_trade": chance.choice(("cancel_oldest", "decrement"))})
            assert answer.status == 200, answer.body
        if turn % 8 == 3:
            await _moves(stand, me.who.account, other.who.account, chance)
    listed = await me.get(f"/instruments/{name}")
    for client in (me, other):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        statement, fills = await walked(client, "/statement"), await walked(client, "/fills")
        for row in statement:
            sums[row["asset"]] += Decimal(row["amount"])
        for fill in fills:
            way = 1 if fill["side"] == "buy" else -1
            sums[listed["base"]] += way * Decimal(fill["quantity"])
            sums[listed["quote"]] -= way * Decimal(fill["notional"])
            sums[fill["fee_asset"]] -= Decimal(fill["fee"])
        balances = {row["asset"]: Decimal(row["total"]) for row in (await client.get("/balances"))["items"]}

        assert len({row["id"] for row in statement}) == len(statement) > 20
        assert len({(fill["trade"], fill["order"]) for fill in fills}) == len(fills) > 10
        assert {asset: sums[asset] for asset in balances} == balances
