"""The history holds everything, however much there is: walked to its end past one instant, and each row found by its id."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Final

import pytest

from bedesten.dialects.bitgin.render_history import MAKER_KIND, TAKER_KIND
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.domain.otc import DESK
from bedesten.services.money.conversions import Conversion
from bedesten.services.otc import fold_settled
from bedesten.services.otc.quotes import Quote
from tests.dialects.bitgin.books import walked
from tests.dialects.bitgin.money import account_of, by_bank
from tests.dialects.bitgin.stand import SECOND, Client, Stand, open_stand

MANY: Final = 1_050  # more than a store's page, and than the lists of before


@pytest.fixture
async def poor(stand: Stand) -> Client:
    """A customer to whom nothing happened yet."""
    return await stand.customer("poor", money=0, key=True)


async def deposits(stand: Stand, count: int) -> None:
    """Give the customer one minor unit *count* times, all in one instant."""
    deposit, account = stand.venue.accounts.deposit, account_of(stand, "poor")
    await asyncio.gather(*(deposit(account, "USDT", 1) for _ in range(count)))


async def trade(stand: Stand, count: int, account: int, maker: int) -> None:
    """Let one order meet *count* others."""
    instrument = stand.venue.catalogue.instrument("USDT-TWD")
    assert instrument is not None

    def order(whose: int, side: Side, lots: int) -> PlaceOrder:
        return PlaceOrder(
            account=whose, instrument=instrument.id, side=side, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
            price=instrument.ticks("30"), quantity=lots,
        )  # fmt: skip

    for done in range(0, count, 500):
        some = min(500, count - done)
        await asyncio.gather(*(stand.venue.trading.place(order(maker, Side.SELL, 10)) for _ in range(some)))
        placed = await stand.venue.trading.place(order(account, Side.BUY, 10 * some))
        assert placed.reject is None


async def test_more_deposits_than_a_page_of_one_instant_are_walked_and_found(stand: Stand, poor: Client) -> None:
    """Each once, the totals right on every page, the first and the last of them by their ids alone."""
    await deposits(stand, MANY)

    rows = await walked(poor, 500)

    assert len(rows) == MANY
    for each in (rows[0], rows[-1]):
        assert await walked(poor, auditIds=each["auditId"]) == [each]
    both = await walked(poor, auditIds=f"{rows[0]['auditId']},{rows[-1]['auditId']}")
    assert both == [rows[0], rows[-1]]


async def test_one_of_each_kind_is_found_behind_a_thousand_others(stand: Stand, poor: Client) -> None:
    """A deposit by bank and over a network, a conversion, what the desk settled, a match; in a new process, too."""
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**7 * 10**asset.scale)
    alice = await stand.customer("alice", money=10_000)
    assert alice.token
    await stand.index("30")
    account, catalogue = account_of(stand, "poor"), stand.venue.catalogue
    twd, usdt, ethereum = catalogue.asset("TWD"), catalogue.asset("USDT"), catalogue.network("Ethereum")
    market = catalogue.instrument("USDT-TWD")
    assert twd is not None and usdt is not None and ethereum is not None and market is not None
    await by_bank(stand, "poor", 9_000, "R-1")
    address, _ = await stand.venue.network_deposits.create_address(account, usdt, ethereum)
    await stand.venue.network_deposits.fund(ethereum, usdt, 50 * 10**6, address.to)
    made = await stand.venue.conversions.convert(account, twd, usdt, amount=100 * 10**twd.scale)
    quote = await stand.venue.otc.quote(account, market, Side.BUY, base=20 * 10**usdt.scale)
    assert isinstance(made, Conversion) and isinstance(quote, Quote)
    assert (await stand.venue.otc.accept(account, quote.id)).refusal is None
    await trade(stand, 1, account, account_of(stand, "alice"))
    before = await walked(poor)
    assert len(before) == 5
    stand.clock.advance(SECOND)
    await deposits(stand, MANY)
    await stand.close()
    stand = await open_stand(stand.clock, stand.store)
    poor.stand = stand

    for row in before:
        assert await walked(poor, auditIds=row["auditId"]) == [row]
    stand.clock.advance(SECOND)
    assert [row["auditId"] for row in await walked(poor, query='["TWD-1","USDT-3"]')] == [
        row["auditId"] for row in before if (row["quoteBaseCurrency"], row["type"]) != ("USDT", 1)
    ]
    assert (await walked(poor, 500))[-5:] == before
    stays = await poor.post(
        "/v1/wallet/apply_dw_cancel", {"auditId": next(row["auditId"] for row in before if row["type"] == 1)}
    )
    assert (stays.code, stays.status) == (3519, 400)


async def test_a_trade_with_the_desk_is_found_when_the_desk_itself_has_forgotten_it(
    stand: Stand, poor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk remembers the newest only; the account's own settlements are all there."""
    monkeypatch.setattr(fold_settled, "SETTLED_MAX", 1)
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**7 * 10**asset.scale)
    await stand.index("30")
    await by_bank(stand, "poor", 9_000, "R-1")
    ids = []
    for _ in range(3):
        quote = (await poor.post("/v1/trade/quote", {"side": "buy", "quoteAmountInBase": 20})).data
        await poor.post("/v1/trade/accept", {"quoteId": quote["quoteId"]})
        ids.append(quote["quoteId"])
        stand.clock.advance(3_600 * SECOND)
    await poor.post("/v1/trade/quote", {"side": "buy", "quoteAmountInBase": 20})  # the desk looks through its quotes
    assert stand.venue.otc.find(account_of(stand, "poor"), ids[0]) is None

    found = await walked(poor, auditIds=",".join(ids))

    assert [row["auditId"] for row in found] == ids[::-1]


