"""`/ws/oss/spot`: what a client of the order book service sees."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.dialects.btse.socket_doubles import BookClient, FakeConnection, Stage, request, settle

from bedesten.dialects.btse.conversation import SocketLimits
from bedesten.dialects.btse.market.streams import FAILURES_MAX, FORGIVEN_NS, close_slow_reader


async def test_first_frame_is_a_snapshot_bids_best_first_and_asks_best_last() -> None:
    """A subscription is acknowledged and answered with the whole window, in the venue's key order."""
    stage = Stage()
    await stage.change({595000: 24, 592525: 6865}, {592920: 50000, 592855: 24000})
    connection, session = stage.books()

    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()

    ack, snapshot = connection.sent
    assert ack == '{"event":"subscribe","channel":["update:BTC-USD_0"]}'
    assert snapshot == (
        '{"topic":"update:BTC-USD_0","data":{"bids":[["59500.0","0.00024"],["59252.5","0.06865"]],'
        '"asks":[["59292.0","0.50000"],["59285.5","0.24000"]],"seqNum":701,"prevSeqNum":700,"type":"snapshot",'
        '"timestamp":1624985375123,"symbol":"BTC-USD"}}'
    )


async def test_deltas_carry_absolute_sizes_and_zero_for_what_is_gone() -> None:
    """What changed since the last delta is one delta; a level that is gone has exactly "0"."""
    stage = Stage()
    await stage.change({100: 5, 99: 7}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    connection.take()

    await stage.change({99: 8, 98: 1})
    await stage.change({98: 0}, {101: 0, 102: 9})
    await stage.pass_interval()

    [delta] = connection.take()
    assert delta["data"] == {
        "bids": [["9.9", "0.00008"]],
        "asks": [["10.1", "0"], ["10.2", "0.00009"]],
        "seqNum": 702,
        "prevSeqNum": 701,
        "type": "delta",
        "timestamp": 1624985375123,
        "symbol": "BTC-USD",
    }


async def test_a_book_is_told_at_most_once_an_interval() -> None:
    """The first change is told at once, those that follow within the interval together at its end."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    connection.take()

    await stage.change({100: 6})
    await settle()
    assert [message["data"]["bids"] for message in connection.take()] == [[["10.0", "0.00006"]]]

    for quantity in (7, 8, 9):
        await stage.change({100: quantity})
        await settle()
    assert connection.take() == []

    await stage.pass_interval()
    assert [message["data"]["bids"] for message in connection.take()] == [[["10.0", "0.00009"]]]


async def test_nothing_is_sent_while_the_book_is_idle() -> None:
    """Commits that leave the window as it was take no sequence number and send nothing."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0", "snapshotL1:BTC-USD"))
    await settle()
    connection.take()

    for _ in range(3):
        await stage.change({100: 5})
        await stage.pass_interval()
    assert connection.take() == []

    await stage.change({100: 6})
    await stage.pass_interval()
    assert [message["data"].get("seqNum", 702) for message in connection.take()] == [702, 702]


async def test_a_later_subscriber_joins_the_same_chain() -> None:
    """Everyone on a topic hears the same bytes; a snapshot in between continues the sequence."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    early, early_session = stage.books()
    early_session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    await stage.change({100: 6})
    await stage.pass_interval()
    early.take()

    late, late_session = stage.books(host="192.0.2.2")
    late_session.received(request("subscribe", "update:BTC-USD_0"))
    _, snapshot = late.take()
    await stage.change({100: 7})
    await stage.pass_interval()

    assert snapshot["data"]["seqNum"] == 702
    assert early.sent == late.sent
    assert late.take()[0]["data"]["prevSeqNum"] == 702


async def test_the_topic_without_a_group_shares_the_sequence_of_group_zero() -> None:
    """`update:BTC-USD` is a topic of its own that tells what `update:BTC-USD_0` tells."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0", "update:BTC-USD"))
    await settle()
    await stage.change({100: 6})
    await stage.pass_interval()

    frames = connection.take()[1:]
    assert [frame["topic"] for frame in frames] == ["update:BTC-USD_0", "update:BTC-USD"] * 2
    assert frames[0]["data"] == frames[1]["data"] and frames[2]["data"] == frames[3]["data"]


