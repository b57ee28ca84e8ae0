"""What all of the API's requests and answers are made of. Decimals are texts, always; what is not there is left out.

Owns the types that many structs share. Times are RFC 3339 in UTC with microseconds; ids are texts; counts, parts per million and
seq are whole numbers.
"""

from __future__ import annotations

from typing import Annotated, Final, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 500
CURSOR_CHARS_MAX: Final = 256  # ours have some forty
_DECIMAL: Final = r"^-?[0-9]+(\.[0-9]+)?$"

InstrumentName = Annotated[str, Meta(description="The instrument: BTC-USD")]
AssetCode = Annotated[str, Meta(description="The asset's code: BTC")]
Time = Annotated[str, Meta(description="RFC 3339, UTC, with microseconds", extra_json_schema={"format": "date-time"})]
Price = Annotated[str, Meta(description="A price, in the quote asset", pattern=_DECIMAL)]
Quantity = Annotated[str, Meta(description="A quantity, in the base asset", pattern=_DECIMAL)]
Amount = Annotated[str, Meta(description="An amount, in the asset that is named beside it", pattern=_DECIMAL)]
QuoteAmount = Annotated[str, Meta(description="An amount, in the quote asset", pattern=_DECIMAL)]
Level = Annotated[tuple[Price, Quantity], Meta(description="A price and the quantity that rests there")]

Limit = Annotated[int, Meta(description="How many rows, at most 500", ge=1, le=LIMIT_MAX)]
After = Annotated[
    str, Meta(description="The answer's `next` of the page before, to walk on", max_length=CURSOR_CHARS_MAX)
]

Row = TypeVar("Row")


class Page(msgspec.Struct, Generic[Row]):
    """Some rows of a list, newest first."""

    items: Annotated[list[Row], Meta(description="The rows")]
    next: (
        Annotated[
            str, Meta(description="What to ask with as `after` for the rows that follow; without it there are none")
        ]
        | UnsetType
    ) = UNSET
