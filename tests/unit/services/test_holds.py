"""Holds that are open, as the log tells of them: what for, until when, and the same by whatever way they came."""

from __future__ import annotations

from tests.unit.services.market import BTC, Market, Pausing

from bedesten.clock import ManualClock
from bedesten.domain.commands import AdvanceTime, CaptureFunds, HoldFunds, ReleaseFunds
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import FundsHeld
from bedesten.domain.notes import HeldTransferAsked, HeldTransferDone
from bedesten.services.holds.fold_holds import HoldsFold, OpenHold
from bedesten.services.log import recover
from bedesten.storage.memory import MemorySnapshots

ASKED = HeldTransferAsked(17, "bob")


async def held(market: Market, expires_ns: int = 0, *notes: HeldTransferAsked) -> OpenHold:
    """Hold 5 of alice's and return what is known of it."""
    command = HoldFunds(
        account=market.alice.id, asset=BTC.id, amount=5, reason=TransferReason.INTERNAL, expires_ns=expires_ns
    )
    (event,) = (await market.venue.sequencer.submit(command, notes=notes)).events
    assert isinstance(event, FundsHeld)
    found = market.venue.holds.held(event.hold_id)
    assert found is not None
    return found


async def test_an_open_hold_is_known_by_its_id_with_what_it_is_for(market: Market, clock: ManualClock) -> None:
    """Until it is released, captured or over; others stay."""
    expires_ns = clock.now_ns() + 50
    first, second = await held(market, 0, ASKED), await held(market, expires_ns, ASKED)
    third, nameless = await held(market, expires_ns), await held(market)
    assert (first.asked, first.expires_ns, nameless.asked) == (ASKED, 0, None)
    assert market.venue.holds.held_for(HeldTransferAsked) == [first, second]

    await market.venue.sequencer.submit(
        CaptureFunds(account=market.alice.id, hold_id=first.hold_id, to_account=market.bob.id, amount=5),
        notes=(HeldTransferDone(first.hold_id),),
    )
    await market.venue.sequencer.submit(ReleaseFunds(account=market.alice.id, hold_id=nameless.hold_id))
    assert await market.venue.holds.set_expiry(third, 0)
    clock.advance(50)
    await market.venue.sequencer.submit(AdvanceTime())

    fold = market.venue.sequencer.state.folds.of(HoldsFold)
    assert list(fold.by_id.values()) == [third._replace(expires_ns=0)]


async def test_an_expiry_that_came_too_late_says_so(market: Market, clock: ManualClock) -> None:
    """The hold is over under the very command that would let it stay; one that is set into the past is over, too."""
    over = await held(market, clock.now_ns() + 50, ASKED)
    other = await held(market, 0, ASKED)
    clock.advance(50)

    assert not await market.venue.holds.set_expiry(over, 0)
    assert not await market.venue.holds.set_expiry(over, clock.now_ns() + 50)
    assert not await market.venue.holds.set_expiry(other, clock.now_ns() - 1)
    assert market.venue.holds.held_for(HeldTransferAsked) == []


async def test_holds_are_the_same_live_replayed_and_behind_a_snapshot(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """A hold, a change of its expiry and an end on either side of the snapshot."""
    snapshots = MemorySnapshots()
    first, second = await held(market, clock.now_ns() + 50, ASKED), await held(market, clock.now_ns() + 90)
    await market.venue.holds.set_expiry(first, 0)
    snapshots.save(market.venue.sequencer.state.capture())
    await held(market, 0, ASKED)
    await market.venue.holds.set_expiry(first, clock.now_ns() + 70)
    clock.advance(75)
    await market.venue.sequencer.submit(AdvanceTime())
    assert market.venue.holds.held(first.hold_id) is None and market.venue.holds.held(second.hold_id) is not None

    states = [market.venue.sequencer.state, recover(store.inner), recover(store.inner, snapshots)]

    assert len({state.folds.digest() for state in states}) == 1
    assert len({state.machine.digest() for state in states}) == 1