async def test_each_group_has_its_own_chain_of_wider_levels() -> None:
    """Group 1 is five ticks wide on BTC, bids rounded down and asks up, and counts its own changes only."""
    stage = Stage()
    await stage.change({104: 1, 101: 2, 99: 4}, {106: 1, 109: 2, 111: 4})
    fine, grouped = BookClient("update:BTC-USD_0"), BookClient("update:BTC-USD_1")
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0", "update:BTC-USD_1"))
    await settle()
    messages = connection.take()[1:]
    fine.feed(messages)
    grouped.feed(messages)

    await stage.change({104: 2, 101: 1})  # moves within one level of group 1
    await stage.pass_interval()
    messages = connection.take()
    fine.feed(messages)
    grouped.feed(messages)

    assert grouped.levels() == (
        [("10.0", "0.00003"), ("9.5", "0.00004")],
        [("11.0", "0.00003"), ("11.5", "0.00004")],
    )
    assert (fine.deltas, grouped.deltas) == (1, 0)


async def test_levels_that_leave_the_window_are_sent_as_zero() -> None:
    """The window is fifty levels a side; a better level pushes the worst one out, and its return is told again."""
    stage = Stage()
    await stage.change(dict.fromkeys(range(1, 61), 1), {1000: 1})
    client = BookClient("update:BTC-USD_0")
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    client.feed(connection.take()[1:])
    assert (len(client.bids), min(map(float, client.bids))) == (50, 1.1)

    await stage.change({61: 1})
    await stage.pass_interval()
    [delta] = connection.take()
    client.feed([delta])
    assert sorted(delta["data"]["bids"]) == [["1.1", "0"], ["6.1", "0.00001"]]

    await stage.change({61: 0, 60: 0})
    await stage.pass_interval()
    client.feed(connection.take())
    assert (len(client.bids), min(map(float, client.bids))) == (50, 1.0)


@pytest.mark.parametrize(
    "name", ["update:BTC-USD_00", "update:BTC-USD_-0", "snapshotL1:BTC-USD_000", "update:BTC-USD_01"]
)
async def test_every_spelling_of_a_grouping_is_told_under_its_own_name(name: str) -> None:
    """A client hears the topic that it was acknowledged; the others go on."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    plain, plain_session = stage.books()
    plain_session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    connection, session = stage.books(host="192.0.2.2")
    session.received(request("subscribe", name))
    await settle()
    await stage.change({100: 6, 95: 1})
    await stage.pass_interval()

    assert [frame["topic"] for frame in connection.take()[1:]] == [name, name]
    assert len(plain.take()) == 3
    session.closed()
    await stage.change({100: 7})
    await stage.pass_interval()
    assert len(plain.take()) == 1 and connection.take() == []


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("count", [2, 17, 18])
async def test_books_subscribed_to_one_by_one_are_all_shown(count: int, turns: int) -> None:
    """However far the event loop came between two messages: one that comes just as a reading ends is a new reading's."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    topics = [f"update:{symbol}_{group}" for group in range(9) for symbol in ("BTC-USD", "ETH-USD")][:count]
    for topic in topics:
        session.received(request("subscribe", topic))
        for _ in range(turns):
            await asyncio.sleep(0)
    await settle()

    assert [frame["topic"] for frame in connection.take() if "topic" in frame] == topics


async def test_best_quotes_are_sent_on_each_change_under_the_name_subscribed_to() -> None:
    """`snapshotL1` tells best bid and offer only, and takes the suffix `_0` as a spelling of its own."""
    stage = Stage()
    await stage.change({100: 5, 99: 7}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "snapshotL1:BTC-USD"))
    session.received(request("subscribe", "snapshotL1:BTC-USD_0"))
    await settle()
    frames = [message for message in connection.take() if "topic" in message]
    assert [frame["topic"] for frame in frames] == ["snapshotL1:BTC-USD", "snapshotL1:BTC-USD_0"]
    assert frames[0]["data"] == {
        "bids": [["10.0", "0.00005"]],
        "asks": [["10.1", "0.00003"]],
        "type": "snapshotL1",
        "symbol": "BTC-USD",
        "timestamp": 1624985375123,
    }

    await stage.change({99: 8})
    await stage.pass_interval()
    assert connection.take() == []

    await stage.change({}, {101: 0})
    await stage.pass_interval()
    assert [frame["data"]["asks"] for frame in connection.take()] == [[], []]


