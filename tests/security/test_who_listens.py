"""Every WebSocket of every dialect: what is an account's own is told to nobody who may not ask for it.

A socket that is added to a dialect's table fails here until it is written down how one logs in to it, or that nothing on it is
anybody's own.
"""

from __future__ import annotations

import asyncio
import base64
import enum
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pytest

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.addresses import FAILURES_MAX, FAILURES_NS
from bedesten.dialects.btse.logins import FAILED_LOGINS_MAX
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.services.errors import Overloaded
from bedesten.services.operator.operations import Operations
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.store_types import Permission
from tests.dialects.btse.socket_doubles import FakeConnection, Stage
from tests.security.stand import HOUR_NS, LISTED_ADDRESS, Case, Cast, Credentials, Stand, make_cast, standing

MS: Final = 1_000_000
PUBLIC: Final = frozenset({"/ws/oss/spot"})  # nobody logs in: books are everybody's


class Door(NamedTuple):
    """How one logs in to a socket, asks for what is one's own, and how a refusal reads."""

    path: str
    login: Callable[[Credentials, int], str]  # *stamp_ms*
    ask: tuple[str, ...]
    is_refused: Callable[[str], bool]
    is_own: Callable[[str], bool]  # whether a message tells something that is an account's own


def _btse(path: str) -> Callable[[Credentials, int], str]:
    def login(who: Credentials, stamp_ms: int) -> str:
        signature = hmac.new(who.secret.encode(), f"{path}{stamp_ms}".encode(), hashlib.sha384).hexdigest()
        return json.dumps({"op": "authKeyExpires", "args": [who.key, str(stamp_ms), signature]})

    return login


def _btcturk(who: Credentials, stamp_ms: int) -> str:
    secret = base64.b64decode(who.secret)
    digest = hmac.new(secret, f"{who.key}{5000}".encode(), hashlib.sha256).digest()
    body = {
        "type": 114, "publicKey": who.key, "timestamp": stamp_ms, "nonce": 5000,
        "signature": base64.b64encode(digest).decode(),
    }  # fmt: skip
    return json.dumps([114, body])


