"""Private reading: balances, own trades, deposits and withdrawals.

Source: BtcTurk API documents, Account Balance, User Transactions; Swagger v1. Permissions: Total Funds for balances, Account for
transactions; here both are reading.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.numbers import NS_PER_MS, ms
from bedesten.dialects.btcturk.pairs import pairs_of
from bedesten.dialects.btcturk.rest import render
from bedesten.dialects.btcturk.rest.endpoints_market import pair_named
from bedesten.dialects.btcturk.rest.endpoints_trading import account_of
from bedesten.dialects.btcturk.rest.envelope import Envelope, done, shown
from bedesten.dialects.btcturk.rest.shapes import TradesOfAccountQuery, TradesPath, TransactionsQuery
from bedesten.dialects.btcturk.vocabulary import SIDES
from bedesten.dialects.contract import Request
from bedesten.domain.enums import TransferReason
from bedesten.services.ports import NS_MAX
from bedesten.services.wallets.withdrawals import Withdrawal, WithdrawalState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bedesten.dialects.answers import Answers
    from bedesten.domain.instruments import Asset
    from bedesten.services.money.statement import Line
    from bedesten.services.store_types import Fill
    from bedesten.services.venue import Venue

DAYS_DEFAULT_MS: Final = 30 * 86_400_000
ORDER_DIGITS_MAX: Final = 19  # of an order's number: as many as 64 bits have
FILLS_MAX: Final = 1_000
PAGES_MAX: Final = 10  # of own trades in one look: ten thousand, newest first, for the thousand that are asked for
TIED_MAX: Final = 100_000  # own trades of one instant, which no answer parts: a list is walked on by time alone
TRANSACTIONS_MAX: Final = 1_000
NOWHERE: Final = render.OnChain()
KINDS: Final = ("deposit", "withdrawal")
REASONS: Final = tuple(TransferReason)  # whatever moved money outside trades is told: as what came, or as what left


async def balances(venue: Venue, request: Request, form: None) -> Envelope:
    """Return what the account has of every currency."""
    account = account_of(request)
    found = await venue.accounts.balances(account)
    requested = await venue.withdrawals.requested(account)
    now_ms = ms(venue.clock.now_ns())
    return shown([render.balance(one, requested.get(one.asset.id, 0), now_ms) for one in found])


class Trades:
    """Own trades."""

    def __init__(self, answers: Answers) -> None:
        self._row = render.fill if answers["trade_rows"] == "texts" else render.early_fill

    async def __call__(self, venue: Venue, request: Request, form: TradesOfAccountQuery) -> Envelope:
        """Return them, newest first; a currency names the pairs that have it on either side."""
        found, texts = await _trades(venue, request, form)
        pairs = pairs_of(venue.catalogue)
        return done(
            [
                self._row(pair, one, texts.get(one.order_id, ""))
                for one in found
                if (pair := pairs.of(one.instrument)) is not None
            ]
        )


async def _trades(venue: Venue, request: Request, form: TradesOfAccountQuery) -> tuple[list[Fill], dict[int, str]]:
    sides = {SIDES[word] for word in _words(form.type, SIDES)}
    codes = {code.upper() for code in form.symbol}
    instrument_id = pair_named(venue, form.pairSymbol).instrument.id if form.pairSymbol else None
    start_ns, end_ns = _span(venue, form.startDate, form.endDate, is_open=form.orderId is not None)
    account, pairs = account_of(request), pairs_of(venue.catalogue)

    def is_wanted(one: Fill) -> bool:
        pair = pairs.of(one.instrument)
        if pair is None or (sides and one.side not in sides):
            return False
        return not codes or pair.base.code in codes or pair.quote.code in codes

    order_id = max(form.orderId or 0, 0)
    found = await _fills(venue, account, is_wanted, instrument_id, start_ns=start_ns, end_ns=end_ns, order_id=order_id)
    records = await venue.trading.records(account, {one.order_id for one in found})
    return found, {order_id: record.client_id for order_id, record in records.items()}


async def _fills(
    venue: Venue, account: int, is_wanted: Callable[[Fill], bool], instrument_id: int | None, *, start_ns: int, end_ns: int,
    order_id: int,
) -> list[Fill]:  # fmt: skip
    """Return the newest own trades that are wanted, however many others lie between them.

    The last millisecond is told whole, though the count be exceeded: whoever goes on from the one before it misses none.
    """
    ask = partial(
        venue.trading.fills,
        account,
        instrument_id,
        start_ns=start_ns,
        end_ns=end_ns,
        order_id=order_id,
        limit=FILLS_MAX,
    )
    found: dict[Fill, None] = {}
    before_id, read = NS_MAX, 0
    instant_ms = 0  # of the last row, once there are enough
    while read < (TIED_MAX if instant_ms else PAGES_MAX * FILLS_MAX):
        page = await ask(before_id=before_id)
        found |= dict.fromkeys(one for one in page if is_wanted(one))
        read += len(page)
        if len(found) >= FILLS_MAX and not instant_ms:
            instant_ms = ms(next(islice(found, FILLS_MAX - 1, None)).time_ns)
        if len(page) < FILLS_MAX or ms(page[-1].time_ns) < instant_ms:
            break
        before_id = page[-1].trade_id + 1  # the other half of the last match may be the account's, too
    return [one for at, one in enumerate(found) if at < FILLS_MAX or ms(one.time_ns) == instant_ms]


async def trades_of(venue: Venue, request: Request, form: TradesPath) -> Envelope:
    """Return the own trades of one order, by its number, or of a pair, newest first; of an order all of them."""
    pairs, account = pairs_of(venue.catalogue), account_of(request)
    if form.id.isascii() and form.id.isdecimal():
        order_id = int(form.id) if len(form.id) <= ORDER_DIGITS_MAX else 0
        found = await _of_order(venue, account, order_id) if 0 < order_id <= NS_MAX else []
    else:
        start_ns, end_ns = _span(venue, form.startDate, form.endDate, is_open=True)
        instrument_id = pair_named(venue, form.id).instrument.id
        found = await _fills(
            venue, account, lambda _: True, instrument_id, start_ns=start_ns, end_ns=end_ns, order_id=0
        )
    return done([render.short_fill(pair, one) for one in found if (pair := pairs.of(one.instrument)) is not None])


async def _of_order(venue: Venue, account: int, order_id: int) -> list[Fill]:
    found: list[Fill] = []
    before_id = NS_MAX
    while page := await venue.trading.fills(account, order_id=order_id, before_id=before_id, limit=FILLS_MAX):
        found += page
        before_id = page[-1].trade_id
        if len(page) < FILLS_MAX or len(found) >= TIED_MAX:
            break
    return found


class Transactions:
    """Deposits and withdrawals of one kind of money."""

    def __init__(self, *, is_fiat: bool) -> None:
        self._is_fiat = is_fiat

    async def __call__(self, venue: Venue, request: Request, form: TransactionsQuery) -> Envelope:
        """Return them, newest first."""
        kinds = _words(form.type + form.balanceTypes, KINDS) or KINDS
        codes = {code.upper() for code in form.symbol + form.currencySymbols}
        start_ns, end_ns = _span(venue, form.startDate, form.endDate)
        assets = [
            asset
            for asset in venue.catalogue.assets
            if asset.is_fiat == self._is_fiat and (not codes or asset.code in codes)
        ]
        account = account_of(request)
        found = await venue.statements.lines(
            account,
            assets,
            REASONS,
            start_ns=start_ns,
            end_ns=end_ns,
            limit=TRANSACTIONS_MAX,
            side=_SIDES.get(tuple(kinds), 0),
        )
        chains = {} if self._is_fiat else await _on_chain(venue, account, found)
        told = [
            render.transaction(line.transfer, line.asset, account, line.total, chains.get(line.transfer.seq, NOWHERE))
            for line in found
        ]
        if "withdrawal" in kinds:
            # Of a list that is cut, what was asked before its last row comes with the rows of that time.
            since_ns = found[-1].transfer.time_ns if len(found) >= TRANSACTIONS_MAX else start_ns
            told += await _under_way(venue, account, assets, since_ns, end_ns)
            told.sort(key=lambda row: -row["timestamp"])
        return done(told)


#: By the types that are asked for, what `lines` tells: 1 what came, -1 what left; both otherwise.
_SIDES: Final[Mapping[tuple[str, ...], int]] = {("deposit",): 1, ("withdrawal",): -1}


async def _under_way(
    venue: Venue, account: int, assets: Iterable[Asset], start_ns: int, end_ns: int
) -> list[render.Row]:
    """Return the withdrawals that were asked for and have not been sent: the money is held, and not gone yet."""
    by_id = {asset.id: asset for asset in assets}
    moves = await venue.wallet_history.under_way(account)
    return [
        render.asked(move, by_id[move.asset])
        for move in moves
        if start_ns <= move.time_ns < end_ns and move.asset in by_id
    ]


async def _on_chain(venue: Venue, account: int, lines: Iterable[Line]) -> dict[int, render.OnChain]:
    """Return what chains know of these lines, by seq, newest first.

    A withdrawal is found by when it left, of what and how much; of several that are the same in that, the latest left last.
    """
    came = {row.payment.id: row for row in await venue.network_deposits.deposits(account)}
    left: dict[tuple[int, int, int], list[Withdrawal]] = {}
    for row in reversed(await venue.withdrawals.list(account)):
        if row.state is WithdrawalState.SENT:
            left.setdefault((row.ended_ns, row.asset, row.amount), []).append(row)
    found: dict[int, render.OnChain] = {}
    for line in lines:
        one = line.transfer
        if (deposit := came.get(venue.network_deposits.payment_of(one.seq))) is not None:
            found[one.seq] = render.OnChain(deposit.payment.id, deposit.payment.to, deposit.confirmations)
        elif sent := left.get((one.time_ns, one.asset, one.amount)):
            withdrawal = sent.pop()
            found[one.seq] = render.OnChain(withdrawal.payment, withdrawal.destination)
    return found


def _words(given: Iterable[str], known: Iterable[str]) -> list[str]:
    words = [word.lower() for word in given]
    for word in words:
        if word not in known:
            raise errors.invalid_request(f"The value '{word[:50]}' is not valid for type.")
    return words


def _span(venue: Venue, start_ms: int | None, end_ms: int | None, *, is_open: bool = False) -> tuple[int, int]:
    """Return the range asked for, in nanoseconds; without a beginning the last thirty days, or (is_open) everything."""
    now_ms = ms(venue.clock.now_ns())
    last_ms = now_ms if end_ms is None else min(max(end_ms, 0), now_ms)
    first_ms = max(0 if is_open else last_ms - DAYS_DEFAULT_MS, 0) if start_ms is None else max(start_ms, 0)
    return min(first_ms * NS_PER_MS, NS_MAX), (last_ms + 1) * NS_PER_MS
