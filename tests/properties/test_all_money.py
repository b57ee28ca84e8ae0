"""Whatever is done with money, in whatever order, and wherever the process dies: nothing is made, nothing is lost.

Deposits, orders, conversions, transfers, quotes taken once or again, withdrawals and their cancellation, faults of the chain,
crashes. A run is a list of integers, each of which stands for one thing that happens, so that what fails can be made short.
BEDESTEN_PROPERTY_RUNS multiplies the number of runs.
"""

from __future__ import annotations

import contextlib
import logging
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.chain.addresses import derive
from bedesten.domain.commands import CancelAll, PlaceOrder, SetIndex
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.domain.networks import AddressFormat
from bedesten.services.errors import ChainRefused
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.otc.quotes import Quote, QuoteState
from bedesten.services.ports import Destination
from tests.properties.money_venue import BITCOIN, BTC, DEPTH, FILE, PRICE, USD, MoneyVenue
from tests.properties.streams import shortest
from tests.properties.test_machine_is_naive import bounded

ELSEWHERE = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
LENGTH = 120  # things that happen in a run
SEEDS = st.lists(st.integers(0, (1 << 32) - 1), min_size=LENGTH // 2, max_size=LENGTH)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Processes die here by the dozen; their last words are not news."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class AllMoney:
    """A venue, and everything that may happen to its money."""

    def __init__(self) -> None:
        self.money = MoneyVenue()
        self.owners = list(self.money.addresses)
        self.quotes: list[Quote] = []
        self.settled: set[str] = set()
        self.dice = random.Random(0)
        self.script: list[str] = []
        self.happenings: list[tuple[int, Callable[[], None]]] = [
            (10, self.deposit), (18, self.order), (3, self.cancel_orders), (3, self.index), (8, self.convert), (6, self.transfer),
            (10, self.ask_for_quote), (14, self.accept), (14, self.withdraw), (8, self.meddle), (3, self.reorganize),
            (14, self.blocks), (2, self.crash), (4, self.light_the_fuse),
        ]  # fmt: skip

    def step(self, seed: int) -> None:
        """Let happen what an integer stands for now, and look at everything."""
        self.dice = random.Random(seed)
        weights = [weight for weight, _ in self.happenings]
        happening = self.dice.choices([each for _, each in self.happenings], weights)[0]
        self.script.append(happening.__name__)
        happening()
        self.money.check()

    @property
    def venue(self) -> Any:
        return self.money.venue

    def anybody(self) -> int:
        return self.dice.choice(self.owners)

    def other(self, owner: int) -> int:
        return next(each for each in self.owners if each != owner)

    def some(self, most: int) -> int:
        """Return a number up to *most*, small ones more often."""
        return 1 + int(most * self.dice.random() ** 2)

    def deposit(self) -> None:
        """The faucet pays a customer's address, sometimes too little to be credited."""
        amount = self.dice.choice([self.some(100_000), self.some(100_000), self.some(120)])
        self.money.run(self.venue.network_deposits.fund(BITCOIN, BTC, amount, self.money.addresses[self.anybody()]))

    def order(self) -> None:
        """An order that may rest or trade."""
        command = PlaceOrder(
            account=self.anybody(), instrument=1, side=self.dice.choice(list(Side)), order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=PRICE + self.dice.randint(-1, 1), quantity=self.some(900),
        )  # fmt: skip
        self.money.run(self._submit(command))

    def cancel_orders(self) -> None:
        self.money.run(self._submit(CancelAll(account=self.anybody())))

    def index(self) -> None:
        self.money.run(self._submit(SetIndex(instrument=1, price=PRICE + self.dice.randint(-2, 2))))

    def convert(self) -> None:
        assets = self.dice.choice([(BTC, USD), (USD, BTC)])
        amounts = {self.dice.choice(["amount", "to_amount"]): self.some(400_000)}
        self.money.run(self.venue.conversions.convert(self.anybody(), *assets, **amounts))

    def transfer(self) -> None:
        owner, asset = self.anybody(), self.dice.choice(["USD", "BTC"])
        self.money.run(self.venue.accounts.transfer(owner, self.other(owner), asset, self.some(400_000)))

    def ask_for_quote(self) -> None:
        side, base = self.dice.choice(list(Side)), 100 + self.some(20_000)
        made = self.money.run(self.venue.otc.quote(self.anybody(), FILE.instruments[0], side, base=base))
        self.quotes += [made] if isinstance(made, Quote) else []

    def accept(self) -> None:
        """Take a quote, perhaps one that was taken before, perhaps before a crash, perhaps somebody else's."""
        if not self.quotes:
            return
        quote, crashes = self.dice.choice(self.quotes[-6:]), self.money.crashes
        is_owner = self.dice.random() < 0.9
        account, part = quote.account if is_owner else self.other(quote.account), self.dice.choice([0, 0, 1, 5_000])
        done = self.money.run(self.venue.otc.accept(account, quote.id, base=part))
        if done is None or crashes != self.money.crashes:
            return  # the answer was lost with the process
        if not is_owner:
            assert done.refusal is OtcRefusal.UNKNOWN_QUOTE
        elif quote.id in self.settled:
            assert done.refusal is OtcRefusal.SETTLED
        elif done.refusal in (None, OtcRefusal.SETTLED):
            assert done.quote.state is QuoteState.SETTLED
            self.settled.add(quote.id)

    def withdraw(self) -> None:
        """To the other customer's address, or away; sometimes so much that the operator is asked."""
        owner = self.anybody()
        to = self.dice.choice([self.money.addresses[self.other(owner)], ELSEWHERE])
        fee_within = self.dice.random() < 0.5
        asked = self.venue.network_withdrawals.request(
            owner, BTC, BITCOIN, self.some(70_000), to, fee_within=fee_within
        )
        self.money.run(asked)

    def meddle(self) -> None:
        """A customer takes one back, the operator approves it, or the chain misbehaves."""
        rows = self.venue.network_withdrawals.open()
        if not rows:
            return
        row, what = self.dice.choice(rows), self.dice.choice(["cancel", "approve", "fail", "delay", "include"])
        if what == "cancel":
            self.money.run(self.venue.withdrawals.cancel(row.account, row.id))
        elif what == "approve":
            self.money.run(self.venue.network_withdrawals.approve(row.id))
        else:
            self.money.run(self._fault(getattr(self.venue.chain_faults, what)(row.id)))

    def reorganize(self) -> None:
        """Deeper than the confirmations, too: then what was credited stays credited."""
        depth = self.dice.randint(1, 2 * DEPTH)
        self.money.run(self._fault(self.venue.chain_faults.reorganize("Bitcoin", depth)))

    def blocks(self) -> None:
        self.money.run(self.money.blocks(self.dice.randint(1, DEPTH + 1)))

    def crash(self) -> None:
        """Between two requests: what comes back is what was there."""
        digest = self.venue.sequencer.state.machine.digest()
        self.money.restart()
        assert self.venue.sequencer.state.machine.digest() == digest

    def light_the_fuse(self) -> None:
        """The process will die at one of the next writes: before it, or just behind."""
        self.money.store.left, self.money.store.is_behind = self.dice.randint(0, 6), self.dice.random() < 0.5

    def end(self) -> None:
        """Let everything come to its end, and compare with the chain."""
        self.money.store.left = None
        self.money.end()

    async def _submit(self, command: Any) -> None:
        await self.venue.sequencer.submit(command)

    async def _fault(self, fault: Any) -> None:
        with contextlib.suppress(ChainRefused):  # confirmed, not sent yet, not delayed
            await fault


def failure(seeds: list[int]) -> tuple[str, list[str]] | None:
    """Play a run; return what went wrong, if anything, and what had happened."""
    play = AllMoney()
    try:
        for seed in seeds:
            play.step(seed)
        play.end()
    except Exception as error:  # noqa: BLE001  money that does not add up is what is looked for
        return f"{type(error).__name__}: {error}", play.script
    return None


def test_no_interleaving_makes_or_loses_money() -> None:
    """All of it, with a replay to the same state at the end of each run."""

    @bounded
    @given(SEEDS)
    def play(seeds: list[int]) -> None:
        if failure(seeds) is None:
            return
        found = failure(shortest(seeds, lambda part: failure(part) is not None))
        assert found is not None
        pytest.fail("\n".join([found[0], *found[1]]), pytrace=False)

    play()
