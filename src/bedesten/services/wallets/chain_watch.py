"""The watch over the chains: looks at them again and again, for deposits that are due and withdrawals that go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bedesten.services.money.confirmations import LIFETIME_NS
from bedesten.services.sequencing.loops import each_alone
from bedesten.services.venue import Venue
from bedesten.services.wallets.withdrawals import Withdrawal

UNCONFIRMED_NS: Final = 2 * LIFETIME_NS  # after which no code can confirm a withdrawal any more
BEAT_NS: Final = 1_000_000_000  # a block takes longer
LOOP: Final = "chains"  # its name where it fails


async def watch_chains(venue: Venue) -> None:
    """Credit deposits and take withdrawals further, for as long as the venue runs."""

    async def look() -> int:
        await beat(venue)
        return venue.clock.now_ns() + BEAT_NS

    await venue.loops.keep(LOOP, look)


async def beat(venue: Venue) -> None:
    """Look once; what fails in one part is left to the next look, and the others go on.

    Raises: Stopped.
    """
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "unconfirmed withdrawals": lambda: _give_back_unconfirmed(venue), "withdrawals": venue.sending.beat,
        "deposits": venue.wallets.beat,
    }  # fmt: skip
    for part, look in parts.items():
        with venue.loops.guard(LOOP, part):
            await look()


async def _give_back_unconfirmed(venue: Venue) -> None:
    """Give back what was asked to be sent over a network and never confirmed: its customer has no other way to have it back."""

    async def look(each: Withdrawal) -> None:
        is_waiting = each.must_confirm and not venue.fiat.confirmations.is_confirmed(each.id)
        if is_waiting and venue.clock.now_ns() >= each.requested_ns + UNCONFIRMED_NS:
            await venue.withdrawals.cancel(each.account, each.id)

    await each_alone(venue.sending.open(), look)
