"""The OTC API and its stream: every code, and a streamed quote that is accepted over REST."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.dialects.btse.socket_doubles import KEY, SECRET, TIME_NS, FakeConnection, settle
from tests.dialects.btse.stand import Client, Stand, open_stand
from tests.dialects.btse.test_wallet_table import demo

from bedesten.clock import ManualClock
from bedesten.dialects.btse.otc.errors import STATUS
from bedesten.dialects.btse.sockets import Sockets
from bedesten.domain.commands import SetIndex
from bedesten.domain.enums import IndexSource
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.errors import Overloaded
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.store_types import Permission

BASE = "/otc/api/v1"
MS = 1_000_000
UNIT = 10**8
TRUE_SIGNATURE = "971798b32585d7e63a1c2cafd261170c56caf17ff1d32a58fc2e9842292fa8ff2dbcf4fda7b4d6aed4a737c3c2930cf1"
PRINTED_SIGNATURE = "c410d38c681579adb335885800cff24c66171b7cc8376cfe43da1408c581748156b89bcc5a115bb496413bda481139fb"


@pytest.fixture(autouse=True)
async def desk(stand: Stand) -> None:
    """A desk with money, at an index price of 20,000."""
    await fund(stand)


async def fund(stand: Stand) -> None:
    for asset in ("USD", "BTC"):
        await stand.venue.accounts.transfer(OUTSIDE, DESK, asset, 1_000_000 * UNIT)
    await stand.index("20000")


async def ask(client: Client, **changes: Any) -> Any:
    """Ask for a quote of one BTC to buy."""
    form = {
        "baseCurrency": "BTC", "orderCurrency": "USD", "side": "buy", "orderSizeInBaseCurrency": 1,
        "orderAmountInOrderCurrency": 0, **changes,
    }  # fmt: skip
    return (await client.post(f"{BASE}/quote", form)).json


async def accept(client: Client, quote_id: str, body: Any = None) -> Any:
    return (await client.call("POST", f"{BASE}/accept/{quote_id}", body)).json


def total(stand: Stand, account: int, asset: str) -> int:
    listed = stand.venue.catalogue.asset(asset)
    assert listed is not None
    return stand.venue.sequencer.state.machine.balance(account, listed.id)[0] // 10**4


# REST


async def test_markets_are_an_array_of_assets(stand: Stand) -> None:
    """Lists are parallel to the quote currencies; the last spread's quantity is the largest."""
    (row,) = (await stand.public.get(f"{BASE}/getMarket")).json

    assert (row["assetName"], row["supportQuoteCurrencies"]) == ("BTC", ["USD"])
    assert (row["minOrderSizes"], row["maxOrderSizes"], row["maxOrderValues"]) == ([0.01], [10], [200_000])


async def test_a_quote_is_accepted_once(stand: Stand, alice: Client) -> None:
    """30001, then 30007 with what was moved; again 30007, and nothing moves."""
    quote = await ask(alice, clientOrderId="mine")
    assert (quote["status"], quote["quotePriceInOrderCurrency"], quote["quotePriceInUSD"]) == (30001, 20020, 20020)
    assert (quote["quoteAmountToDeduct"], quote["quoteCurrencyToDeductIn"]) == (20020, "USD")
    assert (quote["quoteAmountToReceive"], quote["quoteCurrencyToReceiveIn"]) == (1, "BTC")
    assert (quote["quoteValidDurationMs"], quote["clientOrderId"], quote["side"]) == (10_000, "mine", "BUY")
    looked = (await alice.call("POST", f"{BASE}/queryOrder/{quote['quoteId']}", {})).json
    before = total(stand, DESK, "USD")

    first, second = await accept(alice, quote["quoteId"]), await accept(alice, quote["quoteId"])

    assert (looked["status"], first["status"], second["status"]) == (30000, 30007, 30007)
    assert (first["reason"], second["reason"]) == (None, "The quote was accepted before")
    assert total(stand, DESK, "USD") - before == 20020 * 10**4
    assert (await alice.call("POST", f"{BASE}/queryOrder/{quote['quoteId']}")).json["status"] == 30007


