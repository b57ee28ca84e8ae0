"""Order forms: every documented sample is read exactly, everything else is refused in the venue's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.btse.test_words import INSTRUMENT, SECOND

from bedesten.dialects.btse.errors import BtseError
from bedesten.dialects.btse.spot import parse, parse_v4
from bedesten.dialects.btse.spot.shapes import (
    AmendOrderBody,
    AmendOrderV4,
    CreateAlgoOrderV4,
    CreateOrder,
    CreateOrderV4,
)
from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import OrderType, PriceSource, Side, TimeInForce, Trigger
from bedesten.domain.money import to_units

NOW = 1_700_000_000 * SECOND


def read(text: str | None = None, *, peg: bool = False, **form: Any) -> PlaceOrder | PlaceOco:
    """Return the command of a v3 order."""
    body = text.encode() if text is not None else msgspec.json.encode({"symbol": "BTC-USD", "side": "BUY", **form})
    return parse.order_of(msgspec.json.decode(body, type=CreateOrder), INSTRUMENT, 16, NOW, peg=peg)


def read_v4(**form: Any) -> PlaceOrder | PlaceOco:
    """Return the command of a v4 order, plain or algo by its type."""
    body = msgspec.json.encode({"symbol": "BTC-USD", "orderSide": "BUY", **form})
    if form["orderType"] in ("LIMIT", "MARKET"):
        return parse_v4.order_of(msgspec.json.decode(body, type=CreateOrderV4), INSTRUMENT, 16, NOW)
    return parse_v4.algo_order_of(msgspec.json.decode(body, type=CreateAlgoOrderV4), INSTRUMENT, 16, NOW)


def test_the_documented_order_is_read_with_its_zeros_as_absent() -> None:
    """The sample that the documents sign names every field."""
    command = read(
        '{"postOnly":false,"price":8500.0,"side":"BUY","size":0.002,"stopPrice":0.0,"symbol":"BTC-USD",'
        '"time_in_force":"GTC","trailValue":0.0,"triggerPrice":0.0,"txType":"LIMIT","type":"LIMIT"}'
    )

    assert command == PlaceOrder(
        account=16, instrument=1, side=Side.BUY, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, price=17_000,
        quantity=200,
    )  # fmt: skip


@pytest.mark.parametrize("size", ["0.00002", "2e-05", "2E-5", '"0.00002"', '"2e-05"', "0.2e-4", "0.000020"])
def test_numbers_may_be_numbers_or_strings_and_scientific(size: str) -> None:
    """Clients print 0.00002 in many ways; all are two lots."""
    command = read(f'{{"symbol":"BTC-USD","side":"SELL","type":"LIMIT","price":"8500","size":{size}}}')

    assert command.quantity == 2


BAD_SIZES = [
    '"NaN"', '"Infinity"', '"-1"', "-1", "1e-6", "0.000015", '"1_000"', '"0x10"', '"１"', "true", "{}", "[]", '" 1"', '"1,5"',
    "0", "null", '""', "1e400", "0.0000000000000000000000000000000000000000001",
]  # fmt: skip


@pytest.mark.parametrize("size", BAD_SIZES)
def test_a_size_that_is_none_is_refused(size: str) -> None:
    """Not a number, negative, finer than a lot, or nothing at all."""
    with pytest.raises(BtseError) as caught:
        read(f'{{"symbol":"BTC-USD","side":"BUY","type":"LIMIT","price":8500,"size":{size}}}')

    assert caught.value.code == 301


BELOW_LEAST = {"1e-6", "0.000015", "0.0000000000000000000000000000000000000000001"}


@pytest.mark.parametrize("price", [*BAD_SIZES, "8500.25", "99999999999999999999999999"])
def test_a_price_that_is_none_is_refused(price: str) -> None:
    """The same for prices, between two ticks included; what is below the least price is told that first."""
    with pytest.raises(BtseError) as caught:
        read(f'{{"symbol":"BTC-USD","side":"BUY","type":"LIMIT","size":1,"price":{price}}}')

    assert caught.value.code == (4005 if price in BELOW_LEAST else 302)


def test_a_huge_size_is_told_the_largest() -> None:
    """The venue's sentence names the most that an order may have."""
    with pytest.raises(BtseError, match=r"cannot surpass 100\.0 BTC\.") as caught:
        read(type="LIMIT", price=8500, size=1e17)

    assert caught.value.code == 4003


