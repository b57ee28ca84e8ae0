"""Confirmations: what goes on only when its customer says so with a code that was sent by e-mail.

Owns the codes, as digests that are sealed for their customer, so that nobody guesses them from a copy of the store. What is
confirmed is known by the number of its hold, whose note says that it waits; so a crash between the two leaves it waiting, and
never lets it go. Never moves money. Invariant: a code is good for one hold, for a time,
for a few tries; what was confirmed stays so while it is held.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from bedesten.clock import Clock
from bedesten.domain.commands import Command, RecordNote
from bedesten.domain.events import Rejected
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import ConfirmationAsked, ConfirmationTried, Confirmed
from bedesten.services.holds.fold_confirmations import Confirmation, ConfirmationsFold, advanced
from bedesten.services.ports import DataKeys
from bedesten.services.sealing.owners import owner_of
from bedesten.services.sequencing.ahead import Ahead
from bedesten.services.sequencing.sequencer import Sequencer

LIFETIME_NS: Final = 30 * 60 * 1_000_000_000  # an e-mail that takes its time
TRIES_MAX: Final = 5  # of a million codes
RESEND_NS: Final = 60 * 1_000_000_000  # between two e-mails about the same thing
CODE_DIGITS: Final = 6
TOKEN_BYTES: Final = 16  # of a code that comes as a link

#: Sends an e-mail to the customer of an account: account, what it is about, the code.
Mail = Callable[[int, str, str], Awaitable[None]]


class ConfirmRefusal(enum.Enum):
    """Why a code confirms nothing."""

    UNKNOWN = "nothing of this customer's waits for a code"
    EXPIRED = "the code is too old"
    EXHAUSTED = "too many wrong codes; ask for a new one"
    WRONG = "the code is wrong"
    NOT_ALLOWED = "the customer may not do this now"


class Confirmations:
    """Everything that waits for a code or has had it."""

    def __init__(
        self, sequencer: Sequencer, vault: DataKeys, clock: Clock, mail: Mail, randomness: Callable[[int], bytes]
    ) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._mail = mail
        self._randomness = randomness
        self._fold = sequencer.state.folds.of(ConfirmationsFold)
        self._ahead: Ahead[int, Confirmation | None] = Ahead()

    def is_confirmed(self, hold_id: int) -> bool:
        """Return whether the customer said that it may go on."""
        found = self._fold.by_hold.get(hold_id)
        return found is not None and found.is_confirmed

    async def ask(self, hold_id: int, account: int, about: str, *, is_link: bool = False) -> None:
        """Send the customer a code, of digits to be typed or of a link to be followed.

        Raises: Overloaded, Stopped.
        """
        drawn = self._randomness(TOKEN_BYTES)
        code = f"{hold_id}-{drawn.hex()}" if is_link else f"{int.from_bytes(drawn) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
        owner = owner_of(account)
        if not self._vault.has(owner):  # an account of whom nobody is a customer
            self._vault.draw(owner)
        sealed = self._vault.sealing(owner).seal(_digest(hold_id, code), confirmation_purpose(hold_id))
        await self._tell(hold_id, ConfirmationAsked(hold_id, account, about, sealed, self._clock.now_ns(), is_link))
        await self._mail(account, about, code)

    async def ask_again(self, hold_id: int, account: int, about: str, *, is_link: bool = False) -> bool:
        """Send a new code, which alone is good from then on; False: one was sent a moment ago, or none is needed any more.

        Raises: Overloaded, Stopped.
        """
        found = self._found(hold_id)
        if found is not None and (found.is_confirmed or self._clock.now_ns() < found.asked.sent_ns + RESEND_NS):
            return False
        await self.ask(hold_id, account, about, is_link=is_link)
        return True

    async def confirm(
        self, hold_id: int, account: int, code: str, may: Callable[[], bool], goes_on: Command | None = None
    ) -> ConfirmRefusal | None:
        """Take a code; None: it is confirmed, now or before by any code. *may* tells whether the customer may say so now.

        *goes_on*: the command that the customer's word sets off. They are one: where it is refused, because the hold is over,
        nothing is confirmed.
        Raises: Overloaded, Stopped.
        """
        found = self._found(hold_id)
        if found is None or found.asked.account != account:
            return ConfirmRefusal.UNKNOWN
        if not may():
            return ConfirmRefusal.NOT_ALLOWED
        if found.is_confirmed:
            if (committed := self._ahead.under_way(hold_id)) is not None:
                await asyncio.shield(committed)
            return None if self.is_confirmed(hold_id) else ConfirmRefusal.EXPIRED
        if self._clock.now_ns() >= found.asked.sent_ns + LIFETIME_NS:
            return ConfirmRefusal.EXPIRED
        if found.failures >= TRIES_MAX:
            return ConfirmRefusal.EXHAUSTED
        if not self._vault.has(owner_of(account)):  # whose word it waited for was erased
            return ConfirmRefusal.UNKNOWN
        digest = self._vault.sealing(owner_of(account)).unseal(found.asked.digest, confirmation_purpose(hold_id))
        if not hmac.compare_digest(digest, _digest(hold_id, code)):
            await self._tell(hold_id, ConfirmationTried(hold_id))
            return ConfirmRefusal.WRONG
        done = await self._tell(hold_id, Confirmed(hold_id), goes_on or RecordNote())
        return None if done else ConfirmRefusal.EXPIRED

    def _found(self, hold_id: int) -> Confirmation | None:
        return self._ahead.of(hold_id, self._fold.by_hold.get(hold_id))

    async def _tell(self, hold_id: int, note: Note, beside: Command = RecordNote()) -> bool:  # noqa: B008  immutable
        committed = self._sequencer.submit(beside, notes=(note,))
        self._ahead.put(hold_id, advanced(self._found(hold_id), note), committed)
        result = await asyncio.shield(committed)
        return not any(isinstance(event, Rejected) for event in result.events)


def confirmation_purpose(hold_id: int) -> str:
    """Return what the digest of a confirmation's code is sealed for. Part of what is stored: it never changes."""
    return f"code that confirms hold {hold_id}"


def linked_hold(code: str) -> int | None:
    """Return the hold that a link's code is for."""
    number, dash, _ = code.partition("-")
    return int(number) if dash and number.isascii() and number.isdigit() and len(number) < len(str(1 << 63)) else None


def _digest(hold_id: int, code: str) -> str:
    return hashlib.sha256(f"{hold_id}:{code}".encode()).hexdigest()
