"""A store that is too slow: whoever asks is told so in the venue's words, what was taken is done, and nothing piles up."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bedesten.services.sequencing import sequencer
from bedesten.storage.sqlite import SqliteStore
from tests.dialects.btcturk import stand as btcturk
from tests.dialects.btse import stand as btse

WAITING = 4


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Commits wait until it is set; the sequencer lets few commands wait."""
    opened, commit = threading.Event(), SqliteStore.commit
    opened.set()

    def slow(store: SqliteStore, batch: object) -> None:
        assert opened.wait(20)
        commit(store, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteStore, "commit", slow)
    return opened


async def test_btse_says_busy_and_does_what_it_took(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and -11 for what is beyond; every order that was taken is placed once the store goes on."""
    stand = await btse.open_stand()
    alice = await stand.customer("alice")
    monkeypatch.setattr(sequencer, "WAITING_MAX", WAITING)
    gate.clear()
    asked = [asyncio.create_task(alice.order(clOrderID=f"o{at}")) for at in range(WAITING * 3)]
    while sum(task.done() for task in asked) < WAITING * 2 - 1:  # noqa: ASYNC110  # a batch is written, WAITING wait
        await asyncio.sleep(0)
    refused = [task.result() for task in asked if task.done()]
    gate.set()
    answers = await asyncio.gather(*asked)

    assert {answer.status for answer in refused} == {503}
    assert {(answer.json["code"], answer.json["msg"], answer.json["success"]) for answer in refused} == {
        (-11, "System error", False)
    }
    taken = [answer for answer in answers if answer.status == 200]
    assert len(taken) + len(refused) == len(asked)
    account = stand.venue.accounts.by_name("alice")
    assert account is not None
    assert len(await stand.venue.trading.open_orders(account.id)) == len(taken)
    await stand.venue.sequencer.stop()


async def test_btcturk_says_busy(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, which its clients read as: nothing was done."""
    stand = await btcturk.open_stand()
    alice = await stand.customer("alice")
    monkeypatch.setattr(sequencer, "WAITING_MAX", 0)
    answer = await alice.order()

    assert (answer.status, answer.json["message"]) == (503, "SERVICE_UNAVAILABLE")
    await stand.venue.sequencer.stop()
