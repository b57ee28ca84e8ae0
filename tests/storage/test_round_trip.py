"""What was committed is read back, by every question, before and after a restart, from a file and from memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bedesten.services.errors import StoreFailure
from bedesten.services.ports import Batch, JournaledBatch, Snapshots, Store
from bedesten.services.store_types import Account, Candle, StateSnapshot
from bedesten.storage.memory import MemorySnapshots, open_memory
from bedesten.storage.sqlite import SqliteStore
from tests.storage.conftest import Open
from tests.storage.keys import keep_key, kept_keys
from tests.storage.market import ALICE, BOB, QUOTE_FEES, RECEIVED_FEES, SECOND_NS, START_NS, a_market_day


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, opened: Open) -> Iterator[SqliteStore]:
    """An empty store of either kind."""
    if request.param == "file":
        yield opened().store
        return
    memory = open_memory()
    yield memory
    memory.close()


def ports(opened: Open) -> tuple[Store, Snapshots, Snapshots]:
    """For the type checker: both kinds of store, and of snapshots, are what the services ask for."""
    return opened().store, opened().snapshots, MemorySnapshots()


def journaled(batch: Batch) -> JournaledBatch:
    return JournaledBatch(batch.first_seq, batch.count, batch.time_ns, batch.commands, batch.texts)


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
        "meta": store.meta("venue_name"),
    }


def test_batches_come_back_as_they_were_committed(store: SqliteStore) -> None:
    """The journal holds each batch's commands and texts, in order."""
    day = a_market_day()

    for batch in day:
        store.commit(batch)

    assert list(store.batches(0)) == [journaled(batch) for batch in day]
    assert list(store.batches(day[2].first_seq - 1)) == [journaled(batch) for batch in day[2:]]
    assert store.last_seq == day[-1].first_seq + day[-1].count - 1


def test_a_snapshot_in_memory_is_the_last_one_kept() -> None:
    """A venue that keeps nothing still answers when asked for its newest snapshot."""
    snapshots = MemorySnapshots()
    assert snapshots.newest() is None

    snapshots.save(StateSnapshot(5, 0, b"core", {}))

    assert snapshots.newest() == StateSnapshot(5, 0, b"core", {})


def test_a_batch_that_does_not_follow_is_refused(store: SqliteStore) -> None:
    """A batch twice, or one left out, would break the journal."""
    day = a_market_day()
    store.commit(day[0])

    for batch in (day[0], day[2]):
        with pytest.raises(StoreFailure, match="does not follow seq"):
            store.commit(batch)


def test_questions_after_a_restart_are_answered_as_before(opened: Open) -> None:
    """Closing and opening again changes no answer."""
    first = opened().store
    for batch in a_market_day():
        first.commit(batch)
    keep_key(first, "k1", "s1")
    first.save_meta("venue_name", "demo")
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


def test_orders_are_newest_first_and_can_be_narrowed(store: SqliteStore) -> None:
    """By instrument, by the instant they ended, by id, by client id, by number of rows."""
    for batch in a_market_day():
        store.commit(batch)
    every = store.orders(ALICE, limit=100)

    assert [r.order.updated_ns for r in every] == sorted((r.order.updated_ns for r in every), reverse=True)
    assert store.orders(ALICE, limit=3) == every[:3]
    on_first = [r for r in every if r.order.instrument == RECEIVED_FEES]
    assert store.orders(ALICE, instrument=RECEIVED_FEES, limit=100) == on_first
    start, end = START_NS + 2 * SECOND_NS, START_NS + 4 * SECOND_NS
    window = store.orders(ALICE, start_ns=start, end_ns=end, limit=100)
    assert window == [r for r in every if start <= r.order.updated_ns < end]
    assert window
    some = every[3]
    assert store.order(ALICE, some.order.order_id) == some
    assert store.order(BOB, some.order.order_id) is None
    assert store.orders_by_id(ALICE, [r.order.order_id for r in every[:4]]) == every[:4]
    assert store.orders_by_client_id(ALICE, "bot-2", 100) == [r for r in every if r.client_id == "bot-2"]
    assert store.orders_by_client_id(ALICE, "bot-9", 100) == []


def test_fills_are_an_accounts_halves_of_trades(store: SqliteStore) -> None:
    """Each half has its own side, order and fee; orders, instruments and instants narrow them."""
    for batch in a_market_day():
        store.commit(batch)
    every = store.fills(ALICE, limit=100)

    assert {fill.account for fill in every} == {ALICE}
    assert [fill.trade_id for fill in every] == sorted((fill.trade_id for fill in every), reverse=True)
    assert {(fill.is_maker, fill.fee) for fill in every} == {(0, 3), (1, 2)}
    for fill in every:
        other = next(f for f in store.fills(BOB, limit=100) if f.trade_id == fill.trade_id)
        assert (fill.side + other.side, fill.is_maker + other.is_maker) == (3, 1)
    assert store.fills(ALICE, instrument=QUOTE_FEES, limit=100) == [f for f in every if f.instrument == QUOTE_FEES]
    ids = [every[1].order_id, every[4].order_id, 999_999]
    assert store.fills(ALICE, order_ids=ids, limit=100) == [f for f in every if f.order_id in ids]
    assert store.fills(BOB, order_ids=ids, limit=100) == []
    assert store.fills(ALICE, start_ns=START_NS + 3 * SECOND_NS, limit=1) == every[:1]
    assert store.fills(ALICE, end_ns=START_NS, limit=100) == []


def test_transfers_show_on_both_accounts_and_can_be_narrowed(store: SqliteStore) -> None:
    """A deposit is seen by whom it reached and by the outside."""
    store.commit(a_market_day(1)[0])

    (deposit,) = store.transfers(ALICE, limit=10)

    assert (deposit.to_account, deposit.asset, deposit.amount) == (ALICE, 1, 1_000_000)
    assert len(store.transfers(0, limit=10)) == 2
    assert store.transfers(ALICE, asset=2, limit=10) == []
    assert store.transfers(ALICE, reasons=[1], limit=10) == [deposit]
    assert store.transfers(ALICE, reasons=[2], limit=10) == []


def test_a_candle_that_exists_is_replaced(store: SqliteStore) -> None:
    """A minute is told again when it was told too early."""
    day = a_market_day(3)
    later = [row._replace(candle=row.candle._replace(close=101)) for row in day[1].candles]
    day[2].candles.extend(later)

    for batch in day:
        store.commit(batch)

    assert store.candles(RECEIVED_FEES, start_s=0, end_s=100) == [Candle(60, 100, 101, 99, 101, 5, 50)]
    assert store.candle_span(RECEIVED_FEES) == (60, 60)
    assert store.candle_span(9) is None


def test_accounts_and_facts_are_kept(store: SqliteStore) -> None:
    """Names of accounts come with the batch that opens them; the store's own facts cannot be overwritten."""
    store.commit(a_market_day(1)[0])
    store.save_meta("venue_name", "one")
    store.save_meta("venue_name", "two")

    assert store.accounts() == [Account(ALICE, "alice"), Account(BOB, "bob")]
    assert (store.meta("venue_name"), store.meta("nothing")) == ("two", None)
    with pytest.raises(ValueError, match="written by the store itself"):
        store.save_meta("schema_version", "9")
