"""What an account has, traded, pays and was paid: fills, balances, fees and the statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

from bedesten.dialects.contract import Request
from bedesten.dialects.native.cursors import Listed
from bedesten.dialects.native.errors import Refused
from bedesten.dialects.native.market.parse import instrument_of
from bedesten.dialects.native.reasons import UNKNOWN_ASSET
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.trading import parse, render, shapes
from bedesten.domain.commands import EVERY_INSTRUMENT
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import Fill, TransferRecord

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.services.venue import Venue


async def fills(venue: Venue, request: Request, form: shapes.FillsQuery) -> Page[shapes.FillRow]:
    """Return halves of matches, newest first."""
    account, instrument_id = parse.account_of(request), parse.instrument_id_of(venue, form.instrument)
    order_id = 0 if isinstance(form.order, UnsetType) else parse.order_id_of(form.order, "order")
    listed = Listed("fills", account, instrument_id, order_id)
    # of a match with oneself both halves are in the list: a page ends behind both, or is walked on from the first of them
    before_id, skipped = (NS_MAX, -1) if isinstance(form.after, UnsetType) else listed.place(form.after, 2)
    wanted = None if instrument_id == EVERY_INSTRUMENT else instrument_id
    found = await venue.trading.fills(
        account, wanted, order_id=order_id, before_id=min(before_id + 1, NS_MAX), limit=form.limit + 3
    )
    rows = [fill for fill in found if (fill.trade_id, fill.is_maker) < (before_id, skipped if skipped >= 0 else 2)]

    def row(fill: Fill) -> shapes.FillRow:
        instrument = venue.catalogue.by_id(fill.instrument)
        assert instrument is not None, "what is listed stays listed"
        return render.fill_row(instrument, fill)

    return listed.page(rows, form.limit, row, lambda fill: (fill.trade_id, fill.is_maker))


async def balances(venue: Venue, request: Request, form: None) -> Page[shapes.BalanceRow]:
    """Return what the account has of every asset."""
    return Page([render.balance_row(each) for each in await venue.accounts.balances(parse.account_of(request))])


async def fees(venue: Venue, request: Request, form: shapes.FeesQuery) -> Page[shapes.FeeRow]:
    """Return the account's fees, of every instrument or of one."""
    account, listed = parse.account_of(request), venue.catalogue.instruments
    if not isinstance(form.instrument, UnsetType):
        listed = (instrument_of(venue, form.instrument),)

    def ask(machine: Machine) -> list[shapes.FeeRow]:
        return [shapes.FeeRow(each.name, *machine.fee_rates(account, each.id)) for each in listed]

    return Page(await venue.sequencer.read(ask))


async def statement(venue: Venue, request: Request, form: shapes.StatementQuery) -> Page[shapes.StatementRow]:
    """Return money that moved outside trades, newest first."""
    account = parse.account_of(request)
    asset = None if isinstance(form.asset, UnsetType) else venue.catalogue.asset(form.asset)
    if asset is None and not isinstance(form.asset, UnsetType):
        raise Refused(UNKNOWN_ASSET, param="asset")
    listed = Listed("statement", account, asset and asset.id)
    before_id = NS_MAX if isinstance(form.after, UnsetType) else listed.place(form.after, 1)[0]
    moves = await venue.statements.moves(account, asset, before_id=before_id, limit=form.limit + 1)

    def row(move: TransferRecord) -> shapes.StatementRow:
        of = venue.catalogue.asset_by_id(move.asset)
        assert of is not None, "what is listed stays listed"
        return render.statement_row(of, account, move)

    return listed.page(moves, form.limit, row, lambda move: (move.row_id,))
