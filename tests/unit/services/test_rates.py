"""Rates between assets."""

from __future__ import annotations

from fractions import Fraction

from tests.unit.services.market import BTC, BTC_USD, ETH, ETH_USD, USD, Market

from bedesten.domain.commands import SetIndex


async def test_a_rate_leads_over_one_asset_where_it_must(market: Market) -> None:
    """Directly, the other way round, over dollars; exact, and None before there is a price."""
    rate = market.venue.rates.rate
    await market.venue.sequencer.submit(SetIndex(instrument=BTC_USD.id, price=300))
    assert await rate(BTC, ETH) is None
    await market.venue.sequencer.submit(SetIndex(instrument=ETH_USD.id, price=7))

    assert (await rate(BTC, USD), await rate(USD, ETH)) == (300, Fraction(1, 7))
    assert (await rate(BTC, ETH), await rate(ETH, BTC)) == (Fraction(300, 7), Fraction(7, 300))
    assert await rate(ETH, ETH) == 1
