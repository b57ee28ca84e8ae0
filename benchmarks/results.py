"""What every benchmark tells: a figure with its spread, and the target beside it.

A program calls `tell` for each figure that it measures: it prints a line, and where `python benchmarks` runs the program the
figure goes into that table, too.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

PLACE: Final = "BEDESTEN_BENCH_RESULTS"  # the file that figures are added to, one a line; unset: nowhere


class Result(NamedTuple):
    """One figure: the median of what was measured, the least and the most, and what it ought to be."""

    name: str
    middle: float
    low: float
    high: float
    target: float | None
    is_ceiling: bool
    unit: str

    @property
    def is_missed(self) -> bool:
        if self.target is None:
            return False
        return self.middle > self.target if self.is_ceiling else self.middle < self.target

    def line(self, width: int) -> str:
        """Return it as a row of the table."""
        spread = f"{_short(self.low)} to {_short(self.high)}"
        target = "" if self.target is None else f"{'≤' if self.is_ceiling else '≥'} {_short(self.target)}"
        verdict = "MISSED" if self.is_missed else ""
        return f"{self.name:<{width}}  {_short(self.middle):>10} {self.unit:<12} {spread:<22} {target:<10} {verdict}".rstrip()


def tell(
    name: str, values: Sequence[float], unit: str, *, least: float | None = None, most: float | None = None
) -> Result:
    """Print the median of *values* and their spread. *least*, *most*: the target."""
    target = most if most is not None else least
    told = Result(name, statistics.median(values), min(values), max(values), target, most is not None, unit)
    print(told.line(len(name)), flush=True)
    if place := os.environ.get(PLACE):
        with Path(place).open("a") as file:
            file.write(json.dumps(told) + "\n")
    return told


def read(place: Path) -> list[Result]:
    """Return the figures that were told so far."""
    return [Result(*json.loads(line)) for line in place.read_text().splitlines()] if place.exists() else []


def _short(value: float) -> str:
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"
