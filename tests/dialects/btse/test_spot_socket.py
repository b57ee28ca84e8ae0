"""`/ws/spot`: pings, logins, subscriptions, public trades, and who gets what of an account."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.dialects.btse.socket_doubles import (
    ACCOUNT,
    KEY,
    TIME_NS,
    FakeConnection,
    Stage,
    login,
    request,
    settle,
)

from bedesten.dialects.btse.conversation import IDLE_NS_MAX, SocketLimits
from bedesten.dialects.btse.spot.streams import FAILED_LOGINS_MAX
from bedesten.domain.enums import Side
from bedesten.services.store_types import Permission, Trade

DOCUMENTED_LOGIN = request(
    "authKeyExpires",
    KEY,
    "1624985375123",
    "c410d38c681579adb335885800cff24c66171b7cc8376cfe43da1408c581748156b89bcc5a115bb496413bda481139fb",
)
LOGGED_IN = {"event": "login", "success": True}
REFUSED = {"event": "login", "success": False}


def a_trade(trade_id: int, price: int = 53028, quantity: int = 700, side: int = Side.SELL) -> Trade:
    return Trade(trade_id, 1, side, price, quantity, price * quantity, TIME_NS)


async def test_text_ping_is_answered_with_text_pong() -> None:
    """The venue's keepalive is bare text, not JSON."""
    connection, session = Stage().spot()

    session.received("ping")

    assert connection.sent == ["pong"]


