"""The register of customers."""

from __future__ import annotations

import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.services.customers.records import EVERYTHING, NOTHING, Status, allowed_to
from bedesten.services.errors import NameTaken


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


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0, ""),
        (1, "crypto_deposit"),
        (2, "crypto_deposit crypto_withdrawal trade transfer"),
        (3, "crypto_deposit crypto_withdrawal fiat_deposit fiat_withdrawal trade transfer"),
    ],
)
def test_each_level_opens_what_the_venue_says(level: int, words: str) -> None:
    """BITGIN API, User Information: deposits from level 1, trades and withdrawals from 2, the bank from 3."""
    allowed = allowed_to(Status.NORMAL, level)._asdict()

    assert {name for name, may in allowed.items() if may} == set(words.split())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.NOT_TRADABLE, "crypto_deposit crypto_withdrawal fiat_deposit fiat_withdrawal transfer"),
        (Status.BLOCKED, "crypto_deposit fiat_deposit"),
    ],
)
def test_a_standing_takes_permissions_away(status: Status, words: str) -> None:
    """Whatever the level."""
    allowed = allowed_to(status, 3)._asdict()

    assert {name for name, may in allowed.items() if may} == set(words.split())


@pytest.mark.parametrize("status", [Status.NOT_ACTIVATED, Status.DELETED, Status.SUSPENDED, Status.LOCKED])
def test_who_is_out_may_do_nothing(status: Status) -> None:
    """Not even at the highest level."""
    assert allowed_to(status, 3) == NOTHING
