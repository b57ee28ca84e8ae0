"""The store is never asked in the event loop's thread once the venue runs: not by any endpoint, operation or feed.

A store's answer may take as long as the disk does, and while the loop waits for it nobody is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import threading
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from bedesten.dialects.btcturk.feed.streams import BEAT_NS
from bedesten.services.errors import ServiceError
from bedesten.services.operator.operations import Operations
from bedesten.services.operator.table import OPERATIONS
from bedesten.services.ports import Log, Rows
from tests.dialects.btcturk.feed_stage import join
from tests.dialects.btse.socket_doubles import FakeConnection, request
from tests.security.stand import Credentials, Stand, asked, standing

METHODS: Final = [
    name for port in (Log, Rows) for name, _ in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")
]


class Watched:
    """The methods of a store, and where each was called in the loop's own thread."""

    def __init__(self, store: Any) -> None:
        self.calls = 0
        self.in_the_loop: list[str] = []
        self._loop = threading.get_ident()
        for name in METHODS:
            setattr(store, name, self._watched(name, getattr(store, name)))

    def _watched(self, name: str, method: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            self.calls += 1
            if threading.get_ident() == self._loop:
                caller = inspect.stack()[1]
                self.in_the_loop.append(f"{name} from {caller.filename.rpartition('bedesten/')[2]}:{caller.lineno}")
            return method(*given, **named)

        return call


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """The demo's venue, just started, so that nothing was looked up yet."""
    async with standing() as opened:
        yield opened


async def good(stand: Stand) -> Credentials:
    who = await stand.customer("good")
    await stand.venue.customers.introduce(who.account, "good@example.com", "", level=3)
    return who


async def test_a_store_that_is_asked_in_the_loop_is_noticed(stand: Stand) -> None:
    """So that the silence below means something."""
    watched = Watched(stand.store)

    stand.store.transfers(16, limit=1)

    assert watched.in_the_loop and watched.in_the_loop[0].startswith("transfers from")


async def test_no_endpoint_asks_the_store_in_the_loop(stand: Stand) -> None:
    """Each is asked with its example, and once more with what an order, a quote or a transfer left behind."""
    who, watched = await good(stand), Watched(stand.store)
    for _ in range(2):
        for dialect, endpoint in stand.rows():
            if endpoint.permission is None:
                await stand.send(asked(endpoint))
            else:
                await stand.call(dialect, endpoint, who)

    assert not watched.in_the_loop, sorted(set(watched.in_the_loop))
    assert watched.calls > 100


async def test_no_operation_asks_the_store_in_the_loop(stand: Stand) -> None:
    """What only looks; what changes something is written by the sequencer's own thread."""
    who, watched = await good(stand), Watched(stand.store)
    operations = Operations(stand.venue)
    answered = []
    for name in (each.name for each in OPERATIONS if not each.is_noted):
        with contextlib.suppress(ServiceError):  # that it needs to be told more
            await operations.call(name, {}, "operator test")
            answered.append(name)
    assert {"accounts", "audit", "keys", "withdrawals"} <= set(answered)
    await operations.call("customer", {"name": "good"}, "operator test")
    await operations.call("suspend_account", {"account": "good", "is_suspended": True}, "operator test")
    await operations.call("revoke_key", {"key": who.key}, "operator test")

    assert not watched.in_the_loop, sorted(set(watched.in_the_loop))


async def test_no_feed_asks_the_store_in_the_loop(stand: Stand) -> None:
    """Neither its first reading, for which the last day is looked up, nor its beat."""
    watched = Watched(stand.store)
    pairs = [listing.symbol for listing in stand.venue.catalogue.listings("btcturk")]
    topics = [("ticker", "all"), *((channel, pair) for pair in pairs for channel in ("ticker", "trade", "orderbook"))]
    topics += [("tradeview", f"{pair}_1D") for pair in pairs]
    books = [f"update:{each.name}_0" for each in stand.venue.catalogue.instruments]
    opened = []
    for path, messages in (("*", [join(*topic) for topic in topics]), ("/ws/oss/spot", [request("subscribe", *books)])):
        route = next(each for dialect in stand.dialects.values() for each in dialect.sockets if each.path == path)
        connection = FakeConnection("/" if path == "*" else path)
        session = route.open(stand.venue, connection)
        for message in messages:
            session.received(message)
        opened.append((connection, session))
    async with asyncio.timeout(20):
        while not {401, 402, 421, 428, 431} <= {json.loads(text)[0] for text in opened[0][0].sent}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # a thread of the services has no event of ours
    for _ in range(3):
        stand.clock.advance(BEAT_NS)
        for _ in range(10):
            await asyncio.sleep(0)

    assert len(opened[1][0].sent) > len(books)
    assert not watched.in_the_loop, sorted(set(watched.in_the_loop))
    for connection, session in opened:
        for task in connection.tasks:
            task.cancel()
        session.closed()
