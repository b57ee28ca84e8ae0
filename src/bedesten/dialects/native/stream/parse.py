"""Names of channels: `book:BTC-USD@0.5` is a kind, an instrument and a variant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import UNSET

from bedesten.dialects.native.errors import Refused
from bedesten.dialects.native.market.parse import RESOLUTIONS_S, group_of, instrument_of
from bedesten.dialects.native.reasons import UNKNOWN_CHANNEL

if TYPE_CHECKING:
    from bedesten.domain.instruments import Instrument
    from bedesten.services.venue import Venue

OF_ONE: Final = frozenset({"book", "trades", "candles", "index"})  # of one instrument, named behind the colon
OF_ALL: Final = frozenset({"tickers", "instruments", "announcements"})
PRIVATE: Final = frozenset({"orders", "fills", "balances"})  # of the account that is logged in
RESOLUTION_DEFAULT: Final = "1m"


class ChannelName(NamedTuple):
    """A channel that there is. group: ticks in a level; resolution: of candles. 0 and "" of every other."""

    kind: str
    instrument: Instrument | None = None
    group: int = 0
    resolution: str = ""

    @property
    def is_private(self) -> bool:
        """Whether it tells of one account."""
        return self.kind in PRIVATE


def channel_named(venue: Venue, text: str) -> ChannelName:
    """Return the channel of that name.

    Raises: Refused.
    """
    kind, colon, rest = text.partition(":")
    if not colon and kind in OF_ALL | PRIVATE:
        return ChannelName(kind)
    if not colon or kind not in OF_ONE:
        raise Refused(UNKNOWN_CHANNEL)
    name, at, variant = rest.partition("@")
    instrument = instrument_of(venue, name)
    if kind == "book":
        return ChannelName(kind, instrument, group_of(instrument, variant if at else UNSET))
    if kind == "candles" and (not at or variant in RESOLUTIONS_S):
        return ChannelName(kind, instrument, resolution=variant or RESOLUTION_DEFAULT)
    if at:
        raise Refused(UNKNOWN_CHANNEL)
    return ChannelName(kind, instrument)
