"""services.ports.Log: one holder at a time writes; what was committed is there, once, in its order."""

from __future__ import annotations

from contextlib import suppress

import pytest

from bedesten.services.errors import DamagedJournal, Fenced, StoreFailure
from bedesten.services.ports import Batch, JournaledBatch, Lease, Log, Store
from tests.storage.market import a_market_day
from tests.storage.ports.conftest import HOLDER, Place


def journaled(batch: Batch) -> JournaledBatch:
    return JournaledBatch(batch.first_seq, batch.count, batch.time_ns, batch.commands, batch.texts)


def journal_of(log: Log, after_seq: int = 0) -> list[JournaledBatch]:
    return [record.batch() for record in log.records(after_seq)]


def head_of(log: Log) -> tuple[int, bytes]:
    last = [(record.last_seq, record.checksum) for record in log.records(0)][-1]
    return last


# ── who writes


def test_an_empty_log_is_taken_from_its_beginning(untaken: Store) -> None:
    """The first epoch there ever is, and nothing before the first command."""
    lease = untaken.log.take(HOLDER)

    assert lease is not None
    assert (lease.epoch, lease.seq) == (1, 0)


def test_nobody_else_takes_a_log_that_is_held(store: Store) -> None:
    """Whoever holds it is given its lease again, with the end as it is by now."""
    store.log.commit(batch := a_market_day(1)[0])

    assert store.log.take("the second") is None
    assert store.log.take(HOLDER) == Lease(1, batch.count, head_of(store.log)[1])
    store.log.renew()


def test_who_did_not_take_the_log_does_not_write(untaken: Store) -> None:
    """Nor is anything there afterwards."""
    with pytest.raises(Fenced):
        untaken.log.renew()
    with pytest.raises(Fenced):
        untaken.log.commit(a_market_day(1)[0])

    assert journal_of(untaken.log) == []
    lease = untaken.log.take(HOLDER)
    assert lease is not None and lease.seq == 0


def test_who_let_the_log_go_does_not_write(place: Place) -> None:
    """Closing ends the lease: the next one takes the log, at the end that the last one left."""
    first = place.open()
    assert first.log.take(HOLDER) is not None
    first.log.commit(a_market_day(1)[0])
    end = head_of(first.log)
    first.close()

    with pytest.raises(Fenced):
        first.log.renew()
    with pytest.raises(Fenced):
        first.log.commit(a_market_day(2)[1])
    second = place.open()
    lease = second.log.take("the second")
    assert lease is not None
    if place.keeps:
        assert (lease.seq, lease.checksum) == end
    second.close()


# ── what was written


def test_batches_come_back_as_they_were_committed(store: Store) -> None:
    """The journal holds each batch's commands and texts, in order."""
    day = a_market_day()

    for batch in day:
        store.log.commit(batch)

    assert journal_of(store.log) == [journaled(batch) for batch in day]
    assert journal_of(store.log, day[2].first_seq - 1) == [journaled(batch) for batch in day[2:]]
    assert head_of(store.log)[0] == day[-1].first_seq + day[-1].count - 1


def test_a_batch_that_does_not_follow_is_refused(store: Store) -> None:
    """A batch twice, or one left out, would break the journal."""
    day = a_market_day()
    store.log.commit(day[0])

    for batch in (day[0], day[2]):
        with pytest.raises(StoreFailure, match="does not follow"):
            store.log.commit(batch)
    assert journal_of(store.log) == [journaled(day[0])]


def test_each_record_is_chained_to_those_before_it(store: Store) -> None:
    """Two logs with the same commands have the same checksums, and another command makes another."""
    day = a_market_day()
    for batch in day:
        store.log.commit(batch)
    checksums = [record.checksum for record in store.log.records(0)]

    assert len(set(checksums)) == len(day)
    assert [record.checksum for record in store.log.records(day[1].first_seq - 1)] == checksums[1:]


def test_a_log_is_not_read_from_behind_its_end(store: Store) -> None:
    """A state that knows more than the log does is of another venue, or the log lost its end."""
    store.log.commit(a_market_day(1)[0])

    with pytest.raises(DamagedJournal, match="ends before seq"):
        journal_of(store.log, 10_000)


def test_the_log_is_there_when_it_is_opened_again(place: Place) -> None:
    """All of it, and it goes on behind its end."""
    if not place.keeps:
        pytest.skip("it keeps nothing")
    day = a_market_day()
    for some in (day[:2], day[2:]):
        opened = place.open()
        assert opened.log.take(HOLDER) is not None
        for batch in some:
            opened.log.commit(batch)
        opened.close()

    last = place.open()
    assert journal_of(last.log) == [journaled(batch) for batch in day]
    last.close()


def test_rows_are_there_with_their_batch_or_not_at_all(store: Store) -> None:
    """A batch that is refused leaves no row either."""
    day = a_market_day(2)
    with suppress(StoreFailure):
        store.log.commit(day[1])
    assert store.rows.transfers(0, limit=10) == []

    store.log.commit(day[0])

    assert len(store.rows.transfers(0, limit=10)) == 2
