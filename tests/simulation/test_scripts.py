"""Price scripts: an asset does as it is told, its pairs follow, and the others walk as if nothing had been said."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from bedesten.config import demo_venue_file
from bedesten.simulation.reference import MINUTE_NS, ReferencePrices
from bedesten.simulation.scripts import ScriptedPrices, ScriptRefused, recorded_rows

VENUE = demo_venue_file()
IDS = {asset.code: asset.id for asset in VENUE.assets}
PAIRS = {row.name: row.id for row in VENUE.instruments}
NOW_NS = 1_735_689_600 * 10**9
S = 10**9

walk = ReferencePrices(VENUE, seed=7)


@pytest.fixture
def prices() -> ScriptedPrices:
    return ScriptedPrices(VENUE, seed=7)


def usd(prices: ReferencePrices, asset: str, seconds: float) -> float:
    return float(prices.usd(NOW_NS + int(seconds * S))[IDS[asset] - 1])


def test_without_a_script_prices_are_the_walks_to_the_last_bit(prices: ScriptedPrices) -> None:
    """The demo without a driver is what it was."""
    for seconds in (0, 1, 61):
        assert (prices.all_ticks(NOW_NS + seconds * S) == walk.all_ticks(NOW_NS + seconds * S)).all()
    assert (prices.minute_closes(1, NOW_NS // MINUTE_NS, 60) == walk.minute_closes(1, NOW_NS // MINUTE_NS, 60)).all()


def test_a_crash_takes_its_share_by_and_by_and_the_walk_goes_on(prices: ScriptedPrices) -> None:
    """Half way it has half of the logarithm; behind it the price is the walk's, scaled."""
    prices.crash("BTC", Decimal("-0.3"), NOW_NS, 10 * S)

    for seconds, factor in ((0, 1.0), (5, 0.7**0.5), (10, 0.7), (3_600, 0.7)):
        assert usd(prices, "BTC", seconds) == pytest.approx(usd(walk, "BTC", seconds) * factor, rel=1e-12)
    assert usd(prices, "BTC", -1) == usd(walk, "BTC", -1)
    assert usd(prices, "ETH", 10) == usd(walk, "ETH", 10)


def test_every_triangle_agrees_whatever_is_scripted(prices: ScriptedPrices) -> None:
    """What a pair moves by is the quotient of what its assets move by."""
    prices.crash("BTC", Decimal("-0.3"), NOW_NS, 10 * S)
    prices.ramp("ETH", Decimal(5_000), NOW_NS, 3 * S)
    for seconds in (1, 4, 20):
        moved = prices.all_ticks(NOW_NS + seconds * S) / walk.all_ticks(NOW_NS + seconds * S)
        by = {pair: moved[PAIRS[pair] - 1] for pair in ("BTC-USD", "ETH-USD", "ETH-BTC")}
        assert by["ETH-USD"] / by["BTC-USD"] == pytest.approx(by["ETH-BTC"], rel=1e-12)


def test_a_price_slides_stands_and_walks_on_from_where_it_stood(prices: ScriptedPrices) -> None:
    """`ramp`, then `set`, then `follow`: no jump but the one that was asked for."""
    prices.ramp("BTC", Decimal(50_000), NOW_NS, 10 * S)
    assert usd(prices, "BTC", 10) == usd(prices, "BTC", 1_000) == pytest.approx(50_000)
    prices.set("BTC", Decimal(60_000), NOW_NS + 1_000 * S)
    assert usd(prices, "BTC", 999.9) == pytest.approx(50_000)
    assert usd(prices, "BTC", 1_000) == pytest.approx(60_000)
    prices.follow("BTC", NOW_NS + 2_000 * S)
    assert usd(prices, "BTC", 2_000) == pytest.approx(60_000)
    walked = usd(walk, "BTC", 9_000) / usd(walk, "BTC", 2_000)
    assert usd(prices, "BTC", 9_000) == pytest.approx(60_000 * walked) != pytest.approx(60_000)


