"""The demo: accounts that everybody knows, books that live, money that does not run out.

Owns what `--demo` adds to a venue, and asks for all of it through the services like anybody else. Never makes money: what
it gives comes from OUTSIDE and goes back there, as a customer's deposit would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Final

from bedesten.clock import Clock
from bedesten.config import VenueFile
from bedesten.domain.commands import Command
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.customers.records import LEVEL_MAX
from bedesten.services.sequencing.sequencer import Result
from bedesten.services.store_types import Permission
from bedesten.services.venue import Venue
from bedesten.simulation.funds import MAKER_NAMES, NOISE_NAMES, TICK_NS, all_worth, funds_of, units_worth
from bedesten.simulation.history import ReferenceHistory
from bedesten.simulation.life import Life, LifeState, transfer
from bedesten.simulation.makers import PairLife
from bedesten.simulation.reference import ReferencePrices
from bedesten.simulation.scripts import ScriptedPrices, recorded_rows

CUSTOMER_USD: Final = 1_000_000  # of each asset, for each demo account
DESK_USD: Final = 20_000_000
MAIL_DOMAIN: Final = "bedesten.example"  # of the demo customers' addresses; nobody's, by RFC 2606
SUBACCOUNT_SUFFIX: Final = "-sub"  # of the name of the first demo account's sub-account
PASSWORD: Final = "bedesten-demo"  # of every demo customer
#: What argon2 makes of the password as clients send it, its SHA-256 in hexadecimal digits: time that no start needs to
#: wait.
PASSWORD_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$ztbyfXEtJ2JHqwaGDEnRAA$R8VPrCWLM+uwYIUOeNGOw7955O3rYmPXn4gJRQGBSsM"
)


LOOP: Final = "demo"  # its name where it fails


class Demo:
    """A venue's demo: `prepare` it once the venue is set up, then `run` it; or `step` it under a manual clock."""

    def __init__(self, venue: Venue, venue_file: VenueFile, seed: int, *, lives: bool = True) -> None:
        """*lives*: False: nobody quotes or trades; there are the accounts and their money, and the desk's."""
        self._lives = lives
        self._venue = venue
        self._venue_file = venue_file
        self._seed = seed
        self._reference = ScriptedPrices(venue_file, seed)
        self._life: Life | None = None

    @property
    def life(self) -> Life:
        """What lives in the books; `prepare` or `resume` comes first."""
        assert self._life is not None, "prepare comes first"
        return self._life

    async def prepare(self) -> None:
        """Open and fund what is missing, and fill every book; quick enough to await before the first request.

        Raises: Stopped, Overloaded.
        """
        makers = [await self._open(name) for name in MAKER_NAMES]
        noise = [await self._open(name) for name in NOISE_NAMES]
        funds = funds_of(self._venue_file, makers, noise)
        await self._open_known_accounts()
        if self._venue_file.demo.accounts:
            await self._open_subaccount()
        if self._venue_file.otc is not None or self._venue_file.convert is not None:
            funds[DESK] = all_worth(self._venue_file, DESK_USD)
        self._life = life = Life(
            self._venue_file, self._reference, self._seed,
            makers=makers, noise=noise, funds=funds, start_ns=self._venue.clock.now_ns(),
        )  # fmt: skip
        await self._submit(await self._venue.sequencer.read(life.strayed))
        await self._submit(await self._venue.sequencer.read(lambda machine: life.begin(machine, lives=self._lives)))

    def resume(self, state: LifeState) -> None:
        """Go on where the demo stood whose life told its *state*; the venue has its accounts and books already."""
        self._life = Life.resume(self._venue_file, self._reference, self._seed, state)

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
        now_ns = self._venue.clock.now_ns()
        await self._submit(await self._venue.sequencer.read(lambda machine: self.life.due(machine, now_ns)))

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

    # ── bent by whoever drives a sandbox (services.sandbox.simulated) ──

    def follow(self, asset: str) -> None:
        """Let an asset's price walk by itself. Raises: ScriptRefused."""
        self.life.prices.follow(asset, self._venue.clock.now_ns())

    def ramp(self, asset: str, usd: Decimal, over_ns: int) -> None:
        """Let an asset's price go to *usd* and stand there. Raises: ScriptRefused."""
        self.life.prices.ramp(asset, usd, self._venue.clock.now_ns(), over_ns)

    def crash(self, asset: str, by: Decimal, over_ns: int) -> None:
        """Let an asset's price move by a share of it, and walk on. Raises: ScriptRefused."""
        self.life.prices.crash(asset, by, self._venue.clock.now_ns(), over_ns)

    def replay(self, lines: Iterable[str], at_ns: int | None) -> None:
        """Let prices be what was recorded. Raises: ScriptRefused."""
        self.life.prices.replay(recorded_rows(lines), at_ns)

    async def live(
        self, instrument: int, *, makers: bool | None = None, noise: bool | None = None, spread_times: int | None = None
    ) -> None:
        """Let a pair live so; None: as it is. Raises: ScriptRefused, Stopped, Overloaded."""
        had = self.life.pair(instrument)
        life = PairLife(
            had.makers if makers is None else makers,
            had.noise if noise is None else noise,
            had.spread_times if spread_times is None else spread_times,
        )
        await self._submit(self.life.set_pair(instrument, life))

    # ── accounts ──

    async def _open(self, name: str) -> int:
        account = self._venue.accounts.by_name(name) or await self._venue.accounts.open(name)
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
                        transfer(OUTSIDE, account.id, asset.id, units_worth(self._venue_file, asset, CUSTOMER_USD))
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
