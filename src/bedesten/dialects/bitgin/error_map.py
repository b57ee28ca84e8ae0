"""What customers' services refuse, in the venue's codes. Total: a test says so.

Source: BITGIN API, response examples of each endpoint; -2 with a name in brackets after "[empty loginName]".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bedesten.dialects.bitgin.errors import GENERAL, ILLEGAL, PARAMETER, RATE_LIMIT, BitginError
from bedesten.services.customers.authenticators import Verdict
from bedesten.services.customers.outcome import CustomerRefused, Refused


class Words(NamedTuple):
    """How a refusal reads."""

    code: int
    text: str | None = None
    succeeds: bool = False  # what the flag says


CODE_WRONG: Final = 10027

REFUSALS: Final[Mapping[Refused, Words]] = {
    Refused.CAPTCHA: Words(10083, "圖形验证码错误"),
    Refused.NO_NAME: Words(PARAMETER, "[empty loginName]"),
    Refused.WRONG_PASSWORD: Words(10006),
    Refused.USERNAME_TAKEN: Words(10086, "用户名或邮箱已存在"),
    Refused.EMAIL_TAKEN: Words(10013, "邮箱已存在"),
    Refused.BAD_USERNAME: Words(PARAMETER, "[invalid username]"),
    Refused.BAD_EMAIL: Words(PARAMETER, "[invalid email]"),
    Refused.BAD_PASSWORD: Words(PARAMETER, "[invalid password]"),
    Refused.WRONG_CODE: Words(CODE_WRONG),
    Refused.UNKNOWN_CUSTOMER: Words(10004),
    Refused.TOO_MANY_MESSAGES: Words(10063),
    Refused.BAD_PHONE: Words(10017, succeeds=True),
    Refused.PHONE_TAKEN: Words(10012, succeeds=True),
    Refused.TOO_MANY_SIGN_UPS: Words(GENERAL, "Registration is closed for now"),
    Refused.BAD_NAME: Words(PARAMETER, "[invalid name]"),
    Refused.BAD_GENDER: Words(PARAMETER, "[invalid gender]"),
    Refused.BAD_BIRTHDAY: Words(PARAMETER, "[invalid birthday]"),
    Refused.BAD_IDENTITY: Words(PARAMETER, "[invalid identityNumber]"),
    Refused.IDENTITY_TAKEN: Words(10031, succeeds=True),
    Refused.UNDER_REVIEW: Words(5601, succeeds=True),
    Refused.ALREADY_PASSED: Words(5605, succeeds=True),
    Refused.NOTHING_TOLD: Words(5606, succeeds=True),
    Refused.MISSING_IMAGE: Words(PARAMETER, "Missing image.", succeeds=True),
    Refused.MISSING_BANK: Words(PARAMETER, "Missing bank account.", succeeds=True),
    Refused.BAD_FILE: Words(PARAMETER, "Invalid file."),
    Refused.BAD_KIND: Words(PARAMETER, "Invalid type."),
    Refused.BAD_ANSWERS: Words(5608),
    Refused.NOT_NOW: Words(ILLEGAL, succeeds=True),
    Refused.NO_ROOM: Words(RATE_LIMIT, "Too many documents"),
}

VERDICTS: Final[Mapping[Verdict, Words]] = {
    Verdict.WRONG: Words(CODE_WRONG),
    Verdict.LOCKED: Words(10026),
    Verdict.NONE_BOUND: Words(10011, "您没有设置谷歌"),
    Verdict.NOT_OFFERED: Words(ILLEGAL),
}


@contextlib.contextmanager
def in_our_words(but: Mapping[Refused, Words] | None = None) -> Iterator[None]:
    """Turn what customers' services refuse into the venue's errors; *but*: where this endpoint says it otherwise."""
    try:
        yield
    except CustomerRefused as refusal:
        code, text, succeeds = (but or {}).get(refusal.reason) or REFUSALS[refusal.reason]
        raise BitginError(code, text, succeeds=succeeds) from refusal


def check_verdict(verdict: Verdict) -> None:
    """Return when a code was right.

    Raises: BitginError.
    """
    if verdict is not Verdict.RIGHT:
        code, text, succeeds = VERDICTS[verdict]
        raise BitginError(code, text, succeeds=succeeds)
