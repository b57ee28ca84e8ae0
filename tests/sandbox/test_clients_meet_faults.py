"""Every library that bots use against every fault: what its user sees, what the venue did, and that the next try goes well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import ccxt
import pytest

from bedesten.testing.ccxt_clients import Clients
from bedesten.testing.faults import Faults
from bedesten.testing.venue import TestVenue
from tests import node
from tests.sandbox.listeners import Listen, See, Seen, by_aiohttp, by_node, by_websockets, patient
from tests.sandbox.traders import TRADERS

IN_VAIN_S: Final = 0.6  # of a client whose answer never comes
LONG_S: Final = 20.0
ORDERS: Final = ("POST", "*/order*")
TOPIC: Final = "update:BTC-USD_0"
BOOKS: Final = "/ws/oss/*"


class Met(NamedTuple):
    """A fault that meets an order. Put in force by *put*; *seen* in ccxt, in its asynchronous form, in aiohttp: an exception's
    name, with the status where it has one, or the order's state; *orders*: how many the venue has of it then; *lasts*: how
    long it goes on."""

    put: Callable[[Faults], Any]
    seen: tuple[str, str, str]
    orders: int = 0
    lasts: str = "0s"


LOST: Final = ("NetworkError", "ExchangeNotAvailable", "ServerDisconnectedError")
WAITED: Final = ("RequestTimeout", "RequestTimeout", "TimeoutError")
PLACED: Final = ("open", "open", "open")
REQUESTS: Final = {
    "lose_request": Met(lambda faults: faults.lose_request(*ORDERS), LOST),
    "lose_answer": Met(lambda faults: faults.lose_answer(*ORDERS), LOST, orders=1),
    "hang_request": Met(lambda faults: faults.hang_request(*ORDERS), WAITED),
    "hang_answer": Met(lambda faults: faults.hang_answer(*ORDERS), WAITED, orders=1),
    "truncate_answer": Met(
        lambda faults: faults.truncate_answer(*ORDERS), ("NetworkError", "ExchangeError", "ClientPayloadError"), orders=1
    ),
    # ccxt takes bytes that are no JSON for an order of which it knows nothing: without an id, and without a state.
    "garbage_answer": Met(lambda faults: faults.garbage_answer(*ORDERS), ("None", "None", "UnicodeDecodeError"), orders=1),
    "delay_request": Met(lambda faults: faults.delay_request("3s", *ORDERS), PLACED, orders=1, lasts="3s"),
    "delay_answer": Met(lambda faults: faults.delay_answer("3s", *ORDERS), PLACED, orders=1, lasts="3s"),
    "rate_limit": Met(
        lambda faults: faults.rate_limit(*ORDERS), ("RateLimitExceeded", "RateLimitExceeded", "ClientResponseError 429")
    ),
    "refuse": Met(
        lambda faults: faults.refuse("unavailable", *ORDERS),
        ("ExchangeNotAvailable", "ExchangeNotAvailable", "ClientResponseError 503"),
    ),
    "status": Met(
        lambda faults: faults.status(502, "<html>Bad Gateway</html>", *ORDERS),
        ("ExchangeNotAvailable", "ExchangeNotAvailable", "ClientResponseError 502"),
    ),
    "skew": Met(
        lambda faults: faults.skew("1h"), ("AuthenticationError", "AuthenticationError", "ClientResponseError 401")
    ),
    "outage": Met(lambda faults: faults.outage("30s"), LOST, lasts="30s"),
}  # fmt: skip

LISTENERS: Final[dict[str, Listen]] = {"websockets": by_websockets, "aiohttp": by_aiohttp, "ws of Node": by_node}
#: A fault that meets a stream of a book, and what comes behind the snapshot: frames by their place in the book's history.
SOCKETS: Final[dict[str, tuple[Callable[[Faults], Any], list[Seen]]]] = {
    "drop_frame": (lambda faults: faults.drop_frame(BOOKS, contains=TOPIC), [("frame", 2), ("frame", 3)]),
    "duplicate_frame": (
        lambda faults: faults.duplicate_frame(BOOKS, contains=TOPIC), [("frame", 1), ("frame", 1), ("frame", 2)]
    ),
    "swap_frames": (
        lambda faults: faults.swap_frames(BOOKS, contains=TOPIC), [("frame", 2), ("frame", 1), ("frame", 3)]
    ),
    "delay_frame": (
        lambda faults: faults.delay_frame("3s", BOOKS, contains=TOPIC), [("frame", 2), ("frame", 3), ("frame", 4), ("frame", 1)]
    ),
    "hold_frames": (lambda faults: faults.hold_frames("7s", BOOKS, contains=TOPIC), [("frame", 1), ("frame", 2)]),
    "cut_socket": (lambda faults: faults.cut_socket(BOOKS, contains=TOPIC), [("closed", 1006)]),
    "close_socket": (lambda faults: faults.close_socket(1013, BOOKS, contains=TOPIC), [("closed", 1013)]),
    "outage": (lambda faults: faults.outage("30s"), [("closed", 1006)]),
}  # fmt: skip


def test_every_fault_has_a_row() -> None:
    """A new one needs one."""
    rows = {*REQUESTS, *SOCKETS, "refuse_socket"}
    others = {"clear", "in_force", "remove"}
    assert {name for name in vars(Faults) if not name.startswith("_")} == rows | others


def test_the_guide_tells_what_libraries_see() -> None:
    """Its table is this one."""
    guide = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()
    for fault, met in REQUESTS.items():
        assert f"| `{fault}` | {' | '.join(met.seen)} | {'yes' if met.orders else 'no'} |" in guide


@pytest.mark.parametrize("client", TRADERS)
@pytest.mark.parametrize("fault", REQUESTS)
async def test_an_order_meets_a_fault(fault: str, client: str, venue: TestVenue, ccxt_client: Clients) -> None:
    """The library says what it says, the order is placed or is not, and the same client then finds it or places it."""
    met = REQUESTS[fault]
    async with TRADERS[client](venue, ccxt_client, IN_VAIN_S if fault.startswith("hang") else LONG_S) as trader:
        met.put(venue.faults)
        placing = asyncio.ensure_future(trader.place("c-1"))
        if fault.startswith("delay"):
            while not await venue.aio.blocked():  # noqa: ASYNC110  the request is on its way
                await asyncio.sleep(0)
            await venue.aio.advance(met.lasts)
        seen = await outcome(placing)

        assert seen == met.seen[list(TRADERS).index(client)]
        assert len(venue.orders(client_id="c-1")) == met.orders
        if fault == "outage":
            await venue.aio.advance(met.lasts)
        if fault == "skew":
            venue.faults.clear()
        assert await patient(trader.find("c-1")) == bool(met.orders)
        if not met.orders:
            await patient(trader.place("c-1"))
    assert [order.is_open for order in venue.orders(client_id="c-1")] == [True]


async def outcome(placing: asyncio.Future[Any]) -> str:
    try:
        return str(await patient(placing))
    except aiohttp.ClientResponseError as error:
        return f"{type(error).__name__} {error.status}"
    except (ccxt.BaseError, aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
        return type(error).__name__


@pytest.fixture(params=LISTENERS)
def listen(request: pytest.FixtureRequest) -> Listen:
    """A library to listen with."""
    if request.param == "ws of Node":
        node.need(ws=True)
    return LISTENERS[request.param]


@pytest.mark.parametrize("fault", SOCKETS)
async def test_a_stream_meets_a_fault(fault: str, listen: Listen, venue: TestVenue) -> None:
    """Three libraries see the same; a new socket then begins with a snapshot."""
    put, expected = SOCKETS[fault]
    async with listen(*book(venue)) as see:
        begun = await snapshot(see)
        put(venue.faults)
        await venue.aio.advance("8s")
        assert [place(await see(), begun) for _ in expected] == expected
    if fault == "outage":
        async with listen(*book(venue)) as see:
            assert await see() == ("refused", 503)
        await venue.aio.advance("30s")
    async with listen(*book(venue)) as see:
        assert await snapshot(see) > begun


async def test_a_handshake_meets_a_fault(listen: Listen, venue: TestVenue) -> None:
    """Each library tells the status; the next try is let in."""
    venue.faults.refuse_socket(BOOKS)
    async with listen(*book(venue)) as see:
        assert await see() == ("refused", 503)
    async with listen(*book(venue)) as see:
        assert await snapshot(see) > 0


def book(venue: TestVenue) -> tuple[str, str]:
    """Return where a book is told of, and what to say there."""
    return f"{venue.ws_url}/ws/oss/spot", json.dumps({"op": "subscribe", "args": [TOPIC]})


async def snapshot(see: See) -> int:
    """Read what a subscription begins with, and return the snapshot's number."""
    assert json.loads((await see())[1])["event"] == "subscribe"
    return int(json.loads((await see())[1])["data"]["seqNum"])


def place(seen: Seen, begun: int) -> Seen:
    """Return a frame as its number behind the snapshot's, and anything else as it is."""
    kind, value = seen
    return (kind, json.loads(value)["data"]["seqNum"] - begun) if kind == "frame" else seen
