"""The venue that is tortured: its file, its customers, and processes of it that are started in order to be killed.

Owns the data directory and the processes it starts, and ends no others.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from bedesten.bootstrap import offline_venue
from bedesten.config import Settings
from bedesten.domain.commands import SetIndex
from bedesten.services.store_types import Permission
from bedesten.storage.kill_points import VARIABLE

PROGRAM: Final = (sys.executable, "-m", "bedesten")
START_S: Final = 60  # for a child to say its first word
TRADERS: Final = 4
ASSETS: Final = ("USD", "BTC", "ETH", "TWD")
MONEY: Final = Decimal(10_000_000)  # of each asset, each customer; nobody ever runs out
FEE: Final = Decimal("0.001")  # maker and taker the same, so that a fill's fee follows from its size alone
SECRET: Final = "dG9ydHVyZS1zZWNyZXQ="  # base64, since BtcTurk's clients sign with what it decodes to
BANK: Final = "004"
BANK_FEE: Final = 15  # of a withdrawal by bank: within what is held
INDEX: Final = 3_000  # dollars an ether, from which the desk quotes
VENUE_FILE: Final = f"""
assets = [{{ code = "USD", name = "US Dollar", fiat = true }}, {{ code = "BTC", name = "Bitcoin" }},
  {{ code = "ETH", name = "Ethereum" }}, {{ code = "TWD", name = "New Taiwan Dollar", fiat = true }}]
instruments = [
  {{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.001 }},
  {{ base = "ETH", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.001 }},
]
[venue]
name = "torture"
[listings]
btcturk = [{{ base = "BTC", quote = "USD" }}]
[groups.main]
fees = [{{ maker = {FEE}, taker = {FEE} }}]
[otc]
valid_ms = 60_000
markets = [{{ base = "ETH", quote = "USD", min_quantity = "0.01", spreads = [{{ quantity = 1000, spread = "0.002" }}] }}]
[convert]
spread = "0.001"
[fiat]
banks = [{{ code = "{BANK}", name = "Bank", branches = [{{ code = "0037", name = "Head Office" }}] }}]
[fiat.currencies.TWD]
bank = "{BANK}"
branch = "0037"
holder = "torture"
account_prefix = "99781"
withdraw_fee = {BANK_FEE}
withdraw_min = 1
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 1
confirmations = 2
assets.BTC = {{ withdraw_min = 0.001, withdraw_fee = 0.0005 }}
[rate_limits.btse]
query = {{ requests = 100_000, seconds = 1 }}
orders = {{ requests = 100_000, seconds = 1 }}
wallet = {{ requests = 100_000, seconds = 1 }}
otc = {{ requests = 100_000, seconds = 1 }}
market = {{ requests = 100_000, seconds = 1 }}
[rate_limits.btcturk]
connections = {{ requests = 100_000, seconds = 1 }}
order_post = {{ requests = 100_000, seconds = 1 }}
[rate_limits.bitgin]
query = {{ requests = 100_000, seconds = 1 }}
orders = {{ requests = 100_000, seconds = 1 }}
"""


class Customer(NamedTuple):
    """Who asks, and with what key. bank_account: the number of the bank account that they are paid at."""

    name: str
    email: str
    key: str
    bank_account: int = 0


def customers() -> list[Customer]:
    """Return the customers who trade."""
    names = [f"trader{at}" for at in range(TRADERS)]
    return [Customer(name, f"{name}@bedesten.example", f"key-of-{name}", at) for at, name in enumerate(names, 1)]


def children() -> list[Customer]:
    """Return the sub-account of each of them, which has nothing at first."""
    return [Customer(f"{each.name}-sub", "", f"{each.key}-sub") for each in customers()]


class Stage:
    """A data directory and its venue file."""

    def __init__(self, place: Path, ack: str = "synced") -> None:
        self.place = place
        self.data = place / "data"
        self.config = place / "venue.toml"
        self.log = place / "stderr.txt"
        self.ack = ack

    def build(self) -> None:
        """Open accounts, fund them and give them keys, without a server."""
        self.config.write_text(VENUE_FILE)
        asyncio.run(self._build())

    async def _build(self) -> None:
        every = Permission.READ | Permission.TRADING | Permission.WALLET | Permission.TRANSFER | Permission.WITHDRAW
        settings = Settings(data=str(self.data), config=str(self.config))
        async with offline_venue(settings, say=lambda notice: None) as venue:
            known = customers()
            dollar = venue.catalogue.asset("TWD")
            assert dollar is not None
            for (name, email, key, bank_account), child in zip(known, children(), strict=True):
                account = await venue.accounts.open(name)
                await venue.customers.introduce(account.id, email, "", level=3)
                await venue.keys.create(account.id, every, key=key, secret=SECRET)
                below = await venue.subaccounts.open(child.name, account)
                await venue.keys.create(below.id, every, key=child.key, secret=SECRET)
                entered = await venue.fiat.bank_accounts.add(
                    account.id, dollar.id, bank=BANK, branch="0037", number="12345678901", holder=name, is_verified=True
                )
                assert entered.id == bank_account
            for name in ("desk", *(each.name for each in known)):
                account_or_none = venue.accounts.by_name(name)
                assert account_or_none is not None
                for asset in venue.catalogue.assets:
                    units = int(MONEY) * 10**asset.scale
                    assert (await venue.accounts.deposit(account_or_none.id, asset.code, units)).reject is None
            (ether,) = [each for each in venue.catalogue.instruments if each.base.code == "ETH"]
            ticks = INDEX * 10**ether.price_scale // ether.tick_size
            await venue.sequencer.submit(SetIndex(instrument=ether.id, price=ticks))

    def start(self, kill_point: str = "") -> Served | None:
        """Start a server, to be killed at *kill_point*; None when that was before it listened."""
        served = Served(self, kill_point)
        return served if served.port else None

    def snapshot(self, kill_point: str) -> int:
        """Build a state snapshot beside the server and return the exit code."""
        command = [*PROGRAM, "snapshot", "--quiet", "--data", str(self.data)]
        with self.log.open("ab") as log:
            done = subprocess.run(
                command, env={**os.environ, VARIABLE: kill_point}, stdout=log, stderr=log, timeout=START_S, check=False
            )
        return done.returncode


class Served:
    """A server's process. *port* is 0 when it was killed before it listened."""

    def __init__(self, stage: Stage, kill_point: str) -> None:
        command = [*PROGRAM, "serve", "--port", "0", "--data", str(stage.data), "--config", str(stage.config)]
        with stage.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--ack", stage.ack], stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, VARIABLE: kill_point},
            )  # fmt: skip
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        self.port = int(first.rsplit(":", 1)[1]) if first.startswith("listening on ") else 0
        if not self.port:
            code = self.process.wait(START_S)
            self.process.stdout.close()
            if code != -signal.SIGKILL:
                raise AssertionError(f"the server did not start: {first!r} {stage.log.read_text()[-2000:]}")

    def died(self, within_s: float) -> bool:
        """Return whether it was killed by itself within some time."""
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        assert code == -signal.SIGKILL, f"it ended with {code}"
        return True

    def kill(self) -> None:
        """End it as a power cut does, if it still runs."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
