"""Commands: what may be asked of the core. Each struct describes its record: the fields, in order, are the columns of a row.

A row is COMMAND_WIDTH 64-bit integers: op, seq, time_ns, then the struct's fields in the order they stand here, and zeros: the
core refuses a row with anything else there. The order is part of the journal's format: fields are only ever added at the end.
Zero stands for "absent" wherever absence is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, TypeVar

import msgspec

from bedesten.domain import enums
from bedesten.domain.columns import HEADER, NumpyFields, numpy_fields_of
from bedesten.domain.enums import Op
from bedesten.domain.fields import CODE, FLAG, ID, LOTS, MINOR, NS, PPB, PPM, QUOTE, TICKS, Field

COMMAND_WIDTH: Final = 24  # 64-bit integers in a command row
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
    account: Annotated[int, Field(ID, "the account's number")]


class SetAccount(Command, frozen=True, kw_only=True):
    """Change one parameter of an account."""

    op: ClassVar[Op] = Op.SET_ACCOUNT
    account: Annotated[int, Field(ID, "the account")]
    parameter: Annotated[int, Field(enums.AccountParameter, "what is changed")]
    value: Annotated[int, Field(CODE, "its new value, as the parameter counts")]


class ListAsset(Command, frozen=True, kw_only=True):
    """Make an asset known."""

    op: ClassVar[Op] = Op.LIST_ASSET
    asset: Annotated[int, Field(ID, "the asset's number")]


class ListInstrument(Command, frozen=True, kw_only=True):
    """Make an instrument known, halted until SET_INSTRUMENT opens it.

    One tick × one lot is worth value_numerator ÷ value_denominator minor units of quote.
    """

    op: ClassVar[Op] = Op.LIST_INSTRUMENT
    instrument: Annotated[int, Field(ID, "the instrument's number")]
    base: Annotated[int, Field(ID, "the asset that is traded")]
    quote: Annotated[int, Field(ID, "the asset that it is paid in")]
    lot_value: Annotated[int, Field(MINOR, "of base in one lot")]
    value_numerator: Annotated[int, Field(ID, "numerator of the worth of one tick × one lot")]
    value_denominator: Annotated[int, Field(ID, "its denominator")]


class SetInstrument(Command, frozen=True, kw_only=True):
    """Change one parameter of an instrument."""

    op: ClassVar[Op] = Op.SET_INSTRUMENT
    instrument: Annotated[int, Field(ID, "the instrument")]
    parameter: Annotated[int, Field(enums.InstrumentParameter, "what is changed")]
    value: Annotated[int, Field(CODE, "its new value, as the parameter counts")]


class SetFees(Command, frozen=True, kw_only=True):
    """Set the rates that a fee tier pays on an instrument, from the next order on.

    They are rates of the notional, or of the quantity where the fee is taken in base.
    """

    op: ClassVar[Op] = Op.SET_FEES
    instrument: Annotated[int, Field(ID, "the instrument")]
    tier: Annotated[int, Field(ID, "the fee tier")]
    maker_ppb: Annotated[int, Field(PPB, "what a resting order pays")]
    taker_ppb: Annotated[int, Field(PPB, "what an incoming order pays")]


class Transfer(Command, frozen=True, kw_only=True):
    """Move an amount of what is available on one account to another."""

    op: ClassVar[Op] = Op.TRANSFER
    account: Annotated[int, Field(ID, "the account that pays")]
    to_account: Annotated[int, Field(ID, "the account that is paid")]
    asset: Annotated[int, Field(ID, "the asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    reason: Annotated[int, Field(enums.TransferReason, "why")]


class HoldFunds(Command, frozen=True, kw_only=True):
    """Reserve an amount of what is available on an account, for something that is not an order: a withdrawal, a quote."""

    op: ClassVar[Op] = Op.HOLD_FUNDS
    account: Annotated[int, Field(ID, "the account")]
    asset: Annotated[int, Field(ID, "the asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    reason: Annotated[int, Field(enums.TransferReason, "why it would move")]
    expires_ns: Annotated[int, Field(NS, "when the core gives it back; 0: never")] = 0


class ReleaseFunds(Command, frozen=True, kw_only=True):
    """Give back what a hold reserved."""

    op: ClassVar[Op] = Op.RELEASE_FUNDS
    account: Annotated[int, Field(ID, "the account")]
    hold_id: Annotated[int, Field(ID, "the hold")]


class CaptureFunds(Command, frozen=True, kw_only=True):
    """Move an amount of what a hold reserved to another account, and give back the rest."""

    op: ClassVar[Op] = Op.CAPTURE_FUNDS
    account: Annotated[int, Field(ID, "the account")]
    hold_id: Annotated[int, Field(ID, "the hold")]
    to_account: Annotated[int, Field(ID, "the account that is paid")]
    amount: Annotated[int, Field(MINOR, "how much of what is held")]


class SetHold(Command, frozen=True, kw_only=True):
    """Change when the core gives a hold back. Refused when the hold has ended."""

    op: ClassVar[Op] = Op.SET_HOLD
    account: Annotated[int, Field(ID, "the account")]
    hold_id: Annotated[int, Field(ID, "the hold")]
    expires_ns: Annotated[int, Field(NS, "when the core gives it back; 0: never")]


class Exchange(Command, frozen=True, kw_only=True):
    """Move an amount of one asset from one account to another, and an amount of a second asset back: both, or neither."""

    op: ClassVar[Op] = Op.EXCHANGE
    account: Annotated[int, Field(ID, "the account that pays the first asset")]
    to_account: Annotated[int, Field(ID, "the account that pays the second")]
    asset: Annotated[int, Field(ID, "the first asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    to_asset: Annotated[int, Field(ID, "the second asset")]
    to_amount: Annotated[int, Field(MINOR, "how much of that")]


class SetIndex(Command, frozen=True, kw_only=True):
    """Set the index price of an instrument: triggers, pegs and price bands follow it."""

    op: ClassVar[Op] = Op.SET_INDEX
    instrument: Annotated[int, Field(ID, "the instrument")]
    price: Annotated[int, Field(TICKS, "the index price")]
    source: Annotated[int, Field(enums.IndexSource, "who told it: how old it may become depends on that")] = 0


class AdvanceTime(Command, frozen=True, kw_only=True):
    """Let the time of this command's row be known to the core, so that what is due expires."""

    op: ClassVar[Op] = Op.ADVANCE_TIME


