"""API keys."""

from __future__ import annotations

import asyncio
import base64

import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.services.accounts.fold_keys import KeysFold
from bedesten.services.accounts.keys import ApiKey, Permission
from bedesten.services.errors import NameTaken, Overloaded
from bedesten.services.log import recover
from bedesten.services.sequencing import sequencer as sequencer_module


async def test_a_new_key_is_found_at_once(market: Market) -> None:
    """By its text, with what it may do."""
    keys = market.venue.keys
    made = await keys.create(market.alice.id, {Permission.READ, Permission.TRADING}, label="bot")

    assert keys.find(made.key) is made
    assert made.permissions == Permission.READ | Permission.TRADING
    assert len(base64.b64decode(made.secret)) == 32
    assert keys.find("nobody's") is None


async def test_two_keys_are_never_alike(market: Market) -> None:
    """Neither their texts nor their secrets."""
    made = [await market.venue.keys.create(market.alice.id, Permission.READ) for _ in range(3)]

    assert len({key.key for key in made}) == len({key.secret for key in made}) == 3


async def test_a_given_text_is_taken_once(market: Market) -> None:
    """The demo venue's keys are known in advance."""
    await market.venue.keys.create(market.alice.id, Permission.READ, key="demo", secret="known")

    with pytest.raises(NameTaken):
        await market.venue.keys.create(market.bob.id, Permission.READ, key="demo")


async def test_keys_survive_a_restart_with_all_that_binds_them(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """Permissions, addresses, expiry, label; a dialect's cached hash is not part of it."""
    made = await market.venue.keys.create(
        market.alice.id, Permission.READ | Permission.WITHDRAW, label="vault", ip_allow_list=["10.0.0.1"], expires_ns=5
    )
    made.hmacs["btse"] = object()
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)
    found = again.venue.keys.find(made.key)

    assert isinstance(found, ApiKey) and found.hmacs == {}
    assert (found.secret, found.account, found.permissions) == (made.secret, made.account, made.permissions)
    assert (found.label, found.ip_allow_list, found.expires_ns) == ("vault", ("10.0.0.1",), 5)
    assert found.created_ns == clock.now_ns()
    await again.venue.sequencer.stop()


async def test_a_revoked_key_is_gone_for_good(market: Market, store: Pausing) -> None:
    """From memory and from the store."""
    made = await market.venue.keys.create(market.alice.id, Permission.READ)

    assert await market.venue.keys.revoke(made.key) is True
    assert await market.venue.keys.revoke(made.key) is False
    assert market.venue.keys.find(made.key) is None
    assert recover(store.inner).folds.of(KeysFold).saved == {}


async def test_keys_are_listed_by_account(market: Market) -> None:
    """Oldest first."""
    for account, label in ((market.alice, "one"), (market.bob, "his"), (market.alice, "two")):
        await market.venue.keys.create(account.id, Permission.READ, label=label)

    assert [key.label for key in market.venue.keys.list(market.alice.id)] == ["one", "two"]
    assert len(market.venue.keys.list()) == 3


async def test_a_key_that_cannot_be_kept_is_not_made(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """When too much waits, one more is refused, and leaves nothing behind."""
    monkeypatch.setattr(sequencer_module, "WAITING_MAX", 0)

    with pytest.raises(Overloaded):
        await market.venue.keys.create(market.alice.id, Permission.READ, key="late")

    assert market.venue.keys.find("late") is None


async def test_a_refused_change_of_a_key_leaves_it_as_it_was(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overloaded comes before anything changed: also nobody was told, and the text can be taken again."""
    made = await market.venue.keys.create(market.alice.id, Permission.READ)
    told: list[str] = []
    market.venue.keys.watch(told.append)
    with monkeypatch.context() as crowded:
        crowded.setattr(sequencer_module, "WAITING_MAX", 0)
        for change in (market.venue.keys.revoke(made.key), market.venue.keys.restrict(made.key, ["10.0.0.1"])):
            with pytest.raises(Overloaded):
                await change

    assert (market.venue.keys.find(made.key), told) == (made, [])
    assert await market.venue.keys.restrict(made.key, ["10.0.0.1"])
    assert await market.venue.keys.revoke(made.key)
    assert told == [made.key, made.key]


async def test_a_key_that_is_kept_to_addresses_while_it_is_revoked_does_not_come_back(
    market: Market, store: Pausing
) -> None:
    """The second word is said behind the first, and says nothing any more; after a restart neither."""
    keys = market.venue.keys
    made = await keys.create(market.alice.id, Permission.READ)

    revoked, kept = await asyncio.gather(keys.revoke(made.key), keys.restrict(made.key, ["10.0.0.1"]))

    assert (revoked, kept) == (True, False)
    assert keys.find(made.key) is None
    assert recover(store.inner).folds.of(KeysFold).saved == {}
    assert await keys.restrict(made.key, []) is False
