"""The rules of a withdrawal: allowed addresses, limits of a customer's level, who may at all; each through a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest

from bedesten.chain.addresses import derive
from bedesten.domain.enums import RejectReason
from bedesten.domain.networks import AddressFormat
from bedesten.services.accounts.accounts import Account
from bedesten.services.ports import Destination
from bedesten.services.wallets.network_withdrawals import SendRefusal
from bedesten.services.wallets.rules import ALLOWED_MAX, DAY_NS, RuleBroken
from tests.scenarios.wallets import BITCOIN, BTC, DEPTH
from tests.scenarios.wallets import Stage as VenueStage

HOME, AWAY = (Destination(derive(b"somebody else", AddressFormat.BITCOIN, at)) for at in (1, 2))
SHOUTED: Final = Destination(HOME.address.upper())
PURSE: Final = 10_000_000


@pytest.fixture
async def stage() -> AsyncIterator[VenueStage]:
    """A venue whose ledger is looked at when the scenario is over."""
    stage = VenueStage()
    yield stage
    await stage.end()


@pytest.fixture
async def alice(stage: VenueStage) -> Account:
    """An account with money and without a customer."""
    account = await stage.begin()
    await stage.venue.accounts.deposit(account.id, "BTC", PURSE)
    return account


async def ask(
    stage: VenueStage, account: Account, amount: int = 10_000, to: Destination = HOME
) -> SendRefusal | RejectReason | int:
    """Return the refusal of a withdrawal, or its number."""
    done = await stage.venue.network_withdrawals.request(account.id, BTC, BITCOIN, amount, to, fee_within=True)
    return done.refusal or done.reject or done.id


def level(stage: VenueStage, of: int | None) -> None:
    stage.venue.withdrawals.rules.level_of = lambda account: of


async def test_an_account_with_a_list_withdraws_only_to_it(stage: VenueStage, alice: Account) -> None:
    """From the first address on, in whatever spelling; also when the last one is gone, until the list is lifted."""
    rules = stage.venue.withdrawals.rules
    assert isinstance(await ask(stage, alice, to=AWAY), int)
    await rules.allow(alice.id, "Bitcoin", SHOUTED)
    assert await rules.allow(alice.id, "Bitcoin", HOME)
    assert await ask(stage, alice, to=AWAY) is SendRefusal.NOT_LISTED

    await stage.crash()
    rules = stage.venue.withdrawals.rules

    assert isinstance(await ask(stage, alice), int)
    assert await ask(stage, alice, to=AWAY) is SendRefusal.NOT_LISTED
    assert not await rules.disallow(alice.id, "Bitcoin", AWAY)
    assert await rules.disallow(alice.id, "Bitcoin", HOME)
    assert await ask(stage, alice) is SendRefusal.NOT_LISTED
    assert await rules.lift(alice.id) and not await rules.lift(alice.id)
    await stage.crash()
    assert isinstance(await ask(stage, alice, to=AWAY), int)


async def test_a_list_holds_for_money_sent_by_hand_too(stage: VenueStage, alice: Account) -> None:
    """Where a request names no network, the address alone tells."""
    withdrawals = stage.venue.withdrawals
    await withdrawals.rules.allow(alice.id, "Bitcoin", HOME)

    refused = await withdrawals.request(alice.id, BTC, 10_000, AWAY)
    done = await withdrawals.request(alice.id, BTC, 10_000, SHOUTED)

    assert (refused.broken, refused.reject) == (RuleBroken.NOT_LISTED, RejectReason.MALFORMED)
    assert (done.broken, done.reject) == (None, None)


async def test_a_list_has_an_end(stage: VenueStage, alice: Account) -> None:
    """An operator reads it."""
    rules = stage.venue.withdrawals.rules
    for at in range(ALLOWED_MAX):
        assert await rules.allow(alice.id, "Bitcoin", Destination(derive(b"x", AddressFormat.BITCOIN, at)))

    assert not await rules.allow(alice.id, "Bitcoin", HOME)


@pytest.mark.parametrize(("of", "most"), [(None, 5_000_000), (0, 0), (1, 200_000), (2, 4_000_000), (3, 4_000_000)])
async def test_a_level_limits_a_day(stage: VenueStage, alice: Account, of: int | None, most: int) -> None:
    """The last one stands for all above it; an account without a customer has the network's limit alone."""
    level(stage, of)
    for amount in (most - 50_000, 50_000) if most else ():
        assert isinstance(await ask(stage, alice, amount), int)

    assert await ask(stage, alice, 1_000) is SendRefusal.ABOVE_DAY


