"""Transfers to other customers and within a family, over the wallet API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

from bedesten.services.operator.operations import Operations
from bedesten.services.store_types import Permission

TRANSFER = "/spot/api/{}/user/wallet/transfer"
SUB_TRANSFER = "/futures/api/v2.3/subaccount/wallet/transfer"
SUB_HISTORY = "/spot/api/v3.2/subaccount/wallet/history"
FORM = {"amount": "1.0", "asset": "BTC", "toUser": "bob", "toUserMail": "Bob@Example.com"}
MOVE: dict[str, Any] = {
    "walletSrcType": "SPOT",
    "walletDestType": "SPOT",
    "fromUser": "alice",
    "receiver": "alice-bots",
    "apiWallets": [{"currency": "BTC", "allBalance": False, "balance": 1.5}],
}


@pytest.fixture
async def bob(stand: Stand, bob: Client) -> Client:
    """A customer whom money can be sent to."""
    account = stand.venue.accounts.by_name("bob")
    assert account is not None
    await stand.venue.customers.introduce(account.id, "bob@example.com", "", level=3)
    return bob


@pytest.fixture
async def bots(stand: Stand, alice: Client) -> Client:
    """A sub-account of alice's, with a key of its own."""
    main = stand.venue.accounts.by_name("alice")
    assert main is not None
    account = await stand.venue.subaccounts.open("alice-bots", main)
    made = await stand.venue.keys.create(account.id, frozenset(Permission))
    return Client(stand, made.key, made.secret)


async def totals(client: Client, *codes: str) -> list[float]:
    """Return what a customer has."""
    client.stand.clock.advance(SECOND)
    rows = {row["currency"]: row["total"] for row in (await client.get("/spot/api/v3.2/user/wallet")).json}
    return [rows[code] for code in codes]


@pytest.mark.parametrize("version", ["v3.2", "v3.3"])
@pytest.mark.parametrize("amount", ["1.0", "1", 1, 1.0])
async def test_a_transfer_answers_what_was_asked(alice: Client, bob: Client, version: str, amount: Any) -> None:
    """The amount in its shortest form, as text."""
    answer = await alice.post(TRANSFER.format(version), {**FORM, "amount": amount})

    assert answer.status == 200
    assert answer.json == {**FORM, "amount": "1"}
    assert await totals(alice, "BTC") == [999_999]
    assert await totals(bob, "BTC") == [1_000_001]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"asset": "NOPE"}, -2023),
        ({"amount": "0"}, -2),
        ({"amount": "-1"}, -2),
        ({"amount": "1e400"}, -2),
        ({"amount": "0.000000001"}, -2),
        ({"amount": "2000000"}, 51523),
        ({"toUser": "alice", "toUserMail": "alice@example.com"}, 400),
        ({"asset": 5}, -2),
        ({"clOrderID": "x" * 65}, -2),
    ],
)
async def test_a_transfer_is_refused_in_the_venue_s_words(
    alice: Client, bob: Client, change: dict[str, Any], code: int
) -> None:
    """In the envelope, and nothing moves."""
    answer = await alice.post(TRANSFER.format("v3.3"), {**FORM, **change})

    assert (answer.status, answer.json["code"], answer.json["success"]) == (400, code, False)
    assert await totals(alice, "BTC") == [1_000_000]


async def test_name_and_address_must_both_fit_and_the_answer_does_not_tell_which_did(
    alice: Client, bob: Client
) -> None:
    """The same bytes but for the time."""
    wrong = [{"toUser": "carol"}, {"toUserMail": "carol@example.com"}, {"toUser": "", "toUserMail": ""}]
    answers = [(await alice.post(TRANSFER.format("v3.2"), {**FORM, **change})).json for change in wrong]

    assert [answer["code"] for answer in answers] == [400] * 3
    assert len({answer["msg"] for answer in answers}) == 1


