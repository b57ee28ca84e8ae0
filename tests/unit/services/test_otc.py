"""The OTC desk on a clock that stands still until told: quotes, their end, and money that only moves in pairs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.domain.commands import Exchange, SetIndex
from bedesten.domain.enums import Side
from bedesten.domain.notes import Converted
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.errors import OutcomeUnknown, StoreFailure
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.otc import fold_settled
from bedesten.services.otc.desk import Acceptance, OtcRefusal
from bedesten.services.otc.fold_settled import SettledQuotesFold
from bedesten.services.otc.quotes import Quote, QuoteState
from bedesten.services.ports import Batch
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

R = OtcRefusal
UNIT: Final = 10**8
MS: Final = 1_000_000
FILE: Final = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "test"
[groups.main]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[otc]
valid_ms = 10000
tolerance = 0.001
discounts = [0, 0.5]
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.01
inventory_max = 30
spreads = [{ quantity = 1, spread = 0.001 }, { quantity = 10, spread = 0.002 }]
"""


@dataclass
class Desk:
    """A venue with a desk that has 20 BTC and a million dollars, and two customers who have ten of each thousand."""

    venue: Venue
    clock: ManualClock
    alice: int
    bob: int
    store: SqliteStore

    async def restart(self) -> None:
        """Begin again over what the store holds, as after a crash."""
        await self.venue.sequencer.stop()
        file = parse_venue_file(FILE, source="tests")
        self.venue = open_venue(self.store, self.clock, Catalogue(file.assets, file.instruments), otc=file.otc)

    async def index(self, price: int) -> None:
        """Tell the index price, in dollars."""
        await self.venue.sequencer.submit(SetIndex(instrument=1, price=2 * price))

    async def quote(self, side: Side = Side.BUY, base: int = UNIT, quote: int = 0, account: int = 0) -> Quote:
        """Return a quote; the desk must give one."""
        made = await self.ask(side, base, quote, account)
        assert isinstance(made, Quote), made
        return made

    async def ask(
        self, side: Side = Side.BUY, base: int = UNIT, quote: int = 0, account: int = 0
    ) -> Quote | OtcRefusal:
        instrument = self.venue.catalogue.instruments[0]
        return await self.venue.otc.quote(account or self.alice, instrument, side, base=base, quote=quote)

    async def accept(self, quote: Quote, account: int = 0, **part: int) -> Acceptance:
        return await self.venue.otc.accept(account or self.alice, quote.id, **part)

    async def money(self) -> list[tuple[int, int]]:
        """Return BTC and USD of the desk, alice and bob."""
        machine = self.venue.sequencer.state.machine
        machine.audit()
        return [(machine.balance(of, 2)[0], machine.balance(of, 1)[0]) for of in (DESK, self.alice, self.bob)]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """An open desk at an index price of 20,000."""
    file, clock, store = parse_venue_file(FILE, source="tests"), ManualClock(), open_memory()
    venue = open_venue(store, clock, Catalogue(file.assets, file.instruments), otc=file.otc)
    for command in setup_commands(file):
        await venue.sequencer.submit(command)
    alice, bob = await venue.accounts.open("alice"), await venue.accounts.open("bob")
    purses = {DESK: (1_000_000, 20), alice.id: (100_000, 15), bob.id: (100_000, 15)}
    for account, (usd, btc) in purses.items():
        await venue.accounts.transfer(OUTSIDE, account, "USD", usd * UNIT)
        await venue.accounts.transfer(OUTSIDE, account, "BTC", btc * UNIT)
    opened = Desk(venue, clock, alice.id, bob.id, store)
    await opened.index(20_000)
    yield opened
    venue = opened.venue
    await venue.sequencer.stop()
    sums = {key: total for key, total in ((row[:2], row[2]) for row in store.sums()) if total}
    replayed = recover(store).machine
    assert replayed.digest() == venue.sequencer.state.machine.digest()
    assert all(replayed.balance(account, asset)[0] == total for (account, asset), total in sums.items())
    store.close()


