"""A small market without a core: makes batches as the core and the sequencer would, valid by default."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import CloseReason, EventKind, FeeRule, InstrumentParameter, Op, Side, TransferReason
from bedesten.domain.events import EVENT_WIDTH
from bedesten.domain.orders import Order
from bedesten.services.ports import Batch
from bedesten.services.store_types import Account, Candle, CandleRow

START_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
BASE, QUOTE, LOT_VALUE = 1, 2, 1_000
RECEIVED_FEES, QUOTE_FEES = 1, 2  # instruments: by the asset received; in quote
ALICE, BOB = 16, 17


@dataclass
class Market:
    """The commands, events and closed orders of the batch being made; take() ends it."""

    seq: int = 0
    order_id: int = 0
    trade_id: int = 0
    time_ns: int = START_NS
    first_seq: int = 1
    commands: array[int] = field(default_factory=lambda: array("q"))
    events: array[int] = field(default_factory=lambda: array("q"))
    closed: array[int] = field(default_factory=lambda: array("q"))
    closed_texts: list[str] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    candles: list[CandleRow] = field(default_factory=list)

    def command(self, op: Op, *columns: int, text: str = "") -> int:
        """Ask the core for something; returns its seq."""
        self.seq += 1
        if text:
            self.texts[self.seq - self.first_seq] = text
        row = (int(op), self.seq, self.time_ns, *columns)
        self.commands.extend([*row, *[0] * (COMMAND_WIDTH - len(row))])
        return self.seq

    def event(self, kind: EventKind, *columns: int) -> None:
        """Let something happen under the last command."""
        row = (int(kind), self.seq, self.time_ns, *columns)
        self.events.extend([*row, *[0] * (EVENT_WIDTH - len(row))])

    def list_instruments(self) -> None:
        """List one instrument of each fee rule."""
        for instrument in (RECEIVED_FEES, QUOTE_FEES):
            self.command(Op.LIST_INSTRUMENT, instrument, BASE, QUOTE, LOT_VALUE, 1, 10)
            self.event(EventKind.INSTRUMENT_LISTED, instrument)
        rule = (QUOTE_FEES, int(InstrumentParameter.FEE_RULE), int(FeeRule.IN_QUOTE))
        self.command(Op.SET_INSTRUMENT, *rule)
        self.event(EventKind.INSTRUMENT_SET, *rule)

    def open_accounts(self) -> None:
        """Open two accounts with names."""
        for account, name in ((ALICE, "alice"), (BOB, "bob")):
            self.command(Op.OPEN_ACCOUNT, account, text=name)
            self.event(EventKind.ACCOUNT_OPENED, account)
            self.accounts.append(Account(account, name))

    def deposit(self, account: int, asset: int, amount: int) -> None:
        """Credit an account from outside."""
        columns = (0, account, asset, amount, int(TransferReason.DEPOSIT))
        self.command(Op.TRANSFER, *columns)
        self.event(EventKind.TRANSFERRED, *columns)

    def trade(
        self,
        *,
        instrument: int = RECEIVED_FEES,
        side: Side = Side.BUY,
        quantity: int = 5,
        maker: int = ALICE,
        taker: int = BOB,
        client_id: str = "",
        tax: int = 0,
    ) -> int:
        """Let a resting order of the maker be taken whole by one of the taker; returns the taker's order id."""
        maker_id, taker_id = self.order_id + 1, self.order_id + 2
        self.order_id += 2
        self.trade_id += 1
        for account, other in ((maker, 3 - side), (taker, side)):
            self.command(Op.PLACE_ORDER, account, instrument, other, 1, 1, text=client_id)
        price, notional = 100, 100 * quantity // 10
        self.event(
            EventKind.TRADED, self.trade_id, instrument, side, price, quantity, notional,
            taker_id, taker, 3, tax, 0, maker_id, maker, 2, tax, 0,
        )  # fmt: skip
        for order, account, other in ((taker_id, taker, side), (maker_id, maker, 3 - side)):
            self.close(order, account, instrument=instrument, side=other, client_id=client_id, filled=quantity)
        return taker_id

    def close(
        self, order_id: int, account: int, *, instrument: int, side: int, client_id: str = "", filled: int = 0
    ) -> None:
        """End an order under the last command."""
        reason = CloseReason.FILLED if filled else CloseReason.CANCELED
        self.event(EventKind.CLOSED, order_id, account, instrument, reason, 0, 0)
        row = Order._make([0] * len(Order._fields))._replace(
            order_id=order_id, account=account, instrument=instrument, side=side, order_type=1, time_in_force=1,
            price=100, original_price=100, quantity=5, original_quantity=5, filled=filled,
            created_ns=self.time_ns - SECOND_NS, updated_ns=self.time_ns, close_reason=int(reason),
        )  # fmt: skip
        self.closed.extend(row)
        self.closed_texts.append(client_id)

    def minute(self, instrument: int, start_s: int) -> None:
        """Let a candle be finished."""
        self.candles.append(CandleRow(instrument, Candle(start_s, 100, 101, 99, 100, 5, 50)))

    def take(self) -> Batch:
        """Return the batch made so far, and begin the next one, a second later."""
        batch = Batch(
            first_seq=self.first_seq, count=self.seq - self.first_seq + 1, time_ns=self.time_ns,
            commands=self.commands.tobytes(), texts=self.texts, events=self.events.tobytes(),
            closed=self.closed.tobytes(), closed_texts=self.closed_texts,
            candles=self.candles, accounts=self.accounts,
        )  # fmt: skip
        self.first_seq = self.seq + 1
        self.time_ns += SECOND_NS
        self.commands, self.events, self.closed = array("q"), array("q"), array("q")
        self.closed_texts, self.texts, self.candles, self.accounts = [], {}, [], []
        return batch


def a_market_day(batches: int = 8) -> list[Batch]:
    """Return the batches of a small day: listings, accounts, deposits, then trades on both instruments."""
    market = Market()
    market.list_instruments()
    market.open_accounts()
    market.deposit(ALICE, BASE, 1_000_000)
    market.deposit(BOB, QUOTE, 1_000_000)
    day = [market.take()]
    for number in range(1, batches):
        instrument = RECEIVED_FEES if number % 2 else QUOTE_FEES
        market.trade(instrument=instrument, side=Side(1 + number % 2), client_id=f"bot-{number % 3}", tax=number % 2)
        market.trade(instrument=instrument, maker=BOB, taker=ALICE)
        market.minute(instrument, 60 * number)
        day.append(market.take())
    return day
