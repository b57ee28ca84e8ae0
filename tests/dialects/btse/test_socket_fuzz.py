"""Whatever clients send, in whatever order: sessions answer or stay silent, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dialects.btse.socket_doubles import KEY, Stage, login, settle

from bedesten.dialects.btse.conversation import SocketLimits

OPERATIONS = ("subscribe", "unsubscribe", "authKeyExpires", "login", "ping", "depth", "")
TOPICS = (
    "update:BTC-USD_0", "update:BTC-USD", "update:BTC-USD_8", "update:BTC-USD_9", "update:ETH-USD_1", "update:NO-PE_0",
    "snapshotL1:BTC-USD", "snapshotL1:BTC-USD_0", "snapshotL1:BTC-USD_1", "tradeHistoryApi:BTC-USD", "tradeHistoryApi:X",
    "notificationApiV3", "notificationApi", "fills", "orderBookApi:BTC-USD_0", KEY, "",
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(TOPICS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
REQUESTS = st.builds(
    lambda op, args: json.dumps({"op": op, "args": args}),
    st.sampled_from(OPERATIONS) | JSON,
    st.lists(st.sampled_from(TOPICS) | JSON, max_size=6) | JSON,
)
MESSAGES = st.one_of(REQUESTS, JSON.map(json.dumps), st.text(max_size=30), st.binary(max_size=30), st.just(login()))
STEPS = st.lists(st.tuples(st.integers(0, 2), MESSAGES | st.just("close")), max_size=25)


@given(steps=STEPS)
@settings(max_examples=150)
def test_any_conversation_ends_with_nothing_left_behind(steps: list[tuple[int, str | bytes]]) -> None:
    """Three connections say anything; every answer is JSON or "pong", and once all have closed nobody is served any more."""
    asyncio.run(converse(steps))


async def converse(steps: list[tuple[int, str | bytes]]) -> None:
    """Play *steps*, with the market moving in between, then close everything."""
    stage = Stage(limits=SocketLimits(topics_max=4))
    opened: list[tuple[Any, Any]] = [stage.spot(), stage.books(), stage.books()]
    gone: set[int] = set()
    for price, (which, message) in enumerate(steps, start=100):
        connection, session = opened[which]
        if which in gone:
            continue
        if message == "close" or connection.ended is not None:
            connection.close()
            session.closed()
            gone.add(which)
        else:
            session.received(message)
            assert len(session.topics) <= 4
        await stage.change({price: 1}, {10_000 - price: 1})
        if price % 3 == 0:
            await stage.pass_interval()
    for which, (connection, session) in enumerate(opened):
        connection.take()  # decodes everything
        if which not in gone:
            connection.close()
            session.closed()
        for task in connection.tasks:
            task.cancel()
    await stage.pass_interval()
    await settle()

    reads = stage.market.reads
    await stage.change({1: 1})
    await stage.pass_interval()
    assert stage.market.reads == reads
    assert stage.feeds.books == [] and not any(stage.feeds.accounts.values())
    assert stage.spot()[0].ended is None
