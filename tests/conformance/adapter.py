"""The machine as a candidate of tracebook's conformance tests: its events in, what the machine did out.

Over standard input and output: python -m tests.conformance.adapter. Who stands where in a queue is asked as a trader would find
out: by trading through a copy of the whole book.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any, Final

from tracebook.conformance import (
    BookSnapshot,
    BookState,
    ConformanceConfig,
    EngineMetadata,
    Observation,
    Outcome,
    RestingOrder,
    TradeFill,
    canonical_decimal,
    serve_stdio,
)
from tracebook.core.order import OrderSide, OrderType, SelfTradePolicy
from tracebook.events import MarketEvent

from bedesten.domain import commands as c
from bedesten.domain.enums import OrderType as OurType
from bedesten.domain.enums import RejectReason, SelfTrade, Side, TimeInForce
from bedesten.domain.events import Closed, Event, Rejected, Traded
from tests import builders
from tests.builders import MachineUnderTest, machine_types

QUOTE: Final = 1
PROBER: Final = 16  # trades through copies of the book, never in the book itself
LOTS: Final = 10**12  # in one unit of quantity
TICKS_MAX: Final = 10**9
MODES: Final = {
    SelfTradePolicy.NONE: SelfTrade.CANCEL_NEWEST,  # each order is an account of its own, so it never applies
    SelfTradePolicy.CANCEL_RESTING: SelfTrade.CANCEL_OLDEST,
    SelfTradePolicy.CANCEL_INCOMING: SelfTrade.CANCEL_NEWEST,
}
SIDES: Final = {OrderSide.BUY: Side.BUY, OrderSide.SELL: Side.SELL}
TERMS: Final = {
    OrderType.LIMIT: (OurType.LIMIT, TimeInForce.GTC),
    OrderType.MARKET: (OurType.MARKET, TimeInForce.IOC),
    OrderType.IOC: (OurType.LIMIT, TimeInForce.IOC),
    OrderType.FOK: (OurType.LIMIT, TimeInForce.FOK),
}
APPLIED_WITHOUT_EFFECT: Final = (RejectReason.NO_LIQUIDITY, RejectReason.FOK_NOT_FILLABLE)


class Refused(Exception):
    """The candidate refuses an event; the argument is tracebook's reason code."""


