"""Sessions as the log knows them: an end is an end, whatever was under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.unit.services.customers.test_register_log import behind, digests, settled
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes.customers import SessionOpened
from bedesten.services.customers.fold_sessions import LIFETIME_NS, NOTED_NS, SESSIONS_MAX, SessionsFold
from bedesten.services.customers.guesses import Asker
from bedesten.services.customers.login_log import Visitor
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.customers.sessions import STEP_UP_NS, Session
from bedesten.services.errors import Overloaded
from bedesten.services.log import recover
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.storage.memory import MemorySnapshots

OLD, NEW = "the old password", "the new password"


async def signed_in(market: Market) -> Session:
    """Make alice a customer and sign her in."""
    customers = market.venue.customers
    if customers.of_account(market.alice.id) is None:
        kept = await customers.passwords.hash(OLD)
        await customers.introduce(market.alice.id, "alice@example.com", kept, level=0)
    token = await customers.sessions.open(market.alice.id, is_proven=True)
    session = customers.sessions.find(token.text)
    assert session is not None
    return session


def kept(market: Market, store: Pausing) -> list[str]:
    """Return the sessions that a start would find, and see that it is those of now."""
    found = recover(store.inner).folds.of(SessionsFold)
    assert found.capture() == market.venue.sequencer.state.folds.of(SessionsFold).capture()
    return list(found.by_digest)


async def test_sessions_end_alike_live_replayed_and_behind_a_snapshot(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """With signs of life, one that gave way to age, one in another's place, and ends of one and of all."""
    sessions, snapshots = market.venue.customers.sessions, MemorySnapshots()
    first = await signed_in(market)
    clock.advance(2 * NOTED_NS)
    first.seen_ns = clock.now_ns()
    await sessions.note(first)
    await sessions.open(market.alice.id, is_proven=False, instead_of=first)
    await sessions.open(market.bob.id, is_proven=True)
    snapshots.save(market.venue.sequencer.state.capture())
    clock.advance(LIFETIME_NS)
    second = await signed_in(market)
    assert len(market.venue.sequencer.state.folds.of(SessionsFold).of_account[market.alice.id]) == 1
    await sessions.end(second)
    for _ in range(SESSIONS_MAX + 3):
        await sessions.open(market.alice.id, is_proven=True)
    await sessions.end_all(market.bob.id)

    assert len(digests(market, store, snapshots)) == 1
    assert len(kept(market, store)) == SESSIONS_MAX


ENDS: dict[str, Callable[[Market, Session], Awaitable[object]]] = {
    "one": lambda market, session: market.venue.customers.sessions.end(session),
    "all": lambda market, session: market.venue.customers.sessions.end_all(session.account),
    "password": lambda market, session: market.venue.customers.logins.change_password(
        session.account, OLD, NEW, Visitor(), Asker("session", session)
    ),
}


@pytest.mark.parametrize("way", ["one", "all"])
async def test_a_session_whose_end_waits_is_of_no_use_and_no_sign_of_life_brings_it_back(
    market: Market, store: Pausing, clock: ManualClock, way: str
) -> None:
    """Nor does the one that its second factor would have opened in its place."""
    sessions = market.venue.customers.sessions
    session = await signed_in(market)
    clock.advance(2 * NOTED_NS)
    session.seen_ns = clock.now_ns()
    await behind(store, market)
    noting = asyncio.ensure_future(sessions.note(session))
    ending = asyncio.ensure_future(ENDS[way](market, session))  # type: ignore[arg-type]
    await settled()
    assert not sessions.is_open(session) and sessions.of_account(session.account) == []
    late = asyncio.ensure_future(sessions.note(session))
    opening = asyncio.ensure_future(sessions.open(session.account, is_proven=True, instead_of=session))
    await settled()
    store.let_go()
    await asyncio.gather(noting, ending, late)

    assert sessions.find((await opening).text) is None
    assert kept(market, store) == []


async def test_nobody_stays_in_who_signs_in_while_everybody_is_signed_out(market: Market, store: Pausing) -> None:
    """The session was submitted before the end: the end finds it, and the token is good for nothing."""
    sessions = market.venue.customers.sessions
    await signed_in(market)
    await behind(store, market)
    opening = asyncio.ensure_future(sessions.open(market.alice.id, is_proven=True))
    await settled()
    ending = asyncio.ensure_future(sessions.end_all(market.alice.id))
    await settled()
    store.let_go()
    token, _ = await asyncio.gather(opening, ending)

    assert sessions.find(token.text) is None and kept(market, store) == []


