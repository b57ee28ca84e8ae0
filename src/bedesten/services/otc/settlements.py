"""What is journaled beside a settlement, and settled quotes made again from it.

Never settles. Invariant: a quote comes back only with the money that moved for it, as the transfers have it; whoever accepts it
again after a restart, or after a crash just behind the commit, is told that it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from bedesten.domain.enums import Side, TransferReason
from bedesten.domain.notes import Note, QuoteSettled
from bedesten.domain.otc import DESK
from bedesten.services.instruments import Catalogue
from bedesten.services.otc.quotes import Quote, QuoteState
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.store_types import TransferRecord

_LEGS: Final = 2  # transfers of one exchange
_PAGE: Final = 1_000  # transfers read at a time


class Settlement(NamedTuple):
    """A quote that was taken, and the command that settled it."""

    seq: int
    quote: Quote


def note_of(quote: Quote) -> QuoteSettled:
    """Return the note to journal beside the settlement of *quote*."""
    return QuoteSettled(
        quote.id, quote.instrument.id, int(quote.side), str(quote.price), quote.reference, quote.made_ns, quote.expires_ns,
        quote.client_id, quote.in_quote,
    )  # fmt: skip


def settled_quote(
    note: QuoteSettled, account: int, amounts: Mapping[int, int], time_ns: int, catalogue: Catalogue
) -> Quote | None:
    """Return a quote as it was settled; *amounts*: of both assets, in minor units. None: of a market that is not known."""
    instrument = catalogue.by_id(note.instrument)
    if instrument is None:
        return None
    return Quote(
        note.quote, account, instrument, Side(note.side), amounts[instrument.base.id], amounts[instrument.quote.id],
        int(note.price), note.reference, note.made_ns, note.expires_ns, note.client_id, note.in_quote, QuoteState.SETTLED,
        ended_ns=time_ns,
    )  # fmt: skip


def settlements(
    rows: Rows, catalogue: Catalogue, account: int, *, start_ns: int = 0, end_ns: int = NS_MAX, oldest_first: bool = False
) -> Iterator[Settlement]:  # fmt: skip
    """Yield every settlement of an account in a stretch of time, newest first unless told, reading page by page."""
    reasons, row_id, parted = [int(TransferReason.EXCHANGE)], 0, list[TransferRecord]()
    while True:
        after_id, before_id = (row_id, NS_MAX) if oldest_first else (0, row_id or NS_MAX)
        page = rows.transfers(
            account, reasons=reasons, start_ns=start_ns, end_ns=end_ns, after_id=after_id, before_id=before_id,
            oldest_first=oldest_first, limit=_PAGE,
        )  # fmt: skip
        read = parted + page  # both legs of one exchange, though a page ended between them
        parted = [row for row in read if row.seq == read[-1].seq] if len(page) == _PAGE else []
        legs: dict[int, list[TransferRecord]] = {}
        for row in read[: len(read) - len(parted)]:
            legs.setdefault(row.seq, []).append(row)
        notes = rows.notes_beside(list(legs)) if legs else {}
        for seq, found in legs.items():
            for quote in _quotes({seq: found}, notes, catalogue):
                yield Settlement(seq, quote)
        if len(page) < _PAGE:
            return
        row_id = page[-1].row_id


def _quotes(
    legs: dict[int, list[TransferRecord]], notes: Mapping[int, Sequence[Note]], catalogue: Catalogue
) -> Iterator[Quote]:
    for seq, rows in legs.items():
        for note in notes.get(seq, ()):
            if len(rows) == _LEGS and isinstance(note, QuoteSettled):
                account = next(row.account for row in rows if row.account != DESK)
                amounts = {row.asset: row.amount for row in rows}
                quote = settled_quote(note, account, amounts, rows[0].time_ns, catalogue)
                if quote is not None:
                    yield quote
