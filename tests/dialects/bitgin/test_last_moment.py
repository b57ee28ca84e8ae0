"""A request that waits is judged again where nothing is waited for any more: its key, its customer, its bank account, its quote.

Every interleaving is driven: a commit stands at a gate, and whoever asks behind it waits for a lock or for a look at the books.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest

from bedesten.domain.commands import Command
from bedesten.domain.enums import SendStage
from bedesten.domain.notes import Note, WithdrawalStep
from bedesten.services.fiat.withdrawals import BeginRefusal
from bedesten.services.holds.fold_holds import OpenHold
from bedesten.services.store_types import Permission
from bedesten.storage.memory import open_memory
from tests.dialects.bitgin.money import account_of, bank_account, blocks, mailed_code, mailed_link, operator
from tests.dialects.bitgin.stand import SECOND, Answer, Client, Stand, open_stand
from tests.unit.services.market import Pausing

TO: Final = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SEND: Final = {
    "fromWallet": [{"wallet": "SPOT@", "asset": "USDT", "amount": 1}], "operation": "TRANSFER",
    "receiver": "bob", "receiverEmail": "bob@example.com",
}  # fmt: skip

Ask = Callable[[Client], Awaitable[Answer]]
Meanwhile = Callable[[], Awaitable[Any]]


@pytest.fixture
def store() -> Pausing:
    """A store whose commits can be held up."""
    return Pausing(open_memory())


@pytest.fixture
async def stand(store: Pausing) -> AsyncIterator[Stand]:
    """A venue over it; alice and bob are customers, and the desk has money."""
    opened = await open_stand(store=store)
    await opened.index("32")
    for name in ("alice", "bob"):
        await opened.customer(name)
    for code in ("USDT", "TWD"):
        asset = opened.venue.catalogue.asset(code)
        assert asset is not None
        await opened.venue.accounts.transfer(0, 3, code, 1_000_000 * 10**asset.scale)
    yield opened
    store.let_go()
    await opened.close()


async def a_key(stand: Stand, name: str = "alice") -> Client:
    made = await stand.venue.keys.create(account_of(stand, name), set(Permission))
    return Client(stand, key=made.key, secret=made.secret)


async def spin() -> None:
    for _ in range(50):
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)  # threads that look something up come back


async def behind_a_commit(
    store: Pausing, first: Awaitable[Any], second: Awaitable[Answer], meanwhile: Meanwhile
) -> Answer:
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


async def everything_of(stand: Stand, name: str) -> Any:
    account = account_of(stand, name)
    machine = stand.venue.sequencer.state.machine
    return machine.balances(account), machine.holds(account)


async def _withdraw(client: Client, amount: float = 20) -> Answer:
    form = {"currency": "USDT", "amount": amount, "paymentWay": "ERC20", "address": TO, "tag": "", "code2FA": ""}
    form["paymentWay"] = "Ethereum"
    return await client.post("/v1/wallet/withdraw", form)


async def _by_bank(client: Client) -> Answer:
    (bank,) = client.stand.venue.fiat.bank_accounts.of(account_of(client.stand, "alice"))
    return await client.post(
        "/v1/wallet/withdraw", {"currency": "TWD", "amount": 110, "code2FA": "", "bankId": bank.id}
    )


async def _convert(client: Client) -> Answer:
    return await client.post(
        "/public-api/wallet/v1/user/assets/convert", {"amount": "10", "fromAsset": "USDT", "toAsset": "TWD"}
    )


async def _accept(client: Client) -> Answer:
    return await client.post("/v1/trade/accept", {"quoteId": client.more["x-quote"]})


ASKS: Final[dict[str, Ask]] = {"network": _withdraw, "bank": _by_bank, "convert": _convert, "otc": _accept}


async def prepared(stand: Stand, kind: str) -> tuple[Client, Client]:
    """Return alice twice, by a key each, with what the request needs."""
    clients = await a_key(stand), await a_key(stand)
    if kind == "bank":
        await bank_account(stand, "alice")
    if kind == "otc":
        for client in clients:
            form = {"side": "buy", "quoteAmountInBase": 100, "quoteBaseCurrency": "USDT"}
            client.more["x-quote"] = (await client.post("/v1/trade/quote", form)).data["quoteId"]
    return clients


@pytest.mark.parametrize("kind", ASKS)
async def test_a_key_that_is_revoked_while_its_request_waits_moves_nothing(
    stand: Stand, store: Pausing, kind: str
) -> None:
    """Refused as at the door; the request before it is done."""
    first, second = await prepared(stand, kind)
    ask = ASKS[kind]

    answer = await behind_a_commit(store, ask(first), ask(second), lambda: stand.venue.keys.revoke(second.key))

    assert answer.status == 401, answer.body
    once = await everything_of(stand, "alice")
    stand.clock.advance(SECOND)  # a request that moves money is done once
    again = await ask(first) if kind != "otc" else None
    assert again is None or (again.status == 200 and await everything_of(stand, "alice") != once)


@pytest.mark.parametrize("how", ["suspended", "blocked", "deleted", "not_tradable", "level", "own"])
@pytest.mark.parametrize("kind", ASKS)
async def test_a_customer_who_is_suspended_while_a_request_waits_moves_nothing(
    stand: Stand, store: Pausing, kind: str, how: str
) -> None:
    """By status, by level, or the account by itself. What the table leaves open is done: withdrawals of whom trading is taken."""
    first, second = await prepared(stand, kind)
    ask, done = ASKS[kind], {}

    async def meanwhile() -> None:
        done["before"] = None
        if how == "own":
            await operator(stand, "suspend_account", account="alice", is_suspended=True)
        elif how == "level":
            await operator(stand, "set_customer", name="alice", level=1)
        else:
            await operator(stand, "set_customer", name="alice", status=how)

    answer = await behind_a_commit(store, ask(first), ask(second), meanwhile)

    is_open = how == "not_tradable" and kind in ("network", "bank")
    is_done = answer.status == 200 and answer.json.get("code") in (0, 1) and answer.json.get("success", True)
    assert is_done is is_open, answer.body
    holds = [hold[2] for hold in stand.venue.sequencer.state.machine.holds(account_of(stand, "alice"))]
    assert len(holds) == {"network": 1, "bank": 1}.get(kind, 0) * (2 if is_open else 1)


async def test_a_bank_account_that_is_removed_while_a_withdrawal_waits_is_not_paid(
    stand: Stand, store: Pausing
) -> None:
    """The record is looked at again, not the one that the request began with."""
    first, second = await prepared(stand, "bank")
    (bank,) = stand.venue.fiat.bank_accounts.of(account_of(stand, "alice"))

    answer = await behind_a_commit(
        store, _by_bank(first), _by_bank(second), lambda: operator(stand, "remove_bank_account", id=bank.id)
    )

    assert (answer.status, answer.code) == (400, -2)
    assert len(stand.venue.sequencer.state.machine.holds(account_of(stand, "alice"))) == 1


async def test_a_quote_that_expires_while_its_acceptance_waits_is_not_settled(stand: Stand, store: Pausing) -> None:
    """Time passes while somebody else's is being settled."""
    first, second = await prepared(stand, "otc")

    async def meanwhile() -> None:
        stand.clock.advance(3_600 * SECOND)

    answer = await behind_a_commit(store, _accept(first), _accept(second), meanwhile)

    assert answer.data["status"] == 30008
    balance = await stand.venue.accounts.balances(account_of(stand, "alice"))
    assert next(row.total for row in balance if row.asset.code == "USDT") == (1_000_000 + 100) * 10**6


