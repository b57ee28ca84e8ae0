"""The rows that a batch caused, cut from the core's event bytes.

Owns the translation of events and closed orders into table rows and what it must know for that: each instrument's assets
and fee rule. Never decides anything and never touches a database. This is a hot path: kinds and seqs are read as strided
columns, and only what becomes a row is unpacked, by struct, straight into a tuple. A list sliced per row took three times
as long, NumPy twice: sqlite3 wants Python integers in the end.
"""

from __future__ import annotations

import struct
from itertools import compress
from typing import Final, NamedTuple

from bedesten.domain.columns import KIND, SEQ
from bedesten.domain.commands import COMMAND_WIDTH, ListInstrument, from_row
from bedesten.domain.enums import EventKind, FeeRule, InstrumentParameter, Side, TransferReason
from bedesten.domain.events import (
    EVENT_WIDTH,
    Exchanged,
    FundsCaptured,
    FundsHeld,
    FundsReleased,
    InstrumentSet,
    Traded,
    Transferred,
)
from bedesten.domain.notes import HOLD_STEPS, LOGGED, Note, encode_beside
from bedesten.domain.orders import ORDER_WIDTH
from bedesten.services.ports import Batch
from bedesten.storage import noted

_EVENT: Final = struct.Struct(f"={EVENT_WIDTH}q")
_TRADE: Final = struct.Struct(f"=8x{len(Traded._fields) - 1}q")  # without the kind
_TRANSFER: Final = struct.Struct(f"=8x{len(Transferred._fields) - 1}q")
_ORDER: Final = struct.Struct(f"={ORDER_WIDTH}q")
_COMMAND: Final = struct.Struct(f"={COMMAND_WIDTH}q")
_TRADE_INSTRUMENT: Final = Traded._fields.index("instrument") - 1
_TRADE_SIDE: Final = Traded._fields.index("side") - 1

# Plain integers: an enum member costs a lookup in the loop.
_REJECTED: Final = int(EventKind.REJECTED)
_TRADED: Final = int(EventKind.TRADED)
_CLOSED: Final = int(EventKind.CLOSED)
_TRANSFERRED: Final = int(EventKind.TRANSFERRED)
_HELD: Final = int(EventKind.FUNDS_HELD)
_RELEASED: Final = int(EventKind.FUNDS_RELEASED)
_CAPTURED: Final = int(EventKind.FUNDS_CAPTURED)
_EXCHANGED: Final = int(EventKind.EXCHANGED)
_LISTED: Final = int(EventKind.INSTRUMENT_LISTED)
_SET: Final = int(EventKind.INSTRUMENT_SET)

_ROW_KINDS: Final = frozenset((_TRADED, _TRANSFERRED, _HELD, _RELEASED, _CAPTURED, _EXCHANGED, _LISTED, _SET))
_FUNDS: Final = frozenset((_HELD, _RELEASED, _CAPTURED))

Row = tuple[int | str | bytes, ...]


class InstrumentRow(NamedTuple):
    """What the store knows of an instrument: a row of its table."""

    instrument: int
    base: int
    quote: int
    lot_value: int
    fee_rule: int

    def fee_assets(self, taker_side: int) -> tuple[int, int]:
        """Return the assets that the taker's and the maker's fee are taken in."""
        if self.fee_rule == FeeRule.IN_QUOTE:
            return (self.quote, self.quote)
        return (self.base, self.quote) if taker_side == Side.BUY else (self.quote, self.base)


class Rows(NamedTuple):
    """One batch's rows, columns in their tables' order."""

    trades: list[Row]
    orders: list[Row]
    transfers: list[Row]
    instruments: list[InstrumentRow]
    holds: list[Row]
    ended_holds: list[Row]  # ended_ns, captured, hold_id
    hold_steps: list[tuple[int, Note]]  # hold_id, and what its row is to say besides
    noted: list[noted.Row]


