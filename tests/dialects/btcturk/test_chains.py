"""Deposits and withdrawals on a venue with networks: their terms hold here as on every other API of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bedesten.services.store_types import Destination
from tests.dialects.btcturk.stand import SECOND, VENUE_FILE, Client, Stand, open_stand

WITHDRAW = "/api/v1/withdrawals/crypto"
CRYPTO = "/api/v1/users/transactions/crypto"
NETWORKS = """
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
confirmations = 2
assets.BTC = { deposit_min = 0.001, withdraw_min = 0.01, withdraw_fee = 0.0005, approve_above = 10, day_max = 2 }
[networks.Ethereum]
format = "ethereum"
assets.BTC = { withdraw_fee = 0.0001, approve_above = 10 }
assets.USDT = { withdraw_fee = 1 }
"""
BITCOIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
ETHEREUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    opened = await open_stand(text=VENUE_FILE + NETWORKS)
    yield opened
    await opened.venue.sequencer.stop()


async def ask(client: Client, amount: str, address: str = BITCOIN, asset: str = "BTC") -> Any:
    return await client.post(WITHDRAW, {"asset": asset, "amount": amount, "address": address})


@pytest.mark.parametrize(
    ("asset", "amount", "address", "says"),
    [
        ("BTC", "0.001", BITCOIN, "below the least"), ("BTC", "2.1", BITCOIN, "daily limit"),
        ("BTC", "1", BITCOIN[:-1] + "q", "no address of BTC"), ("USDT", "5", BITCOIN, "no address of USDT"),
        ("USDT", "1", ETHEREUM, "below the least"),
    ],
)  # fmt: skip
async def test_a_networks_terms_hold(alice: Client, asset: str, amount: str, address: str, says: str) -> None:
    """Its least withdrawal, its daily limit, its addresses; nothing is held."""
    status, message, code = (await ask(alice, amount, address, asset)).refusal

    assert (status, code) == (400, 1038) and says in message
    assert (await alice.balance(asset))["requestFund"] == "0"


async def test_a_withdrawal_goes_over_the_network_of_its_address(stand: Stand, alice: Client) -> None:
    """The fee is within the amount; once the chain has it, the row says where it went."""
    for address, network in ((BITCOIN, "Bitcoin"), (ETHEREUM, "Ethereum")):
        number = (await ask(alice, "1", address)).data["id"]
        (row,) = [row for row in await stand.venue.withdrawals.list(alice_of(stand)) if row.id == number]
        assert (row.network, row.destination.address, row.amount) == (network, address, 100_000_000)
    assert (await alice.balance("BTC"))["requestFund"] == "2.0000000000000000"
    assert (await ask(alice, "0.5")).status == 200
    assert "daily limit" in (await ask(alice, "0.6")).refusal[1]
    for _ in range(40):
        stand.clock.advance(60 * SECOND)
        await stand.venue.network_withdrawals.beat()

    rows = (await alice.get(CRYPTO, type="withdrawal")).data
    assert {(row["address"], row["amount"]) for row in rows} == {(BITCOIN, -1), (ETHEREUM, -1), (BITCOIN, -0.5)}
    assert all(row["txHash"] for row in rows)
    assert (await alice.balance("BTC"))["locked"] == "0"


async def test_a_deposit_from_a_chain_tells_where_it_came_from(stand: Stand, alice: Client) -> None:
    """Address, payment and confirmations; what the operator credited has none of them."""
    btc = stand.venue.catalogue.asset("BTC")
    assert btc is not None
    network = stand.venue.network_deposits.networks(btc)[0]
    address, _ = await stand.venue.network_deposits.create_address(alice_of(stand), btc, network)
    payment = await stand.venue.network_deposits.fund(network, btc, 50_000_000, Destination(address.to.address))
    stand.clock.advance(30 * SECOND)
    await stand.venue.network_deposits.beat()

    newest, credited = (await alice.get(CRYPTO, type="deposit", symbol="btc")).data

    assert (newest["address"], newest["txHash"], newest["amount"]) == (address.to.address, payment.id, 0.5)
    assert newest["confirmationCount"] >= 2 and newest["funds"] == 1_000_000.5
    assert (credited["address"], credited["txHash"], credited["confirmationCount"]) == (None, None, 0)


async def test_exchangeinfo_says_what_can_come_in(stand: Stand) -> None:
    """Currencies that a network carries, and no others."""
    blocks = (await stand.public.get("/api/v2/server/exchangeinfo")).data["currencyOperationBlocks"]

    assert {row["currencySymbol"]: row["depositDisabled"] for row in blocks} == {
        "Try": True, "Btc": False, "Xrp": True, "Usdt": False,
    }  # fmt: skip


def alice_of(stand: Stand) -> int:
    account = stand.venue.accounts.by_name("alice")
    assert account is not None
    return account.id


async def test_currencies_have_the_least_amounts_of_their_networks(stand: Stand) -> None:
    """Of the one that asks for the least; a withdrawal pays at least its fee. What no network carries: anything."""
    currencies = (await stand.public.get("/api/v2/server/exchangeinfo")).data["currencies"]

    least = {row["symbol"]: (row["minWithdrawal"], row["minDeposit"]) for row in currencies}
    assert least["BTC"] == (0.00010001, 1e-8)
    assert least["USDT"] == (1.00000001, 1e-8)
    assert least["XRP"] == (1e-8, 1e-8)
