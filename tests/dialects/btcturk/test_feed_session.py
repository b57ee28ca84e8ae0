"""Conversations with the feed: subscriptions, requests, logins, and what clients should not have sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from bedesten.dialects.btcturk import tokens
from bedesten.dialects.btcturk.choices import DEFAULTS
from bedesten.dialects.btcturk.feed import session as feed_session
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.services.store_types import Permission
from tests.dialects.btcturk.feed_stage import KEY, SECRET, Stage, is_asleep, join, login, open_stage
from tests.dialects.btse.socket_doubles import FakeConnection, settle

MINUTE_NS = 60_000_000_000


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    opened = await open_stage()
    yield opened
    await opened.venue.sequencer.stop()


def models(frames: list[Any]) -> list[int]:
    return [model for model, _ in frames]


# Subscriptions


@pytest.mark.parametrize(
    "text",
    [
        "[151,{type: 151, channel: 'trade', event: 'BTCTRY', join: true}]",
        '[151,{"type":151,"channel":"trade","event":"BTCTRY","join":true}]',
        "[151,{'type':151,'channel':'trade','event':'BTCTRY','join':True,}]",
        '[151,{"Type":151,"Channel":"trade","Event":"BTCTRY","Join":true}]',
        '{"type":151,"channel":"trade","event":"BTCTRY","join":true}',
        '["151",{"type":"151","channel":"trade","event":"BTCTRY","join":"True"}]',
        "[151,{type:151,channel:'trade',event:'BTCTRY',join:1}]",
    ],
)
async def test_subscriptions_are_read_as_clients_write_them(stage: Stage, text: str) -> None:
    """With and without quotes, in any case of their keys, with and without the array around them."""
    connection, session = stage.connect()

    session.received(text)

    answer, trades = connection.take()
    assert answer == [100, {"type": 100, "ok": True, "message": "join|trade:BTCTRY"}]
    assert trades[0] == 421


@pytest.mark.parametrize(
    "topic",
    [
        "trade:DOGETRY",
        "true:all",
        "orderbook:all",
        "obdiff:all",
        "tradeview:BTCTRY",
        "tradeview:BTCTRY_7",
        "trade:ETHBTC",
        ":",
        "trade:btctry",
        "trade:BTC_TRY",
        "Trade:BTCTRY",
        "ticker:ALL",
        "ticker:btctry",
        "tradeview:BTCTRY_1d",
    ],  # fmt: skip
)
async def test_a_subscription_to_nothing_is_granted_and_silent(stage: Stage, topic: str) -> None:
    """As recorded on 2026-09-23: ok is true for what does not exist, small letters included; twice it is not."""
    await stage.sell(stage.alice, "1", "5")
    connection = await stage.listen(topic)

    assert connection.take() == [[100, {"type": 100, "ok": True, "message": f"join|{topic}"}]]
    await stage.buy(stage.bob, "1", "5")
    await stage.beat(2)
    assert connection.take() == []
    session = stage.connections[0][1]
    for leave, ok in ((False, False), (True, True), (True, True), (False, True)):
        session.received(join(*topic.split(":"), leave=leave))
        assert connection.take() == [
            [100, {"type": 100, "ok": ok, "message": f"{'leave' if leave else 'join'}|{topic}"}]
        ]


@pytest.mark.parametrize(
    ("topic", "model"),
    [
        ("ticker:all", 401), ("ticker:BTCTRY", 402), ("trade:BTCTRY", 421), ("orderbook:BTCTRY", 431),
        ("obdiff:BTCTRY", 431), ("tradeview:BTCTRY_1D", 428), ("tradingview:BTCTRY_1", 428),
    ],
)  # fmt: skip
async def test_who_joins_is_shown_what_there_is(stage: Stage, topic: str, model: int) -> None:
    """A client that joins a quiet market does not wait for it to move; a second join is refused, and the stream goes on."""
    connection, session = stage.connect()
    session.received(join(*topic.split(":")))
    await stage.settle()
    assert models(connection.take()) == [100, model]
    session.received(join(*topic.split(":")))
    await stage.settle()
    assert connection.take() == [[100, {"type": 100, "ok": False, "message": f"join|{topic}"}]]

    await stage.beat()
    assert models(connection.take()) == ([model] if model in (401, 402) else [])
    await stage.sell(stage.alice, "1", "5")
    await stage.buy(stage.bob, "2", "5")
    await stage.beat()
    assert connection.take(), "what happens is still told"


async def test_joins_as_clients_recorded_them_in_2020(stage: Stage) -> None:
    """A choice of the venue file: nothing is refused, small letters and BTC_TRY are read, and who joins again is shown again."""
    stage.feed = Feed(answers={**DEFAULTS, "joins": "told"})
    connection = await stage.listen(
        "trade:btc_try", "trade:BTCTRY", "obdiff:nope", "tradeview:btc_try_1d", "Ticker:ALL"
    )

    told = connection.take()

    assert [body["ok"] for model, body in told if model == 100] == [True, True, False, True, True]
    assert sorted(model for model in models(told) if model != 100) == [401, 421, 421, 428]


async def test_a_connection_remembers_so_many_joins_of_nothing(stage: Stage) -> None:
    """Names that are none take no more memory than a bound allows; what exists is joined beyond it."""
    connection, session = stage.connect()
    for number in range(feed_session.NAMES_MAX + 10):
        stage.clock.advance(10_000_000)
        session.received(join("nothing", str(number)))
    session.received(join("trade", "BTCTRY"))

    assert len(session._silent) == feed_session.NAMES_MAX
    assert models(connection.take())[-1] == 421


async def test_who_leaves_hears_no_more(stage: Stage) -> None:
    """The answer says so, and the other topics go on."""
    connection = await stage.listen("ticker:all", "trade:BTCTRY")
    connection.take()

    stage.connections[0][1].received(join("ticker", "all", leave=True))
    await stage.sell(stage.alice, "1", "5")
    await stage.buy(stage.bob, "1", "5")
    await stage.beat(2)

    assert connection.take()[0] == [100, {"type": 100, "ok": True, "message": "leave|ticker:all"}]
    assert models(connection.take()) == []


@pytest.mark.parametrize(
    ("request_", "model"),
    [
        ({"code": 421, "channel": "trade", "event": "BTCTRY"}, 421),
        ({"code": 421, "channel": None, "event": "BTCTRY"}, 421),
        ({"code": 401, "channel": None, "event": None}, 401),
        ({"code": 402, "channel": "ticker", "event": "BTCTRY"}, 402),
        ({"code": 431, "channel": "obdiff", "event": "BTCTRY"}, 431),
        ({"code": 428, "channel": "tradeview", "event": "BTCTRY_60"}, 428),
    ],
)
async def test_a_request_is_answered_once(stage: Stage, request_: dict[str, Any], model: int) -> None:
    """Model 101 shows what a topic shows who joins, to one who does not."""
    connection, session = stage.connect()
    for _ in range(2):
        session.received(json.dumps([101, {"type": 101, **request_}]))
        await stage.settle()
        assert models(connection.take()) == [model]

    await stage.beat(2)
    assert connection.take() == []


async def test_nothing_runs_while_nobody_listens(stage: Stage) -> None:
    """After the last one has gone the feed falls asleep, and wakes for the next."""
    connection = await stage.listen("obdiff:BTCTRY", "ticker:all")
    stage.connections[0][1].closed()
    for channel in tuple(connection.channels):
        connection.leave(channel)
    await stage.beat(2)
    assert is_asleep()

    assert models((await stage.listen("obdiff:BTCTRY")).take()) == [100, 431]


async def test_a_client_that_leaves_while_it_waits_is_forgotten(stage: Stage) -> None:
    """A first reading that comes too late is sent to nobody."""
    connection, session = stage.connect()
    session.received(join("obdiff", "BTCTRY"))
    session.closed()
    await settle()

    assert models(connection.take()) == [100]
    assert not connection.channels


# Logins


@pytest.mark.parametrize(
    "how", [{}, {"signed": "timestamp"}, {"nonce": 15000, "shift_ms": -14_000}, {"nonce": "3000"}, {"shift_ms": 4_000}]
)
async def test_either_signature_logs_in(stage: Stage, how: dict[str, Any]) -> None:
    """Over key and tolerance, as the official sample signs, or over key and time."""
    connection, session = stage.connect()

    session.received(login(stage, **how))

    assert connection.take() == [[114, {"type": 114, "id": stage.bob, "ok": True, "message": None}]]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"nonce": 1_700_000_000_000}, "Unauthorized - Invalid Request"),
        ({"nonce": -1}, "Unauthorized - Invalid Request"),
        ({"publicKey": "nobody"}, "Unauthorized - Invalid Public key"),
        ({"publicKey": 5}, "Unauthorized - Invalid Request"),
        ({"signature": "bm90IHRydWU="}, "Unauthorized - Invalid Signature"),
        ({"signature": None}, "Unauthorized - Invalid Request"),
        ({"shift_ms": -6_000}, "Unauthorized - Invalid Nonce"),
        ({"shift_ms": 16_000, "nonce": 15_000}, "Unauthorized - Invalid Nonce"),
    ],
)
async def test_a_login_that_proves_nothing_is_refused(stage: Stage, how: dict[str, Any], message: str) -> None:
    """The words are the venue's; nothing private is heard."""
    connection, session = stage.connect()

    session.received(login(stage, **how))
    await stage.buy(stage.bob, "1", "5")

    assert connection.take() == [[114, {"type": 114, "id": 0, "ok": False, "message": message}]]


