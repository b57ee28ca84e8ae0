"""The watch over the chains: looks at them again and again, for deposits that are due and withdrawals that go on."""

from __future__ import annotations

import logging
from typing import Final

from bedesten.services.errors import Overloaded
from bedesten.services.money.confirmations import LIFETIME_NS
from bedesten.services.venue import Venue

UNCONFIRMED_NS: Final = 2 * LIFETIME_NS  # after which no code can confirm a withdrawal any more
BEAT_NS: Final = 1_000_000_000  # a block takes longer

_log = logging.getLogger("bedesten.chain_watch")


async def watch_chains(venue: Venue) -> None:
    """Credit deposits and take withdrawals further, for as long as the venue runs."""
    while True:
        try:
            await beat(venue)
        except Overloaded:
            _log.warning("the venue is busy: the chains are looked at again in a moment")
        await venue.clock.sleep_until_ns(venue.clock.now_ns() + BEAT_NS)


async def beat(venue: Venue) -> None:
    """Look once.

    Raises: Overloaded, Stopped.
    """
    await _give_back_unconfirmed(venue)
    await venue.sending.beat()
    await venue.wallets.beat()
    await venue.fiat.withdrawals.beat()


async def _give_back_unconfirmed(venue: Venue) -> None:
    """Give back what was asked to be sent over a network and never confirmed: its customer has no other way to have it back."""
    for each in venue.sending.open():
        is_waiting = each.must_confirm and not venue.fiat.confirmations.is_confirmed(each.id)
        if is_waiting and venue.clock.now_ns() >= each.requested_ns + UNCONFIRMED_NS:
            await venue.withdrawals.cancel(each.account, each.id)
