"""Refusals about customers: every reason of the services has one on the wire, `customer.` before its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bedesten.dialects.native.errors import Refused as Problem
from bedesten.dialects.native.reasons import Reason
from bedesten.services.customers.authenticators import Verdict
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.errors import TooMany

_TOLD: Final[Mapping[Refused, tuple[int, str, str]]] = {  # status, the parameter that it is about, title
    Refused.CAPTCHA: (422, "captcha", "The picture has to be read"),
    Refused.NO_NAME: (422, "login", "A name or an e-mail address is needed"),
    Refused.WRONG_PASSWORD: (401, "password", "The name or the password is wrong, or the account is locked for now"),
    Refused.USERNAME_TAKEN: (409, "username", "The name is taken"),
    Refused.EMAIL_TAKEN: (409, "email", "The e-mail address has an account already"),
    Refused.BAD_USERNAME: (
        422,
        "username",
        "The name has 3 to 32 letters, digits, dots and dashes, and begins with none",
    ),
    Refused.BAD_EMAIL: (422, "email", "That is no e-mail address"),
    Refused.BAD_PASSWORD: (422, "password", "A password has 8 to 256 characters, and is not the one before"),
    Refused.WRONG_CODE: (422, "code", "The code is wrong, was used, or has expired"),
    Refused.UNKNOWN_CUSTOMER: (404, "", "The account has no customer"),
    Refused.TOO_MANY_MESSAGES: (429, "", "Too many codes were sent lately"),
    Refused.BAD_PHONE: (422, "phone", "That is no telephone number"),
    Refused.PHONE_TAKEN: (409, "phone", "The telephone number is another customer's"),
    Refused.TOO_MANY_SIGN_UPS: (503, "", "Too many people are signing up; come back later"),
    Refused.BAD_NAME: (422, "name", "A name is needed, as it stands on the document"),
    Refused.BAD_GENDER: (422, "gender", "That is no gender that the venue knows"),
    Refused.BAD_BIRTHDAY: (422, "birthday", "A birthday is a date of somebody of age"),
    Refused.BAD_IDENTITY: (422, "identity", "That is no number of an identity document"),
    Refused.IDENTITY_TAKEN: (409, "identity", "The identity number is another customer's"),
    Refused.UNDER_REVIEW: (409, "", "It is under review already"),
    Refused.ALREADY_PASSED: (409, "", "It was passed already"),
    Refused.NOTHING_TOLD: (409, "", "A step before this one is missing"),
    Refused.MISSING_IMAGE: (409, "", "A document is missing"),
    Refused.MISSING_BANK: (409, "", "A bank account is missing"),
    Refused.BAD_FILE: (422, "file", "The file is no picture that can be read, or is too large"),
    Refused.BAD_KIND: (422, "kind", "There is no such kind of document"),
    Refused.BAD_ANSWERS: (422, "answers", "The answers cannot be read"),
    Refused.NOT_NOW: (409, "", "The level before is not passed, or this one is passed or under review"),
    Refused.NO_ROOM: (503, "", "The venue takes no more documents for now"),
}
OF_REFUSED: Final = {
    refused: Reason(f"customer.{refused.name.lower()}", status, title) for refused, (status, _, title) in _TOLD.items()
}
_VERDICTS: Final[Mapping[Verdict, tuple[int, str]]] = {
    Verdict.WRONG: (422, "The code of the authenticator is wrong, or was used"),
    Verdict.LOCKED: (429, "Too many wrong codes: come back in two hours"),
    Verdict.NONE_BOUND: (409, "No authenticator is bound"),
    Verdict.NOT_OFFERED: (409, "That secret was not offered, or an authenticator is bound already"),
}
OF_VERDICT: Final = {
    verdict: Reason(f"authenticator.{verdict.name.lower()}", status, title)
    for verdict, (status, title) in _VERDICTS.items()
}
SERVE_TLS: Final = Reason("customer.serve_tls", 403, "Nobody signs in here without TLS: serve TLS")
TOO_MANY_KEYS: Final = Reason("keys.too_many", 409, "The account has as many keys as it may")
KEY_NEEDS_ADDRESSES: Final = Reason("keys.needs_addresses", 422, "A key that withdraws needs a list of addresses")
REASONS: Final = (*OF_REFUSED.values(), *OF_VERDICT.values(), SERVE_TLS, TOO_MANY_KEYS, KEY_NEEDS_ADDRESSES)


def check_verdict(verdict: object) -> None:
    """Return if a code was right.

    Raises: Refused.
    """
    if isinstance(verdict, Verdict) and verdict is not Verdict.RIGHT:
        raise Problem(OF_VERDICT[verdict], param="code")


@contextmanager
def told() -> Iterator[None]:
    """Tell what the services refuse as problems."""
    try:
        yield
    except CustomerRefused as refusal:
        facts = {"failures": refusal.failures} if refusal.failures else None
        raise Problem(OF_REFUSED[refusal.reason], param=_TOLD[refusal.reason][1], facts=facts) from refusal
    except TooMany as refusal:
        raise Problem(TOO_MANY_KEYS, detail=str(refusal)) from refusal
