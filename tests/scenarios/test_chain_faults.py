"""Faults of a chain, brought about as an operator does: what they do to money on its way, with a crash behind every commit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest

from bedesten.chain.addresses import derive
from bedesten.domain.networks import AddressFormat
from bedesten.services.accounts.accounts import Account
from bedesten.services.errors import ChainRefused, OutcomeUnknown, Stopped, StoreFailure
from bedesten.services.operator.operations import OperationRefused, Operations
from bedesten.services.ports import Batch, Destination, PaymentState
from bedesten.services.wallets.chain_faults import MINED_MAX
from bedesten.services.wallets.network_deposits import DepositState
from bedesten.storage.sqlite import SqliteStore
from tests.scenarios.wallets import BITCOIN, BTC, DEPTH
from tests.scenarios.wallets import Stage as VenueStage

AWAY: Final = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
PURSE: Final = 10_000_000
STEPS: Final = DEPTH + 3
FAULT: Final = (
    4  # the commit with it: behind the hold, the step before the payment, the payment, and the step behind it
)

Fault = Callable[[VenueStage, int], Awaitable[Any]]


@pytest.fixture
async def stage() -> AsyncIterator[VenueStage]:
    """A venue whose ledger is looked at when the scenario is over."""
    stage = VenueStage()
    yield stage
    await stage.end()


@pytest.fixture
async def alice(stage: VenueStage) -> Account:
    """An account with money."""
    account = await stage.begin()
    await stage.venue.accounts.deposit(account.id, "BTC", PURSE)
    return account


async def sent(stage: VenueStage, account: Account, to: Destination = AWAY) -> int:
    """Return the number of a withdrawal whose payment is on its way."""
    asked = await stage.venue.network_withdrawals.request(account.id, BTC, BITCOIN, 100_000, to, fee_within=True)
    await stage.venue.network_withdrawals.beat()
    return asked.id


async def operate(stage: VenueStage, name: str, **arguments: Any) -> list[dict[str, Any]]:
    return await Operations(stage.venue).call(name, arguments)


async def test_a_reorganized_withdrawal_is_mined_again(stage: VenueStage, alice: Account) -> None:
    """It waits for its confirmations anew, and is paid once."""
    number = await sent(stage, alice)
    await stage.blocks(DEPTH - 1)

    (row,) = await operate(stage, "reorganize", network="bitcoin", depth=DEPTH)
    await stage.blocks(1)
    assert (row["withdrawal"], row["state"]) == (number, "sent")
    assert await stage.has(alice) == PURSE
    await stage.blocks(DEPTH - 1)

    assert await stage.has(alice) == PURSE - 100_000
    assert len(await stage.chain.payments()) == 1


async def test_a_reorganization_after_the_end_pays_again_nobody(stage: VenueStage, alice: Account) -> None:
    """The withdrawal stays completed: its payment is in the next block."""
    number = await sent(stage, alice)
    await stage.blocks(STEPS)

    await operate(stage, "reorganize", network="Bitcoin", depth=100)
    await stage.blocks(STEPS)

    assert await stage.has(alice) == PURSE - 100_000
    seen = await stage.chain.sent(number)
    assert seen is not None and seen.payment.state is PaymentState.SENT
    assert seen.confirmations >= DEPTH


async def test_a_payment_that_no_block_takes_waits_until_one_does(stage: VenueStage, alice: Account) -> None:
    """Held all the while, through a restart; then it is mined, or fails and is given back."""
    first, second = await sent(stage, alice), await sent(stage, alice)
    for number in (first, second):
        await operate(stage, "delay_payment", id=number)
    await stage.blocks(STEPS)
    await stage.crash()
    await stage.blocks(STEPS)
    assert (await stage.venue.accounts.balance(alice.id, BTC)).held == 200_000

    await operate(stage, "include_payment", id=first)
    await operate(stage, "fail_payment", id=second)
    await stage.blocks(STEPS)

    balance = await stage.venue.accounts.balance(alice.id, BTC)
    assert (balance.total, balance.held) == (PURSE - 100_000, 0)


async def test_a_deposit_that_a_reorganization_took_is_never_credited(stage: VenueStage, alice: Account) -> None:
    """Nor one that was only announced; a customer's withdrawal to a customer comes again."""
    bob = await stage.venue.accounts.open("bob")
    await stage.paid(bob)
    address, _ = await stage.venue.network_deposits.create_address(bob.id, BTC, BITCOIN)
    await sent(stage, alice, address.to)
    await stage.blocks(1)

    rows = await operate(stage, "reorganize", network="Bitcoin", depth=1)
    await stage.blocks(STEPS)

    assert [row["state"] for row in rows] == ["reverted", "sent"]
    assert await stage.has(bob) == 99_500
    states = {deposit.payment.amount: deposit.state for deposit in await stage.venue.network_deposits.deposits(bob.id)}
    assert states == {10_000: DepositState.REVERTED, 99_500: DepositState.CREDITED}


