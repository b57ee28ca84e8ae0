"""The state beside the core: one way for it to come about, live or from the journal."""

from __future__ import annotations

import pytest
from tests.unit.services.market import Market, Pausing

from bedesten.domain.commands import CancelOrder
from bedesten.domain.enums import TimeInForce
from bedesten.services.errors import DamagedJournal
from bedesten.services.log import recover
from bedesten.services.ports import JournaledBatch
from bedesten.services.sequencing.state import VenueState
from bedesten.storage.memory import MemorySnapshots


async def test_a_snapshot_and_the_journal_behind_it_lead_to_the_same_state(market: Market, store: Pausing) -> None:
    """Wherever the snapshot was taken, the replay ends where the live run stands."""
    snapshots = MemorySnapshots()
    await market.buy(market.alice, 1, 90, "before")
    snapshots.save(market.venue.sequencer.state.capture())
    await market.buy(market.alice, 1, 91, "after")
    await market.sell(market.bob, 1, 91)

    recovered = recover(store.inner, snapshots)

    live = market.venue.sequencer.state
    assert recovered.machine.digest() == live.machine.digest()
    assert (recovered.texts, recovered.by_client_id) == (live.texts, live.by_client_id)
    assert set(recovered.texts.values()) == {"before"}


async def test_a_client_id_finds_the_newest_order_that_lives(market: Market, store: Pausing) -> None:
    """When the newest of its name has ended, the one before it is found: live, and after a start from a snapshot alike."""
    snapshots = MemorySnapshots()
    trading, alice = market.venue.trading, market.alice.id
    placed = [(await market.buy(market.alice, 1, 90 + at, "same")).order_id for at in range(4)]
    found = []
    for order_id in (placed[3], placed[0], placed[2]):
        await trading.cancel(CancelOrder(account=alice, order_id=order_id))
        snapshots.save(market.venue.sequencer.state.capture())
        record = await trading.order(alice, client_id="same")
        found.append(record.order.order_id if record else 0)
        assert recover(store.inner, snapshots).by_client_id == market.venue.sequencer.state.by_client_id

    assert found == [placed[2], placed[2], placed[1]]
    await trading.cancel_by_client_id(alice, "same")
    assert not market.venue.sequencer.state.by_client_id


async def test_texts_are_kept_only_for_orders_that_live(market: Market) -> None:
    """A refused order, a filled one and a canceled one leave no text behind."""
    texts = market.venue.sequencer.state.texts
    await market.buy(market.alice, 1, 90, "rests")
    await market.sell(market.alice, 1, 100, "offer")
    await market.buy(market.bob, 1, 100, "taker")
    await market.buy(market.bob, 1, 80, "kill", time_in_force=TimeInForce.FOK)
    await market.buy(market.bob, 1, 80, "canceled")
    await market.venue.trading.cancel_by_client_id(market.bob.id, "canceled")

    assert list(texts.values()) == ["rests"]


async def test_a_refused_cancel_leaves_the_order_its_name(market: Market) -> None:
    """A refusal names an order id too, but the order goes on."""
    placed = await market.buy(market.alice, 1, 90, "mine")

    await market.venue.trading.cancel_by_client_id(market.bob.id, "mine")

    assert market.venue.sequencer.state.texts == {placed.order_id: "mine"}


async def test_a_journal_with_a_gap_is_not_replayed(market: Market, store: Pausing) -> None:
    """A batch that does not follow is said to be damage, never skipped."""
    await market.index(7)
    await market.index(8)
    batches = list(store.inner.batches(0))

    state = VenueState()
    with pytest.raises(DamagedJournal, match="should follow"):
        for batch in batches[:2] + batches[3:]:
            state.replay(batch)


def test_a_batch_of_the_wrong_length_is_not_replayed() -> None:
    """The rows must be as many as the batch says."""
    with pytest.raises(DamagedJournal):
        VenueState().replay(JournaledBatch(1, 2, 0, bytes(24 * 8), {}))


async def test_the_newest_namesake_gives_the_name_back_when_it_ends(market: Market) -> None:
    """The lookup by client id never points at an order that is gone."""
    state = market.venue.sequencer.state
    first = await market.buy(market.alice, 1, 90, "same")
    await market.buy(market.alice, 1, 91, "same")
    await market.sell(market.bob, 1, 91)

    assert state.by_client_id == {(market.alice.id, "same"): first.order_id}
    assert state.texts == {first.order_id: "same"}
