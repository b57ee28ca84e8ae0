"""Price scripts: what an asset is worth by somebody's word in the place of its own walk.

A script is a piece of an asset's path that begins at an instant: a price that stands or slides, or the walk times a factor that
stands or slides. As pairs are quotients of assets, no triangle of pairs disagrees whatever is scripted. A price stays a pure
function of seed, scripts and instant. A script replaces whatever was to come from its instant on.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

import numpy as np

from bedesten.config import VenueFile
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.simulation.chance import Values
from bedesten.simulation.reference import MINUTE_NS, ReferencePrices

COLUMNS: Final = ("time_ns", "asset", "usd")
ROWS_MAX: Final = 500_000  # of a recording: five assets and a day of seconds
USD_MIN, USD_MAX = Decimal("1e-12"), Decimal("1e12")  # beyond them no price of a pair is a sensible number of ticks
TICKS_MAX: Final = 1e15  # the core's books go further; a float that counts ticks does not
NS_MAX: Final = 1 << 63


class ScriptRefused(SandboxRefused):
    """A script that no price can follow; the message says why. Nothing was changed."""


class Piece(NamedTuple):
    """A stretch of an asset's path. The logarithm goes straight from one value to the other, and stays there behind the end.

    of_walk: the logarithms are of a factor on the asset's own walk; otherwise of its price in dollars.
    """

    start_ns: int
    end_ns: int
    from_log: float
    to_log: float
    of_walk: bool

    def log_at(self, instant_ns: int) -> float:
        """Return the logarithm at an instant that is not before the start."""
        if instant_ns >= self.end_ns:
            return self.to_log
        passed = (instant_ns - self.start_ns) / (self.end_ns - self.start_ns)
        return self.from_log + (self.to_log - self.from_log) * passed


class Recorded(NamedTuple):
    """One row of a recording: what an asset was worth from an instant on."""

    time_ns: int
    asset: str
    usd: Decimal


Pieces = Mapping[int, tuple[Piece, ...]]


class ScriptedPrices(ReferencePrices):
    """Reference prices that scripts can bend; without a script, they are the walks alone."""

    def __init__(self, venue_file: VenueFile, seed: int) -> None:
        super().__init__(venue_file, seed)
        self._ids = {asset.code: asset.id for asset in venue_file.assets}
        self._pieces: dict[int, tuple[Piece, ...]] = {}

    # ── scripts ──

    def follow(self, asset: str, at_ns: int) -> None:
        """Let an asset walk on from what it is worth then. Raises: ScriptRefused."""
        factor = self._log(asset, at_ns) - self._walk(asset, at_ns)
        self._begin(asset, [Piece(at_ns, at_ns, factor, factor, True)])

    def set(self, asset: str, usd: Decimal, at_ns: int) -> None:
        """Let an asset be worth *usd* from then on. Raises: ScriptRefused."""
        self.ramp(asset, usd, at_ns, 0)

    def ramp(self, asset: str, usd: Decimal, at_ns: int, over_ns: int) -> None:
        """Let an asset's price slide to *usd* and stand there. Raises: ScriptRefused."""
        to_log = _log_of(usd)
        self._begin(asset, [Piece(at_ns, _end(at_ns, over_ns), self._log(asset, at_ns), to_log, False)])

    def crash(self, asset: str, by: Decimal, at_ns: int, over_ns: int) -> None:
        """Let an asset lose or win a share of its price, −0.3 for 30 %, and walk on meanwhile. Raises: ScriptRefused."""
        if not -1 < by <= 1_000:
            raise ScriptRefused(f"a price moves by more than −1 (−100 %) and by 1000 at most, not by {by}")
        log, step = self._log(asset, at_ns), math.log(1 + by)
        _log_of(Decimal(math.exp(log + step)))
        factor = log - self._walk(asset, at_ns)
        self._begin(asset, [Piece(at_ns, _end(at_ns, over_ns), factor, factor + step, True)])

    def replay(self, rows: Sequence[Recorded], at_ns: int | None = None) -> None:
        """Let assets be worth what was recorded, each from its first row on; behind its last row it stays there.

        at_ns: when the first row comes; None: at its own time. Raises: ScriptRefused.
        """
        if not rows:
            raise ScriptRefused("a recording has a row")
        shift = 0 if at_ns is None else at_ns - min(row.time_ns for row in rows)
        by_asset: dict[str, list[Piece]] = {}
        for row in rows:
            pieces, time_ns, log = by_asset.setdefault(row.asset, []), row.time_ns + shift, _log_of(row.usd)
            if pieces and time_ns < pieces[-1].start_ns:
                raise ScriptRefused(f"the recording of {row.asset} goes back in time, to {row.time_ns}")
            pieces.append(Piece(time_ns, time_ns, log, log, False))
        for asset in by_asset:
            self._id(asset)
        for asset, pieces in by_asset.items():
            self._begin(asset, pieces)

    def pieces(self) -> Pieces:
        """Return everything that is scripted, for `resume`."""
        return dict(self._pieces)

    def resume(self, pieces: Pieces) -> None:
        """Let be scripted what *pieces* says, and nothing else."""
        self._pieces = dict(pieces)

    # ── what everything is worth ──

    def usd(self, instant_ns: int) -> Values:
        """Return what one of each asset is worth in dollars, in the order of their ids."""
        result = super().usd(instant_ns)
        for asset in self._pieces:
            piece = self._piece(asset, instant_ns)
            if piece is not None:
                value = math.exp(piece.log_at(instant_ns))
                result[asset - 1] = result[asset - 1] * value if piece.of_walk else value
        return result

    def all_ticks(self, instant_ns: int) -> Values:
        """Return the price of every instrument in (fractions of) ticks, in the order of their ids; TICKS_MAX at most."""
        result: Values = np.minimum(super().all_ticks(instant_ns), TICKS_MAX)
        return result

    def minute_closes(self, instrument_id: int, first_minute: int, count: int) -> Values:
        """Return an instrument's price in ticks at *count* whole minutes in a row: those of a script one by one.

        Units: minutes since the epoch.
        """
        result = super().minute_closes(instrument_id, first_minute, count)
        assets = int(self._bases[instrument_id - 1]) + 1, int(self._quotes[instrument_id - 1]) + 1
        starts = [pieces[0].start_ns for asset in assets if (pieces := self._pieces.get(asset))]
        if starts:
            for at in range(max(0, -(-min(starts) // MINUTE_NS) - first_minute), count):
                result[at] = self.all_ticks((first_minute + at) * MINUTE_NS)[instrument_id - 1]
        return result

    # ── inside ──

    def _begin(self, asset: str, pieces: list[Piece]) -> None:
        number = self._id(asset)
        before = [piece for piece in self._pieces.get(number, ()) if piece.start_ns < pieces[0].start_ns]
        self._pieces[number] = (*before, *pieces)

    def _piece(self, asset: int, instant_ns: int) -> Piece | None:
        pieces = self._pieces[asset]
        at = bisect_right(pieces, instant_ns, key=lambda piece: piece.start_ns)
        return pieces[at - 1] if at else None

    def _log(self, asset: str, instant_ns: int) -> float:
        return math.log(float(self.usd(instant_ns)[self._id(asset) - 1]))

    def _walk(self, asset: str, instant_ns: int) -> float:
        return math.log(float(super().usd(instant_ns)[self._id(asset) - 1]))

    def _id(self, asset: str) -> int:
        if asset not in self._ids:
            raise ScriptRefused(f"there is no asset {asset!r}")
        return self._ids[asset]


def recorded_rows(lines: Iterable[str]) -> list[Recorded]:
    """Return a recording of prices, lines of CSV with a header: time_ns, asset, usd.

    Raises: ScriptRefused, which names the line.
    """
    try:
        return _rows_of(csv.DictReader(lines))
    except csv.Error as error:
        raise ScriptRefused(f"the recording is not CSV: {error}") from error


def _rows_of(reader: csv.DictReader[str]) -> list[Recorded]:
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        raise ScriptRefused(f"a recording has the columns {', '.join(COLUMNS)}")
    rows: list[Recorded] = []
    for line, row in enumerate(reader, 2):
        try:
            time_ns, usd = int(row["time_ns"]), Decimal(row["usd"])
            _log_of(usd)
        except (ValueError, TypeError, InvalidOperation) as error:
            raise ScriptRefused(f"line {line} of the recording: {error or 'no number'}") from error
        if not 0 <= time_ns < NS_MAX:
            raise ScriptRefused(f"line {line} of the recording: {time_ns} is no time")
        if len(rows) >= ROWS_MAX:
            raise ScriptRefused(f"a recording has {ROWS_MAX:,} rows at most")
        rows.append(Recorded(time_ns, row["asset"], usd))
    return rows


def _log_of(usd: Decimal) -> float:
    if not usd.is_finite() or not USD_MIN <= usd <= USD_MAX:
        raise ScriptRefused(f"a price is between {USD_MIN} and {USD_MAX} dollars, not {usd}")
    return math.log(usd)


def _end(at_ns: int, over_ns: int) -> int:
    if over_ns < 0:
        raise ScriptRefused("a price takes no negative time to move")
    return at_ns + over_ns
