"""Write the data directory that tests/storage/floored keeps: `python -m tests.storage.make_floored`, with a program that floors.

Kept to say how the fixture came about: the program that wrote it rounded every fill down and carried on where a fill was worth
nothing. Today's program refuses to write it: its venues begin under MATCHING_RULES 1.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bedesten.bootstrap import Start, running_venue
from bedesten.clock import ManualClock
from bedesten.config import EVERY, parse_venue_file, setup_commands
from bedesten.config.settings import Settings
from bedesten.core import Machine
from bedesten.domain import commands as c
from bedesten.domain.enums import (
    CloseReason,
    OrderType,
    PriceSource,
    RejectReason,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from bedesten.domain.events import Rejected, Traded
from bedesten.services.log import recover
from bedesten.services.venue import Venue
from bedesten.storage.directory import open_directory
from bedesten.storage.master_key import KEY_VARIABLE
from tests.builders import NaiveUnderTest
from tests.properties.streams import Drawing, Setting
from tests.storage.conftest import KEY

HOME: Final = Path(__file__).with_name("floored")
BEGIN_NS: Final = 1_700_000_000_000_000_000
DRAWN: Final = 420  # commands of a drawn stream
NAMES: Final = ("ann", "ben", "cem", "maker", "taker", "third")
MAKER, TAKER, THIRD = 19, 20, 21
FUNDS: Final = {"BTC": 90_000, "USD": 6_000, "XLM": 900_000_000}
FILE: Final = """
assets = [
  { code = "BTC", name = "Bitcoin", scale = 4 }, { code = "USD", name = "US Dollar", scale = 2, fiat = true },
  { code = "XLM", name = "Lumen", scale = 8 },
]
instruments = [
  { base = "BTC", quote = "USD", group = "received", tick_size = 0.1, lot_size = 0.03 },
  { base = "BTC", quote = "XLM", group = "quoted", tick_size = 0.00000001, lot_size = 0.07 },
  { base = "XLM", quote = "BTC", group = "received", tick_size = 0.0001, lot_size = 0.0001 },
  { base = "XLM", quote = "USD", group = "taxed", tick_size = 0.001, lot_size = 0.01 },
]
[venue]
name = "floored"
[groups.received]
fees = [{ maker = 0.0009, taker = 0.0017 }, { maker = 0.0004, taker = 0.0008 }]
[groups.quoted]
fee_rule = "in_quote"
tax = 0.18
fees = [{ maker = 0.007, taker = 0.013 }, { maker = 0.003, taker = 0.006 }]
[groups.taxed]
fee_rule = "in_quote"
tax = 0.5
reissue_at_trigger = true
market_protection = 0.05
fees = [{ maker = 0.25, taker = 0.5 }]
"""
VENUE: Final = parse_venue_file(FILE, source="floored", tolerated=EVERY)


def order(account: int, instrument: int, side: int, price: int = 0, quantity: int = 0, **more: int) -> c.PlaceOrder:
    """Return a limit order, or without a price one at the market."""
    kind = OrderType.LIMIT if price else OrderType.MARKET
    term = TimeInForce.GTC if price else TimeInForce.IOC
    columns: dict[str, int] = dict(
        account=account, instrument=instrument, side=side, order_type=kind, time_in_force=term, price=price,
        quantity=quantity,
    )  # fmt: skip
    return c.PlaceOrder(**{**columns, **more})


def stop(price: int) -> dict[str, int]:
    """Return the columns of a stop on the last price."""
    return {"trigger": Trigger.STOP, "trigger_price": price, "trigger_source": PriceSource.LAST}


def worthless(instrument: int, size: int) -> Iterator[c.Command]:
    """Yield fills worth nothing, worth less than they cost, and budgets that buy for nothing, too."""
    for price in (44, 45, 46):
        yield order(MAKER, instrument, Side.SELL, price, size * 9)
        yield order(MAKER, instrument, Side.BUY, price - 8, size * 9)
    for quantity in (1, 2, size // 3 or 1, size - 1 or 1, size, size * 2 - 1):
        yield order(TAKER, instrument, Side.BUY, 46, quantity, time_in_force=TimeInForce.IOC)
        yield order(TAKER, instrument, Side.SELL, 36, quantity, time_in_force=TimeInForce.IOC)
        yield order(TAKER, instrument, Side.BUY, 0, quantity)
        yield order(TAKER, instrument, Side.SELL, 0, quantity)
        yield order(TAKER, instrument, Side.BUY, 44, quantity, time_in_force=TimeInForce.FOK)
    for budget in (1, 2, 3, 7, 40):
        yield order(TAKER, instrument, Side.BUY, 0, 0, budget=budget)


def own_orders(instrument: int) -> Iterator[c.Command]:
    """Yield every mode of self-trade prevention, and market orders that meet only their own account's orders."""
    yield c.CancelAll(account=MAKER, instrument=instrument)
    yield c.CancelAll(account=TAKER, instrument=instrument)
    for mode in SelfTrade:
        yield order(THIRD, instrument, Side.SELL, 50, 30)
        yield order(THIRD, instrument, Side.BUY, 0, 7, self_trade=mode)
        yield order(THIRD, instrument, Side.BUY, 0, 0, budget=5, self_trade=mode)
        yield order(THIRD, instrument, Side.BUY, 50, 11, self_trade=mode)
        yield order(THIRD, instrument, Side.BUY, 50, 40, time_in_force=TimeInForce.FOK, self_trade=mode)
        yield c.CancelAll(account=THIRD, instrument=instrument)


