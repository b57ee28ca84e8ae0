"""Prices, charts, networks and banks, as anybody sees them."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from tests.dialects.bitgin.money import account_of
from tests.dialects.bitgin.stand import SECOND, Client, Stand

DAY = 86_400 * SECOND


async def trade(stand: Stand, price: str) -> None:
    """Let alice and bob trade 100 USDT."""
    instrument = stand.venue.catalogue.instrument("USDT-TWD")
    assert instrument is not None
    for name, side in (("alice", Side.SELL), ("bob", Side.BUY)):
        await stand.venue.sequencer.submit(
            PlaceOrder(
                account=account_of(stand, name), instrument=instrument.id, side=side, order_type=OrderType.LIMIT,
                quantity=10_000, price=instrument.ticks(price), time_in_force=TimeInForce.GTC,
            )
        )  # fmt: skip


async def test_tickers_have_no_price_before_there_is_one(stand: Stand) -> None:
    """Null, and no change."""
    rows = (await stand.public.get("/v1/allTickers")).data

    assert rows[0] == {"baseCurrency": "USDT", "quoteCurrency": "TWD", "changePricePercent": 0, "lastPrice": None}
    assert [row["baseCurrency"] for row in rows] == ["USDT", "ETH"]


async def test_tickers_tell_the_last_price_and_its_change(stand: Stand, alice: Client, bob: Client) -> None:
    """In percent of the price a day ago."""
    await trade(stand, "30")
    stand.clock.advance(3600 * SECOND)
    await trade(stand, "33")

    row = (await stand.public.get("/v1/allTickers")).data[0]

    assert (row["lastPrice"], row["changePricePercent"]) == (33, 10)


async def test_a_chart_has_a_point_a_day(stand: Stand, alice: Client, bob: Client) -> None:
    """The last one is of now; a day's has one an hour."""
    await trade(stand, "30")
    stand.clock.advance(2 * DAY)
    await trade(stand, "33")

    week = (await stand.public.get("/v1/trade/line_chart", rangeType=1)).data
    day = (await stand.public.get("/v1/trade/line_chart", rangeType="0", currency="USDT")).data
    ever = (await stand.public.get("/v1/trade/line_chart", rangeType=5)).data

    assert [row["value"] for row in week] == [30, 30, 33]
    assert week[-1]["time"] == stand.clock.now_ns() // 10**9 * 1000
    assert 24 <= len(day) <= 25 and day[-1]["value"] == 33 and day[0]["value"] == 30
    assert ever[-1]["value"] == 33


@pytest.mark.parametrize("kind", ["6", "-1", "x", "", "01"])
async def test_a_chart_of_no_range_is_refused(stand: Stand, kind: str) -> None:
    """In the documented words."""
    answer = await stand.public.get("/v1/trade/line_chart", rangeType=kind)

    assert (answer.status, answer.code, answer.json["msg"]) == (400, -2, "Invalid type.")


@pytest.mark.parametrize("path", ["/v1/trade/line_chart", "/v1/trade/pre_exchange"])
@pytest.mark.parametrize("currency", ["BTC", "ETH", "TWD", "é"])
async def test_what_the_desk_does_not_quote_is_an_unknown_currency(stand: Stand, path: str, currency: str) -> None:
    """Also where it is listed and traded."""
    answer = await stand.public.get(path, currency=currency, rangeType=0)

    assert (answer.status, answer.code) == (400, -2023)


async def test_limits_of_an_exchange_are_the_desks(stand: Stand) -> None:
    """In the currency that is bought."""
    assert (await stand.public.get("/v1/trade/pre_exchange", currency="USDT")).data == {
        "minLimit": 10, "maxLimit": 100_000,
    }  # fmt: skip


async def test_networks_are_told_as_payment_ways(stand: Stand) -> None:
    """Ether's own network is ERC20 as the tokens' is; one currency may be asked for."""
    assert (await stand.public.get("/v1/wallet/crypto_list")).data == ["ETH", "USDT"]
    ways = (await stand.public.get("/v1/wallet/crypto_paymentway")).data
    assert ways == {"USDT": ["ERC20", "TRON"], "ETH": ["ERC20"]}
    assert (await stand.public.get("/v1/wallet/crypto_paymentway", currency="ETH")).data == {"ETH": ["ERC20"]}
    assert (await stand.public.get("/v1/wallet/crypto_paymentway", currency="XX")).code == -2023


async def test_banks_and_branches_are_told_to_customers(stand: Stand, alice: Client) -> None:
    """An ended token reads success there, as in the documents."""
    assert (await alice.get("/v1/finance/bank_codes")).data == [
        {"code": "004", "name": "First Bank"}, {"code": "809", "name": "Third Bank"}, {"code": "812", "name": "Other Bank"},
    ]  # fmt: skip
    branches: Any = await alice.get("/v1/finance/bank_branches", code="004")
    assert branches.data == [{"code": "0037", "name": "Head Office"}]
    assert (await alice.get("/v1/finance/bank_branches", code="999")).code == -2
    stranger = await stand.public.get("/v1/finance/bank_codes")
    assert (stranger.status, stranger.code, stranger.json["msg"], stranger.json["success"]) == (401, 10002, None, True)
