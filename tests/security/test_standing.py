"""The table of standings, walked over every endpoint and every stream: what a state leaves open works, the rest is refused.

The rows come from the contract tables. One that is added fails here until it is written down what it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Endpoint
from bedesten.domain.commands import RecordNote, SetIndex
from bedesten.domain.customers import Status
from bedesten.domain.enums import Side
from bedesten.domain.levels import Levels
from bedesten.domain.notes import AccountAdopted
from bedesten.services.operator.operations import Operations
from bedesten.services.otc.quotes import Quote
from bedesten.services.standing.standing import SUSPENDED, Act, Allowed, allowed_to
from tests.dialects.btse.socket_doubles import FakeConnection
from tests.security.stand import LISTED_ADDRESS, Answer, Credentials, Stand, asked, standing
from tests.security.test_who_listens import DOORS, MS, Door

#: What each row does, the first pattern that fits counts. What only looks or guards the access is READ; money is named.
ACTS: Final[tuple[tuple[str, Act], ...]] = (
    ("POST /spot/api/v3.?/order", Act.TRADE), ("PUT /spot/api/v3.?/order", Act.TRADE),
    ("POST /spot/api/v3.?/order/peg", Act.TRADE), ("POST /spot/api/v4/trade/orders", Act.TRADE),
    ("POST /spot/api/v4/trade/orders/algo", Act.TRADE), ("PUT /spot/api/v4/trade/orders", Act.TRADE),
    ("POST /api/v?/order", Act.TRADE), ("PUT /api/v2/order", Act.TRADE),
    ("POST /spot/api/v3.?/user/wallet/convert", Act.TRADE), ("POST /public-api/wallet/v1/user/assets/convert", Act.TRADE),
    ("POST /otc/api/v1/quote", Act.TRADE), ("POST /otc/api/v1/accept/*", Act.TRADE),
    ("POST /public-api/otc/v1/quotes", Act.TRADE), ("POST /public-api/otc/v1/quotes/accept", Act.TRADE),
    ("POST */v1/trade/quote", Act.TRADE), ("POST */v1/trade/accept", Act.TRADE),
    ("POST /spot/api/v3.?/user/wallet/transfer", Act.TRANSFER), ("POST /public-api/wallet/v1/user/assets/sendTo", Act.TRANSFER),
    ("POST /futures/api/v2.3/subaccount/wallet/transfer", Act.TRANSFER),
    ("POST */v1/capital/wallet/operation", Act.TRANSFER),
    ("GET */v1/validate/*", Act.READ),  # of nothing that waits, here; the bank's scenarios have what does
    ("POST /spot/api/v3.?/user/wallet/withdraw", Act.CRYPTO_WITHDRAWAL),
    ("POST /public-api/wallet/v1/user/crypto/withdraw", Act.CRYPTO_WITHDRAWAL),
    ("POST /api/v1/withdrawals/crypto", Act.CRYPTO_WITHDRAWAL), ("POST */v1/wallet/withdraw", Act.CRYPTO_WITHDRAWAL),
    ("POST /spot/api/v3.?/user/wallet/address", Act.CRYPTO_DEPOSIT),
    ("POST /public-api/wallet/v1/user/crypto/address", Act.CRYPTO_DEPOSIT), ("POST */v1/wallet/address", Act.CRYPTO_DEPOSIT),
    ("DELETE /*", Act.CANCEL), ("POST */order/cancelAllAfter", Act.CANCEL), ("POST */orders/cancel_all_after", Act.CANCEL),
    ("POST /native/v1/orders/preview", Act.READ), ("POST /native/v1/orders*", Act.TRADE),
    ("PATCH /native/v1/orders/*", Act.TRADE), ("POST /native/v1/deposit_addresses", Act.CRYPTO_DEPOSIT),
    ("POST /native/v1/conversions*", Act.TRADE),
    ("POST /otc/api/v1/reject/*", Act.CANCEL), ("POST */v1/wallet/apply_dw_cancel", Act.CANCEL),
    ("PATCH */v1/wallet/withdraw", Act.READ), ("POST */v1/wallet/addresses", Act.READ), ("POST */v1/logout", Act.READ),
    ("POST */v1/user/*", Act.READ), ("POST */v1/kyc/*", Act.READ), ("POST /api/v?/*/transactions/*", Act.READ),
    ("POST /otc/api/v1/queryOrder/*", Act.READ), ("GET /*", Act.READ),
)  # fmt: skip
ADDRESS: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
_PAID: Final = {"toUser": "payee", "toUserMail": "payee@example.com"}
#: What a row is asked with, over its example, to get as far as the money.
COMPLETED: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /spot/api/v3.?/order": {"clOrderID": None, "price": "19000"},
    "POST /spot/api/v4/trade/orders": {"clOrderId": None, "orderPrice": "19000"},
    "PUT /spot/api/v3.?/order": {"orderID": "{uuid}", "clOrderID": None, "type": "PRICE", "value": "19100"},
    "PUT /spot/api/v4/trade/orders": {"orderId": "{uuid}", "clOrderId": None, "orderPrice": "19100"},
    "POST /api/v?/order": {"newOrderClientId": None, "price": "19000", "quantity": "0.01"},
    "PUT /api/v2/order": {"id": "{number}", "price": "19100", "quantity": "0.01"},
    "PATCH /native/v1/orders/*": {"id": "{number}", "price": "19100"},
    "POST /otc/api/v1/accept/*": {"quoteId": "{quote}"},
    "POST /public-api/otc/v1/quotes/accept": {"quoteId": "{quote}"},
    "POST */v1/trade/accept": {"quoteId": "{quote}"},
    "POST /spot/api/v3.?/user/wallet/transfer": _PAID,
    "POST /public-api/wallet/v1/user/assets/sendTo": _PAID,
    "POST /futures/api/v2.3/subaccount/wallet/transfer": {"fromUser": "{name}", "receiver": "{name} sub"},
    "POST */v1/capital/wallet/operation": {
        "fromWallet": [{"wallet": "SPOT@", "asset": "USDT", "amount": 1}], "operation": "TRANSFER", "toAsset": None,
        "receiver": "payee", "receiverEmail": "payee@example.com",
    },
    "POST */v1/wallet/withdraw": {
        "currency": "BTC", "amount": "0.01", "paymentWay": "Bitcoin", "address": ADDRESS, "tag": "",
    },
    "POST */v1/wallet/address": {"currency": "BTC", "paymentWay": "Bitcoin"},
}  # fmt: skip
MONEY: Final = (Act.TRADE, Act.TRANSFER, Act.CRYPTO_WITHDRAWAL, Act.CRYPTO_DEPOSIT)
#: How each dialect refuses whoever may not even look. BTSE API, BtcTurk API documents, BITGIN API: Authentication.
OUT: Final = {
    "btse": (401, 10002), "btcturk": (401, 1038), "bitgin": (401, 10002), "native": (401, "unauthenticated"),
}  # fmt: skip
#: Every state: how it comes about, and what it leaves open.
STATES: Final[Mapping[str, tuple[Mapping[str, Any], Allowed]]] = {
    **{
        f"status {status.name.lower()}": ({"status": status.name.lower()}, allowed_to(status, 3, Levels()))
        for status in Status
    },
    **{f"level {level}": ({"level": level}, allowed_to(Status.NORMAL, level, Levels())) for level in range(3)},
    "suspended by itself": ({"suspend": True}, SUSPENDED),
    "under a suspended main": ({"suspend_main": True}, SUSPENDED),
}


def act_of(endpoint: Endpoint) -> Act:
    """Return what a row does."""
    row = f"{endpoint.method} {endpoint.path}"
    found = [act for pattern, act in ACTS if fnmatchcase(row, pattern)]
    assert found, f"{row}: what does it do?"
    return found[0]


def test_every_private_row_is_classified() -> None:
    """So that whoever adds one says what it does."""
    for dialect in make_dialects(demo_venue_file()):
        for endpoint in dialect.endpoints:
            if endpoint.permission is not None and not endpoint.signed_in:  # a key does nothing there
                act_of(endpoint)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A venue, and somebody who can be paid."""
    async with standing() as opened:
        pair = opened.venue.catalogue.instrument("USDT-TWD")
        assert pair is not None
        await opened.venue.sequencer.submit(SetIndex(instrument=pair.id, price=pair.ticks("32")))
        await opened.customer("payee")
        account = opened.venue.accounts.by_name("payee")
        assert account is not None
        await opened.venue.customers.introduce(account.id, "payee@example.com", "", level=3)
        yield opened


