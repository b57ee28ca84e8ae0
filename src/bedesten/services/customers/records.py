"""What is known of a customer: plain records. Never a password: its hash; never a code: its digest."""

from __future__ import annotations

from typing import Final

import msgspec

from bedesten.domain.customers import Status

LEVEL_MAX: Final = 3
VIP_LEVEL_MAX: Final = 9  # as many as a venue file has fee tiers for


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account. *account* is the ledger's number; *username* the ledger account's name.

    Units: *_ns instants of the venue's clock, 0: never.
    """

    account: int
    username: str
    email: str  # "": the customer was erased
    password_hash: str = ""  # "": nobody can sign in
    status: Status = Status.NOT_ACTIVATED
    level: int = 0
    vip_level: int = 0
    created_ns: int = 0
    language: str = ""
    login_failures: int = 0  # since the last login
    locked_until_ns: int = 0
    totp_secret: str = ""  # sealed with the customer's own data key; "": no authenticator is bound
    totp_step: int = 0  # of the last code that was accepted: a code is good once
    totp_failures: int = 0
    totp_locked_until_ns: int = 0

    @property
    def has_authenticator(self) -> bool:
        """Whether logins ask for a second factor."""
        return bool(self.totp_secret)

    @property
    def is_erased(self) -> bool:
        """Whether nobody can say any more who that was."""
        return not self.email