async def test_a_part_is_accepted_in_base_or_in_quote(alice: Client) -> None:
    """At the quoted price; an amount sold in quote too."""
    bought = await accept(alice, (await ask(alice))["quoteId"], {"baseAmount": 0.5, "quoteAmount": 0})
    sale = await ask(alice, side="sell", orderSizeInBaseCurrency=0, orderAmountInOrderCurrency="1998")
    sold = await accept(alice, sale["quoteId"], {"quoteAmount": 999})

    assert (bought["quoteAmountToDeduct"], bought["quoteAmountToReceive"]) == (10010, 0.5)
    assert (sale["quoteAmountToDeduct"], sale["quoteAmountToReceive"]) == (0.1, 1998)
    assert (sold["quoteAmountToDeduct"], sold["quoteAmountToReceive"]) == (0.05, 999)


@pytest.mark.parametrize(
    "part",
    [
        {"baseAmount": "0"},
        {"baseAmount": 0},
        {"quoteAmount": "0.00"},
        {"baseAmount": "0", "quoteAmount": 0},
        {"baseAmount": 0e0},
    ],
)
async def test_a_part_of_nothing_is_not_all(stand: Stand, alice: Client, part: dict[str, Any]) -> None:
    """Refused as a parameter; the quote stands, and neither amount accepts all of it."""
    quoted, before = (await ask(alice))["quoteId"], total(stand, DESK, "USD")

    assert (await accept(alice, quoted, part))["errorCode"] == -2
    assert total(stand, DESK, "USD") == before
    assert (await accept(alice, quoted, {"baseAmount": None}))["status"] == 30007


async def test_what_cannot_be_taken_says_why_and_moves_nothing(stand: Stand, alice: Client, bob: Client) -> None:
    """Someone else's, nobody's, a rejected one, an expired one."""
    mine, refused = (await ask(alice))["quoteId"], (await ask(alice))["quoteId"]
    before = total(stand, DESK, "USD")

    foreign = await bob.call("POST", f"{BASE}/accept/{mine}")
    rejected = (await alice.call("POST", f"{BASE}/reject/{refused}")).json
    assert (foreign.status, foreign.json) == (
        400, {"errorCode": 40003, "message": "No such quote, or it is no longer known", "status": 40003},
    )  # fmt: skip
    assert (await accept(alice, "nobody-s"))["errorCode"] == 40003
    assert (rejected["status"], (await accept(alice, refused))["status"]) == (40003, 40003)
    stand.clock.advance(10_000 * MS)
    late = await accept(alice, mine)
    assert (late["status"], late["reason"]) == (40003, "The quote has expired")
    assert (await alice.call("POST", f"{BASE}/queryOrder/{mine}")).json["status"] == 40003
    assert total(stand, DESK, "USD") == before


async def test_too_little_money_is_status_8(stand: Stand) -> None:
    """The quote itself needs none."""
    poor = await stand.customer("poor", money=0)

    answer = await accept(poor, (await ask(poor))["quoteId"])

    assert (answer["status"], answer["reason"]) == (8, "Insufficient balance")


