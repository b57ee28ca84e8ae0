"""Nobody gains by holding quotes: whatever the path of the index and whichever of them are accepted at one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.services.market import Pausing, settle

from bedesten.clock import ManualClock
from bedesten.config import ConfigError, parse_venue_file, setup_commands
from bedesten.domain.commands import RecordNote, SetIndex
from bedesten.domain.enums import Side
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.instruments import Catalogue
from bedesten.services.money.conversions import Conversion
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.otc.quotes import Quote
from bedesten.services.ports import Store
from bedesten.services.venue import open_venue
from bedesten.storage.memory import open_memory

T = TypeVar("T")
R = OtcRefusal
UNIT: Final = 10**8
START: Final = 69_980 * 2  # half dollars


def a_file(spread: str = "0.001", discount: str = "0", tolerance: str | None = None, convert: bool = False) -> str:
    """Return a venue file with one market."""
    return f"""
assets = [{{ code = "USD", name = "US Dollar", fiat = true }}, {{ code = "BTC", name = "Bitcoin" }}]
instruments = [{{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 }}]
[venue]
name = "test"
[groups.main]
fees = [{{ maker = 0, taker = 0 }}]
[otc]
valid_ms = 600000
{"" if tolerance is None else f"tolerance = {tolerance}"}
discounts = [0, {discount}]
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.00000001
spreads = [{{ quantity = 10, spread = {spread} }}, {{ quantity = 100, spread = 0.004 }}]
{"[convert]" if convert else ""}
{"spread = 0" if convert else ""}
"""


@pytest.mark.parametrize(
    ("spread", "discount", "tolerance"),
    [("0.001", "0.8", "0.001"), ("0.0004", "0", "0.001"), ("0.001", "1", "0.000001")],
)
def test_a_file_whose_tolerance_is_more_than_both_ways_cost_is_refused(
    spread: str, discount: str, tolerance: str
) -> None:
    """With the discount of the highest level at the smallest spread; the sentence says what to set."""
    with pytest.raises(
        ConfigError, match=r"otc\.tolerance: .* Set otc\.tolerance to 0(\.\d+)? at most, raise the spreads"
    ):
        parse_venue_file(a_file(spread, discount, tolerance), source="tests")


@pytest.mark.parametrize(
    ("discount", "written", "ppm"), [("0.8", None, 200), ("0", None, 1_000), ("0.8", "0.0004", 400), ("1", None, 0)]
)
def test_a_tolerance_is_what_the_spread_bears(discount: str, written: str | None, ppm: int) -> None:
    """Where the file does not say, no more than the least spread less the greatest discount."""
    file = parse_venue_file(a_file(discount=discount, tolerance=written), source="tests")
    assert file.otc is not None and file.otc.tolerance_ppm == ppm


class Player:
    """A venue with a desk, and a customer of the highest level with a hundred of everything."""

    def __init__(self, text: str) -> None:
        file = parse_venue_file(text, source="tests")
        self.clock, self.store = ManualClock(), Pausing(open_memory())
        self.venue = open_venue(
            cast(Store, self.store),
            self.clock,
            Catalogue(file.assets, file.instruments),
            otc=file.otc,
            convert=file.convert,
        )
        self.file = file
        self.account = 0
        self.half_dollars = 0

    async def begin(self) -> None:
        for command in setup_commands(self.file):
            await self.venue.sequencer.submit(command)
        self.account = (await self.venue.accounts.open("alice")).id
        self.venue.otc.level_of = lambda account: 1
        for account in (DESK, self.account):
            await self.venue.accounts.transfer(OUTSIDE, account, "BTC", 1_000 * UNIT)
            await self.venue.accounts.transfer(OUTSIDE, account, "USD", 300_000_000 * UNIT)
        await self.index(START)

    async def index(self, half_dollars: int) -> None:
        self.half_dollars = half_dollars
        await self.venue.sequencer.submit(SetIndex(instrument=1, price=half_dollars))

    async def quote(self, side: Side, base: int = 0, money: int = 0) -> Quote | OtcRefusal:
        instrument = self.venue.catalogue.instruments[0]
        return await self.venue.otc.quote(self.account, instrument, side, base=base, quote=money)

    def worth(self) -> int:
        """Return what the customer has at the index price, in 10⁻⁸ half dollars."""
        machine = self.venue.sequencer.state.machine
        usd, btc = (machine.balance(self.account, asset)[0] for asset in (1, 2))
        return 2 * usd + btc * self.half_dollars

    async def end(self) -> None:
        await self.venue.sequencer.stop()
        self.store.close()


AMOUNTS = st.integers(1, 3 * UNIT)
MOVES = st.one_of(st.integers(-80, 80), st.integers(-700, 700))  # half dollars: within and beyond the spreads
STEPS = st.one_of(
    st.tuples(st.just("index"), MOVES),
    st.tuples(st.just("buy"), AMOUNTS), st.tuples(st.just("sell"), AMOUNTS),
    st.tuples(st.just("buy for"), AMOUNTS), st.tuples(st.just("sell for"), AMOUNTS),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([("0.001", "0.8", "0.0004"), ("0.001", "0", "0.002"), ("0.0003", "1", None), ("0.002", "0.5", "0.001")]),
    st.lists(STEPS, min_size=2, max_size=14), st.randoms(use_true_random=False),
)  # fmt: skip
def test_no_held_quotes_accepted_at_one_moment_gain_anything(
    terms: tuple[str, str, str | None], steps: list[tuple[str, int]], dice: object
) -> None:
    """At the index price of that moment the customer is worth no more after any of them, whole or in part, or converting back."""

    async def play() -> None:
        player = Player(a_file(*terms, convert=True))
        await player.begin()
        held: list[Quote] = []
        for what, amount in steps:
            if what == "index":
                await player.index(player.half_dollars + amount)
                continue
            side = Side.BUY if what.startswith("buy") else Side.SELL
            sizes = {"money": amount * 1_000} if what.endswith("for") else {"base": amount}
            made = await player.quote(side, **sizes)
            if isinstance(made, Quote):
                held.append(made)
        dice.shuffle(held)  # type: ignore[attr-defined]
        worth = player.worth()
        for quote in held:
            part = dice.choice(({}, {}, {"base": quote.base // 3 or 1}, {"quote": quote.quote // 3 or 1}))  # type: ignore[attr-defined]
            await player.venue.otc.accept(player.account, quote.id, **part)
            now = player.worth()
            assert now <= worth, f"{quote} gained {now - worth}"
            worth = now
        usd, btc = player.venue.catalogue.assets
        back = await player.venue.conversions.convert(player.account, btc, usd, amount=UNIT)
        assert isinstance(back, Conversion)
        assert player.worth() <= worth
        await player.end()

    asyncio.run(play())


@pytest.mark.parametrize("side", Side)
async def test_a_quote_beyond_the_reference_price_is_replaced(side: Side) -> None:
    """Tolerance 0.0004, spread 0.0002: a move of 0.0003 the customer's way is more than was paid for; against, it stands."""
    player = Player(a_file("0.001", "0.8", "0.0004"))
    await player.begin()
    gain = 1 if side is Side.BUY else -1
    for move, outcome in ((-gain * 42, None), (gain * 27, None), (gain * 42, R.MOVED)):
        await player.index(START)
        quote = await player.quote(side, base=UNIT)
        assert isinstance(quote, Quote)
        await player.index(START + move)
        assert (await player.venue.otc.accept(player.account, quote.id)).refusal is outcome, move
    await player.end()