@pytest.mark.parametrize("name", ["fail_payment", "delay_payment", "include_payment"])
async def test_what_is_not_under_way_has_no_faults(stage: VenueStage, alice: Account, name: str) -> None:
    """Nobody's number, one that waits, one that is confirmed, one that has ended."""
    waiting = await stage.venue.network_withdrawals.request(alice.id, BTC, BITCOIN, 2_000_000, AWAY, fee_within=True)
    ended = await sent(stage, alice)
    await stage.blocks(STEPS)
    number = await sent(stage, alice)
    stage.clock.advance(STEPS * BITCOIN.block_ns)  # confirmed, and the venue has not looked yet

    for each in (waiting.id, ended, number, 99, -1):
        with pytest.raises(ChainRefused):
            await operate(stage, name, id=each)
    await stage.blocks(1)
    assert await stage.has(alice) == PURSE - 200_000


async def test_blocks_mined_by_hand_confirm_what_is_in_them(stage: VenueStage, alice: Account) -> None:
    """Without time going by, and after a restart; nonsense is refused in a sentence."""
    number = await sent(stage, alice)
    before = await stage.chain.height(BITCOIN)

    assert await operate(stage, "mine_blocks", network="bitcoin", count=DEPTH) == [
        {"network": "Bitcoin", "block": before + DEPTH}
    ]
    await stage.crash()
    seen = await stage.chain.sent(number)
    assert seen is not None and (await stage.chain.height(BITCOIN), seen.confirmations) == (before + DEPTH, DEPTH)
    await stage.venue.network_withdrawals.beat()
    assert await stage.has(alice) == PURSE - 100_000
    for wrong in (0, -1, MINED_MAX + 1):
        with pytest.raises(ChainRefused):
            await operate(stage, "mine_blocks", network="Bitcoin", count=wrong)
    with pytest.raises(OperationRefused):
        await operate(stage, "mine_blocks", network="Nowhere", count=1)


async def test_a_reorganization_needs_a_network_and_a_depth(stage: VenueStage, alice: Account) -> None:
    """In a sentence."""
    for network, depth in (("Nowhere", 1), ("Bitcoin", 0), ("Bitcoin", -1)):
        with pytest.raises(ChainRefused):
            await operate(stage, "reorganize", network=network, depth=depth)


async def test_an_operator_reads_the_chain_and_the_lists(stage: VenueStage, alice: Account) -> None:
    """Payments with their confirmations; allowed addresses; refusals in sentences."""
    number = await sent(stage, alice)
    await stage.blocks(2)
    (row,) = await operate(stage, "chain_payments")
    assert (row["withdrawal"], row["amount"], row["confirmations"]) == (number, "0.000995", 2)

    to = {"account": "alice", "network": "bitcoin", "address": AWAY.address}
    listed = [{"network": "Bitcoin", "address": AWAY.address, "tag": ""}]
    assert await operate(stage, "allow_address", **to) == listed
    assert await operate(stage, "allow_list", account="alice") == listed
    assert await operate(stage, "disallow_address", **to) == []
    assert await operate(stage, "lift_allow_list", account="alice") == []
    for name, wrong in [
        ("allow_address", {**to, "address": "nowhere"}),
        ("allow_address", {**to, "network": "Nowhere"}),
        ("allow_address", {**to, "account": "nobody"}),
        ("disallow_address", to),
        ("lift_allow_list", {"account": "alice"}),
    ]:
        with pytest.raises(OperationRefused):
            await operate(stage, name, **wrong)


async def nothing(stage: VenueStage, number: int) -> None:
    """No fault."""


async def reorganized(stage: VenueStage, number: int) -> None:
    await stage.venue.chain_faults.reorganize("Bitcoin", 2)


async def failed(stage: VenueStage, number: int) -> None:
    await stage.venue.chain_faults.fail(number)


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("fault", [nothing, reorganized, failed])
@pytest.mark.parametrize("at", range(7))
async def test_a_crash_at_any_commit_loses_and_doubles_nothing(
    stage: VenueStage, alice: Account, monkeypatch: pytest.MonkeyPatch, at: int, fault: Fault, is_after: bool
) -> None:
    """The hold, each step, the payment, its fault, its end, and the deposit: each may be the last or the first lost."""
    bob = await stage.venue.accounts.open("bob")
    address, _ = await stage.venue.network_deposits.create_address(bob.id, BTC, BITCOIN)
    commit, count = SqliteStore.commit, 0

    def dying(store: SqliteStore, batch: Batch) -> None:
        nonlocal count
        count += 1
        if count <= at or (is_after and count == at + 1):
            commit(store, batch)
        if count > at:
            raise StoreFailure("the process ends here")

    monkeypatch.setattr(SqliteStore, "commit", dying)
    try:
        number = await sent(stage, alice, address.to)
        await stage.blocks(1)
        await fault(stage, number)
        await stage.blocks(STEPS)
    except (OutcomeUnknown, Stopped):
        pass
    monkeypatch.setattr(SqliteStore, "commit", commit)
    await stage.crash()
    await stage.blocks(STEPS)

    was_asked = bool(await stage.venue.withdrawals.list(alice.id))
    is_failed = fault is failed and (at > FAULT or (at == FAULT and is_after))
    was_paid = was_asked and not is_failed
    assert was_asked == (at > 0 or is_after)
    total, held = (await stage.venue.accounts.balance(alice.id, BTC))[1:3]
    assert (total, held) == ((PURSE - 100_000 if was_paid else PURSE), 0)
    assert await stage.has(bob) == (99_500 if was_paid else 0)
