"""The single writer: order, time, group commit, and what happens when the store or the core fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.services.market import BTC_USD, MINUTE, SECOND, Market, Pausing, open_market, settle

from bedesten.clock import ManualClock, SystemClock
from bedesten.domain.commands import AdvanceTime, SetIndex
from bedesten.domain.enums import CloseReason, TimeInForce
from bedesten.domain.events import IndexSet
from bedesten.services.errors import OutcomeUnknown, OutOfRange, Overloaded, Stopped, StoreFailure
from bedesten.services.log import recover
from bedesten.services.ports import AckPolicy
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.sequencing.batch import Committed
from bedesten.services.venue import Venue


def an_index(price: int) -> SetIndex:
    return SetIndex(instrument=BTC_USD.id, price=price)


async def test_commands_are_numbered_in_the_order_they_came(venue: Venue) -> None:
    """One sequence for everybody, without gaps; what comes together shares its time."""
    results = await asyncio.gather(*[venue.sequencer.submit(an_index(price)) for price in (7, 8, 9)])

    assert [result.seq - results[0].seq for result in results] == [0, 1, 2]
    assert len({result.time_ns for result in results}) == 1


async def test_each_command_is_told_only_its_own_events(venue: Venue) -> None:
    """A batch is one commit, but every answer is about one command."""
    results = await asyncio.gather(*[venue.sequencer.submit(an_index(price)) for price in (7, 8)])

    told = [event for result in results for event in result.events]
    assert [(type(event), event.seq, event.price) for event in told if isinstance(event, IndexSet)] == [
        (IndexSet, results[0].seq, 7),
        (IndexSet, results[1].seq, 8),
    ]


async def test_nothing_is_acknowledged_before_it_is_committed(venue: Venue, store: Pausing) -> None:
    """An answer waits for the store."""
    store.hold_up()
    answer = venue.sequencer.submit(an_index(7))
    await store.held()
    assert not answer.done()

    store.let_go()
    result = await answer
    assert store.batches_seen[-1].first_seq == result.seq


async def test_what_arrives_during_a_commit_is_the_next_batch(venue: Venue, store: Pausing) -> None:
    """The slower the disk, the larger the batch: group commit without a timer."""
    store.hold_up()
    first = venue.sequencer.submit(an_index(1))
    await store.held()
    rest = [venue.sequencer.submit(an_index(price)) for price in range(2, 12)]
    await asyncio.sleep(0)

    store.let_go()
    await asyncio.gather(first, *rest)

    assert [batch.count for batch in store.batches_seen[-2:]] == [1, 10]


async def test_a_read_sees_only_what_is_committed(venue: Venue, store: Pausing) -> None:
    """While a commit is in flight a read waits for it; what it then sees is durable, and nothing behind it is."""
    await venue.sequencer.submit(an_index(1))
    store.hold_up()
    answer = venue.sequencer.submit(an_index(2))
    await store.held()
    read = asyncio.ensure_future(venue.market_data.index_price(BTC_USD.id))
    later = venue.sequencer.submit(an_index(3))
    await asyncio.sleep(0)
    assert not read.done()

    store.let_go()
    assert await read == 2
    assert answer.done()
    await later


async def test_a_read_is_immediate_when_nothing_is_in_flight(venue: Venue) -> None:
    """Reading costs no turn of the event loop."""
    await venue.sequencer.submit(an_index(5))

    reading = venue.sequencer.read(lambda machine: machine.index_price(BTC_USD.id))

    with pytest.raises(StopIteration) as ended:
        reading.send(None)
    assert ended.value.value == 5


async def test_what_goes_wrong_in_a_read_concerns_only_its_asker(venue: Venue, store: Pausing) -> None:
    """A read that raises during a commit gets its own error, and the venue goes on."""
    store.hold_up()
    answer = venue.sequencer.submit(an_index(2))
    await store.held()
    read = asyncio.ensure_future(venue.market_data.depth(BTC_USD.id, 0))
    await asyncio.sleep(0)
    store.let_go()

    with pytest.raises(ValueError, match="limit must be"):
        await read
    await answer


async def test_a_full_queue_refuses_rather_than_answers_late(
    venue: Venue, store: Pausing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound a command is refused at once, and leaves no trace."""
    monkeypatch.setattr(sequencer_module, "WAITING_MAX", 2)
    store.hold_up()
    taken = [venue.sequencer.submit(an_index(1))]
    await store.held()
    taken += [venue.sequencer.submit(an_index(price)) for price in (2, 3)]

    with pytest.raises(Overloaded):
        venue.sequencer.submit(an_index(4))

    store.let_go()
    await asyncio.gather(*taken)
    assert await venue.market_data.index_price(BTC_USD.id) == 3


