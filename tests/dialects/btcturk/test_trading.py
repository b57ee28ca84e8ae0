"""Orders over the whole server: what a bot sends, what it reads, what it costs, and each refusal's code."""

from __future__ import annotations

import asyncio
import uuid
from decimal import Decimal
from typing import Any

import pytest

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.errors import Code
from bedesten.dialects.btcturk.rest.endpoints_trading import refusal_of
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import EventKind, OrderType, RejectReason, Side, TimeInForce
from bedesten.domain.events import Rejected
from bedesten.services.orders.order_result import Outcome
from tests.dialects.btcturk.stand import SECOND, START_NS, VENUE_FILE, Client, Stand, open_stand
from tests.dialects.btcturk.test_tokens import holder

ORDER = "/api/v1/order"
LISTED_USDT = '  { base = "BTC", quote = "USDT", price_scale = 0, min_value = 9.91 },\n'
NOW_MS = START_NS // 1_000_000
TAKER = Decimal("0.001525423")
MAKER = Decimal("0.000847457")
TAX = Decimal("0.18")
CENT = Decimal("0.00000001")


def up(amount: Decimal) -> Decimal:
    """Return an amount rounded up to a minor unit, as charges are."""
    return amount.quantize(CENT, rounding="ROUND_UP")


def charge(notional: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Return fee and tax of a notional."""
    fee = up(notional * rate)
    return fee, up(fee * TAX)


async def status(client: Client, number: int) -> dict[str, Any]:
    return dict((await client.get(f"/api/v1/order/{number}")).data)


# The forms of answers


async def test_an_accepted_order_is_told_as_it_was_asked_for(alice: Client) -> None:
    """httpStatusCode first, and the venue's keys in their order."""
    answer = await alice.order("buy", "15", "20.8", pairSymbol="XRP_TRY", newOrderClientId="mine")

    number = answer.json["data"]["id"]
    assert answer.body.decode() == (
        f'{{"httpStatusCode":200,"data":{{"id":{number},"quantity":"15","price":"20.80","stopPrice":null,'
        '"newOrderClientId":"mine","type":"buy","method":"limit","pairSymbol":"XRPTRY","pairSymbolNormalized":"XRP_TRY",'
        f'"datetime":{NOW_MS}}},"success":true,"message":"SUCCESS","code":0}}'
    )


async def test_an_order_without_a_client_id_gets_one(alice: Client) -> None:
    """A GUID, which the order keeps; ccxt's newClientOrderId is ignored, as the venue ignores it."""
    data = (await alice.order(newClientOrderId="ignored")).data

    assert str(uuid.UUID(data["newOrderClientId"])) == data["newOrderClientId"]
    assert (await status(alice, data["id"]))["orderClientId"] == data["newOrderClientId"]


async def test_an_open_order_has_every_key(alice: Client) -> None:
    """In the order's own row, and in both lists."""
    number = await alice.placed("buy", "0.01", "50000", newOrderClientId="c")
    expected = {
        "id": number, "price": "50000", "amount": "0.01", "quantity": "0.01", "stopPrice": "0.00", "pairSymbol": "BTCTRY",
        "pairSymbolNormalized": "BTC_TRY", "type": "buy", "method": "limit", "orderClientId": "c", "time": NOW_MS,
        "updateTime": NOW_MS, "status": "Untouched", "leftAmount": "0.0100000000000000",
    }  # fmt: skip

    one = await status(alice, number)
    listed = (await alice.get("/api/v1/openOrders", pairSymbol="btc_try")).json
    (every,) = (await alice.get("/api/v1/allOrders", pairSymbol="BTCTRY")).data

    assert one == every == expected
    assert list(one) == list(expected)
    assert listed == {
        "data": {"asks": [], "bids": [expected | {"leftAmount": "0.01"}]}, "success": True, "message": None, "code": 0,
    }  # fmt: skip


async def test_open_orders_stand_by_side(alice: Client, bob: Client) -> None:
    """One's own only, of one pair or of all."""
    buy, sell = await alice.placed("buy", "0.01", "49000"), await alice.placed("sell", "0.01", "51000")
    other = await alice.placed("buy", "100", "10", pairSymbol="XRPTRY")
    await bob.placed("buy", "0.01", "48000")

    every = (await alice.get("/api/v1/openOrders", pairSymbol="")).data
    one = (await alice.get("/api/v1/OPENORDERS", PAIRSYMBOL="BTCTRY")).data

    assert ([row["id"] for row in every["asks"]], [row["id"] for row in every["bids"]]) == ([sell], [buy, other])
    assert [row["id"] for row in one["bids"]] == [buy]


async def test_statuses_follow_an_order_to_its_end(alice: Client, bob: Client) -> None:
    """Untouched, Partial, Closed; Canceled when it was canceled, whatever it had traded."""
    number, other = await alice.placed("buy", "0.01"), await alice.placed("buy", "0.01", "49000")
    seen = [(await status(alice, number))["status"]]
    await bob.placed("sell", "0.004")
    seen += [(await status(alice, number))[name] for name in ("status", "leftAmount")]
    await bob.placed("sell", "0.006")
    seen += [(await status(alice, number))[name] for name in ("status", "leftAmount")]
    await alice.cancel(other)
    seen.append((await status(alice, other))["status"])

    assert seen == [
        "Untouched", "Partial", "0.0060000000000000", "Closed", "0.0000000000000000", "Canceled",
    ]  # fmt: skip


async def test_all_orders_are_newest_first_and_bounded_in_seconds(stand: Stand, alice: Client) -> None:
    """startTime and endTime in seconds, orderId from below, limit and page; what others ignore is ignored."""
    numbers = []
    for price in range(5):
        numbers.append(await alice.placed("buy", "0.01", str(40_000 + price)))
        stand.clock.advance(10 * SECOND)
    await alice.cancel(numbers[1])
    start = START_NS // SECOND

    async def listed(**query: Any) -> list[int]:
        rows = (await alice.get("/api/v1/allOrders", pairSymbol="BTCTRY", **query)).data
        return [numbers.index(row["id"]) for row in rows]

    assert await listed() == [4, 3, 2, 1, 0]
    assert await listed(last=2, startDate=1, endDate=2) == [4, 3, 2, 1, 0]
    assert await listed(startTime=start + 10, endTime=start + 30) == [3, 2, 1]
    assert await listed(orderId=numbers[3]) == [4, 3]
    assert await listed(limit=2) == [4, 3]
    assert await listed(limit=2, page=3) == [0]
    assert len((await alice.get("/api/v1/allOrders")).data) == 5
    late = await alice.get("/api/v1/allOrders", pairSymbol="BTCTRY", startTime=start * 1000)
    assert late.refusal == (400, "startTime cannot be bigger than current unix timestamp.", 1038)


async def test_an_unknown_order_is_a_bad_request(alice: Client, bob: Client) -> None:
    """Also when it is somebody else's; never 404."""
    number = await alice.placed()

    for unknown in (number, 999_999, 10**20, -1, 0):
        assert (await bob.get(f"{ORDER}/{unknown}")).refusal == (400, "Order not found", 1152)
    assert (await bob.get(f"{ORDER}/none")).refusal[::2] == (400, 1038)


# Canceling


async def test_canceling_answers_without_data(alice: Client) -> None:
    """And again when it is canceled already; a body is not looked at."""
    number = await alice.placed()

    first = await alice.call("DELETE", ORDER, raw=b'{"id": nonsense', query={"id": number})
    again = await alice.cancel(number)

    assert first.body == again.body == b'{"success":true,"message":"SUCCESS","code":0}'


async def test_what_cannot_be_canceled_has_its_code(alice: Client, bob: Client) -> None:
    """1051 for a filled order, 1052 for one that is not there, 1038 without a number."""
    filled = await alice.placed()
    await bob.placed("sell")

    assert (await alice.cancel(filled)).refusal == (400, "ORDER_COULD_NOT_BE_CANCELED", 1051)
    assert (await bob.cancel(filled)).refusal == (400, "NO_ORDER_MATCHES_YOUR_REQUEST", 1052)
    assert (await bob.cancel(424_242)).refusal == (400, "NO_ORDER_MATCHES_YOUR_REQUEST", 1052)
    assert (await bob.call("DELETE", ORDER)).refusal == (400, "The Id field is required.", 1038)


# What orders cost


async def test_orders_on_instruments_that_are_not_listed_are_not_there() -> None:
    """They are not shown, not canceled, and take no place in a page of orders."""
    stand = await open_stand(text=VENUE_FILE.replace(LISTED_USDT, ""))
    alice = await stand.customer("alice")
    shown = [await alice.placed(quantity=quantity) for quantity in ("0.01", "0.02")]
    instrument, key = stand.venue.catalogue.instrument("BTC-USDT"), stand.venue.keys.find(alice.key)
    assert instrument is not None and key is not None
    command = PlaceOrder(
        account=key.account, instrument=instrument.id, side=Side.BUY, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
        price=100_000, quantity=10**6,
    )  # fmt: skip
    outcome = await stand.venue.trading.place(command, "")
    assert outcome.reject is None
    hidden = outcome.order_id

    assert [row["id"] for row in (await alice.get("/api/v1/allOrders", limit=2)).data] == shown[::-1]
    assert (await alice.cancel(hidden)).refusal[::2] == (400, 1052)
    assert (await alice.get(f"/api/v1/order/{hidden}")).refusal[::2] == (400, 1152)
    await stand.venue.sequencer.stop()


async def test_a_buy_holds_its_total_with_commission_and_tax(alice: Client) -> None:
    """One bitcoin for 50,000 holds 50,090: 0.18 %, as the F.A.Q. says; what a cancel gives back is all of it."""
    number = await alice.placed("buy", "1", "50000")

    row = await alice.balance("TRY")
    fee, tax = charge(Decimal(50000), TAKER)
    assert Decimal(row["locked"]) == Decimal(row["orderFund"]) == 50000 + fee + tax
    assert abs(Decimal(row["locked"]) - 50090) < Decimal("0.0001")
    assert row["locked"] == "50089.9999570000000000"
    await alice.cancel(number)
    assert (await alice.balance("TRY"))["locked"] == "0"


async def test_a_balance_has_sixteen_decimals_and_adds_up(alice: Client) -> None:
    """balance = free + locked, locked = orderFund + requestFund; zero is "0"."""
    await alice.placed("sell", "0.002", "50000")

    row = await alice.balance("BTC")

    assert row == {
        "asset": "BTC", "assetname": "Bitcoin", "balance": "1000000.0000000000000000", "locked": "0.0020000000000000",
        "free": "999999.9980000000000000", "orderFund": "0.0020000000000000", "requestFund": "0", "precision": 8,
        "timestamp": NOW_MS,
    }  # fmt: skip


async def test_who_rests_pays_less_and_gets_the_difference_back(alice: Client, bob: Client) -> None:
    """The maker's buy was held at the taker's rate; the seller pays the taker's from the proceeds."""
    await alice.placed("buy", "0.5", "50000")
    await bob.placed("sell", "0.5", "50000")
    notional = Decimal(25000)

    maker_fee, maker_tax = charge(notional, MAKER)
    taker_fee, taker_tax = charge(notional, TAKER)
    alices, bobs = await alice.balance("TRY"), await bob.balance("TRY")
    assert Decimal(alices["balance"]) == 1_000_000 - notional - maker_fee - maker_tax
    assert alices["locked"] == "0"
    assert Decimal(bobs["balance"]) == 1_000_000 + notional - taker_fee - taker_tax
    assert Decimal((await alice.balance("BTC"))["balance"]) == Decimal("1000000.5")


async def test_tax_stands_apart_from_the_fee(alice: Client, bob: Client) -> None:
    """In the trade's row, negative both, and on an account of its own."""
    await alice.placed("sell", "0.5", "50000")
    await bob.placed("buy", "0.5", "50000")
    fee, tax = charge(Decimal(25000), TAKER)

    (row,) = (await bob.get("/api/v1/users/transactions/trade")).data

    assert (row["fee"], row["tax"]) == (f"{-fee:.8f}", f"{-tax:.8f}")
    maker_fee, maker_tax = charge(Decimal(25000), MAKER)
    books = {
        name: await bob.stand.venue.accounts.balances(number) for name, number in (("fees", 1), ("tax", 2))
    }  # fmt: skip
    assert books["fees"][0].total == int((fee + maker_fee) / CENT)
    assert books["tax"][0].total == int((tax + maker_tax) / CENT)


async def test_a_market_buy_spends_an_amount_with_everything_in_it(alice: Client, bob: Client) -> None:
    """base × price + fee + tax stays within the amount, and another lot would not have."""
    await alice.placed("sell", "1", "50000")

    answer = await bob.order("buy", "1000", None, orderMethod="market")

    data = answer.data
    assert (data["quantity"], data["price"], data["stopPrice"], data["method"]) == ("1000", "0", "0", "market")
    bought = Decimal((await bob.balance("BTC"))["balance"]) - 1_000_000
    spent = 1_000_000 - Decimal((await bob.balance("TRY"))["balance"])
    fee, tax = charge(bought * 50000, TAKER)
    assert spent == bought * 50000 + fee + tax <= 1000
    assert spent + Decimal("0.0006") > 1000
    row = await status(bob, data["id"])
    assert (row["status"], Decimal(row["amount"]), Decimal(row["quantity"])) == ("Closed", bought, 1000 - spent)
    assert (row["price"], row["leftAmount"]) == ("50000", "0.0000000000000000")


async def test_a_market_sell_names_its_quantity(alice: Client, bob: Client) -> None:
    """And needs no price; one that is sent is ignored."""
    await alice.placed("buy", "0.01", "50000")

    data = (await bob.order("sell", 0.004, 1, orderMethod="Market")).data

    assert (data["quantity"], data["price"]) == ("0.004", "0")
    row = await status(bob, data["id"])
    assert (row["status"], row["amount"], row["price"], row["method"]) == ("Closed", "0.004", "50000", "market")


async def test_a_market_order_stops_five_percent_from_the_best_price(alice: Client, bob: Client) -> None:
    """What lies further is not reached; the rest of the order ends."""
    for price in ("50000", "52500", "52501"):
        await alice.placed("sell", "0.01", price)

    number = await bob.placed("buy", "10000", None, orderMethod="market")

    assert Decimal((await bob.balance("BTC"))["balance"]) == Decimal("1000000.02")
    assert (await status(bob, number))["status"] == "Closed"
    assert (await bob.balance("TRY"))["locked"] == "0"


# Stop orders


async def last_price(alice: Client, bob: Client, price: str) -> None:
    """Let a trade print."""
    await alice.placed("sell", "0.01", price)
    await bob.placed("buy", "0.01", price)


async def test_a_stop_order_waits_and_goes_on_under_a_new_number(alice: Client, bob: Client, stand: Stand) -> None:
    """Canceled, and there again as a plain limit order with the same client id."""
    carol = await stand.customer("carol")
    await last_price(alice, bob, "50000")
    answer = await carol.order(
        "buy", "0.02", "52000", orderMethod="stopLimit", stopPrice="51000", newOrderClientId="stop"
    )
    stop = answer.data["id"]
    assert (answer.data["method"], answer.data["stopPrice"], answer.data["price"]) == ("stoplimit", "51000", "52000")
    waiting = await status(carol, stop)
    assert (waiting["status"], waiting["method"], waiting["stopPrice"]) == ("Untouched", "stoplimit", "51000")

    await last_price(alice, bob, "51000")

    assert (await status(carol, stop))["status"] == "Canceled"
    (bid,) = (await carol.get("/api/v1/openOrders")).data["bids"]
    assert bid["id"] != stop
    assert (bid["orderClientId"], bid["method"], bid["price"], bid["stopPrice"]) == ("stop", "limit", "52000", "0.00")
    every = (await carol.get("/api/v1/allOrders", pairSymbol="BTCTRY")).data
    assert [(row["id"], row["status"]) for row in every] == [(bid["id"], "Untouched"), (stop, "Canceled")]


async def test_a_stop_market_buy_spends_its_amount_when_it_fires(alice: Client, bob: Client, stand: Stand) -> None:
    """Held as the amount until then."""
    carol = await stand.customer("carol")
    await last_price(alice, bob, "50000")
    stop = await carol.placed("buy", "1000", None, orderMethod="stopMarket", stopPrice=51000)
    assert (await carol.balance("TRY"))["locked"] == "1000.0000000000000000"
    waiting = await status(carol, stop)
    assert (waiting["quantity"], waiting["method"], waiting["price"]) == ("1000", "stopmarket", "0")

    await last_price(alice, bob, "51000")
    await alice.placed("sell", "1", "51000")
    await last_price(alice, bob, "51001")

    assert (await status(carol, stop))["status"] == "Canceled"
    assert (await carol.balance("TRY"))["locked"] == "0"


@pytest.mark.parametrize(
    ("side", "stop_price", "code"),
    [
        ("buy", "49000", Code.FAILED_STOP_PRICE_GREATER_THAN_BEST_ASK),
        ("buy", "50000", Code.FAILED_STOP_PRICE_GREATER_THAN_BEST_ASK),
        ("sell", "51000", Code.FAILED_STOP_PRICE_LESS_THAN_BEST_BID),
        ("sell", "50000", Code.FAILED_STOP_PRICE_LESS_THAN_BEST_BID),
    ],
)
async def test_a_stop_on_the_wrong_side_has_its_code(
    alice: Client, bob: Client, side: str, stop_price: str, code: Code
) -> None:
    """A buy's lies above the market, a sell's below."""
    await last_price(alice, bob, "50000")

    answer = await alice.order(side, "0.01", "50000", orderMethod="stoplimit", stopPrice=stop_price)

    assert answer.refusal == (400, code.name, int(code))


# Refusals


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pairSymbol": "BTCXXX"}, Code.PAIR_NOT_FOUND_ERROR),
        ({"orderMethod": "iceberg"}, Code.ORDER_METHOD_NOT_SUPPORTED),
        ({"orderMethod": None}, Code.ORDER_METHOD_NOT_SUPPORTED),
        ({"orderMethod": 4}, Code.ORDER_METHOD_NOT_SUPPORTED),
        ({"orderType": "hold"}, Code.ORDER_TYPE_NOT_SUPPORTED),
        ({"orderType": None}, Code.ORDER_TYPE_NOT_SUPPORTED),
        ({"quantity": None}, Code.FAILED_ORDER_PARAMETER),
        ({"quantity": "0"}, Code.FAILED_ORDER_PARAMETER),
        ({"quantity": "-1"}, Code.FAILED_ORDER_PARAMETER),
        ({"quantity": "1,5"}, Code.FAILED_ORDER_PARAMETER),
        ({"quantity": "1e30"}, Code.FAILED_ORDER_PARAMETER),
        ({"price": None}, Code.FAILED_ORDER_PARAMETER),
        ({"price": 0}, Code.FAILED_ORDER_PARAMETER),
        ({"price": "NaN"}, Code.FAILED_ORDER_PARAMETER),
        ({"orderMethod": "stoplimit"}, Code.FAILED_ORDER_PARAMETER),
        ({"orderMethod": "stoplimit", "stopPrice": 0}, Code.FAILED_ORDER_PARAMETER),
        ({"newOrderClientId": "x" * 51}, Code.FAILED_ORDER_PARAMETER),
        ({"quantity": "0.123456789"}, Code.FAILED_INVALID_QUANTITY_SCALE),
        ({"quantity": 1e-9}, Code.FAILED_INVALID_QUANTITY_SCALE),
        ({"price": "50000.5"}, Code.FAILED_INVALID_PRICE_SCALE),
        ({"price": 50000.01}, Code.FAILED_INVALID_PRICE_SCALE),
        ({"orderMethod": "market", "quantity": "1000.5"}, Code.FAILED_INVALID_QUANTITY_SCALE),
        ({"orderMethod": "market", "quantity": "1000", "price": "50000.5"}, Code.FAILED_INVALID_PRICE_SCALE),
        ({"orderMethod": "market", "orderType": "sell", "price": "50000.5"}, Code.FAILED_INVALID_PRICE_SCALE),
        (
            {"orderMethod": "stopmarket", "quantity": "1000", "stopPrice": "60000", "price": "0.5"},
            Code.FAILED_INVALID_PRICE_SCALE,
        ),
        ({"orderMethod": "stoplimit", "stopPrice": "50000.5"}, Code.FAILED_INVALID_STOP_PRICE_SCALE),
        ({"quantity": "0.001"}, Code.FAILED_MIN_TOTAL_AMOUNT),
        ({"orderMethod": "market", "quantity": "99"}, Code.FAILED_MIN_TOTAL_AMOUNT),
        ({"price": "500001"}, Code.PRICE_MUST_BE_LESS_THAN_MAXPRICE),
        ({"price": "4999", "quantity": "1"}, Code.PRICE_MUST_BE_LESS_THAN_MINPRICE),
        ({"quantity": "20", "price": "60000"}, Code.FAILED_ORDER_WITH_OPEN_ORDERS),
        ({"quantity": "101", "price": "9000"}, Code.FAILED_LIMIT_ORDER),
        ({"orderMethod": "market", "quantity": "1000"}, Code.FAILED_MARKET_ORDER),
        ({"orderMethod": "market", "orderType": "sell", "quantity": "1"}, Code.FAILED_MARKET_ORDER),
    ],
)
async def test_each_refusal_has_its_code(stand: Stand, alice: Client, change: dict[str, Any], code: Code) -> None:
    """In the shape that placing orders has."""
    await stand.index("50000")

    form: dict[str, Any] = {"quantity": "0.01", "price": "5000"} | change
    answer = await alice.order("buy", form.pop("quantity"), form.pop("price"), **form)

    assert answer.status == 400
    assert answer.body.decode() == (
        f'{{"httpStatusCode":400,"data":null,"success":false,"message":"{code.name}","code":{code:d}}}'
    )


