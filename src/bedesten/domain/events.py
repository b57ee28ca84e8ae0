"""Events: what the core says happened, as rows of EVENT_WIDTH 64-bit integers and as named tuples for people.

A row is kind, seq, time_ns, then the fields in the order they stand here. seq and time_ns are those of the command being
applied; an order that expired, fired or was repriced meanwhile appears under that command too, so readers look at the ids.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from bedesten.domain.enums import EventKind

EVENT_WIDTH: Final = 20  # 64-bit integers in an event row


class Rejected(NamedTuple):
    """The command changed nothing. order_id: the id a new order would have had, or the one spoken of."""

    kind: int
    seq: int
    time_ns: int
    reason: int
    account: int
    instrument: int
    order_id: int


class Placed(NamedTuple):
    """An order was accepted and its funds are held. What it does next follows in the rows behind this one."""

    kind: int
    seq: int
    time_ns: int
    order_id: int
    account: int
    instrument: int
    sibling_id: int
    price: int
    trigger_price: int


class Traded(NamedTuple):
    """A match: both orders' halves.

    Units: price ticks, quantity and remainings lots, notional quote minor units; a fee and its tax in minor units of the asset
    they were taken in (quote, but base for a buyer where the fee is taken in what is received).
    """

    kind: int
    seq: int
    time_ns: int
    trade_id: int
    instrument: int
    side: int  # of the taker: the aggressor
    price: int
    quantity: int
    notional: int
    taker_order: int
    taker_account: int
    taker_fee: int
    taker_tax: int
    taker_remaining: int  # 0 for an order by budget
    maker_order: int
    maker_account: int
    maker_fee: int
    maker_tax: int
    maker_remaining: int


class Closed(NamedTuple):
    """An order ended; the order's last row stands in the batch's closed orders, in the same sequence as these events."""

    kind: int
    seq: int
    time_ns: int
    order_id: int
    account: int
    instrument: int
    reason: int
    remaining: int
    released: int


class Amended(NamedTuple):
    """An order changed as asked. What it traded because of that follows."""

    kind: int
    seq: int
    time_ns: int
    order_id: int
    account: int
    instrument: int
    price: int
    quantity: int
    trigger_price: int
    kept_priority: int


class Triggered(NamedTuple):
    """A waiting order fired and became live."""

    kind: int
    seq: int
    time_ns: int
    order_id: int
    account: int
    instrument: int


class Repriced(NamedTuple):
    """A peg, or a trailing trigger, followed the market."""

    kind: int
    seq: int
    time_ns: int
    order_id: int
    account: int
    instrument: int
    price: int
    trigger_price: int


class Transferred(NamedTuple):
    """Money moved between two accounts."""

    kind: int
    seq: int
    time_ns: int
    account: int
    to_account: int
    asset: int
    amount: int
    reason: int


class FundsHeld(NamedTuple):
    """Money was reserved for something that is not an order."""

    kind: int
    seq: int
    time_ns: int
    hold_id: int
    account: int
    asset: int
    amount: int
    reason: int


class FundsReleased(NamedTuple):
    """A hold ended, and all of it is available again."""

    kind: int
    seq: int
    time_ns: int
    hold_id: int
    account: int
    asset: int
    amount: int
    reason: int
    cause: int = 0  # a ReleaseCause; 0: a command released it


class HoldSet(NamedTuple):
    """When a hold is given back by itself was changed; 0: never."""

    kind: int
    seq: int
    time_ns: int
    hold_id: int
    account: int
    expires_ns: int


class FundsCaptured(NamedTuple):
    """A hold ended: *amount* of it moved to another account, *released* is available again."""

    kind: int
    seq: int
    time_ns: int
    hold_id: int
    account: int
    to_account: int
    asset: int
    amount: int
    released: int
    reason: int


class Exchanged(NamedTuple):
    """*amount* of *asset* moved from one account to another, and *to_amount* of *to_asset* back."""

    kind: int
    seq: int
    time_ns: int
    account: int
    to_account: int
    asset: int
    amount: int
    to_asset: int
    to_amount: int


class AccountOpened(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    account: int


class AccountSet(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    account: int
    parameter: int
    value: int


class AssetListed(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    asset: int


class InstrumentListed(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    instrument: int


class InstrumentSet(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    instrument: int
    parameter: int
    value: int


class FeesSet(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    instrument: int
    tier: int
    maker_ppb: int
    taker_ppb: int


class IndexSet(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    instrument: int
    price: int
    source: int


class IndexAged(NamedTuple):
    """An index price became too old: from here on nothing goes by it, and pegs are out of the book until the next one."""

    kind: int
    seq: int
    time_ns: int
    instrument: int
    price: int
    source: int


class CancelAllAfterSet(NamedTuple):
    kind: int
    seq: int
    time_ns: int
    account: int
    deadline_ns: int


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
