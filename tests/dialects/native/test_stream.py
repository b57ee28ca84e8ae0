"""The native socket: what a client knows from it alone is what the venue knows, whatever happens to the connection."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from bedesten.dialects import browsers
from bedesten.dialects.native.market.render import levels
from bedesten.dialects.native.stream.streams import ASKED_MAX, CHANNELS_MAX, FAILED_LOGINS_MAX, MESSAGES_PER_SECOND_MAX
from bedesten.dialects.native.stream.streams_account import KEPT_NS, RING_MAX
from bedesten.dialects.native.stream.streams_market import BOOK_LEVELS
from bedesten.domain.commands import (
    CancelAll,
    CaptureFunds,
    Exchange,
    HoldFunds,
    PlaceOrder,
    ReleaseFunds,
    SetIndex,
)
from bedesten.domain.enums import OrderType, Side, TimeInForce, TransferReason
from bedesten.domain.events import FundsHeld
from bedesten.services.customers.sessions import IDLE_NS, SESSIONS_MAX
from bedesten.services.store_types import Permission
from tests.dialects.native.client import Client
from tests.dialects.native.listener import Listener
from tests.security.stand import Credentials, Stand, standing

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "BTC-USD"


@pytest_asyncio.fixture(loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue of one's own: books and time are the test's."""
    async with standing() as opened:
        yield opened


class Crowd:
    """Some customers who place and cancel by chance, around one price."""

    def __init__(self, stand: Stand, members: list[Credentials], seed: int) -> None:
        self.stand = stand
        self.members = members
        self.chance = random.Random(seed)
        instrument = stand.venue.catalogue.instrument(NAME)
        assert instrument is not None
        self.instrument = instrument

    async def act(self, count: int) -> None:
        """Hand in so many commands, one in ten of which cancels all that somebody has."""
        chance, instrument = self.chance, self.instrument
        for _ in range(count):
            account = chance.choice(self.members).account
            if chance.random() < 0.1:
                await self.stand.venue.sequencer.submit(CancelAll(account=account))
                continue
            side = chance.choice((Side.BUY, Side.SELL))
            away = chance.randint(-8, 40) * (-1 if side == Side.BUY else 1)
            await self.stand.venue.trading.place(
                PlaceOrder(
                    account=account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC, price=40_000 + away, quantity=chance.randint(1, 500),
                ),
                client_id=f"c{chance.randint(1, 9)}" if chance.random() < 0.3 else "",
            )  # fmt: skip


async def crowd(stand: Stand, seed: int, size: int = 4) -> Crowd:
    """Return a crowd with money."""
    return Crowd(stand, [await stand.customer(f"crowd {seed} {n}", money=100_000_000) for n in range(size)], seed)


def depth(stand: Stand, group: int) -> dict[str, dict[str, str]]:
    """Return the book as the venue has it, in the socket's words."""
    instrument = stand.venue.catalogue.instrument(NAME)
    assert instrument is not None
    found = stand.venue.market_data.depth_now(instrument.id, BOOK_LEVELS, group)
    return {"bids": dict(levels(instrument, found.bids)), "asks": dict(levels(instrument, found.asks))}


async def test_a_book_from_the_stream_is_the_venue_s_whatever_is_lost(stand: Stand) -> None:
    """After thousands of commands, at two groupings; connections are cut, and messages lost with them."""
    people, client = await crowd(stand, 7), Listener(stand)
    names = {f"book:{NAME}": 1, f"book:{NAME}@5.0": 10}
    client.say("subscribe", channels=list(names))
    for turn in range(50):
        await people.act(100)
        if turn % 10 == 9:  # lost: what came is thrown away, and the client begins anew
            client.cut(losing=True)
            await people.act(50)
            client.connect()
            client.say("subscribe", channels=list(names), after={name: client.seqs[name] for name in names})
        await client.hear()

        assert client.books == {name: depth(stand, group) for name, group in names.items()}
    assert client.snapshots == dict.fromkeys(names, 6)
    assert all(len(client.deltas[name]) >= 40 for name in names)


async def test_trades_are_told_one_after_another_and_go_on_behind_a_number(stand: Stand) -> None:
    """Nothing is left out over a cut; the number is the match's own."""
    people, client = await crowd(stand, 11), Listener(stand)
    channel = f"trades:{NAME}"
    client.say("subscribe", channels=[channel])
    await client.hear()
    await people.act(100)
    await client.hear()
    client.cut()
    await people.act(100)
    client.connect()
    client.say("subscribe", channels=[channel], after={channel: client.seqs[channel]})
    await client.hear()
    told = [row["id"] for data in client.deltas[channel] for row in data["trades"]]
    page = (await Client(stand).get(f"/instruments/{NAME}/trades", limit=500))["items"]

    assert len(told) > 20 and told == [row["id"] for row in reversed(page)]
    assert client.snapshots == {channel: 1} and client.answers[-1]["resumed"] == [channel]


