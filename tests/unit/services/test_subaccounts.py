"""Sub-accounts: who belongs to whom, money within the family, its history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from tests.unit.services.market import BTC, ETH, USD, Market, open_market, order

from bedesten.clock import ManualClock
from bedesten.domain.commands import Exchange, SetAccount
from bedesten.domain.enums import AccountParameter, Side
from bedesten.domain.notes import AccountNamed, FamilyMoved
from bedesten.services.errors import NameRefused, NameTaken, Overloaded
from bedesten.services.money import subaccounts
from bedesten.services.money.subaccounts import Portion, Subaccounts, SubTransferRefusal
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.sequencing.sequencer import Submission
from bedesten.services.store_types import Account
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

R = SubTransferRefusal
SECOND: Final = 1_000_000_000


@dataclass
class Family:
    """A market whose alice has two sub-accounts, left and right; the first has a hundred of everything."""

    store: SqliteStore
    clock: ManualClock
    market: Market
    subs: Subaccounts
    left: Account
    right: Account

    async def again(self) -> None:
        """Begin as a new process does, from the log alone."""
        await self.market.venue.sequencer.stop()
        digest = self.market.venue.sequencer.state.folds.digest()
        self.market = await open_market(self.store, self.clock)
        assert self.market.venue.sequencer.state.folds.digest() == digest
        self.subs = self.market.venue.subaccounts

    async def move(
        self, source: str, target: str, *portions: Portion, by: Account | None = None, id: str = ""
    ) -> SubTransferRefusal | None:
        asker = by or self.market.alice
        return await self.subs.transfer(asker.id, source, target, portions, client_id=id)

    async def has(self, account: Account, *assets: Any) -> list[int]:
        self.market.venue.sequencer.state.machine.audit()
        return [(await self.market.venue.accounts.balance(account.id, asset)).total for asset in assets or (BTC,)]


@pytest.fixture
async def family() -> AsyncIterator[Family]:
    """The family."""
    store, clock = open_memory(), ManualClock()
    market = await open_market(store, clock)
    subs = market.venue.subaccounts
    left, right = [await subs.open(name, market.alice) for name in ("left", "right")]
    for asset in (BTC, USD, ETH):
        await market.venue.accounts.deposit(left.id, asset.code, 100)
    yield Family(store, clock, market, subs, left, right)
    await market.venue.sequencer.stop()


async def test_a_family_is_known_after_a_restart(family: Family) -> None:
    """The main account first; a stranger is a family of one."""
    await family.again()
    alice, bob = family.market.alice.id, family.market.bob.id

    assert family.subs.family(family.right.id) == [alice, family.left.id, family.right.id]
    assert [family.subs.main_of(each) for each in (alice, family.left.id, bob)] == [alice, alice, bob]
    assert family.subs.family(bob) == [bob]


async def test_a_sub_account_has_one_main_account_which_is_none_itself(family: Family) -> None:
    """Nor does the venue's own money have children, nor anybody too many."""
    bob = family.market.bob
    fees = family.market.venue.accounts.by_id(1)
    assert fees is not None
    for name, parent, error in (
        ("deep", family.left, NameRefused),
        ("fees-sub", fees, NameRefused),
        ("left", bob, NameTaken),
        ("left", family.market.alice, NameTaken),
        ("bob", family.market.alice, NameTaken),
        ("bob", bob, NameTaken),
        ("fees", bob, NameTaken),
    ):
        with pytest.raises(error):
            await family.subs.open(name, parent)


