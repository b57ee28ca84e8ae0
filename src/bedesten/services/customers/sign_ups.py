"""Becoming a customer: registration, the proof of an e-mail address, and a new password for whoever forgot theirs."""

from __future__ import annotations

import re
from typing import Final

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.customers import Status
from bedesten.domain.notes import Note
from bedesten.services.accounts.accounts import Accounts
from bedesten.services.customers import passwords as rules
from bedesten.services.customers import phones
from bedesten.services.customers.allowance import Allowance
from bedesten.services.customers.captchas import Captchas
from bedesten.services.customers.codes import Channel, Codes, Outcome
from bedesten.services.customers.failed_authentications import FailedAuthentications
from bedesten.services.customers.login_log import Activity, LoginLog, Visitor
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.passwords import Passwords
from bedesten.services.customers.records import Customer
from bedesten.services.customers.register import Register
from bedesten.services.customers.sessions import Sessions
from bedesten.services.errors import NameRefused, NameTaken
from bedesten.services.sequencing.ahead import whole

USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{2,31}", re.ASCII)
EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,255}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII
)
EMAIL_CHARS_MAX: Final = 254  # RFC 5321
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
FREE_MAX: Final = 3  # requests for a code, or with one, of an address within the time below: then each takes a captcha
FREE_NS: Final = 600 * NS_PER_S
WAITING_MAX: Final = 10_000  # sign-ups whose address is not proven: programs that read captchas do not fill the venue