async def test_candles_and_tickers_from_the_stream_are_those_of_the_requests(stand: Stand) -> None:
    """Over minutes in which something trades and minutes in which nothing does."""
    people, client, asking = await crowd(stand, 13), Listener(stand), Client(stand)
    await people.act(50)
    channel = f"candles:{NAME}@1m"
    client.say("subscribe", channels=[channel, "tickers"])
    await client.hear(3)
    first = client.connection  # nothing was lost with it
    assert client.snapshots == {channel: 1, "tickers": 1} and first is client.connection
    for pause_s in (5, 61, 200):
        stand.clock.advance(pause_s * 1_000_000_000)
        await people.act(60)
        await client.hear(2)
    candles: dict[str, Any] = {}
    for data in client.deltas[channel]:
        candles |= {row["time"]: row for row in data["candles"]}
    asked = (await asking.get(f"/instruments/{NAME}/candles", resolution="1m", limit=6))["items"]
    tickers = {row["instrument"]: row for data in client.deltas["tickers"] for row in data["tickers"]}
    ticker = (await asking.get("/tickers", instrument=NAME))["items"][0]

    assert [candles.get(row["time"]) for row in asked[:4]] == asked[:4]
    assert tickers[NAME] | {"time": ""} == ticker | {"time": ""}


async def test_an_index_price_and_a_rule_are_told_when_they_change(stand: Stand) -> None:
    """And only then."""
    client = Listener(stand)
    client.say("subscribe", channels=[f"index:{NAME}", "instruments"])
    await client.hear(3)
    instrument = stand.venue.catalogue.instrument(NAME)
    assert instrument is not None and client.deltas == {}
    await stand.venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks("20500")))
    await client.hear(2)

    assert [data["price"] for data in client.deltas[f"index:{NAME}"]] == ["20500.0"]
    assert "instruments" not in client.deltas


async def test_orders_balances_and_fills_are_the_server_s_however_often_the_socket_is_cut(stand: Stand) -> None:
    """A hundred cuts under load, some of them losing what was sent: resumed or shown anew, never unsure."""
    people, client = await crowd(stand, 17), Listener(stand)
    me = people.members[0]
    asking, channels = Client(stand, me), ("orders", "fills", "balances")
    client.log_in(me)
    client.say("subscribe", channels=list(channels))
    await client.hear()
    chance = random.Random(18)
    for _ in range(100):
        await people.act(chance.choice((1, 3, 10)))
        if chance.random() < 0.5:
            await client.settle()
            client.read()
        client.cut(losing=chance.random() < 0.5)
        await people.act(chance.choice((0, 2, 5)))
        client.resume(me, *channels)
        stand.clock.advance(100_000_000)  # so that asking so often is no more than may be asked
        await client.settle()
        client.read()

        orders = (await asking.get("/orders", limit=500))["items"]
        assert client.orders == {order["id"]: order for order in orders}
    balances = {row["asset"]: row for row in (await asking.get("/balances"))["items"]}
    fills = (await asking.get("/fills", limit=500))["items"]
    keys = ("trade", "order", "liquidity")
    assert client.balances == balances
    assert {tuple(fill[key] for key in keys) for fill in client.fills} == {tuple(f[key] for key in keys) for f in fills}
    assert len(client.fills) == len(fills) > 30 and client.snapshots == dict.fromkeys(channels, 1)


async def test_who_was_away_too_long_is_shown_everything_anew(stand: Stand) -> None:
    """After more than the ring holds, after five minutes, and with a number that never was."""
    people, client = await crowd(stand, 19, size=1), Listener(stand)
    me = people.members[0]
    client.log_in(me)
    client.say("subscribe", channels=["orders"])
    await client.settle()
    client.read()
    for away in ("ring", "time", "number"):
        client.cut()
        if away == "ring":
            for _ in range(RING_MAX + 1):
                await people.act(1)
        elif away == "time":
            stand.clock.advance(KEPT_NS + 1)
            Listener(stand).cut()
        else:
            client.seqs["orders"] += 1_000_000
        before = client.snapshots["orders"]
        client.resume(me, "orders")
        await client.settle()
        client.read()

        assert client.snapshots["orders"] == before + 1 and client.answers[-1]["resumed"] == [], away
        wanted = (await Client(stand, me).get("/orders", limit=500))["items"]
        assert set(client.orders) == {order["id"] for order in wanted}