async def test_a_price_that_moved_is_quoted_anew(stand: Stand, alice: Client) -> None:
    """30008 with another id, which can be accepted; the old one cannot."""
    old = await ask(alice)
    await stand.index("21000")

    new = await accept(alice, old["quoteId"])

    assert (new["status"], new["quotePriceInOrderCurrency"]) == (30008, 21021)
    assert new["quoteId"] != old["quoteId"]
    assert (await accept(alice, old["quoteId"]))["status"] == 30008
    assert (await accept(alice, new["quoteId"]))["status"] == 30007


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"orderSizeInBaseCurrency": 0}, -2), ({"orderAmountInOrderCurrency": 5}, -2), ({"side": "up"}, -2),
        ({"orderSizeInBaseCurrency": "x"}, -2), ({"orderSizeInBaseCurrency": -1}, -2),
        ({"orderCurrency": "TRY"}, -7006), ({"orderSizeInBaseCurrency": 11}, 40003),
        ({"orderSizeInBaseCurrency": 0.001}, 40003), ({"clientOrderId": "x" * 65}, -2),
    ],
)  # fmt: skip
async def test_what_cannot_be_quoted_is_refused_in_the_otc_shape(
    alice: Client, changes: dict[str, Any], code: int
) -> None:
    """errorCode, message and status."""
    answer = await ask(alice, **changes)

    assert set(answer) == {"errorCode", "message", "status"}
    assert (answer["errorCode"], answer["status"]) == (code, code)


@pytest.mark.parametrize("body", [b"", b"{}"])
@pytest.mark.parametrize("signed", ["", "{{}}"])
@pytest.mark.parametrize("call", ["queryOrder", "accept", "reject"])
async def test_an_empty_body_is_signed_in_either_form(alice: Client, call: str, body: bytes, signed: str) -> None:
    """The venue's samples send an empty object, or nothing, and sign what they like."""
    path = f"/api/v1/{call}/{(await ask(alice))['quoteId']}"

    answer = await alice.call("POST", f"/otc{path}", raw=body, signed=f"{path}{{}}{signed}")

    assert answer.status == 200, answer
    assert answer.json["status"] == {"queryOrder": 30000, "accept": 30007, "reject": 40003}[call]


async def test_a_body_that_says_something_is_signed_as_sent(alice: Client) -> None:
    """A part cannot be made of a whole behind the signature's back."""
    path = f"/api/v1/accept/{(await ask(alice))['quoteId']}"

    for signed in (f"{path}{{}}", f"{path}{{}}{{{{}}}}"):
        answer = await alice.call("POST", f"/otc{path}", raw=b'{"baseAmount":0.5}', signed=signed)
        assert answer.status == 401


async def test_without_a_price_the_desk_is_unavailable() -> None:
    """40001: no index, though a book has both sides and a last price; and an index that is too old."""
    stand = await open_stand()
    await stand.venue.accounts.transfer(OUTSIDE, DESK, "USD", 1_000_000 * UNIT)
    alice = await stand.customer("alice")
    for side, price in (("SELL", 4_000_000), ("BUY", 3_990_000), ("BUY", 4_000_000), ("SELL", 4_000_000)):
        assert (await alice.order(side, 0.001, price)).status == 200
    assert (await ask(alice, side="sell"))["errorCode"] == 40001
    await stand.venue.sequencer.submit(SetIndex(instrument=1, price=40_000, source=IndexSource.SOURCE))
    quoted = await ask(alice, side="sell")
    assert quoted["quotePriceInOrderCurrency"] == 19_980
    stand.clock.advance(60_000 * MS)
    assert (await ask(alice))["message"] == "The reference price is too old"
    peg = {"symbol": "BTC-USD", "side": "BUY", "type": "PEG", "size": 0.001, "price": 30000, "deviation": 0}
    refused = (await alice.post("/spot/api/v3.3/order/peg", peg)).json
    assert refused["msg"] == "BADREQUEST: Market unavailable: the index price is too old"
    await stand.venue.sequencer.stop()


def test_every_refusal_has_a_status() -> None:
    """A new one cannot ship without."""
    assert set(STATUS) == set(OtcRefusal)


# The stream


