"""A withdrawal that expires while it is being sent: whichever comes first in the log, it is paid or given back, never both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.chain.addresses import derive
from bedesten.domain.commands import AdvanceTime, RecordNote
from bedesten.domain.networks import AddressFormat
from bedesten.domain.notes import Confirmed
from bedesten.services.holds.confirmations import LIFETIME_NS
from bedesten.services.holds.holds import HELD_NS
from bedesten.services.ports import Destination
from bedesten.services.wallets.withdrawals import Withdrawal, WithdrawalState
from tests.properties.test_machine_is_naive import bounded
from tests.scenarios.wallets import BITCOIN, BTC, DEPTH, Stage

AWAY: Final = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
PURSE: Final = 10_000_000
AMOUNT: Final = 100_000


class Race:
    """A venue with one withdrawal that waits for its customer's word."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.codes: list[str] = []
        self.id = self.account = 0
        self.waited_ns = 0

    async def begin(self) -> None:
        """Ask for it."""
        alice = await self.stage.begin()
        self.account = alice.id
        await self.stage.venue.accounts.deposit(alice.id, "BTC", PURSE)
        asked = await self.stage.venue.network_withdrawals.request(
            alice.id, BTC, BITCOIN, AMOUNT, AWAY, fee_within=True, must_confirm=True
        )
        self.id = asked.id
        confirmations = self.stage.venue.fiat.confirmations

        async def mail(account: int, about: str, code: str) -> None:
            self.codes.append(code)

        confirmations._mail = mail
        await confirmations.ask(self.id, alice.id, "withdrawal")

    async def do(self, what: str) -> None:
        """Let one thing happen."""
        venue = self.stage.venue
        match what:
            case "confirm":
                await venue.network_withdrawals.confirm(self.account, self.id, self.codes[0])
            case "confirm as before":  # by an older program: the word alone, and the hold still expires
                await venue.sequencer.submit(RecordNote(), notes=(Confirmed(self.id),))
            case "cancel":
                await venue.withdrawals.cancel(self.account, self.id)
            case "approve":
                await venue.network_withdrawals.approve(self.id)
            case "look":
                await venue.network_withdrawals.beat()
            case "time":
                await venue.sequencer.submit(AdvanceTime())
            case "crash":
                await self.stage.crash()
            case "half an hour" | "to the end" | "a moment":
                self.wait(what)

    def wait(self, what: str) -> None:
        """Let time pass; no command makes it known."""
        left = max(0, HELD_NS - 1 - self.waited_ns)
        passed = {"half an hour": LIFETIME_NS - 1, "to the end": left, "a moment": 1}[what]
        self.stage.clock.advance(passed)
        self.waited_ns += passed

    async def looked_at(self) -> tuple[Withdrawal, object, int, int]:
        """Return the withdrawal, what was sent, total and held, all of one moment: the core's alarm may ring in between."""
        balance = self.stage.venue.accounts.balance
        while True:
            before = await balance(self.account, BTC)
            (row,) = await self.stage.venue.withdrawals.list(self.account)
            sent = await self.stage.chain.sent(self.id)
            if await balance(self.account, BTC) == before:
                return row, sent, before.total, before.held

    async def check(self) -> None:
        """What was given back was not sent, and what is sent is held or gone."""
        row, sent, total, held = await self.looked_at()
        match row.state:
            case WithdrawalState.CANCELED:
                assert sent is None and (total, held) == (PURSE, 0)
            case WithdrawalState.REQUESTED:
                assert (total, held) == (PURSE, AMOUNT)
            case WithdrawalState.SENT:
                assert sent is not None and (total, held) == (PURSE - AMOUNT, 0)


HAPPENINGS: Final = [
    "confirm", "confirm as before", "cancel", "approve", "look", "time", "crash", "half an hour", "to the end", "a moment",
]  # fmt: skip


@contextmanager
def racing() -> Iterator[tuple[asyncio.AbstractEventLoop, Race]]:
    """A venue of its own, with a withdrawal that waits."""
    loop, race = asyncio.new_event_loop(), Race(Stage())
    try:
        loop.run_until_complete(race.begin())
        yield loop, race
        loop.run_until_complete(race.stage.end())
    finally:
        loop.close()


def test_whatever_comes_first_decides() -> None:
    """In any order of words, looks, time and crashes; and in the end it is one or the other."""

    @bounded
    @given(st.lists(st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=3), min_size=1, max_size=8))
    def play(rounds: list[list[str]]) -> None:
        with racing() as (loop, race):
            for together in rounds:
                if "crash" in together:
                    for what in together:
                        loop.run_until_complete(race.do(what))
                else:
                    loop.run_until_complete(at_once(race, together))
                loop.run_until_complete(race.check())
            race.stage.clock.advance(HELD_NS)
            loop.run_until_complete(race.stage.blocks(DEPTH + 3))
            loop.run_until_complete(race.do("time"))
            loop.run_until_complete(race.check())
            assert race.stage.venue.network_withdrawals.open() == []

    play()


async def at_once(race: Race, together: list[str]) -> None:
    """Let several things happen in the same turn of the loop, so that their commands share a batch."""
    await asyncio.gather(*[race.do(what) for what in together])


@pytest.mark.parametrize("is_late", [False, True], ids=["sending first", "expiry first"])
async def test_the_step_and_the_end_have_one_order(is_late: bool) -> None:
    """A step that was decided on while the money was held is refused behind its end, and nothing is sent."""
    race = Race(Stage())
    await race.begin()
    await race.do("confirm as before")
    race.wait("to the end")
    if is_late:
        race.wait("a moment")
    assert race.stage.venue.holds.held(race.id) is not None  # nothing made the time known yet

    await race.do("look")
    race.wait("a moment")
    await race.do("time")

    await race.check()
    (row,) = await race.stage.venue.withdrawals.list(race.account)
    assert (row.state, await race.stage.chain.sent(race.id) is None) == (
        (WithdrawalState.CANCELED, True) if is_late else (WithdrawalState.REQUESTED, False)
    )
    await race.stage.end()