async def test_only_so_many_belong_to_one(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked through for the history."""
    monkeypatch.setattr(subaccounts, "SUBACCOUNTS_MAX", 2)

    with pytest.raises(NameRefused):
        await family.subs.open("third", family.market.alice)


async def test_an_account_that_nothing_was_done_with_can_be_adopted(family: Family) -> None:
    """An older program opened it and its record was not kept, or the operator forgot whose it is."""
    opened = await family.market.venue.accounts.open("half")

    assert await family.subs.open("half", family.market.bob) == opened
    assert family.subs.main_of(opened.id) == family.market.bob.id
    await family.again()
    assert family.subs.family(opened.id) == [family.market.bob.id, opened.id]


async def test_a_sub_account_is_opened_by_one_batch(family: Family) -> None:
    """Account, family and the suspension that it is born with: there whole after a crash, or not at all."""
    await family.market.venue.standing.suspend(family.market.alice.id)
    before = len(list(family.store.batches(0)))

    third = await family.subs.open("third", family.market.alice)

    (batch,) = list(family.store.batches(0))[before:]
    assert (batch.count, batch.notes) == (2, [(0, AccountNamed("third", family.market.alice.id))])
    assert family.market.venue.sequencer.state.machine.is_suspended(third.id)


async def test_an_account_is_adopted_once_and_nobody_gets_too_many(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks at the same time waits, and finds what there is then."""
    monkeypatch.setattr(subaccounts, "SUBACCOUNTS_MAX", 3)
    await family.market.venue.accounts.open("half")
    asked = [("half", family.market.bob), ("half", family.market.alice), ("a", family.market.alice)]
    asked.append(("b", family.market.alice))

    done = await asyncio.gather(*(family.subs.open(*each) for each in asked), return_exceptions=True)

    assert [type(each).__name__ for each in done] == ["Account", "NameTaken", "Account", "NameRefused"]


async def test_several_assets_move_together_all_of_one_among_them(family: Family) -> None:
    """What is held stays."""
    await family.market.venue.trading.place(order(family.left, Side.BUY, 1, 30))

    assert await family.move("left", "right", Portion(BTC, 40), Portion(USD, None)) is None
    assert await family.has(family.left, BTC, USD) == [60, 30]
    assert await family.has(family.right, BTC, USD) == [40, 70]


async def test_the_main_account_moves_between_any_two_a_sub_account_its_own(family: Family) -> None:
    """And nobody anything of another family's."""
    portion = Portion(BTC, 1)

    assert await family.move("left", "alice", portion, by=family.left) is None
    assert await family.move("left", "right", portion, by=family.left) is None
    assert await family.move("alice", "left", portion, by=family.left) is R.NOT_YOURS
    assert await family.move("right", "left", portion, by=family.left) is R.NOT_YOURS
    for source, target in (("left", "bob"), ("bob", "left"), ("left", "nobody"), ("left", "left"), ("fees", "left")):
        assert await family.move(source, target, portion) is R.NOT_FAMILY
    assert await family.move("left", "right", portion, by=family.market.bob) is R.NOT_FAMILY
    assert await family.has(family.left) == [98]


@pytest.mark.parametrize(
    ("portions", "refusal"),
    [
        ((), R.MALFORMED),
        ((Portion(BTC, 1), Portion(BTC, None)), R.MALFORMED),
        ((Portion(BTC, 101),), R.INSUFFICIENT_AVAILABLE),
        ((Portion(BTC, 1), Portion(USD, 101)), R.INSUFFICIENT_AVAILABLE),
        ((Portion(BTC, 0),), R.INSUFFICIENT_AVAILABLE),
    ],
)
async def test_a_request_is_refused_whole(
    family: Family, portions: tuple[Portion, ...], refusal: SubTransferRefusal
) -> None:
    """No asset of it moves."""
    assert await family.move("left", "right", *portions) is refusal
    assert await family.has(family.left, BTC, USD) == [100, 100]


async def test_nothing_is_all_of_nothing(family: Family) -> None:
    """Everything of what is not there cannot move."""
    assert await family.move("right", "left", Portion(BTC, None)) is R.INSUFFICIENT_AVAILABLE


async def test_a_suspended_account_gives_nothing(family: Family) -> None:
    """Not within the family either; it may be paid."""
    suspend = SetAccount(account=family.left.id, parameter=AccountParameter.SUSPENDED, value=1)
    await family.market.venue.sequencer.submit(suspend)

    assert await family.move("left", "right", Portion(BTC, 1)) is R.SUSPENDED
    assert await family.move("alice", "left", Portion(BTC, 1)) is None


async def test_all_assets_move_in_one_batch_or_none_does(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look and the commands are one step; without room for all of them nothing is handed in, and the id stays free."""
    before = len(list(family.store.batches(0)))
    with monkeypatch.context() as crowded:
        crowded.setattr(sequencer_module, "WAITING_MAX", 1)
        with pytest.raises(Overloaded):
            await family.move("left", "right", Portion(BTC, 1), Portion(USD, 1), id="mine")
    assert await family.has(family.left, BTC, USD) == [100, 100]

    assert await family.move("left", "right", Portion(BTC, 2), Portion(USD, 3), id="mine") is None

    (batch,) = list(family.store.batches(0))[before:]
    ((at, note),) = batch.notes
    assert (batch.count, at) == (2, 1)
    assert isinstance(note, FamilyMoved) and (note.account, note.client_id) == (family.market.alice.id, "mine")
    assert await family.has(family.right, BTC, USD) == [2, 3]


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("others", ["conversions", "transfers", "orders"])
async def test_money_that_others_want_at_the_same_time_moves_whole_or_not_at_all(
    family: Family, others: str, is_first: bool
) -> None:
    """Whatever was rehearsed before and still waits, and whatever comes behind, takes no part of a group away."""
    sequencer, left = family.market.venue.sequencer, family.left
    exchange = Exchange(
        account=left.id, to_account=family.market.bob.id, asset=USD.id, amount=60, to_asset=ETH.id, to_amount=1
    )

    async def want() -> None:
        match others:
            case "conversions":
                await sequencer.submit_first(lambda machine: [Submission(exchange)])[0]
            case "transfers":
                await family.move("left", "right", Portion(ETH, 1), Portion(USD, 60))
            case "orders":
                await family.market.venue.trading.place(order(left, Side.BUY, 1, 60))

    async def move(amount: int) -> SubTransferRefusal | None:
        return await family.move("left", "right", Portion(BTC, amount), Portion(USD, 60))

    async def ask() -> list[SubTransferRefusal | None]:
        if is_first:
            first, _, second, _ = await asyncio.gather(move(7), want(), move(8), want())
        else:
            _, first, _, second = await asyncio.gather(want(), move(7), want(), move(8))
        return [first, second]

    told = await ask()

    moved = [amount for amount, refusal in zip((7, 8), told, strict=True) if refusal is None]
    assert moved == ([7] if is_first else [] if others != "orders" else [7])
    assert {*told} <= {None, R.INSUFFICIENT_AVAILABLE}
    assert await family.has(family.right, BTC) == [sum(moved)]
    assert await family.has(family.left, USD) == [40]


async def test_an_id_moves_once_even_after_a_restart(family: Family) -> None:
    """Another request under the id is refused."""
    for _ in range(2):
        assert await family.move("left", "right", Portion(BTC, 1), Portion(USD, None), id="mine") is None
        await family.again()

    assert await family.move("left", "right", Portion(BTC, 2), id="mine") is R.ID_USED
    assert await family.has(family.right, BTC, USD) == [1, 100]


async def test_the_history_is_the_family_s_alone(family: Family) -> None:
    """Newest first, by pages; the main account sees all, a sub-account what concerns it; a window bounds it."""
    await family.market.venue.accounts.transfer(family.market.alice.id, family.market.bob.id, "BTC", 5)
    await family.market.venue.accounts.transfer(family.left.id, family.market.bob.id, "BTC", 5)
    await family.move("alice", "left", Portion(BTC, 3))
    family.clock.advance(SECOND)
    await family.move("left", "right", Portion(BTC, 2), Portion(USD, 1))

    async def amounts(account: Account, **more: int) -> list[int]:
        page = await family.subs.history(account.id, limit=10, **more)
        return [row.amount for row in page.rows]

    assert await amounts(family.market.alice) == await amounts(family.left) == [1, 2, 3]
    assert await amounts(family.right) == [1, 2]
    assert await amounts(family.market.bob) == []
    assert await amounts(family.market.alice, start_ns=family.clock.now_ns()) == [1, 2]
    assert await amounts(family.market.alice, end_ns=family.clock.now_ns()) == [3]
    page = await family.subs.history(family.market.alice.id, skip=1, limit=1)
    assert ([row.amount for row in page.rows], page.total) == ([2], 3)
