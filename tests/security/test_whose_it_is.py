"""Another customer's object, and a suspended account: every private endpoint whose request can name an order, a quote, a
withdrawal or an address is asked for somebody else's.

What names an object is found by its field's name, so a new endpoint that can name one fails here until its answer is written
down.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

import msgspec
import pytest
import pytest_asyncio

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.btse.ids import ORDERS
from bedesten.dialects.contract import Dialect, Endpoint
from bedesten.domain.commands import SetAccount
from bedesten.domain.enums import AccountParameter
from tests.security.stand import Credentials, Stand, standing

on_the_module_s_loop = pytest.mark.asyncio(loop_scope="module")

#: What a request's field is called when it names something that somebody owns.
NAMES_AN_OBJECT: Final = re.compile(
    r"(?i)^(cl)?(order|quote|withdraw(al)?|address|transfer|deposit|bank(account)?|sub_?account)?_?id$|uuid|^address$"
)
#: A client's own ids: in a POST they name what is being made.
CLIENT_IDS: Final = frozenset({"clOrderID", "clOrderId", "newOrderClientId", "clientOrderId"})
MARKER: Final = "18765"  # the victim's price: nobody else's answers may have it in them
SIZE: Final = "0.00731"


class Rule(NamedTuple):
    """Which rows, asked with what, answer how. Placeholders: {uuid} {number} {client_id} {quote} {withdrawal} {address}."""

    dialect: str
    row: str  # a pattern of "METHOD /path"
    parameters: Mapping[str, Any]
    status: int
    told: (
        Mapping[str, Any] | list[Any] | None
    )  # members of the body or of its first row; a list: exactly that; None: ask only what leaked


_BY_ID: Final = {"symbol": "BTC-USD", "orderID": "{uuid}", "clOrderID": None}
_BY_NAME: Final = {"symbol": "BTC-USD", "orderID": None, "clOrderID": "{client_id}"}
_BY_ID_V4: Final = {"symbol": "BTC-USD", "orderId": "{uuid}", "clOrderId": None}
_NOT_FOUND: Final = {"message": "Order not found"}
#: BTSE API, Error codes; BtcTurk API documents, Error Handling. An object of somebody else's is one that does not exist.
RULES: Final = (
    Rule("btse", "PUT /spot/api/v3.?/order", {**_BY_ID, "type": "PRICE", "value": 20100}, 200, {"status": 15}),
    Rule("btse", "PUT /spot/api/v3.?/order", {**_BY_NAME, "type": "PRICE", "value": 20100}, 200, {"status": 15}),
    Rule("btse", "DELETE /spot/api/v3.?/order", _BY_ID, 200, {"status": 16}),
    Rule("btse", "DELETE /spot/api/v3.?/order", _BY_NAME, 200, {"status": 16}),
    Rule("btse", "GET /spot/api/v3.?/order", {"orderID": "{uuid}", "clOrderID": None}, 400, _NOT_FOUND),
    Rule("btse", "GET /spot/api/v3.?/order", {"clOrderID": "{client_id}"}, 400, _NOT_FOUND),
    Rule("btse", "GET /spot/api/v3.?/*open_orders", _BY_ID, 200, []),
    Rule("btse", "GET /spot/api/v3.?/*open_orders", _BY_NAME, 200, []),
    Rule("btse", "GET /spot/api/v3.?/user/trade_history", _BY_ID, 200, []),
    Rule("btse", "DELETE /spot/api/v3.?/user/wallet/address", {"address": "{address}"}, 400, {"success": False}),
    Rule("btse", "POST /spot/api/v3.?/user/wallet/withdraw", {"address": "{address}"}, 200, None),
    Rule("btse", "DELETE /public-api/wallet/v1/user/crypto/address", {"address": "{address}"}, 400, {"success": False}),
    Rule("btse", "POST /public-api/wallet/v1/user/crypto/withdraw", {"address": "{address}"}, 200, None),
    Rule("btse", "PUT /spot/api/v4/trade/orders", {**_BY_ID_V4, "orderPrice": "20100"}, 200, {"status": 16}),
    Rule("btse", "DELETE /spot/api/v4/trade/orders", _BY_ID_V4, 200, {"status": 16}),
    Rule("btse", "GET /spot/api/v4/trade/order", _BY_ID_V4, 400, {"success": False}),
    Rule("btse", "GET /spot/api/v4/trade/trade_history", {**_BY_ID_V4, "orderID": "{uuid}"}, 200, {"data": []}),
    Rule("btse", "POST /otc/api/v1/*/{quoteId}", {"quoteId": "{quote}"}, 400, {"errorCode": 40003}),
    Rule("btse", "GET /public-api/otc/v1/quotes", {"quoteId": "{quote}"}, 400, {"success": False}),
    Rule("btse", "POST /public-api/otc/v1/quotes/accept", {"quoteId": "{quote}"}, 400, {"success": False}),
    Rule("bitgin", "POST */v1/wallet/withdraw", {"address": "{address}"}, 400, {"success": False}),
    Rule("bitgin", "DELETE */v1/wallet/common_address", {"address": "{address}"}, 400, {"code": -2}),
    Rule("bitgin", "POST */v1/trade/accept", {"quoteId": "{quote}"}, 400, {"code": -2}),
    Rule("bitgin", "GET */v1/capital/transfer/cancel", {"id": "{withdrawal}"}, 400, {"code": -2}),
    Rule("btcturk", "GET /api/v?/*/transactions/trade", {"orderId": "{number}"}, 200, {"data": []}),
    Rule("btcturk", "GET /api/v?/*/transactions/trade/{id}", {"id": "{number}"}, 200, {"data": []}),
    Rule("btcturk", "PUT /api/v2/order", {"id": "{number}"}, 400, {"success": False}),
    Rule("btcturk", "GET /api/v?/allOrders", {"orderId": "{number}"}, 200, {"data": []}),
    Rule("btcturk", "GET /api/v?/order/{orderId}", {"orderId": "{number}"}, 400, {"success": False}),
    Rule("btcturk", "DELETE /api/v?/order", {"id": "{number}"}, 400, {"success": False}),
    Rule("btcturk", "DELETE /api/v2/order/{id}", {"id": "{number}"}, 400, {"success": False}),
    Rule("btcturk", "POST /api/v?/withdrawals/crypto", {"address": "{address}"}, 200, None),
    Rule("btcturk", "DELETE /api/v1/withdrawals/crypto/{id}", {"id": "{withdrawal}"}, 400, {"success": False}),
    Rule("native", "* /native/v1/orders/{id}", {"id": "{number}"}, 404, {"reason": "unknown_order"}),
    Rule("native", "GET /native/v1/orders/{id}", {"id": "client:{client_id}"}, 404, {"reason": "unknown_order"}),
)  # fmt: skip


def named(endpoint: Endpoint) -> list[str]:
    """Return the parameters of *endpoint* that name an object."""
    fields = [each.encode_name for each in msgspec.structs.fields(endpoint.request)] if endpoint.request else []
    names = {*fields, *re.findall(r"\{(\w+)\}", endpoint.path)}
    if endpoint.method == "POST":
        names -= CLIENT_IDS
    return sorted(name for name in names if NAMES_AN_OBJECT.search(name))


def rules_of(dialect: Dialect, endpoint: Endpoint) -> list[Rule]:
    """Return what is written down for a row."""
    row = f"{endpoint.method} {endpoint.path}"
    return [rule for rule in RULES if rule.dialect == dialect.name and _fits(row, rule.row)]


def _fits(row: str, pattern: str) -> bool:
    return fnmatchcase(row, pattern.replace("[", "[[]"))


ROWS: Final = [
    (dialect, endpoint)
    for dialect in make_dialects(demo_venue_file())
    for endpoint in dialect.endpoints
    if endpoint.permission is not None and not endpoint.signed_in and named(endpoint)
]


class Victim(NamedTuple):
    """A customer who has one of everything."""

    who: Credentials
    names: dict[str, str]
    belongings: Any


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue for the whole module."""
    async with standing() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def victim(stand: Stand) -> Victim:
    """Opened once: nobody may change what it has."""
    who = await stand.customer("victim")
    btse, btcturk = stand.dialects["btse"], stand.dialects["btcturk"]
    one = {
        "symbol": "BTC-USD",
        "side": "BUY",
        "type": "LIMIT",
        "price": MARKER,
        "size": SIZE,
        "clOrderID": "victims-own",
    }
    other = {"pairSymbol": "BTCTRY", "price": MARKER, "quantity": SIZE, "newOrderClientId": "victims-other"}
    coin = {"currency": "BTC", "network": "Bitcoin"}
    order = await _made(stand, btse, "POST /spot/api/v3.3/order", who, one)
    number = await _made(stand, btcturk, "POST /api/v1/order", who, other)
    address = await _made(stand, btse, "POST /spot/api/v3.3/user/wallet/address", who, coin)
    quote = await _made(stand, btse, "POST /otc/api/v1/quote", who, {})
    withdrawal = await _made(stand, btcturk, "POST /api/v1/withdrawals/crypto", who, {})
    names = {
        "uuid": order[0]["orderID"], "client_id": "victims-own", "number": str(number["data"]["id"]),
        "address": address[0]["address"], "quote": quote["quoteId"], "withdrawal": str(withdrawal["data"]["id"]),
    }  # fmt: skip
    return Victim(who, names, await _belongings(stand, who))


