"""What the simulation's own accounts have, and how often it acts: the same on a server and in a researcher's process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from bedesten.config import VenueFile
from bedesten.domain.instruments import Asset
from bedesten.simulation.reference import demo_price

NS_PER_S: Final = 1_000_000_000
TICK_NS: Final = NS_PER_S // 4  # what falls due within one tick is one batch
MAKER_NAMES: Final = ("maker1", "maker2", "maker3", "maker4")
NOISE_NAMES: Final = ("noise1", "noise2")
NOISE_USD: Final = 5_000_000
MAKER_USD: Final = 20_000_000  # four times the deepest ladders of all its instruments in one quote asset


def units_worth(venue_file: VenueFile, asset: Asset, usd: int) -> int:
    """Return about *usd* dollars' worth of an asset, as one digit and zeros, in minor units."""
    worth = usd / float(demo_price(venue_file, asset.code).usd)
    power = math.floor(math.log10(worth))
    digit = math.floor(worth / 10.0**power)
    units: int = digit * 10 ** (power + asset.scale)
    return units


def all_worth(venue_file: VenueFile, usd: int) -> dict[int, int]:
    """Return so much of every asset, in minor units by its id."""
    return {asset.id: units_worth(venue_file, asset, usd) for asset in venue_file.assets}


def funds_of(venue_file: VenueFile, makers: Sequence[int], noise: Sequence[int]) -> dict[int, dict[int, int]]:
    """Return what the accounts of makers and noise traders should have."""
    funds = {account: all_worth(venue_file, MAKER_USD) for account in makers}
    return funds | {account: all_worth(venue_file, NOISE_USD) for account in noise}