async def a_customer(stand: Stand, state: str) -> tuple[Credentials, dict[str, Any]]:
    """Open an account of level 3 with orders, quotes and a sub-account; the account whose keys are used may be one itself."""
    name = f"{state}"
    who = await stand.customer(name)
    owner = name
    if state == "under a suspended main":
        owner = "the main"
        main = await stand.venue.accounts.open(owner)
        await stand.venue.sequencer.submit(RecordNote(), notes=(AccountAdopted(who.account, main.id),))
    account = stand.venue.accounts.by_name(owner)
    assert account is not None
    if owner == name:
        await stand.venue.subaccounts.open(f"{name} sub", account)
    await stand.venue.customers.introduce(account.id, "somebody@example.com", "", level=3)
    order = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": "19000", "size": "0.001", "clOrderID": None}
    other = {"pairSymbol": "BTCTRY", "price": "19000", "quantity": "0.01", "newOrderClientId": None}
    placed = await _ask(stand, "btse", "POST /spot/api/v3.3/order", who, order)
    number = await _ask(stand, "btcturk", "POST /api/v1/order", who, other)
    return who, {"uuid": placed.json[0]["orderID"], "number": str(number.json["data"]["id"]), "name": name}


async def _ask(stand: Stand, dialect: str, row: str, who: Credentials, parameters: Mapping[str, Any]) -> Answer:
    own = stand.dialects[dialect]
    (endpoint,) = [each for each in own.endpoints if f"{each.method} {each.path}" == row]
    answer = await stand.call(own, endpoint, who, parameters)
    assert answer.status == 200, answer.body
    return answer