async def _made(stand: Stand, dialect: Dialect, row: str, who: Credentials, parameters: Mapping[str, Any]) -> Any:
    (endpoint,) = [each for each in dialect.endpoints if f"{each.method} {each.path}" == row]
    answer = await stand.call(dialect, endpoint, who, parameters)
    assert answer.status == 200, answer.body
    return answer.json


async def _belongings(stand: Stand, who: Credentials) -> Any:
    """Return all that an account has, as it stands."""
    venue, account = stand.venue, who.account
    btc = venue.catalogue.asset("BTC")
    assert btc is not None
    return (
        await venue.accounts.balances(account),
        await venue.trading.open_orders(account),
        await venue.withdrawals.list(account),
        [
            await venue.network_deposits.addresses(account, btc, network)
            for network in venue.network_deposits.networks(btc)
        ],
        [key.key for key in venue.keys.list(account)],
    )


@pytest.mark.parametrize(("dialect", "endpoint"), ROWS, ids=[f"{d.name} {e.method} {e.path}" for d, e in ROWS])
def test_every_row_that_can_name_an_object_has_an_answer(dialect: Dialect, endpoint: Endpoint) -> None:
    """Written down above, and naming one."""
    rules = rules_of(dialect, endpoint)

    assert rules, f"{named(endpoint)}: what is the answer when they are somebody else's?"
    assert any("{" in str(value) for rule in rules for value in rule.parameters.values())


