"""What every read of every dialect costs: python benchmarks/bench_reads.py [--rows 20000 300000] [--all].

Workload: the demo's venue in memory, where one customer has so many ended orders (every one under the same client id), halves of
matches and transfers, and 3,000 open orders. Every row of the contract tables that only reads is asked as its example says, then
with everything that its form lets a customer ask for: the longest list, the widest span, the client id that all orders carry, the
oldest row, a kind of which there are few. Timed: the processor time of the event loop's thread, which is what others wait for,
and of all threads; the median of five.
Targets: no read takes more than 20 ms of the loop, and none grows with the history: at most twice as long with the last number of
rows as with the first (below 2 ms nothing is judged). What misses one is marked.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from results import tell
from tests.security.stand import LISTED_ADDRESS, Credentials, Stand, asked, standing

from bedesten.dialects.contract import Dialect, Endpoint
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce

LOOP_MS_MAX: Final = 20.0
GROWTH_MAX: Final = 2.0
JUDGED_MS: Final = 2.0
OPEN_ORDERS: Final = 3_000
ROUNDS: Final = 5
SHOWN: Final = 12  # the slowest, when not all are asked for
AT_ONCE: Final = 2_048
NAME: Final = "first"  # the client id in the examples
MINUTE_NS: Final = 60_000_000_000
DAY_NS: Final = 86_400_000_000_000

#: What a customer may ask for, by the names of the forms' fields, the most first: the first that is not refused is measured.
SIZES: Final = (1_000, 500, 200, 100, 50, 30)
SPANS_DAYS: Final = (20_000, 365, 90, 30, 7, 1)
LIMITS: Final = frozenset({"count", "limit", "last", "pageSize", "depth", "limit_bids", "limit_asks"})
STARTS: Final = frozenset({"startTime", "startDate", "start", "from", "from_"})
ENDS: Final = frozenset({"endTime", "endDate", "end", "to"})
ALONE: Final[dict[str, tuple[Any, ...]]] = {
    "page": (50,), "pageNum": (50,), "clOrderID": (NAME,), "clOrderId": (NAME,), "afterSerialId": (1,), "orderId": (1,),
    "beforeSerialId": (1_000,), "historyTypes": ('["WITHDRAW"]',), "type": ("buy",), "balanceTypes": ("withdrawal",),
    "currency": ("ETH",), "rangeType": (4, 3, 2),
}  # fmt: skip


def variants(endpoint: Endpoint, now_ns: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what the row is asked for besides its example, each with the forms it is tried in."""
    yield "as the example", [{}]
    names = (
        [] if endpoint.request is None else [field.encode_name for field in msgspec.structs.fields(endpoint.request)]
    )
    sizes = [{name: size for name in names if name in LIMITS} for size in SIZES]
    if sizes[0]:
        yield "longest", sizes
    spans = [
        {
            name: (now_ns // DAY_NS - days) * DAY_NS // unit if name in STARTS else now_ns // unit
            for name in names
            if name in STARTS | ENDS
        }
        for days in SPANS_DAYS
        for unit in (1_000_000, 1_000_000_000)
    ]
    if spans[0]:
        yield "widest", [size | span for span in spans for size in sizes]
    for name in names:
        for value in ALONE.get(name, ()):
            yield f"{name}={value}", [size | {name: value} for size in sizes]


async def fill(stand: Stand, rows: int) -> Credentials:
    """Give one customer *rows* ended orders, matches and transfers, and open orders."""
    who, other = await stand.customer("reader", money=50_000_000), await stand.customer("other", money=50_000_000)
    instruments = [stand.venue.catalogue.instrument(name) for name in ("BTC-USD", "BTC-TRY")]
    waiting: list[Any] = []

    async def many() -> None:
        for answer in await asyncio.gather(*waiting):
            assert answer is not None
        waiting.clear()
        stand.clock.advance(MINUTE_NS // 60)

    def order(account: int, instrument: Any, side: Side, price: str, client_id: str, time_in_force: TimeInForce) -> Any:
        command = PlaceOrder(
            account=account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT, time_in_force=time_in_force,
            price=instrument.ticks(price), quantity=instrument.lots("0.01"),
        )  # fmt: skip
        return stand.venue.trading.place(command, client_id)

    for number in range(rows):
        instrument = instruments[number & 1]
        waiting.append(order(who.account, instrument, Side.BUY, "20000", NAME, TimeInForce.GTC))
        waiting.append(order(other.account, instrument, Side.SELL, "20000", "", TimeInForce.IOC))
        waiting.append(stand.venue.accounts.transfer(other.account, who.account, "USD", 1))
        if len(waiting) >= AT_ONCE:
            await many()
    await many()
    for number in range(OPEN_ORDERS):
        side, price = (Side.BUY, 19_500 - number % 400) if number & 1 else (Side.SELL, 20_500 + number % 400)
        waiting.append(order(who.account, instruments[number >> 1 & 1], side, str(price), NAME, TimeInForce.GTC))
    await many()
    await stand.venue.sequencer.settled()
    return who


class Cost(NamedTuple):
    """What one read costs, in ms of processor time."""

    status: int
    length: int
    loop: float
    total: float


async def timed(
    stand: Stand, dialect: Dialect, endpoint: Endpoint, who: Credentials, forms: list[dict[str, Any]]
) -> Cost:
    """Ask in the first form that is not refused; the medians."""
    loops, totals = [], []
    for form in forms:
        for _ in range(ROUNDS):
            stand.clock.advance(MINUTE_NS)
            sent = asked(endpoint, form)
            if endpoint.permission is not None:
                sent.headers |= await stand.proof(dialect, endpoint, sent, who)
            loop, total = time.thread_time(), time.process_time()
            answer = await stand.send(sent, LISTED_ADDRESS)
            loops.append((time.thread_time() - loop) * 1e3)
            totals.append((time.process_time() - total) * 1e3)
            if answer.status >= 400:
                break
        else:
            break
        loops.clear(), totals.clear()
    if not loops:
        return Cost(answer.status, 0, 0.0, 0.0)
    return Cost(answer.status, len(answer.body), statistics.median(loops), statistics.median(totals))


async def measured(rows: int) -> dict[str, Cost]:
    """Return what every read costs with so many rows."""
    out = {}
    async with standing() as stand:
        who = await fill(stand, rows)
        for dialect in stand.dialects.values():
            for endpoint in dialect.endpoints:
                if endpoint.method == "GET":
                    for name, forms in variants(endpoint, stand.clock.now_ns()):
                        cost = await timed(stand, dialect, endpoint, who, forms)
                        out[f"{dialect.name} {endpoint.path} {name}"] = cost
    return out


def judged(costs: Sequence[Cost]) -> list[str]:
    """Return which targets a read misses."""
    first, last = costs[0], costs[-1]
    missed = []
    if max(cost.loop for cost in costs) > LOOP_MS_MAX:
        missed.append("more than 20 ms of the loop")
    if last.total > max(GROWTH_MAX * first.total, JUDGED_MS) and last.length <= GROWTH_MAX * first.length:
        missed.append("grows with the history")
    return missed


def main() -> None:
    """Print a line for each read that costs most or misses a target, or for all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[20_000, 300_000], help="sizes of the history, the smallest first"
    )
    parser.add_argument("--all", action="store_true", help="print every read")
    options = parser.parse_args()
    results = [asyncio.run(measured(rows)) for rows in options.rows]
    answered = {name: [result[name] for result in results] for name, cost in results[0].items() if cost.status < 300}
    slowest = sorted(answered, key=lambda name: -answered[name][-1].total)[: None if options.all else SHOWN]
    missed = {name: judged(costs) for name, costs in answered.items() if judged(costs)}
    print(f"{'ms of the loop, of all threads, with rows:':<84}" + "".join(f"{rows:>18,}" for rows in options.rows))
    for name in [*slowest, *(name for name in missed if name not in slowest)]:
        shown = "".join(f"{cost.loop:>9.2f}{cost.total:>9.2f}" for cost in answered[name])
        print(f"{name:<84}{shown}  {', '.join(missed.get(name, []))}".rstrip())
    tell("a read's time of the loop, of all", [costs[-1].loop for costs in answered.values()], "ms")
    tell(
        "the slowest read's time of the loop",
        [max(costs[-1].loop for costs in answered.values())],
        "ms",
        most=LOOP_MS_MAX,
    )
    tell("reads that grow with the history", [float(len(missed))], f"of {len(answered)}", most=0)


if __name__ == "__main__":
    main()
