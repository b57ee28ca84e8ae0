"""Market makers: keep a two-sided ladder around the reference price in every book, a few levels at a time.

A maker remembers nothing between two looks: it reads what stands in the core and asks for the difference, so fills,
restarts and a clock that jumps all come to the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from bedesten.config import VenueFile
from bedesten.core import Machine
from bedesten.domain.commands import CancelAll, Command, SetIndex
from bedesten.domain.enums import IndexSource, Side
from bedesten.domain.orders import Order
from bedesten.simulation.activity import Activity, activity_of
from bedesten.simulation.chance import Values
from bedesten.simulation.ladders import Quoter, changes
from bedesten.simulation.reference import ReferencePrices

NS_PER_S: Final = 1_000_000_000
LOOK_NS_MIN: Final = 1 * NS_PER_S  # between two looks at the busiest book
LOOK_NS_MAX: Final = 4 * NS_PER_S  # and at a quiet one: sixty books then cost a few hundredths of a core


class PairLife(NamedTuple):
    """How a pair lives. makers: somebody quotes; noise: somebody trades; spread_times: how much wider than usual is quoted.

    A pair with neither is left alone: nobody tells its index either.
    """

    makers: bool = True
    noise: bool = True
    spread_times: int = 1

    @property
    def is_any(self) -> bool:
        """Whether there is anybody."""
        return self.makers or self.noise


USUAL: Final = PairLife()
NO_LIFE: Final = PairLife(makers=False, noise=False)


def is_to_be_told(known: tuple[int, int, int, int], price: int, now_ns: int) -> bool:
    """Return whether an index is to be told: another price, somebody else's, or half as old as it may become."""
    told, source, told_ns, too_old_ns = known
    return told != price or source != IndexSource.DEMO or (too_old_ns > 0 and 2 * now_ns >= told_ns + too_old_ns)


class Makers:
    """The makers of all instruments; each instrument has one, so that no two chase each other."""

    def __init__(
        self, venue_file: VenueFile, reference: ReferencePrices, seed: int, *, accounts: Sequence[int], start_ns: int
    ) -> None:
        base_ticks = reference.all_ticks(start_ns)
        self.activity: dict[int, Activity] = {row.id: activity_of(venue_file, row) for row in venue_file.instruments}
        self._quoters: dict[int, Quoter] = {
            row.id: Quoter(row, self.activity[row.id], float(base_ticks[row.id - 1]), seed)
            for row in venue_file.instruments
        }
        self._accounts: Mapping[int, int] = {row.id: accounts[row.id % len(accounts)] for row in venue_file.instruments}

    def look_ns(self, instrument: int) -> int:
        """Return how long the maker waits between two looks at a book."""
        per_minute = self.activity[instrument].trades_per_minute
        return max(LOOK_NS_MIN, min(LOOK_NS_MAX, int(20 / per_minute * NS_PER_S)))

    def leave(self, instrument: int) -> Command:
        """Return what takes the maker's orders out of a book."""
        return CancelAll(account=self._accounts[instrument], instrument=instrument)

    def commands(
        self, machine: Machine, lives: Mapping[int, PairLife], ticks: Values, instant_ns: int
    ) -> list[Command]:
        """Return what brings these instruments' books and index prices up to the reference; reads committed state."""
        commands: list[Command] = []
        for instrument, life in lives.items():
            middle = float(ticks[instrument - 1])
            index = max(1, round(middle))
            if is_to_be_told(machine.index(instrument), index, instant_ns):
                commands.append(SetIndex(instrument=instrument, price=index, source=IndexSource.DEMO))
            if not life.makers:
                continue
            account = self._accounts[instrument]
            quoter = self._quoters[instrument]
            standing = map(Order._make, machine.open_orders(account, instrument))
            bids = quoter.ladder(middle, Side.BUY, instant_ns, life.spread_times)
            asks = quoter.ladder(middle, Side.SELL, instant_ns, life.spread_times)
            commands += changes(quoter.instrument, account, standing, bids, asks)
        return commands
