"""What nobody confirms is given back by itself, an hour behind its request, however that hour passes."""

from __future__ import annotations

import asyncio

from bedesten.services.holds.holds import HELD_NS
from bedesten.services.sequencing.deadlines import PAUSE_NS
from tests.dialects.bitgin.money import account_of, frozen, mailed_link
from tests.dialects.bitgin.stand import Client, Stand, open_stand
from tests.dialects.bitgin.test_capital import send, status


async def passed(stand: Stand, length_ns: int) -> None:
    """Let time pass, and what is due be done though nobody asks anything."""
    stand.clock.advance(length_ns)
    sequencer = stand.venue.sequencer
    async with asyncio.timeout(20):
        while 0 < sequencer.state.machine.next_deadline_ns <= stand.clock.now_ns():  # noqa: ASYNC110
            await asyncio.sleep(0)
    await sequencer.read(lambda machine: None)


async def signed_in(stand: Stand, name: str) -> Client:
    """Return a customer who signs in anew: the session of an hour ago is over."""
    token = await stand.venue.customers.sessions.open(account_of(stand, name), is_proven=True)
    return Client(stand, token.text)


async def test_a_transfer_that_nobody_confirms_is_given_back(stand: Stand, alice: Client, bob: Client) -> None:
    """Not a moment too early; its link confirms nothing any more, and the history says that it was canceled."""
    audit = (await send(alice, 20)).data
    await passed(stand, HELD_NS - 1)
    alice = await signed_in(stand, "alice")
    assert await frozen(alice, "USDT") == (10**6, 20)

    await passed(stand, 1 + PAUSE_NS)

    assert await frozen(alice, "USDT") == (10**6, 0)
    assert await status(alice, audit) == 16
    assert (await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)).code == -2
    assert (await alice.get("/v1/capital/transfer/cancel", id=audit)).code == -2


async def test_a_transfer_whose_last_word_is_not_said_is_given_back(stand: Stand, alice: Client, bob: Client) -> None:
    """The link was followed, and then nothing more."""
    audit = (await send(alice, 20)).data
    await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))
    assert await status(alice, audit) == 25

    await passed(stand, HELD_NS + PAUSE_NS)
    alice, bob = await signed_in(stand, "alice"), await signed_in(stand, "bob")

    assert (await frozen(alice, "USDT"), await frozen(bob, "USDT")) == ((10**6, 0), (10**6, 0))
    assert (await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)).code == -2


async def test_a_transfer_is_given_back_over_a_restart(stand: Stand, alice: Client, bob: Client) -> None:
    """The hour passes while the venue is down: its next moment gives the money back."""
    audit = (await send(alice, 20)).data
    await stand.close()
    stand.clock.advance(HELD_NS)
    stand = await open_stand(stand.clock, stand.store)

    await passed(stand, PAUSE_NS)
    alice = await signed_in(stand, "alice")

    assert await frozen(alice, "USDT") == (10**6, 0)
    assert await status(alice, audit) == 16
    stand.venue.sequencer.state.machine.audit()
    await stand.close()


async def test_the_last_word_in_the_moment_of_the_end_moves_nothing(stand: Stand, alice: Client, bob: Client) -> None:
    """The command that would carry it out makes the time known at which it is over."""
    audit = (await send(alice, 20)).data
    await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))
    stand.clock.advance(HELD_NS)
    alice, bob = await signed_in(stand, "alice"), await signed_in(stand, "bob")

    answer = await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)

    assert answer.code == -2
    assert (await frozen(alice, "USDT"), await frozen(bob, "USDT")) == ((10**6, 0), (10**6, 0))
