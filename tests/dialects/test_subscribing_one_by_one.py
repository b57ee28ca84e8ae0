"""Subscriptions sent one by one, back to back, over real sockets: every topic is shown, trial after trial."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any, Final

import pytest
from websockets.sync.client import connect

from bedesten.domain.commands import AdvanceTime
from bedesten.server.run import Server
from tests.dialects.btcturk.feed_stage import join
from tests.dialects.btse.socket_doubles import request
from tests.security.stand import MINUTE_NS, Stand, standing

TRIALS: Final = 12  # of each size; half of them missed books before there was one engine
GROUPS: Final = 9
SHOWN_S: Final = 10  # far beyond what a loaded machine takes; a topic that is missed is missed for ever


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """The demo's venue, whose commits never stop."""
    async with standing() as opened:
        busy = asyncio.create_task(_commit(opened))
        yield opened
        busy.cancel()


@pytest.fixture
async def server(stand: Stand) -> AsyncIterator[Server]:
    running = Server(stand.app, host="127.0.0.1", port=0)
    await running.start()
    yield running
    await running.stop()


async def _commit(stand: Stand) -> None:
    random = Random(5)
    while True:
        await stand.venue.sequencer.submit(AdvanceTime())
        await asyncio.sleep(random.choice((0, 0, 0.0005, 0.002)))


def shown(url: str, messages: list[str], topic_of: Callable[[Any], str | None]) -> set[str]:
    """Send *messages* and return the topics of the frames that come. In a thread, so that they meet the loop at any moment."""
    topics = set[str]()
    with connect(url, max_queue=None, compression=None, ping_interval=None) as socket:
        for message in messages:
            socket.send(message)
        while len(topics) < len(messages):
            if (topic := topic_of(json.loads(socket.recv(SHOWN_S)))) is not None:
                topics.add(topic)
    return topics


@pytest.mark.parametrize("count", [2, 3, 7, 20, 63])
async def test_every_book_that_was_subscribed_to_is_shown(stand: Stand, server: Server, count: int) -> None:
    """`/ws/oss/spot`, a message for each topic."""
    symbols = [instrument.name for instrument in stand.venue.catalogue.instruments]
    topics = [f"update:{symbol}_{group}" for group in range(GROUPS) for symbol in symbols][:count]
    assert len(topics) == count
    messages, url = [request("subscribe", topic) for topic in topics], server.url.replace("http", "ws")
    for _ in range(TRIALS):
        assert await asyncio.to_thread(shown, f"{url}/ws/oss/spot", messages, _topic_of) == set(topics)


@pytest.mark.parametrize("channel", ["orderbook", "obdiff", "ticker", "tradeview"])
async def test_every_topic_that_was_joined_is_shown(stand: Stand, server: Server, channel: str) -> None:
    """BtcTurk's feed, a message for each pair."""
    pairs = [listing.symbol for listing in stand.venue.catalogue.listings("btcturk")]
    events = [f"{pair}_1" for pair in pairs] if channel == "tradeview" else pairs
    assert len(events) > 5
    messages, url = [join(channel, event) for event in events], server.url.replace("http", "ws")
    for _ in range(TRIALS):
        assert await asyncio.to_thread(shown, f"{url}/", messages, _event_of) == set(events)
        for _ in range(3):
            stand.clock.advance(MINUTE_NS)  # what nobody hears rests, and the address may connect again
            await asyncio.sleep(0.01)


def _topic_of(message: Any) -> str | None:
    return message.get("topic")


def _event_of(message: Any) -> str | None:
    model, body = message
    return body["event"] if model in (431, 428) else body["PS"] if model == 402 else None
