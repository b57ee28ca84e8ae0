"""What is known of a customer: plain records, kept as JSON. Never a password: its hash; never a code: its digest."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

import msgspec

LEVEL_MAX: Final = 3
VIP_LEVEL_MAX: Final = 9  # as many as a venue file has fee tiers for


class Status(enum.IntEnum):
    """Where a customer stands with the venue. Kept: never renumber."""

    NORMAL = 1
    BLOCKED = 3  # may be paid, and nothing else
    NOT_ACTIVATED = 4  # the e-mail address is not verified yet
    DELETED = 5
    SUSPENDED = 6  # may look, and nothing else
    LOCKED = 7  # may not sign in
    NOT_TRADABLE = 8  # everything but trading


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account. *account* is the ledger's number; *username* the ledger account's name.

    Units: *_ns instants of the venue's clock, 0: never.
    """

    account: int
    username: str
    email: str  # in lower case
    password_hash: str = ""  # "": nobody can sign in
    status: Status = Status.NOT_ACTIVATED
    level: int = 0
    vip_level: int = 0
    created_ns: int = 0
    language: str = ""
    login_failures: int = 0  # since the last login
    locked_until_ns: int = 0
    totp_secret: str = ""  # sealed; "": no authenticator is bound
    totp_step: int = 0  # of the last code that was accepted: a code is good once
    totp_failures: int = 0
    totp_locked_until_ns: int = 0

    @property
    def has_authenticator(self) -> bool:
        """Whether logins ask for a second factor."""
        return bool(self.totp_secret)


class Allowed(NamedTuple):
    """What an account may do."""

    crypto_deposit: bool
    crypto_withdrawal: bool
    fiat_deposit: bool
    fiat_withdrawal: bool
    trade: bool
    transfer: bool


EVERYTHING: Final = Allowed(True, True, True, True, True, True)
NOTHING: Final = Allowed(False, False, False, False, False, False)


def allowed_to(status: Status, level: int) -> Allowed:
    """Return what a customer of that standing may do."""
    match status:
        case Status.NORMAL | Status.NOT_TRADABLE:
            return Allowed(
                crypto_deposit=level >= 1,
                crypto_withdrawal=level >= 2,
                fiat_deposit=level >= 3,
                fiat_withdrawal=level >= 3,
                trade=level >= 2 and status is Status.NORMAL,
                transfer=level >= 2,
            )
        case Status.BLOCKED:
            return NOTHING._replace(crypto_deposit=level >= 1, fiat_deposit=level >= 3)
        case Status.NOT_ACTIVATED | Status.DELETED | Status.SUSPENDED | Status.LOCKED:
            return NOTHING
