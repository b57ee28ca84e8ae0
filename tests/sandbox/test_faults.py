"""Every fault, as the libraries that bots use see it: aiohttp, ccxt, websockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import ccxt
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bedesten.server.faults import Rules
from bedesten.services.sandbox.refusals import NotThere
from bedesten.services.sandbox.rules import Act, Rule, RuleRefused
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot
from tests.sandbox.test_http import ask as over_http

TIME = "/spot/api/v3.3/time"
TOPIC = "update:BTC-USD_0"
SOON = aiohttp.ClientTimeout(total=0.5)  # of a client that waits in vain
ENDED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


def bot_of(venue: TestVenue) -> Bot:
    return Bot(venue.url, venue.trader.key, venue.trader.secret)


def ccxt_of(venue: TestVenue, **more: Any) -> Any:
    key = {"apiKey": venue.trader.key, "secret": venue.trader.secret}
    return ccxt.btse({**key, "urls": {"api": {"public": venue.url, "private": venue.url}}, **more})


async def asked(url: str, patience: aiohttp.ClientTimeout | None = None) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, timeout=patience or aiohttp.ClientTimeout(60)) as it,
    ):
        return it.status, await it.read()


@asynccontextmanager
async def book_of(venue: TestVenue) -> AsyncIterator[ClientConnection]:
    """A stream of BTSE's book, behind its acknowledgement and its snapshot."""
    async with connect(f"{venue.ws_url}/ws/oss/spot") as stream:
        await stream.send(json.dumps({"op": "subscribe", "args": [TOPIC]}))
        await stream.recv()
        await stream.recv()
        yield stream


async def numbers(stream: ClientConnection, count: int) -> list[int]:
    return [json.loads(await asyncio.wait_for(stream.recv(), 20))["data"]["seqNum"] for _ in range(count)]


# ── requests and answers ──


async def test_a_request_that_is_lost_did_nothing(venue: TestVenue) -> None:
    """The connection ends before the venue has seen it; the order is not there."""
    exchange = ccxt_of(venue)
    await asyncio.to_thread(exchange.load_markets)
    venue.faults.lose_request("POST", "*/order*")
    with pytest.raises(ccxt.NetworkError):
        await asyncio.to_thread(exchange.create_order, "BTC/USD", "limit", "buy", 0.01, 20_000, {"clOrderId": "c-1"})
    assert venue.orders(client_id="c-1") == []
    venue.faults.lose_request("GET", TIME, times=0)  # aiohttp asks a second time by itself
    with pytest.raises(ENDED):
        await asked(venue.url + TIME)


@pytest.mark.parametrize(("fault", "done"), [("hang_request", 0), ("hang_answer", 1)])
async def test_a_venue_that_says_nothing_is_waited_for_in_vain(venue: TestVenue, fault: str, done: int) -> None:
    """The client gives up; what it asked for is done, or is not. The next request is answered."""
    exchange = ccxt_of(venue)
    await asyncio.to_thread(exchange.load_markets)
    exchange.timeout = 500
    getattr(venue.faults, fault)("POST", "*/order*")
    with pytest.raises(ccxt.RequestTimeout):
        await asyncio.to_thread(exchange.create_order, "BTC/USD", "limit", "buy", 0.01, 20_000, {"clOrderId": "c-1"})
    assert len(venue.orders(client_id="c-1")) == done
    getattr(venue.faults, fault)("GET", TIME)
    with pytest.raises(TimeoutError):
        await asked(venue.url + TIME, SOON)
    assert (await asked(venue.url + TIME))[0] == 200


async def test_garbage_is_not_what_a_client_can_read(venue: TestVenue) -> None:
    """So many bytes in the place of the body, the same ones from the same seed."""
    bodies = []
    for seed in (4, 4, 5):
        venue.faults.garbage_answer("GET", TIME, bytes=40, seed=seed)
        bodies.append((await asked(venue.url + TIME))[1])
    assert bodies[0] == bodies[1] != bodies[2] and len(bodies[0]) == 40
    venue.faults.garbage_answer("GET", "*/markets")
    assert await asyncio.to_thread(ccxt_of(venue).fetch_markets) == [], "ccxt takes it for a venue that lists nothing"


