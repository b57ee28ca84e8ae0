"""The doors: registration, sign-in and sign-out, captchas and verification codes.

Source: BITGIN API, Register & Login. A login answers without its token: it is the cookie's, as the examples have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.bitgin import shapes
from bedesten.dialects.bitgin.authentication import session_of
from bedesten.dialects.bitgin.client_info import visitor_of
from bedesten.dialects.bitgin.cookies import with_token
from bedesten.dialects.bitgin.endpoints_account import standing
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.error_map import REFUSALS, Words, in_our_words
from bedesten.dialects.bitgin.errors import BitginError
from bedesten.dialects.bitgin.parse import captcha_of, code_of, text_of
from bedesten.dialects.contract import Reply, Request
from bedesten.services.customers.outcome import CustomerRefused, Refused

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

#: A login's refusals have no words, but a count of what went wrong. Source: Login, response examples.
LOGIN: Final = {Refused.NO_NAME: 10003}


async def register(venue: Venue, request: Request, form: shapes.RegisterForm) -> Envelope:
    """Open an account and send a code to the e-mail address."""
    with in_our_words():
        await venue.customers.sign_ups.sign_up(
            form.username.strip(), form.email.strip(), form.password, visitor_of(request),
            captcha=(text_of(form.captchaId), text_of(form.captchaNumber)), language=form.lang or "",
        )  # fmt: skip
    return done(venue, None)


async def login(venue: Venue, request: Request, form: shapes.LoginForm) -> Reply:
    """Sign in; the token comes as a cookie."""
    captcha = captcha_of(form.captchaId, form.captchaNumber)
    try:
        signed_in = await venue.customers.logins.sign_in(
            form.loginName, form.password, visitor_of(request), captcha=captcha
        )
    except CustomerRefused as refusal:
        code = LOGIN.get(refusal.reason) or REFUSALS[refusal.reason].code
        raise BitginError(code, None, data={"wrongTime": refusal.failures}) from refusal
    customer = signed_in.customer
    data = {
        "email": customer.email,
        "username": customer.username,
        "userStatus": int(standing(venue, customer)),
        "is2FA": customer.has_authenticator,
        "isKyc": customer.level >= 1,
    }
    return with_token(request, done(venue, data, None), signed_in.token.text)


async def logout(venue: Venue, request: Request, form: None) -> Reply:
    """Sign out on this device."""
    session = session_of(venue, request)
    if session is not None:
        await venue.customers.logins.sign_out(session, visitor_of(request))
    return with_token(request, done(venue, None, "Logout"), "")


async def verify(venue: Venue, request: Request, form: shapes.VerifyForm) -> Envelope:
    """Prove an e-mail address."""
    with in_our_words({Refused.WRONG_CODE: Words(10022, succeeds=True)}):
        await venue.customers.sign_ups.verify(
            form.loginName, code_of(form.code), captcha_of(form.captchaId, form.captchaNumber)
        )
    return done(venue, None)


async def captcha_image(venue: Venue, request: Request, form: None) -> Envelope:
    """Return a picture to be read."""
    captcha = await venue.customers.captchas.make()
    return done(venue, {"img": captcha.image, "captchaId": captcha.id})


async def apply_code(venue: Venue, request: Request, form: shapes.CodeForm) -> Envelope:
    """Send a code by e-mail, or by text message to the number that is named."""
    phone = text_of(form.mobilePhone)
    by_text = {Refused.TOO_MANY_MESSAGES: Words(10018), Refused.BAD_PHONE: Words(10018)}
    with in_our_words(by_text if phone else None):
        number = await venue.customers.sign_ups.send_code(
            form.loginName, phone, visitor_of(request), captcha_of(form.captchaId, form.captchaNumber)
        )
    if phone:
        return done(venue, {"mobilePhone": number}, None)
    return done(venue, {"email": told_email(form.loginName.strip())}, None)


def told_email(login: str) -> str:
    """Return what anybody is told of the address behind a name: it follows from the name, so that nobody's reads alike."""
    return login.lower() if "@" in login else f"{login[:1]}{'*' * 6}@{'*' * 6}"
