"""The same signed request, sent again: what moves money is done once, of every dialect, and orders are orders.

Which endpoints those are comes from the contract tables; one that could move money and says nothing of it fails here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Dialect, Endpoint, Request, Stamp
from bedesten.dialects.refusals import Replayed, Unavailable
from bedesten.server import replays
from bedesten.server.app import App
from bedesten.server.replays import Replays
from bedesten.services.errors import Overloaded
from bedesten.services.store_types import ApiKey, Permission
from tests.security.stand import LISTED_ADDRESS, Answer, Credentials, Sent, Stand, asked, standing

on_the_module_s_loop = pytest.mark.asyncio(loop_scope="module")

MS: Final = 1_000_000
#: POSTs of who may withdraw, send or convert that move nothing, or of which a second one changes nothing.
MOVES_NOTHING: Final = (
    "/wallet/address", "/crypto/address", "/deposit_addresses", "/apply_dw_cancel", "/wallet/withdraw PATCH", "/v1/user/",
    "/v1/kyc/",
)  # fmt: skip
#: What an example leaves open.
MORE: Final[dict[str, dict[str, Any]]] = {
    "/public-api/otc/v1/quotes/accept": {"quoteId": "none"},
    "/v1/wallet/withdraw": {"currency": "USDT", "amount": 30},
    "/v1/trade/accept": {"quoteId": "none"},
    "/api/v1/order": {"price": "20000", "quantity": "0.1"},
}
#: What each venue answers, as to a nonce that is bad.
REFUSED: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "btse": (401, {"code": 10002, "msg": "Invalid nonce", "success": False}),
    "btcturk": (401, {"code": 1038, "message": "Unauthorized - Invalid Nonce", "success": False}),
    "bitgin": (401, {"code": 10002, "success": False}),
    "native": (401, {"reason": "replayed", "status": 401}),
}
ONCE: Final = [
    (dialect.name, f"{endpoint.method} {endpoint.path}")
    for dialect in make_dialects(demo_venue_file())
    for endpoint in dialect.endpoints
    if endpoint.once
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue for the whole module."""
    async with standing() as opened:
        yield opened


async def signed(stand: Stand, name: str, row: str, who: Credentials, off_ms: int = 0) -> Sent:
    """Return a row's example, signed."""
    dialect, endpoint = row_of(stand, name, row)
    sent = asked(endpoint, MORE.get(endpoint.path.removeprefix("/bitgin")))
    sent.headers |= await stand.proof(dialect, endpoint, sent, who, off_ms)
    return sent


def row_of(stand: Stand, name: str, row: str) -> tuple[Dialect, Endpoint]:
    """Return an endpoint by its method and path."""
    dialect = stand.dialects[name]
    return dialect, next(each for each in dialect.endpoints if f"{each.method} {each.path}" == row)


def is_refused(name: str, answer: Answer) -> bool:
    """Return whether a request was taken for one that came before."""
    status, members = REFUSED[name]
    told = answer.json if isinstance(answer.json, dict) else {}
    return answer.status == status and {each: told.get(each) for each in members} == members


def test_whatever_moves_money_says_so_in_its_row() -> None:
    """Every POST that needs the right to withdraw, to send or to convert, and every acceptance of a quote; no venue's order."""
    silent, loud = [], []
    for dialect in make_dialects(demo_venue_file()):
        for endpoint in dialect.endpoints:
            row = f"{endpoint.path} {endpoint.method}"
            moves = endpoint.permission is not None and bool(
                endpoint.permission & (Permission.WITHDRAW | Permission.TRANSFER | Permission.WALLET)
            )
            may = endpoint.method in ("POST", "PUT", "PATCH") and (moves or "accept" in endpoint.path)
            if may and not endpoint.once and not any(each in row for each in MOVES_NOTHING):
                silent.append(row)
            is_venues = dialect.name != "native"  # the house's own orders are done once, too
            if endpoint.once and is_venues and ("order" in endpoint.path or endpoint.method != "POST"):
                loud.append(row)

    assert (silent, loud) == ([], [])
    assert len(ONCE) > 15 and {name for name, _ in ONCE} == set(REFUSED)


