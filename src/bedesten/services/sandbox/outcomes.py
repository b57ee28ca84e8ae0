"""Outcomes on demand, through the books: an order is filled by a counterparty, or meets a venue in which it is refused.

Owns the groups of ordinary commands that bring an outcome about; the core sees nothing else, so trades, fees and balances are
real, and the journal has them. Each group is tried on a copy of the machine first. Invariant: price-time priority is never
broken, and no other customer's order is touched unless the driver says so.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from bedesten.core import Machine
from bedesten.domain.columns import SEQ, TIME_NS
from bedesten.domain.commands import (
    COMMAND_WIDTH,
    CancelAll,
    Command,
    PlaceOco,
    PlaceOrder,
    SetAccount,
    SetInstrument,
    Transfer,
)
from bedesten.domain.enums import (
    AccountParameter,
    InstrumentParameter,
    InstrumentState,
    OrderType,
    Side,
    TimeInForce,
    TransferReason,
)
from bedesten.domain.events import Event, Placed, Traded, read_events
from bedesten.domain.instruments import Instrument
from bedesten.domain.orders import Order
from bedesten.services.accounts.accounts import OUTSIDE, Accounts
from bedesten.services.instruments import Catalogue
from bedesten.services.sandbox.refusals import InTheWay, NotThere, SandboxRefused
from bedesten.services.sequencing.batch import pack
from bedesten.services.sequencing.sequencer import Result, Sequencer, Submission

COUNTERPARTY: Final = "sandbox"  # the account that trades with whoever is to be filled
ARMED_MAX: Final = 1_024
PURSE: Final = 10**16  # minor units that the counterparty has of what it gives

#: What an order is made to meet, and the words for it.
INSUFFICIENT: Final = "insufficient_balance"
HALTED: Final = "halted"
POST_ONLY: Final = "post_only"
SUSPENDED: Final = "suspended"
REASONS: Final = (INSUFFICIENT, HALTED, POST_ONLY, SUSPENDED)

_FREE: Final = {  # rules that would keep the counterparty's price out of the book
    InstrumentParameter.BUY_BAND_PPM: "buy_band_ppm", InstrumentParameter.SELL_BAND_PPM: "sell_band_ppm",
    InstrumentParameter.PRICE_FLOOR_PPM: "price_floor_ppm", InstrumentParameter.PRICE_CEILING_PPM: "price_ceiling_ppm",
    InstrumentParameter.MIN_QUANTITY: "min_quantity", InstrumentParameter.MIN_NOTIONAL: "min_notional",
}  # fmt: skip


class Armed(NamedTuple):
    """What happens to an order when it comes. quantity: lots; 0: all of it."""

    account: int
    client_id: str
    reason: str  # one of REASONS; "": it is filled
    quantity: int = 0


class Outcomes:
    """Fills and refusals for one sandbox."""

    def __init__(
        self, sequencer: Sequencer, catalogue: Catalogue, accounts: Accounts, house: Callable[[], Sequence[int]]
    ) -> None:
        """*house*: the simulation's own accounts, whose orders make room."""
        self._sequencer = sequencer
        self._catalogue = catalogue
        self._accounts = accounts
        self._house = house
        self.armed: dict[tuple[int, str], Armed] = {}

    # ── now ──

    async def fill(self, account: int, client_id: str = "", order_id: int = 0, *, quantity: str = "",
                   through: bool = False) -> int:  # fmt: skip
        """Fill an open order, all of it or *quantity*, at its own price; return how many lots.

        *through*: fill the other customers' orders that stand before it as well.
        Raises: NotThere; InTheWay; SandboxRefused.
        """
        order_id = order_id or self._sequencer.state.by_client_id.get((account, client_id), 0)
        row = self._sequencer.state.machine.order(order_id) if order_id else None
        if row is None or (order := Order._make(row)).account != account:
            raise NotThere(f"there is no open order {client_id or order_id!r} of account {account}")
        instrument = self._instrument(order.instrument)
        lots = _lots(instrument, quantity) if quantity else order.remaining
        counterparty = await self._counterparty()
        filled: list[int] = []

        def group(machine: Machine) -> Sequence[Submission]:
            filled.append(0)
            commands, filled[0] = self._filling(machine, order_id, lots, counterparty, through=through)
            return [Submission(command) for command in commands]

        await self._sequencer.submit_whole(group)
        return filled[0]

    # ── when it comes ──

    async def arm(
        self, account: int, client_id: str, *, reason: str = "", quantity: str = "", instrument: str = ""
    ) -> None:
        """Have the order that *account* will place under *client_id* refused for *reason*, or filled as it comes.

        Raises: SandboxRefused.
        """
        if reason and reason not in REASONS:
            raise SandboxRefused(f"{reason!r} is no reason; there are {', '.join(REASONS)}")
        if not client_id:
            raise SandboxRefused("an order is known by its client id before it comes")
        if len(self.armed) >= ARMED_MAX:
            raise SandboxRefused(f"{ARMED_MAX} orders are armed")
        named = self._named(instrument) if quantity or instrument else None
        lots = _lots(named, quantity) if named is not None and quantity else 0
        if not reason:
            await self._counterparty()  # opened now, so that the order's own group is all that comes
        self.armed[account, client_id] = Armed(account, client_id, reason, lots)

    def submit(
        self, command: Command, *, text: str = "", look_at: int = 0, notes: Sequence[Any] = ()
    ) -> asyncio.Future[Result]:
        """Hand a command in as the sequencer does, and what was armed for it around it. Raises: as the sequencer's."""
        armed = self.armed.get((command.account, text)) if text and isinstance(command, PlaceOrder | PlaceOco) else None
        if armed is None:
            return self._sequencer.submit(command, text=text, look_at=look_at, notes=notes)
        assert isinstance(command, PlaceOrder | PlaceOco), "nothing else is armed"
        del self.armed[armed.account, armed.client_id]
        own = Submission(command, tuple(notes), text, look_at)
        at = [0]

        def group(machine: Machine) -> Sequence[Submission]:
            before, behind = self._around(machine, command, armed)
            at[0] = len(before)
            return [*map(Submission, before), own, *map(Submission, behind)]

        futures = self._sequencer.submit_first(group)
        return futures[at[0]]

    # ── what the groups are ──

    def _around(
        self, machine: Machine, command: PlaceOrder | PlaceOco, armed: Armed
    ) -> tuple[Sequence[Command], Sequence[Command]]:
        instrument = self._instrument(command.instrument)
        if armed.reason == INSUFFICIENT:
            asset = (instrument.quote if command.side == Side.BUY else instrument.base).id
            total, held = machine.balance(armed.account, asset)
            if total == held:
                return (), ()
            return (_moved(armed.account, OUTSIDE, asset, total - held),), (
                _moved(OUTSIDE, armed.account, asset, total - held),
            )
        if armed.reason == SUSPENDED:
            return (_suspended(armed.account, 1),), (_suspended(armed.account, 0),)
        if armed.reason:
            state = InstrumentState.HALTED if armed.reason == HALTED else InstrumentState.POST_ONLY_SESSION
            return (_set(instrument, InstrumentParameter.STATE, state),), (
                _set(instrument, InstrumentParameter.STATE, instrument.state),
            )
        copy = Machine.restore(machine.snapshot())
        placed = next(
            (event for event in _tried(copy, [command], self._sequencer.state.time_ns) if isinstance(event, Placed)),
            None,
        )
        if placed is None:
            return (), ()  # refused by itself
        row = copy.order(placed.order_id)
        if row is None:
            return (), ()  # it traded as it came
        known = self._accounts.by_name(COUNTERPARTY)
        assert known is not None, "arm opened it"
        lots = armed.quantity or Order._make(row).remaining
        return (), self._filling(copy, placed.order_id, lots, known.id, through=False)[0]

    def _filling(
        self, machine: Machine, order_id: int, lots: int, counterparty: int, *, through: bool
    ) -> tuple[list[Command], int]:
        row = machine.order(order_id)
        if row is None:
            raise NotThere(f"order {order_id} is not open any more")
        order = Order._make(row)
        if not 0 < lots <= order.remaining:
            raise SandboxRefused(f"{lots} lots of order {order_id} cannot be filled: {order.remaining} remain")
        commands = self._group(machine, order, lots, counterparty)
        trades = self._trades(machine, commands)
        others = [trade for trade in trades if trade.maker_order != order_id]
        if others and through:
            before = self._before(machine, order, counterparty)
            commands = self._group(machine, order, lots + before, counterparty)
            trades = self._trades(machine, commands)
        elif others:
            first = others[0]
            raise InTheWay(
                f"order {first.maker_order} of account {first.maker_account} stands before it; through fills it as well"
            )
        filled = sum(trade.quantity for trade in trades if trade.maker_order == order_id)
        if filled != lots:
            raise SandboxRefused(f"order {order_id} cannot be filled as it stands: {filled} of {lots} lots would trade")
        return commands, filled

    def _trades(self, machine: Machine, commands: Iterable[Command]) -> list[Traded]:
        tried = _tried(Machine.restore(machine.snapshot()), commands, self._sequencer.state.time_ns)
        return [event for event in tried if isinstance(event, Traded)]

    def _before(self, machine: Machine, order: Order, counterparty: int) -> int:
        """Return how many lots of others trade before *order* does: those which a counterparty for everything meets first."""
        lots = 0
        everything = sum(
            other.remaining
            for account in self._accounts.all()
            for other in map(Order._make, machine.open_orders(account.id, order.instrument))
            if other.side == order.side
        )
        for trade in self._trades(machine, self._group(machine, order, everything, counterparty)):
            if trade.maker_order == order.order_id:
                break
            lots += trade.quantity
        return lots

    def _group(self, machine: Machine, order: Order, lots: int, counterparty: int) -> list[Command]:
        instrument = self._instrument(order.instrument)
        side = Side.SELL if order.side == Side.BUY else Side.BUY
        asset = (instrument.base if side == Side.SELL else instrument.quote).id
        total, held = machine.balance(counterparty, asset)
        missing = PURSE - (total - held)
        own = {name: getattr(instrument, field) for name, field in _FREE.items()}
        free = {**dict.fromkeys(own, 0), InstrumentParameter.MIN_QUANTITY: 1}
        taker = PlaceOrder(
            account=counterparty, instrument=instrument.id, side=side, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.IOC, price=order.price, quantity=lots,
        )  # fmt: skip
        return [
            *([_moved(OUTSIDE, counterparty, asset, missing)] if missing > 0 else []),
            *(CancelAll(account=account, instrument=instrument.id) for account in self._house()),
            *(_set(instrument, name, value) for name, value in _changed(free, own).items()),
            taker,
            *self._back(machine, instrument),  # or a noise trader who comes first meets the rest of the order
            *(_set(instrument, name, value) for name, value in _changed(own, free).items()),
        ]

    def _back(self, machine: Machine, instrument: Instrument) -> list[Command]:
        """Return what puts the house's orders back as they stand, in the order of their priority."""
        standing = [
            order
            for account in self._house()
            for order in map(Order._make, machine.open_orders(account, instrument.id))
        ]
        return [
            PlaceOrder(
                account=order.account, instrument=instrument.id, side=order.side, order_type=order.order_type,
                time_in_force=order.time_in_force, price=order.price, quantity=order.remaining, self_trade=order.self_trade,
            )
            for order in sorted(standing)
            if order.order_type == OrderType.LIMIT
        ]  # fmt: skip

    async def _counterparty(self) -> int:
        known = self._accounts.by_name(COUNTERPARTY)
        return (known or await self._accounts.open(COUNTERPARTY)).id

    def _instrument(self, number: int) -> Instrument:
        return next(each for each in self._catalogue.instruments if each.id == number)

    def _named(self, name: str) -> Instrument:
        found = self._catalogue.instrument(name)
        if found is None:
            raise NotThere(f"there is no pair {name!r}" if name else "a quantity needs its pair")
        return found


