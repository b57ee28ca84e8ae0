"""Events: what the core says happened. Each class describes its record: the fields, in order, are the columns of a row.

A row is EVENT_WIDTH 64-bit integers: kind, seq, time_ns, then the fields in the order they stand here, and zeros. seq and
time_ns are those of the command being applied; an order that expired, fired or was repriced meanwhile appears under that
command too, so readers look at the ids.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final, NamedTuple

from bedesten.domain import enums
from bedesten.domain.columns import NumpyFields, numpy_fields_of
from bedesten.domain.enums import EventKind
from bedesten.domain.fields import CODE, FLAG, ID, LOTS, MINOR, NS, PPB, QUOTE, TICKS, Field

EVENT_WIDTH: Final = 20  # 64-bit integers in an event row

Kind = Annotated[int, Field(enums.EventKind, "what happened")]
Seq = Annotated[int, Field(ID, "of the command that caused it")]
TimeNs = Annotated[int, Field(NS, "of that command")]


class Rejected(NamedTuple):
    """The command changed nothing, and why.

    Columns from value on are the facts that the decision was made by, at that moment. Which of them a reason gives, and what they
    mean, stands in domain/refusals.py; the others are 0.
    """

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    reason: Annotated[int, Field(enums.RejectReason, "why")]
    account: Annotated[int, Field(ID, "the account that was spoken of")]
    instrument: Annotated[int, Field(ID, "the instrument that was spoken of")]
    order_id: Annotated[int, Field(ID, "the id a new order would have had, or the one spoken of")]
    value: Annotated[int, Field(CODE, "what was looked at; its unit depends on the reason")] = 0
    bound: Annotated[int, Field(CODE, "what it was compared with, in the same unit")] = 0
    reference: Annotated[int, Field(TICKS, "the price that the bound was reckoned from")] = 0
    asset: Annotated[int, Field(ID, "the asset that was missing")] = 0
    needed: Annotated[int, Field(MINOR, "how much of that asset the command needed")] = 0
    available: Annotated[int, Field(MINOR, "how much of it was available")] = 0


class Placed(NamedTuple):
    """An order was accepted and its funds are held. What it does next follows in the rows behind this one."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    order_id: Annotated[int, Field(ID, "the order")]
    account: Annotated[int, Field(ID, "the order's account")]
    instrument: Annotated[int, Field(ID, "its instrument")]
    sibling_id: Annotated[int, Field(ID, "the other leg of an OCO order; 0: none")]
    price: Annotated[int, Field(TICKS, "its limit; 0: a market order")]
    trigger_price: Annotated[int, Field(TICKS, "where it wakes; 0: it is live")]


class Traded(NamedTuple):
    """A match: both orders' halves.

    A fee and its tax are in the asset they were taken in: quote, but base for a buyer where the fee is taken in what is received.
    """

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    trade_id: Annotated[int, Field(ID, "the match")]
    instrument: Annotated[int, Field(ID, "the instrument")]
    side: Annotated[int, Field(enums.Side, "of the taker: the aggressor")]
    price: Annotated[int, Field(TICKS, "the maker's price")]
    quantity: Annotated[int, Field(LOTS, "how much")]
    notional: Annotated[int, Field(QUOTE, "what it was worth")]
    taker_order: Annotated[int, Field(ID, "the incoming order")]
    taker_account: Annotated[int, Field(ID, "its account")]
    taker_fee: Annotated[int, Field(MINOR, "its fee")]
    taker_tax: Annotated[int, Field(MINOR, "tax on that fee")]
    taker_remaining: Annotated[int, Field(LOTS, "what is left of it; 0 for an order by budget")]
    maker_order: Annotated[int, Field(ID, "the resting order")]
    maker_account: Annotated[int, Field(ID, "its account")]
    maker_fee: Annotated[int, Field(MINOR, "its fee")]
    maker_tax: Annotated[int, Field(MINOR, "tax on that fee")]
    maker_remaining: Annotated[int, Field(LOTS, "what is left of it")]


