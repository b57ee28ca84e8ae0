"""Exact arithmetic whose intermediate products exceed 64 bits (its C twin: wide.pxd).

Every operand is non-negative unless said otherwise. A result beyond AMOUNT_MAX is answered as TOO_MUCH, never wrapped.
"""

from __future__ import annotations

from bedesten.core import codes


def scale(a: int, b: int, c: int) -> int:
    """Return a × b ÷ c rounded down."""
    return min(a * b // c, codes.TOO_MUCH)


def scale_up(a: int, b: int, c: int) -> int:
    """Return a × b ÷ c rounded up."""
    return min(-(-a * b // c), codes.TOO_MUCH)


def value(price: int, quantity: int, numerator: int, denominator: int) -> int:
    """Return price × quantity × numerator ÷ denominator rounded down."""
    return min(price * quantity * numerator // denominator, codes.TOO_MUCH)


def value_up(price: int, quantity: int, numerator: int, denominator: int) -> int:
    """Return price × quantity × numerator ÷ denominator rounded up."""
    return min(-(-price * quantity * numerator // denominator), codes.TOO_MUCH)


def charge(basis: int, rate_ppb: int, carry: int) -> int:
    """Return what is due on *basis* beyond what earlier charges overpaid (*carry*), rounded up to a minor unit.

    Units: rate parts per billion; carry billionths of a minor unit, may be negative.
    """
    return max(0, -(-(basis * rate_ppb - carry) // codes.PPB))


def carried(basis: int, rate_ppb: int, carry: int, charged: int) -> int:
    """Return the carry once *charged* was taken."""
    return charged * codes.PPB + carry - basis * rate_ppb
