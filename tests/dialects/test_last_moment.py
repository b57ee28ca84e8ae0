"""BtcTurk and BTSE: a request that waits is judged again where nothing is waited for any more, its key and its family's standing.

Every interleaving is driven: what is asked stands behind a look-up, a commit or another request of its id until its key is
revoked, or a member of its family suspended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest

from bedesten.services.operator.operations import Operations
from bedesten.services.store_types import Permission
from bedesten.storage.memory import open_memory
from tests.dialects.btcturk import stand as btcturk
from tests.dialects.btcturk.test_tokens import holder
from tests.dialects.btse import stand as btse
from tests.unit.services.market import Pausing

ABROAD: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
MOVE: Final = {
    "walletSrcType": "SPOT", "walletDestType": "SPOT", "fromUser": "alice", "receiver": "alice-bots",
    "apiWallets": [{"currency": "BTC", "allBalance": False, "balance": 1.5}],
}  # fmt: skip

Meanwhile = Callable[[], Awaitable[Any]]


@pytest.fixture
def store() -> Pausing:
    """A store whose commits can be held up."""
    return Pausing(open_memory())


@pytest.fixture
async def turk(store: Pausing) -> AsyncIterator[btcturk.Stand]:
    """BtcTurk's API, alice and bob."""
    opened = await btcturk.open_stand(store=store)
    for name in ("alice", "bob"):
        await opened.customer(name)
    yield opened
    store.let_go()
    await opened.venue.sequencer.stop()


@pytest.fixture
async def spot(store: Pausing) -> AsyncIterator[btse.Stand]:
    """BTSE's API, alice with a sub-account, and bob, whom money can be sent to."""
    opened = await btse.open_stand(store=store)
    for name in ("alice", "bob"):
        await opened.customer(name)
        await opened.venue.customers.introduce(account_of(opened, name), f"{name}@example.com", "", level=3)
    main = opened.venue.accounts.by_name("alice")
    assert main is not None
    await opened.venue.subaccounts.open("alice-bots", main)
    yield opened
    store.let_go()
    await opened.venue.sequencer.stop()


def account_of(stand: Any, name: str) -> int:
    account = stand.venue.accounts.by_name(name)
    assert account is not None
    return int(account.id)


async def second_key(stand: Any, kind: Any, name: str = "alice") -> Any:
    made = await stand.venue.keys.create(account_of(stand, name), set(Permission))
    return kind(stand, made.key, made.secret)


def wealth(stand: Any) -> Any:
    """Return everything that anybody has, holds and has in the books."""
    machine, accounts = stand.venue.sequencer.state.machine, [each.id for each in stand.venue.accounts.all()]
    return [(machine.balances(each), machine.holds(each), machine.open_orders(each)) for each in accounts]


async def spin() -> None:
    for _ in range(50):
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)  # threads that look something up come back


async def stopped_at(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Awaitable[Any], meanwhile: Meanwhile
) -> Any:
    """Let *act* wait behind *name* of *owner* while something happens, and return what came of it."""
    real, reached, gate = getattr(owner, name), asyncio.Event(), asyncio.Event()

    async def looked_up(*given: Any, **named: Any) -> Any:
        found = await real(*given, **named)
        reached.set()
        await gate.wait()
        return found

    monkeypatch.setattr(owner, name, looked_up)
    task = asyncio.ensure_future(act)
    await asyncio.wait_for(reached.wait(), 10)
    monkeypatch.setattr(owner, name, real)
    await meanwhile()
    gate.set()
    return await task


async def behind_a_commit(store: Pausing, first: Awaitable[Any], second: Awaitable[Any], meanwhile: Meanwhile) -> Any:
    """Let *first* stand in its commit, *second* wait behind it while something happens, and return what it is answered."""
    store.hold_up()
    ahead = asyncio.ensure_future(first)
    await store.held()
    waiting = asyncio.ensure_future(second)
    await spin()
    assert not waiting.done()
    happening = asyncio.ensure_future(meanwhile())
    await spin()
    store.let_go()
    await asyncio.gather(ahead, happening)
    return await waiting


# BtcTurk


