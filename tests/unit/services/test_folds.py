"""What services remember comes from the log alone, and is the same by whatever way it came."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.commands import HoldFunds, OpenAccount, RecordNote, ReleaseFunds
from bedesten.domain.enums import EventKind, TransferReason
from bedesten.domain.events import Event, FundsHeld, FundsReleased, Rejected
from bedesten.domain.notes import AccountNamed, FamilyMoved, FamilyReturned, KeyRevoked, Note, decode, encode
from bedesten.services.accounts.fold_accounts import AccountsFold
from bedesten.services.errors import OutOfRange, Overloaded, SnapshotOutdated, Stopped
from bedesten.services.idempotency import fold_ids
from bedesten.services.idempotency.fold_ids import FamilyIds
from bedesten.services.log import recover, restored
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.sequencing.folds import Folds, Place
from bedesten.services.sequencing.sequencer import Submission
from bedesten.services.sequencing.state import VenueState
from bedesten.storage.memory import MemorySnapshots


class Diary:
    """A fold that writes everything down."""

    name, version = "diary", 1
    takes: tuple[type[Note], ...] = (KeyRevoked,)
    hears = (EventKind.FUNDS_HELD, EventKind.FUNDS_RELEASED)

    def __init__(self) -> None:
        self.lines: list[str] = []

    def apply(self, note: Note, place: Place) -> None:
        assert isinstance(note, KeyRevoked)
        self.lines.append(f"{place.seq} {note.key}")

    def hear(self, event: Event, place: Place) -> None:
        self.lines.append(f"{place.seq} {type(event).__name__}")

    def capture(self) -> bytes:
        return "\n".join(self.lines).encode()

    def restore(self, data: bytes) -> None:
        self.lines = data.decode().split("\n")


def followed(market: Market) -> Diary:
    """Let a diary follow the venue from now on."""
    diary = Diary()
    market.venue.sequencer.state.folds = Folds([AccountsFold(), diary])
    return diary


def hold(account: int) -> HoldFunds:
    return HoldFunds(account=account, asset=1, amount=1, reason=TransferReason.INTERNAL)


async def test_a_note_beside_a_command_reaches_its_fold(market: Market) -> None:
    """With the command's own seq; events come before the notes beside them."""
    diary = followed(market)
    first = market.venue.sequencer.submit(RecordNote(), notes=(KeyRevoked("a"), KeyRevoked("b")))
    second = market.venue.sequencer.submit(hold(market.alice.id), notes=(KeyRevoked("c"),))
    seq, (held,) = (await first).seq, (await second).events
    assert isinstance(held, FundsHeld)

    (released,) = (
        await market.venue.sequencer.submit(ReleaseFunds(account=market.alice.id, hold_id=held.hold_id))
    ).events

    assert isinstance(released, FundsReleased)
    assert diary.lines == [f"{seq} a", f"{seq} b", f"{seq + 1} FundsHeld", f"{seq + 1} c", f"{seq + 2} FundsReleased"]


async def test_a_note_beside_a_refused_command_is_journaled_and_has_no_effect(market: Market, store: Pausing) -> None:
    """Nothing was done, so there is nothing to remember; live and in a replay alike."""
    (refused,) = (
        await market.venue.sequencer.submit(OpenAccount(account=market.alice.id), notes=(AccountNamed("mallory"),))
    ).events

    assert isinstance(refused, Rejected)
    assert market.venue.accounts.by_name("mallory") is None
    (*_, last) = store.inner.batches(0)
    assert last.notes == [(0, AccountNamed("mallory"))]
    assert recover(store.inner).folds.digest() == market.venue.sequencer.state.folds.digest()


async def test_folds_end_alike_live_replayed_and_behind_a_snapshot(market: Market, store: Pausing) -> None:
    """There is one way for them to come about."""
    snapshots = MemorySnapshots()
    await market.venue.accounts.open("carol")
    snapshots.save(market.venue.sequencer.state.capture())
    await market.venue.accounts.open("dave")

    digests = {state.folds.digest() for state in (recover(store.inner), recover(store.inner, snapshots))}

    assert digests == {market.venue.sequencer.state.folds.digest()}
    assert list(recover(store.inner, snapshots).folds.of(AccountsFold).by_name) == ["alice", "bob", "carol", "dave"]


async def test_a_snapshot_without_a_fold_is_not_started_from(market: Market, store: Pausing) -> None:
    """An older program remembered less: then the whole log is replayed, once."""
    snapshots = MemorySnapshots()
    older = market.venue.sequencer.state.capture()._replace(folds={})
    snapshots.save(older)
    with pytest.raises(SnapshotOutdated, match="it holds 'accounts' in version 0; this program reads 1"):
        restored(older)

    assert recover(store.inner, snapshots).folds.digest() == market.venue.sequencer.state.folds.digest()


