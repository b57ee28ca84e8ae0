"""Second factors: codes of an authenticator app, TOTP by RFC 6238, on the venue's clock. A code is good once.

Owns which secret is whose; a secret is told once, when it is made, and sealed from then on.
After several wrong codes at a login two hours must pass; who is in already and guesses is shut out alone.
"""

from __future__ import annotations

import base64
import enum
import hmac
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.notes import Note
from bedesten.services.customers.guesses import Asker, Guesses, Secret
from bedesten.services.customers.records import Customer
from bedesten.services.customers.register import Register
from bedesten.services.customers.saved import authenticator_purpose
from bedesten.services.ports import DataKeys
from bedesten.services.sealing.owners import owner_of

SECRET_BYTES: Final = 20  # RFC 4226 §4, R6: 160 bits
STEP_NS: Final = 30 * NS_PER_S
DRIFT: Final = 1  # steps that a telephone's clock may be off, either way
TRIES_MAX: Final = 5
LOCKOUT_NS: Final = 2 * 3_600 * NS_PER_S
OFFER_NS: Final = 600 * NS_PER_S  # how long a new secret waits to be bound
OFFERS_MAX: Final = 10_000  # secrets that wait; the oldest gives way


class Verdict(enum.Enum):
    """What is said of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "too many wrong ones: come back in two hours"
    NONE_BOUND = "no authenticator is bound"
    NOT_OFFERED = "that secret was not offered to this customer, or one is bound already"


class Offer(NamedTuple):
    """A new secret: as a person types it, and as an app reads it from a picture."""

    secret: str
    url: str


class Authenticators:
    """The authenticators of every customer. *issuer*: what apps show beside the name."""

    def __init__(
        self, register: Register, clock: Clock, vault: DataKeys, randomness: Callable[[int], bytes], guesses: Guesses,
        issuer: str = "Bedesten",
    ) -> None:  # fmt: skip
        self._register = register
        self._guesses = guesses
        self._clock = clock
        self._vault = vault
        self._randomness = randomness
        self._issuer = issuer
        self._offers: dict[int, tuple[str, int]] = {}  # account → secret and when the offer ends

    def offer(self, customer: Customer) -> Offer:
        """Return a new secret, to be bound with its first code; an earlier offer is void."""
        import pyotp

        secret = base64.b32encode(self._randomness(SECRET_BYTES)).decode()
        self._offers.pop(customer.account, None)
        self._offers[customer.account] = (secret, self._clock.now_ns() + OFFER_NS)
        if len(self._offers) > OFFERS_MAX:
            del self._offers[next(iter(self._offers))]
        url = pyotp.TOTP(secret).provisioning_uri(name=customer.username, issuer_name=self._issuer)
        return Offer(secret, url)

    async def bind(self, account: int, secret: str, code: str, asker: Asker) -> Verdict:
        """Bind the secret that was offered, when its code is right.

        Raises: Overloaded, Stopped.
        """
        customer = self._register.of_account(account)
        offered, expires_ns = self._offers.get(account, ("", 0))
        is_offered = hmac.compare_digest(offered.encode(), secret.encode()) and self._clock.now_ns() < expires_ns
        if customer is None or customer.has_authenticator or not offered or not is_offered:
            return Verdict.NOT_OFFERED
        if self._guesses.is_spent(asker, Secret.CODE):
            return Verdict.LOCKED
        step = self._step_of(secret, code, after=0)
        if step is None:
            return await self._missed(customer, asker)
        self._offers.pop(account, None)
        sealed = self._vault.sealing(owner_of(account)).seal(secret, authenticator_purpose(account))
        await self._register.change(account, totp_secret=sealed, totp_step=step, totp_failures=0)
        return Verdict.RIGHT

    async def check(self, account: int, code: str, asker: Asker | None) -> Verdict:
        """Say whether a code is right; it is good once. *asker*: a session or key that is proven already; None: a sign-in.

        At the door wrong codes are the customer's, whose password was told there; of who is in they are the session's or key's.

        Raises: Overloaded, Stopped.
        """
        customer = self._register.of_account(account)
        if customer is None or not customer.totp_secret:
            return Verdict.NONE_BOUND
        if (
            self._clock.now_ns() < customer.totp_locked_until_ns
            if asker is None
            else self._guesses.is_spent(asker, Secret.CODE)
        ):
            return Verdict.LOCKED
        sealing = self._vault.sealing(owner_of(account))
        secret = sealing.unseal(customer.totp_secret, authenticator_purpose(account))
        step = self._step_of(secret, code, after=customer.totp_step)
        if step is None:
            return await self._missed(customer, asker)
        if asker is not None:
            self._guesses.note_right(asker, Secret.CODE)
        await self._register.change(account, totp_step=step, totp_failures=0)
        return Verdict.RIGHT

    async def unbind(self, account: int, code: str, asker: Asker) -> Verdict:
        """Forget the secret, when its code is right.

        Raises: Overloaded, Stopped.
        """
        verdict = await self.check(account, code, asker)
        if verdict is Verdict.RIGHT:
            await self._register.change(account, totp_secret="", totp_step=0)
        return verdict

    async def forget(self, account: int, beside: Sequence[Note] = ()) -> None:
        """Forget the secret of a customer who lost the telephone: the operator's to decide. *beside*: told with it.

        Raises: Overloaded, Stopped.
        """
        await self._register.change(
            account, beside=beside, totp_secret="", totp_step=0, totp_failures=0, totp_locked_until_ns=0
        )

    async def _missed(self, customer: Customer, asker: Asker | None) -> Verdict:
        if asker is not None:
            return Verdict.LOCKED if await self._guesses.note_wrong(asker, Secret.CODE) else Verdict.WRONG
        failures = customer.totp_failures + 1
        if failures < TRIES_MAX:
            await self._register.change(customer.account, totp_failures=failures)
            return Verdict.WRONG
        until_ns = self._clock.now_ns() + LOCKOUT_NS
        await self._register.change(customer.account, totp_failures=0, totp_locked_until_ns=until_ns)
        return Verdict.LOCKED

    def _step_of(self, secret: str, code: str, *, after: int) -> int | None:
        """Return the step whose code that is, near the present and behind *after*."""
        import pyotp

        totp = pyotp.TOTP(secret)
        now = self._clock.now_ns() // STEP_NS
        found = None
        for step in range(now - DRIFT, now + DRIFT + 1):  # all of them, so that no answer comes sooner than another
            if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()) and step > after:
                found = step
        return found
