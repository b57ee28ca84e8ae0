"""Orders over the native API: each kind that the core has, its refusals with facts, looked up, walked, amended, canceled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from bedesten.clock import ManualClock
from bedesten.dialects.native.trading import shapes
from bedesten.domain.commands import SetIndex, SetInstrument
from bedesten.domain.enums import (
    CloseReason,
    InstrumentParameter,
    InstrumentState,
    OrderType,
    PriceSource,
    SelfTrade,
    Side,
    TimeInForce,
    TransferReason,
    Trigger,
)
from bedesten.storage.memory import open_memory
from tests.dialects.native.client import Client
from tests.security.stand import Stand, standing

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARKET: Final = "BTC-TRY"


async def trader(stand: Stand, name: str) -> Client:
    """Return somebody with money and a key."""
    return Client(stand, await stand.customer(f"{name} {stand.stranger()}", money=10_000_000))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (shapes.Side, Side), (shapes.Kind, OrderType), (shapes.TimeInForce, TimeInForce), (shapes.Trigger, Trigger),
        (shapes.PriceSource, PriceSource), (shapes.SelfTrade, SelfTrade), (shapes.CloseReason, CloseReason),
        (shapes.TransferReason, TransferReason),
    ],
)  # fmt: skip
async def test_every_word_is_the_core_s_own_in_lower_case(words: Any, kind: Any) -> None:
    """So that nobody has to look up two lists."""
    assert set(words.__args__) == {member.name.lower() for member in kind}


async def test_a_limit_order_rests_and_is_told_whole(stand: Stand) -> None:
    """As it was asked for, with every decimal of its scale."""
    who = await trader(stand, "rests")
    placed = await who.place(MARKET, "buy", "19000", "0.015", "mine-1", post_only=True)

    assert placed | {
        "instrument": MARKET, "side": "buy", "type": "limit", "status": "open", "price": placed["price"],
        "client_id": "mine-1", "post_only": True, "time_in_force": "gtc", "self_trade": "cancel_newest",
    } == placed  # fmt: skip
    assert (float(placed["price"]), float(placed["quantity"]), float(placed["filled"])) == (19_000, 0.015, 0)
    assert await who.get(f"/orders/{placed['id']}") == placed
    assert await who.get("/orders/client:mine-1") == placed
    assert (await who.get("/orders"))["items"] == [placed]
    assert await who.place(MARKET, "buy", "19000", "0.015", "with a space") == await who.get(
        "/orders/client:with a space"
    )


async def test_a_market_order_trades_what_its_preview_said(stand: Stand) -> None:
    """By quantity and by budget: quantity, worth, fee and worst price are those of the fills."""
    maker, taker = await trader(stand, "makes"), await trader(stand, "takes")
    for price in ("20000", "20010", "20020"):
        await maker.place("BTC-USD", "sell", price, "0.01")
    for form in (
        {"instrument": "BTC-USD", "side": "buy", "type": "market", "quantity": "0.015", "time_in_force": "ioc"},
        {"instrument": "BTC-USD", "side": "buy", "type": "market", "budget": "150.00", "time_in_force": "ioc"},
    ):
        preview = (await taker.post("/orders/preview", form)).json
        placed = (await taker.post("/orders", form)).json
        order, fills = placed["orders"][0], placed["fills"]

        assert (order["status"], order["close_reason"]) in (("closed", "filled"), ("closed", "budget_spent"))
        assert (preview["quantity"], preview["notional"]) == (order["filled"], order["notional"])
        assert (preview["fee"], preview["fee_asset"]) == (order["fee"], order["fee_asset"])
        assert preview["worst_price"] == fills[-1]["price"]
        assert preview["average_price"] == order["average_price"] and "." in order["average_price"]
        assert {fill["liquidity"] for fill in fills} == {"taker"}
    await maker.ask("DELETE", "/orders")


async def test_every_kind_of_order_is_taken(stand: Stand) -> None:
    """Peg, stop, take-profit, trailing by distance and by share, GTD, and an OCO order; each shows what it is."""
    who = await trader(stand, "every kind")
    other = await trader(stand, "the other side")
    await other.place("BTC-USD", "sell", "20000", "0.001")
    await who.place("BTC-USD", "buy", "20000", "0.001")  # so that there is a last price
    base = {"instrument": "BTC-USD", "side": "sell", "quantity": "0.001"}
    forms: dict[str, dict[str, Any]] = {
        "peg": {"type": "peg", "price": "19900", "deviation_ppm": 10_000, "display_ppm": 500_000},
        "stop": {"trigger": "stop", "trigger_price": "19000", "price": "18990"},
        "take_profit": {
            "trigger": "take_profit",
            "trigger_price": "21000",
            "price": "20990",
            "trigger_source": "index",
        },
        "trailing": {"trigger": "trailing_distance", "trail": "500", "price": "18000"},
        "share": {"trigger": "trailing_percentage", "trail_ppm": 50_000, "type": "market", "time_in_force": "ioc"},
        "gtd": {"price": "20500", "time_in_force": "gtd", "expires": "2096-01-01T00:00:00Z"},
    }
    told = {}
    for name, form in forms.items():
        answer = await who.post("/orders", {**base, **form}, name)
        assert answer.status == 200, (name, answer.body)
        told[name] = answer.json["orders"][0]

    assert told["peg"] | {"deviation_ppm": 10_000, "display_ppm": 500_000, "worst_price": "19900.0"} == told["peg"]
    assert told["stop"] | {"status": "waiting", "trigger": "stop", "trigger_price": "19000.0"} == told["stop"]
    assert told["take_profit"]["trigger_source"] == "index"
    assert told["trailing"] | {"trail": "500.0", "trigger_price": "19500.0"} == told["trailing"]
    assert told["share"] | {"trail_ppm": 50_000, "type": "market"} == told["share"]
    assert told["gtd"]["expires"] == "2096-01-01T00:00:00.000000Z"
    oco = {**base, "price": "21500", "trigger_price": "18500", "stop_price": "18490"}
    legs = (await who.post("/orders/oco", oco, "both")).json["orders"]
    assert [leg["status"] for leg in legs] == ["open", "waiting"]
    assert [leg["sibling"] for leg in legs] == [legs[1]["id"], legs[0]["id"]]
    ended = (await who.ask("DELETE", "/orders", instrument="BTC-USD")).json["orders"]
    assert len(ended) == len(forms) + 2 and all(order["status"] == "closed" for order in ended)


async def test_a_refusal_has_the_facts_that_it_was_decided_by(stand: Stand) -> None:
    """What was missing, or which bound was passed, in the units that the client sends."""
    who = await trader(stand, "is refused")
    poor = Client(stand, await stand.customer("poor", money=1))
    best = await trader(stand, "best ask")
    await best.place("ETH-USD", "sell", "2000.00", "1")
    cases: list[tuple[Client, dict[str, Any], str, str, dict[str, Any]]] = [
        (poor, {"price": "2000.00", "quantity": "1"}, "insufficient_available", "", {"asset": "USD"}),
        (who, {"price": "2000.00", "quantity": "1", "post_only": True}, "post_only_would_cross", "post_only",
         {"reference": "2000.00"}),
        (who, {"price": "2000.00", "quantity": "2", "time_in_force": "fok"}, "fok_not_fillable", "time_in_force",
         {"value": "2.0000", "bound": "1.0000"}),
        (who, {"price": "2000.00", "quantity": "1", "budget": "5"}, "unsupported_combination", "", {}),
        (who, {"price": "1.00", "quantity": "1", "time_in_force": "gtd", "expires": "2001-01-01T00:00:00Z"},
         "expired_on_arrival", "expires", {"value": "2001-01-01T00:00:00.000000Z"}),
    ]  # fmt: skip
    for client, form, reason, param, facts in cases:
        answer = await client.post("/orders", {"instrument": "ETH-USD", "side": "buy", **form})

        assert (answer.status, answer.json["reason"], answer.json.get("param", "")) == (422, reason, param), answer.body
        told = answer.json.get("facts", {})
        assert told | facts == told, answer.body
    missing = (await poor.post("/orders", {"instrument": "ETH-USD", "side": "buy", **cases[0][1]})).json["facts"]
    assert float(missing["available"]) == 1 and float(missing["needed"]) >= 2000
    await best.ask("DELETE", "/orders")


async def test_what_cannot_be_read_is_named(stand: Stand) -> None:
    """A number that is no text, one between two ticks, a zero, a field that no order has."""
    who = await trader(stand, "is misread")
    good = {"instrument": "BTC-USD", "side": "buy", "price": "19000", "quantity": "0.001"}
    for wrong, param in (
        ({"price": 19000}, "price"), ({"price": "19000.3"}, "price"), ({"quantity": "0"}, "quantity"),
        ({"price": "1e5"}, "price"), ({"side": "BUY"}, "side"), ({"quantity": "-1"}, "quantity"),
        ({"expires": "tomorrow", "time_in_force": "gtd"}, "expires"), ({"post_onley": True}, "post_onley"),
    ):  # fmt: skip
        answer = await who.post("/orders", good | wrong)

        assert (answer.status, answer.json["reason"], answer.json.get("param")) == (400, "malformed", param), (
            answer.body
        )
    for key in ("", "x" * 65, "two\twords", " x"):
        answer = await who.ask("POST", "/orders", good, headers={"idempotency-key": key})
        assert (answer.status, answer.json["param"]) == (400, "Idempotency-Key")
    assert (await who.get("/orders"))["items"] == []


async def test_fifty_posts_under_one_key_are_one_order(stand: Stand) -> None:
    """At once and one by one; each says which order it is, and all but one that they were asked before."""
    who = await trader(stand, "insists")
    form = {"instrument": MARKET, "side": "buy", "price": "19000", "quantity": "0.01"}
    answers = await asyncio.gather(*(who.post("/orders", form, "once") for _ in range(25)))
    answers += [await who.post("/orders", form, "once") for _ in range(25)]

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["orders"][0]["id"] for answer in answers}) == 1
    assert len((await who.get("/orders"))["items"]) == 1
    other = await who.post("/orders", {**form, "quantity": "0.02"}, "once")
    assert (other.status, other.json["reason"]) == (409, "idempotency_conflict")


async def test_the_same_bytes_again_are_the_same_order_under_the_same_key_alone(stand: Stand) -> None:
    """The key is not signed: whoever took the bytes down places nothing with them under another one, or none."""
    who = await trader(stand, "is overheard")
    form = {"instrument": MARKET, "side": "buy", "price": "19000", "quantity": "0.01"}
    sent = who.signed("POST", "/orders", form)
    first, again, other, none = [
        await stand.send(replace(sent, headers={**sent.headers, **headers}))
        for headers in ({"idempotency-key": "a"}, {"idempotency-key": "a"}, {"idempotency-key": "b"}, {})
    ]

    assert (first.status, again.status, other.status, none.status) == (200, 200, 401, 401)
    assert first.json["orders"][0]["id"] == again.json["orders"][0]["id"]
    assert other.json["reason"] == none.json["reason"] == "replayed"
    plain = who.signed("POST", "/orders", form)
    assert [(await stand.send(plain)).status for _ in range(2)] == [200, 401]
    assert len((await who.get("/orders"))["items"]) == 2


async def test_a_key_is_free_again_a_day_after_its_order_ended(stand: Stand) -> None:
    """Until then it stands for the order, however it ended."""
    who = await trader(stand, "comes again")
    form = {"instrument": MARKET, "side": "buy", "price": "19000", "quantity": "0.01"}
    first = (await who.post("/orders", form, "daily")).json["orders"][0]
    await who.ask("DELETE", f"/orders/{first['id']}")

    again = (await who.post("/orders", form, "daily")).json["orders"][0]
    assert (again["id"], again["close_reason"]) == (first["id"], "canceled")
    stand.clock.advance(25 * 3_600 * 1_000_000_000)
    new = (await who.post("/orders", form, "daily")).json["orders"][0]
    assert new["id"] != first["id"] and new["status"] == "open"


async def test_an_order_is_amended_and_keeps_its_key(stand: Stand) -> None:
    """Price and quantity, or what is left; what cannot be is refused with what is filled."""
    who, other = await trader(stand, "amends"), await trader(stand, "sells")
    form = {"instrument": "LTC-USD", "side": "buy", "price": "100", "quantity": "0.1"}
    placed = await who.place("LTC-USD", "buy", "100", "0.1", "kept")
    await other.place("LTC-USD", "sell", "100", "0.04")
    changed = (await who.ask("PATCH", f"/orders/{placed['id']}", {"price": "101", "remaining": "0.02"})).json["orders"][
        0
    ]
    small = await who.ask("PATCH", f"/orders/{placed['id']}", {"quantity": "0.03"})
    nothing = await who.ask("PATCH", f"/orders/{placed['id']}", {})
    again = await who.post("/orders", form, "kept")

    assert (float(changed["quantity"]), float(changed["filled"]), float(changed["remaining"])) == (0.06, 0.04, 0.02)
    assert (small.status, small.json["reason"]) == (409, "amend_quantity_filled")
    assert float(small.json["facts"]["bound"]) == 0.04
    assert (nothing.status, nothing.json["reason"]) == (400, "malformed")
    assert again.status == 200 and again.json["orders"][0]["id"] == placed["id"]
    await who.ask("DELETE", "/orders", client_id="kept")
    gone = await who.ask("DELETE", "/orders", client_id="kept")
    assert (gone.status, gone.json["reason"]) == (404, "unknown_order")


async def test_lists_are_walked_while_rows_arrive(stand: Stand) -> None:
    """Ended orders, fills and the statement: every row once, newest first, whatever comes meanwhile."""
    who, other = await trader(stand, "walks"), await trader(stand, "trades with the walker")
    ids = []
    for _ in range(5):
        ids.append((await who.place("SOL-USD", "buy", "100", "1"))["id"])
        await other.place("SOL-USD", "sell", "100", "1", time_in_force="ioc")
    for path, query, name in (("/orders", {"status": "closed"}, "id"), ("/fills", {}, "order")):
        wanted = [row[name] for row in (await who.get(path, **query))["items"]]
        assert wanted[-len(ids) :] == ids[::-1]
        walked: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = await who.get(path, limit=2, **query, **after)
            walked += [row[name] for row in page["items"]]
            if "next" not in page:
                break
            after = {"after": page["next"]}
            await who.place("SOL-USD", "buy", "100", "1")
            await other.place("SOL-USD", "sell", "100", "1", time_in_force="ioc")
        assert walked == wanted, path
    statement = await who.get("/statement", limit=1)
    rest = await who.get("/statement", limit=500, after=statement["next"])
    assert len({row["id"] for row in (*statement["items"], *rest["items"])}) == len(rest["items"]) + 1
    assert {row["reason"] for row in rest["items"]} == {"deposit"}


async def test_balances_add_up_and_fees_are_the_account_s(stand: Stand) -> None:
    """Total is available and held; what an order holds is held."""
    who = await trader(stand, "counts")
    before = {row["asset"]: row for row in (await who.get("/balances"))["items"]}
    await who.place("BTC-USD", "sell", "25000", "0.5")
    after = {row["asset"]: row for row in (await who.get("/balances"))["items"]}
    fees = (await who.get("/fees", instrument="BTC-USD"))["items"]
    listed = await who.get("/instruments/BTC-USD")

    assert after["BTC"] == before["BTC"] | {"available": "9999999.50000000", "held": "0.50000000"}
    assert fees == [
        {"instrument": "BTC-USD", "maker_ppb": listed["maker_fee_ppb"], "taker_ppb": listed["taker_fee_ppb"]}
    ]


async def test_the_dead_man_s_timer_cancels_what_is_open(stand: Stand) -> None:
    """Unless it is set again; 0 takes it off."""
    who = await trader(stand, "falls silent")
    await who.place(MARKET, "buy", "19000", "0.01")
    assert "at" in (await who.post("/orders/cancel_all_after", {"seconds": 10})).json
    assert "at" not in (await who.post("/orders/cancel_all_after", {"seconds": 0})).json
    await who.post("/orders/cancel_all_after", {"seconds": 10})
    stand.clock.advance(11_000_000_000)
    await stand.venue.sequencer.quiet()
    for _ in range(3):
        await asyncio.sleep(0)
    await stand.venue.sequencer.quiet()

    assert (await who.get("/orders"))["items"] == []
    assert (await who.get("/orders", status="closed"))["items"][0]["close_reason"] == "dead_man"


async def test_an_account_that_may_not_trade_only_cancels(stand: Stand) -> None:
    """A suspended one is refused placing and amending, in the reason's words, and may take back what is open."""
    who = await trader(stand, "is suspended")
    placed = await who.place(MARKET, "buy", "19000", "0.01")
    assert who.who is not None
    await stand.venue.standing.suspend(who.who.account)

    for answer in (
        await who.post("/orders", {"instrument": MARKET, "side": "buy", "price": "19000", "quantity": "0.01"}),
        await who.ask("PATCH", f"/orders/{placed['id']}", {"price": "19001"}),
    ):
        assert (answer.status, answer.json["reason"]) == (403, "account_suspended")
    assert (await who.ask("DELETE", f"/orders/{placed['id']}")).status == 200


