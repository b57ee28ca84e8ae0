"""Rows of commands and events by the names of their columns (its C twin, rows.pxd, is written by the build).

Compiled, `transfer_at(row)` is the row itself, seen as a struct; here it is the command that the row holds, and an event's row
takes what is assigned to its names. A name that is no column does not compile, and raises here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeVar

from bedesten.domain import commands, events
from bedesten.domain.columns import KIND, columns_of
from bedesten.domain.orders import Order

C = TypeVar("C", bound=commands.Command)


class WrittenRow:
    """A row that is written by the names of its columns."""

    __slots__ = ("_places", "_row")

    _row: memoryview[int]
    _places: Mapping[str, int]

    def __init__(self, places: Mapping[str, int], row: memoryview[int]) -> None:
        object.__setattr__(self, "_row", row)
        object.__setattr__(self, "_places", places)

    def __setattr__(self, name: str, value: int) -> None:
        self._row[self._places[name]] = value


def _reader(kind: type[C]) -> Callable[[memoryview[int]], C]:
    return partial(commands.from_row, kind)


def _writer(record: type) -> Callable[[memoryview[int]], WrittenRow]:
    return partial(WrittenRow, {column.name: column.at for column in columns_of(record)})


def surplus(row: memoryview[int]) -> int:
    """Return the place of the first column that the row's op does not use and that is not 0; 0 when there is none."""
    for at in range(_USED.get(row[KIND], commands.COMMAND_WIDTH), commands.COMMAND_WIDTH):
        if row[at]:
            return at
    return 0


_USED: Final[dict[int, int]] = {int(op): used for op, used in commands.USED.items()}

open_account_at: Final = _reader(commands.OpenAccount)
set_account_at: Final = _reader(commands.SetAccount)
list_asset_at: Final = _reader(commands.ListAsset)
list_instrument_at: Final = _reader(commands.ListInstrument)
set_instrument_at: Final = _reader(commands.SetInstrument)
set_fees_at: Final = _reader(commands.SetFees)
transfer_at: Final = _reader(commands.Transfer)
hold_funds_at: Final = _reader(commands.HoldFunds)
release_funds_at: Final = _reader(commands.ReleaseFunds)
capture_funds_at: Final = _reader(commands.CaptureFunds)
set_hold_at: Final = _reader(commands.SetHold)
exchange_at: Final = _reader(commands.Exchange)
set_index_at: Final = _reader(commands.SetIndex)
place_oco_at: Final = _reader(commands.PlaceOco)  # of a PlaceOrder too, whose stop_price is 0
cancel_order_at: Final = _reader(commands.CancelOrder)
cancel_client_ref_at: Final = _reader(commands.CancelClientRef)
cancel_all_at: Final = _reader(commands.CancelAll)
amend_order_at: Final = _reader(commands.AmendOrder)
cancel_all_after_at: Final = _reader(commands.CancelAllAfter)

rejected_at: Final = _writer(events.Rejected)
placed_at: Final = _writer(events.Placed)
traded_at: Final = _writer(events.Traded)
closed_at: Final = _writer(events.Closed)
amended_at: Final = _writer(events.Amended)
triggered_at: Final = _writer(events.Triggered)
repriced_at: Final = _writer(events.Repriced)
transferred_at: Final = _writer(events.Transferred)
funds_held_at: Final = _writer(events.FundsHeld)
funds_released_at: Final = _writer(events.FundsReleased)
funds_captured_at: Final = _writer(events.FundsCaptured)
exchanged_at: Final = _writer(events.Exchanged)
order_at: Final = _writer(Order)
