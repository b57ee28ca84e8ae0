"""Signing up, passwords, the authenticator, and what a customer may see of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from bedesten.dialects import browsers
from bedesten.dialects.contract import JSON, Reply, Request
from bedesten.dialects.native.customer import shapes
from bedesten.dialects.native.errors import Refused, wrong
from bedesten.dialects.native.errors_customers import OF_REFUSED, check_verdict, told
from bedesten.dialects.native.pages import asker_of, check_door, session_of
from bedesten.dialects.native.session.endpoints import captcha_of, secret_of
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.times import time_text
from bedesten.services.customers.login_log import Activity, Entry, browser_of
from bedesten.services.customers.outcome import Refused as Reason
from bedesten.services.customers.passwords import is_acceptable
from bedesten.services.customers.sign_ups import LANGUAGE

if TYPE_CHECKING:
    from bedesten.services.customers.records import Customer
    from bedesten.services.venue import Venue


async def make_captcha(venue: Venue, request: Request, form: None) -> shapes.MadeCaptcha:
    """Return a picture to be read."""
    made = await venue.customers.captchas.make()
    return shapes.MadeCaptcha(id=made.id, image=f"data:image/jpeg;base64,{made.image}")


async def sign_up(venue: Venue, request: Request, form: shapes.SignUpForm) -> shapes.Registered:
    """Open an account, and send a code to the e-mail address."""
    check_door(request)
    language = "" if isinstance(form.language, UnsetType) else form.language
    with told():
        customer = await venue.customers.sign_ups.sign_up(
            form.username.strip(), form.email.strip(), _new_secret(form.password), browsers.visitor_of(request),
            captcha=captcha_of(form.captcha) or ("", ""), language=language,
        )  # fmt: skip
    return shapes.Registered(username=customer.username, email=customer.email)


async def verify(venue: Venue, request: Request, form: shapes.VerifyForm) -> shapes.Done:
    """Prove an e-mail address by the code that was sent there."""
    check_door(request)
    with told():
        await venue.customers.sign_ups.verify(form.login, form.code, captcha_of(form.captcha))
    return shapes.Done()


async def send_code(venue: Venue, request: Request, form: shapes.LoginForm) -> shapes.Done:
    """Send a code by e-mail; whether anybody is called so is not told."""
    check_door(request)
    with told():
        await venue.customers.sign_ups.send_code(
            form.login, None, browsers.visitor_of(request), captcha_of(form.captcha)
        )
    return shapes.Done()


async def reset_password(venue: Venue, request: Request, form: shapes.ResetForm) -> shapes.Done:
    """Set a new password by a code that was sent by e-mail; every session ends."""
    check_door(request)
    with told():
        await venue.customers.sign_ups.reset_password(
            form.login, form.code, _new_secret(form.password), browsers.visitor_of(request), captcha_of(form.captcha)
        )
    return shapes.Done()


async def change_password(venue: Venue, request: Request, form: shapes.PasswordForm) -> Reply:
    """Set a new password by the old one; every session ends."""
    session = session_of(venue, request)
    with told():
        await venue.customers.logins.change_password(
            session.account, secret_of(form.old), _new_secret(form.password), browsers.visitor_of(request),
            asker_of(venue, request),
        )  # fmt: skip
    headers = [JSON, browsers.NO_STORE, await browsers.cookie(venue, "")]
    return Reply(200, msgspec.json.encode(shapes.Done()), headers)


async def customer(venue: Venue, request: Request, form: None) -> shapes.CustomerInfo:
    """Return what is known of the customer."""
    return _told(venue, customer_of(venue, request))


async def change_customer(venue: Venue, request: Request, form: shapes.CustomerChange) -> shapes.CustomerInfo:
    """Change what a customer chooses."""
    found = customer_of(venue, request)
    if not isinstance(form.language, UnsetType):
        if not LANGUAGE.fullmatch(form.language):
            raise wrong("language", "a language is called as in BCP 47: en, tr, zh-TW")
        found = await venue.customers.register.change(found.account, language=form.language)
    return _told(venue, found)


async def security_log(venue: Venue, request: Request, form: None) -> Page[shapes.LogRow]:
    """Return what happened to the account's access, newest first."""
    entries = await venue.customers.log.entries(customer_of(venue, request).account)
    return Page([_log_row(entry) for entry in entries])


async def offer_authenticator(venue: Venue, request: Request, form: None) -> Reply:
    """Offer a secret for an authenticator app, told once."""
    offer = venue.customers.authenticators.offer(customer_of(venue, request))
    body = msgspec.json.encode(shapes.Offered(secret=offer.secret, url=offer.url))
    return Reply(200, body, [JSON, browsers.NO_STORE])


async def bind_authenticator(venue: Venue, request: Request, form: shapes.BindForm) -> shapes.Done:
    """Bind the secret that was offered, by its first code."""
    account, visitor = customer_of(venue, request).account, browsers.visitor_of(request)
    check_verdict(await venue.customers.authenticators.bind(account, form.secret, form.code, asker_of(venue, request)))
    await venue.customers.log.note(account, Activity.AUTHENTICATOR_BOUND, visitor)
    return shapes.Done()


async def unbind_authenticator(venue: Venue, request: Request, form: shapes.UnbindQuery) -> shapes.Done:
    """Forget the secret, by one of its codes."""
    account, visitor = customer_of(venue, request).account, browsers.visitor_of(request)
    check_verdict(await venue.customers.authenticators.unbind(account, form.code, asker_of(venue, request)))
    await venue.customers.log.note(account, Activity.AUTHENTICATOR_REMOVED, visitor)
    return shapes.Done()


def customer_of(venue: Venue, request: Request) -> Customer:
    """Return the customer whose account asks.

    Raises: Refused for an account that the operator opened for nobody.
    """
    assert request.key is not None, "the row is private"
    found = venue.customers.of_account(request.key.account)
    if found is None:
        raise Refused(OF_REFUSED[Reason.UNKNOWN_CUSTOMER])
    return found


def _new_secret(password: str) -> str:
    if not is_acceptable(password):  # what was typed, too: its digest always has as many characters
        raise Refused(OF_REFUSED[Reason.BAD_PASSWORD], param="password")
    return secret_of(password)


def _told(venue: Venue, found: Customer) -> shapes.CustomerInfo:
    allowed = venue.standing.allowed(found.account)
    return shapes.CustomerInfo(
        username=found.username, email=found.email, status=venue.customers.register.status(found).name.lower(),
        level=found.level, vip_level=found.vip_level, has_authenticator=found.has_authenticator,
        may=[act for act, is_allowed in allowed._asdict().items() if is_allowed], created=time_text(found.created_ns),
        language=found.language or UNSET,
    )  # fmt: skip


def _log_row(entry: Entry) -> shapes.LogRow:
    browser = browser_of(entry.agent)
    return shapes.LogRow(
        time=time_text(entry.time_ns), activity=entry.activity.name.lower(), address=entry.address or UNSET,
        browser=browser.browser or UNSET, system=browser.system or UNSET,
    )  # fmt: skip