async def test_repeated_subscription_is_shown_the_book_again() -> None:
    """A client that lost its place may simply subscribe again, and then hears each delta once."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await stage.change({100: 6})
    await stage.pass_interval()

    kinds = [message["data"]["type"] for message in connection.take() if "data" in message]
    assert kinds == ["snapshot", "snapshot", "delta"]


async def test_unsubscribed_topics_are_named_and_fall_silent() -> None:
    """Only what was subscribed to is acknowledged; the last listener's end stops the reading of the book."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    connection.take()

    session.received(request("unsubscribe", "update:BTC-USD_0", "update:ETH-USD_0"))
    reads = stage.market.reads
    await stage.change({100: 6})
    await stage.pass_interval()

    assert connection.take() == [{"event": "unsubscribe", "channel": ["update:BTC-USD_0"]}]
    assert stage.market.reads == reads
    assert stage.feeds.books == []


async def test_sequence_never_goes_back_when_a_topic_is_taken_up_again() -> None:
    """A chain that nobody heard for a while, or that a restarted venue begins anew, goes on from the venue's own number."""
    stage = Stage()
    client = BookClient("update:BTC-USD_0")
    await stage.change({100: 5}, {101: 3})
    for _ in range(3):
        connection, session = stage.books()
        session.received(request("subscribe", "update:BTC-USD_0"))
        await settle()
        await stage.change({100: 6})
        await stage.change({100: 5, 98: 1})
        await stage.pass_interval()
        await stage.change({100: 7, 98: 0})
        await stage.pass_interval()
        client.feed([message for message in connection.take() if "data" in message])
        connection.close()
        session.closed()
        assert client.seq <= stage.market.seq

    assert client.deltas == 6


async def test_a_connection_that_closes_before_the_first_reading_is_forgotten() -> None:
    """Nothing is shown to, or kept for, who left at once."""
    stage = Stage()
    connection, session = stage.books()

    session.received(request("subscribe", "update:BTC-USD_0"))
    connection.close()
    session.closed()
    await settle()

    assert stage.feeds.books == [] and stage.market.reads == 0
    assert connection.take() == [{"event": "subscribe", "channel": ["update:BTC-USD_0"]}]


async def test_an_interval_of_zero_tells_every_commit() -> None:
    """Operators may have every change at once."""
    stage = Stage(interval_ns=0)
    await stage.change({100: 5}, {101: 3})
    connection, session = stage.books()
    session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    connection.take()

    await stage.change({100: 6})
    await stage.change({100: 7})

    assert [message["data"]["bids"] for message in connection.take()] == [[["10.0", "0.00006"]], [["10.0", "0.00007"]]]


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (request("subscribe", "update:BTCC-USD_0"), ("update:BTCC-USD_0", 1000)),
        (request("subscribe", "update:btc-usd_0"), ("update:btc-usd_0", 1000)),
        (request("subscribe", "tradeHistoryApi:BTC-USD"), ("tradeHistoryApi:BTC-USD", 1005)),
        (request("subscribe", "snapshot:BTC-USD_0"), ("snapshot:BTC-USD_0", 1005)),
        (request("subscribe", "snapshotL1:BTC-USD_3"), ("snapshotL1:BTC-USD_3", 1009)),
        (request("subscribe", {"a": 1}), ("", 1005)),
        (request("depth", "update:BTC-USD_0"), (None, 1001)),
        ("subscribe", (None, 1002)),
        ("[]", (None, 1002)),
        ('{"op":5}', (None, 1002)),
        ('{"op":"subscribe","args":"update:BTC-USD_0"}', (None, 1002)),
    ],
)
async def test_refusals_have_the_venues_numbers(message: str, answer: tuple[str | None, int]) -> None:
    """An argument that names nothing is told back with its error; a bad request has an error without argument."""
    connection, session = Stage().books()

    session.received(message)

    argument, code = answer
    [frame] = connection.take()
    [row] = frame["errors"]
    assert (frame["severity"], row.get("arg"), row["error"]["code"]) == ("ERROR", argument, code)


async def test_error_frame_reads_as_documented() -> None:
    """Clients decode severity, errors, arg and error in this shape."""
    connection, session = Stage().books()

    session.received(request("subscribe", "update:BTCC-USD_0"))

    assert connection.sent == [
        '{"severity":"ERROR","errors":[{"arg":"update:BTCC-USD_0","error":{"code":1000,'
        '"message":"Market pair provided is currently not supported."}}]}'
    ]