async def bring_about(stand: Stand, how: Mapping[str, Any], name: str) -> None:
    """Bring an account into a state, as the operator does."""
    operations = Operations(stand.venue)
    if how.get("suspend"):
        await operations.call("suspend_account", {"account": name, "is_suspended": True})
    elif how.get("suspend_main"):
        await operations.call("suspend_account", {"account": "the main", "is_suspended": True})
    else:
        await operations.call("set_customer", {"name": "somebody@example.com", **how})


async def a_quote(stand: Stand, who: Credentials, pair: str) -> str:
    instrument = stand.venue.catalogue.instrument(pair)
    assert instrument is not None
    made = await stand.venue.otc.quote(who.account, instrument, Side.BUY, base=10**instrument.base.scale)
    assert isinstance(made, Quote), made
    return made.id


def is_granted(answer: Answer) -> bool:
    """Return whether an answer says yes: BTSE's order rows and quotes say no under a status of 200.

    That there is an unused address already (3528) is no word on who asks.
    """
    if answer.status != 200:
        return isinstance(answer.json, dict) and 3528 in (answer.json.get("code"), answer.json.get("errorCode"))
    rows = answer.json if isinstance(answer.json, list) else [answer.json]
    return not any(isinstance(row, dict) and row.get("status") in (7, 8, 15, 16, 40003) for row in rows)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", sorted(OUT))
async def test_a_state_leaves_open_what_the_table_says_and_nothing_else(stand: Stand, name: str, state: str) -> None:
    """Of every private endpoint of a dialect; what is refused changes nothing."""
    how, allowed = STATES[state]
    who, names = await a_customer(stand, state)
    own = stand.dialects[name]
    rows = [endpoint for endpoint in own.endpoints if endpoint.permission is not None and not endpoint.signed_in]
    tokens = {e.bearer: await stand.token(e.bearer, who) for e in rows if e.bearer}
    quotes = {e.path: await a_quote(stand, who, "BTC-USD") for e in rows if "accept" in e.path}
    await bring_about(stand, how, names["name"])
    wrong, tries = [], sorted(rows, key=lambda each: act_of(each) is Act.CANCEL)  # canceled last: others need it
    for endpoint in tries:
        act, row = act_of(endpoint), f"{endpoint.method} {endpoint.path}"
        if row.endswith("/v1/logout"):
            continue
        more = next((more for pattern, more in COMPLETED.items() if fnmatchcase(row, pattern)), {})
        fill = {**names, "quote": quotes.get(endpoint.path, "")}
        parameters = {key: value.format(**fill) if isinstance(value, str) else value for key, value in more.items()}
        given = {key: value for key, value in {**endpoint.example, **parameters}.items() if value is not None}
        sent = asked(replace(endpoint, example=given))
        stand.app._limiter.forget()
        stand.clock.advance(MS)  # a signed request that moves money is done once
        token = tokens.get(endpoint.bearer)
        proof = {"authorization": f"Bearer {token}"} if token else await stand.proof(own, endpoint, sent, who)
        sent.headers |= proof
        before = stand.venue.sequencer.state.machine.digest()
        answer = await stand.send(sent, LISTED_ADDRESS)
        told = answer.json if isinstance(answer.json, dict) else {}
        code = told.get("code", told.get("reason"))
        problem = ""
        if not allowed.read:
            problem = "" if (answer.status, code) == OUT[name] else "may not even look"
        elif act in MONEY:
            problem = (
                "" if is_granted(answer) is allowed[act] and answer.status != 401 else f"{act.name} {allowed[act]}"
            )
        elif answer.status in (401, 403):
            problem = "may look"
        if answer.status >= 500 or (not allowed[act] and stand.venue.sequencer.state.machine.digest() != before):
            problem = "changed"
        if problem:
            wrong.append(f"{row}: {problem}: {answer.status} {answer.body[-200:]!r}")

    assert wrong == [], chr(10).join(wrong)