@pytest.mark.parametrize("permission", [Permission.TRANSFER, Permission.WALLET])
async def test_a_transfer_needs_one_of_two_permissions(stand: Stand, bob: Client, permission: Permission) -> None:
    """Transfer, as the documents have it now, or Wallet, as they had it."""
    may = await stand.customer("may", [permission])
    not_may = await stand.customer("not", frozenset(Permission) - {Permission.TRANSFER, Permission.WALLET})

    assert (await may.post(TRANSFER.format("v3.2"), FORM)).status == 200
    assert (await not_may.post(TRANSFER.format("v3.2"), FORM)).status == 403


async def test_a_transfer_under_an_id_is_sent_once(alice: Client, bob: Client) -> None:
    """The same answer again; another one under the id is refused."""
    first = await alice.post(TRANSFER.format("v3.2"), {**FORM, "clOrderID": "mine"})
    again = await alice.post(TRANSFER.format("v3.2"), {**FORM, "clOrderID": "mine"})
    other = await alice.post(TRANSFER.format("v3.2"), {**FORM, "amount": "2", "clOrderID": "mine"})

    assert (first.body, other.json["code"]) == (again.body, 400)
    assert await totals(alice, "BTC") == [999_999]


async def test_a_customer_of_a_low_level_sends_nothing(stand: Stand, bob: Client) -> None:
    """A standing of level 0 opens no transfer, and may not be paid."""
    carol = await stand.customer("carol")
    account = stand.venue.accounts.by_name("carol")
    assert account is not None
    await stand.venue.customers.introduce(account.id, "carol@example.com", "", level=0)
    sent = await carol.post(TRANSFER.format("v3.2"), FORM)
    got = await bob.post(TRANSFER.format("v3.2"), {**FORM, "toUser": "carol", "toUserMail": "carol@example.com"})

    assert (sent.json["code"], sent.json["msg"]) == (400, "BADREQUEST: Transfers are not allowed for this account")
    assert (got.json["code"], got.json["msg"]) == (400, "BADREQUEST: The receiver can not be paid in this currency")


async def test_money_moves_within_a_family(alice: Client, bots: Client) -> None:
    """A part, or all of a currency; the envelope without data."""
    answer = await alice.post(SUB_TRANSFER, MOVE)
    everything = [{"currency": "USD", "allBalance": True}, {"currency": "ETH", "allBalance": True, "balance": 0}]
    all_of_it = await alice.post(SUB_TRANSFER, {**MOVE, "apiWallets": everything, "walletSrc": "SPOT@"})

    assert answer.json == {"code": 1, "msg": "Success", "time": answer.json["time"], "data": None, "success": True}
    assert all_of_it.status == 200
    assert await totals(bots, "BTC", "USD", "ETH") == [1.5, 1_000_000, 1_000_000]
    back = {**MOVE, "fromUser": "alice-bots", "receiver": "alice"}
    assert (await bots.post(SUB_TRANSFER, back)).status == 200
    assert await totals(bots, "BTC") == [0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"walletSrcType": "CROSS"}, -2),
        ({"walletDestType": "isolated"}, -2),
        ({"walletSrcType": "PURSE"}, -2),
        ({"walletDest": "BTC-PERP"}, -2),
        ({"receiver": "bob"}, -2),
        ({"receiver": "alice"}, -2),
        ({"apiWallets": []}, -2),
        ({"apiWallets": [{"currency": "BTC", "allBalance": False}]}, -2),
        ({"apiWallets": [{"currency": "BTC", "allBalance": False, "balance": -1}]}, -2),
        ({"apiWallets": [{"currency": "BTC"}]}, -2),
        ({"apiWallets": [{"currency": "NOPE", "allBalance": True}]}, -2023),
        ({"apiWallets": [{"currency": "BTC", "allBalance": True}] * 2}, -2),
        ({"apiWallets": [{"currency": "BTC", "allBalance": False, "balance": "1000001"}]}, -1046),
        ({"apiWallets": "BTC"}, -2),
    ],
)
async def test_a_transfer_within_a_family_is_refused_by_code(
    alice: Client, bob: Client, bots: Client, change: dict[str, Any], code: int
) -> None:
    """−2 for what is wrong with the request, −1046 where nothing moved."""
    answer = await alice.post(SUB_TRANSFER, {**MOVE, **change})

    assert (answer.status, answer.json["code"], answer.json["success"]) == (400, code, False)
    assert await totals(alice, "BTC") == [1_000_000]


