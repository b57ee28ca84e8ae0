"""Why no address is given, and why nothing is converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.dialects.native.reasons import Reason
from bedesten.services.money.conversions import ConvertRefusal

UNKNOWN_NETWORK: Final = Reason("wallet.unknown_network", 404, "No such network carries that asset")
NO_ADDRESS: Final = Reason("wallet.no_address", 403, "The account gets no address there")
_STATUS: Final[Mapping[ConvertRefusal, int]] = {
    ConvertRefusal.NOT_OFFERED: 409,
    ConvertRefusal.SAME_ASSET: 422,
    ConvertRefusal.ID_USED: 409,
    ConvertRefusal.SUSPENDED: 403,
    ConvertRefusal.NO_PRICE: 422,
    ConvertRefusal.INDEX_TOO_OLD: 422,
    ConvertRefusal.TOO_SMALL: 422,
    ConvertRefusal.TOO_LARGE: 422,
    ConvertRefusal.INSUFFICIENT_AVAILABLE: 422,
    ConvertRefusal.NO_INVENTORY: 422,
}
OF_CONVERSION: Final = {
    refusal: Reason(f"convert.{refusal.name.lower()}", status, refusal.value[:1].upper() + refusal.value[1:])
    for refusal, status in _STATUS.items()
}
REASONS: Final = (UNKNOWN_NETWORK, NO_ADDRESS, *OF_CONVERSION.values())
