"""How busy each instrument of the demo is: how often it trades, how much at a time, at which hour.

The past (history) and the present (makers, noise traders) read the same numbers, so a chart shows no seam where one ends
and the other begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from bedesten.config import VenueFile
from bedesten.domain.instruments import Instrument
from bedesten.simulation.chance import Values
from bedesten.simulation.reference import demo_price, lot_quantity

# Shares of the interest of the busiest pair; what is not named here is quiet.
BASE_INTEREST: Final[Mapping[str, float]] = {"BTC": 1.0, "ETH": 0.7, "SOL": 0.4, "XRP": 0.4, "USDT": 0.4, "LTC": 0.25}
QUOTE_INTEREST: Final[Mapping[str, float]] = {"USD": 1.0, "USDT": 1.0, "TRY": 0.9, "EUR": 0.5, "JPY": 0.3, "SGD": 0.3}
QUIET: Final = 0.15

TRADES_PER_MINUTE_MAX: Final = 20.0  # one every three seconds on the busiest pair
TRADES_PER_MINUTE_MIN: Final = 1.5
TRADE_USD_MIN: Final = 150.0
TRADE_USD_MAX: Final = 1_500.0
DAY_S: Final = 86_400


class Activity(NamedTuple):
    """One instrument's bustle. trade_lots: the mean trade, in lots at the price the venue file names."""

    trades_per_minute: float
    trade_usd: float
    trade_lots: float
    lot_usd: float  # what one lot is worth at the price the venue file names


def activity_of(venue_file: VenueFile, instrument: Instrument) -> Activity:
    """Return how busy an instrument is."""
    base = BASE_INTEREST.get(instrument.base.code, QUIET)
    interest = base * QUOTE_INTEREST.get(instrument.quote.code, QUIET)
    lot_usd = float(demo_price(venue_file, instrument.base.code).usd) * lot_quantity(instrument)
    trade_usd = TRADE_USD_MIN + (TRADE_USD_MAX - TRADE_USD_MIN) * interest
    return Activity(
        trades_per_minute=max(TRADES_PER_MINUTE_MIN, TRADES_PER_MINUTE_MAX * interest),
        trade_usd=trade_usd,
        trade_lots=trade_usd / lot_usd,
        lot_usd=lot_usd,
    )


def bustle(instant_s: Values) -> Values:
    """Return how busy an hour is against the day's mean: afternoons in Europe most, its small hours least."""
    return 1 + 0.45 * np.sin((instant_s % DAY_S) / DAY_S * 2 * np.pi - 2.2)