def _tried(machine: Machine, commands: Iterable[Command], time_ns: int) -> list[Event]:
    rows = bytearray()
    for seq, command in enumerate(commands, machine.seq + 1):
        row = array("q", pack(command))
        row[SEQ], row[TIME_NS] = seq, time_ns
        rows += row.tobytes()
    assert len(rows) % (8 * COMMAND_WIDTH) == 0, "a row is as wide as a command"
    machine.apply(memoryview(rows).cast("q"))
    events = read_events(machine.take_events())
    machine.take_closed()
    return events


def _changed(
    to: Mapping[InstrumentParameter, int], given: Mapping[InstrumentParameter, int]
) -> dict[InstrumentParameter, int]:
    return {name: value for name, value in to.items() if value != given[name]}


def _set(instrument: Instrument, parameter: InstrumentParameter, value: int) -> SetInstrument:
    return SetInstrument(instrument=instrument.id, parameter=int(parameter), value=int(value))


def _suspended(account: int, value: int) -> SetAccount:
    return SetAccount(account=account, parameter=int(AccountParameter.SUSPENDED), value=value)


def _moved(account: int, to_account: int, asset: int, amount: int) -> Transfer:
    reason = int(TransferReason.ADJUSTMENT)
    return Transfer(account=account, to_account=to_account, asset=asset, amount=amount, reason=reason)


def _lots(instrument: Instrument, quantity: str) -> int:
    try:
        return instrument.lots(quantity)
    except ValueError as error:
        raise SandboxRefused(f"{quantity!r} is no quantity of {instrument.name}: {error}") from error
