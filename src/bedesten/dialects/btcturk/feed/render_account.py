"""The feed's models of an account: its orders, its matches, its balances, printed from integers.

Pure. Source: BtcTurk WebSocket Feed 2.4.0, models 201, 423 and 441 to 453, and recorded frames. What is left in the denominator
has the taker's fee in it, as recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.dialects.btcturk.feed.render import TRADE_PLACES, Model, frame
from bedesten.dialects.btcturk.numbers import PLACES_MAX, fixed, ms
from bedesten.dialects.btcturk.rest.render import charge
from bedesten.dialects.btcturk.vocabulary import SIDE_NAME, SIDE_NUMBER, method_of
from bedesten.dialects.printing import quoted
from bedesten.domain.enums import FeeRule, Side
from bedesten.domain.money import PPB, to_text

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.domain.orders import Order
    from bedesten.services.orders.updates import OrderUpdate


def balance_updated(account: int, pair: int, numerator: int, denominator: int) -> bytes:
    """Return model 201; numbers that do not apply are 0."""
    payload = f'"{pair},{numerator},{denominator}"'
    return frame(Model.BALANCE_UPDATED, f'{{"type":201,"userId":{account},"payload":{payload}}}')


def order_match(pair: Pair, update: OrderUpdate, left: str | None = None) -> bytes:
    """Return model 441; *left*: what is left in the denominator, where the order's sums are told as documented."""
    order, trade = update.order, update.trade
    assert trade is not None, "only a match is told as one"
    return frame(
        Model.USER_ORDER_MATCH,
        f'{{"type":441,"id":{order.order_id},"user":{order.account},"isBid":{_flag(order.side == Side.BUY)},'
        f'"method":{method_of(order):d},"pair":{pair.number},"symbol":{quoted(pair.name)},'
        f'"amount":"{pair.quantity_fixed(trade.quantity, TRADE_PLACES)}",'
        f'"price":"{_paid(pair, trade.price)}","clientId":{quoted(update.client_id)},'
        f'"timestamp":"{ms(update.time_ns)}"{"" if left is None else _sums(pair, order, left)}}}',
    )


def _sums(pair: Pair, order: Order, left: str) -> str:
    whole = order.quantity or order.filled
    total = order.budget or pair.instrument.notional(order.price, order.quantity)
    return (
        f',"numTotal":"{pair.quantity(whole)}","numLeft":"{pair.quantity(order.remaining)}",'
        f'"denomTotal":"{pair.amount(total)}","denomLeft":"{left}"'
    )


def user_trade(pair: Pair, update: OrderUpdate) -> bytes:
    """Return model 423: what left the account is negative."""
    order, trade = update.order, update.trade
    assert trade is not None, "only a match is a trade"
    fee, tax = (
        (trade.maker_fee, trade.maker_tax) if update.is_maker else (trade.taker_fee, trade.taker_tax)
    )  # fmt: skip
    fee_text, tax_text = (charge(pair, order.side, taken) for taken in (fee, tax))
    sign = "" if order.side == Side.BUY else "-"
    amount = f"{sign}{pair.quantity(trade.quantity)}"
    return frame(
        Model.USER_TRADE,
        f'{{"type":423,"id":{trade.trade_id},"orderId":{order.order_id},"timestamp":{ms(update.time_ns)},'
        f'"numeratorSymbol":{quoted(pair.base.code)},"denominatorSymbol":{quoted(pair.quote.code)},"amount":"{amount}",'
        f'"fee":"{fee_text}","tax":"{tax_text}",'
        f'"price":"{pair.exact_price(trade.price)}","orderType":"{SIDE_NAME[order.side]}",'
        f'"orderClientId":{quoted(update.client_id)},"preciseAmount":{amount}}}',
    )


def order_row(model: Model, pair: Pair, order: Order, client_id: str, left: str) -> bytes:
    """Return model 451, 452 or 453: all the same row; a deletion has sixteen decimals. *left*: in the denominator."""
    if model is Model.ORDER_DELETE:
        price = fixed(pair.limit(order.side, order.price), pair.scale, PLACES_MAX)
        amount, remaining = (pair.quantity_fixed(lots, PLACES_MAX) for lots in (order.quantity, order.remaining))
    else:
        price, amount = to_text(pair.limit(order.side, order.price), scale=pair.scale), pair.quantity(order.quantity)
        remaining = pair.quantity(order.remaining)
    return frame(
        model,
        f'{{"type":{model:d},"pairId":{pair.number},"symbol":{quoted(pair.name)},"id":{order.order_id},'
        f'"method":{method_of(order):d},"userId":{order.account},"orderType":{SIDE_NUMBER[order.side]},'
        f'"price":"{price}","amount":"{amount}","numLeft":"{remaining}","denomLeft":"{left}",'
        f'"newOrderClientId":{quoted(client_id or None)}}}',
    )


def left_in_denominator(pair: Pair, order: Order, taker_ppb: int) -> str:
    """Return what is still to be paid, fee included, or to be had, fee deducted; of a budget, what is not spent."""
    in_base = order.side == Side.BUY and pair.instrument.fee_rule == FeeRule.IN_RECEIVED  # nothing is paid on top
    if order.budget:
        charged = 0 if in_base else order.fee + order.tax
        return fixed(order.budget - order.notional - charged, pair.quote.scale, PLACES_MAX)
    rate = PPB if in_base else PPB + (taker_ppb if order.side == Side.BUY else -taker_ppb)
    return fixed(pair.instrument.notional(order.price, order.remaining) * rate // PPB, pair.quote.scale, PLACES_MAX)


def _paid(pair: Pair, ticks: int) -> str:
    return fixed(ticks * pair.instrument.tick_size, pair.instrument.price_scale, TRADE_PLACES)


def _flag(value: bool) -> str:
    return "true" if value else "false"
