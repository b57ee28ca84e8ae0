"""The wallet's history in both generations: golden rows of every kind, filters, and ids that come back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from tests.dialects.btse.stand import SECOND, START_NS, Client, Stand, open_stand

from bedesten.domain.otc import DESK
from bedesten.services.chain_watch import beat
from bedesten.services.ports import Destination
from bedesten.services.wallet_history import conversion_numbers, transfer_number, withdrawal_number

PATH: Final = "/spot/api/v3.2/user/wallet_history"
WALLET: Final = "/spot/api/v3.2/user/wallet"
ABROAD: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
BLOCK: Final = 10 * SECOND


@pytest.fixture(params=["words", "numbers"])
async def busy(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Stand, Client]]:
    """A stand in either generation, where alice did everything once, a second apart."""
    stand = await open_stand(answers={"wallet_history": request.param})
    alice, bob = await stand.customer("alice", money=0), await stand.customer("bob", money=0)
    main, other = (stand.venue.accounts.by_name(name) for name in ("alice", "bob"))
    assert main is not None and other is not None
    await stand.venue.customers.introduce(other.id, "bob@example.com", "", level=3)
    await stand.venue.subaccounts.open("alice-bots", main)
    await stand.venue.accounts.deposit(DESK, "USD", 10**14)
    await stand.index("20000")
    await _do_everything(stand, alice, bob, main.id)
    yield request.param, stand, alice
    stand.venue.sequencer.state.machine.audit()
    await stand.venue.sequencer.stop()


async def _do_everything(stand: Stand, alice: Client, bob: Client, account: int) -> None:
    btc = stand.venue.catalogue.asset("BTC")
    assert btc is not None
    bitcoin = stand.venue.network_deposits.network(btc, "Bitcoin")
    assert bitcoin is not None
    address, _ = await stand.venue.network_deposits.create_address(account, btc, bitcoin)
    await stand.venue.network_deposits.fund(bitcoin, btc, 10**8, Destination(address.to.address))
    for _ in range(4):
        stand.clock.advance(BLOCK)
        await beat(stand.venue)
    bots = {"currency": "BTC", "allBalance": False, "balance": 0.25}
    for path, body in (
        (f"{WALLET}/convert", {"amount": "0.5", "fromAsset": "BTC", "toAsset": "USD"}),
        (f"{WALLET}/transfer", {"amount": "0.1", "asset": "BTC", "toUser": "bob", "toUserMail": "bob@example.com"}),
        ("/futures/api/v2.3/subaccount/wallet/transfer", {
            "walletSrcType": "SPOT", "walletDestType": "SPOT", "fromUser": "alice", "receiver": "alice-bots",
            "apiWallets": [bots],
        }),
        (f"{WALLET}/withdraw", {"currency": "BTC-Bitcoin", "address": ABROAD, "tag": "", "amount": "0.01"}),
    ):  # fmt: skip
        stand.clock.advance(SECOND)
        answer = await alice.post(path, body)
        assert answer.status == 200, answer
    stand.clock.advance(SECOND)


async def rows(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Return the history."""
    client.stand.clock.advance(SECOND)
    answer = await client.get(PATH, **query)
    assert answer.status == 200, answer
    return json.loads(answer.body, parse_float=str)  # type: ignore[no-any-return]


async def test_a_line_of_each_kind_has_its_generation_s_words(busy: tuple[str, Stand, Client]) -> None:
    """Newest first: a withdrawal, a transfer within the family, one to a customer, both sides of a conversion, a deposit."""
    generation, _, alice = busy
    found = await rows(alice)

    told = [(row["type"], row["status"], row["currency"], row["amount"], row["fees"]) for row in found]
    words = [
        ("Withdraw", "PENDING", "BTC", "0.0095", "0.0005"), ("Sub Account Transfer Out", "COMPLETED", "BTC", "0.25", 0),
        ("Transfer_Out", "COMPLETED", "BTC", "0.1", 0), ("Convert fiat", "COMPLETED", "USD", 9980, 0),
        ("Convert fiat", "COMPLETED", "BTC", "0.5", 0), ("Deposit", "COMPLETED", "BTC", 1, 0),
    ]  # fmt: skip
    numbers = [(2, 1), (8, 10), (4, 10), (6, 10), (6, 10), (1, 10)]
    if generation == "words":
        assert told == words
        assert [row["description"] for row in found] == [kind for kind, *_ in words]
        assert {row["wallet"] for row in found} == {"SPOT@"}
    else:
        assert told == [(*pair, *row[2:]) for pair, row in zip(numbers, words, strict=True)]
        assert {row["wallet"] for row in found} == {"@SPOT"}
    assert {row["username"] for row in found} == {"alice"}


