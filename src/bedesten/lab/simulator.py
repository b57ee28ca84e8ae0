"""A market that lives without a server: the demo's makers and noise traders, and agents of one's own behind a latency.

Owns a heap of instants and nothing that runs by itself. The same seed lives the same life as a server's demo does. What an agent
sees has happened before it hears of it, and what it sends arrives later than it was sent: by its latency, each way, in order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from bedesten.config import VenueFile
from bedesten.domain.commands import Command, OpenAccount, Transfer
from bedesten.domain.enums import TransferReason
from bedesten.domain.money import to_units
from bedesten.lab.dtypes import EVENT
from bedesten.lab.market import OUTSIDE, START_NS, Events, Market, Rows, together
from bedesten.lab.models import NO_LATENCY, Latency
from bedesten.simulation.funds import MAKER_NAMES, NOISE_NAMES, TICK_NS, funds_of
from bedesten.simulation.life import Life
from bedesten.simulation.scripts import ScriptedPrices

#: What happens at one instant at most; beyond it, agents without latency answer one another for ever.
AT_ONCE_MAX: Final = 100_000

Act = Callable[["Agent", Events], None]


class Line:
    """One direction between an agent and the market: nothing overtakes."""

    def __init__(self, latency: Latency, seed: tuple[int, ...]) -> None:
        self._latency = latency
        self._generator = np.random.default_rng(seed)
        self._last_ns = 0

    def arrival_ns(self, sent_ns: int) -> int:
        """Return when something arrives that is sent then."""
        self._last_ns = max(self._last_ns, sent_ns + int(self._latency.draw(self._generator, 1)[0]))
        return self._last_ns


class Agent:
    """Somebody with an account. *act* is called with what it hears of; it sends, and wakes itself, by the methods here."""

    def __init__(self, simulator: Simulator, account: int, act: Act, feed: Line, orders: Line) -> None:
        self.account = account
        self.act = act
        self.feed, self.orders = feed, orders
        self._simulator = simulator

    @property
    def now_ns(self) -> int:
        """The time of whatever it is being told."""
        return self._simulator.now_ns

    def send(self, batch: Rows) -> None:
        """Send rows of commands (`Market.batch`), which the market meets a latency later. They are copied."""
        rows = batch.copy()
        self._simulator.plan(self.orders.arrival_ns(self.now_ns), lambda: self._simulator.take(rows))

    def wake(self, at_ns: int) -> None:
        """Have `act` called at an instant, with no events. Raises: ValueError for one that has passed."""
        if at_ns < self.now_ns:
            raise ValueError(f"{at_ns} has passed: it is {self.now_ns}")
        nothing = Events(np.zeros(0, dtype=EVENT))
        self._simulator.plan(at_ns, lambda: self.act(self, nothing))


class Simulator:
    """A living market. market: its machine; prices: what assets are worth, to be scripted; life: how its pairs live."""

    def __init__(self, venue: VenueFile | Path | None = None, *, seed: int, start_ns: int = START_NS) -> None:
        """Set a market up and fill its books.

        venue: as `Market.open` has it. Raises: as `Market.open`.
        """
        self.market = Market.open(venue, accounts=len(MAKER_NAMES) + len(NOISE_NAMES), balances={}, start_ns=start_ns)
        self.now_ns = start_ns
        self._seed = seed
        self._agents: list[Agent] = []
        self._planned: list[tuple[int, int, Callable[[], None]]] = []
        self._plans = 0
        self._happened: list[Rows] = []
        venue_file, accounts = self.market.venue_file, self.market.accounts.tolist()
        makers, noise = accounts[: len(MAKER_NAMES)], accounts[len(MAKER_NAMES) :]
        self.prices = ScriptedPrices(venue_file, seed)
        self.life = Life(
            venue_file, self.prices, seed, makers=makers, noise=noise, funds=funds_of(venue_file, makers, noise),
            start_ns=start_ns,
        )  # fmt: skip
        self._tell(self.life.strayed(self.market.machine))
        self._tell(self.life.begin(self.market.machine))
        self._plan_life()

    def agent(
        self, act: Act, *, balances: Mapping[str, Decimal | int | str], latency: Latency = NO_LATENCY,
        feed_latency: Latency | None = None,
    ) -> Agent:  # fmt: skip
        """Open an account with these balances and return who acts with it.

        act: is told everything that happens in the market, its own and others'. latency: of what it sends; feed_latency: of what
        it hears, the same unless told.
        Raises: KeyError for an asset that is not listed; ValueError for an amount beyond its decimals.
        """
        assets, number = self.market.assets, len(self._agents)
        account = int(self.market.accounts.max()) + 1
        commands: list[Command] = [OpenAccount(account=account)]
        for code, amount in balances.items():
            units = to_units(str(amount), scale=assets[code].scale)
            commands.append(
                Transfer(
                    account=OUTSIDE, to_account=account, asset=assets[code].id, amount=units,
                    reason=TransferReason.DEPOSIT,
                )
            )  # fmt: skip
        self.market.accounts = np.append(self.market.accounts, account)
        feed = Line(latency if feed_latency is None else feed_latency, (self._seed, number, 0))
        made = Agent(self, account, act, feed, Line(latency, (self._seed, number, 1)))
        self._tell(commands)
        self._agents.append(made)
        return made

    def run(self, until_ns: int) -> Events:
        """Let everything happen that is due up to and with that time, and return all of it.

        Raises: RuntimeError when agents without latency answer one another without end; ValueError when time goes back.
        """
        if until_ns < self.now_ns:
            raise ValueError(f"time goes back: from {self.now_ns} to {until_ns}")
        at_once = 0
        while self._planned and self._planned[0][0] <= until_ns:
            time_ns, _, happen = heapq.heappop(self._planned)
            at_once = at_once + 1 if time_ns == self.now_ns else 0
            if at_once > AT_ONCE_MAX:
                raise RuntimeError(f"more than {AT_ONCE_MAX:,} things happen at {time_ns}: give agents a latency")
            self.now_ns = time_ns
            happen()
        self.now_ns = until_ns
        happened, self._happened = self._happened, []
        return together(happened)

    # ── what agents and the life ask for ──

    def plan(self, at_ns: int, happen: Callable[[], None]) -> None:
        """Have something happen at an instant; what is planned for the same one happens in the order of planning."""
        self._plans += 1
        heapq.heappush(self._planned, (at_ns, self._plans, happen))

    def take(self, rows: Rows) -> None:
        """Apply rows of commands now, and let everybody hear of it."""
        self._heard(self.market.apply(rows, self.now_ns))

    def _tell(self, commands: list[Command]) -> None:
        self._heard(self.market.tell(commands, self.now_ns))

    def _heard(self, events: Events) -> None:
        if not len(events):
            return
        self._happened.append(events.rows)
        for agent in self._agents:
            self.plan(agent.feed.arrival_ns(self.now_ns), partial(agent.act, agent, events))

    def _plan_life(self) -> None:
        # On the ticks of a server's demo, so that both look at the same instants.
        tick = max(-(-self.life.next_ns // TICK_NS), self.now_ns // TICK_NS + 1)
        self.plan(tick * TICK_NS, self._live)

    def _live(self) -> None:
        self._tell(self.life.due(self.market.machine, self.now_ns))
        self._plan_life()
