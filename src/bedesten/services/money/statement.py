"""Statements: money that moved outside trades, each line with what the account had of the asset afterwards.

The totals are reckoned backwards from those of now, over the account's later transfers and fills; nothing is kept for it. A line
so far back that more fills lie behind it than are read has no total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from bedesten.core import Machine
from bedesten.domain.enums import FeeRule, Side
from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Fill, TransferRecord
from bedesten.services.threads import histories

NS_PER_MS: Final = 1_000_000
FILLS_MAX: Final = 20_000  # read to reckon totals: a tenth of a second of one thread
TRANSFERS_MAX: Final = 20_000

Change = tuple[int, int, int]  # seq, asset, minor units


class Line(NamedTuple):
    """A transfer and the total after it, in minor units; None: not known any more."""

    transfer: TransferRecord
    asset: Asset
    total: int | None


class Statements:
    """The statements of every account."""

    def __init__(self, sequencer: Sequencer, rows: Rows, catalogue: Catalogue) -> None:
        self._sequencer = sequencer
        self._rows = rows
        self._catalogue = catalogue

    async def lines(
        self,
        account: int,
        assets: Iterable[Asset],
        reasons: Sequence[int],
        *,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        limit: int,
        side: int = 0,
    ) -> list[Line]:
        """Return the transfers of these assets for these reasons, newest first; *side*: 1 what came, -1 what left, 0 both.

        The last millisecond is told whole, though the limit be exceeded: a list is walked on by time.
        """
        wanted = {asset.id: asset for asset in assets}

        def now(machine: Machine) -> tuple[int, dict[int, int]]:
            return machine.seq, {asset: total for asset, total, _ in machine.balances(account)}

        seq, totals = await self._sequencer.read(now)
        await self._sequencer.settled()

        def read() -> list[Line]:
            rows = self._rows.transfers(
                account, assets=list(wanted), reasons=reasons, start_ns=start_ns, end_ns=end_ns, limit=TRANSFERS_MAX
            )
            rows = [row for row in rows if side in (0, -1 if row.account == account else 1)]
            chosen = _first([row for row in rows if row.seq <= seq], limit)
            if not chosen:
                return []
            changes, known_seq = self._changes(account, chosen[-1].time_ns)
            return list(_walk(chosen, wanted, totals, [change for change in changes if change[0] <= seq], known_seq))

        return await histories.run(read)

    async def moves(
        self, account: int, asset: Asset | None = None, *, before_id: int = NS_MAX, limit: int
    ) -> list[TransferRecord]:
        """Return the transfers from or to an account, newest first; *before_id*: a row_id."""
        await self._sequencer.settled()
        wanted = None if asset is None else [asset.id]
        found = await histories.run(self._rows.transfers, account, assets=wanted, before_id=before_id, limit=limit)
        return list(found)

    def _changes(self, account: int, since_ns: int) -> tuple[list[Change], int]:
        """Return what changed totals since an instant, latest first, and the seq from which on it is complete."""
        fills = self._rows.fills(account, start_ns=since_ns, limit=FILLS_MAX)
        moves = self._rows.transfers(account, start_ns=since_ns, limit=TRANSFERS_MAX)
        known_seq = max(
            fills[-1].seq if len(fills) == FILLS_MAX else 0, moves[-1].seq if len(moves) == TRANSFERS_MAX else 0
        )
        changes = [(move.seq, move.asset, _moved(move, account)) for move in moves]
        for fill in fills:
            instrument = self._catalogue.by_id(fill.instrument)
            if instrument is not None:
                changes += _traded(fill, instrument)
        changes.sort(key=lambda change: -change[0])
        return changes, known_seq


def _first(rows: list[TransferRecord], limit: int) -> list[TransferRecord]:
    if len(rows) <= limit:
        return rows
    instant = rows[limit - 1].time_ns // NS_PER_MS
    return rows[:limit] + list(takewhile(lambda row: row.time_ns // NS_PER_MS == instant, rows[limit:]))


def _walk(
    chosen: Iterable[TransferRecord],
    assets: dict[int, Asset],
    totals: dict[int, int],
    changes: list[Change],
    known_seq: int,
) -> Iterable[Line]:
    # What came after a line is taken off the totals of now; both lists are latest first.
    left = iter(changes)
    change = next(left, None)
    for row in chosen:
        while change is not None and change[0] > row.seq:
            totals[change[1]] = totals.get(change[1], 0) - change[2]
            change = next(left, None)
        yield Line(row, assets[row.asset], totals.get(row.asset, 0) if row.seq >= known_seq else None)


def _moved(move: TransferRecord, account: int) -> int:
    return -move.amount if move.account == account else move.amount


def _traded(fill: Fill, instrument: Instrument) -> tuple[Change, Change]:
    base, quote, charged = fill.quantity * instrument.lot_value, fill.notional, fill.fee + fill.tax
    is_buy = fill.side == Side.BUY
    from_base = charged if is_buy and instrument.fee_rule == FeeRule.IN_RECEIVED else 0
    base, quote = (base, -quote) if is_buy else (-base, quote)
    return (
        (fill.seq, instrument.base.id, base - from_base),
        (fill.seq, instrument.quote.id, quote - (charged - from_base)),
    )