async def test_a_number_beyond_64_bits_harms_nobody_else(venue: Venue) -> None:
    """A command that no record can hold is refused at the door; its neighbours are committed."""
    good = venue.sequencer.submit(an_index(4))
    with pytest.raises(OutOfRange):
        venue.sequencer.submit(an_index(1 << 70))

    await good
    assert await venue.market_data.index_price(BTC_USD.id) == 4


async def test_a_caller_that_went_away_does_not_disturb_the_batch(venue: Venue) -> None:
    """Its command still happens; the others are answered."""
    gone, stays = venue.sequencer.submit(an_index(1)), venue.sequencer.submit(an_index(2))
    gone.cancel()

    result = await stays

    assert len(result.events) == 1
    assert await venue.market_data.index_price(BTC_USD.id) == 2


async def test_a_failing_store_stops_the_venue_and_acknowledges_nothing(
    venue: Venue, store: Pausing, failures: list[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """Who was being committed cannot know; who waits or comes later is turned away; the process is told to end."""
    store.failure = StoreFailure("disk full")
    store.hold_up()
    in_flight = venue.sequencer.submit(an_index(1))
    await store.held()
    waiting = venue.sequencer.submit(an_index(2))
    read = asyncio.ensure_future(venue.market_data.index_price(BTC_USD.id))
    await asyncio.sleep(0)
    store.let_go()

    with pytest.raises(OutcomeUnknown):
        await in_flight
    for turned_away in (waiting, read):
        with pytest.raises(Stopped) as stopped:
            await turned_away
        assert not isinstance(stopped.value, OutcomeUnknown)
    with pytest.raises(Stopped):
        venue.sequencer.submit(an_index(3))
    with pytest.raises(Stopped):
        await venue.market_data.index_price(BTC_USD.id)
    assert [str(failure) for failure in failures] == ["disk full"]
    assert "disk full" in caplog.text


async def test_a_bug_in_the_core_stops_the_venue_before_anything_is_committed(
    market: Market, store: Pausing, failures: list[BaseException], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """The batch on which the core fails never reaches the store."""

    def broken(*arguments: Any) -> None:
        raise RuntimeError("money would be created")

    committed = len(store.batches_seen)
    monkeypatch.setattr(type(market.venue.sequencer.state), "apply", broken)

    with pytest.raises(Stopped):
        await market.venue.sequencer.submit(an_index(1))

    assert len(store.batches_seen) == committed
    assert [str(failure) for failure in failures] == ["money would be created"]
    assert "money would be created" in caplog.text


async def test_what_is_committed_but_cannot_be_told_is_told_to_be_unknown(
    market: Market, failures: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits forever for an answer that a bug has swallowed."""

    def broken(*arguments: Any) -> None:
        raise RuntimeError("no such event")

    monkeypatch.setattr(Committed, "resolve", broken)

    with pytest.raises(OutcomeUnknown):
        await asyncio.wait_for(market.venue.sequencer.submit(an_index(1)), 5)

    assert [str(failure) for failure in failures] == ["no such event"]


async def test_stopping_finishes_what_was_taken(venue: Venue, store: Pausing) -> None:
    """On the way out everything accepted is committed and answered; nothing new is accepted."""
    store.hold_up()
    in_flight = venue.sequencer.submit(an_index(1))
    await store.held()
    waiting = venue.sequencer.submit(an_index(2))

    stopping = asyncio.ensure_future(venue.sequencer.stop())
    await asyncio.sleep(0)
    with pytest.raises(Stopped):
        venue.sequencer.submit(an_index(3))
    store.let_go()
    await stopping

    assert in_flight.done() and waiting.done()
    assert store.batches_seen[-1].first_seq == (await waiting).seq


async def test_time_does_not_go_back_when_the_clock_does(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock set back stops time until it has caught up."""
    before = await venue.sequencer.submit(an_index(1))
    monkeypatch.setattr(venue.clock, "_now_ns", before.time_ns - MINUTE)

    after = await venue.sequencer.submit(an_index(2))

    assert after.time_ns == before.time_ns


async def test_what_is_stamped_outlives_a_wall_clock_that_leaps(store: Pausing) -> None:
    """Ten years forward for two seconds, and an hour back: stamps follow the time that passes."""
    wall_ns = boot_ns = 1_800_000_000 * SECOND
    market = await open_market(store, SystemClock(lambda: wall_ns, lambda: boot_ns))
    stamps = []
    for step_ns in (0, 10 * 365 * 24 * 60 * MINUTE, -10 * 365 * 24 * 60 * MINUTE, -60 * MINUTE):
        wall_ns += step_ns + SECOND
        boot_ns += SECOND
        stamps.append((await market.venue.sequencer.submit(an_index(1))).time_ns)
    await market.venue.sequencer.stop()

    assert [stamp - stamps[0] for stamp in stamps] == [at * SECOND for at in range(4)]


async def test_an_order_expires_at_its_time_without_anybody_asking(
    market: Market, clock: ManualClock, store: Pausing
) -> None:
    """The venue wakes by itself when the earliest deadline is due, and is quiet until then."""
    expires_ns = clock.now_ns() + 5 * SECOND
    placed = await market.buy(market.alice, 1, 100, time_in_force=TimeInForce.GTD, expires_ns=expires_ns)
    commits = len(store.batches_seen)

    clock.advance(4 * SECOND)
    await settle()
    assert len(store.batches_seen) == commits
    clock.advance(SECOND)
    await settle()

    record = await market.venue.trading.order(market.alice.id, placed.order_id)
    assert record is not None and record.order.close_reason == CloseReason.EXPIRED
    assert len(store.batches_seen) == commits + 1


async def test_an_earlier_deadline_is_kept_even_when_a_later_one_was_first(market: Market, clock: ManualClock) -> None:
    """The alarm is set anew when a new order ends sooner than all others."""
    for seconds in (60, 5, 30):
        await market.buy(
            market.alice, 1, 100, time_in_force=TimeInForce.GTD, expires_ns=clock.now_ns() + seconds * SECOND
        )

    clock.advance(6 * SECOND)
    await settle()
    assert len(await market.venue.trading.open_orders(market.alice.id)) == 2

    clock.advance(30 * SECOND)
    await settle()
    assert len(await market.venue.trading.open_orders(market.alice.id)) == 1


async def test_from_memory_a_command_is_acknowledged_before_it_is_written(clock: ManualClock, store: Pausing) -> None:
    """AckPolicy.MEMORY answers at once; `settled` says when the store has caught up."""
    market = await open_market(store, clock, policy=AckPolicy.MEMORY)
    await market.venue.sequencer.settled()
    store.hold_up()

    placed = await market.buy(market.alice, 1, 100)
    settled = asyncio.ensure_future(market.venue.sequencer.settled())
    await asyncio.sleep(0)
    assert placed.order is not None
    assert not settled.done()

    store.let_go()
    await settled
    assert store.batches_seen[-1].first_seq == placed.seq
    await market.venue.sequencer.stop()


async def test_from_memory_the_store_may_not_lag_without_bound(
    clock: ManualClock, store: Pausing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When too many batches wait for the disk, answers wait as well."""
    monkeypatch.setattr(sequencer_module, "COMMITS_PENDING_MAX", 2)
    market = await open_market(store, clock, policy=AckPolicy.MEMORY)
    await market.venue.sequencer.settled()
    store.hold_up()
    for _ in range(2):
        await market.venue.sequencer.submit(AdvanceTime())

    late = market.venue.sequencer.submit(AdvanceTime())
    await store.held()
    await asyncio.sleep(0)
    assert not late.done()

    store.let_go()
    await late
    await market.venue.sequencer.stop()


async def test_what_was_acknowledged_is_there_after_a_restart(market: Market, store: Pausing) -> None:
    """Replaying the journal leads to the state that the live run had."""
    await market.trade(3, 100)
    await market.buy(market.alice, 1, 90, "mine")

    recovered = recover(store.inner)

    assert recovered.machine.digest() == market.digest()
    assert recovered.texts == market.venue.sequencer.state.texts
    assert recovered.time_ns == market.venue.sequencer.state.time_ns