async def test_a_key_that_may_not_be_used_here_is_refused_in_rests_words(stage: Stage) -> None:
    """It is known, but not from this address: an invalid request, no invalid key."""
    await stage.venue.keys.create(
        stage.bob, [Permission.READ], key="elsewhere", secret=SECRET, ip_allow_list=["203.0.113.9"]
    )
    connection, session = stage.connect()

    session.received(login(stage, publicKey="elsewhere"))

    refused = {"type": 114, "id": 0, "ok": False, "message": "Unauthorized - Invalid Request"}
    assert connection.take() == [[114, refused]]


async def test_guests_may_say_that_they_are(stage: Stage) -> None:
    """A guest's login is granted; a token that nobody gave out is not."""
    connection, session = stage.connect()

    session.received("[111,{type:111,id:0,username:'guest',token:null,app:'pro',platform:'linux'}]")
    for token in ("'abc'", "7", "'a.b.c'", "'" + "x" * 9_000 + "'"):
        session.received(f"[111,{{type:111,id:7,username:'a@b',token:{token},app:'pro',platform:'linux'}}]")

    refused = [112, {"type": 112, "id": 0, "ok": False, "message": "Unauthorized - Invalid Request"}]
    assert connection.take() == [[112, {"type": 112, "id": 0, "ok": True, "message": None}], *[refused] * 4]


