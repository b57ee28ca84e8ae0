"""Printing whole numbers as decimals, fast: what is known of an instrument is worked out once, and the rest is one division."""

from __future__ import annotations

from collections.abc import Callable


def decimal_printer(unit: int, scale: int) -> Callable[[int], str]:
    """Return a function that prints a count of *unit* ten to the minus *scale* with all its decimals: "59249.0"."""
    if scale == 0:
        return lambda count: str(count * unit)
    base = 10**scale

    def text(count: int) -> str:
        whole, fraction = divmod(count * unit, base)
        return f"{whole}.{fraction:0{scale}d}"

    return text
