"""Decimal text to whole numbers and back. Nothing in the house is a float."""

from __future__ import annotations

import re
from typing import Final, NewType

Ticks = NewType("Ticks", int)  # a price, in tick sizes of its instrument
Lots = NewType("Lots", int)  # a quantity, in lot sizes of its instrument
Amount = NewType("Amount", int)  # money, in minor units of its asset

AMOUNT_MAX: Final = (1 << 62) - 1  # so that the sum of any two amounts still fits 64 bits
PPM: Final = 1_000_000
PPB: Final = 1_000_000_000

_DECIMAL: Final = re.compile(r"([+-]?)(\d{1,20})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
_EXPONENT_MAX: Final = 40  # wider ones cannot name an amount, and would only cost memory


def to_units(text: str, *, scale: int) -> int:
    """Return the decimal *text* as a whole number of units of ten to the minus *scale*.

    Shape: digits with an optional fraction and exponent, as JSON writes numbers: "2e-05" reads as 0.00002.
    Raises: ValueError when *text* is not such a number, or is finer than *scale*.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(f"not a plain decimal: {text[:48]!r}")
    sign, whole, fraction, exponent = match.groups(default="")
    shift = int(exponent or 0)
    if abs(shift) > _EXPONENT_MAX:
        raise ValueError(f"exponent out of range: {text[:48]!r}")
    digits = whole + fraction
    places = scale + shift - len(fraction)  # how many zeros to add; negative: digits to drop
    if places >= 0:
        return int(sign + digits + "0" * places)
    kept, dropped = digits[:places], digits[places:]
    if dropped.strip("0"):
        raise ValueError(f"finer than {scale} decimal places: {text[:48]!r}")
    return int(sign + (kept or "0"))


def to_amount(text: str, *, scale: int) -> Amount:
    """Return the decimal *text* as an amount to be moved: above zero, and no more than an account can hold.

    Raises: ValueError when it is no such amount, or finer than *scale*.
    """
    units = to_units(text, scale=scale)
    if not 0 < units <= AMOUNT_MAX:
        raise ValueError(f"not above zero, or more than an account can hold: {text[:48]!r}")
    return Amount(units)


def to_text(units: int, *, scale: int, places: int | None = None) -> str:
    """Return *units* of ten to the minus *scale* as plain decimal text.

    Shape: all of *scale*'s decimals when *places* equals it; trailing zeros cut when *places* is None, but never fewer
    than *places* of them otherwise. No exponent, no "-0".
    """
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(scale + 1, "0")
    if scale == 0:
        whole, fraction = digits, ""
    else:
        whole, fraction = digits[:-scale], digits[-scale:]
    least = 0 if places is None else places
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def mul_div(a: int, b: int, c: int) -> int:
    """Return a × b ÷ c rounded down, for a, b ≥ 0 and c > 0."""
    return a * b // c
