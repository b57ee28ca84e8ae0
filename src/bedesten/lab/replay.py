"""Recordings of a market, told to a market of ours: orders one by one (L3), or levels and trades (L2).

What a recording holds is told as commands of one account, `history`, which has money without end; trades of a recording of
levels are taken by a second one. Own orders are placed in between with `Market.apply` and stand in the same queues. A recording
of levels does not say who left a queue: that is a model's guess (bedesten.lab.models), and the result carries the model's name.
Limits that would refuse what a real market has seen (bands around the last price, the least worth of an order, orders of one
account) are lifted on the instrument.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedesten.domain.commands import AmendOrder, CancelOrder, Command, OpenAccount, PlaceOrder, SetInstrument, Transfer
from bedesten.domain.enums import InstrumentParameter, Op, OrderType, Side, TimeInForce, TransferReason
from bedesten.domain.instruments import Instrument
from bedesten.domain.orders import order_of_row
from bedesten.lab.dtypes import COMMAND, EVENT, command_dtype, defaults_of
from bedesten.lab.market import OUTSIDE, Events, Market, Rows, cells_of, together
from bedesten.lab.models import RISK_AVERSE, Queue

#: Kinds of recorded orders: one is added, loses all or some of its quantity, or takes what it finds up to its price.
ADD, CANCEL, REDUCE, TAKE = 1, 2, 3, 4
#: Kinds of recorded levels: what a level holds from now on (0: it is gone), or a trade, whose side is the taker's.
LEVEL_SET, TRADE = 1, 2

#: One recorded order. order: the recording's own id. quantity: of REDUCE, what is left. Units: ns, ticks, lots.
L3: Final = np.dtype(
    [("time_ns", "<i8"), ("kind", "<i8"), ("order", "<i8"), ("side", "<i8"), ("price", "<i8"), ("quantity", "<i8")]
)
#: One recorded level or trade. Units: ns, ticks, lots.
L2: Final = np.dtype([("time_ns", "<i8"), ("kind", "<i8"), ("side", "<i8"), ("price", "<i8"), ("quantity", "<i8")])

PIECE: Final = 4_096  # rows of recorded orders told at once: what a processor's cache holds
ENDLESS: Final = 1 << 58  # minor units: more than any recording moves
LIFTED: Final = (
    InstrumentParameter.BUY_BAND_PPM, InstrumentParameter.SELL_BAND_PPM, InstrumentParameter.PRICE_FLOOR_PPM,
    InstrumentParameter.PRICE_CEILING_PPM, InstrumentParameter.MIN_NOTIONAL, InstrumentParameter.OPEN_ORDERS_MAX,
)  # fmt: skip
KINDS: Final = {
    "add": ADD, "cancel": CANCEL, "reduce": REDUCE, "take": TAKE, "level": LEVEL_SET, "trade": TRADE,
}  # fmt: skip


class Replayed(NamedTuple):
    """What a piece of a recording did. model: what was guessed by; "" where the recording said everything."""

    events: Events
    model: str


def read_csv(path: Path, instrument: Instrument) -> Rows:
    """Return a recording as rows (L3 where there is a column `order`, else L2).

    The file has a header; prices and quantities are decimals of the instrument, kind is add, cancel, reduce, take, level or
    trade, side is buy or sell.
    Raises: ValueError, which names the line, for what is none of these or falls between two ticks or lots.
    """
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        has_orders = "order" in (reader.fieldnames or ())
        rows: list[tuple[int, ...]] = []
        for line, row in enumerate(reader, 2):
            try:
                side = int(Side[row["side"].upper()])
                price, quantity = int(instrument.ticks(row["price"])), int(instrument.lots(row["quantity"]))
                order = (int(row["order"]),) if has_orders else ()
                rows.append((int(row["time_ns"]), KINDS[row["kind"]], *order, side, price, quantity))
            except (KeyError, ValueError, AttributeError) as error:
                raise ValueError(f"{path}, line {line}: {error}") from error
    return np.array(rows, dtype=L3 if has_orders else L2)


class Replay:
    """One recording of one instrument on one market."""

    def __init__(self, market: Market, instrument: str, recording: Rows, *, queue: Queue = RISK_AVERSE) -> None:
        """Open the accounts that the recording needs. queue: who leaves a level of which a recording of levels says less.

        Raises: KeyError for an instrument that is not listed; ValueError for rows that are neither L3 nor L2, or go back in time.
        """
        if recording.dtype not in (L3, L2) or bool((np.diff(recording["time_ns"]) < 0).any()):
            raise ValueError("a recording is an array of L3 or L2 rows whose time does not go back")
        self.market, self.recording = market, recording
        self.instrument = market.instruments[instrument]
        self.history = int(market.accounts.max(initial=OUTSIDE)) + 1
        self.taker = self.history + 1
        self.at = 0  # of the next row
        self._queue = queue
        self._has_orders = recording.dtype == L3
        if self._has_orders:
            self._origins = _origins(recording)
            self._given = np.zeros(len(recording), dtype=np.int64)  # by the core, to the orders that rows add
            self._batch = np.zeros(min(len(recording), PIECE), dtype=COMMAND)
        self._levels: dict[tuple[int, int], list[int]] = defaultdict(
            list
        )  # side and price → history's orders, oldest first
        self._fund()

    @property
    def model(self) -> str:
        """The name of what is guessed by; "" where the recording says everything."""
        return "" if self._has_orders else self._queue.name

    @property
    def is_over(self) -> bool:
        """Whether all of it was told."""
        return self.at >= len(self.recording)

    def run(self, until_ns: int | None = None) -> Replayed:
        """Tell what was recorded up to and with that time (None: all of it), and return what came of it."""
        end = len(self.recording)
        if until_ns is not None:
            end = int(np.searchsorted(self.recording["time_ns"], until_ns, side="right"))
        begin, self.at = self.at, max(end, self.at)
        if begin == self.at:
            return Replayed(Events(np.zeros(0, dtype=EVENT)), self.model)
        tell = self._orders if self._has_orders else self._levels_and_trades
        return Replayed(tell(begin, self.at), self.model)

    # ── orders ──

    def _orders(self, begin: int, end: int) -> Events:
        return together([self._piece(at, min(at + PIECE, end)).rows for at in range(begin, end, PIECE)])

    def _piece(self, begin: int, end: int) -> Events:
        """Tell recorded orders as one batch: the ids that the core will give are known beforehand, one a row that places."""
        market, rows = self.market, self.recording[begin:end]
        batch, kinds = self._batch[: len(rows)], rows["kind"]
        cells_of(batch).fill(0)
        self._given[begin:end] = market.machine.next_order_id + np.cumsum(_places(rows)) - 1
        new, canceled, reduced = (np.flatnonzero(each) for each in (_places(rows), kinds == CANCEL, kinds == REDUCE))
        is_add = kinds[new] == ADD
        _write(
            batch, Op.PLACE_ORDER, new, account=np.where(is_add, self.history, self.taker), instrument=self.instrument.id,
            side=rows["side"][new], order_type=OrderType.LIMIT,
            time_in_force=np.where(is_add, TimeInForce.GTC, TimeInForce.IOC),
            price=rows["price"][new], quantity=rows["quantity"][new],
        )  # fmt: skip
        own = dict(account=self.history, instrument=self.instrument.id)
        _write(batch, Op.CANCEL_ORDER, canceled, order_id=self._placed(begin, canceled), **own)
        _write(
            batch, Op.AMEND_ORDER, reduced, order_id=self._placed(begin, reduced), quantity=rows["quantity"][reduced],
            quantity_is_remaining=1, **own,
        )  # fmt: skip
        return market.apply(batch, np.maximum(rows["time_ns"], market.time_ns))

    def _placed(self, begin: int, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the core's ids of the orders that rows of the piece speak of; 0 for one that was never added."""
        origins = self._origins[begin + chosen]
        ids: NDArray[np.int64] = np.where(origins < 0, 0, self._given[origins])
        return ids

    # ── levels and trades ──

    def _levels_and_trades(self, begin: int, end: int) -> Events:
        found = [
            (self._trade if kind == TRADE else self._set_level)(side, price, quantity, time_ns)
            for time_ns, kind, side, price, quantity in self.recording[begin:end].tolist()
        ]
        return together([events.rows for events in found])

    def _trade(self, side: int, price: int, quantity: int, time_ns: int) -> Events:
        return self._tell([self._order(self.taker, side, price, quantity, TimeInForce.IOC)], time_ns)

    def _set_level(self, side: int, price: int, quantity: int, time_ns: int) -> Events:
        """Bring history's share of a level to *quantity*: a new order behind everybody, or less of those that stand."""
        machine, standing = self.market.machine, self._levels[side, price]
        remaining = {
            order: order_of_row(row).remaining for order in standing if (row := machine.order(order)) is not None
        }
        standing[:] = remaining
        more = quantity - sum(remaining.values())
        if more > 0:
            standing.append(machine.next_order_id)
            return self._tell([self._order(self.history, side, price, more, TimeInForce.GTC)], time_ns)
        return self._tell(self._leave(remaining, self._first_own(side, price), -more), time_ns)

    def _leave(self, remaining: dict[int, int], own: int, gone: int) -> list[Command]:
        """Return what takes *gone* lots off history's orders at a level, ahead of the own order *own* and behind it."""
        ahead = [order for order in remaining if order < own]
        behind = [order for order in remaining if order > own]
        in_front = sum(remaining[order] for order in ahead)
        front = self._queue.ahead(gone, in_front, sum(remaining[order] for order in behind)) if own else 0
        commands: list[Command] = []
        for orders, left in ((behind if own else list(remaining), gone - front), (ahead, front)):
            for order in reversed(orders):
                taken = min(left, remaining[order])
                left -= taken
                if taken == remaining[order]:
                    commands.append(CancelOrder(account=self.history, order_id=order))
                elif taken:
                    commands.append(
                        AmendOrder(
                            account=self.history,
                            order_id=order,
                            quantity=remaining[order] - taken,
                            quantity_is_remaining=1,
                        )
                    )
        return commands

    def _first_own(self, side: int, price: int) -> int:
        """Return the oldest order at a level that is not history's; 0: there is none."""
        found = [
            row["order_id"]
            for account in self.market.accounts.tolist()
            for row in self.market.open_orders(account, self.instrument.id)
            if row["side"] == side and row["price"] == price
        ]
        return int(min(found, default=0))

    def _order(self, account: int, side: int, price: int, quantity: int, life: TimeInForce) -> Command:
        return PlaceOrder(
            account=account, instrument=self.instrument.id, side=side, order_type=OrderType.LIMIT, time_in_force=life,
            price=price, quantity=quantity,
        )  # fmt: skip

    def _tell(self, commands: list[Command], time_ns: int) -> Events:
        return self.market.tell(commands, max(time_ns, self.market.time_ns))

    def _fund(self) -> None:
        commands: list[Command] = [
            SetInstrument(instrument=self.instrument.id, parameter=each, value=0) for each in LIFTED
        ]
        for account in (self.history, self.taker):
            commands.append(OpenAccount(account=account))
            for asset in (self.instrument.base.id, self.instrument.quote.id):
                commands.append(
                    Transfer(
                        account=OUTSIDE, to_account=account, asset=asset, amount=ENDLESS, reason=TransferReason.DEPOSIT
                    )
                )
        self.market.tell(commands, self.market.time_ns)


def _places(rows: Rows) -> NDArray[np.bool_]:
    placing: NDArray[np.bool_] = (rows["kind"] == ADD) | (rows["kind"] == TAKE)
    return placing


def _origins(recording: Rows) -> NDArray[np.int64]:
    """Return for each row which row added the order that it speaks of, the newest one before it; -1: none did."""
    by_order = np.argsort(recording["order"], kind="stable")
    orders = recording["order"][by_order]
    places = np.where(_places(recording)[by_order], np.arange(len(orders)), -1)
    newest = np.maximum.accumulate(places) if len(places) else places
    is_same = (newest >= 0) & (orders[newest] == orders)
    origins = np.full(len(orders), -1, dtype=np.int64)
    origins[by_order] = np.where(is_same, by_order[newest], -1)
    return origins


def _write(batch: Rows, op: Op, chosen: NDArray[np.int64], **columns: int | NDArray[np.int64]) -> None:
    """Make the chosen rows of a batch of zeros commands of one op."""
    named = batch.view(command_dtype(op))
    for name, value in {"op": op, **defaults_of(op), **columns}.items():
        named[name][chosen] = value