async def test_wallets_of_futures_are_refused_by_name(alice: Client, bots: Client) -> None:
    """So that nobody looks for a mistake of his own."""
    answer = await alice.post(SUB_TRANSFER, {**MOVE, "walletDestType": "CROSS"})

    assert "walletDestType CROSS is not available" in answer.json["msg"]


async def test_the_history_of_a_family_comes_by_pages(stand: Stand, alice: Client, bots: Client) -> None:
    """Newest first, counted from 1, in the documented envelope; empty for who has no family."""
    for amount in (1, 2, 3):
        stand.clock.advance(SECOND)
        wallets = [{"currency": "BTC", "allBalance": False, "balance": amount}]
        await alice.post(SUB_TRANSFER, {**MOVE, "apiWallets": wallets})
    now_ms = stand.clock.now_ns() // 1_000_000
    first = (await alice.get(SUB_HISTORY, pageSize=2)).json["data"]
    second = (await alice.get(SUB_HISTORY, page=2, pageSize=2)).json["data"]
    stand.clock.advance(SECOND)
    last = (await bots.get(SUB_HISTORY, startTime=now_ms, endTime=now_ms)).json["data"]

    row = {"timestamp": now_ms, "fromUser": "alice", "receiver": "alice-bots", "currency": "BTC", "amount": 3}
    assert {key: first[key] for key in ("totalRows", "pageSize", "currentPage", "totalPages")} == {
        "totalRows": 3, "pageSize": 2, "currentPage": 1, "totalPages": 2,
    }  # fmt: skip
    assert [first["data"][0], last["data"]] == [row, [row]]
    assert [each["amount"] for each in first["data"] + second["data"]] == [3, 2, 1]
    loner = await stand.customer("loner")
    assert (await loner.get(SUB_HISTORY)).json["data"] == {
        "totalRows": 0, "pageSize": 10, "currentPage": 1, "totalPages": 0, "data": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [{"page": 0}, {"page": 10**7}, {"pageSize": 51}, {"pageSize": 0}, {"startTime": 2, "endTime": 1}, {"page": "x"}],
)
async def test_a_page_that_is_none_is_refused(alice: Client, query: dict[str, Any]) -> None:
    """−2 in the envelope."""
    answer = await alice.get(SUB_HISTORY, **query)

    assert (answer.status, answer.json["code"]) == (400, -2)


@pytest.mark.parametrize("is_new", [True, False])
async def test_an_account_that_the_operator_gave_an_address_is_paid(stand: Stand, alice: Client, is_new: bool) -> None:
    """Opened with it, or opened without and given it later; before, and by an address it had before, it is not found."""
    ask = Operations(stand.venue).call
    form = {**FORM, "toUser": "carol", "toUserMail": "carol@example.com"}
    await ask("open_account", {"name": "carol", "email": "was@example.com"} if is_new else {"name": "carol"})
    early = await alice.post(TRANSFER.format("v3.2"), form)
    await ask("set_account", {"account": "carol", "email": "Carol@example.com"})

    answer = await alice.post(TRANSFER.format("v3.2"), form)
    old = await alice.post(TRANSFER.format("v3.2"), {**form, "toUserMail": "was@example.com"})

    carol, btc = stand.venue.accounts.by_name("carol"), stand.venue.catalogue.asset("BTC")
    assert carol is not None and btc is not None
    assert (early.status, answer.status, old.status) == (400, 200, 400)
    assert (await stand.venue.accounts.balance(carol.id, btc)).total == 10**btc.scale
