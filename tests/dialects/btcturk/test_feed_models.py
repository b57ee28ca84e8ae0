"""Golden frames: every model that the feed sends, byte for byte, after a scripted quarter of an hour.

The frames in ws_feed.json are ours, made by this script and compared by eye with recorded ones; a change of theirs is a change
of the wire.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bedesten.domain.commands import CancelOrder
from bedesten.domain.enums import PriceSource, Trigger
from tests.dialects.btcturk.feed_stage import Stage, join, login, open_stage

GOLDEN = Path(__file__).with_name("ws_feed.json")
TOPICS = ("ticker:all", "ticker:BTCTRY", "trade:BTCTRY", "orderbook:BTCTRY", "obdiff:BTCTRY", "tradeview:BTCTRY_60")
MODELS = {100, 112, 113, 114, 201, 401, 402, 421, 422, 423, 428, 431, 432, 441, 451, 452, 453, 991}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    opened = await open_stage()
    yield opened
    await opened.venue.sequencer.stop()


async def script(stage: Stage) -> list[str]:
    """Return everything that one connection is sent while bob trades."""
    await stage.sell(stage.alice, "0.5", "1000000")
    await stage.buy(stage.bob, "0.25", "1000000")
    await stage.venue.market_data.summaries()  # so that no first reading waits for the store, and they come in order
    connection, session = stage.connect()
    connection.sent.append('[991,{"type":991,"current":"6.0.0","min":"2.3.0"}]')
    session.received('[111,{"type":111,"id":0,"username":"guest","token":null,"app":"pro","platform":"linux"}]')
    for topic in (*TOPICS, "nothing:BTCTRY"):
        session.received(join(*topic.split(":")))
    await stage.settle()
    session.received(login(stage))
    session.received(login(stage, signature="wrong"))
    await stage.buy(stage.bob, "0.1", "990000", "resting")
    await stage.beat()
    await stage.sell(stage.alice, "0.04", "990000")
    await stage.sell(stage.bob, "0.25", "1000000", "to cancel")
    placed = await stage.buy(stage.bob, "0.25", "1000001", "taker")
    assert placed.trades
    await stage.venue.trading.cancel_by_client_id(stage.bob, "to cancel")
    stop = await stage.sell(
        stage.bob,
        "0.02",
        "970000",
        "stop",
        trigger=Trigger.STOP,
        trigger_price=985_000,
        trigger_source=PriceSource.LAST,
    )
    await stage.buy(stage.alice, "0.05", "985000")
    await stage.sell(stage.alice, "0.06", "990000")
    await stage.sell(stage.bob, "0.01", "985000")
    await stage.beat(2)
    assert (await stage.venue.trading.cancel(CancelOrder(account=stage.bob, order_id=stop.order_id))).reject
    await stage.fund(stage.bob)
    session.received(join("ticker", "all", leave=True))
    session.received('[113,{"type":113,"id":17}]')
    return connection.sent


def renumbered(frames: list[str]) -> list[str]:
    """Return the frames, their books' change numbers counted from the first: how many commands set a venue up is not told."""
    numbers = [int(number) for frame in frames for number in re.findall(r'"CS":(\d+)', frame)]
    return [re.sub(r'"CS":(\d+)', lambda found: f'"CS":{int(found[1]) - numbers[0]}', frame) for frame in frames]


async def test_every_frame_is_as_it_was(stage: Stage) -> None:
    """The wire does not change by accident."""
    frames = await script(stage)

    assert renumbered(frames) == renumbered(json.loads(GOLDEN.read_text())["frames"])


def test_the_golden_frames_show_every_model() -> None:
    """Numbers inside and outside agree, and none is missing."""
    frames: list[Any] = [json.loads(text) for text in json.loads(GOLDEN.read_text())["frames"]]

    assert {model for model, _ in frames} == MODELS
    assert all(body["type"] == model for model, body in frames)


async def test_a_ticker_keeps_the_venues_odd_sums(stage: Stage) -> None:
    """Daily is the best ask less the open; the percentage is of the last price; the average is what was paid for what."""
    await stage.sell(stage.alice, "1", "36.7", name="ETH-TRY")
    await stage.buy(stage.bob, "1", "36.7", name="ETH-TRY")
    await stage.sell(stage.alice, "3", "34.5", name="ETH-TRY")
    await stage.buy(stage.bob, "2", "34.5", name="ETH-TRY")

    connection = await stage.listen("ticker:ETHTRY")

    ticker = connection.take()[-1][1]
    assert (ticker["O"], ticker["LA"], ticker["A"], ticker["B"]) == ("37", "35", "35", "0")
    assert (ticker["D"], ticker["DP"]) == ("-2", "-5.41")
    assert (ticker["AV"], ticker["V"], ticker["AA"]) == ("35.233333333333", "3", "1")
