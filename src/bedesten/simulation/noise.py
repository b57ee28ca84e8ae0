"""Noise traders: market orders of no opinion, so that trades print and candles move."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import numpy as np

from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, SelfTrade, Side, TimeInForce
from bedesten.domain.instruments import Instrument
from bedesten.simulation.activity import Activity, bustle
from bedesten.simulation.chance import key_of
from bedesten.simulation.ladders import least_lots

SIZE_SPREAD: Final = 0.9  # deviation of the logarithm of a trade's size
SIZE_MAX: Final = 8.0  # mean trades: two levels of a maker's ladder
NS_PER_MINUTE: Final = 60_000_000_000
NS_PER_S: Final = 1_000_000_000


class NoiseTraders:
    """Who trades next on which instrument, on which side and how much; one stream of chance an instrument."""

    def __init__(
        self, instruments: Sequence[Instrument], activity: Mapping[int, Activity], seed: int, accounts: Sequence[int]
    ) -> None:
        self._instruments = {row.id: row for row in instruments}
        self._activity = activity
        self._accounts = accounts
        self._chance = {row.id: Random(key_of(seed, "noise", row.id)) for row in instruments}

    def state(self) -> dict[int, Any]:
        """Return where every stream of chance stands."""
        return {instrument: chance.getstate() for instrument, chance in self._chance.items()}

    def resume(self, state: Mapping[int, Any]) -> None:
        """Draw on from where `state` was told."""
        for instrument, stream in state.items():
            self._chance[instrument].setstate(stream)

    def pause_ns(self, instrument: int, instant_ns: int) -> int:
        """Return how long it is until the next trade."""
        hour = float(bustle(np.array([instant_ns / NS_PER_S]))[0])
        rate = self._activity[instrument].trades_per_minute * hour
        return int(self._chance[instrument].expovariate(rate) * NS_PER_MINUTE)

    def order(self, instrument: int, middle: float) -> PlaceOrder:
        """Return the next trade's market order, at a book around *middle* ticks."""
        chance, rules = self._chance[instrument], self._instruments[instrument]
        size = min(math.exp(chance.gauss(-(SIZE_SPREAD**2) / 2, SIZE_SPREAD)), SIZE_MAX)
        # Twice the least: the price it meets may lie below the middle.
        quantity = max(round(self._activity[instrument].trade_lots * size), 2 * least_lots(rules, max(1, int(middle))))
        if rules.max_quantity:
            quantity = min(quantity, rules.max_quantity)
        return PlaceOrder(
            account=chance.choice(self._accounts),
            instrument=instrument,
            side=int(chance.choice((Side.BUY, Side.SELL))),
            order_type=int(OrderType.MARKET),
            time_in_force=int(TimeInForce.IOC),
            quantity=quantity,
            self_trade=int(SelfTrade.CANCEL_OLDEST),
        )