async def test_what_is_one_s_own_needs_a_login_that_holds(stand: Stand) -> None:
    """Without one it is refused by name; when the key is revoked, it is heard no more."""
    client = Listener(stand)
    who, reader = await stand.customer("listens"), await stand.customer("may only trade", Permission.TRADING)
    client.say("subscribe", id=1, channels=["orders", "book:NO-SUCH", "nonsense", f"index:{NAME}"])
    await client.settle()
    client.read()
    (answer,) = client.answers
    assert [(row["channel"], row["reason"]) for row in answer["refused"]] == [
        ("orders", "unauthenticated"), ("book:NO-SUCH", "unknown_instrument"), ("nonsense", "unknown_channel"),
    ]  # fmt: skip
    assert (answer["id"], answer["channels"]) == (1, [f"index:{NAME}"])

    client.log_in(reader)
    client.say("subscribe", channels=["orders"])
    client.log_in(who)
    client.say("subscribe", channels=["orders"])
    await client.settle()
    client.read()
    assert [answer.get("refused") for answer in client.answers[1:]] == [
        None, [{"channel": "orders", "reason": "forbidden", "title": "The key does not permit this"}], None, [],
    ]  # fmt: skip

    await stand.venue.keys.revoke(who.key)
    await client.settle()
    await Client(stand, await stand.key(who.account)).place(NAME, "buy", "19000", "0.001")
    await client.settle()
    client.read()
    assert client.answers[-1] == {"op": "logged_out"} and "orders" not in client.deltas


async def test_a_wrong_login_is_refused_and_too_many_cost_the_connection(stand: Stand) -> None:
    """With the reason: a signature that is another's, a timestamp that is stale."""
    client, who = Listener(stand), await stand.customer("mistaken")
    stamp = stand.clock.now_ns() // 1_000_000
    client.say("login", id=7, key=who.key, timestamp=stamp, signature="0" * 64)
    client.say("login", id=8, key=who.key, timestamp=stamp - 40_000, signature="0" * 64)
    client.read()
    assert [(answer["id"], answer["reason"]) for answer in client.answers] == [
        (7, "unauthenticated"), (8, "stale_timestamp"),
    ]  # fmt: skip
    for _ in range(FAILED_LOGINS_MAX):
        client.say("login", key="nobody", timestamp=stamp, signature="0" * 64)
    assert client.connection.ended is not None or client.answers[-1]["reason"] == "rate_limited"


async def test_what_cannot_be_read_is_answered_and_too_much_ends_the_connection(stand: Stand) -> None:
    """Bytes, broken JSON, unknown words, wrong types: an error each. The connection lives."""
    client = Listener(stand)
    for message in (
        "",
        "{",
        "[]",
        b"\xff",
        '{"op":"dance"}',
        '{"op":"subscribe","channels":"all"}',
        '{"op":"ping","id":-1}',
    ):
        client.session.received(message)
    client.read()
    assert [answer["reason"] for answer in client.answers] == ["malformed"] * 7

    client.say("ping", id=5)
    client.read()
    assert client.answers[-1] | {"time": ""} == {"op": "pong", "id": 5, "time": ""}
    for _ in range(MESSAGES_PER_SECOND_MAX):
        client.say("ping")
    assert client.connection.ended == (1008, "too many messages")


async def test_a_connection_hears_so_many_channels_and_no_more(stand: Stand) -> None:
    """One that is dropped makes room for another."""
    client = Listener(stand)
    names = [each.name for each in stand.venue.catalogue.instruments]
    wanted = [f"{kind}:{name}" for kind in ("trades", "index", "book") for name in names][: CHANNELS_MAX + 1]
    client.say("subscribe", channels=wanted[:60])
    client.say("subscribe", channels=wanted[60:])
    client.say("unsubscribe", channels=wanted[:1])
    client.say("subscribe", channels=wanted[-1:])
    await client.settle()
    client.read()

    assert [row["reason"] for row in client.answers[1]["refused"]] == ["too_many_channels"]
    assert client.answers[3]["channels"] == wanted[-1:]


async def test_a_heartbeat_comes_every_five_seconds_unasked(stand: Stand) -> None:
    """On every connection, from its beginning."""
    client = Listener(stand)
    await client.hear(21)

    assert client.heartbeats == 5


