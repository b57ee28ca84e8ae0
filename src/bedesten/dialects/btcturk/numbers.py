"""Numbers and times as the venue writes them: exact text, made from integers.

Source: the recorded answers of BtcTurk's server, a .NET program: decimals keep trailing zeros where the database has them
("1023.5699999896000000", sixteen places), a zero is "0" or "0.0000000000000000", and times in doubles end in ".0".
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from bedesten.domain.money import to_text

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
PLACES_MAX: Final = 16  # decimals of the venue's database

#: The two ways in which a decimal is answered; of each struct's member it is one.
DecimalText = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
DecimalNumber = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "number"})]


def fixed(units: int, scale: int, places: int) -> str:
    """Return *units* of ten to the minus *scale* with exactly *places* decimals; further ones are rounded half up."""
    if places < scale:
        cut = 10 ** (scale - places)
        size = (2 * abs(units) + cut) // (2 * cut)
        units, scale = (size if units >= 0 else -size), places
    return to_text(units, scale=scale, places=places)


def whole_fixed(units: int, scale: int) -> str:
    """Return an amount as the venue's balances stand: sixteen decimals, but "0" for nothing."""
    return fixed(units, scale, PLACES_MAX) if units else "0"


def raw(text: str) -> msgspec.Raw:
    """Return a number to stand unquoted in what msgspec encodes."""
    return msgspec.Raw(text.encode())


def plain(units: int, scale: int) -> msgspec.Raw:
    """Return a number in its shortest form, unquoted."""
    return raw(to_text(units, scale=scale))


def hundredths(part: int, whole: int) -> int:
    """Return part ÷ whole in percent, counted in hundredths and rounded half away from zero; 0 without a whole."""
    if not whole:
        return 0
    size = (2 * abs(part) * 10_000 + whole) // (2 * whole)
    return size if part >= 0 else -size


def ms(time_ns: int) -> int:
    """Return a time in milliseconds."""
    return time_ns // NS_PER_MS