@on_the_module_s_loop
@pytest.mark.parametrize(("dialect", "endpoint"), ROWS, ids=[f"{d.name} {e.method} {e.path}" for d, e in ROWS])
async def test_what_is_somebody_else_s_is_neither_told_nor_touched(
    stand: Stand, victim: Victim, dialect: Dialect, endpoint: Endpoint
) -> None:
    """A thief with every permission gets the venue's refusal or nothing, and the victim keeps all that it has."""
    own = stand.dialects[dialect.name]
    for at, rule in enumerate(rules_of(dialect, endpoint)):
        thief = await stand.customer(f"thief {at} {endpoint.method} {endpoint.path} {dialect.name}"[:60])
        parameters = {
            name: value.format(**victim.names) if isinstance(value, str) else value
            for name, value in rule.parameters.items()
        }
        answer = await stand.call(own, endpoint, thief, parameters)

        assert answer.status == rule.status, answer.body
        if isinstance(rule.told, list):
            assert answer.json == rule.told
        elif rule.told is not None:
            told = answer.json[0] if isinstance(answer.json, list) else answer.json
            assert {name: told.get(name) for name in rule.told} == rule.told, answer.body
        assert MARKER.encode() not in answer.body
        assert SIZE.encode() not in answer.body
        assert await _belongings(stand, victim.who) == victim.belongings


