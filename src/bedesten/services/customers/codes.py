"""Verification codes: six digits by e-mail or text message that prove who reads them. Each is good once, for five minutes.

Owns the codes that are out, and how often they were asked for and guessed at. Whoever knows a name may ask and guess; so there
are two budgets of each, and the second is spent by those alone who read a captcha: strangers cannot use up what the owner needs.
Names that are nobody's are treated alike, to the last command. Never logs or keeps a code in the clear; the message that brings
it is the outbox's.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes.customers import CodeSent, CodeTried
from bedesten.services.customers.fold_codes import Code, CodesFold, Name, advanced, lately
from bedesten.services.customers.messages import words_of_code
from bedesten.services.customers.records import Customer
from bedesten.services.customers.saved import CODE_PURPOSE, CodeDigest
from bedesten.services.ports import DataKeys, Outbox
from bedesten.services.sealing.owners import owner_or_venue
from bedesten.services.sequencing.ahead import Ahead
from bedesten.services.sequencing.sequencer import Sequencer

DIGITS: Final = 6
LIFETIME_NS: Final = 300 * NS_PER_S
TRIES_MAX: Final = 5  # wrong ones within a window, and as many again with a captcha each: ten in a million
MESSAGES_MAX: Final = 5  # to one customer by one channel within a window, and as many again with a captcha each
STRANGERS_MAX: Final = 10_000  # names that are nobody's and were asked for; the one longest ago is forgotten
SALT_BYTES: Final = 16


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


class Codes:
    """The codes of every customer."""

    def __init__(
        self, sequencer: Sequencer, vault: DataKeys, clock: Clock, outbox: Outbox, randomness: Callable[[int], bytes]
    ) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._outbox = outbox
        self._randomness = randomness
        self._fold = sequencer.state.folds.of(CodesFold)
        self._ahead: Ahead[Name, Code] = Ahead()
        self._strangers: OrderedDict[str, Code] = OrderedDict()

    async def send(
        self, customer: Customer | None, login: str, channel: Channel, to: str, *, is_read: bool = False
    ) -> Outcome:
        """Send a new code. customer None: nobody is called *login*, and nothing is sent. *is_read*: with a captcha.

        Raises: Overloaded, Stopped.
        """
        account, now_ns = 0 if customer is None else customer.account, self._clock.now_ns()
        code = self._lately(account, login, channel)
        before = code.sent_read_ns if is_read else code.sent_ns
        if len(before) >= MESSAGES_MAX:
            return Outcome.TOO_MANY if is_read else Outcome.CAPTCHA
        text = f"{int.from_bytes(self._randomness(8), 'big') % 10**DIGITS:0{DIGITS}d}"
        salt = self._randomness(SALT_BYTES).hex()
        made = msgspec.json.encode(CodeDigest(to, salt, _digest(salt, text))).decode()
        sealed = self._vault.sealing(owner_or_venue(account)).seal(made, CODE_PURPOSE)
        note = CodeSent(account, channel.value, sealed, now_ns + LIFETIME_NS, is_read)
        await self._tell(note, code, login)
        if customer is None:
            await asyncio.shield(self._sequencer.submit(RecordNote(), notes=(note,)))  # in the place of the message
            return Outcome.DONE
        subject, body = words_of_code(customer.language, text)
        await self._outbox.send(channel.value, to, subject, body, account=account)
        return Outcome.DONE

    async def redeem(
        self, customer: Customer | None, login: str, channel: Channel, text: str, *, to: str | None = None,
        is_read: bool = False,
    ) -> Outcome:  # fmt: skip
        """Take a code that was sent to the customer, at *to* (None: wherever); it is good once.

        Raises: Overloaded, Stopped.
        """
        account = 0 if customer is None else customer.account
        code = self._lately(account, login, channel)
        wrong = code.wrong_read_ns if is_read else code.wrong_ns
        if len(wrong) >= TRIES_MAX:
            return Outcome.TOO_MANY if is_read else Outcome.CAPTCHA
        sealing = self._vault.sealing(owner_or_venue(account))
        good = [_opened(sealing.unseal(sealed, CODE_PURPOSE)) for sealed, _ in code.good]
        fits = [each for each in good if to in (None, each.to)]
        is_right = (
            sum(hmac.compare_digest(each.digest, _digest(each.salt, text)) for each in fits) > 0
        )  # all are looked at
        is_right = is_right and customer is not None
        await self._tell(CodeTried(account, channel.value, is_right, is_read), code, login)
        return Outcome.DONE if is_right else Outcome.WRONG

    def _lately(self, account: int, login: str, channel: Channel) -> Code:
        """Return what the next command finds of a customer's codes, or is known of a stranger's, as far as it counts."""
        name = (account, channel.value)
        if account:
            return lately(self._ahead.of(name, self._fold.codes.get(name, Code())), self._clock.now_ns())
        return lately(self._strangers.get(f"{login.lower()}/{channel.value}", Code()), self._clock.now_ns())

    async def _tell(self, note: CodeSent | CodeTried, code: Code, login: str) -> None:
        committed = self._sequencer.submit(RecordNote(), notes=(note,))
        after = advanced(code, note, self._clock.now_ns())
        if note.account:  # what follows finds it: a code is not used twice while its use waits
            self._ahead.put((note.account, note.channel), after, committed)
        else:
            name = f"{login.lower()}/{note.channel}"
            self._strangers[name] = after
            self._strangers.move_to_end(name)
            if len(self._strangers) > STRANGERS_MAX:
                self._strangers.popitem(last=False)
        await asyncio.shield(committed)


_opened: Final = msgspec.json.Decoder(CodeDigest).decode


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}/{text}".encode()).hexdigest()
