"""Refusals of the market data: what the public API says of a parameter that it cannot read.

Source: the answers recorded in ccxt's btse.py 4.5.90.
"""

from __future__ import annotations

from bedesten.dialects.btse.errors import PUBLIC_PARAMETER, BtseError, Shape


def wrong(message: str) -> BtseError:
    """Return the refusal of a parameter's value."""
    return BtseError(PUBLIC_PARAMETER, f"Request parameter is invalid: {message}", verbatim=True, shape=Shape.A)
