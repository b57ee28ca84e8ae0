"""Verification codes: six digits by e-mail or text message that prove who reads them. Each is good once, for five minutes.

Owns the codes that are out, and how often they were asked for and guessed at. Whoever knows a name may ask and guess; so there
are two budgets of each, and the second is spent by those alone who read a captcha: strangers cannot use up what the owner needs.
Names that are nobody's are treated alike, to the last write. Never logs or keeps a code in the clear; the message that brings
it is the outbox's.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections import OrderedDict
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
TRIES_MAX: Final = 5  # wrong ones within a window, and as many again with a captcha each: ten in a million
MESSAGES_MAX: Final = 5  # to one customer by one channel within a window, and as many again with a captcha each
CODES_MAX: Final = 5  # good at once: whoever asks for a new one does not kill the owner's
STRANGERS_MAX: Final = 10_000  # names that are nobody's and were asked for; the one longest ago is forgotten
NOBODY: Final = "nobody"  # the record that is written for names that are nobody's
WINDOW_NS: Final = 600 * NS_PER_S
SALT_BYTES: Final = 16
STRANGER: Final = "?"  # before a name that is nobody's


class Channel(enum.Enum):
    """How a code reaches its reader."""

    EMAIL = "email"
    TEXT = "text"


class Outcome(enum.Enum):
    """What came of asking for a code, or of showing one."""

    DONE = "done"
    WRONG = "wrong"
    CAPTCHA = "too many lately: with a captcha"
    TOO_MANY = "too many lately"


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is good. to: the address or number that it proves."""

    to: str
    salt: str
    digest: str
    expires_ns: int


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of one customer and channel, newest first, and when messages went out and wrong ones were shown.

    read: with a captcha. to, salt, digest, expires_ns: of the one code that former versions kept.
    """

    to: str = ""
    salt: str = ""
    digest: str = ""
    expires_ns: int = 0
    sent_ns: tuple[int, ...] = ()
    sent_read_ns: tuple[int, ...] = ()
    wrong_ns: tuple[int, ...] = ()
    wrong_read_ns: tuple[int, ...] = ()
    good: tuple[Digest, ...] = ()


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
        kept = {name: msgspec.json.decode(text, type=Code) for name, text in store.kept_records(KIND) if name != NOBODY}
        self._codes = {name: _renewed(code) for name, code in kept.items()}
        self._strangers: OrderedDict[str, Code] = OrderedDict()

    async def send(
        self, customer: Customer | None, login: str, channel: Channel, to: str, *, is_read: bool = False
    ) -> Outcome:
        """Send a new code. customer None: nobody is called *login*, and nothing is sent. *is_read*: with a captcha.

        Raises: Overloaded, Stopped.
        """
        name, now_ns = _name(customer, login, channel), self._clock.now_ns()
        code = self._lately(name)
        before = code.sent_read_ns if is_read else code.sent_ns
        if len(before) >= MESSAGES_MAX:
            return Outcome.TOO_MANY if is_read else Outcome.CAPTCHA
        text = f"{int.from_bytes(self._randomness(8), 'big') % 10**DIGITS:0{DIGITS}d}"
        salt = self._randomness(SALT_BYTES).hex()
        made = Digest(to=to, salt=salt, digest=_digest(salt, text), expires_ns=now_ns + LIFETIME_NS)
        sent = {"sent_read_ns" if is_read else "sent_ns": (*before, now_ns)}
        await self._keep(name, msgspec.structs.replace(code, good=(made, *code.good)[:CODES_MAX], **sent))
        if customer is None:
            await self._write(NOBODY, self._strangers[name])  # in the place of the message
            return Outcome.DONE
        subject, body = words_of_code(customer.language, text)
        await self._outbox.send(channel.value, to, subject, body)
        return Outcome.DONE

    async def redeem(
        self, customer: Customer | None, login: str, channel: Channel, text: str, *, to: str | None = None,
        is_read: bool = False,
    ) -> Outcome:  # fmt: skip
        """Take a code that was sent to the customer, at *to* (None: wherever); it is good once.

        Raises: Overloaded, Stopped.
        """
        name, now_ns = _name(customer, login, channel), self._clock.now_ns()
        code = self._lately(name)
        wrong = code.wrong_read_ns if is_read else code.wrong_ns
        if len(wrong) >= TRIES_MAX:
            return Outcome.TOO_MANY if is_read else Outcome.CAPTCHA
        fits = [each for each in code.good if to in (None, each.to)]
        is_right = (
            sum(hmac.compare_digest(each.digest, _digest(each.salt, text)) for each in fits) > 0
        )  # all are looked at
        if is_right and customer is not None:
            await self._keep(name, msgspec.structs.replace(code, good=()))
            return Outcome.DONE
        missed = {"wrong_read_ns" if is_read else "wrong_ns": (*wrong, now_ns)}
        await self._keep(name, msgspec.structs.replace(code, **missed))
        return Outcome.WRONG

    def _lately(self, name: str) -> Code:
        """Return what is known under a name, without what is too old to count."""
        code, now_ns = self._codes.get(name) or self._strangers.get(name) or Code(), self._clock.now_ns()

        def within(instants: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(each for each in instants if now_ns - each < WINDOW_NS)

        return Code(
            sent_ns=within(code.sent_ns), sent_read_ns=within(code.sent_read_ns), wrong_ns=within(code.wrong_ns),
            wrong_read_ns=within(code.wrong_read_ns), good=tuple(each for each in code.good if now_ns < each.expires_ns),
        )  # fmt: skip

    async def _keep(self, name: str, code: Code) -> None:
        # known at once, so that a code is not used twice while the write waits
        if not name.startswith(STRANGER):
            self._codes[name] = code
            await self._write(name, code)
            return
        self._strangers[name] = code
        self._strangers.move_to_end(name)
        if len(self._strangers) > STRANGERS_MAX:
            self._strangers.popitem(last=False)
        await self._write(NOBODY, code)

    async def _write(self, name: str, code: Code) -> None:
        text = msgspec.json.encode(code).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, name, text))


def _name(customer: Customer | None, login: str, channel: Channel) -> str:
    who = f"{STRANGER}{login.lower()}" if customer is None else str(customer.account)
    return f"{who}/{channel.value}"


def _renewed(code: Code) -> Code:
    """Return a record of a former version as it is kept now."""
    if not code.digest:
        return code
    good = Digest(to=code.to, salt=code.salt, digest=code.digest, expires_ns=code.expires_ns)
    return Code(sent_ns=code.sent_ns, good=(good,))


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}/{text}".encode()).hexdigest()
