"""Looks: what a driver may see of a sandbox, in the units of people. The HTTP API and the fixture tell it alike.

Changes nothing, and stands in no transcript. Money and quantities are decimals as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.domain.enums import CloseReason, OrderType, Side
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import to_text
from bedesten.services.sandbox import shapes
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.services.sandbox.steering import Steering
from bedesten.services.store_types import Fill, OrderRecord

if TYPE_CHECKING:
    from bedesten.services.sandbox.playing import Player

LEVELS_MAX = 1_000
BLOCKED = "an answer that is delayed leaves when another thread, or an asynchronous test, advances the venue"


async def orders(steering: Steering, form: shapes.OrdersAsked) -> list[shapes.OrderTold]:
    """Tell an account's orders, open and ended, oldest first. Raises: NotThere."""
    instrument = steering.pair(form.pair).id if form.pair else None
    found = await steering.orders(steering.account(form.account).id, form.client_id, instrument)
    return [order_told(steering, each) for each in found]


async def fills(steering: Steering, form: shapes.FillsAsked) -> list[shapes.FillTold]:
    """Tell an account's fills, oldest first. Raises: NotThere."""
    found = await steering.fills(steering.account(form.account).id, form.client_id)
    return [_fill_told(steering, each) for each in found]


async def balance(steering: Steering, form: shapes.BalanceAsked) -> shapes.BalanceTold:
    """Tell what an account has of an asset. Raises: NotThere."""
    asset = steering.asset(form.asset)
    told = await steering.balance(steering.account(form.account).id, asset)
    return shapes.BalanceTold(to_text(told.total, scale=asset.scale), to_text(told.held, scale=asset.scale))


async def book(steering: Steering, form: shapes.BookAsked) -> shapes.BookTold:
    """Tell the best levels of a book. Raises: NotThere, SandboxRefused."""
    if not 1 <= form.limit <= LEVELS_MAX:
        raise SandboxRefused(f"a book is told with 1 to {LEVELS_MAX} levels")
    instrument = steering.pair(form.pair)
    depth = await steering.depth(instrument.id, form.limit)
    bids, asks = (
        [(instrument.price_text(level[0]), instrument.quantity_text(level[1])) for level in side]
        for side in (depth.bids, depth.asks)
    )
    return shapes.BookTold(bids, asks)


def verdict(steering: Steering, player: Player) -> shapes.Verdict:
    """Tell what is wrong at the end of a test: a ledger that does not balance, what was armed or set and never came."""
    wrong = [f"the ledger does not balance: {told}"] if (told := steering.audit()) else []
    wrong += [f"order {each.client_id!r} was armed and never came" for each in steering.outcomes.armed.values()]
    blocked = [f"{told} is held" for told in steering.edge.waiting()]
    wrong += [f"{told}; {BLOCKED}" for told in blocked]
    wrong += [f"fault {rule} never matched" for rule in steering.edge.faults.unmatched()]
    wrong += player.refused()
    failing = steering.failing()
    return shapes.Verdict([*wrong, *([f"a background task fails: {failing}"] if failing else [])], blocked)


def order_told(steering: Steering, record: OrderRecord) -> shapes.OrderTold:
    """Return an order as its customer knows it."""
    order, instrument = record.order, steering.instrument(record.order.instrument)
    reason = CloseReason(order.close_reason).name.lower() if order.close_reason else ""
    return shapes.OrderTold(
        order.order_id, record.client_id, instrument.name, Side(order.side).name, OrderType(order.order_type).name,
        instrument.price_text(order.price), instrument.quantity_text(order.quantity),
        instrument.quantity_text(order.filled), reason,
    )  # fmt: skip


def _fill_told(steering: Steering, fill: Fill) -> shapes.FillTold:
    instrument: Instrument = steering.instrument(fill.instrument)
    return shapes.FillTold(
        fill.trade_id, fill.order_id, instrument.name, Side(fill.side).name, instrument.price_text(fill.price),
        instrument.quantity_text(fill.quantity), bool(fill.is_maker),
    )  # fmt: skip