@pytest.mark.parametrize(
    ("use", "id_", "age_s", "ok"),
    [("access", 0, 0, True), ("access", None, 0, True), ("access", "own", 0, True), ("access", 9, 0, False),
     ("access", 0, 2_701, False), ("refresh", 0, 0, False)],
)  # fmt: skip
async def test_a_token_logs_in(stage: Stage, use: str, id_: Any, age_s: int, ok: bool) -> None:
    """An access token of the token endpoint, while it lasts, under its account's id or none; then the account is heard."""
    key = stage.venue.keys.find(KEY)
    assert key is not None
    token = tokens.made_for(stage.venue, key, stage.clock.now_ns() // 1_000_000_000 + tokens.REFRESH_LIFETIME_S)[
        f"{use}_token"
    ]
    stage.clock.advance(age_s * 1_000_000_000)
    connection, session = stage.connect()

    login = {"type": 111, "id": stage.bob if id_ == "own" else id_, "username": "bob", "token": token, "app": "pro"}
    session.received(json.dumps([111, login]))
    ((model, answer),) = connection.take()
    await stage.buy(stage.bob, "1", "5")

    assert (model, answer["ok"], answer["id"]) == (112, ok, stage.bob if ok else 0)
    assert models(connection.take()) == ([451, 201] if ok else [])


async def test_a_logout_is_the_last_word(stage: Stage) -> None:
    """It is echoed, and the connection ends; to a guest it means nothing."""
    connection, session = stage.connect()
    session.received("[113,{type:113,id:1}]")
    session.received(login(stage))
    session.received("[113,{type:113,id:1}]")

    assert models(connection.take()) == [114, 113]
    assert connection.ended is not None and connection.ended[0] == 1000


async def test_a_key_without_the_right_to_read_hears_nothing(stage: Stage) -> None:
    """A key that may only withdraw is not let in."""
    await stage.venue.keys.revoke(KEY)
    key = await stage.venue.keys.create(stage.bob, [Permission.WITHDRAW], key=KEY)
    connection, session = stage.connect()

    assert key.permissions is Permission.WITHDRAW
    session.received(login(stage))

    assert connection.take()[0][1]["ok"] is False


async def test_a_revoked_key_is_logged_out_at_once(stage: Stage) -> None:
    """The connection stays, and is told; its private models end."""
    connection, session = stage.connect()
    session.received(login(stage))
    connection.take()
    await stage.venue.keys.revoke(KEY)
    assert [(model, body["ok"]) for model, body in connection.take()] == [(114, False)]

    await stage.buy(stage.bob, "1", "5")

    assert connection.take() == [] and connection.ended is None


