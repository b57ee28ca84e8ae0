"""Customers, as far as the rules of a venue speak of them."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """Where a customer stands with the venue. Kept: never renumber."""

    NORMAL = 1
    BLOCKED = 3  # may be paid, look, and take back
    NOT_ACTIVATED = 4  # the e-mail address is not verified yet
    DELETED = 5
    SUSPENDED = 6  # may look and take back
    LOCKED = 7  # may not sign in, and keys are of no use
    NOT_TRADABLE = 8  # everything but trading