@pytest.mark.parametrize("fault", ["delay_request", "delay_answer"])
async def test_what_is_delayed_comes_when_time_is_advanced(venue: TestVenue, fault: str) -> None:
    """Not a moment before; of a request the venue sees nothing until then, of an answer it has done what was asked."""
    bot = bot_of(venue)
    getattr(venue.faults, fault)("3s", "POST", "*/order*")
    placing = asyncio.create_task(asyncio.to_thread(bot.place, "c-1", price="20000", size="0.01"))
    while not await venue.aio.blocked():  # noqa: ASYNC110  the request is on its way
        await asyncio.sleep(0)
    await venue.aio.advance("2999ms")
    assert len(await venue.aio.orders(client_id="c-1")) == (fault == "delay_answer") and not placing.done()
    await venue.aio.advance("1ms")
    assert (await asyncio.wait_for(placing, 20))[0] == 200
    assert len(await venue.aio.orders(client_id="c-1")) == 1


async def test_refusals_are_ccxts_own_errors(venue: TestVenue) -> None:
    """It knows a limit, a venue that is out of order, and a proxy's page for what they are."""
    exchange = ccxt_of(venue)
    for fault, expected in (
        (lambda: venue.faults.rate_limit(path="*/markets"), ccxt.RateLimitExceeded),
        (lambda: venue.faults.status(502, "<html>Bad Gateway</html>", path="*/markets"), ccxt.NetworkError),
        (lambda: venue.faults.truncate_answer(path="*/markets"), ccxt.NetworkError),
        (lambda: venue.faults.lose_answer(path="*/markets"), ccxt.NetworkError),
    ):
        fault()
        with pytest.raises(expected):
            await asyncio.to_thread(exchange.fetch_markets)
    assert await asyncio.to_thread(exchange.fetch_markets)


# ── sockets ──


async def test_frames_come_twice_or_behind_the_next_one(venue: TestVenue) -> None:
    """A reader that counts sees it: the same number again, then a later one first."""
    async with book_of(venue) as stream:
        venue.faults.duplicate_frame("/ws/oss/*", contains=TOPIC)
        await venue.aio.advance("8s")
        first = await numbers(stream, 3)
        assert first[0] == first[1] < first[2]
    async with book_of(venue) as stream:
        venue.faults.swap_frames("/ws/oss/*", contains=TOPIC)
        await venue.aio.advance("8s")
        swapped = await numbers(stream, 3)
        assert swapped[1] < swapped[0] < swapped[2]


async def test_a_frame_that_is_delayed_is_overtaken(venue: TestVenue) -> None:
    """It comes so much later; what came meanwhile does not wait for it."""
    async with book_of(venue) as stream:
        venue.faults.delay_frame("5s", "/ws/oss/*", contains=TOPIC)
        await venue.aio.advance("12s")
        seen = await numbers(stream, 7)
    late = min(seen)
    others = [number for number in seen if number != late]
    assert seen.index(late) > 0 and others == sorted(others)


async def test_a_stale_book_comes_all_at_once_and_in_order(venue: TestVenue) -> None:
    """Nothing comes while its frames are held; then none is missing."""
    async with book_of(venue) as stream:
        venue.faults.hold_frames("10s", "/ws/oss/*", contains=TOPIC)
        told = await venue.aio.advance("8s")
        assert told.commands > 0
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.recv(), 0.3)
        await venue.aio.advance("10s")
        frames = [json.loads(await stream.recv())["data"] for _ in range(4)]
    assert all(later["prevSeqNum"] == earlier["seqNum"] for earlier, later in zip(frames, frames[1:], strict=False))


