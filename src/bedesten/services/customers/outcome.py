"""Why something about a customer was refused: values, which dialects translate."""

from __future__ import annotations

import enum


class Refused(enum.Enum):
    """Why not. Never renumber; no dialect may leave one out."""

    CAPTCHA = 1  # the picture was not read, or is needed and was not
    NO_NAME = 2
    WRONG_PASSWORD = 3  # or nobody of that name, or locked out: who asks is not told which
    USERNAME_TAKEN = 4
    EMAIL_TAKEN = 5
    BAD_USERNAME = 6
    BAD_EMAIL = 7
    BAD_PASSWORD = 8
    WRONG_CODE = 9
    UNKNOWN_CUSTOMER = 10
    TOO_MANY_MESSAGES = 11
    BAD_PHONE = 12
    PHONE_TAKEN = 13
    TOO_MANY_SIGN_UPS = 14
    BAD_NAME = 15
    BAD_GENDER = 16
    BAD_BIRTHDAY = 17
    BAD_IDENTITY = 18
    IDENTITY_TAKEN = 19
    UNDER_REVIEW = 20
    ALREADY_PASSED = 21
    NOTHING_TOLD = 22  # a step before this one is missing
    MISSING_IMAGE = 23
    MISSING_BANK = 24
    BAD_FILE = 25
    BAD_KIND = 26
    BAD_ANSWERS = 27
    NOT_NOW = 28  # the level before is not passed, or this one is passed or under review
    NO_ROOM = 29


class CustomerRefused(Exception):
    """A customer's request that is not granted: expected, and told in the dialect's words. *failures*: of logins so far."""

    def __init__(self, reason: Refused, *, failures: int = 0) -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.failures = failures