@pytest.mark.parametrize(
    ("pair", "index", "side", "price", "later", "code"),
    [
        ("BTCUSDT", "50000", "buy", "70000", "100000", 1226),
        ("BTCUSDT", "50000", "sell", "30000", "20000", 1227),
        ("BTCTRY", "50000", "buy", "500001", "1000000", 1226),
        ("BTCTRY", "50000", "buy", "4999", "400", 1227),
        ("BTCTRY", "50000", "sell", "500001", "1000000", 1226),
        ("BTCTRY", "50000", "sell", "4999", "400", 1227),
    ],
)
async def test_what_a_price_is_refused_for_is_no_matter_of_what_the_index_becomes(
    stand: Stand, alice: Client, pair: str, index: str, side: str, price: str, later: str, code: int
) -> None:
    """The index jumps past the price in the commit that refuses it, and for an amendment, too."""
    name = {"BTCUSDT": "BTC-USDT", "BTCTRY": "BTC-TRY"}[pair]
    await stand.index(index, name)
    stands = (await alice.order(side, "0.1", index, pairSymbol=pair)).json["data"]["id"]

    placed, _ = await asyncio.gather(alice.order(side, "0.1", price, pairSymbol=pair), stand.index(later, name))
    await stand.index(index, name)
    bearer = await holder(alice)
    stand.clock.advance(SECOND)
    amended, _ = await asyncio.gather(
        bearer.call("PUT", "/api/v2/order", {"id": stands, "price": price}), stand.index(later, name)
    )

    assert (placed.json["code"], amended.json["code"]) == (code, code)


