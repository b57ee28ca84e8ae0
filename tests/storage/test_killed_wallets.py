"""A process that is killed before or behind the commit of any note of wallets and chains: money is paid once, facts are whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.chain.addresses import derive
from bedesten.domain.commands import ListAsset
from bedesten.domain.networks import AddressFormat
from bedesten.services.log import recover
from bedesten.services.ports import Destination
from bedesten.storage.kill_points import KillPoint
from bedesten.storage.memory import MemorySnapshots
from bedesten.storage.sqlite import SqliteStore
from tests.scenarios.wallets import BITCOIN, BTC, CATALOGUE, DEPTH, Stage
from tests.storage.conftest import Open
from tests.storage.test_killed_groups import killed

AWAY: Final = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
PURSE: Final = 10_000_000
AMOUNT: Final = 100_000
AROUND: Final = [KillPoint.UNWRITTEN, KillPoint.COMMITTED]
ALICE: Final = 16


async def staged(store: SqliteStore) -> Stage:
    """Open a venue with wallets over a store; at the first time with alice and her purse."""
    stage = Stage(store=store)
    await stage.open()
    if stage.venue.accounts.by_id(ALICE) is None:
        for asset in CATALOGUE.assets:
            await stage.venue.sequencer.submit(ListAsset(asset=asset.id))
        await stage.venue.accounts.open("alice")
        await stage.venue.accounts.deposit(ALICE, "BTC", PURSE)
    return stage


async def withdraw(stage: Stage) -> None:
    """Ask for a withdrawal under an id, once."""
    request = stage.venue.network_withdrawals.request
    outcome = await request(ALICE, BTC, BITCOIN, AMOUNT, AWAY, fee_within=True, client_id="mine")
    assert outcome.reject is None and outcome.refusal is None


async def life(stage: Stage) -> None:
    """A withdrawal from the request to its end: five commits with a note, and the one that ends it."""
    await withdraw(stage)
    await stage.blocks(DEPTH + 2)


async def deposited(stage: Stage) -> None:
    """An address, a payment to it, and its credit."""
    await stage.paid(stage.venue.accounts.by_id(ALICE), AMOUNT)  # type: ignore[arg-type]
    await stage.blocks(DEPTH + 1)


@pytest.mark.parametrize("point", AROUND)
@pytest.mark.parametrize("nth", range(1, 6))
def test_a_withdrawal_is_paid_once_wherever_it_is_killed(home: Path, opened: Open, point: KillPoint, nth: int) -> None:
    """Before and behind the hold, the step before the payment, the payment, the step behind it, and the end."""
    killed(home, point, life, start=staged, nth=nth)

    async def look(stage: Stage) -> None:
        await withdraw(stage)  # the client asks again, under the same id
        await stage.blocks(DEPTH + 2)
        assert await stage.has(stage.venue.accounts.by_id(ALICE)) == PURSE - AMOUNT  # type: ignore[arg-type]
        assert [payment.amount for payment in await stage.chain.payments()] == [AMOUNT - 500]

    asyncio.run(gone_on(opened, look))


@pytest.mark.parametrize("point", AROUND)
@pytest.mark.parametrize("nth", range(1, 4))
def test_a_deposit_is_credited_once_wherever_it_is_killed(home: Path, opened: Open, point: KillPoint, nth: int) -> None:
    """Before and behind the address, the payment, and the credit; no address is given twice."""
    killed(home, point, deposited, start=staged, nth=nth)

    async def look(stage: Stage) -> None:
        alice = stage.venue.accounts.by_id(ALICE)
        assert alice is not None
        was_paid = len(await stage.chain.payments())
        await stage.blocks(DEPTH + 1)
        assert await stage.has(alice) == PURSE + AMOUNT * was_paid
        assert was_paid == (nth > 2 or (nth == 2 and point is KillPoint.COMMITTED))
        known = await stage.venue.network_deposits.addresses(ALICE, BTC)
        bob = await stage.venue.accounts.open("bob")
        address, _ = await stage.venue.network_deposits.create_address(bob.id, BTC, BITCOIN)
        assert len(known) == (nth > 1 or point is KillPoint.COMMITTED) and address.to not in [each.to for each in known]

    asyncio.run(gone_on(opened, look))


async def allow(stage: Stage) -> None:
    await stage.venue.withdrawals.rules.allow(ALICE, "Bitcoin", AWAY)


async def forget(stage: Stage) -> None:
    await stage.venue.forgotten.forget(ALICE, AWAY.address)


async def mine(stage: Stage) -> None:
    await stage.venue.chain_faults.mine("Bitcoin", 7)


async def state_of(stage: Stage) -> tuple[bool, bool, bool]:
    """Return which of the three facts are known."""
    base = stage.clock.now_ns() // BITCOIN.block_ns
    rules, forgotten = stage.venue.withdrawals.rules, await stage.venue.forgotten.of(ALICE)
    return rules.allow_list(ALICE) is not None, bool(forgotten), await stage.chain.height(BITCOIN) == base + 7


@pytest.mark.parametrize("point", AROUND)
@pytest.mark.parametrize(("at", "act"), list(enumerate([allow, forget, mine])))
def test_a_fact_is_there_if_it_was_committed(
    home: Path, opened: Open, point: KillPoint, at: int, act: Callable[[Stage], Awaitable[None]]
) -> None:
    """A list, a destination to be shown no more, blocks."""
    killed(home, point, act, start=staged)

    async def look(stage: Stage) -> None:
        assert await state_of(stage) == tuple(each == at and point is KillPoint.COMMITTED for each in range(3))

    asyncio.run(gone_on(opened, look))


async def gone_on(opened: Open, look: Callable[[Stage], Awaitable[Any]]) -> None:
    """Let the next process look; what it remembers at the end is what a replay, with a snapshot or without, leads to."""
    store, snapshots = opened().store, MemorySnapshots()
    stage = await staged(store)
    snapshots.save(stage.venue.sequencer.state.capture())
    await look(stage)
    digest = stage.venue.sequencer.state.folds.digest()
    assert recover(store).folds.digest() == recover(store, snapshots).folds.digest() == digest
    await stage.venue.sequencer.stop()
    store.close()
