"""The rows of the history, each of what the services know it from, and where they come from.

Translates; never chooses. A number's last digit says what an audit id names: those of the wallet's history, 6 a transfer that
waited, 7 and 8 the taker's and the maker's half of a match; what the desk settled goes by the quote's id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from bedesten.dialects.bitgin import render
from bedesten.dialects.bitgin.endpoints_capital import audit_id, held_of
from bedesten.dialects.bitgin.endpoints_funds import bank_name
from bedesten.dialects.bitgin.parse import audit_number
from bedesten.dialects.bitgin.vocabulary import kind_of
from bedesten.domain.enums import Side
from bedesten.domain.money import to_text
from bedesten.services.fiat.deposits import BankTransfer
from bedesten.services.fiat.withdrawals import FiatState, FiatWithdrawal
from bedesten.services.money.confirmed_transfers import ConfirmedTransfer
from bedesten.services.otc.quotes import PRICE_SCALE, Quote, QuoteState
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import Fill
from bedesten.services.wallet_history import KINDS, Move, MoveKind, MoveState, seq_of, withdrawal_number

if TYPE_CHECKING:
    from bedesten.domain.instruments import Asset
    from bedesten.services.venue import Venue
    from bedesten.services.wallets.withdrawals import Withdrawal

DEPOSIT, WITHDRAW, BUY, SELL, TRANSFER_IN, TRANSFER_OUT = range(1, 7)
IN, OUT = 1, 2
OPEN, PENDING_APPROVAL, APPROVED, COMPLETED, FAILED = 1, 3, 4, 10, 15
USER_CANCELED, PENDING, TRANSFERRING, EMAIL_CONFIRMED = 16, 17, 19, 25
TRADES: Final = frozenset({BUY, SELL})
TAKER_KIND, MAKER_KIND = (
    7,
    8,
)  # the last digit of an audit id: the wallet's history and transfers that wait have the others
FILLS_A_PAGE: Final = 1_000  # read at a time
_NS_PER_MS: Final = 1_000_000

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


class Item(NamedTuple):
    """What a row tells of, and what it is chosen by."""

    time_ns: int
    currency: str
    type: int
    audit_id: str
    what: Move | ConfirmedTransfer | Quote | Fill


class Chosen(NamedTuple):
    """What is read: a span, of some types (none: all) and one currency ("": any), and of each source at most so many rows."""

    start_ns: int
    end_ns: int
    types: frozenset[int]
    currency: str
    most: int


# ── where they come from ──


async def items(venue: Venue, account: int, of: Chosen) -> list[Item]:
    """Return everything but matches, in no order: of each source the newest."""
    kinds = [kind for kind in MoveKind if not of.types or _TYPES.get(kind) in of.types]
    asset = venue.catalogue.asset(of.currency) if of.currency else None
    if of.currency and asset is None:
        return []
    moves = await venue.wallet_history.moves(
        account,
        asset=None if asset is None else asset.id,
        kinds=kinds,
        start_ns=of.start_ns,
        end_ns=of.end_ns,
        limit=of.most,
    )
    found = await _of_moves(venue, moves)
    if not of.types or TRANSFER_OUT in of.types:
        held = await venue.confirmed_transfers.list(account, start_ns=of.start_ns, end_ns=of.end_ns, limit=of.most)
        found += [_of_held(venue, each) for each in held]
    if not of.types or TRADES & of.types:
        settled = await venue.otc_history.settlements(account, start_ns=of.start_ns, end_ns=of.end_ns, limit=of.most)
        found += [_of_quote(each.quote) for each in settled]
    return found


async def fills(venue: Venue, account: int, start_ns: int, end_ns: int) -> AsyncIterator[Item]:
    """Yield the account's halves of matches, newest first, read as they are asked for."""
    before_id = NS_MAX
    while page := await venue.trading.fills(
        account, start_ns=start_ns, end_ns=end_ns, before_id=before_id, limit=FILLS_A_PAGE
    ):
        for fill in page:
            yield _of_fill(venue, fill)
        before_id = page[-1].trade_id  # nobody's orders meet one another, so that both halves are never one account's


async def named(venue: Venue, account: int, ids: Collection[str]) -> list[Item]:
    """Return what these audit ids name, looked up by them, however much the account has."""
    numbers = {number for each in ids if (number := audit_number(each)) and str(number) == each}
    found = [item for number in numbers if (item := await _numbered(venue, account, number)) is not None]
    return found + await _settled(venue, account, {each for each in ids if not each.isdigit()})