class RowBuilder:
    """Turns batches into rows, in order, from the first one on."""

    def __init__(self, instruments: list[InstrumentRow]) -> None:
        self._instruments = {row.instrument: row for row in instruments}
        self._fee_assets: dict[tuple[int, int], tuple[int, int]] = {}
        for row in instruments:
            self._learn(row)

    def rows(self, batch: Batch) -> Rows:
        """Return the rows that the batch caused."""
        rows = Rows([], [], [], [], [], [], *(_said(batch) if batch.notes else ([], [])))
        events, fee_assets = batch.events, self._fee_assets
        columns = memoryview(events).cast("q")
        kinds = columns[KIND::EVENT_WIDTH].tolist()
        for at, kind in enumerate(kinds):
            if kind not in _ROW_KINDS:
                continue
            if kind == _TRADED:
                trade = _TRADE.unpack_from(events, at * _EVENT.size)
                rows.trades.append(trade + fee_assets[trade[_TRADE_INSTRUMENT], trade[_TRADE_SIDE]])
            elif kind == _TRANSFERRED:
                rows.transfers.append(_TRANSFER.unpack_from(events, at * _EVENT.size))
            elif kind in _FUNDS:
                _follow_hold(_EVENT.unpack_from(events, at * _EVENT.size), batch, rows)
            elif kind == _EXCHANGED:
                rows.transfers.extend(_legs(_EVENT.unpack_from(events, at * _EVENT.size)))
            else:
                self._follow(_EVENT.unpack_from(events, at * _EVENT.size), batch, rows)
        if batch.closed:
            seqs = compress(columns[SEQ::EVENT_WIDTH].tolist(), [kind == _CLOSED for kind in kinds])
            orders = _ORDER.iter_unpack(batch.closed)
            endings = zip(seqs, batch.closed_texts, strict=True)
            rows.orders.extend([order + ending for order, ending in zip(orders, endings, strict=True)])
        return rows

    # A listing's event names only the instrument; what it is made of stands in the command that listed it.
    def _follow(self, event: tuple[int, ...], batch: Batch, rows: Rows) -> None:
        if event[KIND] == _LISTED:
            place = event[SEQ] - batch.first_seq
            listing = from_row(ListInstrument, _COMMAND.unpack_from(batch.commands, place * _COMMAND.size))
            instrument = listing.instrument
            row = InstrumentRow(instrument, listing.base, listing.quote, listing.lot_value, int(FeeRule.IN_RECEIVED))
        elif (
            change := InstrumentSet._make(event[: len(InstrumentSet._fields)])
        ).parameter == InstrumentParameter.FEE_RULE:
            instrument = change.instrument
            row = self._instruments[instrument]._replace(fee_rule=change.value)
        else:
            return
        self._instruments[instrument] = row
        self._learn(row)
        rows.instruments.append(row)

    def _learn(self, row: InstrumentRow) -> None:
        for side in Side:
            self._fee_assets[row.instrument, int(side)] = row.fee_assets(side)


def _said(batch: Batch) -> tuple[list[tuple[int, Note]], list[noted.Row]]:
    if not any(isinstance(note, (*HOLD_STEPS, *LOGGED)) for _, note in batch.notes):
        return [], []
    refused = refused_in(batch.events)
    steps: list[tuple[int, Note]] = [
        (note.hold_id, note)
        for at, note in batch.notes
        if isinstance(note, HOLD_STEPS) and batch.first_seq + at not in refused
    ]
    return steps, noted.rows_of(batch.first_seq, batch.time_ns, batch.notes, refused)


def refused_in(events: bytes) -> set[int]:
    """Return the seqs of the commands that were refused."""
    columns = memoryview(events).cast("q")
    kinds = zip(columns[KIND::EVENT_WIDTH].tolist(), columns[SEQ::EVENT_WIDTH].tolist(), strict=True)
    return {seq for kind, seq in kinds if kind == _REJECTED}


def _legs(event: tuple[int, ...]) -> tuple[Row, Row]:
    done = Exchanged._make(event[: len(Exchanged._fields)])
    reason = int(TransferReason.EXCHANGE)
    return (
        (done.seq, done.time_ns, done.account, done.to_account, done.asset, done.amount, reason),
        (done.seq, done.time_ns, done.to_account, done.account, done.to_asset, done.to_amount, reason),
    )


def _follow_hold(event: tuple[int, ...], batch: Batch, rows: Rows) -> None:
    if event[KIND] == _HELD:
        held = FundsHeld._make(event[: len(FundsHeld._fields)])
        text = batch.texts.get(held.seq - batch.first_seq, "")
        beside = [note for index, note in batch.notes if index == held.seq - batch.first_seq]
        rows.holds.append((held.hold_id, held.seq, held.time_ns, *held[4:], text, 0, 0, encode_beside(beside)))
    elif event[KIND] == _RELEASED:
        released = FundsReleased._make(event[: len(FundsReleased._fields)])
        rows.ended_holds.append((released.time_ns, 0, released.hold_id))
    else:
        taken = FundsCaptured._make(event[: len(FundsCaptured._fields)])
        rows.ended_holds.append((taken.time_ns, taken.amount, taken.hold_id))
        rows.transfers.append(
            (taken.seq, taken.time_ns, taken.account, taken.to_account, taken.asset, taken.amount, taken.reason)
        )
