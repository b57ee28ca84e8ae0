"""What the shapes of all of BTSE's APIs are made of.

Numbers of requests are kept as the text that was sent (msgspec.Raw): clients send JSON numbers, in scientific notation too, or
strings. Fields that the venue ignores (reduceOnly, slide, includeOld, …) are not named: unknown fields are skipped.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Number = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        description="A JSON number, or a string holding one.", extra_json_schema={"type": ["number", "string"]}
    ),
]


class Body(msgspec.Struct, kw_only=True):
    """A JSON object."""


class SymbolQuery(Body):
    """A symbol, or every one."""

    symbol: str | None = None