async def test_a_day_counts_what_is_held_or_paid_whichever_way(stage: VenueStage, alice: Account) -> None:
    """By hand and over a network together, through a restart; what was canceled or failed does not count, nor a day later."""
    level(stage, 1)
    paid, failed, canceled = [await ask(stage, alice, 50_000) for _ in range(3)]
    assert isinstance(canceled, int) and isinstance(failed, int)
    await stage.venue.withdrawals.cancel(alice.id, canceled)
    await stage.venue.network_withdrawals.beat()
    await stage.venue.chain_faults.fail(failed)
    await stage.blocks(DEPTH + 2)
    assert (await stage.venue.withdrawals.request(alice.id, BTC, 50_000, HOME)).reject is None
    await stage.crash()
    level(stage, 1)

    refused = await stage.venue.withdrawals.request(alice.id, BTC, 100_001, HOME)
    assert (refused.broken, refused.reject) == (RuleBroken.ABOVE_DAY, RejectReason.AMOUNT_OUT_OF_RANGE)
    outcomes = await asyncio.gather(*[ask(stage, alice, 60_000) for _ in range(2)])
    assert outcomes.count(SendRefusal.ABOVE_DAY) == 1
    stage.clock.advance(DAY_NS)
    assert isinstance(await ask(stage, alice, 200_000), int)


async def test_a_thousand_small_ones_do_not_make_room_for_a_large_one(stage: VenueStage, alice: Account) -> None:
    """A day is a day, however many requests are in it."""
    assert isinstance(await ask(stage, alice, 3_990_000), int)
    for _ in range(1_005):
        assert isinstance(await ask(stage, alice, 1_000), int)

    assert await ask(stage, alice, 1_000_000) is SendRefusal.ABOVE_DAY
    await stage.crash()
    assert await ask(stage, alice, 1_000_000) is SendRefusal.ABOVE_DAY


async def test_who_may_not_withdraw_is_told_so(stage: VenueStage, alice: Account) -> None:
    """A customer whose standing forbids it; nothing is held."""
    await stage.venue.customers.introduce(alice.id, "alice@example.com", "hash", level=1)

    assert await ask(stage, alice) is SendRefusal.MAY_NOT
    assert (await stage.venue.accounts.balance(alice.id, BTC)).held == 0


async def test_a_customer_has_the_limit_of_its_level(stage: VenueStage, alice: Account) -> None:
    """As its record says."""
    await stage.venue.customers.introduce(alice.id, "alice@example.com", "hash", level=2)

    assert await ask(stage, alice, 4_000_001) is SendRefusal.ABOVE_DAY
    assert isinstance(await ask(stage, alice, 4_000_000), int)


async def test_sub_accounts_share_the_limits_of_their_owner(stage: VenueStage, alice: Account) -> None:
    """Ten accounts are no ten days."""
    await stage.venue.customers.introduce(alice.id, "alice@example.com", "hash", level=2)
    child = await stage.venue.subaccounts.open("alice2", alice)
    await stage.venue.accounts.deposit(child.id, "BTC", PURSE)
    await stage.venue.withdrawals.rules.allow(alice.id, "Bitcoin", HOME)

    assert isinstance(await ask(stage, alice, 3_000_000), int)
    assert await ask(stage, child, 1_000_001) is SendRefusal.ABOVE_DAY
    assert await ask(stage, child, 1_000_000, AWAY) is SendRefusal.NOT_LISTED
    assert isinstance(await ask(stage, child, 1_000_000), int)
