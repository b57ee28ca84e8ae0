"""The register of customers."""

from __future__ import annotations

import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.customers import Status
from bedesten.services.errors import NameTaken
from bedesten.services.standing.standing import EVERYTHING


async def test_a_customer_is_found_by_account_name_and_address(market: Market) -> None:
    """In whatever case: the name and the address of one are nobody else's in another case."""
    customers = market.venue.customers
    alice = await customers.introduce(market.alice.id, "alice@example.com", "", level=2)

    assert customers.of_account(market.alice.id) is alice
    assert customers.by_username("Alice") is alice
    assert customers.by_email("ALICE@example.com") is alice
    assert customers.by_username("bob") is None and customers.of_account(market.bob.id) is None


async def test_an_address_belongs_to_one_customer(market: Market) -> None:
    """Whoever comes second is told so, and nothing is kept of it."""
    customers = market.venue.customers
    await customers.introduce(market.alice.id, "alice@example.com", "", level=2)

    with pytest.raises(NameTaken):
        await customers.introduce(market.bob.id, "alice@example.com", "", level=2)
    assert customers.of_account(market.bob.id) is None


async def test_customers_survive_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """With every change that was made."""
    customers = market.venue.customers
    await customers.introduce(market.alice.id, "alice@example.com", "", level=2)
    changed = await customers.register.change(market.alice.id, vip_level=3, status=Status.BLOCKED)
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)

    assert again.venue.customers.by_email("alice@example.com") == changed
    assert again.venue.customers.vip_level_of(market.alice.id) == 3
    assert again.venue.customers.vip_level_of(market.bob.id) == 0
    await again.venue.sequencer.stop()


async def test_an_account_of_nobody_may_do_everything(market: Market) -> None:
    """The operator opened it; what it may do is said by its keys."""
    assert market.venue.customers.allowed(market.bob.id) == EVERYTHING
