"""Quotes of the desk, asked for and taken."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.domain.otc import DESK
from tests.dialects.bitgin.money import account_of
from tests.dialects.bitgin.stand import SECOND, Client, Stand


@pytest.fixture(autouse=True)
async def desk(stand: Stand) -> None:
    """Give the desk ten million of everything."""
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**7 * 10**asset.scale)


async def quoted(client: Client, **more: Any) -> Any:
    """Ask for a quote."""
    return (await client.post("/v1/trade/quote", {"side": "buy", "quoteBaseCurrency": "USDT", **more})).data


async def test_a_quote_has_every_field_of_the_documents(stand: Stand, alice: Client) -> None:
    """The spread of the size is in the price; a VIP's price is better, the original one is not."""
    await stand.index("30")

    row = await quoted(alice, quoteAmountInBase=100)
    await stand.venue.customers.register.change(account_of(stand, "alice"), vip_level=2)
    vip = await quoted(alice, quoteAmountInBase="100")

    assert row.pop("quoteId") != vip["quoteId"]
    assert row == {
        "quoteValidDurationMs": 10_000, "quoteTimestamp": stand.clock.now_ns() // 10**6, "quoteAmountInBase": 100,
        "quoteBaseCurrency": "USDT", "quoteAmountInOrder": 3006, "quoteOrderCurrency": "TWD", "unitPrice": 30.06,
        "originalUnitPrice": 30.06, "side": "buy", "status": 30001,
    }  # fmt: skip
    assert (vip["unitPrice"], vip["originalUnitPrice"]) == (30.03, 30.06)