@on_the_module_s_loop
@pytest.mark.parametrize(("name", "row"), ONCE, ids=lambda each: str(each))
async def test_the_same_signed_request_is_refused_until_it_is_stale(stand: Stand, name: str, row: str) -> None:
    """As a bad nonce is, and it changes nothing; with another nonce it is a new request, and after its time it is stale."""
    who = await stand.customer(f"{name} {row}"[-60:])
    stand.clock.advance(60_000 * MS)
    sent = await signed(stand, name, row, who)
    first = await stand.send(sent, LISTED_ADDRESS)
    machine = stand.venue.sequencer.state.machine
    before = machine.balances(who.account), machine.holds(who.account)

    again = [await stand.send(sent, LISTED_ADDRESS) for _ in range(2)]
    assert all(is_refused(name, answer) for answer in again), again[0].body
    assert (machine.balances(who.account), machine.holds(who.account)) == before
    assert not is_refused(name, first), first.body
    stand.clock.advance(2_000 * MS)
    assert not is_refused(name, await stand.send(await signed(stand, name, row, who), LISTED_ADDRESS))
    for wait_ms in (2_500, 55_000, 4_000):
        stand.clock.advance(wait_ms * MS)
        late = await stand.send(sent, LISTED_ADDRESS)
        assert late.status == 401, late.body


@on_the_module_s_loop
async def test_a_withdrawal_that_somebody_sends_again_is_paid_once(stand: Stand) -> None:
    """Under another spelling of its path or with a query that nobody signed, too; with X-Nonce for the widest window."""
    btse = await stand.customer("btse withdraws")
    stand.clock.advance(60_000 * MS)
    sent = await signed(stand, "btse", "POST /spot/api/v3.2/user/wallet/withdraw", btse)
    assert (await stand.send(sent, LISTED_ADDRESS)).status == 200
    sent.query = "again=1"
    assert is_refused("btse", await stand.send(sent, LISTED_ADDRESS))

    btcturk = await stand.customer("btcturk withdraws")
    sent = await signed(stand, "btcturk", "POST /api/v1/withdrawals/crypto", btcturk)
    assert (await stand.send(sent, LISTED_ADDRESS)).status == 200
    stand.clock.advance(30_000 * MS)
    sent.path = sent.path.upper().replace("/API/V1", "/api/v1")
    sent.headers["x-nonce"] = "60000"
    assert is_refused("btcturk", await stand.send(sent, LISTED_ADDRESS))

    bitgin = await stand.customer("bitgin converts")
    sent = await signed(stand, "bitgin", "POST /v1/capital/wallet/operation", bitgin)
    assert (await stand.send(sent, LISTED_ADDRESS)).status == 200
    sent.path = f"/bitgin{sent.path}"  # signed alike
    assert is_refused("bitgin", await stand.send(sent, LISTED_ADDRESS))

    for who in (btse, btcturk):
        assert len(await stand.venue.withdrawals.list(who.account)) == 1


@on_the_module_s_loop
@pytest.mark.parametrize(
    ("name", "row"),
    [("btse", "POST /spot/api/v3.3/order"), ("btcturk", "POST /api/v1/order")],
    ids=lambda each: str(each),
)
async def test_an_order_that_is_sent_twice_is_two_orders(stand: Stand, name: str, row: str) -> None:
    """As at the venues: their clients send several within one millisecond, and mean them all."""
    who = await stand.customer(f"{name} orders")
    stand.clock.advance(60_000 * MS)
    sent = await signed(stand, name, row, who)

    answers = [await stand.send(sent, LISTED_ADDRESS) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200], answers[0].body
    assert len(await stand.venue.trading.open_orders(who.account)) == 2