async def behind_a_price_on_its_way(player: Player, ask: Coroutine[Any, Any, T], half_dollars: int) -> T:
    """Ask while a commit is under way and a price waits behind it: it is looked at before, and settled after."""
    sequencer = player.venue.sequencer
    player.store.hold_up()
    committed = sequencer.submit(RecordNote())
    await player.store.held()
    asked = asyncio.create_task(ask)
    await settle()
    assert sequencer.depths.reads == 1
    told = sequencer.submit(SetIndex(instrument=1, price=half_dollars))
    player.store.let_go()
    await asyncio.gather(committed, told)
    return await asked


async def test_no_price_comes_between_the_last_look_and_the_settlement() -> None:
    """A price that waits to be applied is looked at as well: the quote has moved."""
    player = Player(a_file())
    await player.begin()
    quote = await player.quote(Side.BUY, UNIT)
    assert isinstance(quote, Quote)

    taken = await behind_a_price_on_its_way(player, player.venue.otc.accept(player.account, quote.id), START + 4_000)

    assert taken.refusal is R.MOVED
    await player.end()


async def test_no_price_comes_between_a_rate_and_its_conversion() -> None:
    """What is converted is converted at the rate of the moment in which it is applied."""
    player = Player(a_file(convert=True))
    await player.begin()
    bitcoin, dollars = (player.venue.catalogue.asset(code) for code in ("BTC", "USD"))
    assert bitcoin is not None and dollars is not None

    done = await behind_a_price_on_its_way(
        player, player.venue.conversions.convert(player.account, bitcoin, dollars, amount=UNIT), START + 4_000
    )

    assert isinstance(done, Conversion)
    assert done.to_amount == (START + 4_000) * UNIT // 2
    await player.end()
