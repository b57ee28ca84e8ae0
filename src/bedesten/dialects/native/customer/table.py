"""The rows of customers: signing up, passwords, the authenticator, and what they may see of themselves."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.customer import endpoints as at
from bedesten.dialects.native.customer import shapes
from bedesten.dialects.native.errors_customers import OF_REFUSED, OF_VERDICT
from bedesten.dialects.native.shapes import Page
from bedesten.services.customers.outcome import Refused
from bedesten.services.store_types import Permission

GROUP: Final = "Customers"
_VERDICTS: Final = tuple(reason.name for reason in OF_VERDICT.values())


def _why(*refused: Refused) -> tuple[str, ...]:
    return tuple(OF_REFUSED[each].name for each in refused)


def endpoints(base: str) -> list[Endpoint]:
    """Return the rows below *base*."""
    return [*_doors(base), *_own(base), *_secrets(base)]


def _doors(base: str) -> list[Endpoint]:
    door = partial(Endpoint, method="POST", limit="doors", group=GROUP, reads="body", response=shapes.Done)
    sent = _why(Refused.CAPTCHA, Refused.NO_NAME, Refused.TOO_MANY_MESSAGES)
    signing_up = _why(
        Refused.CAPTCHA, Refused.USERNAME_TAKEN, Refused.EMAIL_TAKEN, Refused.BAD_USERNAME, Refused.BAD_EMAIL,
        Refused.BAD_PASSWORD, Refused.TOO_MANY_SIGN_UPS,
    )  # fmt: skip
    return [
        Endpoint(method="POST", path=f"{base}/captchas", call=at.make_captcha, response=shapes.MadeCaptcha, limit="doors",
                 group=GROUP, summary="A picture to be read"),
        door(path=f"{base}/sign_ups", call=at.sign_up, request=shapes.SignUpForm, response=shapes.Registered,
             reasons=signing_up, summary="Open an account; a code is sent to the e-mail address",
             example={"username": "newcomer", "email": "newcomer@bedesten.example", "password": "eight or more"}),
        door(path=f"{base}/sign_ups/verify", call=at.verify, request=shapes.VerifyForm,
             reasons=_why(Refused.CAPTCHA, Refused.NO_NAME, Refused.WRONG_CODE), summary="Prove an e-mail address",
             example={"login": "newcomer", "code": "000000"}),
        door(path=f"{base}/sign_ups/resend", call=at.send_code, request=shapes.LoginForm, reasons=sent,
             summary="Send the code again", example={"login": "newcomer"}),
        door(path=f"{base}/password/forgot", call=at.send_code, request=shapes.LoginForm, reasons=sent,
             summary="Send a code with which a new password is set", example={"login": "newcomer"}),
        door(path=f"{base}/password/reset", call=at.reset_password, request=shapes.ResetForm,
             reasons=_why(Refused.CAPTCHA, Refused.WRONG_CODE, Refused.BAD_PASSWORD),
             summary="Set a new password by a code; every session ends",
             example={"login": "newcomer", "code": "000000", "password": "another one"}),
    ]  # fmt: skip


def _own(base: str) -> list[Endpoint]:
    own = partial(
        Endpoint, group=GROUP, permission=Permission.READ, limit="query", reasons=_why(Refused.UNKNOWN_CUSTOMER)
    )
    return [
        own(method="GET", path=f"{base}/customer", call=at.customer, response=shapes.CustomerInfo,
            summary="What the venue knows of the customer, and what the account may do"),
        own(method="PATCH", path=f"{base}/customer", call=at.change_customer, request=shapes.CustomerChange, reads="body",
            response=shapes.CustomerInfo, signed_in=True, summary="Choose the language of messages",
            example={"language": "en"}),
        own(method="GET", path=f"{base}/security_log", call=at.security_log, response=Page[shapes.LogRow],
            summary="What happened to the account's access, newest first"),
    ]  # fmt: skip


def _secrets(base: str) -> list[Endpoint]:
    secret = partial(
        Endpoint,
        group=GROUP,
        permission=Permission.READ,
        limit="money",
        signed_in=True,
        step_up=True,
        reasons=_VERDICTS,
    )
    one = f"{base}/authenticator"
    return [
        secret(method="POST", path=f"{base}/password", call=at.change_password, request=shapes.PasswordForm, reads="body",
               response=shapes.Done, summary="Set a new password by the old one; every session ends",
               reasons=_why(Refused.WRONG_PASSWORD, Refused.BAD_PASSWORD),
               example={"old": "eight or more", "password": "another one"}),
        secret(method="POST", path=one, call=at.offer_authenticator, response=shapes.Offered,
               summary="A new secret for an authenticator app, told once"),
        secret(method="POST", path=f"{one}/bind", call=at.bind_authenticator, request=shapes.BindForm, reads="body",
               response=shapes.Done, summary="Bind the secret that was offered, by its first code",
               example={"secret": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "code": "000000"}),
        secret(method="DELETE", path=one, call=at.unbind_authenticator, request=shapes.UnbindQuery, response=shapes.Done,
               summary="Unbind the authenticator, by one of its codes", example={"code": "000000"}),
    ]  # fmt: skip