async def test_orders_are_canceled_when_the_connection_is_gone(stand: Stand) -> None:
    """As long as it lives they stay, however long."""
    client, who = Listener(stand), await stand.customer("may vanish")
    asking = Client(stand, who)
    client.log_in(who)
    client.say("cancel_on_disconnect", id=1, seconds=10)
    await asking.place(NAME, "buy", "19000", "0.001")
    await client.hear(60)
    assert len((await asking.get("/orders"))["items"]) == 1

    client.cut()
    stand.clock.advance(11_000_000_000)
    await client.settle()
    assert (await asking.get("/orders"))["items"] == []
    assert (await asking.get("/orders", status="closed"))["items"][0]["close_reason"] == "dead_man"


async def test_what_nobody_hears_is_forgotten(stand: Stand) -> None:
    """Sources and their watching end with the last listener."""
    client = Listener(stand)
    feeds = stand.venue.feeds
    before = len(feeds._trades), len(feeds._books)
    client.say("subscribe", channels=[f"book:{NAME}", f"trades:{NAME}", f"candles:{NAME}", "tickers", f"index:{NAME}"])
    await client.hear(2)
    assert (len(feeds._trades), len(feeds._books)) == (before[0] + 2, before[1] + 1)
    client.cut()
    await client.hear(3)

    assert (len(feeds._trades), len(feeds._books)) == before


async def test_a_request_over_the_socket_is_answered_as_over_http(stand: Stand) -> None:
    """Placed once under its key by either way, amended, looked up, canceled; refused with the same problem."""
    client, who = Listener(stand), await stand.customer("asks on the socket")
    asking = Client(stand, who)
    form = {"instrument": NAME, "side": "buy", "price": "19000", "quantity": "0.001"}
    early = await client.ask("POST", "/orders", form)
    client.log_in(who)
    placed = await client.ask("POST", "/orders", form, "either")
    again = await client.ask("POST", "/orders", form, "either")
    over_http = await asking.post("/orders", form, "either")
    order = placed["body"]["orders"][0]
    amended = await client.ask("PATCH", f"/orders/{order['id']}", {"price": "19001"})
    found = await client.ask("GET", "/orders?limit=5&instrument=BTC-USD")
    wrong = [
        await client.ask("POST", "/orders", {**form, "quantity": 1}), await client.ask("GET", "/venue"),
        await client.ask("DELETE", "/orders/client:nobody"), await client.ask("POST", "/orders", {**form, "quantity": "99999"}),
    ]  # fmt: skip
    canceled = await client.ask("DELETE", f"/orders/{order['id']}")

    assert (early["op"], early["reason"]) == ("error", "unauthenticated")
    assert (placed["status"], placed["replay"], again["replay"]) == (200, False, True)
    assert again["body"]["orders"] == over_http.json["orders"] == [order]
    assert over_http.status == 200 and amended["body"]["orders"][0]["price"] == "19001.0"
    assert found["body"]["items"] == amended["body"]["orders"]
    assert [(answer["status"], answer["body"]["reason"]) for answer in wrong] == [
        (400, "malformed"), (404, "not_found"), (404, "unknown_order"), (422, "quantity_too_large"),
    ]  # fmt: skip
    assert canceled["body"]["orders"][0]["close_reason"] == "canceled"


async def test_requests_over_the_socket_keep_to_permissions_and_limits(stand: Stand) -> None:
    """A key that may only read places nothing; an account asks no more in a second than over HTTP, over all its sockets."""
    account = (await stand.customer("two sockets")).account
    reader, trader = await stand.key(account, {Permission.READ}), await stand.key(account)
    listening, first, second = Listener(stand), Listener(stand), Listener(stand)
    for client, key in ((listening, reader), (first, trader), (second, trader)):
        client.log_in(key)
    form = {"instrument": NAME, "side": "buy", "price": "19000", "quantity": "0.001"}
    refused = await listening.ask("POST", "/orders", form)
    assert (refused["status"], refused["body"]["reason"]) == (403, "forbidden")

    stand.clock.advance(1_000_000_000)
    statuses = [(await client.ask("GET", "/balances"))["status"] for client in (first, second) for _ in range(30)]
    assert statuses.count(429) == 10 and statuses[-1] == 429
    stand.clock.advance(1_000_000_000)
    for _ in range(ASKED_MAX + 1):
        first.say("request", method="GET", path="/balances")
    first.read()
    assert first.answers[-1]["reason"] == "rate_limited"
    await first.settle()