class Listener:
    """A connection to /ws/otc."""

    def __init__(self, stand: Stand, sockets: Sockets) -> None:
        self.connection = FakeConnection("/ws/otc")
        self.session = sockets.open_otc(stand.venue, self.connection)
        self.stand = stand

    def log_in(self, client: Client) -> None:
        nonce = str(self.stand.clock.now_ns() // MS)
        signature = hmac.new(client.secret.encode(), f"/ws/otc{nonce}".encode(), hashlib.sha384).hexdigest()
        self.say(f'{{"op":"authKeyExpires","args":["{client.key}",{nonce},"{signature}"]}}')

    def say(self, message: str) -> None:
        self.session.received(message)

    def stream(self, quantity: str = '{"quantity":1,"currency":"BTC"}', more: str = "", op: str = "quote") -> None:
        self.say(f'{{"op":"{op}","symbol":"BTC-USD"{more},"quantity":{quantity}}}')

    async def end(self) -> None:
        """End what the server ends with a connection."""
        for task in self.connection.tasks:
            task.cancel()
        await asyncio.gather(*self.connection.tasks, return_exceptions=True)

    async def heard(self) -> list[Any]:
        await settle()
        return self.connection.take()


@pytest.fixture
async def listener(stand: Stand) -> AsyncIterator[Listener]:
    opened = Listener(stand, Sockets())
    yield opened
    await opened.end()


async def test_a_streamed_quote_is_accepted_over_rest(stand: Stand, alice: Client, listener: Listener) -> None:
    """The seed's own flow: log in, stream both sides, take one."""
    listener.log_in(alice)
    listener.stream(more=',"clOrderId":"one"')

    login, row = await listener.heard()

    assert login == {"event": "login", "success": True}
    assert (row["topic"], row["symbol"], row["clOrderId"]) == ("quote", "BTC-USD", "one")
    assert (row["buyQuantity"], row["buyUnitPrice"], row["buyTotalAmount"]) == (1, 20020, 20020)
    assert (row["sellQuantity"], row["sellUnitPrice"], row["sellTotalAmount"]) == (1, 19980, 19980)
    assert (row["status"], row["reason"]) == (None, None)
    sold = await accept(alice, row["sellQuoteId"])
    assert (sold["status"], sold["quoteAmountToReceive"]) == (30007, 19980)


async def test_a_stranger_sees_prices_and_no_ids(listener: Listener) -> None:
    """One side, an amount of quote."""
    listener.stream('{"quantity":"2002","currency":"USD"}', ',"side":"buy"')

    (row,) = await listener.heard()

    assert (row["buyQuoteId"], row["sellQuoteId"], row["sellUnitPrice"]) == (None, None, None)
    assert (row["buyQuantity"], row["buyTotalAmount"]) == (0.1, 2002)


async def test_a_beat_and_a_moved_price_push(stand: Stand, listener: Listener) -> None:
    """Every second, and at once beyond the threshold; below it the beat is waited for."""
    listener.stream()
    assert len(await listener.heard()) == 1
    await stand.index("20009")
    assert await listener.heard() == []
    await stand.index("20020")
    assert [row["buyUnitPrice"] for row in await listener.heard()] == [20040.02]
    stand.clock.advance(1_000 * MS)
    assert len(await listener.heard()) == 1
    stand.clock.advance(999 * MS)
    assert await listener.heard() == []


async def test_streams_outlive_readings_that_are_refused(
    stand: Stand, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A venue that is busy for a moment costs a pause, not the connection; neither the first quotes nor the next."""
    refusals = [Overloaded("16384 reads are waiting")]
    read = stand.venue.sequencer.read

    async def refuses(ask: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await read(ask)

    monkeypatch.setattr(stand.venue.sequencer, "read", refuses)
    listener.stream()
    for _ in range(2):
        await listener.heard()
        stand.clock.advance(1_000 * MS)
    assert await listener.heard()
    refusals += [Overloaded("16384 reads are waiting")] * 2
    for _ in range(4):
        stand.clock.advance(1_000 * MS)
        last = await listener.heard()

    assert last and not refusals and listener.connection.ended is None


async def test_streams_are_told_apart_and_ended(stand: Stand, listener: Listener) -> None:
    """By quantity and client id; one, those of a symbol, all."""
    for quantity in ("1", "2", "3"):
        listener.stream(f'{{"quantity":{quantity},"currency":"BTC"}}', f',"clOrderId":"c{quantity}"')
    listener.stream('{"quantity":1,"currency":"BTC"}', ',"clOrderId":"c1"')
    assert {row["buyQuantity"] for row in await listener.heard()} == {1, 2, 3}
    listener.stream('{"quantity":2,"currency":"BTC"}', ',"clOrderId":"c2"', op="unsubscribe-quote")
    stand.clock.advance(1_000 * MS)
    assert sorted(row["clOrderId"] for row in await listener.heard()) == ["c1", "c3"]
    listener.say('{"op":"unsubscribe-quote-all"}')
    stand.clock.advance(1_000 * MS)
    assert await listener.heard() == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('{"op":"quote","symbol":"NO-NE","quantity":{"quantity":1,"currency":"BTC"}}', "does not quote"),
        ('{"op":"quote","symbol":"BTC-USD","quantity":{"quantity":1,"currency":"ETH"}}', "currency"),
        ('{"op":"quote","symbol":"BTC-USD","quantity":{"quantity":"x","currency":"BTC"}}', "quantity"),
        ('{"op":"quote","symbol":"BTC-USD","quantity":{"quantity":{},"currency":"BTC"}}', "quantity"),
        ('{"op":"quote","symbol":"BTC-USD","side":"BUY","quantity":{"quantity":1,"currency":"BTC"}}', "side"),
        ('{"op":"quote","symbol":"BTC-USD"}', "quantity is mandatory"),
        ('{"op":"quote","symbol":"BTC-USD","quantity":{"quantity":11,"currency":"BTC"}}', "largest"),
        ('{"op":', "Invalid request"),
        ("[]", "Invalid request"),
    ],
)
async def test_what_cannot_be_streamed_has_a_reason(listener: Listener, message: str, reason: str) -> None:
    """In a frame of the topic, with nothing else in it."""
    listener.say(message)

    (row,) = await listener.heard()

    assert row["topic"] == "quote"
    assert reason in row["reason"]
    assert row["buyUnitPrice"] is None


async def test_only_the_true_signature_logs_in() -> None:
    """The documented value is that of /ws/spot."""
    stand = await open_stand(ManualClock(TIME_NS))
    account = await stand.venue.accounts.open("sample")
    await stand.venue.keys.create(account.id, frozenset(Permission), key=KEY, secret=SECRET)
    listener = Listener(stand, Sockets())

    for signature in (PRINTED_SIGNATURE, TRUE_SIGNATURE):
        listener.say(f'{{"op":"authKeyExpires","args":["{KEY}","1624985375123","{signature}"]}}')

    assert [row["success"] for row in await listener.heard()] == [False, True]
    await listener.end()
    await stand.venue.sequencer.stop()


async def test_a_closed_connection_is_forgotten(stand: Stand, listener: Listener) -> None:
    """No beat, no push."""
    listener.stream()
    await listener.heard()

    listener.session.closed()
    await stand.index("25000")
    stand.clock.advance(2_000 * MS)

    assert await listener.heard() == []


@pytest.mark.parametrize("currency", ["USD", "JPY"])
@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_the_official_samples_buy_for_one_dollar_or_yen_on_the_demo_venue(currency: str, side: str) -> None:
    """Quoted, and accepted with an empty body, though bitcoin be half as dear again as where the demo begins."""
    demo_stand, trader = await demo()
    for name, price in (("BTC-USD", "156000"), ("BTC-JPY", "24000000")):
        await demo_stand.index(price, name)

    quoted = await ask(
        trader, orderCurrency=currency, side=side, orderSizeInBaseCurrency=0, orderAmountInOrderCurrency=1
    )
    accepted = (await trader.call("POST", f"{BASE}/accept/{quoted['quoteId']}", raw=b"{}")).json
    await demo_stand.venue.sequencer.stop()

    assert (quoted["status"], accepted["status"]) == (30001, 30007)
    assert quoted["quoteAmountToDeduct" if side == "buy" else "quoteAmountToReceive"] == 1
