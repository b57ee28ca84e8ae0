"""Signing in and out: passwords, captchas after a few failures, lockout after more, and what is written down of it.

Whoever fails is never told whether the name exists: strangers' failures are counted like customers', and take the same work,
note for note.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final, NamedTuple

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.customers import Status
from bedesten.services import authority
from bedesten.services.customers.authenticators import Authenticators, Verdict
from bedesten.services.customers.captchas import Captchas
from bedesten.services.customers.failed_authentications import FailedAuthentications
from bedesten.services.customers.guesses import Asker, Guesses, Secret
from bedesten.services.customers.login_log import Activity, LoginLog, Visitor
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.passwords import Passwords, is_acceptable
from bedesten.services.customers.records import Customer
from bedesten.services.customers.register import Register
from bedesten.services.customers.sessions import Session, Sessions, Token

CAPTCHA_AFTER: Final = 3  # failures: the clients' pages ask for one then
LOCKED_AFTER: Final = 10  # failures: more than anybody mistypes who reads a captcha each time
LOCKOUT_NS: Final = 1_800 * NS_PER_S
SHUT: Final = (Status.DELETED, Status.LOCKED)  # nobody signs in
STRIPES: Final = 64  # of names that wait for one another: one guess at a name at a time


class SignedIn(NamedTuple):
    """Somebody who signed in. token: of a session that a second factor must still prove, where they have one."""

    customer: Customer
    token: Token


class Logins:
    """The doors."""

    def __init__(
        self, register: Register, passwords: Passwords, captchas: Captchas, sessions: Sessions,
        authenticators: Authenticators, guesses: Guesses, log: LoginLog, failed: FailedAuthentications, clock: Clock,
    ) -> None:  # fmt: skip
        self._register = register
        self._passwords = passwords
        self._captchas = captchas
        self._sessions = sessions
        self._authenticators = authenticators
        self._guesses = guesses
        self._log = log
        self._clock = clock
        self._failed = failed
        self._stripes = [asyncio.Lock() for _ in range(STRIPES)]

    async def sign_in(
        self, name: str, password: str, visitor: Visitor, *, captcha: tuple[str, str] | None = None
    ) -> SignedIn:
        """Sign a customer in by name or e-mail address; *captcha*: a picture's id and what is read there.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        customer = await self.prove(name, password, visitor, captcha=captcha)
        token = await self._sessions.open(customer.account, is_proven=not customer.has_authenticator, visitor=visitor)
        await self._log.note(customer.account, Activity.SIGNED_IN, visitor)
        return SignedIn(customer, token)

    async def prove(
        self, name: str, password: str, visitor: Visitor, *, captcha: tuple[str, str] | None = None
    ) -> Customer:
        """Return who has that name, or e-mail address, and password, and open no session; failures count as at a sign-in.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        name = name.strip()
        customer = self._register.by_login(name)
        who = str(customer.account) if customer is not None else name.lower()
        async with self._stripes[hashlib.sha256(who.encode(errors="replace")).digest()[0] % STRIPES]:
            failures = self._failed.failures(name)
            if not name:
                raise CustomerRefused(Refused.NO_NAME, failures=failures)
            if failures >= CAPTCHA_AFTER and not (captcha is not None and self._captchas.is_read(*captcha)):
                raise CustomerRefused(Refused.CAPTCHA, failures=failures)
            return await self._proven(name, password, visitor)

    async def give_second_factor(self, session: Session, code: str, visitor: Visitor) -> Token | Verdict:
        """Return the token of a proven session in place of one that waits for its second factor, or why not.

        Raises: Overloaded, Stopped.
        """
        verdict = await self._authenticators.check(session.account, code, None)
        if verdict is not Verdict.RIGHT:
            await self._log.note(session.account, Activity.SIGN_IN_FAILED, visitor)
            return verdict
        if not self._sessions.is_open(session):  # ended while the code was taken: by a new password, by the operator
            return Verdict.WRONG
        token = await self._sessions.open(session.account, is_proven=True, instead_of=session)
        return Verdict.WRONG if self._sessions.find(token.text) is None else token

    async def sign_out(self, session: Session, visitor: Visitor) -> None:
        """End a session.

        Raises: Overloaded, Stopped.
        """
        await self._sessions.end(session)
        await self._log.note(session.account, Activity.SIGNED_OUT, visitor)

    async def change_password(self, account: int, old: str, new: str, visitor: Visitor, asker: Asker) -> None:
        """Set a new password for whoever knows the old one, and sign them out everywhere.

        Wrong old passwords are counted for the session or key they came with: they lock nobody else out, and end the session. A
        lockout of sign-ins does not end or hinder existing sessions.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        customer = self._register.of_account(account)
        if customer is None:
            raise CustomerRefused(Refused.UNKNOWN_CUSTOMER)
        if not is_acceptable(new) or new == old:
            raise CustomerRefused(Refused.BAD_PASSWORD)
        async with self._stripes[hashlib.sha256(str(account).encode()).digest()[0] % STRIPES]:
            if self._guesses.is_spent(asker, Secret.PASSWORD) or not await self._knows(account, old):
                await self._guesses.note_wrong(asker, Secret.PASSWORD)
                await self._log.note(account, Activity.SIGN_IN_FAILED, visitor)
                raise CustomerRefused(Refused.WRONG_PASSWORD)
            self._guesses.note_right(asker, Secret.PASSWORD)
            kept = await self._passwords.hash(new)
            authority.recheck()
            with self._sessions.ending(account) as ended:
                await self._register.change(account, beside=(ended,), password_hash=kept)
        await self._log.note(account, Activity.PASSWORD_CHANGED, visitor)

    # ── inside ──

    async def _knows(self, account: int, password: str) -> bool:
        """Return whether that is the password of a customer who is in."""
        before = self._register.of_account(account)
        kept = before.password_hash if before is not None and before.status not in SHUT else ""
        is_right = await self._passwords.is_right(password, kept)
        customer = self._register.of_account(account)  # as the customer stands now
        return is_right and customer is not None and customer.password_hash == kept and customer.status not in SHUT

    async def _proven(self, name: str, password: str, visitor: Visitor) -> Customer:
        """Return the customer of that name and password; count the failure else."""
        kept = self._kept(self._register.by_login(name))
        is_right = await self._passwords.is_right(password, kept)
        # as the customer stands now: while the hash was made the password may have been changed, or the account shut
        customer = self._register.by_login(name)
        if is_right and customer is not None and self._kept(customer) == kept:
            if customer.login_failures or self._failed.failures(name):
                beside = (self._failed.forgotten(name),)
                await self._register.change(customer.account, login_failures=0, beside=beside)
                customer = self._register.by_login(name)  # while that was written, too
            if customer is not None and self._kept(customer) == kept:
                return customer
        if customer is None:
            failures = await self._failed.count(name, visitor, Activity.SIGN_IN_FAILED)
        else:
            failures = await self._count(customer, name, visitor)
        raise CustomerRefused(Refused.WRONG_PASSWORD, failures=failures)

    def _kept(self, customer: Customer | None) -> str:
        """Return the hash that opens a customer's door now; "": none does."""
        is_open = (
            customer is not None and customer.status not in SHUT and self._clock.now_ns() >= customer.locked_until_ns
        )
        return customer.password_hash if customer is not None and is_open else ""

    # What is told, and when a captcha is asked for, goes by what was typed, as for a name that is nobody's: one count for
    # both of a customer's names would tell that they are one customer's. The lockout goes by the customer.
    async def _count(self, customer: Customer, name: str, visitor: Visitor) -> int:
        current, tried = self._register.of_account(customer.account) or customer, self._failed.tried(name)
        failures, now_ns = current.login_failures + 1, self._clock.now_ns()
        if failures >= LOCKED_AFTER and now_ns >= current.locked_until_ns:
            changed, activity = {"locked_until_ns": now_ns + LOCKOUT_NS}, Activity.LOCKED_OUT
        else:
            changed, activity = {}, Activity.SIGN_IN_FAILED
        beside = (tried, self._log.of(current.account, activity, visitor))
        await self._register.change(current.account, beside=beside, login_failures=failures, **changed)
        return tried.failures
