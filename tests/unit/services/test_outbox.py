"""The outbox: a window on the last messages, which survives a restart."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.services.messages import fold_messages as module
from bedesten.services.messages.fold_messages import MessagesFold


async def test_messages_are_read_newest_first(market: Market) -> None:
    """As many as are asked for."""
    outbox = market.venue.customers.outbox
    for number in range(3):
        await outbox.send("email", "a@example.com", "subject", f"body {number}")

    assert [message.body for message in outbox.messages(2)] == ["body 2", "body 1"]
    assert outbox.messages(9)[-1].number == 1


async def test_the_oldest_message_gives_way(
    market: Market, store: Pausing, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory and in the store, which holds no more of them; a restart goes on counting."""
    fold = market.venue.sequencer.state.folds.of(MessagesFold)
    monkeypatch.setattr(module, "MESSAGES_MAX", 4)
    fold.restore(fold.capture())
    outbox = market.venue.customers.outbox
    await asyncio.gather(*(outbox.send("text", "+886912345678", "", str(number)) for number in range(10)))

    assert len(fold.messages) == 4
    await market.venue.sequencer.stop()
    again = await open_market(store, clock)
    kept = again.venue.customers.outbox
    assert [message.body for message in kept.messages(9)] == ["9", "8", "7", "6"]
    await kept.send("text", "+886912345678", "", "last")
    assert kept.messages(1)[0].number == 11
    await again.venue.sequencer.stop()