async def test_good_arguments_are_served_beside_refused_ones() -> None:
    """The acknowledgement names the good ones, one error frame the others."""
    stage = Stage()
    connection, session = stage.books()

    session.received(request("subscribe", "update:NO-PE_0", "update:BTC-USD_0", "nonsense"))
    await settle()

    ack, errors, snapshot = connection.take()
    assert ack["channel"] == ["update:BTC-USD_0"]
    assert [row["error"]["code"] for row in errors["errors"]] == [1000, 1005]
    assert snapshot["data"]["type"] == "snapshot"


@pytest.mark.parametrize(
    "message", ['{"op":"subscribe"}', '{"op":"subscribe","args":[]}', '{"op":"unsubscribe","args":null}']
)
async def test_requests_without_arguments_are_not_answered(message: str) -> None:
    """The venue says nothing to an empty subscription."""
    connection, session = Stage().books()

    session.received(message)
    await settle()

    assert connection.take() == []


async def test_grouping_out_of_range_is_acknowledged_and_silent() -> None:
    """The venue takes any number for a grouping; one beyond 8 never speaks."""
    stage = Stage()
    connection, session = stage.books()

    session.received(request("subscribe", "update:BTC-USD_9", "update:BTC-USD_-1"))
    await stage.change({100: 5})
    await stage.pass_interval()
    session.received(request("unsubscribe", "update:BTC-USD_9"))

    assert connection.take() == [
        {"event": "subscribe", "channel": ["update:BTC-USD_9", "update:BTC-USD_-1"]},
        {"event": "unsubscribe", "channel": ["update:BTC-USD_9"]},
    ]


async def test_repeated_failures_end_the_session() -> None:
    """After so many refused requests the service says 1008 and closes."""
    connection, session = Stage().books()

    for _ in range(FAILURES_MAX):
        session.received("nonsense")

    assert connection.take()[-1]["errors"][0]["error"]["code"] == 1008
    assert connection.ended is not None


async def test_slow_reader_is_told_before_the_close() -> None:
    """Error 1007 is the last word to a reader who does not keep up."""
    connection = FakeConnection("/ws/oss/spot")

    close_slow_reader(connection)

    assert json.loads(connection.sent[0])["errors"][0]["error"] == {
        "code": 1007,
        "message": "User message buffer is full.",
    }
    assert connection.ended is not None


async def test_topics_beyond_the_limit_are_left_out() -> None:
    """A connection has so many topics; what is beyond is not acknowledged, and unsubscribing makes room."""
    stage = Stage(limits=SocketLimits(topics_max=2))
    connection, session = stage.books()

    session.received(request("subscribe", "update:BTC-USD_0", "update:BTC-USD_1", "update:BTC-USD_2"))
    session.received(request("unsubscribe", "update:BTC-USD_0"))
    session.received(request("subscribe", "update:BTC-USD_2"))

    acks = [message["channel"] for message in connection.take() if "event" in message]
    assert acks == [["update:BTC-USD_0", "update:BTC-USD_1"], ["update:BTC-USD_0"], ["update:BTC-USD_2"]]


async def test_dead_connection_costs_the_others_nothing() -> None:
    """One listener's end leaves the rest of the chain as it was."""
    stage = Stage()
    await stage.change({100: 5}, {101: 3})
    stay, stay_session = stage.books()
    go, go_session = stage.books(host="192.0.2.2")
    for session in (stay_session, go_session):
        session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()
    stay.take()

    go.close()
    go_session.closed()
    await stage.change({100: 6})
    await stage.pass_interval()

    assert [message["data"]["type"] for message in stay.take()] == ["delta"]


async def test_refused_requests_are_forgiven_in_time() -> None:
    """A client that errs now and then stays connected all day; one that errs too often at once does not."""
    stage = Stage()
    connection, session = stage.books()
    for _ in range(3 * FAILURES_MAX):
        session.received(request("noop"))
        stage.clock.advance(FORGIVEN_NS)

    assert connection.ended is None
    for _ in range(FAILURES_MAX):
        session.received(request("noop"))
    assert connection.ended is not None