async def test_a_login_by_token_ends_with_the_token(stage: Stage) -> None:
    """Forty-five minutes later, to the second, though the key goes on."""
    key = stage.venue.keys.find(KEY)
    assert key is not None
    token = tokens.made_for(stage.venue, key, stage.clock.now_ns() // 1_000_000_000 + tokens.REFRESH_LIFETIME_S)[
        "access_token"
    ]
    connection, session = stage.connect()
    session.received(json.dumps([111, {"type": 111, "id": 0, "token": token, "username": ""}]))
    await settle()
    stage.clock.advance(tokens.LIFETIME_S * 1_000_000_000 - 1)
    await settle()
    await stage.buy(stage.bob, "1", "5")
    told = models(connection.take())
    assert told[0] == 112 and 451 in told
    stage.clock.advance(1)
    await settle()
    assert [body["ok"] for _, body in connection.take()] == [False]
    await stage.buy(stage.bob, "1", "5")

    assert connection.take() == []


async def test_guessing_keys_ends_the_connection(stage: Stage) -> None:
    """Twenty refusals are enough."""
    connection, session = stage.connect()
    for _ in range(25):
        session.received(login(stage, signature="AAAA"))

    assert connection.ended == (1008, "too many failed logins")


async def test_guessing_keys_shuts_the_address_out(stage: Stage) -> None:
    """Fifty failed logins in a row, over however many connections, and the feed is closed to it for ten minutes."""
    for _ in range(3):
        _, session = stage.connect()
        for _ in range(17):
            session.received(login(stage, signature="AAAA"))

    connection = FakeConnection("/")
    stage.feed.open(stage.venue, connection)
    assert (connection.sent, connection.ended) == ([], (1008, "too many unauthorized requests"))
    elsewhere = FakeConnection("/", client_host="198.51.100.7")
    stage.feed.open(stage.venue, elsewhere)
    assert elsewhere.ended is None
    stage.clock.advance(10 * MINUTE_NS)
    stage.connect()


# What clients should not have sent

GARBAGE: list[str | bytes] = [
    "", " ", "ping", "[]", "{}", "[151]", "[151,{}]", "[151,[]]", "[151,{},3]", "[true,{}]", "[151.5,{}]", '["151",{}]',
    "[" * 10_000, "{a:" * 10_000, '[151,{"channel":["trade"],"event":"BTCTRY","join":true}]', b"\xff\xfe", b"\x00",
    '[151,{"channel":"trade","event":null,"join":true}]', '[151,{"channel":"trade","event":"BTCTRY","join":"yes"}]',
    '[101,{"code":421,"event":"NOPE"}]', '[101,{"code":{},"event":7}]', "[101,{}]", "[999,{type:999}]",
    '[113,{"type":113}]', '[151,{"channel":"trade","event":"' + "x" * 60_000 + '","join":[]}]', "[9e999,{}]",
]  # fmt: skip


@pytest.mark.parametrize("message", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_left_unanswered(stage: Stage, message: str | bytes) -> None:
    """As the venue does; the connection goes on."""
    connection, session = stage.connect()

    session.received(message)
    await settle()
    assert connection.take() == []

    session.received(join("trade", "BTCTRY"))
    assert models(connection.take()) == [100, 421]


async def test_mutilated_messages_never_hurt(stage: Stage) -> None:
    """Random bytes struck into good messages are answered, or not, but never raise."""
    random = Random(7)
    connection, session = stage.connect()
    good = [
        join("obdiff", "BTCTRY"),
        login(stage),
        "[101,{type:101,code:431,event:'BTCTRY'}]",
        "[111,{type:111,token:null}]",
    ]
    for _ in range(2_000):
        text = list(random.choice(good))
        for _ in range(random.randint(1, 6)):
            text[random.randrange(len(text))] = random.choice("\"'{}[],:\\ux019ntf/* \n\u0131\ud7ff")
        session.received("".join(text))
        stage.clock.advance(6_000_000)
    await settle()

    assert all(isinstance(frame[0], int) for frame in connection.take())


async def test_too_many_messages_cost_the_connection(stage: Stage) -> None:
    """Two hundred in a second are borne, one more is not."""
    connection, session = stage.connect()
    for _ in range(2):
        for _ in range(200):
            session.received("[]")
        stage.clock.advance(1_000_000_000)
    assert connection.ended is None

    for _ in range(201):
        session.received("[]")

    assert connection.ended == (1008, "too many messages")


async def test_what_is_told_back_is_short(stage: Stage) -> None:
    """A huge name of a channel is not repeated whole."""
    connection, session = stage.connect()
    session.received(join("c" * 30_000, "e" * 30_000))

    assert len(connection.sent[0]) < 300