class Adapter:
    """One machine, speaking tracebook's words. Its orders' numbers are mapped to ours and back."""

    def __init__(self, config: ConformanceConfig, machine: Any = None) -> None:
        self.metadata = EngineMetadata("bedesten", "0", "Python")
        self.config = config
        self.venue = MachineUnderTest(machine or list(machine_types().values())[-1]())
        self.instruments: dict[str, int] = {}
        self.accounts: dict[int, int] = {}
        self.ours: dict[tuple[str, int], int] = {}
        self.theirs: dict[int, tuple[str, int, int]] = {}  # symbol, number, owner
        self.next_account = PROBER
        self.next_order_id = 1
        self.venue.submit(c.ListAsset(asset=QUOTE))
        self.open_account()

    def open_account(self) -> int:
        account, self.next_account = self.next_account, self.next_account + 1
        self.venue.submit(c.OpenAccount(account=account))
        return account

    def instrument(self, symbol: str) -> int:
        """Return a symbol's instrument, listed when first spoken of."""
        if symbol not in self.instruments:
            number = self.instruments[symbol] = len(self.instruments) + 1
            self.venue.submit(c.ListAsset(asset=QUOTE + number))
            listing = {"base": QUOTE + number, "quote": QUOTE, "value_denominator": 10**10}
            for command in builders.an_instrument(number, **listing):
                self.venue.submit(command)
        return self.instruments[symbol]

    def account(self, owner: int) -> int:
        """Return who an owner's order belongs to: with self-trade prevention the owner, else nobody it could meet again."""
        if self.config.self_trade_policy is SelfTradePolicy.NONE:
            return self.open_account()
        if owner not in self.accounts:
            self.accounts[owner] = self.open_account()
        return self.accounts[owner]

    def ticks(self, price: float) -> int:
        return round(price / self.config.tick_size)

    def apply(self, event: MarketEvent, index: int) -> Observation:
        """Do one event and observe what came of it."""
        trades: list[TradeFill] = []
        try:
            for done in self.perform(event):
                if isinstance(done, Rejected) and RejectReason(done.reason) not in APPLIED_WITHOUT_EFFECT:
                    raise Refused("INVALID_REPLACEMENT" if event.op == "replace" else "INVALID_ORDER")
                if isinstance(done, Traded):
                    trades.append(self.fill(done))
                if isinstance(done, Closed):
                    symbol, number, _ = self.theirs[done.order_id]
                    if self.ours.get((symbol, number)) == done.order_id:
                        del self.ours[symbol, number]
            outcome = Outcome("applied")
        except Refused as refusal:
            outcome = Outcome("rejected", str(refusal))
        state = self.snapshot()
        return Observation(index, outcome, tuple(trades), state.digest(), state.order_count)

    def perform(self, event: MarketEvent) -> list[Event]:
        """Do what an event asks, and return ours."""
        if event.op == "clear":
            number = self.instrument(event.symbol)
            numbers = [ours for (symbol, _), ours in self.ours.items() if symbol == event.symbol]
            return [done for ours in numbers for done in self.cancel(ours, number)]
        assert event.order_id is not None
        key = (event.symbol, event.order_id)
        if event.op == "new":
            self.instrument(event.symbol)
            if key in self.ours:
                raise Refused("DUPLICATE_ORDER_ID")
            assert event.side is not None and event.price is not None and event.quantity is not None
            return self.place(event, SIDES[event.side], self.ticks(event.price), lots(event.quantity), event.owner)
        if key not in self.ours:
            raise Refused("ORDER_NOT_ACTIVE")
        if event.op == "cancel":
            return self.cancel(self.ours[key], self.instrument(event.symbol))
        return self.reduce(event, key) if event.op == "reduce" else self.replace(event, key)

    def place(self, event: MarketEvent, side: int, price: int, quantity: int, owner: int) -> list[Event]:
        """Place an order whose account has just what it needs."""
        kind, time_in_force = TERMS[event.order_type]
        if kind is OurType.LIMIT and price <= 0:
            raise Refused("INVALID_ORDER")
        instrument, account = self.instrument(event.symbol), self.account(owner)
        self.fund(account, instrument, side, price or TICKS_MAX, quantity)
        order = builders.an_order(
            account=account, instrument=instrument, side=side, order_type=kind, time_in_force=time_in_force,
            price=0 if kind is OurType.MARKET else price, quantity=quantity, self_trade=MODES[self.config.self_trade_policy],
        )  # fmt: skip
        assert event.order_id is not None
        self.ours[event.symbol, event.order_id] = self.next_order_id
        self.theirs[self.next_order_id] = (event.symbol, event.order_id, owner)
        self.next_order_id += 1
        done = self.venue.submit(order).events
        if isinstance(done[0], Rejected):
            del self.ours[event.symbol, event.order_id]
        return done

    def fund(self, account: int, instrument: int, side: int, price: int, quantity: int) -> None:
        """Give an account what an order may cost it."""
        asset, amount = (QUOTE, price * quantity // 10**10 + 1) if side == Side.BUY else (QUOTE + instrument, quantity)
        self.venue.submit(builders.a_deposit(account, asset, amount))

    def cancel(self, ours: int, instrument: int) -> list[Event]:
        order = self.venue.order(ours)
        assert order is not None
        return self.venue.submit(c.CancelOrder(account=order.account, order_id=ours, instrument=instrument)).events

    def reduce(self, event: MarketEvent, key: tuple[str, int]) -> list[Event]:
        """Take lots off an order, in place."""
        order = self.venue.order(self.ours[key])
        assert order is not None and event.quantity is not None
        left = order.remaining - lots(event.quantity)
        if left < 0:
            raise Refused("INVALID_ORDER")
        if left == 0:
            return self.cancel(order.order_id, order.instrument)
        return self.amend(order.account, order.order_id, order.price, left)

    def replace(self, event: MarketEvent, key: tuple[str, int]) -> list[Event]:
        """Give an order another price or quantity, and the last place in its queue: by amending where that loses the place."""
        order = self.venue.order(self.ours[key])
        assert order is not None
        price = order.price if event.price is None else self.ticks(event.price)
        quantity = order.remaining if event.quantity is None else lots(event.quantity)
        if price <= 0 or quantity <= 0:
            raise Refused("INVALID_REPLACEMENT")
        if price != order.price or quantity > order.remaining:
            self.fund(order.account, order.instrument, order.side, price, quantity)
            return self.amend(order.account, order.order_id, price, quantity)
        owner = self.theirs[order.order_id][2]
        ended = self.cancel(order.order_id, order.instrument)
        del self.ours[key]
        return ended + self.place(event, order.side, price, quantity, owner)

    def amend(self, account: int, order_id: int, price: int, left: int) -> list[Event]:
        amended = c.AmendOrder(account=account, order_id=order_id, price=price, quantity=left, quantity_is_remaining=1)
        return self.venue.submit(amended).events

    def fill(self, trade: Traded) -> TradeFill:
        symbol, taker, _ = self.theirs[trade.taker_order]
        maker = self.theirs[trade.maker_order][1]
        buyer, seller = (taker, maker) if trade.side == Side.BUY else (maker, taker)
        return TradeFill(symbol, buyer, seller, self.price(trade.price), self.quantity(trade.quantity))

    def price(self, ticks: int) -> str:
        return canonical_decimal(Decimal(ticks) * Decimal(canonical_decimal(self.config.tick_size)))

    def quantity(self, lots: int) -> str:
        return canonical_decimal(Decimal(lots) / LOTS, self.config.quantity_decimal_places)

    def snapshot(self) -> BookState:
        """Return every book, in the order in which its orders would trade."""
        copy = MachineUnderTest(type(self.venue.machine).restore(self.venue.machine.snapshot()))
        copy.seq, copy.now = self.venue.seq, self.venue.now
        books = [
            BookSnapshot(symbol, self.queue(copy, number, Side.BUY), self.queue(copy, number, Side.SELL))
            for symbol, number in sorted(self.instruments.items())
        ]
        return BookState(tuple(books))

    def queue(self, copy: MachineUnderTest, instrument: int, side: Side) -> tuple[RestingOrder, ...]:
        """Trade through one side of a copied book, and return whom one met."""
        lots = sum(quantity for _, quantity in copy.depth(instrument, side, 1000))
        if not lots:
            return ()
        against = Side.SELL if side is Side.BUY else Side.BUY
        asset, amount = (QUOTE + instrument, lots) if against is Side.SELL else (QUOTE, 10**16)
        copy.submit(builders.a_deposit(PROBER, asset, amount))
        sweep = builders.an_order(
            account=PROBER, instrument=instrument, side=against, order_type=OurType.MARKET, price=0, quantity=lots,
            time_in_force=TimeInForce.IOC,
        )  # fmt: skip
        met = [event for event in copy.submit(sweep).events if isinstance(event, Traded)]
        return tuple(self.resting(trade) for trade in met)

    def resting(self, trade: Traded) -> RestingOrder:
        _, number, owner = self.theirs[trade.maker_order]
        return RestingOrder(number, self.price(trade.price), self.quantity(trade.quantity), owner)

    def close(self) -> None:
        """Check that the books balance before leaving."""
        self.venue.machine.audit()


def lots(quantity: float) -> int:
    """Return a quantity in lots."""
    return int(Decimal(str(quantity)) * LOTS)


if __name__ == "__main__":
    sys.exit(serve_stdio(Adapter))