def left_open(instrument: int) -> Iterator[c.Command]:
    """Yield what is still open when the old program stops: buys that fill further, stops, OCO, pegs, holds."""
    yield c.SetIndex(instrument=instrument, price=48)
    yield order(MAKER, instrument, Side.SELL, 50, 500)
    yield order(MAKER, instrument, Side.BUY, 40, 777)
    yield order(TAKER, instrument, Side.SELL, 40, 33)
    yield order(TAKER, instrument, Side.BUY, 41, 55)
    yield order(THIRD, instrument, Side.SELL, 41, 13)
    yield order(
        THIRD, instrument, Side.SELL, 30, 3, **stop(60)
    )  # met already: it fires, and is reissued where that is the rule
    yield order(THIRD, instrument, Side.BUY, 0, 9, **stop(55))
    yield order(THIRD, instrument, Side.BUY, 60, 9, **stop(54))
    yield order(THIRD, instrument, Side.BUY, 0, 0, budget=30, **stop(53))
    yield order(THIRD, instrument, Side.SELL, 0, 9, **stop(30))
    yield order(TAKER, instrument, Side.SELL, 0, 9, trigger=Trigger.TRAILING_DISTANCE, trail=6, trigger_source=1)
    yield c.PlaceOco(**_columns(order(TAKER, instrument, Side.BUY, 39, 21, **stop(56))), stop_price=57)
    yield c.PlaceOco(**_columns(order(TAKER, instrument, Side.SELL, 58, 21, **stop(31))), stop_price=29)
    peg = {"order_type": OrderType.PEG, "deviation_ppm": -50_000, "display_ppm": 250_000}
    yield order(MAKER, instrument, Side.BUY, 47, 60, **peg)
    yield order(MAKER, instrument, Side.SELL, 49, 60, **peg | {"deviation_ppm": 90_000})
    yield c.HoldFunds(account=THIRD, asset=1, amount=17, reason=2)


def _columns(command: c.PlaceOrder) -> dict[str, int]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