@pytest.mark.parametrize("state", STATES)
async def test_tokens_are_got_and_refreshed_by_whoever_may_look(stand: Stand, state: str) -> None:
    """OAuth2's words where not: the key is as if there were none."""
    how, allowed = STATES[state]
    who, names = await a_customer(stand, state)
    path = "/connect/token"
    tokens = {kind: await stand.token(path, who, kind) for kind in ("access_token", "refresh_token")}
    await bring_about(stand, how, names["name"])
    grants = [
        {"grant_type": "client_credentials", "client_id": who.key, "client_secret": who.secret},
        {"grant_type": "password", "username": who.key, "password": who.secret},
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
    ]
    (token_row,) = [e for e in stand.dialects["btcturk"].endpoints if e.path == path]
    (refresh_row,) = [e for e in stand.dialects["btcturk"].endpoints if e.path == "/api/v2/token/refresh"]
    answers = [await stand.send(_posted(token_row, form), LISTED_ADDRESS) for form in grants]
    answers += [await stand.send(_posted(refresh_row, {"token": each}), LISTED_ADDRESS) for each in tokens.values()]

    assert {answer.status == 200 for answer in answers} == {allowed.read}, [each.body for each in answers]


def _posted(endpoint: Endpoint, form: Mapping[str, str]) -> Any:
    blank = dict.fromkeys(endpoint.example)
    return asked(endpoint, {**blank, **form})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("door", DOORS, ids=[door.path for door in DOORS])
async def test_private_streams_are_for_whoever_may_look_and_quotes_for_whoever_may_trade(
    stand: Stand, door: Door, state: str
) -> None:
    """A login is refused, or taken; `/ws/otc` gives no quote id to who may not take it, before a login or after."""
    how, allowed = STATES[state]
    who, names = await a_customer(stand, state)
    route = next(each for dialect in stand.dialects.values() for each in dialect.sockets if each.path == door.path)
    is_otc = door.path == "/ws/otc"

    async def said(connection: FakeConnection, *messages: str) -> list[str]:
        start = len(connection.sent)
        for message in messages:
            session.received(message)
        for _ in range(3):
            stand.clock.advance(1_000 * MS)
            for _ in range(5):
                await asyncio.sleep(0)
        return connection.sent[start:]

    connection = FakeConnection("/" if door.path == "*" else door.path, LISTED_ADDRESS)
    session = route.open(stand.venue, connection)
    login = door.login(who, stand.clock.now_ns() // MS)
    told = await said(connection, login, *door.ask)
    assert not any(door.is_refused(text) for text in told), told
    assert not is_otc or any(door.is_own(text) for text in told)
    await bring_about(stand, how, names["name"])
    told = await said(connection)
    assert not is_otc or any(door.is_own(text) for text in told) is allowed.trade, told
    again = FakeConnection("/" if door.path == "*" else door.path, LISTED_ADDRESS)
    session = route.open(stand.venue, again)
    told = await said(again, door.login(who, stand.clock.now_ns() // MS), *door.ask)
    assert any(door.is_refused(text) for text in told) is not allowed.read, told
    assert not is_otc or any(door.is_own(text) for text in told) is allowed.trade, told
    for task in (*connection.tasks, *again.tasks):
        task.cancel()


def test_every_state_of_the_table_is_walked() -> None:
    """And every act that an endpoint can be."""
    assert {f"status {status.name.lower()}" for status in Status} <= set(STATES)
    assert {act for _, act in ACTS} == {Act.READ, Act.CANCEL, *MONEY}
