"""What clients ask of the market, in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UnsetType

from bedesten.dialects.native.errors import Refused, wrong
from bedesten.dialects.native.reasons import UNKNOWN_INSTRUMENT
from bedesten.domain.instruments import Instrument

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

#: How wide a level of a book may be, in ticks.
GROUPS: Final = tuple(step * 10**power for power in range(5) for step in (1, 2, 5))

RESOLUTIONS_S: Final = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600, "2h": 7_200, "4h": 14_400, "6h": 21_600,
    "12h": 43_200, "1d": 86_400, "1w": 604_800,
}  # fmt: skip


def instrument_of(venue: Venue, name: str) -> Instrument:
    """Return the instrument of that name.

    Raises: Refused.
    """
    instrument = venue.catalogue.instrument(name)
    if instrument is None:
        raise Refused(UNKNOWN_INSTRUMENT, param="instrument")
    return instrument


def group_of(instrument: Instrument, text: str | UnsetType) -> int:
    """Return how many ticks a level shall have; one where nothing is said.

    Raises: Refused.
    """
    if isinstance(text, UnsetType):
        return 1
    try:
        ticks = instrument.ticks(text)
    except ValueError as error:
        raise wrong("group", str(error)) from error
    if ticks not in GROUPS:
        raise wrong("group", "one of the instrument's groups")
    return ticks
