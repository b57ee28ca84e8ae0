"""Candles as the graph host has them: one list a column, numbers as numbers. Days are printed by rest/render_market.py."""

from __future__ import annotations

from typing import Any

from bedesten.dialects.btcturk.numbers import raw
from bedesten.dialects.btcturk.pairs import Pair
from bedesten.services.store_types import Candle


def columns(pair: Pair | None, candles: list[Candle]) -> dict[str, Any]:
    """Return candles, oldest first; none without a pair."""
    if pair is None or not candles:
        return {"s": None, "t": [], "h": [], "o": [], "l": [], "c": [], "v": []}
    price = pair.bare
    return {
        "s": "ok",
        "t": [candle.start_s for candle in candles],
        "h": [raw(price(candle.high)) for candle in candles],
        "o": [raw(price(candle.open)) for candle in candles],
        "l": [raw(price(candle.low)) for candle in candles],
        "c": [raw(price(candle.close)) for candle in candles],
        "v": [raw(pair.quantity(candle.volume_lots)) for candle in candles],
    }