async def test_the_original_price_is_the_one_of_the_quote_s_moment(
    stand: Stand, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made with the quote: terms that change before the answer is written do not change it."""
    await stand.index("30")
    await stand.venue.customers.register.change(account_of(stand, "alice"), vip_level=2)
    real = stand.venue.otc.quote

    async def quote(*given: Any, **named: Any) -> Any:
        made = await real(*given, **named)
        monkeypatch.setattr(stand.venue.otc, "_markets", {})
        return made

    monkeypatch.setattr(stand.venue.otc, "quote", quote)

    row = await quoted(alice, quoteAmountInBase=100)

    assert (row["unitPrice"], row["originalUnitPrice"]) == (30.03, 30.06)


async def test_a_quote_may_be_asked_for_in_dollars(stand: Stand, alice: Client) -> None:
    """Either way round, selling too."""
    await stand.index("30")

    row = await quoted(alice, quoteAmountInOrder=2994, side="SELL")

    assert (row["side"], row["quoteAmountInOrder"], row["quoteAmountInBase"], row["unitPrice"]) == (
        "sell", 2994, 100, 29.94,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"side": "hold", "quoteAmountInBase": 100}, -2),
        ({"side": "buy"}, -2),
        ({"side": "buy", "quoteAmountInBase": 100, "quoteAmountInOrder": 3000}, -2),
        ({"side": "buy", "quoteAmountInBase": 0}, -2),
        ({"side": "buy", "quoteAmountInBase": -5}, -2),
        ({"side": "buy", "quoteAmountInBase": "x"}, -2),
        ({"side": "buy", "quoteAmountInBase": [1]}, -2),
        ({"side": "buy", "quoteAmountInBase": 1.0000001}, -2),
        ({"side": "buy", "quoteAmountInBase": 9}, 40003),
        ({"side": "buy", "quoteAmountInBase": 100_001}, 40003),
        ({"side": "buy", "quoteAmountInBase": 1e40}, -2),
        ({"side": "buy", "quoteAmountInBase": 10, "quoteBaseCurrency": "ETH"}, -2023),
        ({"side": "buy", "quoteAmountInBase": 10, "quoteBaseCurrency": "NO"}, -2023),
        ({"quoteAmountInBase": 10}, -2),
        ([], -2),
    ],
)
async def test_what_cannot_be_quoted_is_refused(stand: Stand, alice: Client, form: Any, code: int) -> None:
    """In the envelope, with HTTP 400."""
    await stand.index("30")

    answer = await alice.post("/v1/trade/quote", form)

    assert (answer.status, answer.code, answer.data) == (400, code, None)


async def test_without_a_price_there_is_no_quote(stand: Stand, alice: Client) -> None:
    """30000, as BTSE's desk has it."""
    answer = await alice.post("/v1/trade/quote", {"side": "buy", "quoteAmountInBase": 100})

    assert answer.code == 30000


async def test_a_quote_is_taken_once_and_answered_again(stand: Stand, alice: Client) -> None:
    """30007 both times, and the money moved once."""
    await stand.index("30")
    row = await quoted(alice, quoteAmountInBase=100)

    first = await alice.post("/v1/trade/accept", {"quoteId": row["quoteId"]})
    again = await alice.post("/v1/trade/accept", {"quoteId": row["quoteId"]})

    assert first.data == again.data == {
        "quoteId": row["quoteId"], "quoteValidDurationMs": 10_000, "transactionTimestamp": stand.clock.now_ns() // 10**6,
        "quoteAmountInBase": 100, "quoteBaseCurrency": "USDT", "quoteAmountInOrder": 3006, "quoteOrderCurrency": "TWD",
        "unitPrice": 30.06, "side": "buy", "status": 30007,
    }  # fmt: skip
    rows = {each["currency"]: each["total"] for each in (await alice.get("/v1/wallet/balance")).data["balance"]}
    assert (rows["USDT"], rows["TWD"]) == (1_000_100, 996_994)


@pytest.mark.parametrize("price", ["31", "29"])
async def test_a_price_that_moved_is_told_as_repriced(stand: Stand, alice: Client, price: str) -> None:
    """30008 with the new quote, which can be taken."""
    await stand.index("30")
    row = await quoted(alice, quoteAmountInBase=100)
    await stand.index(price)

    repriced = (await alice.post("/v1/trade/accept", {"quoteId": row["quoteId"]})).data
    taken = (await alice.post("/v1/trade/accept", {"quoteId": repriced["quoteId"]})).data

    assert (repriced["status"], taken["status"]) == (30008, 30007)
    assert repriced["quoteId"] != row["quoteId"]


async def test_an_expired_quote_is_repriced_and_moves_nothing(stand: Stand, alice: Client) -> None:
    """So is one that was replaced."""
    await stand.index("30")
    row = await quoted(alice, quoteAmountInBase=100)
    stand.clock.advance(10 * SECOND)

    assert (await alice.post("/v1/trade/accept", {"quoteId": row["quoteId"]})).data["status"] == 30008


async def test_too_little_money_is_status_8(stand: Stand, alice: Client) -> None:
    """Within a good answer; the quote stays open."""
    await stand.index("30")
    row = await quoted(alice, quoteAmountInBase=100_000)

    answer = await alice.post("/v1/trade/accept", {"quoteId": row["quoteId"]})

    assert (answer.status, answer.code, answer.data["status"]) == (200, 1, 8)


async def test_another_ones_quote_and_none_are_unknown(stand: Stand, alice: Client, bob: Client) -> None:
    """Whoever guesses learns nothing."""
    await stand.index("30")
    row = await quoted(alice, quoteAmountInBase=100)

    for quote_id in (row["quoteId"], "nothing", ""):
        answer = await bob.post("/v1/trade/accept", {"quoteId": quote_id})
        assert (answer.status, answer.code) == (400, -2)


async def test_who_may_not_trade_is_told_40049(stand: Stand) -> None:
    """Level 1 may not, with a quote or without."""
    await stand.index("30")
    dave = await stand.customer("dave", level=1)

    for path, form in (("quote", {"side": "buy", "quoteAmountInBase": 100}), ("accept", {"quoteId": "x"})):
        answer = await dave.post(f"/v1/trade/{path}", form)
        assert (answer.status, answer.code, answer.json["msg"]) == (400, 40049, None)