@given(st.integers(1, 10**12), st.integers(1, 10**9))
def test_what_was_sent_is_what_is_ordered(ticks: int, lots: int) -> None:
    """Exactly, as numbers and as strings."""
    price, size = Decimal(ticks) * 5 / 10, Decimal(lots).scaleb(-5)
    for form in (f'"price":{price:f},"size":{size:f}', f'"price":"{price:E}","size":"{size:E}"'):
        command = read(f'{{"symbol":"BTC-USD","side":"BUY","type":"LIMIT",{form}}}')
        assert (command.price, command.quantity) == (ticks, lots)


@given(st.from_regex(r"[+-]?[0-9]{0,21}\.?[0-9]{0,12}([eE][+-]?[0-9]{1,2})?", fullmatch=True), st.integers(0, 10))
def test_the_short_way_reads_like_the_long_one(digits: str, scale: int) -> None:
    """Plain digits are read without the house's parser, to the same number or the same refusal."""

    def outcome(read_units: Any) -> int | None:
        try:
            return int(read_units())
        except ValueError:
            return None

    assert outcome(lambda: parse.units_of(digits, scale)) == outcome(lambda: to_units(digits, scale=scale))


@pytest.mark.parametrize(
    ("name", "lifetime_ms"),
    [
        ("HALFSEC", 500), ("HALFMIN", 30_000), ("FIVEMIN", 300_000), ("HOUR", 3_600_000), ("TWELVEHOUR", 43_200_000),
        ("DAY", 86_400_000), ("WEEK", 604_800_000), ("MONTH", 2_592_000_000),
    ],
)  # fmt: skip
def test_a_lifetime_ends_on_the_venues_clock(name: str, lifetime_ms: int) -> None:
    """A month is thirty days."""
    command = read(type="LIMIT", price=8500, size=1, time_in_force=name)

    assert (command.time_in_force, command.expires_ns) == (TimeInForce.GTD, NOW + lifetime_ms * 1_000_000)


@pytest.mark.parametrize("name", ["GTC", "IOC", "FOK"])
def test_plain_times_in_force(name: str) -> None:
    """They have no end."""
    command = read(type="LIMIT", price=8500, size=1, time_in_force=name)

    assert (command.time_in_force, command.expires_ns) == (TimeInForce[name], 0)


@pytest.mark.parametrize(
    ("form", "quantity", "budget"),
    [
        (dict(side="BUY", size=10), 1_000_000, 0),
        (dict(side="SELL", size=10, price=0), 1_000_000, 0),
        (dict(side="BUY", price=1000), 0, 100_000_000_000),
        (dict(side="BUY", price="0.01"), 0, 1_000_000),
        (dict(side="BUY", quoteOrderSize="12.34"), 0, 1_234_000_000),
    ],
)
def test_a_market_order_names_what_to_trade_or_what_to_spend(form: dict[str, Any], quantity: int, budget: int) -> None:
    """Size, or an amount of quote under either name."""
    command = read(type="MARKET", **form)

    assert isinstance(command, PlaceOrder)
    assert (command.order_type, command.price, command.quantity, command.budget) == (
        OrderType.MARKET,
        0,
        quantity,
        budget,
    )


@pytest.mark.parametrize(
    "form", [dict(size=1, price=1000), dict(size=1, quoteOrderSize=1000), dict(price=1000, quoteOrderSize=1000)]
)
def test_a_market_order_names_one_of_them(form: dict[str, Any]) -> None:
    """Both is the old server's error."""
    with pytest.raises(BtseError, match="Size and Price should not be mixed") as caught:
        read(type="MARKET", **form)

    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("tx_type", "trigger"), [("Stop", Trigger.STOP), ("STOP", Trigger.STOP), ("trigger", Trigger.TAKE_PROFIT)]
)
def test_a_stop_market_order(tx_type: str, trigger: Trigger) -> None:
    """txType in any case; price is what to spend; the index is watched unless said otherwise."""
    command = read(type="MARKET", price=1000, txType=tx_type, triggerPrice=75000)

    assert isinstance(command, PlaceOrder)
    assert (command.trigger, command.trigger_price, command.budget) == (trigger, 150_000, 100_000_000_000)
    assert command.trigger_source == PriceSource.INDEX


def test_a_stop_limit_order_may_watch_the_last_price() -> None:
    """triggerPriceType chooses."""
    command = read(
        type="LIMIT",
        size=10,
        price=34000,
        txType="Stop",
        triggerPrice=32000,
        triggerPriceType="LAST_PRICE",
        postOnly=True,
    )

    assert isinstance(command, PlaceOrder)
    assert (command.trigger_price, command.trigger_source, command.post_only) == (64_000, PriceSource.LAST, 1)