async def _stopped_at(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Awaitable[Any], meanwhile: Meanwhile
) -> Any:
    """Let *act* wait behind its look-up *name* of *owner* while something happens, and return what came of it."""
    real, reached, gate = getattr(owner, name), asyncio.Event(), asyncio.Event()

    async def looked_up(*given: Any) -> Any:
        found = await real(*given)
        reached.set()
        await gate.wait()
        return found

    monkeypatch.setattr(owner, name, looked_up)
    task = asyncio.ensure_future(act)
    await reached.wait()
    monkeypatch.setattr(owner, name, real)
    await meanwhile()
    gate.set()
    return await task


@pytest.mark.parametrize("kind", ["network", "bank"])
async def test_a_confirmation_counts_for_nothing_once_its_customer_is_suspended(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Before it is asked and while it is looked up; confirmed before, it is neither approved nor begun nor sent."""
    client, _ = await prepared(stand, kind)
    audit = (await ASKS[kind](client)).data["auditId"]
    form = {"auditId": audit, "codeEmail": mailed_code(stand, "alice")}

    async def suspend() -> None:
        await operator(stand, "set_customer", name="alice", status="suspended")

    owner, name = (stand.venue.fiat.withdrawals, "find") if kind == "bank" else (stand.venue.withdrawals, "find")
    confirming = client.call("PATCH", "/v1/wallet/withdraw", form)
    answer = await _stopped_at(monkeypatch, owner, name, confirming, suspend)

    assert (answer.status, answer.code) == (400, -19)
    await operator(stand, "set_customer", name="alice", status="normal")
    assert (await client.call("PATCH", "/v1/wallet/withdraw", form)).status == 200
    await suspend()
    await blocks(stand, 5)
    account = account_of(stand, "alice")
    if kind == "network":
        assert stand.venue.network_withdrawals.open()[0].payment == ""
        assert not await stand.venue.network_withdrawals.approve(stand.venue.network_withdrawals.open()[0].id)
        await operator(stand, "set_customer", name="alice", status="normal")
        await blocks(stand, 5)
        assert stand.venue.network_withdrawals.open() == []
    else:
        (row,) = await stand.venue.fiat.withdrawals.open()
        assert await stand.venue.fiat.withdrawals.begin(row.id) is BeginRefusal.NOT_ALLOWED
        await operator(stand, "set_customer", name="alice", status="normal")
        assert await stand.venue.fiat.withdrawals.begin(row.id) is None
        await operator(stand, "set_customer", name="alice", status="blocked")
        assert await stand.venue.fiat.withdrawals.begin(row.id) is BeginRefusal.NOT_ALLOWED
        await operator(stand, "bank_withdrawal_failed", id=row.id)
    assert stand.venue.sequencer.state.machine.holds(account) == []


async def test_a_payment_is_not_asked_for_whose_customer_is_suspended_in_the_last_write(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the step that is kept and the network: it goes back, waits, can be canceled, and is sent once lifted."""
    client, _ = await prepared(stand, "network")
    audit = (await _withdraw(client)).data["auditId"]
    await client.call("PATCH", "/v1/wallet/withdraw", {"auditId": audit, "codeEmail": mailed_code(stand, "alice")})
    holds, sending = stand.venue.holds, stand.venue.network_withdrawals
    real = holds.take
    taken: list[str] = []

    async def take(hold: OpenHold, command: Command, *notes: Note) -> bool:
        done = await real(hold, command, *notes)
        taken.extend(SendStage(note.stage).name for note in notes if isinstance(note, WithdrawalStep))
        if taken[-1] == "SENDING":
            await operator(stand, "suspend_account", account="alice", is_suspended=True)
        return done

    monkeypatch.setattr(holds, "take", take)
    await blocks(stand, 2)

    assert taken == ["SENDING", "APPROVED"]
    (waiting,) = sending.open()
    assert waiting.stage is SendStage.APPROVED
    assert sending._chain is not None and await sending._chain.sent(waiting.id) is None
    monkeypatch.setattr(holds, "take", real)
    await operator(stand, "suspend_account", account="alice", is_suspended=False)
    await blocks(stand, 5)
    assert sending.open() == []


@pytest.mark.parametrize("how", ["revoked", "suspended"])
async def test_a_transfer_is_not_carried_out_for_whoever_may_not_any_more(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """While it is looked up."""
    alice = await a_key(stand)
    audit = (await alice.post("/v1/capital/wallet/operation", SEND)).data
    await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))

    async def meanwhile() -> None:
        if how == "revoked":
            await stand.venue.keys.revoke(alice.key)
        else:
            await operator(stand, "set_customer", name="alice", status="suspended")

    carrying = alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)
    answer = await _stopped_at(monkeypatch, stand.venue.confirmed_transfers, "find", carrying, meanwhile)

    assert answer.status == (401 if how == "revoked" else 400)
    assert len(stand.venue.sequencer.state.machine.holds(account_of(stand, "alice"))) == 1
