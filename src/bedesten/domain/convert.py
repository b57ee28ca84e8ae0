"""What may be converted at once, and at what spread, as the venue file states it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class ConvertLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an asset one conversion may give. Units: minor units; 0: no bound."""

    min_amount: int = 0
    max_amount: int = 0


class ConvertTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of every conversion. limits: by the number of the asset that is given."""

    spread_ppm: int  # taken off the middle rate
    limits: Mapping[int, ConvertLimit] = {}

    def limit(self, asset: int) -> ConvertLimit:
        """Return the limit of an asset."""
        return self.limits.get(asset) or ConvertLimit()
