"""The `[convert]` table of the venue file. Owns its shape in the file and its translation into terms."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bedesten.config.values import Code, Decimal, ValueRefused, units
from bedesten.domain.convert import ConvertLimit, ConvertTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.money import PPM


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

    Raises: ValueRefused.
    """
    limits = {}
    for code, row in table.limits.items():
        key, asset = f"convert.limits.{code}", assets.get(code)
        if asset is None:
            raise ValueRefused(key, "no such asset; add it to assets or drop the row")
        least, most = units(f"{key}.min", row.min, scale=asset.scale), units(f"{key}.max", row.max, scale=asset.scale)
        if most and most < least:
            raise ValueRefused(f"{key}.max", "below min")
        limits[asset.id] = ConvertLimit(min_amount=least, max_amount=most)
    return ConvertTerms(spread_ppm=units("convert.spread", table.spread, scale=6, most=PPM // 2), limits=limits)
