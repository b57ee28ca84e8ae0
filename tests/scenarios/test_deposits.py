"""Deposits, from the faucet to the balance, with everything that may go wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bedesten.chain.addresses import derive
from bedesten.chain.simulated import SimulatedChain
from bedesten.domain.networks import AddressFormat
from bedesten.services.chain_watch import beat
from bedesten.services.errors import ChainRefused
from bedesten.services.ports import Destination, PaymentSeen
from bedesten.services.wallets.network_deposits import DepositState
from bedesten.storage.memory import open_memory
from tests.scenarios.wallets import BITCOIN, BTC, DEPTH, RIPPLE, XRP, Stage
from tests.unit.services.market import Pausing


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A venue whose ledger is looked at when the scenario is over."""
    stage = Stage()
    yield stage
    await stage.end()


async def test_a_deposit_is_credited_at_its_network_s_depth(stage: Stage) -> None:
    """Not a block earlier, and never again."""
    alice = await stage.begin()
    await stage.paid(alice)

    for _ in range(DEPTH - 1):
        await stage.blocks(1)
        assert await stage.has(alice) == 0
        assert [each.state for each in await stage.venue.network_deposits.deposits(alice.id)] == [DepositState.PENDING]
    await stage.blocks(5)

    assert await stage.has(alice) == 10_000
    assert [each.state for each in await stage.venue.network_deposits.deposits(alice.id)] == [DepositState.CREDITED]


@pytest.mark.parametrize("blocks", range(DEPTH + 2))
async def test_a_crash_at_any_block_neither_loses_nor_doubles_a_deposit(stage: Stage, blocks: int) -> None:
    """Before it is in a block, while it waits, once it is credited."""
    alice = await stage.begin()
    await stage.paid(alice)
    await stage.blocks(blocks)

    await stage.crash()
    await stage.blocks(DEPTH + 1)

    assert await stage.has(alice) == 10_000


async def test_a_reorganisation_takes_an_uncredited_deposit_back(stage: Stage) -> None:
    """Also after a restart; what was credited before stays credited."""
    alice = await stage.begin()
    await stage.paid(alice, 7_000)
    await stage.blocks(DEPTH)
    await stage.paid(alice)
    await stage.blocks(DEPTH - 1)

    taken = await stage.chain.reorganize(BITCOIN, DEPTH - 1)
    await stage.crash()
    await stage.blocks(DEPTH + 2)

    assert [payment.amount for payment in taken] == [10_000]
    assert [each.state for each in await stage.venue.network_deposits.deposits(alice.id)] == [
        DepositState.REVERTED,
        DepositState.CREDITED,
    ]
    assert await stage.has(alice) == 7_000


async def test_too_small_a_payment_is_not_credited(stage: Stage) -> None:
    """Nor is one to somebody who is no customer, or to no address at all."""
    alice = await stage.begin()
    small = await stage.paid(alice, 99)
    await stage.venue.network_deposits.fund(BITCOIN, BTC, 5_000, Destination("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"))
    with pytest.raises(ChainRefused):
        await stage.venue.network_deposits.fund(BITCOIN, BTC, 5_000, Destination("nowhere"))
    with pytest.raises(ChainRefused):
        await stage.venue.network_deposits.fund(BITCOIN, BTC, 0, small.to)

    await stage.blocks(DEPTH + 1)

    assert await stage.has(alice) == 0
    assert [each.state for each in await stage.venue.network_deposits.deposits(alice.id)] == [DepositState.TOO_SMALL]


async def test_a_tag_says_whose_payment_it_is(stage: Stage) -> None:
    """On a network where all customers share one address."""
    alice = await stage.begin()
    bob = await stage.venue.accounts.open("bob")
    to = [(await stage.venue.network_deposits.create_address(each.id, XRP, RIPPLE))[0].to for each in (alice, bob)]

    await stage.venue.network_deposits.fund(RIPPLE, XRP, 5, to[1])
    await stage.blocks(2)

    assert to[0].address == to[1].address and to[0].tag != to[1].tag
    assert (await stage.has(alice, XRP), await stage.has(bob, XRP)) == (0, 5)


@pytest.mark.parametrize("waits", [False, True])
async def test_the_faucet_that_is_asked_twice_at_once_pays_twice(waits: bool) -> None:
    """Each payment has a name of its own, though the second is asked for while the first waits for its commit."""
    store = Pausing(open_memory())
    stage = Stage(store=store)  # type: ignore[arg-type]
    alice = await stage.begin()
    address, _ = await stage.venue.network_deposits.create_address(alice.id, BTC, BITCOIN)
    if waits:
        store.hold_up()
    fund = stage.venue.network_deposits.fund
    asked = [asyncio.ensure_future(fund(BITCOIN, BTC, 10_000, address.to)) for _ in range(2)]
    if waits:
        await store.held()
        assert not any(each.done() for each in asked)
        store.let_go()
    names = {payment.id for payment in await asyncio.gather(*asked)}
    await stage.blocks(DEPTH + 1)

    assert len(names) == 2 and await stage.has(alice) == 20_000
    await stage.crash()
    await stage.blocks(DEPTH + 1)
    assert {payment.id for payment in await stage.chain.payments()} == names and await stage.has(alice) == 20_000
    await stage.venue.sequencer.stop()


async def test_a_new_address_needs_the_last_one_to_be_used(stage: Stage) -> None:
    """The unused one is told instead; a deleted one is not shown, yet its money is credited; all that after a restart."""
    alice = await stage.begin()
    wallets = stage.venue.network_deposits
    first, is_new = await wallets.create_address(alice.id, BTC, BITCOIN)
    again = await wallets.create_address(alice.id, BTC, BITCOIN)
    await stage.paid(alice)
    second, _ = await wallets.create_address(alice.id, BTC, BITCOIN)
    deleted = [await wallets.delete_address(alice.id, BTC, BITCOIN, first.to.address) for _ in range(2)]

    await stage.crash()
    await stage.blocks(DEPTH)

    assert is_new and again == (first, False)
    assert deleted == [True, False]
    assert await stage.venue.network_deposits.addresses(alice.id, BTC, BITCOIN) == [second]
    assert await stage.has(alice) == 10_000


async def test_only_open_payments_are_looked_at_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there were: what is credited, lost, too small or somebody else's is not asked about once more."""
    alice = await stage.begin()
    await stage.paid(alice)
    await stage.blocks(DEPTH + 1)
    await stage.paid(alice)
    await stage.paid(alice, 1)
    await stage.venue.chain_faults.reorganize("Bitcoin", 1)
    await stage.venue.network_deposits.fund(
        BITCOIN, BTC, 10_000, Destination(derive(b"nobody", AddressFormat.BITCOIN, 1))
    )
    waiting = await stage.paid(alice)
    await stage.crash()
    await stage.blocks(1)
    asked: list[str] = []
    look_up = SimulatedChain.look_up

    async def noting(chain: SimulatedChain, payment_ids: Sequence[str]) -> Sequence[PaymentSeen]:
        asked.extend(payment_ids)
        return await look_up(chain, payment_ids)

    monkeypatch.setattr(SimulatedChain, "look_up", noting)
    await beat(stage.venue)

    assert asked == [waiting.id]
    monkeypatch.undo()
    await stage.blocks(DEPTH)
    assert await stage.has(alice) == 20_000
    assert len(await stage.venue.network_deposits.deposits(alice.id)) == 4
