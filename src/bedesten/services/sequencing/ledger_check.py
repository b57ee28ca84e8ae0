"""The ledger check of a venue that runs: every so often all money is added up, and a venue whose books do not balance stops.

Owns when the check runs and what became of it. It runs between two commits, in the core's own memory; nobody is answered
meanwhile, so it takes at most a five-hundredth of the time, however large the venue is. The store's side is `bedesten verify`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Final

from bedesten.clock import Clock
from bedesten.core import InvariantError, Machine
from bedesten.services.sequencing.loops import Loops
from bedesten.services.sequencing.sequencer import Sequencer

INTERVAL_NS: Final = 10_000_000_000  # between two checks of a small venue; five thousand accounts take about 25 ms
REST: Final = 500  # times as long as a check took, until the next
LOOP: Final = "ledger"  # its name where it fails
LATE_NS: Final = 6 * INTERVAL_NS  # a check this much later than it should be is not running any more


class LedgerCheck:
    """Checks again and again, and knows when it last found everything in order."""

    def __init__(
        self,
        sequencer: Sequencer,
        clock: Clock,
        loops: Loops | None = None,
        *,
        audit: Callable[[Machine], None] = Machine.audit,
        interval_ns: int = INTERVAL_NS,
        rest: int = REST,  # 0: a check takes what it takes, and the next one is due at a fixed interval
    ) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._loops = loops or Loops(clock, sequencer.break_off)
        self._audit = audit
        self._interval_ns = interval_ns
        self._rest = rest
        self.passed_ns = 0  # when, by the venue's clock; 0: not yet
        self.passed_seq = 0
        self.took_ns = 0
        self.checks = 0
        self.breach = ""  # what was found; the venue stops on it

    async def run(self) -> None:
        """Check for as long as the venue runs.

        Raises: InvariantError once a check fails, when the venue has stopped already.
        """
        await self._loops.keep(LOOP, self._round)

    async def _round(self) -> int:
        await self._sequencer.read(self.look)
        return self._clock.now_ns() + max(self._interval_ns, self._rest * self.took_ns)

    def look(self, machine: Machine) -> None:
        """Check once, between two commits. Raises: InvariantError, and no command is taken any more."""
        started = perf_counter_ns()
        try:
            self._audit(machine)
        except InvariantError as error:
            self.breach = str(error)
            self._sequencer.break_off(error)
            raise
        self.took_ns = perf_counter_ns() - started
        self.passed_ns, self.passed_seq = self._clock.now_ns(), machine.seq
        self.checks += 1

    def health(self) -> str | None:
        """Return what is wrong, or None."""
        if self.breach:
            return f"the ledger does not balance: {self.breach}"
        if not self.passed_ns:
            return "the ledger was not checked yet"
        late_ns = self._clock.now_ns() - self.passed_ns - max(self._interval_ns, self._rest * self.took_ns)
        return f"the ledger check is {late_ns // 1_000_000_000} s late" if late_ns > LATE_NS else None
