"""Balances, own trades, deposits and withdrawals: what belongs to an account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bedesten.dialects.btcturk.rest import endpoints_account, render
from bedesten.services.accounts.accounts import Balance
from bedesten.services.wallets.withdrawals import WithdrawalState
from bedesten.storage.directory import open_directory
from tests.dialects.btcturk.stand import SECOND, START_NS, Client, Stand, open_stand

INFO = "/api/v2/server/exchangeinfo"
TRADES = "/api/v1/users/transactions/trade"
CRYPTO = "/api/v1/users/transactions/crypto"
FIAT = "/api/v1/users/transactions/fiat"
WITHDRAW = "/api/v1/withdrawals/crypto"
ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
DAY = 86_400 * SECOND
NOW_MS = START_NS // 1_000_000


@pytest.fixture
async def traded(stand: Stand, alice: Client, bob: Client) -> Stand:
    """Alice sold bitcoin and bought ripple, a day apart."""
    await alice.placed("sell", "0.01", "50000", newOrderClientId="first")
    await bob.placed("buy", "0.01", "50000")
    stand.clock.advance(DAY)
    await alice.placed("buy", "25.5", "10.25", pairSymbol="XRPTRY")
    await bob.placed("sell", "25.5", "10.25", pairSymbol="XRPTRY")
    return stand


# Own trades


async def test_own_trades_carry_their_signs(traded: Stand, alice: Client) -> None:
    """A sell's amount is negative, fee and tax always; newest first."""
    answer = await alice.get(TRADES)

    assert answer.json["message"] == "SUCCESS"
    bought, sold = answer.data
    assert list(sold) == [
        "price", "numeratorSymbol", "denominatorSymbol", "orderType", "orderId", "id", "timestamp", "amount", "fee", "tax",
        "orderClientId", "preciseAmount",
    ]  # fmt: skip
    assert (sold["price"], sold["amount"], sold["orderType"], sold["preciseAmount"]) == (
        "50000",
        "-0.01000000",
        "sell",
        -0.01,
    )
    assert (sold["fee"], sold["tax"], sold["orderClientId"]) == ("-0.42372850", "-0.07627113", "first")
    assert (bought["price"], bought["amount"], bought["orderType"]) == ("10.25", "25.50000000", "buy")
    assert b'"preciseAmount":-0.0100000000000000' in answer.body


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ([("type", "buy"), ("type", "sell"), ("symbol", "btc"), ("symbol", "try"), ("symbol", "usdt")], 2),
        ([("type", "SELL")], 1),
        ([("symbol", "xrp")], 1),
        ([("symbol", "usdt")], 0),
        ([("pairSymbol", "BTC_TRY")], 1),
        ([("startDate", NOW_MS + 1)], 1),
        ([("endDate", NOW_MS)], 1),
        ([("startDate", ""), ("type", "")], 2),
        ([("orderId", 999)], 0),
        ([("startDate", NOW_MS + 10**12)], 0),
    ],
)
async def test_own_trades_are_filtered(traded: Stand, alice: Client, query: Any, count: int) -> None:
    """By type, currencies, pair, order and time; repeated keys are lists, empty ones are absent."""
    answer = await alice.call("GET", TRADES, query=query)

    assert len(answer.data) == count


