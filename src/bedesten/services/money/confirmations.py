"""Confirmations: what goes on only when its customer says so with a code that was sent by e-mail.

Owns the codes, as digests. What is confirmed is known by the number of its hold, whose text says that it waits; so a crash
between the two leaves it waiting, and never lets it go. Never moves money. Invariant: a code is good for one hold, for a time,
for a few tries; what was confirmed stays so.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "confirmation"  # of the records they are kept as
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


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one. Units: *_ns instants of the venue's clock."""

    account: int
    about: str
    digest: str
    sent_ns: int
    failures: int = 0
    is_confirmed: bool = False
    is_link: bool = False


class Confirmations:
    """Everything that waits for a code or has had it."""

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, mail: Mail, randomness: Callable[[int], bytes]
    ) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._mail = mail
        self._randomness = randomness
        self._by_hold = {
            int(name): msgspec.json.decode(text, type=Confirmation) for name, text in store.kept_records(KIND)
        }

    def is_confirmed(self, hold_id: int) -> bool:
        """Return whether the customer said that it may go on."""
        found = self._by_hold.get(hold_id)
        return found is not None and found.is_confirmed

    async def ask(self, hold_id: int, account: int, about: str, *, is_link: bool = False) -> None:
        """Send the customer a code, of digits to be typed or of a link to be followed.

        Raises: Overloaded, Stopped.
        """
        drawn = self._randomness(TOKEN_BYTES)
        code = f"{hold_id}-{drawn.hex()}" if is_link else f"{int.from_bytes(drawn) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
        await self._keep(
            hold_id,
            Confirmation(
                account=account,
                about=about,
                digest=_digest(hold_id, code),
                sent_ns=self._clock.now_ns(),
                is_link=is_link,
            ),
        )
        await self._mail(account, about, code)

    async def ask_again(self, hold_id: int, account: int, about: str, *, is_link: bool = False) -> bool:
        """Send a new code, which alone is good from then on; False: one was sent a moment ago, or none is needed any more.

        Raises: Overloaded, Stopped.
        """
        found = self._by_hold.get(hold_id)
        if found is not None and (found.is_confirmed or self._clock.now_ns() < found.sent_ns + RESEND_NS):
            return False
        await self.ask(hold_id, account, about, is_link=is_link)
        return True

    async def confirm(self, hold_id: int, account: int, code: str, may: Callable[[], bool]) -> ConfirmRefusal | None:
        """Take a code; None: it is confirmed, now or before by any code. *may* tells whether the customer may say so now.

        Raises: Overloaded, Stopped.
        """
        found = self._by_hold.get(hold_id)
        if found is None or found.account != account:
            return ConfirmRefusal.UNKNOWN
        if not may():
            return ConfirmRefusal.NOT_ALLOWED
        if found.is_confirmed:
            return None
        if self._clock.now_ns() >= found.sent_ns + LIFETIME_NS:
            return ConfirmRefusal.EXPIRED
        if found.failures >= TRIES_MAX:
            return ConfirmRefusal.EXHAUSTED
        if not hmac.compare_digest(found.digest, _digest(hold_id, code)):
            await self._keep(hold_id, msgspec.structs.replace(found, failures=found.failures + 1))
            return ConfirmRefusal.WRONG
        await self._keep(hold_id, msgspec.structs.replace(found, is_confirmed=True))
        return None

    async def _keep(self, hold_id: int, row: Confirmation) -> None:
        self._by_hold[hold_id] = row  # failures count at once; a confirmation that is not kept is lost with the process
        text = msgspec.json.encode(row).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(hold_id), text))


def linked_hold(code: str) -> int | None:
    """Return the hold that a link's code is for."""
    number, dash, _ = code.partition("-")
    return int(number) if dash and number.isascii() and number.isdigit() and len(number) < len(str(1 << 63)) else None


def _digest(hold_id: int, code: str) -> str:
    return hashlib.sha256(f"{hold_id}:{code}".encode()).hexdigest()
