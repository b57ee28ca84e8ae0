"""Index prices: what they are, who told them, and whether anything may still go by them.

Whatever is settled, quoted or limited by value goes by `fresh_index` alone: a price that the operator, a source or the demo told,
and that is not too old. Invariant: nothing that customers do to a book moves it. The age is counted on the venue's clock as
commands are; the core judges its own triggers and pegs by the time of the command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.enums import IndexSource
from bedesten.domain.instruments import Instrument
from bedesten.services.instruments import Catalogue
from bedesten.services.sequencing.sequencer import Sequencer

NS_PER_S = 1_000_000_000


class IndexPrice(NamedTuple):
    """An index price as the core has it. Units: ticks; price 0: none was told; too_old_ns 0: never."""

    price: int
    source: int  # an IndexSource; 0: told before sources were kept, which counts as the operator
    told_ns: int
    too_old_ns: int

    def is_too_old(self, now_ns: int) -> bool:
        """Return whether there is a price, and nothing may go by it any more."""
        return 0 < self.too_old_ns <= now_ns


def index_of(machine: Machine, instrument_id: int) -> IndexPrice:
    """Return the index price of an instrument, of whatever age."""
    return IndexPrice(*machine.index(instrument_id))


def fresh_index(machine: Machine, instrument_id: int, now_ns: int) -> int:
    """Return the index price in ticks that something may go by; 0: there is none, or it is too old."""
    index = index_of(machine, instrument_id)
    return 0 if index.is_too_old(max(now_ns, machine.time_ns)) else index.price


def is_index_too_old(machine: Machine, instrument_id: int, now_ns: int) -> bool:
    """Return whether an index price was told, and is too old."""
    return index_of(machine, instrument_id).is_too_old(max(now_ns, machine.time_ns))


class Age(NamedTuple):
    """How old an index price is that ages, and whether that is too old."""

    instrument: Instrument
    age_ns: int
    is_too_old: bool


class Indexes:
    """The ages of all index prices, for those who watch over the venue."""

    def __init__(self, sequencer: Sequencer, clock: Clock, catalogue: Catalogue) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._catalogue = catalogue

    def ages(self) -> list[Age]:
        """Return the age of every index price that was told; at once, by what the core has applied."""
        machine = self._sequencer.state.machine
        now_ns = max(self._clock.now_ns(), machine.time_ns)
        told = [(each, index_of(machine, each.id)) for each in self._catalogue.instruments]
        return [Age(each, now_ns - index.told_ns, index.is_too_old(now_ns)) for each, index in told if index.price]

    def untold(self) -> list[Instrument]:
        """Return the instruments whose index price nobody has told."""
        machine = self._sequencer.state.machine
        return [each for each in self._catalogue.instruments if not index_of(machine, each.id).price]

    def notice(self) -> str | None:
        """Return which index prices are too old, in one line; None: none."""
        old = [age for age in self.ages() if age.is_too_old]
        return (
            f"too old: {named([f'{age.instrument.name} ({age.age_ns // NS_PER_S} s)' for age in old])}" if old else None
        )


NAMED_MAX = 5  # in one line


def named(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def source_word(source: int) -> str:
    """Return who told an index price, in a word."""
    return IndexSource(source or IndexSource.OPERATOR).name.lower()