async def test_a_new_password_and_the_end_of_all_sessions_are_one_command(market: Market, store: Pausing) -> None:
    """A crash leaves both, or neither; whoever signs in with the old password meanwhile does not stay in."""
    customers = market.venue.customers
    session = await signed_in(market)
    await ENDS["password"](market, session)
    told = [[type(note).__name__ for _, note in batch.notes] for batch in store.inner.batches(0)]

    assert ["CustomerSaved", "SessionsEnded"] in told
    assert kept(market, store) == []
    with pytest.raises(CustomerRefused):
        await customers.logins.sign_in("alice", OLD, Visitor())


@pytest.mark.parametrize("way", ENDS)
async def test_a_refused_end_leaves_the_session_as_it_was(
    market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch, clock: ManualClock, way: str
) -> None:
    """Overloaded comes before anything changed; so with a sign of life, and with a session that is not opened."""
    sessions = market.venue.customers.sessions
    session = await signed_in(market)
    before = kept(market, store)
    clock.advance(2 * NOTED_NS)
    session.seen_ns = clock.now_ns()
    with monkeypatch.context() as crowded:
        crowded.setattr(sequencer_module, "WAITING_MAX", 0)
        for refused in (
            ENDS[way](market, session),
            sessions.note(session),
            sessions.open(market.alice.id, is_proven=True),
        ):
            with pytest.raises(Overloaded):
                await refused

    assert sessions.is_open(session) and kept(market, store) == before
    await sessions.note(session)
    assert store.inner is not None
    (held,) = recover(store.inner).folds.of(SessionsFold).by_digest.values()
    assert held.seen_ns == session.seen_ns
    await ENDS[way](market, session)
    assert kept(market, store) == []


async def test_the_place_of_a_session_that_is_over_is_nobodys(market: Market, store: Pausing) -> None:
    """Whatever order the log has them in."""
    session = await signed_in(market)
    await market.venue.customers.sessions.end(session)
    note = SessionOpened(session.account, "digest", 1, True, session.digest)
    await market.venue.sequencer.submit(RecordNote(), notes=(note,))

    assert kept(market, store) == []


async def test_sessions_go_on_behind_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """With whether they are proven."""
    token = await market.venue.customers.sessions.open(market.alice.id, is_proven=False)
    await market.venue.sequencer.stop()
    again = await open_market(store, clock)

    found = again.venue.customers.sessions.find(token.text)
    assert found is not None and (found.account, found.is_proven) == (market.alice.id, False)
    await again.venue.sequencer.stop()


async def test_a_fresh_proof_and_the_visitor_are_known_behind_a_restart_and_others_end_alone(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """The fold from the log is that of now; the address is sealed there, and told to its owner."""
    sessions = market.venue.customers.sessions
    mine = await signed_in(market)
    visitor = Visitor("198.51.100.9", "Firefox", "198.51.100.9")
    token = await sessions.open(market.alice.id, is_proven=True, visitor=visitor)
    other = sessions.find(token.text)
    assert other is not None and other.visitor == visitor and not sessions.is_stepped_up(mine)

    await sessions.prove(mine)
    assert await sessions.end_others(mine) == 1 and await sessions.end_others(mine) == 0

    held = recover(store.inner).folds.of(SessionsFold).by_digest[mine.digest]
    assert kept(market, store) == [mine.digest] and held.proven_ns == clock.now_ns()
    found = sessions.of_account(market.alice.id)[0]
    assert sessions.is_stepped_up(found)
    clock.advance(STEP_UP_NS)
    assert not sessions.is_stepped_up(found)


def test_sessions_of_an_older_snapshot_are_read() -> None:
    """They had no proof, and their notes no visitor."""
    before = msgspec.msgpack.encode([[[64, 16, "digest", 5, True, ""], 7]])
    fold = SessionsFold()

    fold.restore(before)

    held = fold.by_digest["digest"]
    assert (held.seen_ns, held.proven_ns, held.opened.visitor) == (7, 0, "")
