"""A venue under many clients: a real `bedesten serve` on a data directory, synced before every answer; its books must add up.

Workload: N traders (an account, a key and a connection each) place limit orders of BTC-USD within 20 dollars of a middle, a
quarter of them priced to trade, and take back nine in ten of those that rest; each sends its next request when it has the last
answer. M subscribers listen: a third to the book, a third to trades, a third logged in to an account's own notifications. Rate
limits are lifted, since all the load comes from here. The run ends after so many orders or seconds, whichever comes first.

It prints requests a second, order-to-ack (from sending a request to having read its answer), trade-to-frame (from the
millisecond in which the trade was stamped, so up to one more, to having read its frame), the server's processor time and memory.
Then it stops the server by SIGTERM, holds every acknowledged order and cancel against the venue's books, sums both sides of all
trades, and runs `bedesten verify`. It exits non-zero when anything is missing.

    make load
    python benchmarks/load.py [--traders 32] [--subscribers 60] [--orders 20000] [--seconds 20] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram
from load_clients import DIGITS, HIGHEST_US, Account, listen, trade

from bedesten.bootstrap import offline_venue
from bedesten.config import Settings
from bedesten.dialects.btse import ids
from bedesten.domain.enums import CloseReason
from bedesten.server.control import ask_running

WAIT_S = 60  # for a child to start or to end
VENUE_FILE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "load"
[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[rate_limits.btse]
orders = { requests = 10_000, seconds = 1 }
"""


class Served:
    """The server's process, its processor time and its memory."""

    def __init__(self, scratch: Path) -> None:
        self.data, config = scratch / "data", scratch / "venue.toml"
        config.write_text(VENUE_FILE)
        command = [sys.executable, "-m", "bedesten", "serve", "--port", "0", "--data", str(self.data)]
        self.errors = (scratch / "stderr.txt").open("w+")
        self.process = subprocess.Popen(
            [*command, "--config", str(config), "--ack", "synced"],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        if not first.startswith("listening on "):
            self.process.kill()
            raise SystemExit(f"the server did not start: {(scratch / 'stderr.txt').read_text()}")
        self.port = int(first.rsplit(":", 1)[1])

    def cpu_s(self) -> float:
        """Return the processor time it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, name: str) -> float:
        """Return VmRSS (now) or VmHWM (the most so far)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT_S)
        self.errors.close()
        return code


async def accounts_of(data: Path, count: int) -> list[Account]:
    """Open rich accounts and a key each, on the running venue."""

    async def ask(operation: str, **arguments: Any) -> dict[str, Any]:
        rows = await ask_running(data, operation, arguments)
        assert rows, operation
        return rows[0]

    made = []
    for number in range(count):
        name = f"trader{number}"
        await ask("open_account", name=name)
        for asset in ("USD", "BTC"):
            await ask("deposit", account=name, asset=asset, amount="10000000")
        key = await ask("create_key", account=name, permissions=["read", "trading"])
        made.append(Account(name, key["key"], key["secret"]))
    return made


def percentiles(encoded: list[bytes]) -> str:
    """Return the middle and the slow ends of histograms, together."""
    whole = HdrHistogram(1, HIGHEST_US, DIGITS)
    for each in encoded:
        whole.decode_and_add(each)
    marks = [(f"p{mark}", whole.get_value_at_percentile(mark) / 1000) for mark in (50, 99, 99.9)]
    slowest = whole.get_max_value() / 1000
    told = "   ".join(f"{name} {value:7.2f} ms" for name, value in marks)
    return f"{told}   most {slowest:7.2f} ms   ({whole.get_total_count():,})"


