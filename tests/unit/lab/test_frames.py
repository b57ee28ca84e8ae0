"""Candles, and what other programs read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bedesten.domain.enums import EventKind
from bedesten.lab import event_dtype
from bedesten.lab.frames import CANDLE, candles, columns, from_parquet, to_arrow, to_frame, to_parquet
from bedesten.lab.market import Rows

TRADED = event_dtype(EventKind.TRADED)


def trades(*rows: tuple[int, int, int], instrument: int = 1) -> Rows:
    """Return trades of (time, price, quantity)."""
    made = np.zeros(len(rows), dtype=TRADED)
    for at, (time_ns, price, quantity) in enumerate(rows):
        made[at]["time_ns"], made[at]["price"], made[at]["quantity"] = time_ns, price, quantity
        made[at]["notional"], made[at]["instrument"] = price * quantity, instrument
    return made


def test_candles_are_what_the_trades_were() -> None:
    """Open, high, low, close, volume; a span without a trade has no candle."""
    made = candles(trades((10, 5, 1), (12, 9, 2), (19, 4, 1), (20, 6, 1), (45, 7, 3)), 10)

    assert [tuple(row) for row in made.tolist()] == [
        (10, 5, 9, 4, 4, 4, 5 + 18 + 4, 3),
        (20, 6, 6, 6, 6, 1, 6, 1),
        (40, 7, 7, 7, 7, 3, 21, 1),
    ]
    assert not len(candles(trades(), 10)) and candles(trades(), 10).dtype == CANDLE


def test_candles_are_of_one_instrument() -> None:
    """Two together would be prices of nothing."""
    both = np.concatenate([trades((1, 5, 1)), trades((2, 6, 1), instrument=2)])

    with pytest.raises(ValueError, match="one instrument"):
        candles(both, 10)
    with pytest.raises(ValueError, match="positive"):
        candles(trades((1, 5, 1)), 0)


def test_rows_go_through_a_parquet_file_unchanged(tmp_path: Path) -> None:
    """Integers of 64 bits, columns by name, the unused ones left out."""
    rows = trades((1_735_689_600_000_000_001, 172_000, 5), (1_735_689_600_000_000_002, 172_001, 7))

    to_parquet(rows, tmp_path / "trades.parquet")

    assert (from_parquet(tmp_path / "trades.parquet", TRADED) == rows).all()
    assert to_arrow(rows).column_names == columns(rows)
    assert str(to_arrow(rows).schema.field("price").type) == "int64"


def test_rows_become_a_data_frame() -> None:
    """With the same names."""
    frame = to_frame(trades((1, 5, 1), (2, 6, 1)))

    assert list(frame["price"]) == [5, 6] and "unused_19" not in frame.columns