def test_a_script_begins_where_another_is_under_way(prices: ScriptedPrices) -> None:
    """A crash in the middle of a ramp falls from where the ramp had got to; what was to come is not."""
    prices.ramp("BTC", Decimal(200_000), NOW_NS, 10 * S)
    half = usd(prices, "BTC", 5)
    prices.crash("BTC", Decimal("-0.5"), NOW_NS + 5 * S, 0)
    assert usd(prices, "BTC", 5) == pytest.approx(half / 2)
    prices.follow("BTC", NOW_NS)
    assert usd(prices, "BTC", 100) == pytest.approx(usd(walk, "BTC", 100))


def test_a_recording_is_what_assets_are_worth(prices: ScriptedPrices) -> None:
    """Each row from its time on, at its own time or from now; before the first row they walk."""
    lines = ["time_ns,asset,usd", f"{5 * S},BTC,90000", f"{5 * S},ETH,3000", f"{7 * S},BTC,80000.5"]
    prices.replay(recorded_rows(lines), NOW_NS)
    assert [round(usd(prices, "BTC", seconds), 6) for seconds in (0, 1.9, 2, 99)] == [
        90_000,
        90_000,
        80_000.5,
        80_000.5,
    ]
    assert usd(prices, "ETH", 1) == pytest.approx(3_000)
    assert usd(prices, "BTC", -1) == usd(walk, "BTC", -1)
    prices.replay(recorded_rows([lines[0], f"{NOW_NS + 50 * S},BTC,70000"]))
    assert round(usd(prices, "BTC", 49)) == 80_000 and usd(prices, "BTC", 50) == pytest.approx(70_000)


def test_minutes_and_instants_are_one_path(prices: ScriptedPrices) -> None:
    """Also across the instant at which a script begins."""
    prices.crash("BTC", Decimal("-0.3"), NOW_NS + 90 * S, 120 * S)
    first = NOW_NS // MINUTE_NS
    closes = prices.minute_closes(PAIRS["ETH-BTC"], first, 8)
    lived = [prices.all_ticks((first + at) * MINUTE_NS)[PAIRS["ETH-BTC"] - 1] for at in range(8)]
    assert np.allclose(closes, lived, rtol=1e-9)
    assert closes[7] > closes[1] * 1.3


def test_what_is_scripted_can_be_carried_over(prices: ScriptedPrices) -> None:
    """`pieces` and `resume`: another object then tells the same prices, and they part from there."""
    prices.crash("BTC", Decimal("-0.3"), NOW_NS, 10 * S)
    other = ScriptedPrices(VENUE, seed=7)
    other.resume(prices.pieces())
    assert (other.all_ticks(NOW_NS + 3 * S) == prices.all_ticks(NOW_NS + 3 * S)).all()
    prices.set("BTC", Decimal(1), NOW_NS)
    assert usd(other, "BTC", 10) == pytest.approx(usd(walk, "BTC", 10) * 0.7)


def test_nonsense_is_refused_and_changes_nothing(prices: ScriptedPrices) -> None:
    """Prices beyond sense, assets that are not there, time that goes back, rows that are none."""
    for by in ("-1", "-2", "1001", "NaN"):
        with pytest.raises((ScriptRefused, ArithmeticError)):
            prices.crash("BTC", Decimal(by), NOW_NS, 0)
    for asset, to, over_ns in (("XYZ", "1", 0), ("BTC", "0", 0), ("BTC", "1e13", 0), ("BTC", "1", -1)):
        with pytest.raises(ScriptRefused):
            prices.ramp(asset, Decimal(to), NOW_NS, over_ns)
    head = "time_ns,asset,usd"
    for lines in ([], ["a,b"], [head, "x,BTC,1"], [head, "1,BTC,"], [head, "1,BTC,-1"], [head, "-1,BTC,1"]):
        with pytest.raises(ScriptRefused):
            recorded_rows(lines)
    for lines in ([head], [head, "2,BTC,1", "1,BTC,1"], [head, "1,XYZ,1"]):
        with pytest.raises(ScriptRefused):
            prices.replay(recorded_rows(lines))
    assert prices.pieces() == {}