class SignUps:
    """How customers come to be."""

    def __init__(
        self, register: Register, accounts: Accounts, passwords: Passwords, captchas: Captchas, codes: Codes,
        sessions: Sessions, log: LoginLog, failed: FailedAuthentications, clock: Clock,
    ) -> None:  # fmt: skip
        self._register = register
        self._accounts = accounts
        self._passwords = passwords
        self._captchas = captchas
        self._codes = codes
        self._sessions = sessions
        self._log = log
        self._failed = failed
        self._clock = clock
        self._free = Allowance(clock, FREE_MAX, FREE_NS)

    async def sign_up(
        self, username: str, email: str, password: str, visitor: Visitor, *, captcha: tuple[str, str],
        language: str = "",
    ) -> Customer:  # fmt: skip
        """Open an account for somebody whose e-mail address is still to be proven, and send a code there.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        if not self._captchas.is_read(*captcha):
            raise CustomerRefused(Refused.CAPTCHA)
        self._check(username, email, password)
        kept = await self._passwords.hash(password)
        spoken = language if LANGUAGE.fullmatch(language) else ""
        customer = await whole(self._enter(username, email.lower(), kept, spoken))
        await self._log.note(customer.account, Activity.REGISTERED, visitor)
        await self._codes.send(customer, customer.username, Channel.EMAIL, customer.email)
        return customer

    # The account and whose it is are told by one command; the names are looked at again, and claimed, in one step.
    async def _enter(self, username: str, email: str, password_hash: str, language: str) -> Customer:
        async def customer_of(number: int) -> list[Note]:
            customer = Customer(
                account=number, username=username, email=email, password_hash=password_hash,
                created_ns=self._clock.now_ns(), language=language,
            )  # fmt: skip
            return [self._register.prepare(customer)]

        self._check_free(username, email)
        with self._register.claim(username, email):
            try:
                account = await self._accounts.open(username, beside=customer_of)
            except (NameTaken, NameRefused) as error:
                raise CustomerRefused(Refused.USERNAME_TAKEN) from error
        customer = self._register.of_account(account.id)
        assert customer is not None, "it was told with the account"
        return customer

    def _check(self, username: str, email: str, password: str) -> None:
        if not USERNAME.fullmatch(username):
            raise CustomerRefused(Refused.BAD_USERNAME)
        if len(email) > EMAIL_CHARS_MAX or not EMAIL.fullmatch(email):
            raise CustomerRefused(Refused.BAD_EMAIL)
        if not rules.is_acceptable(password):
            raise CustomerRefused(Refused.BAD_PASSWORD)
        self._check_free(username, email)
        if self._register.waiting >= WAITING_MAX:
            raise CustomerRefused(Refused.TOO_MANY_SIGN_UPS)

    def _check_free(self, username: str, email: str) -> None:
        if not self._register.is_free(username) or self._accounts.resembles(username):
            raise CustomerRefused(Refused.USERNAME_TAKEN)
        if not self._register.is_free(email):
            raise CustomerRefused(Refused.EMAIL_TAKEN)

    async def send_code(
        self, login: str, phone: str | None, visitor: Visitor, captcha: tuple[str, str] | None = None
    ) -> str:
        """Send a code to a customer's e-mail address, or to a telephone number, and return that number ("": by e-mail).

        Whether somebody is called *login* is not told: nobody is answered alike.
        Raises: CustomerRefused; Overloaded, Stopped.
        """
        login = login.strip()
        if not login:
            raise CustomerRefused(Refused.NO_NAME)
        number = phones.canonical(phone) if phone else ""
        if number is None:
            raise CustomerRefused(Refused.BAD_PHONE)
        is_read = self._read(visitor, "send", captcha)
        customer = self._known(login)
        channel = Channel.TEXT if number else Channel.EMAIL
        to = number or (customer.email if customer is not None else "")
        outcome = await self._codes.send(customer, login, channel, to, is_read=is_read)
        if outcome is not Outcome.DONE:
            raise CustomerRefused(Refused.CAPTCHA if outcome is Outcome.CAPTCHA else Refused.TOO_MANY_MESSAGES)
        return number

    async def verify(self, login: str, code: str, captcha: tuple[str, str] | None = None) -> Customer:
        """Prove an e-mail address by the code that was sent there.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        login = login.strip()
        if not login:
            raise CustomerRefused(Refused.NO_NAME)
        customer = await self._redeemed(login, code, captcha is not None and self._captchas.is_read(*captcha))
        if customer.status is Status.NOT_ACTIVATED:
            customer = await self._register.change(customer.account, status=Status.NORMAL)
        return customer

    async def reset_password(
        self, login: str, code: str, password: str, visitor: Visitor, captcha: tuple[str, str] | None = None
    ) -> None:
        """Set a new password for whoever reads the customer's e-mail; sign everybody out, and forget failures and lockout.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        if not rules.is_acceptable(password):
            raise CustomerRefused(Refused.BAD_PASSWORD)
        is_read = self._read(visitor, "reset", captcha)
        customer = await self._redeemed(login.strip(), code, is_read)
        kept = await self._passwords.hash(password)
        with self._sessions.ending(customer.account) as ended:
            forgotten = [self._failed.forgotten(name) for name in (customer.username, customer.email)]
            await self._register.change(
                customer.account, beside=(ended, *forgotten), password_hash=kept, login_failures=0, locked_until_ns=0
            )
        await self._log.note(customer.account, Activity.PASSWORD_FORGOTTEN, visitor)

    async def _redeemed(self, login: str, code: str, is_read: bool) -> Customer:
        customer = self._known(login)
        outcome = await self._codes.redeem(customer, login, Channel.EMAIL, code, is_read=is_read)
        if outcome is Outcome.CAPTCHA:
            raise CustomerRefused(Refused.CAPTCHA)
        if customer is None or outcome is not Outcome.DONE:
            raise CustomerRefused(Refused.WRONG_CODE)
        return self._register.of_account(customer.account) or customer

    def _read(self, visitor: Visitor, what: str, captcha: tuple[str, str] | None) -> bool:
        """Return whether somebody read a captcha, which they must whose address asked for the same often enough lately.

        Raises: CustomerRefused.
        """
        is_read = captcha is not None and self._captchas.is_read(*captcha)
        if not self._free.take((visitor.network, what)) and not is_read:
            raise CustomerRefused(Refused.CAPTCHA)
        return is_read

    def _known(self, login: str) -> Customer | None:
        customer = self._register.by_login(login)
        return None if customer is None or customer.status is Status.DELETED else customer