async def test_own_trades_that_are_asked_for_are_found_behind_any_number_of_others(
    traded: Stand, alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter looks beyond the newest page, also where a whole page has one time, and keeps to the limit."""
    monkeypatch.setattr(endpoints_account, "FILLS_MAX", 2)
    await bob.placed("sell", "33", "10.25", pairSymbol="XRPTRY")
    for quantity in ("10", "11", "12"):
        traded.clock.advance(SECOND)
        await alice.placed("buy", quantity, "10.25", pairSymbol="XRPTRY")

    assert [row["amount"] for row in (await alice.get(TRADES, symbol="btc")).data] == ["-0.01000000"]
    assert [row["amount"] for row in (await alice.get(TRADES, symbol="xrp")).data] == ["12.00000000", "11.00000000"]


async def test_own_trades_reach_back_thirty_days(traded: Stand, alice: Client) -> None:
    """Unless a beginning, or an order, is named."""
    number = (await alice.get(TRADES)).data[1]["orderId"]
    traded.clock.advance(30 * DAY)

    assert [row["orderType"] for row in (await alice.get(TRADES)).data] == ["buy"]
    assert len((await alice.get(TRADES, startDate=1)).data) == 2
    assert [row["orderType"] for row in (await alice.get(TRADES, orderId=number)).data] == ["sell"]


async def test_a_request_that_the_balance_does_not_know_yet_is_not_told(stand: Stand) -> None:
    """What is held for orders is never below zero: the two are read one after the other."""
    asset = stand.venue.catalogue.asset("BTC")
    assert asset is not None

    row = render.balance(Balance(asset, 10, 4), 5, NOW_MS)

    assert (row["locked"], row["orderFund"], row["requestFund"]) == ("0.0000000400000000", "0", "0.0000000400000000")


async def test_a_word_that_is_no_type_is_refused(alice: Client) -> None:
    """Strict about meaning; an unknown pair has its code."""
    assert (await alice.get(TRADES, type="hold")).refusal == (400, "The value 'hold' is not valid for type.", 1038)
    assert (await alice.get(CRYPTO, type="buy")).refusal[::2] == (400, 1038)
    assert (await alice.get(TRADES, pairSymbol="NOPE")).refusal[2] == 1027


async def test_a_fee_is_told_in_the_asset_it_was_taken_in(stand: Stand, alice: Client, bob: Client) -> None:
    """On the pairs that are shared with an API of other rules: 0.2 % of what is received, as exchangeinfo's flag says."""
    await alice.placed("sell", "0.01", "90000", pairSymbol="BTCUSDT")
    await bob.placed("buy", "0.01", "90000", pairSymbol="BTCUSDT")

    (bought,) = (await bob.get(TRADES)).data
    (sold,) = (await alice.get(TRADES)).data

    assert (bought["fee"], sold["fee"]) == ("-0.00002000", "-1.80000000")
    flags = {row["name"]: row["commissionFromNumerator"] for row in (await stand.public.get(INFO)).data["symbols"]}
    assert flags == {"BTCTRY": False, "XRPTRY": False, "BTCUSDT": True}
    assert (await bob.balance("BTC"))["balance"] == "1000000.0099800000000000"


# Deposits and withdrawals


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_deposits_tell_what_there_was_afterwards(traded: Stand, alice: Client, method: str) -> None:
    """With either verb; crypto and fiat apart, trades in between reckoned with."""
    (account,) = [account for account in traded.venue.accounts.all() if account.name == "alice"]
    await traded.venue.accounts.deposit(account.id, "XRP", 1_080_000_000)
    traded.clock.advance(SECOND)

    crypto = (await alice.call(method, CRYPTO)).data
    fiat = (await alice.call(method, FIAT)).data

    assert [(row["currencySymbol"], row["amount"], row["funds"]) for row in crypto] == [
        ("XRP", 10.8, 1_000_036.3), ("USDT", 1_000_000, 1_000_000), ("XRP", 1_000_000, 1_000_000),
        ("BTC", 1_000_000, 1_000_000),
    ]  # fmt: skip
    assert [(row["balanceType"], row["currencySymbol"], row["funds"], row["fee"], row["tax"]) for row in fiat] == [
        ("deposit", "TRY", 1_000_000, 0, 0)
    ]
    assert list(fiat[0]) == ["balanceType", "currencySymbol", "id", "timestamp", "funds", "amount", "fee", "tax"]
    assert crypto[0]["isConfirmed"] is True


@pytest.mark.parametrize(
    "query",
    [
        [("type", "deposit"), ("symbol", "btc")],
        [("balanceTypes", "Deposit"), ("currencySymbols", "BTC")],
        [("BALANCETYPES", "deposit"), ("symbol", "BTC"), ("startDate", NOW_MS - 1), ("endDate", NOW_MS + 1)],
    ],
)
async def test_both_namings_of_the_filters_are_read(alice: Client, query: Any) -> None:
    """The older names that btcturk-api sends, and today's."""
    rows = (await alice.call("GET", CRYPTO, query=query)).data

    assert [row["currencySymbol"] for row in rows] == ["BTC"]
    assert (await alice.call("GET", CRYPTO, query=[("type", "withdrawal")])).data == []


async def test_filters_may_stand_in_a_posted_body(alice: Client) -> None:
    """As lists, or as texts; the query wins over the body."""
    body = {"type": ["deposit"], "symbol": ["btc", "xrp"]}

    assert {row["currencySymbol"] for row in (await alice.post(CRYPTO, body)).data} == {"BTC", "XRP"}
    answer = await alice.call("POST", CRYPTO, body, query=[("symbol", "xrp")])
    assert {row["currencySymbol"] for row in answer.data} == {"XRP"}


# Withdrawals


async def ask(client: Client, **change: Any) -> Any:
    form = {"asset": "btc", "amount": "0.25", "address": ADDRESS} | change
    return await client.post(WITHDRAW, form)


async def test_a_withdrawal_holds_its_amount_until_it_is_taken_back(alice: Client) -> None:
    """requestFund, not orderFund; the answer says what was asked for."""
    answer = await ask(alice, amount=0.25)

    number = answer.data["id"]
    assert answer.data == {
        "id": number, "asset": "BTC", "amount": "0.2500000000000000", "address": ADDRESS, "addressTag": None,
        "status": "Pending", "timestamp": NOW_MS,
    }  # fmt: skip
    row = await alice.balance("BTC")
    assert (row["requestFund"], row["orderFund"], row["locked"]) == ("0.2500000000000000", "0", "0.2500000000000000")
    taken_back = await alice.call("DELETE", f"{WITHDRAW}/{number}")
    assert taken_back.body == b'{"success":true,"message":"SUCCESS","code":0}'
    assert (await alice.balance("BTC"))["locked"] == "0"
    again = await alice.call("DELETE", f"{WITHDRAW}/{number}")
    assert again.refusal == (400, "Withdrawal request not found.", 1038)


async def test_what_a_withdrawal_holds_cannot_be_traded(alice: Client) -> None:
    """Nor asked for twice."""
    await ask(alice, amount="999999.995")

    assert (await alice.order("sell", "0.01", "50000")).refusal == (400, "FAILED_ORDER_WITH_OPEN_ORDERS", 1122)
    assert (await ask(alice, amount="1")).refusal == (400, "BALANCE_NOT_ENOUGH", 1055)


async def test_nobody_takes_back_what_others_asked_for(alice: Client, bob: Client) -> None:
    """It is not found."""
    number = (await ask(alice)).data["id"]

    for unknown in (number, 0, -1, 10**19):
        assert (await bob.call("DELETE", f"{WITHDRAW}/{unknown}")).refusal[::2] == (400, 1038)
    assert (await alice.balance("BTC"))["requestFund"] == "0.2500000000000000"


@pytest.mark.parametrize(
    "change",
    [
        {"asset": "TRY"}, {"asset": "DOGE"}, {"asset": ""}, {"amount": "0"}, {"amount": "-1"}, {"amount": "0.000000001"},
        {"amount": "1e30"}, {"amount": None}, {"address": "short"}, {"address": "x" * 101}, {"address": "ğ" * 30},
        {"address": "a b" * 12}, {"addressTag": "12"}, {"asset": "XRP", "addressTag": "1" * 201},
    ],
)  # fmt: skip
async def test_a_withdrawal_that_makes_no_sense_is_refused(alice: Client, change: dict[str, Any]) -> None:
    """Fiat, unknown currencies, amounts that are none, addresses and tags out of their bounds."""
    assert (await ask(alice, **change)).refusal[::2] == (400, 1038)


async def test_a_tag_is_kept_for_currencies_that_have_one(alice: Client) -> None:
    """XRP's destination tag."""
    answer = await ask(alice, asset="XRP", amount="10", addressTag="123456")

    assert answer.data["addressTag"] == "123456"


# Across a restart


@pytest.fixture
async def on_disk(tmp_path: Path) -> AsyncIterator[Any]:
    """Opens the same venue again and again."""
    opened: list[Any] = []

    async def reopen() -> Stand:
        if opened:
            stand, directory = opened.pop()
            await stand.venue.sequencer.stop()
            directory.store.close()
        directory = open_directory(tmp_path / "venue")
        stand = await open_stand(store=directory.store)
        opened.append((stand, directory))
        return stand

    yield reopen
    stand, directory = opened.pop()
    await stand.venue.sequencer.stop()
    directory.store.close()


async def test_a_withdrawal_is_there_after_a_restart(on_disk: Any) -> None:
    """Its hold, where it goes, and the way to take it back."""
    stand = await on_disk()
    alice = await stand.customer("alice")
    kept, gone = (await ask(alice)).data["id"], (await ask(alice, amount="0.5")).data["id"]
    await alice.call("DELETE", f"{WITHDRAW}/{gone}")

    stand = await on_disk()

    again = Client(stand, alice.key, alice.secret)
    assert (await again.balance("BTC"))["requestFund"] == "0.2500000000000000"
    account = stand.venue.accounts.by_name("alice")
    newest, oldest = await stand.venue.withdrawals.list(account.id)
    assert (oldest.id, oldest.state, oldest.destination.address) == (kept, WithdrawalState.REQUESTED, ADDRESS)
    assert (newest.id, newest.state, newest.ended_ns > 0) == (gone, WithdrawalState.CANCELED, True)
    assert (await again.call("DELETE", f"{WITHDRAW}/{kept}")).status == 200
    assert (await again.balance("BTC"))["locked"] == "0"


async def test_a_stopped_venue_takes_no_withdrawal(stand: Stand, alice: Client) -> None:
    """503, and nothing happened."""
    await stand.venue.sequencer.stop()

    assert (await ask(alice)).refusal == (503, "SERVICE_UNAVAILABLE", 503)


async def test_a_withdrawal_stands_in_the_list_from_when_it_is_asked(stand: Stand, alice: Client) -> None:
    """Not confirmed while its money is held; gone when it is taken back."""
    form = {"asset": "XRP", "amount": "10", "address": "r" * 34, "addressTag": "7"}
    asked = []
    for _ in range(2):
        asked.append((await alice.post("/api/v1/withdrawals/crypto", form)).data["id"])
        stand.clock.advance(SECOND)

    pending = (await alice.get(CRYPTO, type="withdrawal")).data

    assert [(row["amount"], row["isConfirmed"], row["funds"], row["txHash"]) for row in pending] == [
        (-10, False, None, None), (-10, False, None, None),
    ]  # fmt: skip
    assert [row["timestamp"] for row in pending] == [NOW_MS + 1_000, NOW_MS]
    assert (await alice.get(CRYPTO, type="deposit", symbol="xrp")).data[0]["balanceType"] == "deposit"
    assert (await alice.get(FIAT, type="withdrawal")).data == []
    assert (await alice.call("DELETE", f"/api/v1/withdrawals/crypto/{asked[0]}")).status == 200
    assert len((await alice.get(CRYPTO, type="withdrawal")).data) == 1
