"""The `[convert]` table of the venue file. Owns its shape in the file and its translation into terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from bedesten.config_otc import TermsRefused
from bedesten.domain.convert import ConvertLimit, ConvertTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, PPM, to_units

Decimal = str | int
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{2,12}$")]


class LimitRow(msgspec.Struct, forbid_unknown_fields=True):
    """How much of an asset one conversion may give."""

    min: Decimal = 0
    max: Decimal = 0


class ConvertTable(msgspec.Struct, forbid_unknown_fields=True):
    """The table as it stands in the file."""

    spread: Decimal = "0.002"
    limits: dict[Code, LimitRow] = {}


def convert_terms(table: ConvertTable, assets: Mapping[str, Asset]) -> ConvertTerms:
    """Return the terms.

    Raises: TermsRefused.
    """
    limits = {}
    for code, row in table.limits.items():
        key, asset = f"convert.limits.{code}", assets.get(code)
        if asset is None:
            raise TermsRefused(key, "no such asset; add it to assets or drop the row")
        least, most = _units(f"{key}.min", row.min, asset.scale), _units(f"{key}.max", row.max, asset.scale)
        if most and most < least:
            raise TermsRefused(f"{key}.max", "below min")
        limits[asset.id] = ConvertLimit(min_amount=least, max_amount=most)
    return ConvertTerms(spread_ppm=_units("convert.spread", table.spread, 6, most=PPM // 2), limits=limits)


def _units(key: str, written: Decimal, scale: int, most: int = AMOUNT_MAX) -> int:
    try:
        units = to_units(str(written), scale=scale)
    except ValueError as error:
        raise TermsRefused(key, f"{error}; write a decimal such as 0.05") from error
    if not 0 <= units <= most:
        raise TermsRefused(key, f"{written} is out of range")
    return units
