"""Run the core as a library, without a server: .venv/bin/python examples/core_run.py [COMMANDS]

A hundred accounts place and cancel limit orders at random around a price, and cross it now and then. The core has no clock and
no chance of its own, so the same commands end in the same digest on every machine, compiled or not.
"""

import random
import sys
import time
from array import array
from collections import Counter

from bedesten.core import COMPILED, Machine
from bedesten.domain import commands as c
from bedesten.domain.columns import HEADER
from bedesten.domain.enums import (
    CloseReason,
    EventKind,
    InstrumentParameter,
    InstrumentState,
    OrderType,
    RejectReason,
    Side,
    TimeInForce,
    TransferReason,
)
from bedesten.domain.events import read_events

OUTSIDE, FEES, FIRST = 0, 1, 16  # accounts below 16 are the venue's own; money comes from OUTSIDE
USD, BTC, BTC_USD = 1, 2, 1
ACCOUNTS, BATCH, SEED = 100, 256, 7


class Venue:
    """A machine, and the numbering of what it is told: sequence numbers without a gap, time that never goes back."""

    def __init__(self):
        self.machine = Machine()

    def tell(self, commands):
        """Apply commands as one batch and return its events."""
        rows = array("q")
        now = self.machine.time_ns + 1_000_000  # a batch a millisecond, by our own clock
        for seq, command in enumerate(commands, self.machine.seq + 1):
            fields = command.fields()
            padding = (0,) * (c.COMMAND_WIDTH - HEADER - len(fields))
            rows.extend((command.op, seq, now, *fields, *padding))
        self.machine.apply(memoryview(rows))
        return read_events(self.machine.take_events())


def opening():
    """Yield what lists BTC-USD and funds the accounts. One tick × one lot is worth one minor unit of USD."""
    yield c.ListAsset(asset=USD)
    yield c.ListAsset(asset=BTC)
    yield c.ListInstrument(instrument=BTC_USD, base=BTC, quote=USD, lot_value=1, value_numerator=1, value_denominator=1)
    yield c.SetInstrument(instrument=BTC_USD, parameter=InstrumentParameter.STATE, value=InstrumentState.TRADING)
    yield c.SetFees(instrument=BTC_USD, tier=0, maker_ppb=1_000_000, taker_ppb=2_000_000)  # 0.1 %, 0.2 %
    for account in range(FIRST, FIRST + ACCOUNTS):
        yield c.OpenAccount(account=account)
        for asset, amount in ((USD, 10_000_000_000), (BTC, 100_000)):
            yield c.Transfer(
                account=OUTSIDE, to_account=account, asset=asset, amount=amount, reason=TransferReason.DEPOSIT
            )


def trader(chance, live):
    """Return one random command: 6 in 10 rest, 1 in 10 crosses, 3 in 10 cancel."""
    dice = chance.random()
    if dice < 0.3 and live:
        account, order_id = live.pop(chance.randrange(len(live)))
        return c.CancelOrder(account=account, order_id=order_id)
    side = chance.choice((Side.BUY, Side.SELL))
    away = chance.randint(1, 50) if dice < 0.9 else -chance.randint(0, 10)
    return c.PlaceOrder(
        account=FIRST + chance.randrange(ACCOUNTS), instrument=BTC_USD, side=side, order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC if dice < 0.9 else TimeInForce.IOC,
        price=100_000 - away if side is Side.BUY else 100_000 + away, quantity=chance.randint(1, 20),
    )  # fmt: skip


def main(count):
    """Run so many commands and print what came of them."""
    chance, venue, live = random.Random(SEED), Venue(), []
    venue.tell(opening())
    kinds, ends, refusals, volume, spent = Counter(), Counter(), Counter(), 0, 0.0
    for begin in range(0, count, BATCH):
        batch = [trader(chance, live) for _ in range(min(BATCH, count - begin))]
        started = time.perf_counter()
        events = venue.tell(batch)
        spent += time.perf_counter() - started
        for event in events:
            kinds[EventKind(event.kind).name] += 1
            if event.kind == EventKind.PLACED:
                live.append((event.account, event.order_id))
            elif event.kind == EventKind.TRADED:
                volume += event.quantity
            elif event.kind == EventKind.CLOSED:
                ends[CloseReason(event.reason).name] += 1
            elif event.kind == EventKind.REJECTED:
                refusals[RejectReason(event.reason).name] += 1
        if len(live) > 20_000:  # most of these have traded meanwhile
            live = [each for each in live if venue.machine.order(each[1]) is not None]

    machine = venue.machine
    machine.audit()  # raises unless every asset sums to zero, every hold has its order, every level its orders
    build = "compiled" if COMPILED else "plain Python"
    print(f"{count:,} commands in {spent:.2f} s ({build}), encoding and reading included")
    print("events  ", dict(kinds.most_common()))
    print("ended   ", dict(ends.most_common()))
    print("refused ", dict(refusals.most_common()))
    print(f"traded   {volume:,} lots; last price {machine.last_price(BTC_USD):,}")
    print("fees    ", {name: sum(machine.balance(FEES, asset)) for name, asset in (("USD", USD), ("BTC", BTC))})
    print("bids    ", machine.depth(BTC_USD, Side.BUY, 3))
    print("asks    ", machine.depth(BTC_USD, Side.SELL, 3))
    print("digest  ", machine.digest())
    assert Machine.restore(machine.snapshot()).digest() == machine.digest()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)
