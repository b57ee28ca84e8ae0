"""Orders: placed, amended, canceled, looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UnsetType

from bedesten.dialects.contract import JSON, Reply, Request
from bedesten.dialects.native.cursors import Listed
from bedesten.dialects.native.errors import Refused
from bedesten.dialects.native.reasons import CORE, IDEMPOTENCY_CONFLICT
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.times import NS_PER_S, time_text
from bedesten.dialects.native.trading import parse, render, shapes
from bedesten.dialects.native.trading.errors import refused
from bedesten.domain.commands import EVERY_INSTRUMENT, CancelOrder, PlaceOco, PlaceOrder
from bedesten.domain.enums import RejectReason
from bedesten.domain.instruments import Instrument
from bedesten.services.idempotency.once import AlreadyUsed
from bedesten.services.orders.order_result import Outcome
from bedesten.services.orders.preview import preview as previewed
from bedesten.services.store_types import OrderRecord

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

REPLAYED = (b"idempotent-replay", b"true")


async def place(venue: Venue, request: Request, form: shapes.NewOrder) -> Reply:
    """Place an order."""
    return await _placed(venue, request, parse.order_of(venue, parse.account_of(request), form))


async def place_oco(venue: Venue, request: Request, form: shapes.NewOco) -> Reply:
    """Place an OCO order."""
    return await _placed(venue, request, parse.oco_of(venue, parse.account_of(request), form))


async def _placed(venue: Venue, request: Request, command: PlaceOrder | PlaceOco) -> Reply:
    try:
        placing = await venue.placed_once.place(command, parse.client_id_of(request))
    except AlreadyUsed as error:
        raise Refused(IDEMPOTENCY_CONFLICT, param="Idempotency-Key") from error
    body = _told(venue, placing.outcome, venue.catalogue.by_id(command.instrument))
    return Reply(200, msgspec.json.encode(body), [JSON, REPLAYED] if placing.is_replay else [JSON])


def _told(venue: Venue, outcome: Outcome, instrument: Instrument | None) -> shapes.Placed:
    if outcome.reject is not None or instrument is None:
        raise refused(venue, outcome.reject or RejectReason.UNKNOWN_INSTRUMENT, outcome.refusal, instrument)
    fills = render.fills_of(outcome.orders, outcome.trades)
    return shapes.Placed(
        orders=render.order_rows(venue.catalogue, outcome.orders),
        fills=[render.fill_row(instrument, fill) for fill in fills],
    )


async def preview(venue: Venue, request: Request, form: shapes.NewOrder) -> shapes.Preview:
    """Return what an order would do."""
    command = parse.order_of(venue, parse.account_of(request), form)
    instrument = venue.catalogue.by_id(command.instrument)
    assert instrument is not None, "it was found by its name"
    found = await venue.sequencer.read(lambda machine: previewed(machine, instrument, command))
    return render.preview_of(instrument, command.side, found)


async def amend(venue: Venue, request: Request, form: shapes.OrderChange) -> shapes.Placed:
    """Change an open order."""
    record, instrument = await _named(venue, request, request.path_params["id"])
    change = parse.change_of(instrument, record.order.account, record.order.order_id, form)
    return _told(venue, await venue.trading.amend(change), instrument)


async def cancel(venue: Venue, request: Request, form: shapes.OrderQuery) -> shapes.Canceled:
    """Cancel one open order, and with it the other leg of an OCO order."""
    record, instrument = await _named(venue, request, form.id)
    outcome = await venue.trading.cancel(CancelOrder(account=record.order.account, order_id=record.order.order_id))
    return _canceled(venue, outcome, instrument)


async def cancel_some(venue: Venue, request: Request, form: shapes.CancelQuery) -> shapes.Canceled:
    """Cancel every open order, of one instrument, or with the client's own id."""
    account, instrument_id = parse.account_of(request), parse.instrument_id_of(venue, form.instrument)
    if isinstance(form.client_id, UnsetType):
        outcome = await venue.trading.cancel_all(account, instrument_id)
    else:
        outcome = await venue.trading.cancel_by_client_id(account, form.client_id, instrument_id)
    return _canceled(venue, outcome, venue.catalogue.by_id(instrument_id))


def _canceled(venue: Venue, outcome: Outcome, instrument: Instrument | None) -> shapes.Canceled:
    if outcome.reject is not None:
        raise refused(venue, outcome.reject, outcome.refusal, instrument)
    return shapes.Canceled(render.order_rows(venue.catalogue, outcome.orders))


async def cancel_all_after(venue: Venue, request: Request, form: shapes.CancelAllAfterForm) -> shapes.CancelAllAfterSet:
    """Set the dead-man timer, or take it off."""
    now_ns = venue.clock.now_ns()
    outcome = await venue.trading.cancel_all_after(parse.account_of(request), form.seconds * NS_PER_S)
    if outcome.reject is not None:
        raise refused(venue, outcome.reject, outcome.refusal, None)
    if not form.seconds:
        return shapes.CancelAllAfterSet()
    return shapes.CancelAllAfterSet(time_text(now_ns + form.seconds * NS_PER_S))


async def order(venue: Venue, request: Request, form: shapes.OrderQuery) -> shapes.OrderRow:
    """Return one order, open or ended."""
    record, instrument = await _named(venue, request, form.id)
    return render.order_row(instrument, record)


async def orders(venue: Venue, request: Request, form: shapes.OrdersQuery) -> Page[shapes.OrderRow]:
    """Return orders, newest first: those that live by when they came, those that ended by when they ended."""
    account, instrument_id = parse.account_of(request), parse.instrument_id_of(venue, form.instrument)
    listed = Listed("orders", account, form.status, instrument_id)
    before_id = 0 if isinstance(form.after, UnsetType) else listed.place(form.after, 1)[0]
    if form.status == "open":
        live = await venue.trading.open_orders(account, instrument_id)
        found = [each for each in reversed(live) if not before_id or each.order.order_id < before_id]
    else:
        wanted = None if instrument_id == EVERY_INSTRUMENT else instrument_id
        found = await venue.trading.order_history(account, wanted, before_id=before_id, limit=form.limit + 1)

    def row(record: OrderRecord) -> shapes.OrderRow:
        instrument = venue.catalogue.by_id(record.order.instrument)
        assert instrument is not None, "what is listed stays listed"
        return render.order_row(instrument, record)

    return listed.page(found, form.limit, row, lambda record: (record.order.order_id,))


async def _named(venue: Venue, request: Request, text: str) -> tuple[OrderRecord, Instrument]:
    """Return the account's order that *text* names, and its instrument.

    Raises: Refused when there is none.
    """
    order_id, client_id = parse.order_named(text)
    record = await venue.trading.order(parse.account_of(request), order_id, client_id)
    instrument = None if record is None else venue.catalogue.by_id(record.order.instrument)
    if record is None or instrument is None:
        raise Refused(CORE[RejectReason.UNKNOWN_ORDER], param="id")
    return record, instrument
