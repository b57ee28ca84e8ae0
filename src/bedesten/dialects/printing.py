"""Printing by hand, fast: whole numbers as decimals, and texts as JSON has them.

Invariant: `quoted` is the one way of a text into what a dialect prints by hand, whoever looked at the text before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

TEXTS_MAX: Final = 16_384  # names repeat, in rows and on the sockets; client ids pass through

_encode: Final = msgspec.json.Encoder().encode


@lru_cache(maxsize=TEXTS_MAX)
def quoted(text: str | None) -> str:
    """Return a text as JSON with its quotes, or null."""
    return _encode(text).decode()


def decimal_printer(unit: int, scale: int) -> Callable[[int], str]:
    """Return a function that prints a count of *unit* ten to the minus *scale* with all its decimals: "59249.0"."""
    if scale == 0:
        return lambda count: str(count * unit)
    base = 10**scale

    def text(count: int) -> str:
        whole, fraction = divmod(count * unit, base)
        return f"{whole}.{fraction:0{scale}d}"

    return text