#: What a suspended account may still ask for: to see what it has, to take orders back, and what moves no money.
STILL_ALLOWED: Final = (
    "GET *", "DELETE *", "* /otc/api/v1/queryOrder/*", "* /otc/api/v1/reject/*", "* /api/v?/*/transactions/*",
    "* /spot/api/v3.?/order/cancelAllAfter", "* /spot/api/v4/trade/orders/cancel_all_after",
    "* /spot/api/v3.?/user/wallet/address", "* /otc/api/v1/quote", "* /public-api/otc/v1/quotes",
    "* */v1/logout", "* */v1/user/*", "* */v1/kyc/*", "* */v1/wallet/address*", "* */v1/trade/quote",
    "* /native/v1/deposit_addresses", "* /native/v1/conversions/preview",
    "* /native/v1/orders/preview", "* /native/v1/orders/cancel_all_after",
    "* */v1/capital/wallet/operation",  # asked, as in its example, what a wallet is worth
)  # fmt: skip
#: What such an endpoint is asked with where its example is not enough to get as far as the account.
COMPLETED: Final[Mapping[str, Mapping[str, Any]]] = {
    "PUT /spot/api/v3.?/order": {"orderID": "{uuid}", "clOrderID": None, "type": "PRICE", "value": 20100},
    "PUT /spot/api/v4/trade/orders": {"orderId": "{uuid}", "clOrderId": None, "orderPrice": "20100"},
    "POST /spot/api/v3.?/user/wallet/withdraw": {"address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
    "POST /otc/api/v1/accept/{quoteId}": {"quoteId": "{quote}"},
    "POST /public-api/otc/v1/quotes/accept": {"quoteId": "{quote}"},
    "PATCH /native/v1/orders/{id}": {"id": "{number}", "price": "19001.0"},
}


@on_the_module_s_loop
@pytest.mark.parametrize("name", sorted({dialect.name for dialect, _ in ROWS}))
async def test_a_suspended_account_moves_nothing(stand: Stand, name: str) -> None:
    """Every endpoint that would move money or place an order refuses in the venue's words, and nothing has changed."""
    who = await stand.customer(f"suspended {name}")
    btse = stand.dialects["btse"]
    order = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": "19000", "size": "0.001"}
    placed = await _made(stand, btse, "POST /spot/api/v3.3/order", who, order)
    quote = await _made(stand, btse, "POST /otc/api/v1/quote", who, {})
    uuid = placed[0]["orderID"]
    names = {"uuid": uuid, "number": str(ORDERS.number(uuid)), "quote": quote["quoteId"]}
    suspended = SetAccount(account=who.account, parameter=AccountParameter.SUSPENDED, value=1)
    await stand.venue.sequencer.submit(suspended)
    before = await _belongings(stand, who)
    done = []
    for dialect, endpoint in stand.rows():
        row = f"{endpoint.method} {endpoint.path}"
        if dialect.name != name or any(_fits(row, pattern) for pattern in STILL_ALLOWED):
            continue
        given = next((more for pattern, more in COMPLETED.items() if _fits(row, pattern)), {})
        parameters = {key: value.format(**names) if isinstance(value, str) else value for key, value in given.items()}
        answer = await stand.call(dialect, endpoint, who, parameters)
        if answer.status == 200 and not _is_refused_row(answer.json) or answer.status >= 500:
            done.append(f"{row}: {answer.status} {answer.body[-300:]!r}")

    assert done == []
    assert await _belongings(stand, who) == before


def _is_refused_row(told: Any) -> bool:
    """Return whether an answer of 200 is an order row or a quote that says: not accepted. BTSE API, status and OTC codes."""
    rows = told if isinstance(told, list) else [told]
    return all(isinstance(row, dict) and row.get("status") in (7, 15, 16, 40003) for row in rows)