@pytest.mark.parametrize(("fault", "code"), [("cut_socket", 1006), ("close_socket", 1013)])
async def test_a_socket_is_cut_or_closed_in_the_place_of_a_frame(venue: TestVenue, fault: str, code: int) -> None:
    """A cut says nothing; a close tells its code."""
    async with book_of(venue) as stream:
        add: Callable[..., int] = getattr(venue.faults, fault)
        add(path="/ws/oss/*", contains=TOPIC, **({"code": code} if fault == "close_socket" else {}))
        await venue.aio.advance("8s")
        with pytest.raises(ConnectionClosed) as ended:
            await stream.recv()
    received = ended.value.rcvd
    assert (1006 if received is None else received.code) == code


async def test_a_handshake_is_refused(venue: TestVenue) -> None:
    """Once; the next one is let in."""
    venue.faults.refuse_socket("/ws/oss/*")
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{venue.ws_url}/ws/oss/spot")
    assert refused.value.response.status_code == 503
    async with book_of(venue):
        pass


# ── all of it ──


async def test_an_outage_cuts_everything_and_the_books_are_there_behind_it(venue: TestVenue) -> None:
    """Sockets end, requests and pages are cut, handshakes refused; orders stand, time goes on, and it ends by itself."""
    assert bot_of(venue).place("c-1", price="20000", size="0.01")[0] == 200
    async with book_of(venue) as stream:
        venue.faults.outage("30s")
        with pytest.raises(ConnectionClosed):
            await stream.recv()
    for path in (TIME, "/nothing", "/spot/api/v3.3/order/no-such"):
        with pytest.raises(ENDED):
            await asked(venue.url + path)
    with pytest.raises(InvalidStatus):
        await connect(f"{venue.ws_url}/ws/oss/spot")
    with pytest.raises(ccxt.NetworkError):
        await asyncio.to_thread(ccxt_of(venue).fetch_markets)
    assert (await venue.aio.advance("30s")).commands > 0
    assert (await asked(venue.url + TIME))[0] == 200
    assert [order.is_open for order in venue.orders(client_id="c-1")] == [True]


async def test_whoever_drives_the_venue_meets_no_fault(venue: TestVenue) -> None:
    """Or nobody could take it back."""
    assert await asyncio.to_thread(over_http, venue.url, "/sandbox/faults", {"on": "venue", "do": {"outage": True}})
    with pytest.raises(ENDED):
        await asked(venue.url + TIME)
    answered = await asyncio.to_thread(over_http, venue.url, "/sandbox/faults/remove", {"number": 1})
    assert answered == (200, {"number": 1})
    venue.faults.lose_request(times=0)
    assert (await asyncio.to_thread(over_http, venue.url, "/sandbox"))[0] == 200
    with pytest.raises(ENDED):
        await asked(venue.url + TIME)
    with pytest.raises(NotThere):
        venue.faults.remove(9)


def test_a_delay_may_be_drawn_from_a_span() -> None:
    """Each anew, within it, and the same from the same seed; a span that ends before it begins is refused."""

    def drawn(seed: int) -> list[int]:
        rules = Rules(lambda: 0)
        act = Act(delay="40ms", delay_max="80ms")
        rules.add(Rule(on="answer", do=act, seed=seed, times=0))
        return [next(iter(rules)).delay_ns() for _ in range(200)]

    assert drawn(7) == drawn(7) != drawn(8)
    assert 40_000_000 <= min(drawn(7)) < 42_000_000 and 78_000_000 < max(drawn(7)) <= 80_000_000
    for act in (Act(delay="80ms", delay_max="40ms"), Act(lose=True, delay_max="40ms")):
        with pytest.raises(RuleRefused, match="not longer"):
            Rules(lambda: 0).check(Rule(on="answer", do=act))


def test_an_answer_waits_for_a_time_of_its_span(venue: TestVenue) -> None:
    """It is held before the span begins, and has left where it ends."""
    venue.faults.delay_answer("2s", "GET", "*/time", up_to="4s")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(Bot(venue.url, venue.trader.key, venue.trader.secret).ask, "GET", "/spot/api/v3.3/time")
        while not venue.blocked():
            assert not asked.done()
        venue.advance("1999ms")
        assert venue.blocked()
        venue.advance("2001ms")
        assert asked.result(20)[0] == 200
