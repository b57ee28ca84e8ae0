"""Numbers, texts and times as the venue's JSON writes them. Everything is printed from integers; nothing is ever a float.

Numbers take their shortest plain form: "1", "110000", "0.000000534". The venue writes the last one 5.34e-7, which is the
same JSON number; v3.2 samples write "1.0" for "1", which is too.
Source: BTSE spot API v3.2 and v3.3, response samples.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from bedesten.dialects.printing import quoted as text
from bedesten.domain.instruments import Instrument

__all__ = [
    "NS_PER_MS",
    "amount",
    "decimal",
    "flag",
    "json",
    "ms",
    "price",
    "ratio",
    "raw",
    "size",
    "text",
    "text_or_null",
]

NS_PER_MS: Final = 1_000_000
PPM_SCALE: Final = 6  # decimals of a part per million

#: Numbers whose text is kept: prices and sizes repeat, in rows and on the sockets. About 2 MB when full.
TEXTS_MAX: Final = 16_384

_encoder: Final = msgspec.json.Encoder()


@lru_cache(maxsize=TEXTS_MAX)
def decimal(units: int, scale: int) -> str:
    """Return *units* of ten to the minus *scale* in its shortest plain form."""
    if units < 0:
        return "-" + decimal(-units, scale)
    if not scale:
        return str(units)
    whole, fraction = divmod(units, 10**scale)
    return f"{whole}.{fraction:0{scale}d}".rstrip("0") if fraction else str(whole)


def price(instrument: Instrument, ticks: int) -> str:
    """Return a price in ticks as a number."""
    return decimal(ticks * instrument.tick_size, instrument.price_scale)


def size(instrument: Instrument, lots: int) -> str:
    """Return a quantity in lots as a number."""
    return decimal(lots * instrument.lot_size, instrument.quantity_scale)


def amount(instrument: Instrument, minor_units: int) -> str:
    """Return an amount of the quote asset as a number."""
    return decimal(minor_units, instrument.quote.scale)


def ratio(ppm: int) -> str:
    """Return parts per million as a fraction: 100000 is 0.1."""
    return decimal(ppm, PPM_SCALE)


def json(value: Any) -> str:
    """Return plain values as JSON."""
    return _encoder.encode(value).decode()


def text_or_null(value: str) -> str:
    """Return *value* as a JSON string, or null when it is empty."""
    return text(value) if value else "null"


def flag(value: object) -> str:
    """Return a JSON boolean."""
    return "true" if value else "false"


def ms(time_ns: int) -> int:
    """Return a time in milliseconds."""
    return time_ns // NS_PER_MS


def raw(number: str) -> msgspec.Raw:
    """Return *number* to stand unquoted in what msgspec encodes."""
    return msgspec.Raw(number.encode())
