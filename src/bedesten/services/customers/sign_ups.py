"""Becoming a customer: registration, the proof of an e-mail address, and a new password for whoever forgot theirs."""

from __future__ import annotations

import re
from typing import Final

from bedesten.clock import Clock
from bedesten.services.customers import passwords as rules
from bedesten.services.customers import phones
from bedesten.services.customers.captchas import Captchas
from bedesten.services.customers.codes import Channel, Codes
from bedesten.services.customers.login_log import Activity, LoginLog, Visitor
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.passwords import Passwords
from bedesten.services.customers.records import Customer, Status
from bedesten.services.customers.register import Register
from bedesten.services.customers.sessions import Sessions
from bedesten.services.errors import NameRefused, NameTaken
from bedesten.services.money.accounts import Accounts

USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{2,31}", re.ASCII)
EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,255}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII
)
EMAIL_CHARS_MAX: Final = 254  # RFC 5321
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
WAITING_MAX: Final = 10_000  # sign-ups whose address is not proven: programs that read captchas do not fill the venue


class SignUps:
    """How customers come to be."""

    def __init__(
        self, register: Register, accounts: Accounts, passwords: Passwords, captchas: Captchas, codes: Codes,
        sessions: Sessions, log: LoginLog, clock: Clock,
    ) -> None:  # fmt: skip
        self._register = register
        self._accounts = accounts
        self._passwords = passwords
        self._captchas = captchas
        self._codes = codes
        self._sessions = sessions
        self._log = log
        self._clock = clock

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
        try:
            account = await self._accounts.open(username)
        except (NameTaken, NameRefused) as error:
            raise CustomerRefused(Refused.USERNAME_TAKEN) from error
        customer = Customer(
            account=account.id, username=username, email=email.lower(), password_hash=kept,
            created_ns=self._clock.now_ns(), language=language if LANGUAGE.fullmatch(language) else "",
        )  # fmt: skip
        try:
            customer = await self._register.add(customer)
        except NameTaken as error:  # somebody came in between; the account stays, empty and nobody's
            raise CustomerRefused(Refused.EMAIL_TAKEN) from error
        await self._log.note(account.id, Activity.REGISTERED, visitor)
        await self._codes.send(customer, Channel.EMAIL, customer.email)
        return customer

    def _check(self, username: str, email: str, password: str) -> None:
        if not USERNAME.fullmatch(username):
            raise CustomerRefused(Refused.BAD_USERNAME)
        if len(email) > EMAIL_CHARS_MAX or not EMAIL.fullmatch(email):
            raise CustomerRefused(Refused.BAD_EMAIL)
        if not rules.is_acceptable(password):
            raise CustomerRefused(Refused.BAD_PASSWORD)
        if self._register.by_username(username) is not None or self._accounts.resembles(username):
            raise CustomerRefused(Refused.USERNAME_TAKEN)
        if self._register.by_email(email) is not None:
            raise CustomerRefused(Refused.EMAIL_TAKEN)
        if self._register.waiting >= WAITING_MAX:
            raise CustomerRefused(Refused.TOO_MANY_SIGN_UPS)

    async def send_code(self, login: str, phone: str | None = None) -> str:
        """Send a code to a customer's e-mail address, or to a telephone number, and return where it went.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        customer = self._known(login)
        if not phone:
            to = customer.email
            is_sent = await self._codes.send(customer, Channel.EMAIL, to)
        else:
            number = phones.canonical(phone)
            if number is None:
                raise CustomerRefused(Refused.BAD_PHONE)
            to = number
            is_sent = await self._codes.send(customer, Channel.TEXT, to)
        if not is_sent:
            raise CustomerRefused(Refused.TOO_MANY_MESSAGES)
        return to

    async def verify(self, login: str, code: str) -> Customer:
        """Prove an e-mail address by the code that was sent there.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        customer = self._register.by_login(login.strip())
        if not login.strip():
            raise CustomerRefused(Refused.NO_NAME)
        if customer is None or not await self._codes.redeem(customer.account, Channel.EMAIL, code):
            raise CustomerRefused(Refused.WRONG_CODE)
        if customer.status is Status.NOT_ACTIVATED:
            customer = await self._register.change(customer.account, status=Status.NORMAL)
        return customer

    async def reset_password(self, login: str, code: str, password: str, visitor: Visitor) -> None:
        """Set a new password for whoever reads the customer's e-mail; sign everybody out and end a lockout.

        Raises: CustomerRefused; Overloaded, Stopped.
        """
        if not rules.is_acceptable(password):
            raise CustomerRefused(Refused.BAD_PASSWORD)
        customer = self._register.by_login(login.strip())
        if customer is None or not await self._codes.redeem(customer.account, Channel.EMAIL, code):
            raise CustomerRefused(Refused.WRONG_CODE)
        kept = await self._passwords.hash(password)
        await self._register.change(customer.account, password_hash=kept, login_failures=0, locked_until_ns=0)
        await self._sessions.end_all(customer.account)
        await self._log.note(customer.account, Activity.PASSWORD_FORGOTTEN, visitor)

    def _known(self, login: str) -> Customer:
        login = login.strip()
        if not login:
            raise CustomerRefused(Refused.NO_NAME)
        customer = self._register.by_login(login)
        if customer is None or customer.status is Status.DELETED:
            raise CustomerRefused(Refused.UNKNOWN_CUSTOMER)
        return customer