async def _numbered(venue: Venue, account: int, number: int) -> Item | None:
    if held_id := held_of(str(number)):
        held = await venue.confirmed_transfers.find(account, held_id)
        return None if held is None else _of_held(venue, held)
    if (kind := number % KINDS) in (TAKER_KIND, MAKER_KIND):
        match = number // KINDS
        halves = await venue.trading.fills(account, after_id=match - 1, before_id=match + 1, limit=2)
        return next((_of_fill(venue, each) for each in halves if _kind(each) == kind), None)
    move = await venue.wallet_history.find(account, number)
    return next(iter(await _of_moves(venue, [] if move is None else [move])), None)


async def _settled(venue: Venue, account: int, ids: set[str]) -> list[Item]:
    """Those settled lately are known by their ids; for older ones one walk through the account's own looks for all."""
    found = []
    for known in [quote for each in ids if (quote := venue.otc.find(account, each)) is not None]:
        ids = ids - {known.id}
        if known.state is QuoteState.SETTLED:
            found.append(_of_quote(known))
    if not ids:
        return found
    older = await venue.otc_history.settlements(account, is_wanted=lambda quote: quote.id in ids, limit=len(ids))
    return found + [_of_quote(each.quote) for each in older]


async def _of_moves(venue: Venue, moves: Sequence[Move]) -> list[Item]:
    sent = [seq_of(move.number) for move in moves if move.kind is MoveKind.TRANSFER_OUT]
    # one that waited has a row of its own with its sender; its receiver knows nothing of the waiting
    waited = await venue.confirmed_transfers.carried_out(sent) if sent else frozenset()
    return [
        Item(move.time_ns, _asset(venue, move.asset).code, _TYPES[move.kind], str(move.number), move)
        for move in moves
        if move.kind is not MoveKind.CONVERT_OUT  # its other line tells of it
        and not (move.kind is MoveKind.TRANSFER_OUT and seq_of(move.number) in waited)
    ]


def _of_held(venue: Venue, held: ConfirmedTransfer) -> Item:
    return Item(held.requested_ns, _asset(venue, held.asset).code, TRANSFER_OUT, str(audit_id(held.id)), held)


def _of_quote(quote: Quote) -> Item:
    type = BUY if quote.side is Side.BUY else SELL
    return Item(quote.ended_ns, quote.instrument.base.code, type, quote.id, quote)


def _of_fill(venue: Venue, fill: Fill) -> Item:
    instrument = venue.catalogue.by_id(fill.instrument)
    assert instrument is not None, "a match is of a listed instrument"
    type, number = BUY if fill.side == Side.BUY else SELL, fill.trade_id * KINDS + _kind(fill)
    return Item(fill.time_ns, instrument.base.code, type, str(number), fill)


def _kind(fill: Fill) -> int:
    return MAKER_KIND if fill.is_maker else TAKER_KIND


# ── how they read ──


async def rows(venue: Venue, account: int, chosen: Sequence[Item]) -> list[dict[str, Any]]:
    """Return them as rows; what a bank or a network knows of them is looked up for all at once."""
    seqs = [seq_of(each.what.number) for each in chosen if isinstance(each.what, Move)]
    told = await venue.fiat.deposits.told_at(seqs) if seqs else {}
    asked = [seq_of(int(each.audit_id)) for each in chosen if isinstance(each.what, Move) and each.type == WITHDRAW]
    paid = {each.id: each for each in await venue.fiat.withdrawals.find_all(asked, account)} if asked else {}
    sent = {each.id: each for each in await venue.withdrawals.find_all(account, asked)} if asked else {}

    def row(item: Item) -> dict[str, Any]:
        match item.what:
            case ConfirmedTransfer() as held:
                return _held(venue, held)
            case Quote() as quote:
                return _traded(quote)
            case Fill() as fill:
                return _matched(venue, item, fill)
            case move:
                seq = seq_of(move.number)
                if move.kind is MoveKind.DEPOSIT and not move.network and seq in told:
                    return _deposited(venue, move, told[seq])
                is_held = move.kind is MoveKind.WITHDRAWAL and withdrawal_number(seq) == move.number
                if is_held and seq in paid:
                    return _paid(venue, move, paid[seq])
                return _moved(venue, move, sent.get(seq) if is_held else None)

    return [row(item) for item in chosen]