def test_a_trailing_stop_needs_no_trigger_price() -> None:
    """Its distance is in quote."""
    command = read(type="MARKET", txType="STOP", price=1000, trailValue=10)

    assert isinstance(command, PlaceOrder)
    assert (command.trigger, command.trail, command.trigger_price) == (Trigger.TRAILING_DISTANCE, 20, 0)


def test_an_oco_order() -> None:
    """A limit leg, and a stop leg whose limit is stopPrice."""
    command = read(type="OCO", size=10, price=24000, txType="LIMIT", stopPrice=40010, triggerPrice=40000)

    assert isinstance(command, PlaceOco)
    assert (command.price, command.trigger_price, command.stop_price) == (48_000, 80_000, 80_020)
    assert (command.trigger, command.order_type) == (Trigger.STOP, OrderType.LIMIT)


@pytest.mark.parametrize(("kind", "peg"), [("PEG", False), ("INDEX", False), ("LIMIT", True), ("PEG", True)])
def test_a_peg_order_has_many_names(kind: str, peg: bool) -> None:
    """To /order/peg a limit order is one as well."""
    command = read(peg=peg, type=kind, size=10, price=25000, deviation=-10, stealth=10)

    assert isinstance(command, PlaceOrder)
    assert (command.order_type, command.deviation_ppm, command.display_ppm) == (OrderType.PEG, -100_000, 100_000)
    assert command.price == 50_000


@pytest.mark.parametrize(
    "form",
    [
        dict(type="LIMIT", price=1, size=1, side="LONG"),
        dict(type="ICEBERG", price=1, size=1),
        dict(type="LIMIT", price=1, size=1, time_in_force="YEAR"),
        dict(type="LIMIT", price=1, size=1, txType="NEVER", triggerPrice=1),
        dict(type="LIMIT", price=1, size=1, txType="STOP"),
        dict(type="LIMIT", price=1, size=1, txType="STOP", triggerPrice=1, triggerPriceType="MARK_PRICE"),
        dict(type="OCO", price=1, size=1, stopPrice=1),
        dict(type="OCO", price=1, size=1, triggerPrice=1),
        dict(type="PEG", price=1, size=1, deviation=11),
        dict(type="PEG", price=1, size=1, deviation="-10.1"),
        dict(type="PEG", price=1, size=1, stealth=101),
        dict(type="PEG", price=1, size=1, stealth=-1),
        dict(type="MARKET", side="SELL", price=1000),
        dict(type="MARKET", side="SELL", quoteOrderSize=1000),
    ],
)
def test_an_unknown_word_is_refused(form: dict[str, Any]) -> None:
    """Whatever would change an order's fate is never guessed."""
    with pytest.raises(BtseError) as caught:
        read(**form)

    assert caught.value.code == -2


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (dict(type="PRICE", value=19000), (38_000, 0, 0, False)),
        (dict(type="SIZE", value="0.002"), (0, 200, 0, False)),
        (dict(type="TRIGGERPRICE", value=19000), (0, 0, 38_000, False)),
        (dict(type="TRIGGER", value=19000), (0, 0, 38_000, False)),
        (dict(type="ALL", orderPrice=19000, orderSize=0.002, triggerPrice=0), (38_000, 200, 0, False)),
    ],
)
def test_an_amendment_names_what_changes(form: dict[str, Any], expected: tuple[int, int, int, bool]) -> None:
    """One field by value, or all by name."""
    body = msgspec.json.decode(msgspec.json.encode({"symbol": "BTC-USD", "orderID": "x", **form}), type=AmendOrderBody)

    assert parse.change_of(body, INSTRUMENT) == expected


@pytest.mark.parametrize("form", [dict(type="PRICE"), dict(type="ALL"), dict(type="COLOR", value=1)])
def test_an_amendment_of_nothing_is_refused(form: dict[str, Any]) -> None:
    """There must be something to change."""
    body = msgspec.json.decode(msgspec.json.encode({"symbol": "BTC-USD", **form}), type=AmendOrderBody)

    with pytest.raises(BtseError):
        parse.change_of(body, INSTRUMENT)


def test_a_v4_amendment_speaks_of_what_is_left_unless_told() -> None:
    """totalAmountMode counts what is filled."""
    for mode, is_remaining in ((None, True), (False, True), (True, False)):
        form = {"symbol": "BTC-USD", "orderSize": "0.002", "totalAmountMode": mode}
        change = parse_v4.change_of(msgspec.json.decode(msgspec.json.encode(form), type=AmendOrderV4), INSTRUMENT)
        assert change == (0, 200, 0, is_remaining)


