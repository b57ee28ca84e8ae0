"""A trading environment as Gymnasium has them: `reset(seed)`, `step(action)`. It works without Gymnasium being installed.

One agent with one account trades one instrument against a random flow of other accounts' orders, which the seed decides.
Everything is counted in whole units.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedesten.config import VenueFile
from bedesten.domain.enums import Op, OrderType, Side, TimeInForce
from bedesten.lab.market import Market, Rows, cells_of

FLOW_STEPS: Final = 512  # steps whose flow is drawn at once
#: What stands in an observation, in order.
OBSERVATION: Final = (
    "bid", "bid_quantity", "ask", "ask_quantity", "last", "base", "base_held", "quote", "quote_held", "time_ns",
)  # fmt: skip


class Action(NamedTuple):
    """What an agent does in one step. Units: price in ticks (0: a market order), quantity in lots (0: nothing is placed).

    cancel: 1 ends all of the agent's open orders first. side: of bedesten.domain.enums.Side.
    """

    cancel: int = 0
    side: int = int(Side.BUY)
    price: int = 0
    quantity: int = 0


class Flow(NamedTuple):
    """Other people's orders. a_step: how many between two of the agent's. reach: how many ticks from the middle they are
    placed.

    crossing_ppm: of a million, how many are placed on the other side's half of the book, to trade at once. quantity: the most
    lots of one. life_steps: after how many steps one that has not traded ends. wander: by how many ticks the middle moves in
    a step, at most.
    """

    a_step: int = 8
    accounts: int = 50
    reach: int = 60
    crossing_ppm: int = 300_000
    quantity: int = 100
    life_steps: int = 200
    wander: int = 2


class TradingEnv:
    """One agent on one instrument.

    An observation is an array of 64-bit integers, named by OBSERVATION: the best bid and ask with their quantities (0: none),
    the last price (0: none yet), what the agent has of base and quote in all and what of it is held, and the time. The reward
    of a step is the change of the agent's wealth in minor units of quote, its base taken at the last price.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}

    def __init__(
        self, venue: VenueFile | Path | None = None, *, instrument: str = "BTC-USD", middle: str = "86000",
        quote: Decimal | str = "1000000", base: Decimal | str = "10", steps: int = 1_000, step_ns: int = 100_000_000,
        flow: Flow | None = None,
    ) -> None:  # fmt: skip
        """Set up a market.

        middle: the price around which the flow begins. quote, base: what every account begins with. steps: of an episode.
        Raises: as `Market.open`; KeyError for an instrument that is not listed.
        """
        self.flow = flow or Flow()
        base_code, _, quote_code = instrument.partition("-")
        funds = {quote_code: quote, base_code: base}
        self._origin = Market.open(venue, accounts=self.flow.accounts + 1, balances=funds)
        self.instrument = self._origin.instruments[instrument]
        self.agent = int(self._origin.accounts[0])
        self._first_middle = int(self.instrument.ticks(middle))
        self._steps, self._step_ns = steps, step_ns
        self._generator = np.random.default_rng(0)
        self._cells = cells_of(
            self._origin.batch(2 + self.flow.a_step)
        )  # a cancel and an order of the agent's, then the flow
        order, cancel = self._agents_rows()
        self._order, self._cancel = cells_of(order)[0], cells_of(cancel)[0]
        self._side, self._price, self._quantity = (order[name] for name in ("side", "price", "quantity"))
        self._type, self._life = order["order_type"], order["time_in_force"]
        self._begin(0)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """Begin an episode and return (observation, information).

        seed: decides what the others do; None goes on with the stream as it is.
        """
        if seed is not None:
            self._generator = np.random.default_rng(seed)
        self._begin(self._steps)
        return self._look(), {}

    def step(
        self, action: Action | tuple[int, int, int, int]
    ) -> tuple[NDArray[np.int64], int, bool, bool, dict[str, Any]]:
        """Do what *action* says, let the others act, and return (observation, reward, terminated, truncated, information).

        information: "events", what happened (lab.Events); an order that the core refuses is a REJECTED event there.
        terminated: the agent has nothing left. truncated: the episode has had all its steps. Raises: RuntimeError when the
        episode has ended; OverflowError for a number that no row holds.
        """
        if self._left <= 0:
            raise RuntimeError("the episode has ended: reset() begins another")
        self._left -= 1
        cancel, side, price, quantity = action
        first = 2
        if quantity:
            first = 1
            self._side[0], self._price[0], self._quantity[0] = side, price, quantity
            self._type[0] = OrderType.LIMIT if price else OrderType.MARKET
            self._life[0] = TimeInForce.GTC if price else TimeInForce.IOC
            self._cells[1] = self._order
        if cancel:
            first -= 1
            self._cells[first] = self._cancel
        self._cells[2:] = self._next_flow()
        self._now += self._step_ns
        events = self.market.apply_cells(self._cells[first:], self._now)
        wealth, observation = self._wealth, self._look()
        return observation, self._wealth - wealth, self._wealth <= 0, self._left == 0, {"events": events}

    # ── inside ──

    def _agents_rows(self) -> tuple[Rows, Rows]:
        order, cancel = self._origin.batch(1), self._origin.batch(1, Op.CANCEL_ALL)
        order["account"] = cancel["account"] = self.agent
        order["instrument"] = cancel["instrument"] = self.instrument.id
        return order, cancel

    def _begin(self, steps: int) -> None:
        self.market = self._origin.fork()
        self._now, self._left = self.market.time_ns, steps
        self._middle = self._first_middle
        self._flow_rows, self._flow_at = cells_of(self._origin.batch(0)), 0
        self._wealth = 0
        self._look()

    def _next_flow(self) -> NDArray[np.int64]:
        """Return the rows of the others' orders of the next step."""
        if self._flow_at >= len(self._flow_rows):
            self._flow_rows, self._flow_at = self._draw(), 0
        begin = self._flow_at
        self._flow_at = begin + self.flow.a_step
        return self._flow_rows[begin : self._flow_at]

    def _draw(self) -> NDArray[np.int64]:
        """Draw the others' orders of FLOW_STEPS steps."""
        flow, draw = self.flow, self._generator
        count = FLOW_STEPS * flow.a_step
        moves = draw.integers(-flow.wander, flow.wander + 1, FLOW_STEPS)
        middles = np.maximum(self._middle + np.cumsum(moves), flow.reach + 1)
        self._middle = int(middles[-1])
        step = np.repeat(np.arange(1, FLOW_STEPS + 1), flow.a_step)
        side = np.where(draw.integers(0, 2, count) == 0, int(Side.BUY), int(Side.SELL))
        is_crossing = draw.integers(0, 1_000_000, count) < flow.crossing_ppm
        is_above = (side == int(Side.SELL)) != is_crossing
        away = draw.integers(1, flow.reach + 1, count)
        rows = self._origin.batch(count)
        rows["account"] = draw.choice(self._origin.accounts[1:], count)
        rows["instrument"], rows["side"] = self.instrument.id, side
        rows["order_type"], rows["time_in_force"] = OrderType.LIMIT, TimeInForce.GTD
        rows["expires_ns"] = self._now + (step + flow.life_steps) * self._step_ns
        rows["price"] = np.repeat(middles, flow.a_step) + np.where(is_above, away, -away)
        rows["quantity"] = draw.integers(1, flow.quantity + 1, count) * self.instrument.min_quantity
        return cells_of(rows)

    def _look(self) -> NDArray[np.int64]:
        """Return an observation, and take stock of the agent's wealth."""
        machine, instrument = self.market.machine, self.instrument
        last = machine.last_price(instrument.id)
        base, base_held = machine.balance(self.agent, instrument.base.id)
        quote, quote_held = machine.balance(self.agent, instrument.quote.id)
        self._wealth = quote + instrument.notional(last or self._first_middle, base // instrument.lot_value)
        return np.array(
            (*machine.bbo(instrument.id), last, base, base_held, quote, quote_held, self._now), dtype=np.int64
        )