@pytest.mark.parametrize(
    "message",
    [DOCUMENTED_LOGIN, login(), login(1624985375123), login(op="login"), login(str(TIME_NS // 1_000_000 - 30_000))],
)
async def test_signed_login_succeeds(message: str) -> None:
    """The documented example logs in; the nonce may be text or number, the operation has two names."""
    connection, session = Stage().spot()

    session.received(message)

    assert connection.take() == [LOGGED_IN]


@pytest.mark.parametrize(
    "message",
    [
        login(key="nobody"),
        login(path="/ws/otc"),
        login(path="/spotWS"),
        login(str(TIME_NS // 1_000_000 - 120_000)),
        login("1624985375123.0"),
        login("١٦٢٤٩٨٥٣٧٥١٢٣"),
        request("authKeyExpires", KEY, "1624985375123", "c410"),
        request("authKeyExpires", KEY, "1624985375123", "\u20ac" * 96),
        request("authKeyExpires", KEY, "1624985375123"),
        request("authKeyExpires", None, {}, []),
        request("authKeyExpires"),
        '{"op":"login"}',
    ],
)
async def test_bad_login_is_refused(message: str) -> None:
    """Unknown key, wrong path, old nonce, wrong or missing signature: the login fails, the connection stays."""
    connection, session = Stage().spot()

    session.received(message)

    assert connection.take() == [REFUSED]
    assert connection.ended is None


async def test_legacy_path_takes_its_own_signature() -> None:
    """Clients of /spotWS sign that path; current ones sign /ws/spot there too."""
    for path in ("/spotWS", "/ws/spot"):
        connection, session = Stage().spot("/spotWS")

        session.received(login(path=path))

        assert connection.take() == [LOGGED_IN]


async def test_a_key_needs_a_right_to_see_orders() -> None:
    """A key that may only withdraw, has expired, or is bound to another address does not log in."""
    for change in ({"permissions": Permission.WITHDRAW}, {"expires_ns": TIME_NS}, {"ip_allow_list": ("198.51.100.7",)}):
        stage = Stage()
        for name, value in change.items():
            setattr(stage.keys[KEY], name, value)
        connection, session = stage.spot()

        session.received(login())

        assert connection.take() == [REFUSED]


async def test_guessing_ends_the_connection() -> None:
    """A connection may fail to log in only so often."""
    connection, session = Stage().spot()

    for _ in range(FAILED_LOGINS_MAX):
        session.received(login(key="nobody"))

    assert connection.ended is not None


async def test_login_and_subscription_sent_back_to_back_are_taken_in_order() -> None:
    """Clients do not wait for the login's answer."""
    connection, session = Stage().spot()

    session.received(login())
    session.received(request("subscribe", "notificationApiV3", "fills"))

    assert connection.take() == [LOGGED_IN, {"event": "subscribe", "channel": ["notificationApiV3", "fills"]}]


async def test_acknowledgement_names_only_accepted_topics() -> None:
    """Unknown symbols, book topics, removed topics, repeated ones and what is no text are left out."""
    connection, session = Stage().spot()

    session.received(
        request(
            "subscribe", "tradeHistoryApi:BTC-USD", "tradeHistoryApi:NO-PE", "tradeHistoryApi", "update:BTC-USD_0",
            "snapshotL1:BTC-USD", "orderBookApi:BTC-USD_0", "orderBookL2Api:BTC-USD_10", 7, None, "fills",
            "tradeHistoryApi:BTC-USD", "notificationApiV9", "",
        )
    )  # fmt: skip

    assert connection.take() == [{"event": "subscribe", "channel": ["tradeHistoryApi:BTC-USD", "fills"]}]


async def test_nothing_accepted_is_acknowledged_with_an_empty_list() -> None:
    """A client that waits for an answer gets one."""
    connection, session = Stage().spot()

    session.received(request("subscribe", "update:BTC-USD_0"))
    session.received(request("unsubscribe", "fills"))

    assert connection.take() == [{"event": "subscribe", "channel": []}, {"event": "unsubscribe", "channel": []}]


async def test_first_frame_of_trades_is_the_recent_past_newest_first() -> None:
    """A subscriber starts with the last fifty matches; then comes what each commit brings."""
    stage = Stage()
    stage.trade(*[a_trade(trade_id) for trade_id in range(1, 61)])
    connection, session = stage.spot()

    session.received(request("subscribe", "tradeHistoryApi:BTC-USD"))
    _, past = connection.take()
    stage.trade(a_trade(61), a_trade(62, price=53030, quantity=12_300_000, side=Side.BUY))

    assert [row["tradeId"] for row in past["data"]] == list(range(60, 10, -1))
    assert connection.sent == [
        '{"topic":"tradeHistoryApi:BTC-USD","data":['
        '{"symbol":"BTC-USD","side":"BUY","size":123,"price":5303,"tradeId":62,"timestamp":1624985375123},'
        '{"symbol":"BTC-USD","side":"SELL","size":0.007,"price":5302.8,"tradeId":61,"timestamp":1624985375123}]}'
    ]


async def test_trades_end_with_the_subscription() -> None:
    """Unsubscribing names the topic and silences it; other connections hear on."""
    stage = Stage()
    connection, session = stage.spot()
    other, other_session = stage.spot(host="192.0.2.2")
    for opened in (session, other_session):
        opened.received(request("subscribe", "tradeHistoryApi:BTC-USD"))

    session.received(request("unsubscribe", "tradeHistoryApi:BTC-USD", "tradeHistoryApi:ETH-USD"))
    stage.trade(a_trade(1))

    assert connection.take()[1:] == [{"event": "unsubscribe", "channel": ["tradeHistoryApi:BTC-USD"]}]
    assert len(other.take()) == 2


async def test_an_account_is_watched_only_while_somebody_is_logged_in() -> None:
    """Nobody's orders are followed for nobody."""
    stage = Stage()
    sessions = [stage.spot()[1] for _ in range(2)]
    for session in sessions:
        session.received(request("subscribe", "fills"))
    assert not stage.feeds.accounts[ACCOUNT]

    for session in sessions:
        session.received(login())
    assert len(stage.feeds.accounts[ACCOUNT]) == 1

    for session in sessions:
        session.closed()
    assert not stage.feeds.accounts[ACCOUNT]


@pytest.mark.parametrize("change", [None, {"ip_allow_list": ("198.51.100.7",)}, {"expires_ns": TIME_NS}])
async def test_a_key_that_no_longer_holds_is_logged_out_at_once(change: dict[str, Any] | None) -> None:
    """Who may not log in any more does not go on listening to the account, and is told so; public topics go on."""
    stage = Stage()
    connection, session = stage.spot()
    session.received(login())
    session.received(request("subscribe", "fills", "tradeHistoryApi:BTC-USD"))
    await settle()
    connection.take()

    key = stage.keys.pop(KEY)
    if change is not None:
        stage.keys[KEY] = msgspec.structs.replace(key, **change)
    stage.held_keys.key_changed(KEY)

    assert connection.take() == [{"event": "login", "success": False}] and connection.ended is None
    assert len(connection.channels) == 1 and not stage.feeds.accounts[ACCOUNT]
    session.closed()


async def test_a_key_that_expires_is_logged_out_when_it_does() -> None:
    """Not at a later look: the last instant at which it holds is the one before."""
    stage = Stage()
    stage.keys[KEY] = msgspec.structs.replace(stage.keys[KEY], expires_ns=TIME_NS + 5_000_000_000)
    connection, session = stage.spot()
    session.received(login())
    await settle()
    stage.clock.advance(4_999_999_999)
    await settle()
    assert connection.take() == [{"event": "login", "success": True}]
    stage.clock.advance(1)
    await settle()

    assert connection.take() == [{"event": "login", "success": False}]


async def test_logins_that_ended_leave_nothing_behind() -> None:
    """A connection that logs in again and again, by keys that expire, holds one of them."""
    stage = Stage()
    stage.keys[KEY] = msgspec.structs.replace(stage.keys[KEY], expires_ns=TIME_NS + 5_000_000_000)
    connection, session = stage.spot()
    for _ in range(100):
        session.received(login())
    await settle()
    assert len(stage.held_keys._by_key[KEY]) == 1 and len(stage.clock._sleepers._heap) <= 101

    session.closed()
    assert not stage.held_keys._by_key and not stage.held_keys._by_account


async def test_connections_without_ping_or_subscription_are_dropped() -> None:
    """A minute of neither ends a connection; a ping or a topic keeps it."""
    stage = Stage()
    silent, _ = stage.spot()
    pinging, pinging_session = stage.spot()
    listening, listening_session = stage.books()
    listening_session.received(request("subscribe", "update:BTC-USD_0"))
    await settle()

    for _ in range(5):
        stage.clock.advance(IDLE_NS_MAX // 2)
        pinging_session.received("ping")
        await settle()

    assert silent.ended is not None
    assert pinging.ended is None and listening.ended is None

    listening_session.received(request("unsubscribe", "update:BTC-USD_0"))
    for _ in range(3):
        stage.clock.advance(IDLE_NS_MAX)
        await settle()
    assert pinging.ended is not None and listening.ended is not None


async def test_an_address_has_only_so_many_connections() -> None:
    """Both sockets count together; a closed connection makes room."""
    stage = Stage(limits=SocketLimits(connections_per_address_max=2))
    first, first_session = stage.spot()
    stage.books()
    third, third_session = stage.spot()
    third_session.received("ping")
    elsewhere, _ = stage.spot(host="192.0.2.2")

    assert third.ended is not None and third.sent == []
    assert first.ended is None and elsewhere.ended is None

    third_session.closed()
    first_session.closed()
    assert stage.spot()[0].ended is None


async def test_topics_beyond_the_limit_are_left_out() -> None:
    """A connection has so many topics, private ones included."""
    stage = Stage(limits=SocketLimits(topics_max=2))
    connection, session = stage.spot()

    session.received(request("subscribe", "fills", "tradeHistoryApi:BTC-USD", "tradeHistoryApi:ETH-USD"))

    assert connection.take() == [{"event": "subscribe", "channel": ["fills", "tradeHistoryApi:BTC-USD"]}]


HOSTILE = [
    "", " ", "PING", "pong", "null", "7", '"ping"', "[]", "{}", '{"op":null}', '{"op":"subscribe","args":7}',
    '{"op":"subscribe","args":{"0":"fills"}}', '{"op":"subscribe","args":[["fills"]]}', '{"args":["fills"]}',
    '{"op":"subscribe","args":["\\ud800"]}', '{"op":"subscribe","args":["tradeHistoryApi:\\ud800"]}',
    '{"op":"subscribe","args":["update:\\u0000_0","update:_0","update:","update:_","snapshotL1:_0"]}',
    '{"op":"\\ud83d","args":[]}', '{"op":"subscribe","args":[1e999,-0,18446744073709551616,1.5]}',
    '{"op":"authKeyExpires","args":["\\u0000","\\u0000","\\u0000"]}', '{"op":"login","args":[1,2,3]}',
    '{"op":"unsubscribe","args":["fills","update:BTC-USD_99999999999999999999"]}', "[" * 100_000, '{"op":' * 50_000,
    '{"op":"subscribe","args":' + "[" * 100_000, '{"op":"' + "x" * 1_000_000 + '"}',
    '{"op":"subscribe","args":[' + ",".join(['"update:BTC-USD_0"'] * 100_000) + "]}",
    b"ping", b"\xff\xfe", b"", b'{"op":"subscribe","args":["update:BTC-USD_0"]}',
]  # fmt: skip


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_messages_never_break_a_session(message: str | bytes) -> None:
    """Whatever is sent gets a documented answer or none, in bounded size, and the session goes on."""
    stage = Stage()
    opened: list[tuple[FakeConnection, object]] = [stage.spot(), stage.books()]
    for connection, session in opened:
        session.received(message)  # type: ignore[attr-defined]
        await settle()
        assert sum(map(len, connection.sent)) < 10_000
        connection.sent.clear()

        session.received("ping")  # type: ignore[attr-defined]

        assert connection.sent == ["pong"]


@pytest.mark.parametrize("message", ["PING", '"ping"', "Ping", " ping\n", "2", '"2"'])
async def test_other_keepalives_are_answered_too(message: str) -> None:
    """What public clients send in place of the venue's word."""
    for connection, session in (Stage().spot(), Stage().books()):
        session.received(message)

        assert connection.sent == ["pong"]


async def test_the_former_name_of_the_trades_is_still_told() -> None:
    """With its own fields beside the others, and each name by itself."""
    stage = Stage()
    connection, session = stage.spot()
    session.received(request("subscribe", "tradeHistory:BTC-USD"))
    connection.take()

    stage.trade(a_trade(7))

    [frame] = connection.take()
    [row] = frame["data"]
    assert frame["topic"] == "tradeHistory:BTC-USD"
    assert (row["amount"], row["gain"], row["orderMode"], row["tradeId"]) == (row["size"], -1, "MODE_SELL", 7)
    assert row["transactionUnixtime"] == row["transactionUnixtimestamp"] == row["timestamp"]
    session.received(request("unsubscribe", "tradeHistory:BTC-USD"))
    connection.take()
    stage.trade(a_trade(8))
    assert connection.take() == []