async def play(venue: Venue, clock: ManualClock) -> dict[str, Any]:
    """Let the venue live, and return what it comes to."""
    naive, setting = NaiveUnderTest(), Setting(funds=400)
    mirrored = [c.ListAsset(asset=1), c.ListAsset(asset=2), c.ListAsset(asset=3), *setup_commands(VENUE)[3:]]
    for name in NAMES:
        account = (await venue.accounts.open(name)).id
        mirrored.append(c.OpenAccount(account=account))
        for code, units in FUNDS.items():
            await venue.accounts.deposit(account, code, units)
            asset = ("BTC", "USD", "XLM").index(code) + 1
            mirrored.append(c.Transfer(account=0, to_account=account, asset=asset, amount=units, reason=1))
    for command in mirrored:
        naive.submit(command)
    drawing, dice, fills = Drawing(naive, setting), random.Random(7), []
    waiting: list[Any] = []
    for _ in range(DRAWN):
        command, _ = drawing.draw(dice.getrandbits(32))
        naive.submit(command, naive.naive.now)
        waiting.append(venue.sequencer.submit(command))
        if dice.random() < 0.4:  # batches of all sizes
            fills += await asyncio.gather(*waiting)
            waiting = []
            clock.advance(1_000)
    fills += await asyncio.gather(*waiting)
    sizes = {1: 4, 2: 4, 3: 60, 4: 40}
    for script in (*(worthless(*each) for each in sizes.items()), *map(own_orders, sizes), *map(left_open, sizes)):
        for command in script:
            fills.append(await venue.sequencer.submit(command))
            clock.advance(1_000)
    traded = [event for result in fills for event in result.events if isinstance(event, Traded)]
    ended = Counter(CloseReason(order.close_reason).name for result in fills for order in result.closed)
    refused = Counter(
        RejectReason(event.reason).name for result in fills for event in result.events if isinstance(event, Rejected)
    )
    return {
        "fills": len(traded),
        "fills worth nothing": sum(event.notional == 0 for event in traded),
        "ended": dict(sorted(ended.items())),
        "refused": dict(sorted(refused.items())),
    }


def digest_of(machine: Machine) -> str:
    """Return what the old program's digest of this state would be: of all that its format has a place for."""
    return hashlib.blake2b(machine.snapshot(1), digest_size=16).hexdigest()


def money(machine: Machine) -> dict[str, Any]:
    """Return all that is left of the venue: balances, open orders, holds."""
    accounts = (0, 1, 2, *range(16, 16 + len(NAMES)))
    return {
        "seq": machine.seq,
        "digest": digest_of(machine),
        "balances": [[account, *row] for account in accounts for row in machine.balances(account)],
        "orders": [list(row) for account in accounts for row in machine.open_orders(account)],
        "holds": [[account, *row[:4]] for account in accounts for row in machine.holds(account)],
    }


async def write(directory: Path) -> dict[str, Any]:
    """Write a data directory; return what it comes to."""
    clock = ManualClock(BEGIN_NS)
    home = open_directory(directory)
    settings = Settings(data=str(directory))
    failures: list[BaseException] = []
    start = Start(VENUE, FILE, FILE)
    async with running_venue(
        settings, home.store, recover(home.store, home.snapshots), start, clock, failures.append
    ) as venue:
        expected = await play(venue, clock)
        home.snapshots.save(venue.sequencer.state.capture())
        await venue.sequencer.submit(c.PlaceOrder(**_columns(order(TAKER, 1, Side.SELL, 40, 5))))
        expected |= money(venue.sequencer.state.machine)
    home.store.close()
    assert not failures, failures
    return expected


def main() -> None:
    if max(instrument.matching_rules for instrument in VENUE.instruments):
        raise SystemExit("this program rounds by other rules: the fixture is an older one's, and stays as it is")
    os.environ[KEY_VARIABLE] = KEY
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place) / "venue"
        expected = asyncio.run(write(directory))
        with closing(sqlite3.connect(directory / "venue.sqlite3")) as connection:
            text = "\n".join(connection.iterdump())
        HOME.mkdir(exist_ok=True)
        (HOME / "venue.sql.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        (snapshot,) = (directory / "snapshots").iterdir()
        (HOME / "snapshot.gz").write_bytes(gzip.compress(snapshot.read_bytes(), mtime=0))
        (HOME / "expected.json").write_text(json.dumps(expected, indent=None, separators=(",", ":")) + "\n")
    json.dump(
        {name: expected[name] for name in ("fills", "fills worth nothing", "ended", "refused", "seq")}, sys.stdout
    )


if __name__ == "__main__":
    main()
