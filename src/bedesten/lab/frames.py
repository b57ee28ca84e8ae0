"""Rows as other programs want them: candles of trades, Arrow tables, Parquet files, data frames.

Integers stay integers: columns are ticks, lots and minor units, as the rows have them. pyarrow and pandas are imported by the
function that needs one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from bedesten.domain.columns import UNUSED

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from bedesten.lab.market import Rows

#: One candle. Units: ns, ticks, lots; count: of trades.
CANDLE: Final = np.dtype(
    [
        ("time_ns", "<i8"), ("open", "<i8"), ("high", "<i8"), ("low", "<i8"), ("close", "<i8"), ("volume", "<i8"),
        ("notional", "<i8"), ("count", "<i8"),
    ]
)  # fmt: skip


def candles(trades: Rows, resolution_ns: int) -> Rows:
    """Return the candles of one instrument's trades, oldest first; spans without a trade have none.

    trades: TRADED events of one instrument, in their order. Raises: ValueError for trades of several, or a resolution below 1.
    """
    if resolution_ns < 1:
        raise ValueError("a resolution is positive")
    if not len(trades):
        return np.zeros(0, dtype=CANDLE)
    if len(np.unique(trades["instrument"])) != 1:
        raise ValueError("candles are of one instrument: choose its trades first")
    starts = trades["time_ns"] // resolution_ns * resolution_ns
    begins = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    ends = np.append(begins[1:], len(trades))
    made = np.zeros(len(begins), dtype=CANDLE)
    made["time_ns"] = starts[begins]
    made["open"], made["close"] = trades["price"][begins], trades["price"][ends - 1]
    made["high"] = np.maximum.reduceat(trades["price"], begins)
    made["low"] = np.minimum.reduceat(trades["price"], begins)
    made["volume"] = np.add.reduceat(trades["quantity"], begins)
    made["notional"] = np.add.reduceat(trades["notional"], begins)
    made["count"] = ends - begins
    return made


def columns(rows: Rows) -> list[str]:
    """Return the names of the columns that rows use."""
    return [name for name in rows.dtype.names or () if not name.startswith(UNUSED)]


def to_arrow(rows: Rows) -> pyarrow.Table:
    """Return rows as an Arrow table of 64-bit integers.

    Raises: ModuleNotFoundError without pyarrow.
    """
    import pyarrow

    return pyarrow.table({name: pyarrow.array(np.ascontiguousarray(rows[name])) for name in columns(rows)})


def to_parquet(rows: Rows, path: Path | str) -> None:
    """Write rows into a Parquet file.

    Raises: ModuleNotFoundError without pyarrow; OSError.
    """
    from pyarrow import parquet

    parquet.write_table(to_arrow(rows), path)


def from_parquet(path: Path | str, dtype: np.dtype[np.void]) -> Rows:
    """Return the rows of a Parquet file that has the columns of *dtype*.

    Raises: ModuleNotFoundError without pyarrow; KeyError for a column that is missing; OSError.
    """
    from pyarrow import parquet

    table = parquet.read_table(path)
    rows = np.zeros(table.num_rows, dtype=dtype)
    for name in columns(rows):
        rows[name] = table.column(name).to_numpy()
    return rows


def to_frame(rows: Rows) -> pandas.DataFrame:
    """Return rows as a data frame.

    Raises: ModuleNotFoundError without pandas.
    """
    import pandas

    return pandas.DataFrame({name: rows[name] for name in columns(rows)})
