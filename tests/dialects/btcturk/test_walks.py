"""Lists longer than an answer, whose rows share one instant: each is walked to its end by what this API has."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.services.store_types import Destination
from tests.dialects.btcturk.stand import SECOND, Client, Stand

TRADES = "/api/v1/users/transactions/trade"
MAKERS = 1_350


async def sweep(stand: Stand, makers: int = MAKERS) -> None:
    """Let one order of bob's take so many of alice's in one instant."""
    instrument = stand.venue.catalogue.instrument("BTC-USDT")
    alice, bob = (stand.venue.accounts.by_name(name) for name in ("alice", "bob"))
    assert instrument is not None and alice is not None and bob is not None

    async def place(account: int, side: Side, quantity: int) -> None:
        command = PlaceOrder(
            account=account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=900_000, quantity=quantity,
        )  # fmt: skip
        assert (await stand.venue.trading.place(command)).reject is None

    for _ in range(makers):
        await place(alice.id, Side.SELL, 1_000)
    await place(bob.id, Side.BUY, 1_000 * makers)


async def test_no_answer_parts_an_instant(stand: Stand, alice: Client, bob: Client) -> None:
    """Thirteen hundred and fifty matches of one millisecond are told whole, and the walk goes on before it by endDate."""
    await sweep(stand, 30)
    stand.clock.advance(SECOND)
    await sweep(stand)
    stand.clock.advance(SECOND)
    await sweep(stand, 20)

    for client in (alice, bob):
        seen: list[int] = []
        end: dict[str, Any] = {}
        while rows := (await client.get(TRADES, **end)).data:
            seen += [row["id"] for row in rows]
            end = {"endDate": rows[-1]["timestamp"] - 1}

        assert len(seen) == len(set(seen)) == MAKERS + 50
        assert seen == sorted(seen, reverse=True)


async def test_all_trades_of_an_order_and_of_a_pair_are_reached_by_their_path(
    stand: Stand, alice: Client, bob: Client
) -> None:
    """Of one order all at once; of a pair an instant whole, and the walk goes on before it by endDate."""
    await sweep(stand, 30)
    stand.clock.advance(SECOND)
    await sweep(stand)
    order_id = (await bob.get(TRADES)).data[0]["orderId"]
    stand.clock.advance(SECOND)

    assert len((await bob.get(f"{TRADES}/{order_id}")).data) == MAKERS
    seen, end = 0, dict[str, Any]()
    while rows := (await bob.get(f"{TRADES}/BTCUSDT", **end)).data:
        seen += len(rows)
        end = {"endDate": rows[-1]["time"] - 1}
    assert seen == MAKERS + 30


async def test_a_withdrawal_under_way_is_told_behind_a_thousand_that_ended(stand: Stand, alice: Client) -> None:
    """The oldest of them is the one that waits."""
    account, btc = stand.venue.accounts.by_name("alice"), stand.venue.catalogue.asset("BTC")
    assert account is not None and btc is not None
    to = Destination("somewhere")
    await stand.venue.withdrawals.request(account.id, btc, 7, to)
    for _ in range(1_050):
        asked = await stand.venue.withdrawals.request(account.id, btc, 1, to)
        await stand.venue.withdrawals.cancel(account.id, asked.id)

    told = (await alice.get("/api/v1/users/transactions/crypto", type="withdrawal")).data

    assert [float(row["amount"]) for row in told] == [-7e-08]


async def test_every_order_is_reached_by_pages(stand: Stand, alice: Client, bob: Client) -> None:
    """More than a page of orders that ended in one instant, in an order of their own, none told twice."""
    stays = await alice.placed("sell", "0.01", "95000", pairSymbol="BTCUSDT")
    await sweep(stand, 1_100)
    last = await alice.placed("sell", "0.01", "96000", pairSymbol="BTCUSDT")

    seen: list[int] = []
    for page in range(1, 20):
        rows = (await alice.get("/api/v1/allOrders", pairSymbol="BTCUSDT", page=page, limit=100)).data
        seen += [row["id"] for row in rows]

    assert len(seen) == len(set(seen)) == 1_102
    assert seen == sorted(seen, reverse=True)
    assert (seen[0], seen[-1]) == (last, stays)


@pytest.mark.parametrize("limit", [1, 100])
async def test_no_more_orders_are_read_than_are_asked_for(
    stand: Stand, alice: Client, bob: Client, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred of eleven hundred."""
    for _ in range(11):
        await sweep(stand, 100)
        stand.clock.advance(SECOND)
    reads: list[int] = []
    rows_ = stand.venue.trading._rows
    ask = rows_.orders_by_number

    def counted(*given: Any, **more: Any) -> Any:
        found = ask(*given, **more)
        reads.append(len(found))
        return found

    monkeypatch.setattr(rows_, "orders_by_number", counted)
    rows = (await alice.get("/api/v1/allOrders", limit=limit)).data

    assert len(rows) == limit
    assert sum(reads) == limit