async def test_rows_are_as_documented(busy: tuple[str, Stand, Client]) -> None:
    """A conversion and a deposit, every key of them; the documents of 2022 have fewer."""
    generation, stand, alice = busy
    *_, received, given, deposit = await rows(alice)
    transfer = next(iter(await stand.venue.network_deposits.deposits(16)))
    common = {"currency": "BTC", "fees": 0, "username": "alice"}
    expected = {
        **common, "amount": "0.5", "orderId": received["orderId"], "timestamp": START_NS // 10**6 + 41_000,
    }  # fmt: skip
    if generation == "words":
        number = int(received["orderId"]) // 10
        assert (given["orderId"], received["orderId"]) == tuple(map(str, conversion_numbers(number)))
        sides = {
            "sourceCurrency": "BTC", "sourceAmount": "0.5", "targetCurrency": "USD", "targetAmount": 9980, "rate": 19960,
        }  # fmt: skip
        assert given == {
            **expected, "orderId": given["orderId"], "description": "Convert fiat", "status": "COMPLETED",
            "type": "Convert fiat", "wallet": "SPOT@", "txid": "", "txId": "", "currencyNetwork": "", "toAddress": "", **sides,
        }  # fmt: skip
        assert deposit == {
            **common, "amount": 1, "orderId": deposit["orderId"], "timestamp": START_NS // 10**6,
            "description": "Deposit", "status": "COMPLETED", "type": "Deposit", "wallet": "SPOT@",
            "txid": transfer.payment.id, "txId": transfer.payment.id, "currencyNetwork": "Bitcoin",
            "toAddress": transfer.payment.to.address, "sourceCurrency": "BTC", "sourceAmount": 0, "targetCurrency": "",
            "targetAmount": 0, "rate": 0,
        }  # fmt: skip
    else:
        assert (given["orderId"], received["orderId"]) == conversion_numbers(received["orderId"] // 10)
        assert given == {
            **expected, "orderId": given["orderId"], "description": "Convert fiat", "status": 10, "type": 6,
            "wallet": "@SPOT", "txid": "", "currencyNetwork": "",
        }  # fmt: skip
        assert list(deposit) == [
            "amount", "currency", "fees", "description", "orderId", "status", "timestamp", "type", "username", "wallet",
            "txid", "currencyNetwork",
        ]  # fmt: skip
        assert all(isinstance(deposit[key], int) for key in ("orderId", "status", "type"))


async def test_the_receiver_s_line_has_the_same_number(busy: tuple[str, Stand, Client]) -> None:
    """A transfer is one thing, seen from two sides; a number is no other line's."""
    generation, stand, alice = busy
    mine = await rows(alice)
    (his,) = await rows(stand.clients["bob"])

    assert his["orderId"] == next(row["orderId"] for row in mine if row["type"] in ("Transfer_Out", 4))
    assert his["type"] == ("Transfer_In" if generation == "words" else 3)
    numbers = [int(row["orderId"]) for row in mine]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 1 << 53  # a JavaScript client reads it whole
    assert {number % 10 for number in numbers} == {1, 2, 3, 4, 5}
    assert [transfer_number(7), withdrawal_number(7)] == [73, 72]


async def test_lines_are_chosen_by_currency_time_and_count(busy: tuple[str, Stand, Client]) -> None:
    """Both ends of a window are inside it; newest first within the count."""
    _, _, alice = busy
    found = await rows(alice)
    at = found[2]["timestamp"]

    assert await rows(alice, count=2) == found[:2]
    assert await rows(alice, currency="usd") == [found[3]]
    assert await rows(alice, startTime=at) == found[:3]
    assert await rows(alice, endTime=at) == found[2:]
    assert await rows(alice, startTime=at, endTime=at) == [found[2]]
    assert await rows(alice, startTime=at, endTime=at, currency="USD") == []
    for naming in ("true", "false", "True"):
        assert await rows(alice, useNewSymbolNaming=naming) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"count": -1}, -2),
        ({"count": 501}, -2),
        ({"count": "many"}, -2),
        ({"startTime": 2, "endTime": 1}, -2),
        ({"startTime": "noon"}, -2),
        ({"useNewSymbolNaming": "perhaps"}, -2),
        ({"currency": "NOPE"}, -2023),
    ],
)
async def test_what_cannot_be_asked_is_refused(alice: Client, query: dict[str, Any], code: int) -> None:
    """In the envelope."""
    answer = await alice.get(PATH, **query)

    assert (answer.status, answer.json["code"]) == (400, code)


@pytest.mark.parametrize("query", [{"startTime": -5}, {"endTime": -5}, {"startTime": 1 << 62}, {"endTime": 1 << 62}])
async def test_a_window_beyond_time_is_no_error(alice: Client, query: dict[str, int]) -> None:
    """It holds everything, or nothing."""
    assert len(await rows(alice, **query)) in (0, 5)


async def test_a_canceled_withdrawal_is_told_as_one(busy: tuple[str, Stand, Client]) -> None:
    """By the word or the number of the generation, under the id that was answered."""
    generation, stand, alice = busy
    (pending, *_) = await rows(alice)
    number = int(pending["orderId"]) // 10
    assert (await stand.venue.withdrawals.cancel(16, number)).reject is None

    (row, *_) = await rows(alice)
    assert row["orderId"] == pending["orderId"]
    assert row["status"] == ("CANCELLED" if generation == "words" else 16)