async def test_a_key_stands_for_its_order_over_a_restart() -> None:
    """Whether the order still rests or has ended meanwhile: asked again, it is the one from before."""
    store, clock = open_memory(), ManualClock()
    form = {"instrument": "BTC-USD", "side": "buy", "price": "19000", "quantity": "0.001"}
    async with standing(clock, kept=store) as before:
        who = await trader(before, "restarts")
        first = {key: (await who.post("/orders", form, key)).json["orders"][0] for key in ("rests", "ends")}
        await who.ask("DELETE", f"/orders/{first['ends']['id']}")
    async with standing(clock, kept=store) as after:
        who = Client(after, who.who)
        again = {key: await who.post("/orders", form, key) for key in ("rests", "ends") for _ in range(2)}

        assert {key: answer.json["orders"][0]["id"] for key, answer in again.items()} == {
            key: order["id"] for key, order in first.items()
        }
        assert [row["id"] for row in (await who.get("/orders"))["items"]] == [first["rests"]["id"]]
        conflict = await who.post("/orders", {**form, "price": "19001"}, "rests")
        assert conflict.json["reason"] == "idempotency_conflict"
    store.close()


async def test_a_band_and_a_state_say_what_they_are(stand: Stand) -> None:
    """The band's share of the reference on the side that was passed, and the state that takes no order."""
    who = await trader(stand, "meets the rules")
    names = [each.name for each in stand.venue.catalogue.instruments if each.buy_band_ppm]
    instrument = stand.venue.catalogue.instrument(names[0])
    assert instrument is not None
    await stand.venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks("1000")))
    form = {"instrument": names[0], "side": "buy", "price": "5000", "quantity": "1"}
    outside = (await who.post("/orders", form)).json
    assert (outside["reason"], outside["facts"]["band_ppm"]) == ("price_outside_band", instrument.buy_band_ppm)
    assert float(outside["facts"]["reference"]) == 1000 and outside["param"] == "price"

    for state, reason in (("HALTED", "halted"), ("CANCEL_ONLY", "cancel_only"), ("POST_ONLY_SESSION", "post_only")):
        value = InstrumentState[state]
        rule = SetInstrument(instrument=instrument.id, parameter=InstrumentParameter.STATE, value=value)
        await stand.venue.sequencer.submit(rule)
        refused = await who.post("/orders", {**form, "price": "1000"})
        assert (refused.status, refused.json["reason"]) == (409, f"instrument_{reason}")
        assert refused.json["facts"] == {"state": state.lower()}
