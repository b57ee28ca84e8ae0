"""Commands: what may be asked of the core, as frozen structs for people and as rows of integers for the machine.

A row is COMMAND_WIDTH 64-bit integers: op, seq, time_ns, then the struct's fields in the order they stand here. The order is
part of the journal's format: fields are only ever added at the end. Zero stands for "absent" wherever absence is allowed.
"""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from bedesten.domain.enums import Op

COMMAND_WIDTH: Final = 24  # 64-bit integers in a command row
HEADER: Final = 3  # op, seq, time_ns; the sequencer writes the last two
EVERY_INSTRUMENT: Final = -1  # where a command may speak of one instrument or of all


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the core."""

    op: ClassVar[Op]

    def fields(self) -> tuple[int, ...]:
        """Return the row's columns after the header, without padding."""
        return msgspec.structs.astuple(self)


class OpenAccount(Command, frozen=True, kw_only=True):
    """Open a ledger account under a number not used before."""

    op: ClassVar[Op] = Op.OPEN_ACCOUNT
    account: int


class SetAccount(Command, frozen=True, kw_only=True):
    """Change one AccountParameter."""

    op: ClassVar[Op] = Op.SET_ACCOUNT
    account: int
    parameter: int
    value: int


class ListAsset(Command, frozen=True, kw_only=True):
    """Make an asset known."""

    op: ClassVar[Op] = Op.LIST_ASSET
    asset: int


class ListInstrument(Command, frozen=True, kw_only=True):
    """Make an instrument known, halted until SET_INSTRUMENT opens it.

    Units: lot_value is base minor units in one lot; one tick × one lot is worth
    value_numerator ÷ value_denominator quote minor units.
    """

    op: ClassVar[Op] = Op.LIST_INSTRUMENT
    instrument: int
    base: int
    quote: int
    lot_value: int
    value_numerator: int
    value_denominator: int


class SetInstrument(Command, frozen=True, kw_only=True):
    """Change one InstrumentParameter."""

    op: ClassVar[Op] = Op.SET_INSTRUMENT
    instrument: int
    parameter: int
    value: int


class SetFees(Command, frozen=True, kw_only=True):
    """Set the rates that a fee tier pays on an instrument, from the next order on.

    Units: parts per billion of the notional (or of the quantity, where the fee is taken in base).
    """

    op: ClassVar[Op] = Op.SET_FEES
    instrument: int
    tier: int
    maker_ppb: int
    taker_ppb: int


class Transfer(Command, frozen=True, kw_only=True):
    """Move *amount* of what is available on one account to another."""

    op: ClassVar[Op] = Op.TRANSFER
    account: int
    to_account: int
    asset: int
    amount: int
    reason: int


class HoldFunds(Command, frozen=True, kw_only=True):
    """Reserve *amount* of what is available on an account, for something that is not an order: a withdrawal, a quote."""

    op: ClassVar[Op] = Op.HOLD_FUNDS
    account: int
    asset: int
    amount: int
    reason: int  # a TransferReason: why it would move
    expires_ns: int = 0  # when it is given back by itself; 0: never


class ReleaseFunds(Command, frozen=True, kw_only=True):
    """Give back what a hold reserved."""

    op: ClassVar[Op] = Op.RELEASE_FUNDS
    account: int
    hold_id: int


class CaptureFunds(Command, frozen=True, kw_only=True):
    """Move *amount* of what a hold reserved to another account, and give back the rest."""

    op: ClassVar[Op] = Op.CAPTURE_FUNDS
    account: int
    hold_id: int
    to_account: int
    amount: int


class SetHold(Command, frozen=True, kw_only=True):
    """Change when a hold is given back by itself; 0: never. Refused when it has ended."""

    op: ClassVar[Op] = Op.SET_HOLD
    account: int
    hold_id: int
    expires_ns: int


class Exchange(Command, frozen=True, kw_only=True):
    """Move *amount* of *asset* from one account to another, and *to_amount* of *to_asset* back: both, or neither."""

    op: ClassVar[Op] = Op.EXCHANGE
    account: int
    to_account: int
    asset: int
    amount: int
    to_asset: int
    to_amount: int


class SetIndex(Command, frozen=True, kw_only=True):
    """Tell the index price of an instrument, in ticks: triggers, pegs and price bands follow it."""

    op: ClassVar[Op] = Op.SET_INDEX
    instrument: int
    price: int
    source: int = 0  # an IndexSource: how old the price may become depends on it


class AdvanceTime(Command, frozen=True, kw_only=True):
    """Let the time of this command's row be known to the core, so that what is due expires."""

    op: ClassVar[Op] = Op.ADVANCE_TIME


