"""What was committed is read back, by every question, before and after a restart, from a file and from memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bedesten.services.store_types import Account
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore
from tests.storage.conftest import Open
from tests.storage.keys import keep_key, kept_keys
from tests.storage.market import ALICE, BOB, QUOTE_FEES, RECEIVED_FEES, a_market_day


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, opened: Open) -> Iterator[SqliteStore]:
    """An empty store of either kind."""
    if request.param == "file":
        yield opened().store
        return
    memory = open_memory()
    yield memory
    memory.close()


def answers(store: SqliteStore) -> dict[str, Any]:
    """Return what a store says to one question of every kind."""
    return {
        "batches": list(store.batches(0)),
        "orders": [store.orders(account, limit=100) for account in (ALICE, BOB)],
        "by client": store.orders_by_client_id(ALICE, "bot-1", 10),
        "fills": [store.fills(account, limit=100) for account in (ALICE, BOB)],
        "trades": [store.trades(instrument, limit=100) for instrument in (RECEIVED_FEES, QUOTE_FEES)],
        "transfers": store.transfers(ALICE, limit=10),
        "candles": store.candles(RECEIVED_FEES, start_s=0, end_s=10_000),
        "accounts": store.accounts(),
        "keys": kept_keys(store),
    }


def test_questions_after_a_restart_are_answered_as_before(opened: Open) -> None:
    """Closing and opening again changes no answer."""
    first = opened().store
    for batch in a_market_day():
        first.commit(batch)
    keep_key(first, "k1", "s1")
    before = answers(first)
    first.close()

    second = opened()

    assert answers(second.store) == before
    assert second.notices == []


def test_a_store_in_memory_answers_as_one_on_disk(opened: Open) -> None:
    """Both run the same statements over the same tables."""
    on_disk, memory = opened().store, open_memory()

    for batch in a_market_day():
        on_disk.commit(batch)
        memory.commit(batch)

    assert answers(memory) == answers(on_disk)
    memory.close()


def test_accounts_are_kept(store: SqliteStore) -> None:
    """Their names come with the batch that opens them."""
    store.commit(a_market_day(1)[0])

    assert store.accounts() == [Account(ALICE, "alice"), Account(BOB, "bob")]