async def test_a_quote_is_the_reference_price_and_a_spread_by_size(desk: Desk) -> None:
    """A buyer pays above it, a seller gets below it, and more so for a larger quantity."""
    small, large = await desk.quote(), await desk.quote(base=4 * UNIT)
    sold, spent = await desk.quote(Side.SELL), await desk.quote(base=0, quote=20_020 * UNIT)

    assert (small.base, small.quote) == (UNIT, 20_020 * UNIT)
    assert large.quote == 4 * 20_040 * UNIT
    assert sold.quote == 19_980 * UNIT
    assert (spent.base, spent.quote) == (UNIT * 20_020 // 20_040 + 0, 20_020 * UNIT)


async def test_a_customer_of_a_higher_level_pays_less_spread(desk: Desk) -> None:
    """The levels are somebody else's to know."""
    desk.venue.otc.level_of = lambda account: 1 if account == desk.alice else 0

    assert (await desk.quote()).quote == 20_010 * UNIT
    assert (await desk.quote(account=desk.bob)).quote == 20_020 * UNIT


@pytest.mark.parametrize(
    ("side", "base", "refusal"),
    [
        (Side.BUY, UNIT // 1000, R.TOO_SMALL), (Side.BUY, 0, R.TOO_SMALL), (Side.BUY, 11 * UNIT, R.TOO_LARGE),
        (Side.BUY, 1 << 80, R.TOO_LARGE),
    ],
)  # fmt: skip
async def test_a_quantity_beyond_the_limits_is_not_quoted(desk: Desk, side: Side, base: int, refusal: R) -> None:
    """Too small, too large."""
    assert await desk.ask(side, base) is refusal


async def test_the_desk_takes_no_more_than_its_inventory_allows(desk: Desk) -> None:
    """It has 20 BTC and may have 30; and it cannot sell what it has not."""
    bought = await desk.quote(Side.SELL, 10 * UNIT)
    other = await desk.quote(Side.SELL, 10 * UNIT, account=desk.bob)

    assert (await desk.accept(bought)).refusal is None
    assert (await desk.accept(other, desk.bob)).refusal is R.NO_INVENTORY
    assert await desk.ask(Side.SELL, UNIT) is R.NO_INVENTORY
    await desk.venue.accounts.transfer(DESK, OUTSIDE, "BTC", 30 * UNIT)
    assert await desk.ask(Side.BUY, UNIT) is R.NO_INVENTORY


async def test_an_accepted_quote_settles_both_legs_once(desk: Desk) -> None:
    """However often it is accepted, at the same moment or later; the answer is the same."""
    before = await desk.money()
    quote = await desk.quote()

    first, second = await asyncio.gather(desk.accept(quote), desk.accept(quote))
    late = await desk.accept(quote)

    assert [done.refusal for done in (first, second, late)] == [None, R.SETTLED, R.SETTLED]
    assert quote.state is QuoteState.SETTLED
    after = await desk.money()
    paid = 20_020 * UNIT
    assert after[0] == (before[0][0] - UNIT, before[0][1] + paid)
    assert after[1] == (before[1][0] + UNIT, before[1][1] - paid)


async def test_a_part_settles_at_the_same_price(desk: Desk) -> None:
    """In base or in quote; asking for more than was quoted is asking for all."""
    half, spent, more = [await desk.quote() for _ in range(3)]

    await desk.accept(half, base=UNIT // 2)
    await desk.venue.otc.accept(desk.alice, spent.id, quote=2_002 * UNIT)
    await desk.accept(more, base=9 * UNIT)

    assert [(one.base, one.quote) for one in (half, spent, more)] == [
        (UNIT // 2, 10_010 * UNIT), (UNIT // 10, 2_002 * UNIT), (UNIT, 20_020 * UNIT),
    ]  # fmt: skip


async def test_what_cannot_be_settled_moves_nothing(desk: Desk) -> None:
    """Someone else's, a rejected one, one that nobody gave, one too dear, and one whose time is over."""
    before = await desk.money()
    mine, refused, dear = await desk.quote(), await desk.quote(), await desk.quote(base=6 * UNIT)
    await desk.venue.otc.reject(desk.alice, refused.id)

    assert (await desk.accept(mine, desk.bob)).refusal is R.UNKNOWN_QUOTE
    assert (await desk.accept(refused)).refusal is R.REJECTED
    assert (await desk.venue.otc.accept(desk.alice, "nobody's")).refusal is R.UNKNOWN_QUOTE
    assert (await desk.accept(dear)).refusal is R.INSUFFICIENT_AVAILABLE
    desk.clock.advance(9_999 * MS)
    assert (await desk.ask()) is not R.NO_PRICE
    desk.clock.advance(1 * MS)
    assert (await desk.accept(mine)).refusal is R.EXPIRED
    assert (await desk.venue.otc.reject(desk.alice, mine.id)).refusal is R.EXPIRED
    assert await desk.money() == before


async def test_a_quote_is_firm_within_the_tolerance_and_requoted_beyond(desk: Desk) -> None:
    """The last look goes both ways: a customer does not pay an old price that has become too dear either."""
    firm, moved, fallen = await desk.quote(), await desk.quote(), await desk.quote()
    await desk.index(20_020)
    assert (await desk.accept(firm)).refusal is None
    await desk.index(20_021)
    before = await desk.money()

    answer = await desk.accept(moved)

    assert answer.refusal is R.MOVED and answer.quote is not None
    assert (moved.state, moved.replaced_by) == (QuoteState.REQUOTED, answer.quote.id)
    assert await desk.money() == before
    assert (await desk.accept(moved)).refusal is R.REQUOTED
    assert (await desk.accept(answer.quote)).refusal is None
    await desk.index(19_979)
    assert (await desk.accept(fallen)).refusal is R.MOVED


async def test_a_settled_quote_is_known_after_a_restart_and_moves_nothing_again(desk: Desk) -> None:
    """A customer whose answer was lost with the process asks again, and is told the same: amounts, price, client id, instant."""
    instrument, otc = desk.venue.catalogue.instruments[0], desk.venue.otc
    bought = await otc.quote(desk.alice, instrument, Side.BUY, base=UNIT, client_id="mine")
    sold = await otc.quote(desk.bob, instrument, Side.SELL, quote=999 * UNIT)
    assert isinstance(bought, Quote) and isinstance(sold, Quote)
    await desk.accept(bought, base=UNIT // 2)
    await desk.accept(sold, desk.bob)
    before = await desk.money()

    await desk.restart()

    for quote in (bought, sold):
        again = await desk.accept(quote, quote.account)
        assert (again.refusal, again.quote) == (R.SETTLED, quote)
        assert desk.venue.otc.find(quote.account, quote.id) == quote
        assert (await desk.venue.otc.reject(quote.account, quote.id)).refusal is R.SETTLED
    assert (await desk.accept(bought, desk.bob)).refusal is R.UNKNOWN_QUOTE
    assert await desk.money() == before


async def test_a_crash_behind_the_commit_leaves_a_settled_quote(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The money has moved and nobody was told: the retry is told."""
    quote, before = await desk.quote(), await desk.money()
    commit = SqliteStore.commit

    def dying(store: SqliteStore, batch: Batch) -> None:
        commit(store, batch)
        raise StoreFailure("the process ends here")

    monkeypatch.setattr(SqliteStore, "commit", dying)
    with pytest.raises(OutcomeUnknown):
        await desk.accept(quote)
    monkeypatch.setattr(SqliteStore, "commit", commit)
    await desk.restart()

    again = await desk.accept(quote)

    assert again.refusal is R.SETTLED
    assert again.quote is not None and again.quote.base == UNIT
    assert (await desk.money())[1] == (before[1][0] + UNIT, before[1][1] - 20_020 * UNIT)


async def test_a_crash_before_the_commit_forgets_the_quote(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moved, and nothing can: an open quote does not outlive the process."""
    quote, before = await desk.quote(), await desk.money()

    def dying(store: SqliteStore, batch: Batch) -> None:
        raise StoreFailure("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteStore, "commit", dying)
        with pytest.raises(OutcomeUnknown):
            await desk.accept(quote)
    await desk.restart()

    assert (await desk.accept(quote)).refusal is R.UNKNOWN_QUOTE
    assert await desk.money() == before


async def test_a_customer_who_may_not_trade_takes_no_quote(desk: Desk) -> None:
    """Of too low a level: she is given none, and one from before stays open; nothing moves."""
    quote, before = await desk.quote(), await desk.money()
    await desk.venue.customers.introduce(desk.alice, "alice@example.com", "hash", level=1)

    assert await desk.ask() is R.SUSPENDED
    assert (await desk.accept(quote)).refusal is R.SUSPENDED
    assert (quote.state, await desk.money()) == (QuoteState.OPEN, before)


async def test_only_the_latest_settled_quotes_come_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the log, so each process forgets the same; and other exchanges with the desk are none of them."""
    monkeypatch.setattr(fold_settled, "SETTLED_MAX", 2)
    quotes = [await desk.quote(base=UNIT // 10) for _ in range(5)]
    for quote in quotes:
        await desk.accept(quote)
    other = Exchange(account=desk.alice, to_account=DESK, asset=1, amount=5, to_asset=2, to_amount=1)
    await desk.venue.sequencer.submit(other, notes=(Converted(desk.alice, 1, 5, 2, 1, "2", 1),))
    await desk.venue.sequencer.submit(other)

    live = desk.venue.sequencer.state.folds
    again = recover(desk.store).folds
    copied = SettledQuotesFold()
    copied.restore(live.of(SettledQuotesFold).capture())

    for fold in (live.of(SettledQuotesFold), again.of(SettledQuotesFold), copied):
        assert list(fold.settled) == [quote.id for quote in quotes[3:]]
    assert live.digest() == again.digest()
    done = await desk.venue.otc_history.settlements(desk.alice, oldest_first=True, limit=10)
    assert [each.quote.id for each in done] == [quote.id for quote in quotes]


async def test_without_a_reference_price_nothing_is_quoted(desk: Desk) -> None:
    """Neither an index nor a book."""
    file = parse_venue_file(FILE, source="tests")
    venue = open_venue(open_memory(), desk.clock, Catalogue(file.assets, file.instruments), otc=file.otc)
    for command in setup_commands(file):
        await venue.sequencer.submit(command)

    alice = await venue.accounts.open("alice")
    assert await venue.otc.quote(alice.id, file.instruments[0], Side.BUY, base=UNIT) is R.NO_PRICE
    await venue.sequencer.stop()


@pytest.mark.parametrize("seed", range(4))
async def test_no_interleaving_makes_or_loses_money(desk: Desk, seed: int) -> None:
    """Quotes, acceptances all at once, moves of the price and of the clock: what all have together stays what it was."""
    dice = random.Random(seed)
    whole = [sum(column) for column in zip(*await desk.money(), strict=True)]
    quotes: list[Quote] = []
    for _ in range(40):
        await desk.index(20_000 + dice.randint(-15, 15))
        for account in (desk.alice, desk.bob):
            side, size = dice.choice(list(Side)), dice.randint(1, 3 * UNIT)
            made = await desk.ask(side, *dice.choice([(size, 0), (0, size * 20_000)]), account)
            quotes += [made] if isinstance(made, Quote) else []
        taken = [dice.choice(quotes) for _ in range(3)] if quotes else []
        await asyncio.gather(*(desk.accept(one, one.account, base=dice.choice([0, one.base // 3])) for one in taken))
        desk.clock.advance(dice.randint(0, 3_000) * MS)
        assert [sum(column) for column in zip(*await desk.money(), strict=True)] == whole
    assert sum(quote.state is QuoteState.SETTLED for quote in quotes) > 5


def commits_of(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that will hold how many commands each commit has."""
    counts: list[int] = []
    commit = store.commit

    def counted(batch: Any) -> None:
        counts.append(batch.count)
        commit(batch)

    monkeypatch.setattr(store, "commit", counted)
    return counts


async def test_acceptances_share_a_commit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty of them wait for the disk once or twice, not one behind the other."""
    quotes = [await desk.quote(base=UNIT // 10, account=(desk.alice, desk.bob)[at % 2]) for at in range(20)]
    counts = commits_of(desk.store, monkeypatch)

    done = await asyncio.gather(*(desk.accept(quote, quote.account) for quote in quotes))

    assert [each.refusal for each in done] == [None] * 20
    assert sum(counts) == 20 and len(counts) <= 2


@pytest.mark.parametrize("is_busy", [False, True])
async def test_acceptances_together_take_no_more_than_there_is(desk: Desk, is_busy: bool) -> None:
    """Of four that ask for two each, two get what the desk has; of twelve that bring, as many as it has room for."""
    await desk.venue.accounts.transfer(DESK, OUTSIDE, "BTC", 15 * UNIT)
    bought = [await desk.quote(base=2 * UNIT, account=(desk.alice, desk.bob)[at % 2]) for at in range(4)]
    sold = [await desk.quote(Side.SELL, base=5 * UNIT // 2, account=(desk.alice, desk.bob)[at % 2]) for at in range(12)]
    for quotes, count in ((bought, 2), (sold, 11)):
        if is_busy:  # all of them look when the commit in flight is through
            desk.venue.sequencer.submit(SetIndex(instrument=1, price=40_000))
            await asyncio.sleep(0)
        done = await asyncio.gather(*(desk.accept(quote, quote.account) for quote in quotes))
        refusals = [each.refusal for each in done]
        assert refusals.count(None) == count and set(refusals) == {None, R.NO_INVENTORY}

    (btc, _), *_ = await desk.money()
    assert btc == 1 * UNIT + 11 * 5 * UNIT // 2
    assert desk.venue.otc._claims == {}


async def test_the_last_of_the_inventory_is_to_be_had_right_behind_another_commit(desk: Desk) -> None:
    """What an acceptance took counts once: as a claim until its commit, and in the balance from then on."""
    first = await desk.quote(base=4 * UNIT, account=desk.alice)
    rest = await desk.quote(base=4 * UNIT, account=desk.bob)
    await desk.venue.accounts.transfer(DESK, OUTSIDE, "BTC", 12 * UNIT)
    taking = asyncio.create_task(desk.accept(first))
    for _ in range(3):
        await asyncio.sleep(0)
    late = await desk.accept(rest, desk.bob)

    assert (await taking).refusal is None and late.refusal is None