@on_the_module_s_loop
async def test_requests_of_one_nonce_that_differ_are_all_done(stand: Stand) -> None:
    """Another amount is another request."""
    who = await stand.customer("differs")
    stand.clock.advance(60_000 * MS)
    row = "POST /spot/api/v3.2/user/wallet/convert"
    dialect, endpoint = row_of(stand, "btse", row)

    for amount in ("0.01", "0.02"):
        sent = asked(endpoint, {"amount": amount})
        sent.headers |= await stand.proof(dialect, endpoint, sent, who)
        assert (await stand.send(sent, LISTED_ADDRESS)).status == 200


@on_the_module_s_loop
async def test_a_start_takes_no_nonce_from_before_it(stand: Stand) -> None:
    """It has forgotten what was asked; what only reads is served."""
    who = await stand.customer("restarts")
    stand.clock.advance(60_000 * MS)
    row = "POST /spot/api/v3.2/user/wallet/withdraw"
    sent, reads = (
        await signed(stand, "btse", row, who),
        await signed(stand, "btse", "GET /spot/api/v3.2/user/wallet", who),
    )
    assert (await stand.send(sent, LISTED_ADDRESS)).status == 200
    stand.clock.advance(1_000 * MS)
    old, stand.app = stand.app, App(stand.venue, list(stand.dialects.values()))
    try:
        assert is_refused("btse", await stand.send(sent, LISTED_ADDRESS))
        assert (await stand.send(reads, LISTED_ADDRESS)).status == 200
        assert (await stand.send(await signed(stand, "btse", row, who), LISTED_ADDRESS)).status == 200
    finally:
        stand.app = old


@on_the_module_s_loop
async def test_what_was_not_done_for_want_of_room_may_be_sent_again(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 says that nothing was done; then the same request is done, once."""
    who = await stand.customer("busy")
    stand.clock.advance(60_000 * MS)
    sent = await signed(stand, "btse", "POST /spot/api/v3.2/user/wallet/convert", who)

    async def busy(*arguments: Any, **more: Any) -> None:
        raise Overloaded("no room")

    with monkeypatch.context() as patched:
        patched.setattr(stand.venue.conversions, "convert", busy)
        assert (await stand.send(sent, LISTED_ADDRESS)).status == 503

    assert (await stand.send(sent, LISTED_ADDRESS)).status == 200
    assert is_refused("btse", await stand.send(sent, LISTED_ADDRESS))


def request_of(nonce: int, received_ms: int = 0) -> Request:
    """Return a request as it is when it was authenticated."""
    request = Request(method="POST", path="/x", body=b"{}", received_ns=received_ms * MS)
    request.key = ApiKey(key="k", secret="s", account=16, permissions=Permission.WITHDRAW)
    request.stamp = Stamp(b"/x", str(nonce).encode(), nonce, (nonce + 60_001) * MS)
    return request


def test_memory_is_bounded_and_nothing_is_dropped_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one waits, those remembered stay refused, and room comes when the first are stale."""
    monkeypatch.setattr(replays, "REMEMBERED_MAX", 3)
    seen = Replays(0)
    for nonce in (1, 2, 3):
        seen.admit(request_of(nonce))

    with pytest.raises(Unavailable):
        seen.admit(request_of(4))
    for nonce in (1, 2, 3):
        with pytest.raises(Replayed):
            seen.admit(request_of(nonce))
    seen.admit(request_of(60_000, received_ms=60_002))
    with pytest.raises(Replayed):
        seen.admit(request_of(2, received_ms=60_001))


def test_nobody_takes_the_room_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that asked too much waits for its own requests to go stale; others are served."""
    monkeypatch.setattr(replays, "OF_ONE_MAX", 2)
    remembered = Replays(0)
    for nonce in (1, 2):
        remembered.admit(request_of(nonce))
    with pytest.raises(Unavailable):
        remembered.admit(request_of(3))
    other = request_of(3)
    assert other.key is not None
    other.key.key = "another"
    remembered.admit(other)

    remembered.admit(request_of(70_000, received_ms=70_000))
