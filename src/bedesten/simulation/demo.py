"""The demo: accounts that everybody knows, books that live, money that does not run out.

Owns what `--demo` adds to a venue, and asks for all of it through the services like anybody else. Never makes money: what
it gives comes from OUTSIDE and goes back there, as a customer's deposit would.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import reduce
from operator import or_
from typing import Any, Final

from bedesten.clock import Clock
from bedesten.config import VenueFile
from bedesten.core import Machine
from bedesten.domain.commands import Command, Transfer
from bedesten.domain.enums import TransferReason
from bedesten.domain.instruments import Asset
from bedesten.domain.otc import DESK
from bedesten.services.customers.records import LEVEL_MAX
from bedesten.services.money.accounts import OUTSIDE
from bedesten.services.records import Permission
from bedesten.services.sequencing.sequencer import Result
from bedesten.services.venue import Venue
from bedesten.simulation.history import ReferenceHistory
from bedesten.simulation.makers import Makers
from bedesten.simulation.noise import NoiseTraders
from bedesten.simulation.reference import ReferencePrices, demo_price

NS_PER_S: Final = 1_000_000_000
TICK_NS: Final = NS_PER_S // 4  # what falls due within one tick is one batch
TOP_UP_NS: Final = 600 * NS_PER_S  # between two looks at the simulation's own balances
MAKER_NAMES: Final = ("maker1", "maker2", "maker3", "maker4")
NOISE_NAMES: Final = ("noise1", "noise2")
FIRST_TRADES: Final = 3  # on every instrument before the doors open, so that each has a last price
CUSTOMER_USD: Final = 1_000_000  # of each asset, for each demo account
DESK_USD: Final = 20_000_000
NOISE_USD: Final = 5_000_000
MAKER_USD: Final = 20_000_000  # four times the deepest ladders of all its instruments in one quote asset
MAIL_DOMAIN: Final = "bedesten.example"  # of the demo customers' addresses; nobody's, by RFC 2606
SUBACCOUNT_SUFFIX: Final = "-sub"  # of the name of the first demo account's sub-account
PASSWORD: Final = "bedesten-demo"  # of every demo customer
#: What argon2 makes of the password as clients send it, its SHA-256 in hexadecimal digits: time that no start needs to
#: wait.
PASSWORD_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$ztbyfXEtJ2JHqwaGDEnRAA$R8VPrCWLM+uwYIUOeNGOw7955O3rYmPXn4gJRQGBSsM"
)


LOOP: Final = "demo"  # its name where it fails


class Task(IntEnum):
    """What falls due on an instrument."""

    QUOTE = 1
    TRADE = 2


class Demo:
    """A venue's demo: `prepare` it once the venue is set up, then `run` it; or `step` it under a manual clock."""

    def __init__(self, venue: Venue, venue_file: VenueFile, seed: int) -> None:
        self._venue = venue
        self._venue_file = venue_file
        self._seed = seed
        self._reference = ReferencePrices(venue_file, seed)
        self._makers: Makers | None = None
        self._noise: NoiseTraders | None = None
        self._due: list[tuple[int, Task, int]] = []
        self._top_up_ns = 0
        self._funds: dict[int, dict[int, int]] = {}  # account → asset → what it should have

    async def prepare(self) -> None:
        """Open and fund what is missing, and fill every book; quick enough to await before the first request.

        Raises: Stopped, Overloaded.
        """
        makers = [await self._open(name, MAKER_USD) for name in MAKER_NAMES]
        noise = [await self._open(name, NOISE_USD) for name in NOISE_NAMES]
        await self._open_known_accounts()
        if self._venue_file.demo.accounts:
            await self._open_subaccount()
        if self._venue_file.otc is not None or self._venue_file.convert is not None:
            self._funds[DESK] = {
                asset.id: units_worth(self._venue_file, asset, DESK_USD) for asset in self._venue_file.assets
            }
        await self._top_up()
        now_ns = self._venue.clock.now_ns()
        rows = self._venue_file.instruments
        self._makers = Makers(self._venue_file, self._reference, self._seed, accounts=makers, start_ns=now_ns)
        self._noise = NoiseTraders(rows, self._makers.activity, self._seed, noise)
        everything = [row.id for row in rows]
        await self._submit(await self._quotes(everything, now_ns))
        await self._submit(self._trades(everything * FIRST_TRADES, now_ns))
        for at, row in enumerate(rows):
            look_ns = self._makers.look_ns(row.id)
            self._due.append((now_ns + look_ns * (at + 1) // len(rows), Task.QUOTE, row.id))
            self._due.append((now_ns + self._noise.pause_ns(row.id, now_ns), Task.TRADE, row.id))
        heapq.heapify(self._due)
        self._top_up_ns = now_ns + TOP_UP_NS

    async def run(self) -> None:
        """Keep the books alive until the venue stops."""
        await self._venue.clock.sleep_until_ns(self._next_ns())
        await self._venue.loops.keep(LOOP, self._round)

    async def _round(self) -> int:
        await self.step()  # refused: customers first; what was due comes round again
        return self._next_ns()

    def _next_ns(self) -> int:
        return (self._venue.clock.now_ns() // TICK_NS + 1) * TICK_NS

    async def step(self) -> None:
        """Ask for everything that has fallen due, as one batch, and return when it is committed.

        Raises: Stopped, Overloaded.
        """
        assert self._makers is not None and self._noise is not None, "prepare comes first"
        now_ns = self._venue.clock.now_ns()
        quoting: list[int] = []
        trading: list[int] = []
        while self._due and self._due[0][0] <= now_ns:
            due_ns, task, instrument = self._due[0]
            if task is Task.QUOTE:
                quoting.append(instrument)
                pause_ns = self._makers.look_ns(instrument)
            else:
                trading.append(instrument)
                pause_ns = self._noise.pause_ns(instrument, now_ns)
            # A clock that jumped is not caught up with: the book is where the price is, and life goes on from there.
            heapq.heapreplace(self._due, (max(due_ns + pause_ns, now_ns + 1), task, instrument))
        if now_ns >= self._top_up_ns:
            self._top_up_ns = now_ns + TOP_UP_NS
            await self._top_up()
        commands = await self._quotes(quoting, now_ns)
        await self._submit([*commands, *self._trades(trading, now_ns)])

    async def _quotes(self, instruments: Sequence[int], now_ns: int) -> list[Command]:
        if not instruments:
            return []
        makers = self._makers
        assert makers is not None
        ticks = self._reference.all_ticks(now_ns)
        return await self._venue.sequencer.read(lambda machine: makers.commands(machine, instruments, ticks, now_ns))

    def _trades(self, instruments: Sequence[int], now_ns: int) -> list[Command]:
        if not instruments:
            return []
        assert self._noise is not None
        ticks = self._reference.all_ticks(now_ns)
        return [self._noise.order(instrument, float(ticks[instrument - 1])) for instrument in instruments]

    async def _submit(self, commands: Iterable[Command]) -> None:
        # Handed in without a pause between them, so they share one commit; a refusal changes nothing and is not read.
        pending: list[asyncio.Future[Result]] = []
        try:
            pending.extend(self._venue.sequencer.submit(command) for command in commands)
        finally:
            outcomes = await asyncio.gather(*pending, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    # ── accounts ──

    async def _open(self, name: str, usd: int) -> int:
        account = self._venue.accounts.by_name(name) or await self._venue.accounts.open(name)
        self._funds[account.id] = {
            asset.id: units_worth(self._venue_file, asset, usd) for asset in self._venue_file.assets
        }
        return account.id

    async def _open_subaccount(self) -> None:
        """Give the first demo account a sub-account, so that transfers within a family can be tried."""
        main = self._venue.accounts.by_name(self._venue_file.demo.accounts[0].name)
        assert main is not None, "it was opened before"
        if len(self._venue.subaccounts.family(main.id)) == 1:
            await self._venue.subaccounts.open(f"{main.name}{SUBACCOUNT_SUFFIX}", main)

    async def _open_known_accounts(self) -> None:
        """Open the accounts of the venue file and give each its key and, when it is new, its money."""
        for known in self._venue_file.demo.accounts:
            account = self._venue.accounts.by_name(known.name)
            if account is None:
                account = await self._venue.accounts.open(known.name)
                if known.funded:
                    await self._submit(
                        _transfer(OUTSIDE, account.id, asset.id, units_worth(self._venue_file, asset, CUSTOMER_USD))
                        for asset in self._venue_file.assets
                    )
            if self._venue.keys.find(known.api_key) is None:
                permissions = reduce(or_, (Permission[name.upper()] for name in known.permissions), Permission(0))
                await self._venue.keys.create(
                    account.id, permissions, label="demo", key=known.api_key, secret=known.api_secret
                )
            if self._venue.customers.of_account(account.id) is None:
                await self._venue.customers.introduce(
                    account.id, f"{known.name}@{MAIL_DOMAIN}", PASSWORD_HASH, level=LEVEL_MAX
                )

    async def _top_up(self) -> None:
        """Bring the simulation's own accounts back to their funds where they have strayed far."""
        await self._submit(await self._venue.sequencer.read(self._strayed))

    def _strayed(self, machine: Machine) -> list[Command]:
        commands: list[Command] = []
        for account, funds in self._funds.items():
            for asset, target in funds.items():
                total, held = machine.balance(account, asset)
                if total * 2 < target:
                    commands.append(_transfer(OUTSIDE, account, asset, target - total))
                elif total * 2 > target * 3 and total - target <= total - held:
                    commands.append(_transfer(account, OUTSIDE, asset, total - target))
        return commands


def units_worth(venue_file: VenueFile, asset: Asset, usd: int) -> int:
    """Return about *usd* dollars' worth of an asset, as one digit and zeros, in minor units."""
    worth = usd / float(demo_price(venue_file, asset.code).usd)
    power = math.floor(math.log10(worth))
    digit = math.floor(worth / 10.0**power)
    units: int = digit * 10 ** (power + asset.scale)
    return units


def faucet_limits(venue_file: VenueFile) -> dict[int, int]:
    """Return what the demo's faucet pays at once of each asset, in minor units: as much as a customer begins with."""
    return {asset.id: units_worth(venue_file, asset, CUSTOMER_USD) for asset in venue_file.assets}


def reference_history(venue_file: VenueFile, seed: int, clock: Clock) -> ReferenceHistory:
    """Return the past of a demo venue, for the candles."""
    return ReferenceHistory(venue_file, ReferencePrices(venue_file, seed), seed, clock)


def listing(venue_file: VenueFile) -> dict[str, Any]:
    """Return the demo accounts as `GET /demo` tells them."""
    return {
        "accounts": [
            {
                "name": account.name,
                "api_key": account.api_key,
                "api_secret": account.api_secret,
                "permissions": list(account.permissions),
                "email": f"{account.name}@{MAIL_DOMAIN}",
                "password": PASSWORD,
            }
            for account in venue_file.demo.accounts
        ]
    }


def _transfer(account: int, to_account: int, asset: int, amount: int) -> Transfer:
    reason = TransferReason.WITHDRAWAL if to_account == OUTSIDE else TransferReason.DEPOSIT
    return Transfer(account=account, to_account=to_account, asset=asset, amount=amount, reason=int(reason))