class RecordNote(Command, frozen=True, kw_only=True):
    """Give a fact that moves no money its place in the log: it stands in the notes beside this command (domain.notes)."""

    op: ClassVar[Op] = Op.NOTE


class PlaceOrder(Command, frozen=True, kw_only=True):
    """Place one order.

    Units: price, trigger_price, stop_price in ticks; quantity in lots; budget in quote minor units; trail in ticks or,
    for a trailing percentage, parts per million; display and deviation in parts per million.
    A market buy names a quantity or a budget; every other order a quantity. A PEG order's price is the worst it may take.
    """

    op: ClassVar[Op] = Op.PLACE_ORDER
    account: int
    instrument: int
    side: int
    order_type: int
    time_in_force: int
    expires_ns: int = 0  # GTD only
    post_only: int = 0
    price: int = 0
    quantity: int = 0
    budget: int = 0
    trigger: int = 0
    trigger_price: int = 0
    trigger_source: int = 0
    trail: int = 0
    display_ppm: int = 0  # 0: all of it
    deviation_ppm: int = 0  # PEG only; signed
    self_trade: int = 1
    client_ref: int = 0  # a 64-bit stand-in for the client's own id; 0: none


class PlaceOco(Command, frozen=True, kw_only=True):
    """Place a limit order and a stop-limit order of the same side and quantity; when one trades, fires or ends, the other ends.

    The legs take two order ids in a row, the limit leg's first, and hold funds once. Columns as in PlaceOrder, and
    stop_price: the limit of the triggered leg.
    """

    op: ClassVar[Op] = Op.PLACE_OCO
    account: int
    instrument: int
    side: int
    order_type: int
    time_in_force: int
    expires_ns: int = 0
    post_only: int = 0
    price: int = 0
    quantity: int = 0
    budget: int = 0
    trigger: int = 0
    trigger_price: int = 0
    trigger_source: int = 0
    trail: int = 0
    display_ppm: int = 0
    deviation_ppm: int = 0
    self_trade: int = 1
    client_ref: int = 0
    stop_price: int = 0


class CancelOrder(Command, frozen=True, kw_only=True):
    """End one open order of the account."""

    op: ClassVar[Op] = Op.CANCEL_ORDER
    account: int
    order_id: int
    instrument: int = EVERY_INSTRUMENT  # when named, the order must be on it


class CancelClientRef(Command, frozen=True, kw_only=True):
    """End every open order of the account that carries this client reference."""

    op: ClassVar[Op] = Op.CANCEL_CLIENT_REF
    account: int
    client_ref: int
    instrument: int = EVERY_INSTRUMENT


class CancelAll(Command, frozen=True, kw_only=True):
    """End every open order of the account, oldest first."""

    op: ClassVar[Op] = Op.CANCEL_ALL
    account: int
    instrument: int = EVERY_INSTRUMENT


class AmendOrder(Command, frozen=True, kw_only=True):
    """Change price, quantity, trigger price, or several at once; zero leaves a field as it is.

    A smaller quantity alone keeps the order's place in the queue; anything else loses it. With quantity_is_remaining, quantity
    speaks of what is left to fill, otherwise of the whole order.
    """

    op: ClassVar[Op] = Op.AMEND_ORDER
    account: int
    order_id: int
    instrument: int = EVERY_INSTRUMENT
    price: int = 0
    quantity: int = 0
    trigger_price: int = 0
    quantity_is_remaining: int = 0


class CancelAllAfter(Command, frozen=True, kw_only=True):
    """Arm, extend or (0) disarm the account's dead-man timer."""

    op: ClassVar[Op] = Op.CANCEL_ALL_AFTER
    account: int
    deadline_ns: int


COMMANDS: Final[dict[Op, type[Command]]] = {
    kind.op: kind
    for kind in (
        OpenAccount, SetAccount, ListAsset, ListInstrument, SetInstrument, SetFees, Transfer,
        HoldFunds, ReleaseFunds, CaptureFunds, SetHold, Exchange, SetIndex, AdvanceTime, RecordNote,
        PlaceOrder, PlaceOco, CancelOrder, CancelClientRef, CancelAll, AmendOrder, CancelAllAfter,
    )
}  # fmt: skip


def from_row(row: tuple[int, ...] | list[int]) -> Command:
    """Return the command that a journaled row holds."""
    kind = COMMANDS[Op(row[0])]
    names = kind.__struct_fields__
    return kind(**dict(zip(names, row[HEADER : HEADER + len(names)], strict=True)))
