"""Numbers as the venue prints them, from integers; nothing is ever a float.

A number is printed in its shortest form ("32.0752149") but for fees of the history, which have ten decimals ("15.0000000000",
"0E-10"). Source: BITGIN API, Wallet, response examples.
"""

from __future__ import annotations

from typing import Final

import msgspec

from bedesten.domain.money import to_text

FEE_DECIMALS: Final = 10


def number(units: int, scale: int) -> msgspec.Raw:
    """Return units of ten to the minus *scale* as a JSON number."""
    return msgspec.Raw(to_text(units, scale=scale).encode())


def fee_number(units: int, scale: int) -> msgspec.Raw:
    """Return a fee with its ten decimals."""
    if not units:
        return msgspec.Raw(f"0E-{FEE_DECIMALS}".encode())
    shift = FEE_DECIMALS - scale
    shown = units * 10**shift if shift >= 0 else units // 10**-shift
    return msgspec.Raw(to_text(shown, scale=FEE_DECIMALS, places=FEE_DECIMALS).encode())