async def test_a_group_shares_a_batch_however_much_waits(
    market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is a transaction, so a group is there whole after a crash, or not at all."""
    monkeypatch.setattr(sequencer_module, "BATCH_MAX", 3)
    sequencer = market.venue.sequencer
    store.hold_up()
    before = sequencer.submit(RecordNote())
    waiting = sequencer.submit(RecordNote())
    group = sequencer.submit_group([Submission(RecordNote(), (KeyRevoked(str(at)),)) for at in range(5)])
    behind = sequencer.submit(RecordNote())
    store.let_go()
    await asyncio.gather(before, waiting, *group, behind)

    assert [batch.count for batch in store.batches_seen[-2:]] == [7, 1]
    assert [note for _, note in store.batches_seen[-2].notes] == [KeyRevoked(str(at)) for at in range(5)]


async def test_a_rehearsed_group_comes_before_whatever_waits(market: Market, store: Pausing) -> None:
    """What was looked at is what is acted on: no command comes between."""
    sequencer, alice = market.venue.sequencer, market.alice.id
    store.hold_up()
    sequencer.submit(RecordNote())
    await store.held()
    elsewhere = sequencer.submit(hold(alice))

    def rehearse(machine: object) -> list[Submission]:
        return [Submission(hold(alice)), Submission(RecordNote(), (KeyRevoked("x"),))]

    first, second = sequencer.submit_first(rehearse)
    store.let_go()

    seqs = [(await each).seq for each in (first, second, elsewhere)]
    assert seqs == sorted(seqs)
    assert sequencer.submit_first(lambda machine: []) == []


async def test_a_group_that_finds_no_room_hands_nothing_in(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overloaded, out of range and stopped come before anything changed."""
    sequencer = market.venue.sequencer
    seq = sequencer.state.machine.seq
    group = [Submission(RecordNote())] * 3
    monkeypatch.setattr(sequencer_module, "WAITING_MAX", 2)
    with pytest.raises(Overloaded):
        sequencer.submit_group(group)
    monkeypatch.setattr(sequencer_module, "GROUP_MAX", 2)
    with pytest.raises(OutOfRange):
        sequencer.submit_group(group)
    with pytest.raises(OutOfRange):
        sequencer.submit_group([Submission(RecordNote()), Submission(hold(1 << 64))])
    await sequencer.submit(RecordNote())
    await sequencer.stop()
    for refused in (sequencer.submit_group, lambda group: sequencer.submit_first(lambda machine: group)):
        with pytest.raises(Stopped):
            refused(group)

    assert sequencer.state.machine.seq == seq + 1


async def test_a_name_is_given_once_while_its_account_is_opened(store: Pausing, clock: ManualClock) -> None:
    """Two requests at the same time cannot have the same name, and a refusal frees it."""
    market = await open_market(store, clock)
    both = await asyncio.gather(*(market.venue.accounts.open("carol") for _ in range(2)), return_exceptions=True)

    assert sorted(type(each).__name__ for each in both) == ["Account", "NameTaken"]
    await market.venue.sequencer.stop()


def test_notes_read_back_as_they_were_written() -> None:
    """In their order, several beside one command, and nothing for none."""
    notes = [(0, AccountNamed("a", 3)), (0, KeyRevoked("k")), (7, AccountNamed("ö"))]

    assert decode(encode(notes)) == notes
    assert (encode([]), decode(b"")) == (b"", [])


def test_a_state_without_folds_remembers_nothing() -> None:
    """The core alone may be replayed by whoever asks of nothing else."""
    assert VenueState().folds.capture() == {}


def test_the_latest_ids_are_remembered_in_the_order_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """So every replica forgets the same one; what has no id is not remembered, and what was given back is free."""
    monkeypatch.setattr(fold_ids, "IDS_MAX", 2)
    fold = FamilyIds()

    def say(seq: int, note: Note) -> None:
        fold.apply(note, Place(seq, 0, [], []))

    for seq, note in enumerate(
        [FamilyMoved(16, "a", "1"), FamilyMoved(16), FamilyMoved(17, "a", "2"), FamilyMoved(16, "b")]
    ):
        say(seq, note)
    again = FamilyIds()
    again.restore(fold.capture())

    for each in (fold, again):
        found = [each.find(16, "a"), each.find(16, ""), each.find(17, "a"), each.find(16, "b")]
        assert found == [None, None, (2, FamilyMoved(17, "a", "2")), (3, FamilyMoved(16, "b"))]
    say(4, FamilyReturned(17, "a"))
    assert fold.find(17, "a") is None