@pytest.mark.parametrize("how", ["signed out", "everywhere", "replaced", "idle", "eleventh device"])
async def test_whom_the_handshake_lets_in_hears_what_is_theirs_until_that_ends(stand: Stand, how: str) -> None:
    """By the cookie of a browser that is signed in; when its session ends, they are told, and hear no more of it."""
    credentials = await stand.customer(f"has a cookie, {how}")
    sessions = stand.venue.customers.sessions
    token = await sessions.open(credentials.account, is_proven=True)
    session = sessions.find(token.text)
    assert session is not None
    client = await handshaken(stand, token.text)
    client.say("subscribe", channels=["orders"])
    await client.settle()
    await Client(stand, credentials).place(NAME, "buy", "19000", "0.001")
    await client.settle()
    client.read()
    assert [event["event"] for event in client.deltas["orders"]] == ["placed"]

    if how == "signed out":
        await sessions.end(session)
    elif how == "everywhere":
        await sessions.end_all(credentials.account)
    elif how == "replaced":
        await sessions.open(credentials.account, is_proven=True, instead_of=session)
    elif how == "idle":
        stand.clock.advance(IDLE_NS)
        await client.settle()
    else:
        for _ in range(SESSIONS_MAX):
            await sessions.open(credentials.account, is_proven=True)
    await client.settle()
    await Client(stand, credentials).place(NAME, "buy", "19000", "0.001")
    await client.settle()
    client.read()
    assert client.answers[-1] == {"op": "logged_out"} and len(client.deltas["orders"]) == 1


@pytest.mark.parametrize("what", ["no cookie", "another venue's", "a wrong token", "half way"])
async def test_a_handshake_without_a_whole_session_lets_nobody_in(stand: Stand, what: str) -> None:
    """Whose second factor is still to come hears nothing of their own either."""
    credentials = await stand.customer(f"half in, {what}")
    token = (await stand.venue.customers.sessions.open(credentials.account, is_proven=what != "half way")).text
    client = await handshaken(stand, "wrong" if what == "a wrong token" else token)
    if what == "no cookie":
        client = Listener(stand)
    elif what == "another venue's":
        client = Listener(stand, [(b"cookie", f"__Host-bedesten-00000000={token}".encode())])
    client.say("subscribe", channels=["orders"])
    await client.settle()
    client.read()

    assert [each["reason"] for each in client.answers[-1]["refused"]] == ["unauthenticated"]


async def handshaken(stand: Stand, token: str) -> Listener:
    """Return a connection whose handshake carried a session's cookie."""
    name = browsers.PREFIX + await stand.venue.customers.venue_number.drawn()
    return Listener(stand, [(b"cookie", f"{name}={token}".encode())])


async def test_balances_are_told_whatever_moves_them(stand: Stand) -> None:
    """Deposits, transfers, exchanges, and holds that are made, given back and taken: each asset that changed, at once."""
    me, other = await stand.customer("is moved", money=10), await stand.customer("other side", money=10)
    client, asking = Listener(stand), Client(stand, me)
    btc, usd = stand.venue.catalogue.asset("BTC"), stand.venue.catalogue.asset("USD")
    assert btc is not None and usd is not None
    client.log_in(me)
    client.say("subscribe", channels=["balances"])
    await client.settle()
    submit, withdrawal = stand.venue.sequencer.submit, TransferReason.WITHDRAWAL

    async def held() -> int:
        result = await submit(HoldFunds(account=me.account, asset=btc.id, amount=5_000, reason=withdrawal))
        return next(event.hold_id for event in result.events if isinstance(event, FundsHeld))

    async def released() -> None:
        await submit(ReleaseFunds(account=me.account, hold_id=await held()))

    async def captured() -> None:
        hold_id = await held()
        await submit(CaptureFunds(account=me.account, hold_id=hold_id, to_account=other.account, amount=4_000))

    async def exchanged() -> None:
        await submit(
            Exchange(
                account=me.account, to_account=other.account, asset=btc.id, amount=100, to_asset=usd.id, to_amount=7
            )
        )

    moves: list[tuple[Callable[[], Any], set[str]]] = [
        (lambda: stand.venue.accounts.deposit(me.account, "BTC", 123), {"BTC"}),
        (lambda: stand.venue.accounts.transfer(other.account, me.account, "USD", 55), {"USD"}),
        (held, {"BTC"}), (released, {"BTC"}), (captured, {"BTC"}), (exchanged, {"BTC", "USD"}),
        (lambda: asking.place(NAME, "buy", "1", "0.5"), {"USD"}),
    ]  # fmt: skip
    for move, assets in moves:
        told = len(client.deltas.get("balances", ()))
        await move()
        await client.settle()
        client.read()

        changed = [row["asset"] for data in client.deltas["balances"][told:] for row in data["balances"]]
        assert set(changed) == assets
        assert client.balances == {row["asset"]: row for row in (await asking.get("/balances"))["items"]}
