"""Verification codes: six digits by e-mail or text message that prove who reads them. Each is good once, for five minutes.

Owns the codes that are out. Never logs or keeps one in the clear; the message that brings it is the outbox's.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Callable
from typing import Final

import msgspec

from bedesten.clock import NS_PER_S, Clock
from bedesten.services.customers.messages import words_of_code
from bedesten.services.customers.records import Customer
from bedesten.services.ports import Outbox, Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "code"  # of the records they are kept as: one of each customer and channel
DIGITS: Final = 6
LIFETIME_NS: Final = 300 * NS_PER_S
TRIES_MAX: Final = 5  # then the code is dead: a guesser gets five in a million
MESSAGES_MAX: Final = (
    5  # of one customer and channel within a window: a person asks again twice, a program would for ever
)
WINDOW_NS: Final = 600 * NS_PER_S
SALT_BYTES: Final = 16


class Channel(enum.Enum):
    """How a code reaches its reader."""

    EMAIL = "email"
    TEXT = "text"


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is out. to: the address or number that it proves. digest "": used, or guessed at too often."""

    to: str
    salt: str = ""
    digest: str = ""
    expires_ns: int = 0
    tries: int = 0
    sent_ns: tuple[int, ...] = ()  # when the last messages went out


class Codes:
    """The codes of every customer."""

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, outbox: Outbox, randomness: Callable[[int], bytes]
    ) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._randomness = randomness
        self._codes = {name: msgspec.json.decode(text, type=Code) for name, text in store.kept_records(KIND)}

    async def send(self, customer: Customer, channel: Channel, to: str) -> bool:
        """Send a new code, in whose place the last one is dead; False: too many were sent lately.

        Raises: Overloaded, Stopped.
        """
        name, now_ns = _name(customer.account, channel), self._clock.now_ns()
        before = self._codes.get(name)
        lately = [sent_ns for sent_ns in before.sent_ns if now_ns - sent_ns < WINDOW_NS] if before is not None else []
        if len(lately) >= MESSAGES_MAX:
            return False
        text = f"{int.from_bytes(self._randomness(8), 'big') % 10**DIGITS:0{DIGITS}d}"
        salt = self._randomness(SALT_BYTES).hex()
        await self._keep(
            name,
            Code(
                to=to, salt=salt, digest=_digest(salt, text), expires_ns=now_ns + LIFETIME_NS, sent_ns=(*lately, now_ns)
            ),
        )
        subject, body = words_of_code(customer.language, text)
        await self._outbox.send(channel.value, to, subject, body)
        return True

    async def redeem(self, account: int, channel: Channel, text: str, *, to: str | None = None) -> bool:
        """Return whether that is the customer's code, sent to *to* (None: wherever); it is good once.

        Raises: Overloaded, Stopped.
        """
        name = _name(account, channel)
        code = self._codes.get(name)
        if code is None or not code.digest:
            return False
        if self._clock.now_ns() >= code.expires_ns or (to is not None and to != code.to):
            return False
        is_right = hmac.compare_digest(code.digest, _digest(code.salt, text))
        tries = code.tries + 1
        is_spent = is_right or tries >= TRIES_MAX
        changed = msgspec.structs.replace(code, tries=tries, digest="" if is_spent else code.digest)
        await self._keep(name, changed)
        return is_right

    async def _keep(self, name: str, code: Code) -> None:
        # known at once, so that a code is not used twice while the write waits
        self._codes[name] = code
        text = msgspec.json.encode(code).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, name, text))


def _name(account: int, channel: Channel) -> str:
    return f"{account}/{channel.value}"


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}/{text}".encode()).hexdigest()
