"""What is journaled beside a settlement, and settled quotes made again from it when the venue starts.

Never settles. Invariant: a quote comes back only with the money that moved for it, as the transfers have it; whoever accepts it
again after a restart, or after a crash just behind the commit, is told that it is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from bedesten.domain.enums import Side, TransferReason
from bedesten.domain.otc import DESK
from bedesten.services.instruments import Catalogue
from bedesten.services.otc.quotes import Quote, QuoteState
from bedesten.services.ports import NS_MAX, Store
from bedesten.services.records import TransferRecord

NOTE_MARK: Final = '{"quote":'  # what a settlement's text begins with; other exchanges have texts of their own
REREAD_MAX: Final = 5_000  # exchanges looked back at by a start: some 0.3 s
_LEGS: Final = 2  # transfers of one exchange
_PAGE: Final = 1_000  # transfers read at a time


class SettlementNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A settled quote, but for what its transfers tell. Units as in Quote."""

    quote: str
    instrument: int
    side: int
    price: int
    reference: int
    made_ns: int
    expires_ns: int
    client: str = ""
    in_quote: bool = False


class Settlement(NamedTuple):
    """A quote that was taken, and the command that settled it."""

    seq: int
    quote: Quote


def note_of(quote: Quote) -> str:
    """Return the text to journal beside the settlement of *quote*."""
    note = SettlementNote(
        quote=quote.id, instrument=quote.instrument.id, side=int(quote.side), price=quote.price,
        reference=quote.reference, made_ns=quote.made_ns, expires_ns=quote.expires_ns, client=quote.client_id,
        in_quote=quote.in_quote,
    )  # fmt: skip
    return msgspec.json.encode(note).decode()


def settled_quotes(store: Store, catalogue: Catalogue, limit: int = REREAD_MAX) -> list[Quote]:
    """Return the quotes among the desk's last *limit* exchanges, oldest first."""
    rows = store.transfers(DESK, reasons=[int(TransferReason.EXCHANGE)], limit=_LEGS * limit)
    legs: dict[int, list[TransferRecord]] = {}
    for row in reversed(rows):
        legs.setdefault(row.seq, []).append(row)
    notes = store.notes_at(list(legs))
    return list(_quotes(legs, notes, catalogue))


def settlements(
    store: Store, catalogue: Catalogue, account: int, *, start_ns: int = 0, end_ns: int = NS_MAX, oldest_first: bool = False
) -> Iterator[Settlement]:  # fmt: skip
    """Yield every settlement of an account in a stretch of time, newest first unless told, reading page by page."""
    reasons, row_id, parted = [int(TransferReason.EXCHANGE)], 0, list[TransferRecord]()
    while True:
        bound = {"after_id": row_id} if oldest_first else {"before_id": row_id or NS_MAX}
        page = store.transfers(
            account, reasons=reasons, start_ns=start_ns, end_ns=end_ns, oldest_first=oldest_first, limit=_PAGE, **bound
        )
        rows = parted + page  # both legs of one exchange, though a page ended between them
        parted = [row for row in rows if row.seq == rows[-1].seq] if len(page) == _PAGE else []
        legs: dict[int, list[TransferRecord]] = {}
        for row in rows[: len(rows) - len(parted)]:
            legs.setdefault(row.seq, []).append(row)
        notes = store.notes_at(list(legs)) if legs else {}
        for seq, found in legs.items():
            for quote in _quotes({seq: found}, notes, catalogue):
                yield Settlement(seq, quote)
        if len(page) < _PAGE:
            return
        row_id = page[-1].row_id


def _quotes(legs: dict[int, list[TransferRecord]], notes: dict[int, str], catalogue: Catalogue) -> Iterator[Quote]:
    for seq, rows in legs.items():
        text = notes.get(seq, "")
        if len(rows) != _LEGS or not text.startswith(NOTE_MARK):
            continue
        note = msgspec.json.decode(text, type=SettlementNote)
        instrument = catalogue.by_id(note.instrument)
        if instrument is None:
            continue
        amounts = {row.asset: row.amount for row in rows}
        yield Quote(
            note.quote, next(row.account for row in rows if row.account != DESK), instrument, Side(note.side),
            amounts[instrument.base.id], amounts[instrument.quote.id], note.price, note.reference, note.made_ns,
            note.expires_ns, note.client, note.in_quote, QuoteState.SETTLED, ended_ns=rows[0].time_ns,
        )  # fmt: skip
