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
from bedesten.lab.dtypes import EVENT
from bedesten.lab.market import OUTSIDE, Events, Market, Rows, join
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
        self._ids: dict[int, int] = {}  # the recording's order → the core's
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
        rows, self.at = self.recording[self.at : max(end, self.at)], max(end, self.at)
        if not len(rows):
            return Replayed(Events(np.zeros(0, dtype=EVENT)), self.model)
        return Replayed(self._orders(rows) if self._has_orders else self._levels_and_trades(rows), self.model)

    # ── orders ──

    def _orders(self, rows: Rows) -> Events:
        """Tell recorded orders as one batch: the ids that the core will give are known beforehand, one a row that places."""
        market = self.market
        is_new = (rows["kind"] == ADD) | (rows["kind"] == TAKE)
        given = market.machine.next_order_id + np.cumsum(is_new) - 1
        self._ids.update(zip(rows["order"][is_new].tolist(), given[is_new].tolist(), strict=True))
        ids = np.fromiter((self._ids.get(each, 0) for each in rows["order"].tolist()), dtype=np.int64, count=len(rows))
        batch = join(market.batch(len(rows)))
        for kind, op in (
            (ADD, Op.PLACE_ORDER),
            (TAKE, Op.PLACE_ORDER),
            (CANCEL, Op.CANCEL_ORDER),
            (REDUCE, Op.AMEND_ORDER),
        ):
            chosen = rows["kind"] == kind
            if chosen.any():
                batch[chosen] = join(self._told(rows[chosen], ids[chosen], kind, op))
        return market.apply(batch, np.maximum(rows["time_ns"], market.time_ns))

    def _told(self, rows: Rows, ids: NDArray[np.int64], kind: int, op: Op) -> Rows:
        told = self.market.batch(len(rows), op)
        told["account"], told["instrument"] = self.history, self.instrument.id
        if op is Op.PLACE_ORDER:
            told["side"], told["price"], told["quantity"] = rows["side"], rows["price"], rows["quantity"]
            told["order_type"] = OrderType.LIMIT
            told["time_in_force"] = TimeInForce.GTC if kind == ADD else TimeInForce.IOC
            told["account"] = self.history if kind == ADD else self.taker
            return told
        told["order_id"] = ids
        if op is Op.AMEND_ORDER:
            told["quantity"], told["quantity_is_remaining"] = rows["quantity"], 1
        return told

    # ── levels and trades ──

    def _levels_and_trades(self, rows: Rows) -> Events:
        found = [
            (self._trade if kind == TRADE else self._set_level)(side, price, quantity, time_ns)
            for time_ns, kind, side, price, quantity in rows.tolist()
        ]
        return Events(np.concatenate([events.rows for events in found]))

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