class Closed(NamedTuple):
    """An order ended; the order's last row stands in the batch's closed orders, in the same sequence as these events."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    order_id: Annotated[int, Field(ID, "the order")]
    account: Annotated[int, Field(ID, "the order's account")]
    instrument: Annotated[int, Field(ID, "its instrument")]
    reason: Annotated[int, Field(enums.CloseReason, "why")]
    remaining: Annotated[int, Field(LOTS, "what was not filled")]
    released: Annotated[int, Field(MINOR, "what it held and gave back")]


class Amended(NamedTuple):
    """An order changed as asked. What it traded because of that follows."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    order_id: Annotated[int, Field(ID, "the order")]
    account: Annotated[int, Field(ID, "the order's account")]
    instrument: Annotated[int, Field(ID, "its instrument")]
    price: Annotated[int, Field(TICKS, "its limit now")]
    quantity: Annotated[int, Field(LOTS, "its quantity now")]
    trigger_price: Annotated[int, Field(TICKS, "where it wakes now")]
    kept_priority: Annotated[int, Field(FLAG, "1: its place in the queue is what it was")]


class Triggered(NamedTuple):
    """A waiting order fired and became live."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    order_id: Annotated[int, Field(ID, "the order")]
    account: Annotated[int, Field(ID, "the order's account")]
    instrument: Annotated[int, Field(ID, "its instrument")]


class Repriced(NamedTuple):
    """A peg, or a trailing trigger, followed the market."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    order_id: Annotated[int, Field(ID, "the order")]
    account: Annotated[int, Field(ID, "the order's account")]
    instrument: Annotated[int, Field(ID, "its instrument")]
    price: Annotated[int, Field(TICKS, "its limit now")]
    trigger_price: Annotated[int, Field(TICKS, "where it wakes now")]