async def test_the_checks_run_in_the_venues_order(stand: Stand) -> None:
    """Pair, method, type, quantity scale, price scale, stop scale, least value, price bounds, stop side, balance."""
    poor = await stand.customer("poor", money=0)
    await stand.index("50000")
    alice, bob = await stand.customer("alice"), await stand.customer("bob")
    await last_price(alice, bob, "50000")
    form: dict[str, Any] = {
        "pairSymbol": "NOPE", "orderMethod": "no", "orderType": "no", "quantity": "0.0000000001", "price": "0.5",
        "stopPrice": "0.5",
    }  # fmt: skip
    steps: list[tuple[dict[str, Any], int]] = [
        ({"pairSymbol": "BTCTRY"}, 1027), ({"orderMethod": "stopLimit"}, 1134), ({"orderType": "buy"}, 1193),
        ({"quantity": "0.0001"}, 1127), ({"price": "900000"}, 1126), ({"stopPrice": "40000"}, 1128),
        ({"quantity": "0.01"}, 1123), ({"price": "60000"}, 1226), ({"stopPrice": "51000"}, 1124), ({}, 1122),
    ]  # fmt: skip

    seen = []
    for change, _ in steps:
        seen.append((await poor.post(ORDER, form)).json["code"])
        form |= change
        stand.clock.advance(SECOND)

    assert seen == [code for _, code in steps]