def _native(who: Credentials, stamp_ms: int) -> str:
    path = "/native/v1/stream"
    message = f"{stamp_ms}\nGET\n{path}\n{hashlib.sha256().hexdigest()}"
    signature = hmac.new(who.secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return json.dumps({"op": "login", "key": who.key, "timestamp": stamp_ms, "signature": signature})


def _says(**wanted: Any) -> Callable[[str], bool]:
    def says(text: str) -> bool:
        told = json.loads(text) if text[:1] in "[{" else None
        told = told[1] if isinstance(told, list) else told
        return isinstance(told, dict) and all(told.get(name) == value for name, value in wanted.items())

    return says


_SUBSCRIBE: Final = json.dumps({"op": "subscribe", "args": ["notificationApiV3", "notificationApiV2", "fills"]})
_QUOTE: Final = json.dumps(
    {"op": "quote", "symbol": "BTC-USD", "side": "buy", "quantity": {"quantity": 1, "currency": "BTC"}}
)
_REFUSED: Final = _says(event="login", success=False)


def _is_notice(text: str) -> bool:
    return '"topic":"notification' in text or '"topic":"fills' in text


def _has_quote_id(text: str) -> bool:
    told = json.loads(text) if text[:1] == "{" else {}
    data = told.get("data") or told
    rows = data if isinstance(data, list) else [data]
    return any(row.get("buyQuoteId") or row.get("quoteId") for row in rows if isinstance(row, dict))


def _is_order_model(text: str) -> bool:
    return text[:4] in ("[441", "[451", "[452", "[453", "[423", "[201")


def _is_refused_natively(text: str) -> bool:
    told = json.loads(text)
    return told.get("op") == "error" or bool(told.get("refused"))


def _is_order_event(text: str) -> bool:
    told = json.loads(text)
    return told.get("channel") in ("orders", "fills", "balances") and told["type"] == "delta"


_CHANNELS: Final = json.dumps({"op": "subscribe", "channels": ["orders", "fills", "balances"]})

DOORS: Final = (
    Door("/ws/spot", _btse("/ws/spot"), (_SUBSCRIBE,), _REFUSED, _is_notice),
    Door("/spotWS", _btse("/spotWS"), (_SUBSCRIBE,), _REFUSED, _is_notice),
    Door("/ws/otc", _btse("/ws/otc"), (_QUOTE,), _REFUSED, _has_quote_id),
    Door("*", _btcturk, (), _says(type=114, ok=False), _is_order_model),
    Door("/native/v1/stream", _native, (_CHANNELS,), _is_refused_natively, _is_order_event),
)
KNOWN: Final[Mapping[str, Door]] = {door.path: door for door in DOORS}
#: What can be wrong with a login: as with a request. Permissions: either of READ and TRADING lets a key listen.
CASES: Final = tuple(case for case in Case if case is not Case.NO_KEY)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A venue."""
    async with standing() as opened:
        yield opened


@pytest.fixture
async def cast(stand: Stand) -> Cast:
    """Its keys."""
    return await make_cast(stand)


def test_every_socket_is_known() -> None:
    """It has a door above, or is listed as one where nothing is private."""
    paths = {route.path for dialect in make_dialects(demo_venue_file()) for route in dialect.sockets}

    assert paths == {*KNOWN, *PUBLIC}


async def listen(stand: Stand, door: Door, messages: list[str], address: str) -> list[str]:
    """Open a connection, say *messages*, place orders as the good account, and return all that was told."""
    route = next(each for dialect in stand.dialects.values() for each in dialect.sockets if each.path == door.path)
    connection = FakeConnection("/" if door.path == "*" else door.path, address)
    session = route.open(stand.venue, connection)
    for message in messages:
        session.received(message)
    await asyncio.sleep(0)
    for side in ("BUY", "SELL"):
        await _order(stand, side)
    for _ in range(3):
        stand.clock.advance(1_000 * MS)
        for _ in range(5):
            await asyncio.sleep(0)
    for task in connection.tasks:
        task.cancel()
    session.closed()
    return connection.sent


async def _order(stand: Stand, side: str) -> None:
    """Place an order in a market of either venue, as the good account."""
    account = stand.venue.accounts.by_name("good")
    assert account is not None
    who = await stand.key(account.id)
    order = {"symbol": "BTC-USD", "side": side, "type": "LIMIT", "price": "20000", "size": "0.001", "clOrderID": ""}
    other = {"pairSymbol": "BTCTRY", "orderType": side.lower(), "price": "20000", "quantity": "0.01"}
    for name, row, form in (("btse", "POST /spot/api/v3.3/order", order), ("btcturk", "POST /api/v1/order", other)):
        (endpoint,) = [each for each in stand.dialects[name].endpoints if f"{each.method} {each.path}" == row]
        answer = await stand.call(stand.dialects[name], endpoint, who, form)
        assert answer.status == 200, answer.body


def _wrong(case: Case, cast: Cast, now_ms: int) -> tuple[Credentials, int, str]:
    hour_ms = HOUR_NS // MS
    match case:
        case Case.UNKNOWN_KEY:
            return replace(cast.good, key="0" * 32), now_ms, LISTED_ADDRESS
        case Case.WRONG_SECRET:
            return replace(cast.good, secret=cast.other_secret), now_ms, LISTED_ADDRESS
        case Case.EXPIRED_KEY:
            return cast.expired, now_ms, LISTED_ADDRESS
        case Case.REVOKED_KEY:
            return cast.revoked, now_ms, LISTED_ADDRESS
        case Case.STALE:
            return cast.good, now_ms - hour_ms, LISTED_ADDRESS
        case Case.FUTURE:
            return cast.good, now_ms + hour_ms, LISTED_ADDRESS
        case Case.ADDRESS:
            return cast.listed, now_ms, "198.51.100.9"
    raise AssertionError(case)


@pytest.mark.parametrize("door", DOORS, ids=[door.path for door in DOORS])
@pytest.mark.parametrize("case", CASES, ids=[case.value for case in CASES])
async def test_a_login_that_does_not_hold_hears_nothing_that_is_an_account_s_own(
    stand: Stand, cast: Cast, door: Door, case: Case
) -> None:
    """Refused in the venue's words, and the private topics stay silent while the account trades."""
    if case is Case.LACKS_PERMISSION:
        who = await stand.key(cast.good.account, frozenset(Permission) - {Permission.READ, Permission.TRADING})
        stamp_ms, address = stand.clock.now_ns() // MS, LISTED_ADDRESS
    else:
        who, stamp_ms, address = _wrong(case, cast, stand.clock.now_ns() // MS)
    told = await listen(stand, door, [door.login(who, stamp_ms), *door.ask], address)

    assert any(door.is_refused(text) for text in told), told
    assert not any(door.is_own(text) for text in told), told


@pytest.mark.parametrize("door", DOORS, ids=[door.path for door in DOORS])
async def test_without_a_login_nothing_private_is_told(stand: Stand, cast: Cast, door: Door) -> None:
    """A subscription alone, or somebody else's login, brings nothing of the account's."""
    assert not any(door.is_own(text) for text in await listen(stand, door, list(door.ask), LISTED_ADDRESS))
    if door.path != "/ws/otc":  # a quote is for whoever asked for it
        other = await stand.customer("other")
        login = door.login(other, stand.clock.now_ns() // MS)
        assert not any(door.is_own(text) for text in await listen(stand, door, [login, *door.ask], LISTED_ADDRESS))


@pytest.mark.parametrize("door", DOORS, ids=[door.path for door in DOORS])
async def test_a_good_login_hears_what_is_its_own(stand: Stand, cast: Cast, door: Door) -> None:
    """So that the silence above is not the socket's."""
    login = door.login(cast.listed, stand.clock.now_ns() // MS)
    told = await listen(stand, door, [login, *door.ask], LISTED_ADDRESS)

    assert not any(door.is_refused(text) for text in told), told
    assert any(door.is_own(text) for text in told), told


class Ending(enum.Enum):
    """Why a login ends while its connection is open."""

    REVOKED = "its key is revoked"
    RESTRICTED = "its key may only be used from elsewhere"
    EXPIRED = "its key expires"
    CLOSED = "its customer is deleted"


def _btcturk_token(token: str) -> str:
    return json.dumps([111, {"type": 111, "id": 0, "token": token, "username": ""}])


@pytest.mark.parametrize("is_refused", [False, True], ids=["done", "refused"])
@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("path", [*KNOWN, "token"])
async def test_a_login_ends_with_what_it_rests_on(
    stand: Stand, path: str, ending: Ending, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the commit that ends it, without a look at the clock; a change that is refused ends nothing."""
    if is_refused and ending not in (Ending.REVOKED, Ending.RESTRICTED):
        return  # the clock is not refused, and a customer's end is told by its own tests
    door, good = KNOWN["*" if path == "token" else path], await stand.customer("good")
    until_ns = stand.clock.now_ns() + 5_000 * MS if ending is Ending.EXPIRED else 0
    who = await stand.key(good.account, expires_ns=until_ns)
    await stand.venue.customers.introduce(good.account, "good@example.com", "", level=3)
    login = door.login(who, stand.clock.now_ns() // MS)
    if path == "token":
        login = _btcturk_token(await stand.token("/connect/token", who))
    connection, session = _connect(stand, door)
    for message in (login, *door.ask):
        session.received(message)
    await _trade(stand)
    assert any(door.is_own(text) for text in connection.sent), connection.sent

    if is_refused:
        with monkeypatch.context() as crowded:
            crowded.setattr(sequencer_module, "WAITING_MAX", 0)
            with pytest.raises(Overloaded):
                await _end(stand, ending, who)
    elif ending is Ending.EXPIRED:
        stand.clock.advance(until_ns - stand.clock.now_ns())
        await _settle()
    else:
        await _end(stand, ending, who)
    connection.sent.clear()
    await _trade(stand)
    assert any(door.is_own(text) for text in connection.sent) is is_refused, connection.sent
    for task in connection.tasks:
        task.cancel()
    session.closed()


async def _end(stand: Stand, ending: Ending, who: Credentials) -> None:
    match ending:
        case Ending.REVOKED:
            await stand.venue.keys.revoke(who.key)
        case Ending.RESTRICTED:
            await stand.venue.keys.restrict(who.key, ["198.51.100.9"])
        case Ending.CLOSED:
            await Operations(stand.venue).call("set_customer", {"name": "good", "status": "deleted"}, "operator test")


def _connect(stand: Stand, door: Door) -> tuple[FakeConnection, Any]:
    route = next(each for dialect in stand.dialects.values() for each in dialect.sockets if each.path == door.path)
    connection = FakeConnection("/" if door.path == "*" else door.path, LISTED_ADDRESS)
    return connection, route.open(stand.venue, connection)


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _trade(stand: Stand) -> None:
    """Let the good account place orders, and a beat of the desk's quotes pass."""
    account = stand.venue.accounts.by_name("good")
    assert account is not None
    for market in ("BTC-USD", "BTC-TRY"):
        instrument = stand.venue.catalogue.instrument(market)
        assert instrument is not None
        order = PlaceOrder(
            account=account.id, instrument=instrument.id, side=Side.BUY, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=instrument.ticks("19999"), quantity=instrument.lots("0.01"),
        )  # fmt: skip
        await stand.venue.sequencer.submit(order)  # of an account that may not trade it is told that it was refused
    await _settle()
    stand.clock.advance(1_000 * MS)
    await _settle()


async def test_an_address_whose_logins_fail_too_often_may_not_even_connect() -> None:
    """BTSE's sockets: FAILURES_MAX failed logins of an address, over however many connections, and a minute passes first."""
    stage = Stage()
    failed = json.dumps({"op": "authKeyExpires", "args": ["nobody", "1", "00"]})
    for _ in range(FAILURES_MAX // FAILED_LOGINS_MAX):
        connection, session = stage.spot()
        for _ in range(FAILED_LOGINS_MAX):
            session.received(failed)
        assert connection.ended is not None
        session.closed()

    assert stage.spot()[0].ended == (1008, "too many connections from this address")
    neighbour, _ = stage.spot(host="192.0.2.2")
    stage.clock.advance(FAILURES_NS)
    again, _ = stage.spot()
    assert neighbour.ended is None and again.ended is None
    for each in (neighbour, again):
        for task in each.tasks:
            task.cancel()