class RecordNote(Command, frozen=True, kw_only=True):
    """Give a fact that moves no money its place in the log: it stands in the notes beside this command (domain.notes)."""

    op: ClassVar[Op] = Op.NOTE


class OrderTerms(Command, frozen=True, kw_only=True):
    """The columns of an order to be placed.

    A market buy names a quantity or a budget; every other order a quantity.
    """

    account: Annotated[int, Field(ID, "the account")]
    instrument: Annotated[int, Field(ID, "the instrument")]
    side: Annotated[int, Field(enums.Side, "the direction")]
    order_type: Annotated[int, Field(enums.OrderType, "how it is priced")]
    time_in_force: Annotated[int, Field(enums.TimeInForce, "how long it lives")]
    expires_ns: Annotated[int, Field(NS, "when a GTD order ends; 0 of every other")] = 0
    post_only: Annotated[int, Field(FLAG, "1: refused when it would trade at once")] = 0
    price: Annotated[int, Field(TICKS, "the limit; of a PEG order the worst price it may take; 0: a market order")] = 0
    quantity: Annotated[int, Field(LOTS, "how much; 0: by budget")] = 0
    budget: Annotated[int, Field(QUOTE, "what a market buy spends; 0: by quantity")] = 0
    trigger: Annotated[int, Field(enums.Trigger, "what wakes it; 0: it is live at once")] = 0
    trigger_price: Annotated[int, Field(TICKS, "where it wakes; 0 of a trailing trigger")] = 0
    trigger_source: Annotated[int, Field(enums.PriceSource, "which price its trigger watches")] = 0
    trail: Annotated[int, Field(CODE, "distance of a trailing trigger: ticks, or parts per million of the price")] = 0
    display_ppm: Annotated[int, Field(PPM, "the share of a PEG order that the public sees; 0: all of it")] = 0
    deviation_ppm: Annotated[int, Field(PPM, "signed distance of a PEG order from the index")] = 0
    self_trade: Annotated[int, Field(enums.SelfTrade, "what happens when it meets an order of its own account")] = 1
    client_ref: Annotated[int, Field(ID, "stands for the client's own id; 0: none")] = 0


