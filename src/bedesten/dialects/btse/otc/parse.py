"""Requests to the OTC desk as both of its APIs and its socket read them: sides and quantities. Reads; never decides.

Source: BTSE OTC API (https://btsecom.github.io/docs/otc/en/), Quote and Accept, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.btse.spot import parse
from bedesten.domain.enums import Side
from bedesten.domain.money import AMOUNT_MAX

if TYPE_CHECKING:
    from bedesten.domain.instruments import Asset


SIDES: Final[Mapping[str, Side]] = {"buy": Side.BUY, "sell": Side.SELL, "BUY": Side.BUY, "SELL": Side.SELL}


def units_of(raw: msgspec.Raw, asset: Asset) -> int:
    """Return a quantity in minor units; 0 when it was not sent.

    Raises: ValueError when it is no number, negative, finer than the asset, or more than can be counted.
    """
    units = parse.steps_of(bytes(raw), asset.scale, 1)
    if not 0 <= units <= AMOUNT_MAX:
        raise ValueError("out of range")
    return units


def is_nothing(*sizes: tuple[msgspec.Raw, int]) -> bool:
    """Return whether an acceptance names a part, and the part is nothing: that is no way to ask for all."""
    return not any(units for _, units in sizes) and any(parse.is_sent(bytes(raw)) for raw, _ in sizes)
