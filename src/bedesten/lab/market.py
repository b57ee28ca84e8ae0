"""A market: a machine, the numbering of its commands and its time, told batches of rows and answering with rows.

Owns no clock and no chance: the same batches end in the same digest on every machine, compiled or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bedesten.config import VenueFile, demo_venue_file, load_venue_file, setup_commands
from bedesten.core import Machine
from bedesten.domain.columns import CELL_BYTES, HEADER, KIND, SEQ, TIME_NS
from bedesten.domain.commands import COMMAND_WIDTH, Command, OpenAccount, Transfer
from bedesten.domain.enums import EventKind, Op, Side, TransferReason
from bedesten.domain.instruments import Asset, Instrument
from bedesten.domain.money import to_units
from bedesten.lab.dtypes import BALANCE, COMMAND, EVENT, LEVEL, ORDER, command_dtype, defaults_of, event_dtype

Rows = NDArray[np.void]

FIRST_ACCOUNT: Final = 16  # those below are the venue's own
OUTSIDE: Final = 0  # the account that money comes from
START_NS: Final = 1_735_689_600_000_000_000  # 2025-01-01, when a market begins unless told
EVERY_LEVEL: Final = 1 << 30


class Events:
    """What a batch did, in the core's order. The rows are this object's own: later batches do not change them."""

    __slots__ = ("rows",)

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, kind: EventKind) -> Rows:
        """Return the events of one kind, their columns by name."""
        found: Rows = self.rows[self.rows["kind"] == kind].view(event_dtype(kind))
        return found

    @property
    def trades(self) -> Rows:
        """Matches, both halves in a row (bedesten.domain.events.Traded)."""
        return self.of(EventKind.TRADED)

    @property
    def placed(self) -> Rows:
        """Orders that were accepted."""
        return self.of(EventKind.PLACED)

    @property
    def closed(self) -> Rows:
        """Orders that ended: filled, canceled, expired."""
        return self.of(EventKind.CLOSED)

    @property
    def rejected(self) -> Rows:
        """Commands that changed nothing, and why."""
        return self.of(EventKind.REJECTED)


class Market:
    """A machine that was set up as a venue file describes it, with accounts that have money.

    accounts: their numbers, an array. Everything else that changes it is `apply`.
    """

    def __init__(self, machine: Machine, venue_file: VenueFile, accounts: NDArray[np.int64]) -> None:
        """Wrap a machine that is set up already; `open` makes one."""
        self.machine = machine
        self.venue_file = venue_file
        self.accounts = accounts

    @classmethod
    def open(
        cls, venue: VenueFile | Path | None = None, *, accounts: int, balances: Mapping[str, Decimal | int | str],
        start_ns: int = START_NS,
    ) -> Market:  # fmt: skip
        """Return a market with so many accounts, each with these balances by asset code.

        venue: a venue file, where one is, or None for the packaged demo's rules. balances: decimals of the asset ("0.5" BTC).
        Raises: ConfigError for the file; KeyError for an asset that is not listed; ValueError for an amount beyond its decimals.
        """
        venue_file = load_venue_file(venue) if isinstance(venue, Path) else venue or demo_venue_file()
        assets = {asset.code: asset for asset in venue_file.assets}
        funds = {assets[code].id: to_units(str(amount), scale=assets[code].scale) for code, amount in balances.items()}
        numbers = np.arange(FIRST_ACCOUNT, FIRST_ACCOUNT + accounts, dtype=np.int64)
        commands: list[Command] = setup_commands(venue_file)
        for account in numbers.tolist():
            commands.append(OpenAccount(account=account))
            for asset, amount in funds.items():
                commands.append(
                    Transfer(
                        account=OUTSIDE, to_account=account, asset=asset, amount=amount, reason=TransferReason.DEPOSIT
                    )
                )
        market = cls(Machine(), venue_file, numbers)
        events = market.tell(commands, start_ns)
        if len(events.rejected):
            raise ValueError(f"{len(events.rejected)} of the commands that set the market up were refused")
        return market

    # ── telling ──

    def batch(self, count: int, op: Op = Op.PLACE_ORDER) -> Rows:
        """Return *count* rows of one op, with the defaults of its command; fill the columns by name."""
        rows = np.zeros(count, dtype=command_dtype(op))
        rows["op"] = op
        for name, value in defaults_of(op).items():
            rows[name] = value
        return rows

    def apply(self, batch: Rows, time_ns: int | NDArray[np.int64]) -> Events:
        """Number the rows, stamp them with their time, apply them, and return what happened.

        batch: rows of one dimension, contiguous; `seq` and `time_ns` are written in place. time_ns: one for all, or one a row.
        Raises: ValueError, and nothing changed, when time goes back or the rows are not contiguous rows of commands.
        """
        if batch.itemsize != COMMAND.itemsize or batch.ndim != 1 or not batch.flags.c_contiguous:
            raise ValueError("a batch is one contiguous array of command rows")
        return self.apply_cells(cells_of(batch), time_ns)

    def apply_cells(self, cells: NDArray[np.int64], time_ns: int | NDArray[np.int64]) -> Events:
        """Do as `apply` does with rows as integers, of the shape (rows, COMMAND_WIDTH): for loops of single steps."""
        machine, count = self.machine, len(cells)
        if isinstance(time_ns, np.ndarray):
            if len(time_ns) != count or count and (time_ns[0] < machine.time_ns or bool((np.diff(time_ns) < 0).any())):
                raise ValueError("times are one a row and never go back")
        elif time_ns < machine.time_ns:
            raise ValueError(f"time goes back: from {machine.time_ns} to {time_ns}")
        if not count:
            return Events(np.zeros(0, dtype=EVENT))
        seq = machine.seq
        cells[:, SEQ] = np.arange(seq + 1, seq + 1 + count)
        cells[:, TIME_NS] = time_ns
        machine.apply(memoryview(cells.data).cast("B").cast("q"))
        return Events(np.frombuffer(machine.take_events(), dtype=EVENT))

    def tell(self, commands: list[Command], time_ns: int) -> Events:
        """Apply command objects, as `apply` does rows: for what is rare. Ten times slower."""
        cells = np.zeros((len(commands), COMMAND_WIDTH), dtype=np.int64)
        for row, command in zip(cells, commands, strict=True):
            fields = command.fields()
            row[KIND] = command.op
            row[HEADER : HEADER + len(fields)] = fields
        return self.apply_cells(cells, time_ns)

    # ── looking ──

    @property
    def time_ns(self) -> int:
        """The time of the last command."""
        return self.machine.time_ns

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        """Every instrument by name, "BTC-USD": its `ticks`, `lots` and `price_text` turn decimals into units and back."""
        return {instrument.name: instrument for instrument in self.venue_file.instruments}

    @cached_property
    def assets(self) -> dict[str, Asset]:
        """Every asset by code."""
        return {asset.code: asset for asset in self.venue_file.assets}

    def depth(self, instrument: int, side: Side, limit: int = EVERY_LEVEL) -> Rows:
        """Return the best levels of one side, best first (LEVEL). Raises: KeyError for an instrument that is not listed."""
        return np.array(self.machine.depth(instrument, side, limit), dtype=LEVEL)

    def bbo(self, instrument: int) -> tuple[int, int, int, int]:
        """Return best bid, its quantity, best ask, its quantity; 0 where a side is empty."""
        return self.machine.bbo(instrument)

    def balances(self) -> Rows:
        """Return what every account has of every asset that it has anything of (BALANCE)."""
        rows = [
            (account, asset, total, held)
            for account in self.accounts.tolist()
            for asset, total, held in self.machine.balances(account)
        ]
        return np.array(rows, dtype=BALANCE)

    def open_orders(self, account: int, instrument: int = -1) -> Rows:
        """Return an account's open orders, oldest first (ORDER); instrument −1: on all."""
        return np.array(self.machine.open_orders(account, instrument), dtype=ORDER)

    def fork(self) -> Market:
        """Return a market that stands as this one does; what is told to one changes nothing of the other."""
        return Market(Machine.restore(self.machine.snapshot()), self.venue_file, self.accounts.copy())

    def digest(self) -> str:
        """Return a name for the whole state: equal for equal states, on every machine."""
        return self.machine.digest()


def cells_of(batch: Rows) -> NDArray[np.int64]:
    """Return rows as the integers they are, of the shape (rows, columns): the same memory by another name."""
    return batch.view("<i8").reshape(len(batch), batch.itemsize // CELL_BYTES)


def together(parts: Sequence[Rows]) -> Events:
    """Return rows of events, one part after the other, as one. They go as integers: NumPy copies records field by field."""
    return Events(np.concatenate([np.zeros(0, dtype="<i8"), *(part.view("<i8") for part in parts)]).view(EVENT))


def join(*batches: Rows) -> Rows:
    """Return rows of different ops as one batch, one after the other."""
    plain: list[Any] = [np.ascontiguousarray(batch).view(COMMAND) for batch in batches]
    return np.concatenate(plain) if plain else np.zeros(0, dtype=COMMAND)
