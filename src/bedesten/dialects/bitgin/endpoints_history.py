"""What came, went, was bought and sold, in pages: one row for each, newest first.

Source: BITGIN API, Get Wallet/Trade History. The documents' default of the year 2020 is none here: without dates all is told.
Days are those of the bank. A conversion is told as bought. fee has ten decimals, as in the examples.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from bedesten.dialects.bitgin import amounts
from bedesten.dialects.bitgin.endpoints_capital import audit_id, held_of
from bedesten.dialects.bitgin.endpoints_funds import bank_name
from bedesten.dialects.bitgin.endpoints_withdraw import withdrawal_of
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import invalid
from bedesten.dialects.bitgin.money_models import HistoryQuery
from bedesten.domain.enums import Side
from bedesten.domain.money import to_text
from bedesten.services.fiat.deposits import FiatDeposit
from bedesten.services.fiat.withdrawals import FiatState, FiatWithdrawal
from bedesten.services.money.held_transfers import HeldTransfer
from bedesten.services.otc.quotes import PRICE_SCALE, Quote
from bedesten.services.wallets.history import (
    Move,
    MoveKind,
    MoveState,
    transfer_number,
    withdrawal_number,
    withdrawn,
)

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.domain.instruments import Asset
    from bedesten.services.venue import Venue
    from bedesten.services.wallets.withdrawals import Withdrawal

DEPOSIT, WITHDRAW, BUY, SELL, TRANSFER_IN, TRANSFER_OUT = range(1, 7)
IN, OUT = 1, 2
OPEN, PENDING_APPROVAL, APPROVED, COMPLETED, FAILED = 1, 3, 4, 10, 15
USER_CANCELED, PENDING, TRANSFERRING, EMAIL_CONFIRMED = 16, 17, 19, 25
TRADES: Final = frozenset({BUY, SELL})
ROWS_MAX: Final = 1_000  # of each kind that are looked at
PAGE_MAX: Final = 500
NAMES_MAX: Final = 200  # combinations or ids in one request
SEQ_KINDS: Final = 10  # the last digit of a number of the wallet's history says its kind
_NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000

_TYPES: Final = {
    MoveKind.DEPOSIT: DEPOSIT,
    MoveKind.WITHDRAWAL: WITHDRAW,
    MoveKind.TRANSFER_IN: TRANSFER_IN,
    MoveKind.TRANSFER_OUT: TRANSFER_OUT,
    MoveKind.FAMILY_IN: TRANSFER_IN,
    MoveKind.FAMILY_OUT: TRANSFER_OUT,
    MoveKind.CONVERT_IN: BUY,
}
_STATES: Final = {
    MoveState.PENDING: PENDING_APPROVAL,
    MoveState.UNDER_WAY: TRANSFERRING,
    MoveState.COMPLETED: COMPLETED,
    MoveState.CANCELED: USER_CANCELED,
    MoveState.FAILED: FAILED,
}
_BY_BANK: Final = {
    FiatState.UNCONFIRMED: PENDING,
    FiatState.CONFIRMED: PENDING_APPROVAL,
    FiatState.PAYING: APPROVED,
    FiatState.PAID: COMPLETED,
    FiatState.FAILED: FAILED,
    FiatState.CANCELED: USER_CANCELED,
}


class Entry(NamedTuple):
    """A row, and what it is chosen by."""

    time_ns: int
    currency: str
    type: int
    audit_id: str
    row: dict[str, Any]


async def history(venue: Venue, request: Request, query: HistoryQuery) -> Envelope:
    """Tell one page."""
    if not 0 < query.pageSize <= PAGE_MAX:
        raise invalid("pageSize")
    if query.pageNum < 1:
        raise invalid("pageNum")
    ids = {each.strip() for each in query.auditIds.split(",") if each.strip()}
    if len(ids) > NAMES_MAX:
        raise invalid("auditIds")
    chosen = _chosen(venue, query, ids, await _entries(venue, amounts.account_of(request), ids))
    pages = -(-len(chosen) // query.pageSize)
    start = (query.pageNum - 1) * query.pageSize
    data = {
        "totalRows": len(chosen),
        "pageSize": query.pageSize,
        "currentPage": query.pageNum,
        "totalPages": pages,
        "data": [entry.row for entry in chosen[start : start + query.pageSize]],
    }
    return done(venue, data)


def _chosen(venue: Venue, query: HistoryQuery, ids: set[str], entries: Iterable[Entry]) -> list[Entry]:
    pairs = _pairs(query.query)
    start_ns, end_ns = _day_ns(venue, query.startDate, "startDate", 0), _day_ns(venue, query.endDate, "endDate", 1)
    found = [
        entry
        for entry in entries
        if (not pairs or (entry.currency, entry.type) in pairs)
        and (not ids or entry.audit_id in ids)
        and (query.isTxn is None or (entry.type in TRADES) is query.isTxn)
        and (start_ns is None or entry.time_ns >= start_ns)
        and (end_ns is None or entry.time_ns < end_ns)
    ]
    return sorted(found, key=lambda entry: (-entry.time_ns, entry.audit_id))


def _pairs(text: str) -> set[tuple[str, int]]:
    """Return currencies and types of a list like ["TWD-1","USDT-2"]; the brackets may be missing."""
    if not text.strip():
        return set()
    try:
        sent = msgspec.json.decode(text, type=list[str]) if text.lstrip().startswith("[") else text.split(",")
        split = [each.strip().rpartition("-") for each in sent]
        pairs = {(currency.upper(), int(kind)) for currency, _, kind in split}
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise invalid("query") from error
    if len(pairs) > NAMES_MAX or not all(currency for currency, _ in pairs):
        raise invalid("query")
    return pairs


def _day_ns(venue: Venue, text: str, name: str, days: int) -> int | None:
    if not text:
        return None
    try:
        day = datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.UTC)
        instant = int((day + datetime.timedelta(days=days)).timestamp()) - venue.fiat.terms.utc_offset_s
    except (ValueError, OverflowError) as error:
        raise invalid(name) from error
    return instant * _NS_PER_S


# ── where rows come from ──


async def _entries(venue: Venue, account: int, ids: set[str]) -> list[Entry]:
    """Return the newest of each kind, and whatever older one the ids name that is found by its id."""
    found = await _newest(venue, account)
    older = [await _named(venue, account, each) for each in ids - {entry.audit_id for entry in found}]
    return found + [entry for entry in older if entry is not None]


async def _named(venue: Venue, account: int, audit_id: str) -> Entry | None:
    held = await venue.held_transfers.find(account, held_of(audit_id))
    if held is not None:
        return _held(venue, held)
    withdrawal_id = withdrawal_of(audit_id)
    paid_out = await venue.fiat.withdrawals.find(withdrawal_id, account)
    if paid_out is not None:
        return _paid(venue, paid_out)
    sent_out = await venue.withdrawals.find(account, withdrawal_id)
    return None if sent_out is None else _moved(venue, withdrawn(sent_out), sent_out)


async def _newest(venue: Venue, account: int) -> list[Entry]:
    deposits = {transfer_number(row.seq): row for row in await venue.fiat.deposits.list(account)}
    paid_out = {withdrawal_number(row.id): row for row in await venue.fiat.withdrawals.list(account)}
    sent_out = {withdrawal_number(row.id): row for row in await venue.withdrawals.list(account)}
    found = []
    for move in await venue.wallet_history.moves(account, limit=ROWS_MAX):
        if move.number in deposits:
            found.append(_deposited(venue, move, deposits[move.number]))
        elif move.number in paid_out:
            found.append(_paid(venue, paid_out[move.number]))
        elif move.kind is not MoveKind.CONVERT_OUT and not _is_held(venue, move):
            found.append(_moved(venue, move, sent_out.get(move.number)))
    found += [_held(venue, row) for row in await venue.held_transfers.list(account)]
    found += [_traded(row) for row in await venue.otc_history.settled(account)]
    return found


def _is_held(venue: Venue, move: Move) -> bool:
    # a transfer that waited has a row of its own with its sender; its receiver knows nothing of the waiting
    seq = move.number // SEQ_KINDS
    return move.kind is MoveKind.TRANSFER_OUT and venue.held_transfers.held_of(seq) is not None


def _row(asset: Asset, type: int, audit: str, amount: int, fee: int, status: int, time_ns: int) -> dict[str, Any]:
    client = amount - fee
    received = client if status == COMPLETED else 0
    return {
        "currencyType": amounts.kind_of(asset),
        "auditId": audit,
        "amount": amounts.number(amount, asset.scale),
        "clientAmount": amounts.number(client, asset.scale),
        "fee": amounts.fee_number(fee, asset.scale),
        "transactionRef": audit,
        "emailRef": None,
        "receivedAmount": amounts.number(received, asset.scale),
        "type": type,
        "quoteOrderCurrency": asset.code,
        "updateTimestamp": time_ns // _NS_PER_MS,
        "quoteBaseCurrency": asset.code,
        "createTimestamp": time_ns // _NS_PER_MS,
        "inOutType": OUT if type in (WITHDRAW, TRANSFER_OUT) else IN,
        "errCode": None,
        "remarks": None,
        "status": status,
        "bankRef": None,
    }


def _asset(venue: Venue, asset_id: int) -> Asset:
    asset = venue.catalogue.asset_by_id(asset_id)
    assert asset is not None, "assets are never taken off the list"
    return asset


def _deposited(venue: Venue, move: Move, deposit: FiatDeposit) -> Entry:
    asset, told = _asset(venue, move.asset), deposit.told
    row = _row(asset, DEPOSIT, str(move.number), move.amount, 0, COMPLETED, move.time_ns)
    row["bankRef"] = told.reference
    row["fromBank"] = {
        "code": told.bank, "account": told.number, "accountHolder": told.holder, "name": bank_name(venue, told.bank, ""),
    }  # fmt: skip
    return Entry(move.time_ns, asset.code, DEPOSIT, str(move.number), row)


def _paid(venue: Venue, paid: FiatWithdrawal) -> Entry:
    asset, audit = _asset(venue, paid.asset), str(withdrawal_number(paid.id))
    row = _row(asset, WITHDRAW, audit, paid.amount + paid.fee, paid.fee, _BY_BANK[paid.state], paid.requested_ns)
    row["updateTimestamp"] = (paid.ended_ns or paid.requested_ns) // _NS_PER_MS
    row["transactionRef"], row["bankRef"], row["fromBank"] = str(paid.seq), paid.reference or None, {}
    row["toBank"] = {
        "code": paid.bank, "account": paid.number, "name": bank_name(venue, paid.bank, paid.branch),
        "accountHolder": paid.holder,
    }  # fmt: skip
    return Entry(paid.requested_ns, asset.code, WITHDRAW, audit, row)


def _moved(venue: Venue, move: Move, sent: Withdrawal | None) -> Entry:
    asset, type, status = _asset(venue, move.asset), _TYPES[move.kind], _STATES[move.state]
    if type == DEPOSIT and move.state is MoveState.UNDER_WAY:
        status = OPEN
    if sent is not None and status == PENDING_APPROVAL and sent.must_confirm:
        status = PENDING_APPROVAL if venue.fiat.confirmations.is_confirmed(sent.id) else PENDING
    row = _row(asset, type, str(move.number), move.amount + move.fee, move.fee, status, move.time_ns)
    if move.network:
        row["toReceiver"] = {"name": "", "address": move.address} if type == WITHDRAW else {}
        row["txUrl"], row["txHash"] = None, move.payment or None
    if sent is not None and sent.ended_ns:
        row["updateTimestamp"] = sent.ended_ns // _NS_PER_MS
    if move.conversion is not None:
        source = _asset(venue, move.conversion.source)
        row["quoteOrderCurrency"] = source.code
        row["remarks"] = to_text(move.conversion.amount, scale=source.scale)
    return Entry(move.time_ns, asset.code, type, str(move.number), row)


def _held(venue: Venue, held: HeldTransfer) -> Entry:
    asset, audit = _asset(venue, held.asset), str(audit_id(held.id))
    status = COMPLETED if held.is_done else USER_CANCELED
    if not held.ended_ns:
        status = EMAIL_CONFIRMED if venue.fiat.confirmations.is_confirmed(held.id) else PENDING
    row = _row(asset, TRANSFER_OUT, audit, held.amount, 0, status, held.requested_ns)
    row["updateTimestamp"] = (held.ended_ns or held.requested_ns) // _NS_PER_MS
    customer = venue.customers.of_account(held.account)
    row["emailRef"], row["bankRef"] = customer.email if customer is not None else None, held.receiver
    return Entry(held.requested_ns, asset.code, TRANSFER_OUT, audit, row)


def _traded(quote: Quote) -> Entry:
    instrument, type = quote.instrument, BUY if quote.side is Side.BUY else SELL
    base, money = instrument.base, instrument.quote
    row = _row(base, type, quote.id, quote.base, 0, COMPLETED, quote.ended_ns)
    if type == SELL:
        row["receivedAmount"] = amounts.number(quote.quote, money.scale)
    row["quoteOrderCurrency"] = money.code
    row["remarks"] = to_text(quote.quote, scale=money.scale)
    row["createTimestamp"] = quote.made_ns // _NS_PER_MS
    row["baseCurrencyUnitPrice"] = amounts.number(quote.price, PRICE_SCALE)
    row["baseCurrencyTotalPrice"] = amounts.number(quote.quote, money.scale)
    return Entry(quote.ended_ns, base.code, type, quote.id, row)
