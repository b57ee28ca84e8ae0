"""The life of the books: what falls due when, as commands. Whoever has a machine can let it live; the server is one of them.

Owns when which book is looked at, traded on, and the simulation's own balances topped up. Reads the machine and the instant that
it is given, and no clock. Invariant: the same machine, instants and seed come to the same commands, also across `state` and
`resume`.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

from bedesten.config import VenueFile
from bedesten.core import Machine
from bedesten.domain.commands import Command, Transfer
from bedesten.domain.enums import TransferReason
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.simulation.ladders import SPREAD_TIMES_MAX
from bedesten.simulation.makers import NO_LIFE, USUAL, Makers, PairLife
from bedesten.simulation.noise import NoiseTraders
from bedesten.simulation.scripts import Pieces, ScriptedPrices, ScriptRefused

NS_PER_S: Final = 1_000_000_000
TOP_UP_NS: Final = 600 * NS_PER_S  # between two looks at the simulation's own balances
FIRST_TRADES: Final = 3  # on every instrument before the doors open, so that each has a last price

Funds = Mapping[int, Mapping[int, int]]  # account → asset → what it should have, in minor units


class Task(IntEnum):
    """What falls due on an instrument."""

    QUOTE = 1
    TRADE = 2


class LifeState(NamedTuple):
    """Everything a life remembers. Unlike the books, it is in no journal."""

    start_ns: int
    makers: tuple[int, ...]  # accounts
    noise: tuple[int, ...]
    funds: dict[int, dict[int, int]]
    due: list[tuple[int, Task, int]]
    top_up_ns: int
    chance: dict[int, Any]  # by instrument: where the stream of its noise traders stands
    lives: dict[int, PairLife]  # by instrument, where it is not the usual one
    scripts: Pieces  # of prices


class Life:
    """Makers, noise traders and their money, on every instrument of a venue file."""

    def __init__(
        self, venue_file: VenueFile, reference: ScriptedPrices, seed: int, *, makers: Sequence[int], noise: Sequence[int],
        funds: Funds, start_ns: int,
    ) -> None:  # fmt: skip
        self._rows = venue_file.instruments
        self.prices = reference
        self._accounts = tuple(makers), tuple(noise)
        self._funds = {account: dict(assets) for account, assets in funds.items()}
        self._start_ns = start_ns
        self._makers = Makers(venue_file, reference, seed, accounts=makers, start_ns=start_ns)
        self._noise = NoiseTraders(self._rows, self._makers.activity, seed, noise)
        self._due: list[tuple[int, Task, int]] = []
        self._lives: dict[int, PairLife] = {}
        self._top_up_ns = 0

    @classmethod
    def resume(cls, venue_file: VenueFile, reference: ScriptedPrices, seed: int, state: LifeState) -> Life:
        """Return a life that goes on where the one stood that told its *state*."""
        life = cls(
            venue_file,
            reference,
            seed,
            makers=state.makers,
            noise=state.noise,
            funds=state.funds,
            start_ns=state.start_ns,
        )
        life._due = list(state.due)
        life._top_up_ns = state.top_up_ns
        life._lives = dict(state.lives)
        life._noise.resume(state.chance)
        reference.resume(state.scripts)
        return life

    def state(self) -> LifeState:
        """Return what `resume` needs."""
        funds = {account: dict(assets) for account, assets in self._funds.items()}
        return LifeState(
            self._start_ns, *self._accounts, funds, list(self._due), self._top_up_ns, self._noise.state(), dict(self._lives),
            self.prices.pieces(),
        )  # fmt: skip

    @property
    def next_ns(self) -> int:
        """When anything falls due again."""
        return min(self._due[0][0], self._top_up_ns) if self._due else self._top_up_ns

    def pair(self, instrument: int) -> PairLife:
        """Return how a pair lives."""
        return self._lives.get(instrument, USUAL)

    def set_pair(self, instrument: int, life: PairLife) -> list[Command]:
        """Let a pair live so from now on; return what takes out of its book what nobody stands for any more.

        Raises: ScriptRefused.
        """
        if not 1 <= life.spread_times <= SPREAD_TIMES_MAX:
            raise ScriptRefused(f"a spread is 1 to {SPREAD_TIMES_MAX} times as wide as usual, not {life.spread_times}")
        had = self.pair(instrument)
        self._lives[instrument] = life
        return [self._makers.leave(instrument)] if had.makers and not life.makers else []

    def begin(self, machine: Machine, *, lives: bool = True) -> list[Command]:
        """Return what fills every book for the first time, and plan what comes after; *lives* False: no pair has a life yet."""
        now_ns, rows = self._start_ns, self._rows
        everything = [row.id for row in rows]
        if not lives:
            self._lives = dict.fromkeys(everything, NO_LIFE)
        commands = [*self._quotes(machine, everything, now_ns), *self._trades(everything * FIRST_TRADES, now_ns)]
        for at, row in enumerate(rows):
            look_ns = self._makers.look_ns(row.id)
            self._due.append((now_ns + look_ns * (at + 1) // len(rows), Task.QUOTE, row.id))
            self._due.append((now_ns + self._noise.pause_ns(row.id, now_ns), Task.TRADE, row.id))
        heapq.heapify(self._due)
        self._top_up_ns = now_ns + TOP_UP_NS
        return commands

    def due(self, machine: Machine, now_ns: int) -> list[Command]:
        """Return everything that has fallen due by *now_ns*, and plan what comes next; reads committed state."""
        quoting: list[int] = []
        trading: list[int] = []
        while self._due and self._due[0][0] <= now_ns:
            due_ns, task, instrument = self._due[0]
            if task is Task.QUOTE:
                quoting.append(instrument)
                pause_ns = self._makers.look_ns(instrument)
            else:
                trading.append(instrument)
                pause_ns = self._noise.pause_ns(instrument, now_ns)
            # A clock that jumped is not caught up with: the book is where the price is, and life goes on from there.
            heapq.heapreplace(self._due, (max(due_ns + pause_ns, now_ns + 1), task, instrument))
        commands: list[Command] = []
        if now_ns >= self._top_up_ns:
            self._top_up_ns = now_ns + TOP_UP_NS
            commands += self.strayed(machine)
        return [*commands, *self._quotes(machine, quoting, now_ns), *self._trades(trading, now_ns)]

    def strayed(self, machine: Machine) -> list[Command]:
        """Return what brings the simulation's own accounts back to their funds where they have strayed far."""
        commands: list[Command] = []
        for account, funds in self._funds.items():
            for asset, target in funds.items():
                total, held = machine.balance(account, asset)
                if total * 2 < target:
                    commands.append(transfer(OUTSIDE, account, asset, target - total))
                elif total * 2 > target * 3 and total - target <= total - held:
                    commands.append(transfer(account, OUTSIDE, asset, total - target))
        return commands

    def _quotes(self, machine: Machine, instruments: Sequence[int], now_ns: int) -> list[Command]:
        lives = {instrument: life for instrument in instruments if (life := self.pair(instrument)).is_any}
        if not lives:
            return []
        return self._makers.commands(machine, lives, self.prices.all_ticks(now_ns), now_ns)

    def _trades(self, instruments: Sequence[int], now_ns: int) -> list[Command]:
        trading = [instrument for instrument in instruments if self.pair(instrument).noise]
        if not trading:
            return []
        ticks = self.prices.all_ticks(now_ns)
        return [self._noise.order(instrument, float(ticks[instrument - 1])) for instrument in trading]


def transfer(account: int, to_account: int, asset: int, amount: int) -> Transfer:
    """Return what moves money between an account and the outside."""
    reason = TransferReason.WITHDRAWAL if to_account == OUTSIDE else TransferReason.DEPOSIT
    return Transfer(account=account, to_account=to_account, asset=asset, amount=amount, reason=int(reason))