def _row(asset: Asset, type: int, audit: str, amount: int, fee: int, status: int, time_ns: int) -> dict[str, Any]:
    client = amount - fee
    received = client if status == COMPLETED else 0
    return {
        "currencyType": kind_of(asset),
        "auditId": audit,
        "amount": render.number(amount, asset.scale),
        "clientAmount": render.number(client, asset.scale),
        "fee": render.fee_number(fee, asset.scale),
        "transactionRef": audit,
        "emailRef": None,
        "receivedAmount": render.number(received, asset.scale),
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


def _deposited(venue: Venue, move: Move, told: BankTransfer) -> dict[str, Any]:
    asset = _asset(venue, move.asset)
    row = _row(asset, DEPOSIT, str(move.number), move.amount, 0, COMPLETED, move.time_ns)
    row["bankRef"] = told.reference
    row["fromBank"] = {
        "code": told.bank, "account": told.number, "accountHolder": told.holder, "name": bank_name(venue, told.bank, ""),
    }  # fmt: skip
    return row


def _paid(venue: Venue, move: Move, paid: FiatWithdrawal) -> dict[str, Any]:
    asset, audit = _asset(venue, paid.asset), str(move.number)
    row = _row(asset, WITHDRAW, audit, paid.amount + paid.fee, paid.fee, _BY_BANK[paid.state], paid.requested_ns)
    row["updateTimestamp"] = (paid.ended_ns or paid.requested_ns) // _NS_PER_MS
    row["transactionRef"], row["bankRef"], row["fromBank"] = str(paid.seq), paid.reference or None, {}
    row["toBank"] = {
        "code": paid.bank, "account": paid.number, "name": bank_name(venue, paid.bank, paid.branch),
        "accountHolder": paid.holder,
    }  # fmt: skip
    return row


def _moved(venue: Venue, move: Move, sent: Withdrawal | None) -> dict[str, Any]:
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
    return row


def _held(venue: Venue, held: ConfirmedTransfer) -> dict[str, Any]:
    asset, audit = _asset(venue, held.asset), str(audit_id(held.id))
    status = COMPLETED if held.is_done else USER_CANCELED
    if not held.ended_ns:
        status = EMAIL_CONFIRMED if venue.fiat.confirmations.is_confirmed(held.id) else PENDING
    row = _row(asset, TRANSFER_OUT, audit, held.amount, 0, status, held.requested_ns)
    row["updateTimestamp"] = (held.ended_ns or held.requested_ns) // _NS_PER_MS
    customer = venue.customers.of_account(held.account)
    row["emailRef"], row["bankRef"] = customer.email if customer is not None else None, held.receiver
    return row


def _traded(quote: Quote) -> dict[str, Any]:
    instrument, type = quote.instrument, BUY if quote.side is Side.BUY else SELL
    base, money = instrument.base, instrument.quote
    row = _row(base, type, quote.id, quote.base, 0, COMPLETED, quote.ended_ns)
    if type == SELL:
        row["receivedAmount"] = render.number(quote.quote, money.scale)
    row["quoteOrderCurrency"] = money.code
    row["remarks"] = to_text(quote.quote, scale=money.scale)
    row["createTimestamp"] = quote.made_ns // _NS_PER_MS
    row["baseCurrencyUnitPrice"] = render.number(quote.price, PRICE_SCALE)
    row["baseCurrencyTotalPrice"] = render.number(quote.quote, money.scale)
    return row


def _matched(venue: Venue, item: Item, fill: Fill) -> dict[str, Any]:
    """A match in an order book: a fee in the base currency is told as one, a fee in the other is within what that moved."""
    instrument = venue.catalogue.by_id(fill.instrument)
    assert instrument is not None, "a match is of a listed instrument"
    base, money, fee = instrument.base, instrument.quote, fill.fee + fill.tax
    in_base, is_buy = fee if fill.fee_asset == base.id else 0, item.type == BUY
    paid = fill.notional + (fee - in_base if is_buy else in_base - fee)
    moved = fill.quantity * instrument.lot_value + (0 if is_buy else in_base)
    row = _row(base, item.type, item.audit_id, moved, in_base, COMPLETED, fill.time_ns)
    if not is_buy:
        row["receivedAmount"] = render.number(paid, money.scale)
    row["quoteOrderCurrency"] = money.code
    row["remarks"] = to_text(paid, scale=money.scale)
    row["baseCurrencyUnitPrice"] = msgspec.Raw(instrument.price_text(fill.price).encode())
    row["baseCurrencyTotalPrice"] = render.number(paid, money.scale)
    return row