def test_v4_conditional_orders() -> None:
    """Four kinds: stop or take profit, market or limit; a market buy spends quote."""
    common = dict(orderType="CONDITIONAL", triggerPrice="75000", triggerPriceType="LAST_PRICE")
    stop = read_v4(triggerOrderType="STOP_LOSS", quoteOrderSize="1000", **common)
    limit = read_v4(triggerOrderType="TAKE_PROFIT_LIMIT", orderSize="1", orderPrice="75000", **common)

    assert isinstance(stop, PlaceOrder)
    assert isinstance(limit, PlaceOrder)
    assert (stop.trigger, stop.order_type, stop.budget) == (Trigger.STOP, OrderType.MARKET, 100_000_000_000)
    assert (limit.trigger, limit.order_type, limit.price) == (Trigger.TAKE_PROFIT, OrderType.LIMIT, 150_000)
    assert stop.trigger_source == limit.trigger_source == PriceSource.LAST


def test_v4_trailing_orders() -> None:
    """By distance in quote, or by percentage."""
    distance = read_v4(
        orderType="TRAILING", orderSide="SELL", orderSize="1", trailValue="100", trailValueType="DISTANCE"
    )
    percent = read_v4(orderType="TRAILING", quoteOrderSize="1000", trailValue="2.5", trailValueType="PERCENTAGE")

    assert isinstance(distance, PlaceOrder)
    assert isinstance(percent, PlaceOrder)
    assert (distance.trigger, distance.trail, distance.quantity) == (Trigger.TRAILING_DISTANCE, 200, 100_000)
    assert (percent.trigger, percent.trail, percent.budget) == (Trigger.TRAILING_PERCENTAGE, 25_000, 100_000_000_000)


def test_v4_oco_and_peg_orders() -> None:
    """Under their own names."""
    oco = read_v4(
        orderType="OCO", orderSide="SELL", orderSize="1", takeProfitOrderPrice="22000", stopLossOrderPrice="18900",
        stopLossTriggerPrice="19000", stopLossTriggerPriceType="LAST_PRICE",
    )  # fmt: skip
    peg = read_v4(orderType="PEG", orderSize="1", orderPrice="21000", deviation=-5, stealth=50)

    assert isinstance(oco, PlaceOco)
    assert (oco.price, oco.stop_price, oco.trigger_price) == (44_000, 37_800, 38_000)
    assert isinstance(peg, PlaceOrder)
    assert (peg.deviation_ppm, peg.display_ppm, peg.price) == (-50_000, 500_000, 42_000)


@pytest.mark.parametrize(
    "form",
    [
        dict(orderType="MARKET", orderSize="1"),
        dict(orderType="MARKET", orderSide="SELL", quoteOrderSize="1000"),
        dict(orderType="LIMIT", orderPrice="20000", quoteOrderSize="1000"),
        dict(orderType="MARKET", orderSize="1", quoteOrderSize="1000"),
        dict(orderType="TRAILING", orderSize="1", trailValue="100"),
        dict(orderType="LIMIT", orderPrice="20000"),
    ],
)
def test_v4_is_strict_about_sizes(form: dict[str, Any]) -> None:
    """Market and trailing buys spend quote; everything else has a size."""
    with pytest.raises(BtseError) as caught:
        read_v4(**form)

    assert caught.value.code == 301


def test_v4_refuses_twap() -> None:
    """In so many words."""
    with pytest.raises(BtseError, match="TWAP orders are not supported"):
        read_v4(orderType="TWAP", orderSize="1", timePeriod=60)


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [("60000", 60 * SECOND), ('"60000"', 60 * SECOND), ("0", 0), ("1638460701", 1_638_460_701_000_000)],
)
def test_a_timeout_is_milliseconds(timeout: str, expected: int) -> None:
    """Zero disarms."""
    assert parse.timeout_ns_of(msgspec.Raw(timeout.encode())) == expected


@pytest.mark.parametrize("timeout", ["-1", "1.5", '"soon"', "1e30"])
def test_a_timeout_that_is_none_is_refused(timeout: str) -> None:
    """Negative, fractional, endless."""
    with pytest.raises(BtseError):
        parse.timeout_ns_of(msgspec.Raw(timeout.encode()))


def test_a_client_id_has_at_most_64_characters() -> None:
    """As the published clients allow."""
    assert parse.client_id_of("x" * 64) == "x" * 64
    with pytest.raises(BtseError):
        parse.client_id_of("x" * 65)
