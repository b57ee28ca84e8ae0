"""Client ids of orders that ended lately: what is told to be new is, over commits, reads that are under way, and bounds."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from bedesten.clock import ManualClock
from bedesten.services.orders import ended_ids
from bedesten.services.orders.ended_ids import KEPT_NS, EndedIds

ACCOUNT, OTHER = 16, 17


class FakeRows:
    """Orders that ended before the venue started."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.ended: dict[int, list[tuple[int, int]]] = {}  # account → (reference, when)
        self.reads = 0
        self.gate = threading.Event()
        self.gate.set()

    def orders(self, account: int, *, start_ns: int, limit: int) -> list[Any]:
        """Return those that ended since an instant, last first."""
        self.reads += 1
        self.gate.wait(5)
        found = [(reference, at) for reference, at in self.ended.get(account, ()) if at >= start_ns]
        rows = [SimpleNamespace(order=SimpleNamespace(client_ref=reference, updated_ns=at)) for reference, at in found]
        return rows[::-1][:limit]


def commit(clock: ManualClock, account: int, reference: int) -> Any:
    """Return a commit with which one order ended."""
    order = SimpleNamespace(account=account, client_ref=reference)
    return SimpleNamespace(closed=[order], time_ns=clock.now_ns())


@pytest.fixture
def clock() -> ManualClock:
    """A clock."""
    return ManualClock()


@pytest.fixture
def rows(clock: ManualClock) -> FakeRows:
    """A store."""
    return FakeRows(clock)


async def test_an_id_is_new_unless_its_order_ended_within_a_day(clock: ManualClock, rows: FakeRows) -> None:
    """Before the start, as the store has it, or after, as commits tell; the store is read once."""
    rows.ended[ACCOUNT] = [(1, clock.now_ns() - KEPT_NS - 1), (2, clock.now_ns() - 1_000)]
    ids = EndedIds(rows, clock)  # type: ignore[arg-type]
    assert [await ids.is_new(ACCOUNT, reference) for reference in (1, 2, 3)] == [True, False, True]
    ids.note(commit(clock, ACCOUNT, 3))
    ids.note(commit(clock, OTHER, 4))

    assert [await ids.is_new(ACCOUNT, reference) for reference in (3, 4)] == [False, True]
    assert rows.reads == 1
    clock.advance(KEPT_NS)
    assert await ids.is_new(ACCOUNT, 3)


async def test_what_ends_while_the_store_is_read_is_not_forgotten(clock: ManualClock, rows: FakeRows) -> None:
    """And whoever asks meanwhile is told that it may not be new."""
    ids = EndedIds(rows, clock)  # type: ignore[arg-type]
    rows.gate.clear()
    asking = asyncio.create_task(ids.is_new(ACCOUNT, 1))
    await asyncio.sleep(0)
    ids.note(commit(clock, ACCOUNT, 2))
    assert await ids.is_new(ACCOUNT, 9) is False
    rows.gate.set()

    assert await asking is True
    assert await ids.is_new(ACCOUNT, 2) is False


async def test_an_account_with_too_many_is_never_sure(
    clock: ManualClock, rows: FakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read from the store, or grown by commits; others are not touched."""
    monkeypatch.setattr(ended_ids, "OF_ONE_MAX", 3)
    ids = EndedIds(rows, clock)  # type: ignore[arg-type]
    rows.ended[ACCOUNT] = [(reference, clock.now_ns() - 1) for reference in range(1, 4)]
    assert await ids.is_new(ACCOUNT, 99) is False
    assert await ids.is_new(OTHER, 99) is True
    for reference in range(1, 5):
        ids.note(commit(clock, OTHER, reference))
    rows.ended[OTHER] = [(reference, clock.now_ns() - 1) for reference in range(1, 5)]
    assert await ids.is_new(OTHER, 99) is False


async def test_so_many_accounts_are_remembered(
    clock: ManualClock, rows: FakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those asked for longest ago are read again."""
    monkeypatch.setattr(ended_ids, "ACCOUNTS_MAX", 2)
    ids = EndedIds(rows, clock)  # type: ignore[arg-type]
    for account in (1, 2, 1, 3, 1):
        assert await ids.is_new(account, 5) is True
    assert rows.reads == 3
    await ids.is_new(2, 5)
    assert rows.reads == 4
