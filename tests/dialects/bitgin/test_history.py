"""The history: rows of every kind, chosen and paged."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.domain.otc import DESK
from tests.dialects.bitgin.money import account_of, bank_account, blocks, by_bank
from tests.dialects.bitgin.stand import SECOND, Client, Stand

PATH = "/v1/wallet/historyList"
DAY = 86_400 * SECOND


async def rows(client: Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(PATH, **query)).data["data"]
    return found


@pytest.fixture
async def poor(stand: Stand) -> Client:
    """A customer to whom nothing happened yet."""
    return await stand.customer("poor", money=0)


async def test_a_history_without_rows_has_no_pages(poor: Client) -> None:
    """Every field of a page is there."""
    assert (await poor.get(PATH)).data == {
        "totalRows": 0,
        "pageSize": 10,
        "currentPage": 1,
        "totalPages": 0,
        "data": [],
    }


async def test_a_deposit_by_bank_tells_where_it_came_from(stand: Stand, poor: Client) -> None:
    """Every field that the documents require, and no fee as the venue prints it."""
    await by_bank(stand, "poor", 500, "R-1")

    answer = await poor.get(PATH)

    (row,) = answer.data["data"]
    now_ms = stand.clock.now_ns() // 10**6
    assert row == {
        "currencyType": 1, "auditId": row["auditId"], "amount": 500, "clientAmount": 500, "fee": 0,
        "transactionRef": row["auditId"], "emailRef": None, "receivedAmount": 500, "type": 1, "quoteOrderCurrency": "TWD",
        "updateTimestamp": now_ms, "quoteBaseCurrency": "TWD", "createTimestamp": now_ms, "inOutType": 1, "errCode": None,
        "remarks": None, "status": 10, "bankRef": "R-1",
        "fromBank": {"code": "812", "account": "99887766", "accountHolder": "Poor", "name": "Other Bank"},
    }  # fmt: skip
    assert b'"fee":0E-10' in answer.body


async def test_fees_have_ten_decimals(stand: Stand, alice: Client) -> None:
    """As the venue prints them."""
    bank = await bank_account(stand, "alice")
    await alice.post("/v1/wallet/withdraw", {"currency": "TWD", "amount": 110, "bankId": bank})

    assert b'"fee":15.0000000000,' in (await alice.get(PATH, query='["TWD-2"]')).body


async def test_a_deposit_over_a_network_is_open_until_it_is_confirmed(stand: Stand, poor: Client) -> None:
    """Its number stays."""
    address = (await poor.post("/v1/wallet/address")).data["address"]
    usdt = stand.venue.catalogue.asset("USDT")
    ethereum = stand.venue.catalogue.network("Ethereum")
    assert usdt is not None and ethereum is not None
    (known,) = await stand.venue.network_deposits.addresses(account_of(stand, "poor"), usdt, ethereum)
    assert known.to.address == address
    await stand.venue.network_deposits.fund(ethereum, usdt, 50 * 10**6, known.to)

    (before,) = await rows(poor)
    await blocks(stand, 5)
    (after,) = await rows(poor)

    assert (before["status"], before["receivedAmount"], after["status"], after["receivedAmount"]) == (1, 0, 10, 50)
    assert before["auditId"] == after["auditId"] and after["txHash"] and after["toReceiver"] == {}


async def test_what_was_bought_and_sold_is_told_with_its_price(stand: Stand, poor: Client) -> None:
    """Both are told as coming in; remarks has the other side of the trade."""
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**7 * 10**asset.scale)
    await stand.index("30")
    await by_bank(stand, "poor", 4000, "R-1")
    for side in ("buy", "sell"):
        stand.clock.advance(SECOND)
        quote = (await poor.post("/v1/trade/quote", {"side": side, "quoteAmountInBase": 100})).data
        stand.clock.advance(SECOND)
        await poor.post("/v1/trade/accept", {"quoteId": quote["quoteId"]})

    sold, bought = await rows(poor, isTxn="true")

    assert bought["auditId"] != quote["quoteId"] == sold["auditId"]
    assert [bought[name] for name in ("type", "amount", "receivedAmount", "baseCurrencyTotalPrice", "remarks")] == [
        3, 100, 100, 3006, "3006",
    ]  # fmt: skip
    assert [sold[name] for name in ("type", "amount", "receivedAmount", "baseCurrencyUnitPrice", "inOutType")] == [
        4, 100, 2994, 29.94, 1,
    ]  # fmt: skip
    assert sold["updateTimestamp"] - sold["createTimestamp"] == 1000
    assert [row["type"] for row in await rows(poor, isTxn="false")] == [1]
    assert [row["type"] for row in await rows(poor, query='["USDT-3","TWD-1"]')] == [3, 1]


async def test_pages_follow_one_another(stand: Stand, poor: Client) -> None:
    """Newest first; beyond the last one there is nothing."""
    for number in range(5):
        stand.clock.advance(SECOND)
        await by_bank(stand, "poor", number + 1, f"R-{number}")

    pages = [(await poor.get(PATH, pageSize=2, pageNum=page)).data for page in (1, 2, 3, 4)]

    assert [[row["amount"] for row in page["data"]] for page in pages] == [[5, 4], [3, 2], [1], []]
    assert [(page["totalRows"], page["totalPages"], page["currentPage"]) for page in pages] == [
        (5, 3, 1), (5, 3, 2), (5, 3, 3), (5, 3, 4),
    ]  # fmt: skip


async def test_dates_are_days_of_the_bank(stand: Stand, poor: Client) -> None:
    """It is the fifteenth of November in Taipei while it is the fourteenth in Greenwich; both ends are included."""
    await by_bank(stand, "poor", 1, "R-1")
    stand.clock.advance(DAY)
    await poor.stand.venue.customers.sessions.open(account_of(stand, "poor"), is_proven=True)
    fresh = Client(stand, (await stand.venue.customers.sessions.open(account_of(stand, "poor"), is_proven=True)).text)
    await by_bank(stand, "poor", 2, "R-2")

    async def on(**query: str) -> list[float]:
        return [row["amount"] for row in await rows(fresh, **query)]

    assert await on(startDate="2023-11-15", endDate="2023-11-15") == [1]
    assert await on(startDate="2023-11-16") == [2]
    assert await on(endDate="2023-11-16") == [2, 1]
    assert await on(endDate="2023-11-14") == []


async def test_rows_are_found_by_their_audit_ids(stand: Stand, poor: Client) -> None:
    """Several at once; another customer's are not there."""
    for number in range(3):
        await by_bank(stand, "poor", number + 1, f"R-{number}")
    ids = [row["auditId"] for row in await rows(poor)]
    bob = await stand.customer("bob", money=0)

    assert len(set(ids)) == 3
    assert {row["auditId"] for row in await rows(poor, auditIds=",".join(ids[:2]))} == set(ids[:2])
    assert await rows(bob, auditIds=ids[0]) == []


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": 0}, {"pageSize": 501}, {"pageSize": "x"}, {"pageNum": 0}, {"pageNum": -1}, {"query": "[1]"},
        {"query": "[" * 2000}, {"query": "TWD"}, {"query": "-1"}, {"query": "TWD-x"}, {"startDate": "2020-13-01"},
        {"endDate": "9999-12-31"}, {"startDate": "é"}, {"isTxn": "perhaps"}, {"auditIds": ",".join(map(str, range(300)))},
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(poor: Client, query: dict[str, Any]) -> None:
    """With -2 and HTTP 400."""
    answer = await poor.get(PATH, **query)

    assert (answer.status, answer.code) == (400, -2)
