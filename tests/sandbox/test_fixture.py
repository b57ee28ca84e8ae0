"""The fixture as the author of a bot uses it."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from websockets.asyncio.client import connect

from bedesten.services.sandbox.refusals import InTheWay, NotThere, SandboxRefused
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot
from tests.sandbox.test_http import ask


def bot_of(venue: TestVenue) -> Bot:
    return Bot(venue.url, venue.trader.key, venue.trader.secret)


def test_a_bot_survives_a_lost_acknowledgement(venue: TestVenue) -> None:
    """The answer is lost and the order is there; the bot looks before it sends again, and is filled in part."""
    bot = bot_of(venue)
    venue.faults.lose_answer("POST", "*/order")
    bot.buy("c-1", price="20000", size="0.01")
    assert venue.fill("c-1", "0.003") == Decimal("0.003")
    venue.advance("5s")

    assert bot.bought() == Decimal("0.003")
    assert [order.filled for order in venue.orders(client_id="c-1")] == [Decimal("0.003")]
    assert venue.fills(client_id="c-1")[0].is_maker
    assert venue.book("BTC-USD").bids[0][0] > 50_000, "the makers are back"


def test_every_test_begins_at_the_same_state(venue: TestVenue, venue_factory: object) -> None:
    """Another venue of the same kind has the digest of this one; time has not begun for either."""
    other = venue_factory()  # type: ignore[operator]

    assert venue.digest() == other.digest()
    assert venue.url != other.url
    bot_of(venue).place("c", price="20000", size="0.01")
    assert venue.digest() != other.digest()


def test_an_order_is_refused_for_the_reason_that_was_armed(venue: TestVenue) -> None:
    """By the books: the venue is such that the order is refused, and it is what it was right behind it."""
    bot, before = bot_of(venue), venue.balance("USD")
    for client_id, reason in (("poor", "insufficient_balance"), ("halted", "halted"), ("out", "suspended")):
        venue.refuse(client_id, reason)
        status, answer = bot.place(client_id, price="20000", size="0.01")
        assert status == 400 or answer[0]["status"] not in (2, 4), (client_id, answer)
        assert venue.orders(client_id=client_id) == []
    assert venue.balance("USD") == before
    assert bot.place("fine", price="20000", size="0.01")[0] == 200


def test_an_armed_order_is_filled_as_it_comes(venue: TestVenue) -> None:
    """All of it, or a part, at its own price, far from the market."""
    bot = bot_of(venue)
    venue.arm("all")
    venue.arm("part", "0.004", pair="BTC-USD")
    bot.place("all", price="20000", size="0.01")
    bot.place("part", price="20000", size="0.01")

    assert [order.filled for order in venue.orders(client_id="all")] == [Decimal("0.01")]
    assert [order.filled for order in venue.orders(client_id="part")] == [Decimal("0.004")]
    assert {fill.price for fill in venue.fills()} == {Decimal(20_000)}


def test_priority_is_never_broken_for_a_fill(venue: TestVenue) -> None:
    """Another customer's better order stands before it: the fill is refused and names it, or goes through both."""
    other = venue.known("trader2")
    Bot(venue.url, other.key, other.secret).place("first", price="21000", size="0.005")
    bot_of(venue).place("second", price="20000", size="0.01")

    with pytest.raises(InTheWay, match="stands before"):
        venue.fill("second")
    assert venue.fills() == [] == venue.fills(account="trader2")
    venue.fill("second", "0.002", through=True)

    assert venue.orders(client_id="first", account="trader2")[0].filled == Decimal("0.005")
    assert venue.orders(client_id="second")[0].filled == Decimal("0.002")


def test_what_is_left_of_a_filled_order_is_nobodys_to_take(venue: TestVenue) -> None:
    """The makers are back in the same instant, so that no noise trader meets an order far from the market."""
    before = venue.book("BTC-USD")
    bot_of(venue).place("c-1", price="20000", size="0.01")
    venue.fill("c-1", "0.003")
    assert venue.book("BTC-USD").asks == before.asks and venue.book("BTC-USD").bids[:5] == before.bids[:5]
    venue.advance("5m")
    assert venue.orders(client_id="c-1")[0].filled == Decimal("0.003")


def test_a_market_is_halted_and_resumed(venue: TestVenue) -> None:
    """Clients are refused in their dialect's words meanwhile."""
    bot = bot_of(venue)
    venue.halt("BTC-USD")
    assert bot.place("a", price="20000", size="0.01")[0] == 400
    venue.resume("BTC-USD")
    assert bot.place("b", price="20000", size="0.01")[0] == 200


def test_accounts_have_what_they_are_given(venue: TestVenue) -> None:
    """At once, or over a chain some blocks on; a float is no money."""
    account = venue.account(USD="1000", BTC=Decimal("0.5"))
    assert venue.balance("USD", account=account.name).available == 1_000
    venue.deposit("BTC", "0.25", account=account.name, network="Bitcoin")
    assert venue.balance("BTC", account=account.name).total == Decimal("0.5")
    venue.advance("1m")
    assert venue.balance("BTC", account=account.name).total == Decimal("0.75")
    assert Bot(venue.url, account.key, account.secret).place("x", price="20000", size="0.01")[0] == 200
    with pytest.raises(TypeError, match="float"):
        venue.deposit("USD", 1.5)  # type: ignore[arg-type]


def test_states_are_saved_and_restored_at_the_same_address(venue: TestVenue) -> None:
    """Also what a test began with; and a fork goes its own way."""
    bot, url, first = bot_of(venue), venue.url, venue.digest()
    bot.place("kept", price="20000", size="0.01")
    venue.save("with an order")
    fork = venue.fork()
    venue.fill("kept")
    assert fork.orders(client_id="kept")[0].is_open
    venue.restore("with an order")
    assert venue.url == url and venue.orders(client_id="kept")[0].is_open
    venue.reset()
    assert venue.digest() == first and bot.place("again", price="20000", size="0.01")[0] == 200
    with pytest.raises(NotThere):
        venue.restore("never")