class PlaceOrder(OrderTerms, frozen=True, kw_only=True):
    """Place one order."""

    op: ClassVar[Op] = Op.PLACE_ORDER


class PlaceOco(OrderTerms, frozen=True, kw_only=True):
    """Place a limit order and a stop-limit order of the same side and quantity; when one trades, fires or ends, the other ends.

    The legs take two order ids in a row, the limit leg's first, and hold funds once.
    """

    op: ClassVar[Op] = Op.PLACE_OCO
    stop_price: Annotated[int, Field(TICKS, "the limit of the leg that waits")] = 0


class CancelOrder(Command, frozen=True, kw_only=True):
    """End one open order of the account."""

    op: ClassVar[Op] = Op.CANCEL_ORDER
    account: Annotated[int, Field(ID, "the account")]
    order_id: Annotated[int, Field(ID, "the order")]
    instrument: Annotated[int, Field(ID, "the instrument it must be on; −1: any")] = EVERY_INSTRUMENT


class CancelClientRef(Command, frozen=True, kw_only=True):
    """End every open order of the account that carries this client reference."""

    op: ClassVar[Op] = Op.CANCEL_CLIENT_REF
    account: Annotated[int, Field(ID, "the account")]
    client_ref: Annotated[int, Field(ID, "stands for the client's own id")]
    instrument: Annotated[int, Field(ID, "the instrument they must be on; −1: any")] = EVERY_INSTRUMENT


class CancelAll(Command, frozen=True, kw_only=True):
    """End every open order of the account, oldest first."""

    op: ClassVar[Op] = Op.CANCEL_ALL
    account: Annotated[int, Field(ID, "the account")]
    instrument: Annotated[int, Field(ID, "the instrument they must be on; −1: any")] = EVERY_INSTRUMENT


class AmendOrder(Command, frozen=True, kw_only=True):
    """Change price, quantity, trigger price, or several at once; zero leaves a field as it is.

    A smaller quantity alone keeps the order's place in the queue; anything else loses it.
    """

    op: ClassVar[Op] = Op.AMEND_ORDER
    account: Annotated[int, Field(ID, "the account")]
    order_id: Annotated[int, Field(ID, "the order")]
    instrument: Annotated[int, Field(ID, "the instrument it must be on; −1: any")] = EVERY_INSTRUMENT
    price: Annotated[int, Field(TICKS, "the new limit; 0: as it is")] = 0
    quantity: Annotated[int, Field(LOTS, "the new quantity; 0: as it is")] = 0
    trigger_price: Annotated[int, Field(TICKS, "the new trigger price; 0: as it is")] = 0
    quantity_is_remaining: Annotated[int, Field(FLAG, "1: quantity is what is left to fill; 0: of the whole order")] = 0


class CancelAllAfter(Command, frozen=True, kw_only=True):
    """Arm, extend or disarm the account's dead-man timer."""

    op: ClassVar[Op] = Op.CANCEL_ALL_AFTER
    account: Annotated[int, Field(ID, "the account")]
    deadline_ns: Annotated[int, Field(NS, "when its open orders end; 0: never")]


COMMANDS: Final[dict[Op, type[Command]]] = {
    kind.op: kind
    for kind in (
        OpenAccount, SetAccount, ListAsset, ListInstrument, SetInstrument, SetFees, Transfer,
        HoldFunds, ReleaseFunds, CaptureFunds, SetHold, Exchange, SetIndex, AdvanceTime, RecordNote,
        PlaceOrder, PlaceOco, CancelOrder, CancelClientRef, CancelAll, AmendOrder, CancelAllAfter,
    )
}  # fmt: skip

#: How many columns of a row each op uses, the header included: every one behind them is 0.
USED: Final[dict[Op, int]] = {op: HEADER + len(kind.__struct_fields__) for op, kind in COMMANDS.items()}

C = TypeVar("C", bound=Command)


def from_row(kind: type[C], row: Sequence[int]) -> C:
    """Return the command of this kind that a row holds."""
    names = kind.__struct_fields__
    return kind(**dict(zip(names, row[HEADER : HEADER + len(names)], strict=True)))


def numpy_fields(kind: type[Command]) -> NumpyFields:
    """Return the fields of a command's row for `numpy.dtype`."""
    return numpy_fields_of(kind, COMMAND_WIDTH, ("op", "seq", "time_ns"))
