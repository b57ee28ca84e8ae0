"""The venue: everything that a dialect, the simulation or the command line may use, in one frozen record."""

from __future__ import annotations

from dataclasses import dataclass

from bedesten.clock import Clock
from bedesten.services.accounts import Accounts
from bedesten.services.candles import Candles
from bedesten.services.feeds import Feeds
from bedesten.services.instruments import Catalogue
from bedesten.services.keys import Keys
from bedesten.services.market_data import MarketData
from bedesten.services.sequencer import Sequencer
from bedesten.services.trading import Trading


@dataclass(frozen=True, slots=True)
class Venue:
    """An exchange that runs."""

    clock: Clock
    catalogue: Catalogue
    sequencer: Sequencer
    trading: Trading
    market_data: MarketData
    candles: Candles
    accounts: Accounts
    keys: Keys
    feeds: Feeds