async def test_a_missing_pair_or_body_is_a_request_that_cannot_be_read(alice: Client) -> None:
    """Free text with 1038, and 411 where there is no body at all."""
    assert (await alice.order(pairSymbol=None)).refusal == (400, "The PairSymbol field is required.", 1038)
    assert (await alice.call("POST", ORDER, query={"quantity": 1})).refusal[::2] == (411, 1038)
    assert (await alice.call("POST", ORDER, raw=b"[1]")).refusal[::2] == (400, 1038)
    assert (await alice.call("POST", ORDER, raw=b"{'quantity': ")).refusal[::2] == (400, 1038)


async def test_the_pairs_own_scale_holds_where_the_book_is_finer(alice: Client) -> None:
    """BTCUSDT has whole prices here though the book has tenths, and a least value though the book has none."""
    refused = await alice.order("buy", "0.01", "90000.5", pairSymbol="BTCUSDT")
    small = await alice.order("buy", "0.0001", "90000", pairSymbol="BTCUSDT")

    assert refused.refusal == (400, "FAILED_INVALID_PRICE_SCALE", 1126)
    assert small.refusal == (400, "FAILED_MIN_TOTAL_AMOUNT", 1123)


@pytest.mark.parametrize("reason", list(RejectReason))
@pytest.mark.parametrize("side", list(Side))
def test_every_refusal_of_the_core_has_a_code(reason: RejectReason, side: Side) -> None:
    """A new one cannot ship until the dialect has said how it reads."""
    for is_market in (False, True):
        for is_high in (False, True):
            refusal = errors.refused_order(reason, side=side, is_market=is_market, is_high=is_high)
            assert refusal.status == 400 and refusal.code > 1000 and refusal.message == Code(refusal.code).name


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("reason", [RejectReason.PRICE_OUT_OF_RANGE, RejectReason.PRICE_OUTSIDE_BAND])
def test_on_which_side_of_its_bound_a_price_lies_is_told_by_the_refusal(reason: RejectReason, side: Side) -> None:
    """By the bound that the core refused it by, whatever the market does meanwhile: a sale can be too high as well."""
    for value, code in ((11, Code.PRICE_MUST_BE_LESS_THAN_MAXPRICE), (9, Code.PRICE_MUST_BE_LESS_THAN_MINPRICE)):
        said = Rejected(EventKind.REJECTED, 1, 1, reason, 16, 1, 5, value, bound=10, reference=12)
        refused = Outcome(reason, 5, (), (), 1, 1, said)

        assert refusal_of(refused, side=side).code == code