class Transferred(NamedTuple):
    """Money moved between two accounts."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    account: Annotated[int, Field(ID, "the account that paid")]
    to_account: Annotated[int, Field(ID, "the account that was paid")]
    asset: Annotated[int, Field(ID, "the asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    reason: Annotated[int, Field(enums.TransferReason, "why")]


class FundsHeld(NamedTuple):
    """Money was reserved for something that is not an order."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    hold_id: Annotated[int, Field(ID, "the hold")]
    account: Annotated[int, Field(ID, "the account")]
    asset: Annotated[int, Field(ID, "the asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    reason: Annotated[int, Field(enums.TransferReason, "why it would move")]


class FundsReleased(NamedTuple):
    """A hold ended, and all of it is available again."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    hold_id: Annotated[int, Field(ID, "the hold")]
    account: Annotated[int, Field(ID, "the account")]
    asset: Annotated[int, Field(ID, "the asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    reason: Annotated[int, Field(enums.TransferReason, "why it would have moved")]
    cause: Annotated[int, Field(enums.ReleaseCause, "why it ended; 0: a command released it")] = 0


class HoldSet(NamedTuple):
    """When the core gives a hold back was changed."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    hold_id: Annotated[int, Field(ID, "the hold")]
    account: Annotated[int, Field(ID, "the account")]
    expires_ns: Annotated[int, Field(NS, "when that is now; 0: never")]


class FundsCaptured(NamedTuple):
    """A hold ended: an amount of it moved to another account, the rest is available again."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    hold_id: Annotated[int, Field(ID, "the hold")]
    account: Annotated[int, Field(ID, "the account")]
    to_account: Annotated[int, Field(ID, "the account that was paid")]
    asset: Annotated[int, Field(ID, "the asset")]
    amount: Annotated[int, Field(MINOR, "how much moved")]
    released: Annotated[int, Field(MINOR, "how much did not")]
    reason: Annotated[int, Field(enums.TransferReason, "why")]


class Exchanged(NamedTuple):
    """An amount of one asset moved from one account to another, and an amount of a second asset back."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    account: Annotated[int, Field(ID, "the account that paid the first asset")]
    to_account: Annotated[int, Field(ID, "the account that paid the second")]
    asset: Annotated[int, Field(ID, "the first asset")]
    amount: Annotated[int, Field(MINOR, "how much of it")]
    to_asset: Annotated[int, Field(ID, "the second asset")]
    to_amount: Annotated[int, Field(MINOR, "how much of that")]


class AccountOpened(NamedTuple):
    """An account was opened."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    account: Annotated[int, Field(ID, "its number")]


class AccountSet(NamedTuple):
    """A parameter of an account was changed."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    account: Annotated[int, Field(ID, "the account")]
    parameter: Annotated[int, Field(enums.AccountParameter, "what was changed")]
    value: Annotated[int, Field(CODE, "its value now, as the parameter counts")]


class AssetListed(NamedTuple):
    """An asset became known."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    asset: Annotated[int, Field(ID, "its number")]


class InstrumentListed(NamedTuple):
    """An instrument became known."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    instrument: Annotated[int, Field(ID, "its number")]


class InstrumentSet(NamedTuple):
    """A parameter of an instrument was changed."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    instrument: Annotated[int, Field(ID, "the instrument")]
    parameter: Annotated[int, Field(enums.InstrumentParameter, "what was changed")]
    value: Annotated[int, Field(CODE, "its value now, as the parameter counts")]


class FeesSet(NamedTuple):
    """The rates of a fee tier were changed."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    instrument: Annotated[int, Field(ID, "the instrument")]
    tier: Annotated[int, Field(ID, "the fee tier")]
    maker_ppb: Annotated[int, Field(PPB, "what a resting order pays")]
    taker_ppb: Annotated[int, Field(PPB, "what an incoming order pays")]


class IndexSet(NamedTuple):
    """The index price of an instrument was set."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    instrument: Annotated[int, Field(ID, "the instrument")]
    price: Annotated[int, Field(TICKS, "the index price")]
    source: Annotated[int, Field(enums.IndexSource, "who told it")]


class IndexAged(NamedTuple):
    """An index price became too old: from here on nothing goes by it, and pegs are out of the book until the next one."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    instrument: Annotated[int, Field(ID, "the instrument")]
    price: Annotated[int, Field(TICKS, "the index price")]
    source: Annotated[int, Field(enums.IndexSource, "who told it")]


class CancelAllAfterSet(NamedTuple):
    """An account's dead-man timer was set."""

    kind: Kind
    seq: Seq
    time_ns: TimeNs
    account: Annotated[int, Field(ID, "the account")]
    deadline_ns: Annotated[int, Field(NS, "when its open orders end; 0: never")]


type_of: Final[dict[int, type]] = {
    EventKind.REJECTED: Rejected,
    EventKind.PLACED: Placed,
    EventKind.TRADED: Traded,
    EventKind.CLOSED: Closed,
    EventKind.AMENDED: Amended,
    EventKind.TRIGGERED: Triggered,
    EventKind.REPRICED: Repriced,
    EventKind.TRANSFERRED: Transferred,
    EventKind.ACCOUNT_OPENED: AccountOpened,
    EventKind.ACCOUNT_SET: AccountSet,
    EventKind.ASSET_LISTED: AssetListed,
    EventKind.INSTRUMENT_LISTED: InstrumentListed,
    EventKind.INSTRUMENT_SET: InstrumentSet,
    EventKind.FEES_SET: FeesSet,
    EventKind.INDEX_SET: IndexSet,
    EventKind.INDEX_AGED: IndexAged,
    EventKind.CANCEL_ALL_AFTER_SET: CancelAllAfterSet,
    EventKind.FUNDS_HELD: FundsHeld,
    EventKind.FUNDS_RELEASED: FundsReleased,
    EventKind.FUNDS_CAPTURED: FundsCaptured,
    EventKind.HOLD_SET: HoldSet,
    EventKind.EXCHANGED: Exchanged,
}

Event = (
    Rejected | Placed | Traded | Closed | Amended | Triggered | Repriced | Transferred | AccountOpened | AccountSet
    | AssetListed | InstrumentListed | InstrumentSet | FeesSet | IndexSet | IndexAged | CancelAllAfterSet
    | FundsHeld | FundsReleased | FundsCaptured | HoldSet | Exchanged
)  # fmt: skip

# tuple.__new__ itself: _make does the same from a Python function, once for every event.
_READERS: Final[dict[int, tuple[Callable[[list[int]], Event], int]]] = {
    int(kind): (partial(tuple.__new__, shape), len(shape._fields))  # type: ignore[attr-defined]
    for kind, shape in type_of.items()
}


def read_events(data: bytes) -> list[Event]:
    """Return the events that the core's bytes hold, in order."""
    columns = memoryview(data).cast("q").tolist()
    events: list[Event] = []
    for at in range(0, len(columns), EVENT_WIDTH):
        make, width = _READERS[columns[at]]
        events.append(make(columns[at : at + width]))
    return events


def numpy_fields(kind: type) -> NumpyFields:
    """Return the fields of an event's row for `numpy.dtype`."""
    return numpy_fields_of(kind, EVENT_WIDTH)