@pytest.mark.parametrize("what", ["market", "amend", "cancel"])
async def test_an_order_of_btcturks_whose_key_is_revoked_meanwhile_changes_nothing(
    turk: btcturk.Stand, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """While the best price, or the order itself, is looked up."""
    alice, bob = await second_key(turk, btcturk.Client), turk.clients["bob"]
    await bob.placed("buy", "0.01", "50000")
    number = await turk.clients["alice"].placed("sell", "0.01", "60000")
    before = wealth(turk)
    if what == "market":
        asked, at = alice.order("sell", "0.005", None, orderMethod="market"), (turk.venue.market_data, "bbo")
    elif what == "amend":
        form = {"id": number, "price": "70000"}
        asked, at = (await holder(alice)).call("PUT", "/api/v2/order", form), (turk.venue.trading, "order")
    else:
        asked, at = alice.cancel(number), (turk.venue.trading, "order")

    answer = await stopped_at(monkeypatch, *at, asked, lambda: turk.venue.keys.revoke(alice.key))

    assert answer.status == 401, answer.body
    assert wealth(turk) == before


async def test_a_withdrawal_of_btcturks_whose_key_is_revoked_meanwhile_is_not_asked_for(
    turk: btcturk.Stand, store: Pausing
) -> None:
    """It waits for the one before it, which is held."""
    first, second = turk.clients["alice"], await second_key(turk, btcturk.Client)
    form = {"asset": "btc", "amount": "0.01", "address": ABROAD}
    path = "/api/v1/withdrawals/crypto"

    answer = await behind_a_commit(
        store, first.post(path, form), second.post(path, {**form, "amount": "0.02"}),
        lambda: turk.venue.keys.revoke(second.key),
    )  # fmt: skip

    assert answer.status == 401, answer.body
    (hold,) = turk.venue.sequencer.state.machine.holds(account_of(turk, "alice"))
    assert hold[2] == 1_000_000


# BTSE


@pytest.mark.parametrize("what", ["amend", "cancel"])
async def test_an_order_of_btses_whose_key_is_revoked_meanwhile_changes_nothing(
    spot: btse.Stand, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """An amendment looks the order up by its client's id; a cancellation waits for nothing, and is refused at the door."""
    alice = await second_key(spot, btse.Client)
    assert (await spot.clients["alice"].order(clOrderID="mine")).status == 200
    before, path = wealth(spot), "/spot/api/v3.3/order"
    if what == "amend":
        form = {"symbol": "BTC-USD", "clOrderID": "mine", "type": "PRICE", "value": 19000}
        asked, owner = alice.call("PUT", path, form), spot.venue.trading
        answer = await stopped_at(monkeypatch, owner, "order", asked, lambda: spot.venue.keys.revoke(alice.key))
    else:
        await spot.venue.keys.revoke(alice.key)
        answer = await alice.call("DELETE", path, signed="/api/v3.3/order{}", symbol="BTC-USD", clOrderID="mine")

    assert answer.status == 401, answer.body
    assert wealth(spot) == before


@pytest.mark.parametrize("what", ["withdraw", "transfer"])
async def test_money_of_btses_whose_key_is_revoked_meanwhile_stays(spot: btse.Stand, store: Pausing, what: str) -> None:
    """It waits for the request before it: of the account, or under the same id."""
    first, second = spot.clients["alice"], await second_key(spot, btse.Client)
    path, form = {
        "withdraw": ("/spot/api/v3.3/user/wallet/withdraw",
                     {"currency": "BTC-Bitcoin", "address": ABROAD, "tag": "", "amount": "0.01"}),
        "transfer": ("/spot/api/v3.3/user/wallet/transfer",
                     {"amount": "1", "asset": "BTC", "toUser": "bob", "toUserMail": "bob@example.com", "clOrderID": "one"}),
    }[what]  # fmt: skip
    seen: list[Any] = []

    async def once() -> Any:
        answer = await first.post(path, form)
        seen.append(wealth(spot))
        return answer

    answer = await behind_a_commit(store, once(), second.post(path, form), lambda: spot.venue.keys.revoke(second.key))

    is_same_answer = what == "transfer" and answer.status == 200  # of the one that was under way under its id
    assert is_same_answer or answer.status == 401, answer.body
    assert wealth(spot) == seen[0]


@pytest.mark.parametrize("who", ["alice", "alice-bots", "the third key"])
@pytest.mark.parametrize("asker", ["alice", "alice-bots"])
async def test_a_familys_money_stays_when_a_member_is_suspended_or_a_key_revoked_meanwhile(
    spot: btse.Stand, store: Pausing, who: str, asker: str
) -> None:
    """Whoever asks, whichever of the two is suspended while a transfer waits for those before it; the others are done."""
    await spot.venue.accounts.deposit(account_of(spot, "alice-bots"), "BTC", 10 * 10**8)
    to = {"alice": "alice-bots", "alice-bots": "alice"}[asker]
    form = {**MOVE, "fromUser": asker, "receiver": to}
    clients = [await second_key(spot, btse.Client, asker) for _ in range(3)]
    is_revoked = who == "the third key"
    path, before = "/futures/api/v2.3/subaccount/wallet/transfer", bitcoin(spot, asker)

    store.hold_up()
    asking = [asyncio.ensure_future(clients[0].post(path, form))]
    await store.held()
    for client in clients[1:]:  # the second is in the queue, the third waits to be judged
        asking.append(asyncio.ensure_future(client.post(path, form)))
        await spin()
    suspended = {"account": who, "is_suspended": True}
    ending: Awaitable[Any] = (
        spot.venue.keys.revoke(clients[2].key)
        if is_revoked
        else Operations(spot.venue).call("suspend_account", suspended)
    )
    suspending = asyncio.ensure_future(ending)
    await spin()
    store.let_go()
    await suspending
    answers = await asyncio.gather(*asking)

    assert [answer.status for answer in answers] == [200, 200, 401 if is_revoked else 400], [
        answer.body for answer in answers
    ]
    assert bitcoin(spot, asker) == before - 2 * 150_000_000


def bitcoin(stand: btse.Stand, name: str) -> int:
    asset = stand.venue.catalogue.asset("BTC")
    assert asset is not None
    return int(stand.venue.sequencer.state.machine.balance(account_of(stand, name), asset.id)[0])