async def test_asynchronous_tests_use_it_as_well(venue: TestVenue) -> None:
    """A stream is read while time moves; a socket ends with 1012 when the venue begins again."""
    async with connect(f"{venue.ws_url}/ws/oss/spot") as stream:
        await stream.send(json.dumps({"op": "subscribe", "args": ["update:BTC-USD_0"]}))
        assert "subscribe" in await stream.recv()
        told = await venue.aio.advance("3s")
        assert told.steps >= 12
        numbers = [json.loads(await stream.recv())["data"]["seqNum"] for _ in range(3)]
        assert numbers == sorted(numbers)
        await venue.aio.reset()
        with pytest.raises(Exception, match="1012"):
            while True:
                await asyncio.wait_for(stream.recv(), 10)


async def test_what_is_delivered_was_read_by_the_client(venue: TestVenue) -> None:
    """Behind the advance the client's library has every frame; one that does not read is told of, and waited for no longer."""
    async with connect(f"{venue.ws_url}/ws/oss/spot", max_queue=None) as stream:
        await stream.send(json.dumps({"op": "subscribe", "args": ["update:BTC-USD_0"]}))
        await stream.recv()
        await venue.aio.advance("10s", delivered=True)
        sent = sum(1 for line in await asyncio.to_thread(lambda: venue.transcript) if line["k"] == "out")
        read = 1
        while True:
            receiving = asyncio.ensure_future(stream.recv())
            await asyncio.sleep(0)  # what is there, and nothing that is still to come
            if not receiving.done():
                receiving.cancel()
                break
            read += 1
        assert read == sent > 3
        moved = (await asyncio.to_thread(ask, venue.url, "/sandbox/clock/advance", {"by": "1s", "delivered": True}))[1]
        assert moved["unread"] == 0
        with pytest.raises(SandboxRefused, match="1 sockets were not read"):
            venue.advance("1s", delivered=True)  # in the loop that would read


async def test_a_dropped_frame_is_a_genuine_gap(venue: TestVenue) -> None:
    """The delta behind it names a predecessor that its reader never got."""
    async with connect(f"{venue.ws_url}/ws/oss/spot") as stream:
        await stream.send(json.dumps({"op": "subscribe", "args": ["update:BTC-USD_0"]}))
        await stream.recv()
        last = json.loads(await stream.recv())["data"]["seqNum"]
        venue.faults.drop_frame("/ws/oss/*", contains="update:BTC-USD_0")
        await venue.aio.advance("8s")
        data = json.loads(await stream.recv())["data"]

        assert data["prevSeqNum"] > last


@pytest.mark.parametrize("dialect", ["btse", "btcturk"])
def test_faults_speak_the_words_of_the_dialect_that_is_asked(venue: TestVenue, dialect: str) -> None:
    """One refusal, told by each; and a proxy's page is told by nobody."""
    path = {"btse": "/spot/api/v3.3/time", "btcturk": "/api/v2/server/exchangeinfo"}[dialect]
    bot = bot_of(venue)
    venue.faults.rate_limit(path=path, retry_after_s=7)
    assert bot.ask("GET", path)[0] == 429
    venue.faults.refuse("unavailable", path=path)
    assert bot.ask("GET", path)[0] >= 500
    venue.faults.status(502, "<html>Bad Gateway</html>", path=path)
    assert bot.ask("GET", path) == (502, b"<html>Bad Gateway</html>")
    venue.faults.truncate_answer(path=path, bytes=3)
    with pytest.raises(Exception, match="IncompleteRead"):
        bot.ask("GET", path)
    assert bot.ask("GET", path)[0] == 200


def test_a_storm_repeats_to_the_request(venue_factory: object) -> None:
    """What a rule draws comes from its seed: the same requests fail in two runs, and others from another seed."""
    storms = []
    for seed in (5, 5, 6):
        venue = venue_factory()  # type: ignore[operator]
        bot = bot_of(venue)
        venue.faults.rate_limit(path="*/time", times=0, chance=0.3, seed=seed)
        storms.append([bot.ask("GET", "/spot/api/v3.3/time")[0] for _ in range(30)])

    assert storms[0] == storms[1] != storms[2]
    assert {200, 429} == set(storms[0])


def test_rules_that_cannot_be_are_refused_in_words(venue: TestVenue) -> None:
    """Nothing is in force then."""
    with pytest.raises(SandboxRefused, match="no refusal"):
        venue.faults.refuse("nonsense")
    with pytest.raises(SandboxRefused, match="no reason"):
        venue.refuse("c", "nonsense")
    with pytest.raises(ValueError, match="no duration"):
        venue.advance("soon")
    with pytest.raises(SandboxRefused, match="forward"):
        venue.advance(-1)
    assert venue.faults.in_force() == []


def test_customers_with_an_old_clock_are_refused(venue: TestVenue) -> None:
    """Skew is one number; without it they are let in again."""
    venue.faults.skew("5m")
    assert bot_of(venue).place("a", price="20000", size="0.01")[0] == 401
    venue.faults.clear()
    assert bot_of(venue).place("a", price="20000", size="0.01")[0] == 200


def test_a_fixture_may_live_for_a_module_with_empty_books(module_venue: TestVenue) -> None:
    """Its accounts have money; nobody quotes."""
    assert module_venue.seed == 3
    assert module_venue.book("BTC-USD") == ([], [])
    assert module_venue.balance("USD").total > 0