async def test_matches_in_the_book_are_told_as_bought_and_sold(stand: Stand, poor: Client) -> None:
    """More than a page of one instant; fees in what was received, both halves of a match by ids of their own."""
    alice = await stand.customer("alice", money=100_000, key=True)
    await by_bank(stand, "poor", 9_000, "R-1")
    await trade(stand, MANY, account_of(stand, "poor"), account_of(stand, "alice"))

    bought = await walked(poor, 500, query='["USDT-3"]')
    sold = await walked(alice, 500, query='["USDT-4"]')

    assert len(bought) == MANY and {row["auditId"][-1] for row in bought} == {str(TAKER_KIND)}
    assert len(sold) == MANY and {row["auditId"][-1] for row in sold} == {str(MAKER_KIND)}
    first = bought[0]
    assert (first["amount"], first["receivedAmount"], first["remarks"]) == (Decimal("0.1"), Decimal("0.0998"), "3")
    assert (sold[0]["amount"], sold[0]["receivedAmount"], sold[0]["remarks"]) == (
        Decimal("0.1"), Decimal("2.997"), "2.997",
    )  # fmt: skip
    assert await walked(poor, auditIds=bought[-1]["auditId"]) == [bought[-1]]
    assert await walked(poor, auditIds=sold[0]["auditId"]) == []
    stand.clock.advance(SECOND)
    assert len(await walked(poor, 500, isTxn="true")) == MANY
    assert [row["type"] for row in await walked(poor, isTxn="false")] == [1]


async def test_what_no_row_is_called_by_finds_none(stand: Stand, poor: Client) -> None:
    """Numbers of every kind, of other accounts, and what is no number."""
    bob = await stand.customer("bob", money=5, key=True)
    theirs = [row["auditId"] for row in await walked(bob)]
    odd = (
        [str(number) for number in range(12)]
        + [f"9{kind}" for kind in range(10)]
        + ["9" * 19, "9" * 30, "x", "-3", "٣"]
    )

    assert theirs and await walked(poor, auditIds=",".join(theirs + odd)) == []
