"""What the venue counts while it works, and how it knows that its work is not getting done."""

from __future__ import annotations

import pytest
from tests.unit.services.market import Market, Pausing

from bedesten.domain.enums import CloseReason, EventKind, RejectReason
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.sequencing.figures import Histogram


def test_a_value_counts_in_the_first_range_that_holds_it() -> None:
    """A bound belongs to the range below it; what is above them all has a place of its own."""
    histogram = Histogram((10, 20))
    for value in (1, 10, 11, 20, 21):
        histogram.note(value)
    histogram.note_all([5, 500])

    assert list(histogram.counts) == [3, 2, 2]
    assert histogram.total == 1 + 10 + 11 + 20 + 21 + 5 + 500


async def test_orders_are_counted_by_what_became_of_them(market: Market) -> None:
    """Accepted, matched, closed and refused, each once."""
    figures = market.venue.sequencer.figures
    before = figures.events[EventKind.PLACED]
    await market.trade(2, 100)
    await market.buy(market.alice, 10**9, 10**6)

    assert figures.events[EventKind.PLACED] - before == 2
    assert figures.events[EventKind.TRADED] == 1
    assert figures.by_name(figures.closes, CloseReason)["filled"] == 2
    assert figures.by_name(figures.rejects, RejectReason)["insufficient_available"] == 1
    assert set(figures.by_name(figures.rejects, RejectReason)) == {each.name.lower() for each in RejectReason}


async def test_every_command_is_timed_once_and_every_batch_counted(market: Market) -> None:
    """As many waits as commands, as many writes as batches."""
    sequencer = market.venue.sequencer
    await market.trade(1, 100)

    assert sum(sequencer.figures.acks.counts) == sequencer.state.machine.seq
    assert sum(sequencer.figures.commits.counts) == sum(sequencer.figures.batches.counts)
    assert sequencer.figures.batches.total == sequencer.state.machine.seq


async def test_a_write_that_does_not_end_is_noticed(
    market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it lasts the venue is not ready; what waits behind it can be seen."""
    sequencer = market.venue.sequencer
    assert sequencer.health() is None

    store.hold_up()
    waiting = sequencer.submit(sequencer_module.AdvanceTime())
    await store.held()
    behind = sequencer.submit(sequencer_module.AdvanceTime())
    monkeypatch.setattr(sequencer_module, "COMMIT_NS_MAX", 0)

    assert "writing one batch" in str(sequencer.health())
    assert sequencer.depths[:2] == (1, 1)
    store.let_go()
    await waiting
    await behind
    assert sequencer.health() is None


async def test_a_crowd_that_waits_is_noticed(market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before commands are refused for it."""
    monkeypatch.setattr(sequencer_module, "WAITING_MAX", 2)
    store.hold_up()
    answers = [market.venue.sequencer.submit(sequencer_module.AdvanceTime())]
    await store.held()
    answers += [market.venue.sequencer.submit(sequencer_module.AdvanceTime()) for _ in range(2)]

    assert market.venue.sequencer.health() == "2 commands are waiting"
    store.let_go()
    for answer in answers:
        await answer
