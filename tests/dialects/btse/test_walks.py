"""Every list is read to its end, over more rows than a page has and all of one millisecond."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from tests.dialects.btse.stand import Client, Stand
from tests.dialects.money_life import unlimited

from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.btse.limits import LIMITS
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.server.app import App

V3: Final = "/spot/api/v3.3"
MAKERS: Final = 1_350  # of one order, and more than two of the longest pages
MOVES: Final = 620


@pytest.fixture
async def swept(stand: Stand, alice: Client, bob: Client) -> str:
    """One order of alice's took 1,350 of bob's; return its id."""
    stand.app = App(stand.venue, [BtseDialect(limits=unlimited(LIMITS))])
    trader = await account(stand, "bob")
    maker = PlaceOrder(
        account=trader, instrument=2, side=Side.SELL, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, price=10_000,
        quantity=1,
    )  # fmt: skip
    await asyncio.gather(*(stand.venue.sequencer.submit(maker) for _ in range(MAKERS)))
    form = {
        "symbol": "ETH-TRY",
        "side": "BUY",
        "type": "LIMIT",
        "price": 100,
        "size": MAKERS / 10_000,
        "clOrderID": "sweep",
    }
    (row,) = (await alice.post(f"{V3}/order", form)).json
    assert row["status"] == 4
    return str(row["orderID"])


async def account(stand: Stand, name: str) -> int:
    found = stand.venue.accounts.by_name(name)
    assert found is not None
    return found.id


async def back(client: Client, path: str, number: str, **query: Any) -> list[Any]:
    """Return a list from its newest row to its oldest."""
    numbers: list[Any] = []
    while True:
        further = {"beforeSerialId": numbers[-1]} if numbers else {}
        found = (await client.get(path, **further, **query)).json
        page = [row[number] for row in (found["data"] if isinstance(found, dict) else found)]
        if not page:
            return numbers
        numbers += page
        assert len(set(numbers)) == len(numbers)


async def onwards(client: Client, path: str, number: str, first: Any, **query: Any) -> list[Any]:
    """Return what came after a row, newest first."""
    numbers = [first]
    while True:
        found = (await client.get(path, afterSerialId=numbers[0], **query)).json
        page = [row[number] for row in (found["data"] if isinstance(found, dict) else found)]
        if not page:
            return numbers[:-1]
        numbers = page + numbers
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("version", ["v3.2", "v3.3", "v4/trade"])
@pytest.mark.parametrize("chosen", [{}, {"orderID": ...}, {"clOrderID": "sweep"}, {"startTime": 1_699_999_999_000}])
async def test_all_fills_of_one_order_are_told(alice: Client, swept: str, version: str, chosen: dict[str, Any]) -> None:
    """By themselves, by order, by client id, in a window; both ways."""
    path = f"/spot/api/{version}/trade_history" if "v4" in version else f"/spot/api/{version}/user/trade_history"
    query = {name: swept if value is ... else value for name, value in chosen.items()}

    told = await back(alice, path, "serialId", symbol="ETH-TRY", count=500, **query)

    assert len(told) == MAKERS
    assert told == sorted(told, reverse=True)
    assert await onwards(alice, path, "serialId", told[-1], symbol="ETH-TRY", count=500, **query) == told[:-1]


async def test_public_trades_are_walked_by_their_serial_numbers(stand: Stand, swept: str) -> None:
    """The public API's list has no parameter for it: its ids are the spot API's serialIds, which has."""
    anybody = stand.public

    told = await back(anybody, f"{V3}/trades", "serialId", symbol="ETH-TRY", count=500)
    newest = (await anybody.get("/public-api/market/v1/trades", symbol="ETH-TRY", limit=500)).json["data"]

    assert len(told) == MAKERS
    assert [row["id"] for row in newest] == told[:500]
    assert await onwards(anybody, f"{V3}/trades", "serialId", told[-1], symbol="ETH-TRY", count=7) == told[:-1]


async def test_the_wallets_history_is_walked_by_its_lines(stand: Stand, alice: Client, swept: str) -> None:
    """Deposits, withdrawals and transfers of one instant, by both doors to the wallet."""
    giver, taker = await account(stand, "alice"), await account(stand, "bob")
    for _ in range(MOVES):
        await stand.venue.accounts.transfer(giver, taker, "BTC", 1_000)
    for _ in range(3):
        form = {
            "currency": "BTC-Bitcoin",
            "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "tag": "",
            "amount": "0.01",
        }
        assert (await alice.post(f"{V3}/user/wallet/withdraw", form)).status == 200

    lines = await back(alice, "/spot/api/v3.2/user/wallet_history", "orderId", currency="BTC", count=500)
    public = await back(alice, "/public-api/wallet/v1/user/walletHistory", "transactionRef", asset="BTC", pageSize=500)

    assert len(lines) == MOVES + 3 + 1
    assert public == lines
    assert (
        await onwards(alice, "/spot/api/v3.2/user/wallet_history", "orderId", lines[-1], currency="BTC", count=50)
        == lines[:-1]
    )


async def test_pages_of_transfers_within_a_family_are_all_there(stand: Stand, alice: Client, swept: str) -> None:
    """By page, as documented."""
    parent = stand.venue.accounts.by_name("alice")
    assert parent is not None
    child = await stand.venue.subaccounts.open("child", parent)
    for _ in range(120):
        await stand.venue.accounts.transfer(parent.id, child.id, "BTC", 1_000)

    told: list[Any] = []
    for page in (1, 2, 3, 4):
        answer = await alice.get("/spot/api/v3.2/subaccount/wallet/history", page=page, pageSize=50)
        told += answer.json["data"]["data"]
        assert answer.json["data"]["totalRows"] == 120

    assert len(told) == 120


async def test_no_transfer_within_a_family_is_too_old_to_be_told(stand: Stand, alice: Client, swept: str) -> None:
    """Of ten thousand and fifty in one instant, the first one stands at the end of the last page."""
    parent = stand.venue.accounts.by_name("alice")
    assert parent is not None
    child = await stand.venue.subaccounts.open("child", parent)
    transfer = stand.venue.accounts.transfer
    await transfer(parent.id, child.id, "BTC", 777)
    for _ in range(10):
        await asyncio.gather(*(transfer(parent.id, child.id, "BTC", 1) for _ in range(1_005)))

    last = (await alice.get("/spot/api/v3.2/subaccount/wallet/history", page=202, pageSize=50)).json["data"]

    assert (last["totalRows"], last["totalPages"], len(last["data"])) == (10_051, 202, 1)
    assert last["data"][0]["amount"] == 0.00000777


async def test_trades_are_found_by_a_client_id_that_many_orders_carried(
    stand: Stand, alice: Client, swept: str
) -> None:
    """Three hundred orders that ended under one id, and one that is open, each with a match."""
    trader, taker = await account(stand, "bob"), await account(stand, "alice")

    def order(whose: int, side: Side, quantity: int) -> PlaceOrder:
        return PlaceOrder(
            account=whose, instrument=2, side=side, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, price=10_000,
            quantity=quantity,
        )  # fmt: skip

    for _ in range(300):
        await stand.venue.trading.place(order(taker, Side.BUY, 1), "always")
        await stand.venue.trading.place(order(trader, Side.SELL, 1), "theirs")
    await stand.venue.trading.place(order(taker, Side.BUY, 2), "always")
    await stand.venue.trading.place(order(trader, Side.SELL, 1), "always")

    numbers = await back(alice, f"{V3}/user/trade_history", "serialId", clOrderID="always", count=70)

    assert len(numbers) == len(set(numbers)) == 301
    assert (await alice.get(f"{V3}/user/trade_history", clOrderID="nobody's")).json == []


@pytest.mark.parametrize("name", ["beforeSerialId", "afterSerialId"])
async def test_a_serial_number_of_nobody_is_no_error(alice: Client, swept: str, name: str) -> None:
    """Zero is from the end; what is beyond every number bounds nothing; below zero is refused."""
    path, query = f"{V3}/user/trade_history", {"symbol": "ETH-TRY", "count": 3}
    newest = (await alice.get(path, **query)).json

    assert (await alice.get(path, **query, **{name: 0})).json == newest
    assert (await alice.get(path, **query, **{name: 1 << 60})).json == (newest if name == "beforeSerialId" else [])
    assert (await alice.get(path, **query, **{name: -1})).json["errorCode"] == -2