def drive(served: Served, accounts: list[Account], options: argparse.Namespace, log: Path) -> dict[str, int]:
    """Run the clients, print what they measured, and return their counts."""
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    heard, traded = context.Queue(), context.Queue()
    listening = context.Process(
        target=listen, args=(served.port, accounts, options.subscribers, ready, stop, heard), daemon=True
    )
    trading = context.Process(
        target=trade,
        args=(served.port, accounts, options.orders, options.seconds, log, traded, options.seed),
        daemon=True,
    )
    listening.start()
    if not ready.wait(WAIT_S):
        raise SystemExit("the subscribers did not start")
    cpu_s, began = served.cpu_s(), time.perf_counter()
    trading.start()
    seconds, counts, waits = traded.get(timeout=options.seconds + WAIT_S)
    cpu_s, took = served.cpu_s() - cpu_s, time.perf_counter() - began
    time.sleep(1)  # the last frames
    stop.set()
    frames, late = heard.get(timeout=WAIT_S)
    requests = counts["placed"] + counts["refused"] + counts["canceled"]
    print(f"requests        {requests / seconds:8,.0f} a second, for {seconds:.1f} s: {counts}")
    for kind, encoded in waits.items():
        print(f"{kind:8}-to-ack {percentiles([encoded])}")
    print(f"trade-to-frame  {percentiles([late])}")
    print(f"frames          {sum(frames.values()) / seconds:8,.0f} a second: {frames}")
    print(f"processor       {cpu_s / took:8.0%} of a core, {cpu_s / requests * 1e6:.0f} µs a request with its frames")
    print(f"memory          {served.memory_mb('VmRSS'):8.0f} MB, {served.memory_mb('VmHWM'):.0f} MB at most")
    return counts


async def account_for(data: Path, config: Path, lines: list[Any]) -> list[str]:
    """Return what the venue's books do not know of what was acknowledged, or know otherwise."""
    wrong = []
    settings = Settings(data=str(data), config=str(config))
    canceled = {line[2] for line in lines if line[0] == "canceled"}
    seen: set[int] = set()
    async with offline_venue(settings, say=lambda notice: None) as venue:
        sides: dict[int, int] = {}
        for kind, name, client_id, uuid, *_ in lines:
            if kind != "placed":
                continue
            account, number = venue.accounts.by_name(name), ids.ORDERS.number(uuid)
            assert account is not None
            record = None if number is None else await venue.trading.order(account.id, order_id=number)
            if record is None or record.client_id != client_id or number in seen:
                wrong.append(f"{client_id} was acknowledged as {uuid} and is {'missing' if record is None else record}")
                continue
            seen.add(record.order.order_id)
            sides[record.order.side] = sides.get(record.order.side, 0) + record.order.filled
            if client_id in canceled and record.order.close_reason != CloseReason.CANCELED:
                wrong.append(f"{client_id} was acknowledged as canceled and is {record.order}")
        if len(set(sides.values())) > 1:
            wrong.append(f"what was bought is not what was sold: {sides}")
    print(f"accounted for   {len(seen):8,} orders, {len(canceled):,} of them canceled; {len(wrong)} wrong")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--traders", type=int, default=32)
    parser.add_argument("--subscribers", type=int, default=60)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--directory", type=Path, help="where the data lies for the run; default: a temporary directory"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as text:
        scratch = Path(text)
        served = Served(scratch)
        try:
            accounts = asyncio.run(accounts_of(served.data, options.traders))
            drive(served, accounts, options, scratch / "acknowledged")
        except BaseException:
            served.process.kill()
            raise
        code = served.stop()
        lines = [json.loads(line) for line in (scratch / "acknowledged").read_text().splitlines()]
        wrong = asyncio.run(account_for(served.data, scratch / "venue.toml", lines))
        verify = [sys.executable, "-m", "bedesten", "verify", "--data", str(served.data)]
        verified = subprocess.run(verify, capture_output=True, text=True, check=False)
        print(f"verify          {(verified.stdout + verified.stderr).strip().splitlines()[-1]}")
        for line in wrong[:10]:
            print(line, file=sys.stderr)
        return int(bool(wrong) or code != 0 or verified.returncode != 0)


if __name__ == "__main__":
    raise SystemExit(main())