# What clients write


@pytest.mark.parametrize(
    "body",
    [
        b"{ 'quantity' : '0.12345678', 'price' : '50000', 'stopPrice' : 0, newOrderClientId: 'BtcTurk API PHPClient', "
        b"'orderMethod':'limit', 'orderType':'sell', 'pairSymbol':'BTC_TRY' }",
        b'{"Quantity":0.12345678,"Price":50000.0,"StopPrice":0.0,"NewOrderClientId":"BtcTurk API PHPClient",'
        b'"OrderMethod":0,"OrderType":1,"PairSymbol":"BTC_TRY"}',
        b'{"quantity": 0.12345678,"price": 50000,"stopPrice": 0, "newOrderClientId":"BtcTurk API PHPClient", '
        b'"orderMethod":"limit", "orderType":"sell", "pairSymbol":"BTC_TRY"}',
        b'{"QUANTITY":"0.12345678","price":"5e4","ordermethod":"LIMIT","ORDERTYPE":"Sell","pairsymbol":"btctry",'
        b'"newOrderClientId":"BtcTurk API PHPClient","unknown":{"a":[1]}}',
    ],
    ids=["PHP sample", "C# client", "Python sample", "any case"],
)
async def test_the_venues_own_clients_are_understood(alice: Client, body: bytes) -> None:
    """Single quotes and bare keys, PascalCase with numbered enums, numbers for texts, and anything in any case."""
    answer = await alice.call("POST", ORDER, raw=body)

    row = await status(alice, answer.data["id"])
    assert [row[name] for name in ("quantity", "price", "type", "method", "orderClientId")] == [
        "0.12345678", "50000", "sell", "limit", "BtcTurk API PHPClient",
    ]  # fmt: skip


async def test_the_csharp_clients_null_client_id_is_no_client_id(alice: Client) -> None:
    """It sends null when it has none."""
    data = (await alice.order(NewOrderClientId=None)).data
    other = await alice.call(
        "POST", ORDER, raw=b'{"Quantity":0.01,"Price":50000,"NewOrderClientId":null,"OrderMethod":0,"OrderType":0,'
        b'"PairSymbol":"BTCTRY"}',
    )  # fmt: skip

    assert uuid.UUID(data["newOrderClientId"]) and uuid.UUID(other.data["newOrderClientId"])
