"""Sub-accounts: who belongs to whom, money within the family, its history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from tests.unit.services.market import BTC, ETH, USD, Market, open_market, order

from bedesten.clock import ManualClock
from bedesten.domain.commands import SetAccount, Transfer
from bedesten.domain.enums import AccountParameter, Side
from bedesten.domain.levels import Levels
from bedesten.services.errors import NameRefused, NameTaken, Overloaded
from bedesten.services.money import subaccounts
from bedesten.services.money.families import Families
from bedesten.services.money.subaccounts import Portion, Subaccounts, SubTransferRefusal
from bedesten.services.records import Account
from bedesten.services.standing import Standing
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

    def again(self) -> None:
        """Begin as a new process does."""
        self.subs = subaccounts_of(self.market, self.store)

    async def move(
        self, source: str, target: str, *portions: Portion, by: Account | None = None, id: str = ""
    ) -> SubTransferRefusal | None:
        asker = by or self.market.alice
        return await self.subs.transfer(asker.id, source, target, portions, client_id=id)

    async def has(self, account: Account, *assets: Any) -> list[int]:
        self.market.venue.sequencer.state.machine.audit()
        return [(await self.market.venue.accounts.balance(account.id, asset)).total for asset in assets or (BTC,)]


def subaccounts_of(market: Market, store: SqliteStore) -> Subaccounts:
    """Return the sub-accounts as a new process finds them."""
    sequencer, accounts, venue = market.venue.sequencer, market.venue.accounts, market.venue
    families = Families(sequencer, store)
    standing = Standing(sequencer, store, venue.customers.register, accounts, families, Levels())
    return Subaccounts(sequencer, store, accounts, venue.keys, families, standing)


@pytest.fixture
async def family() -> AsyncIterator[Family]:
    """The family."""
    store, clock = open_memory(), ManualClock()
    market = await open_market(store, clock)
    subs = subaccounts_of(market, store)
    left, right = [await subs.open(name, market.alice) for name in ("left", "right")]
    for asset in (BTC, USD, ETH):
        await market.venue.accounts.deposit(left.id, asset.code, 100)
    yield Family(store, clock, market, subs, left, right)
    await market.venue.sequencer.stop()


async def test_a_family_is_known_after_a_restart(family: Family) -> None:
    """The main account first; a stranger is a family of one."""
    family.again()
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


async def test_an_opening_that_a_crash_cut_short_goes_on(family: Family) -> None:
    """The account was opened and the record was not kept: the operator asks again."""
    opened = await family.market.venue.accounts.open("half")

    assert await family.subs.open("half", family.market.bob) == opened
    assert family.subs.main_of(opened.id) == family.market.bob.id


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


async def test_what_moved_before_a_late_refusal_is_given_back(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    """The money went elsewhere, or there was no room, after it was looked at: every asset or none, and the id is free again."""
    submit = family.market.venue.sequencer.submit
    trouble = {"left": 1, "is_busy": False}

    def refuse_second(command: Any, **more: Any) -> Any:
        if isinstance(command, Transfer) and command.asset == USD.id and trouble["left"]:
            trouble["left"] -= 1
            if trouble["is_busy"]:
                raise Overloaded("busy")
            command = Transfer(
                **{**dict(zip(command.__struct_fields__, command.fields(), strict=True)), "amount": 10**9}
            )
        return submit(command, **more)

    monkeypatch.setattr(family.market.venue.sequencer, "submit", refuse_second)
    for is_busy in (False, True):
        trouble.update(left=1, is_busy=is_busy)
        assert await family.move("left", "right", Portion(BTC, 1), Portion(USD, 1), id="mine") is R.GIVEN_BACK
        assert await family.has(family.left, BTC, USD) == [100, 100]
    trouble["left"] = 1
    with pytest.raises(Overloaded):
        await family.move("left", "right", Portion(USD, 1), id="mine")
    family.again()

    assert await family.move("left", "right", Portion(BTC, 2), id="mine") is None


async def test_an_id_moves_once_even_after_a_restart(family: Family) -> None:
    """Another request under the id is refused."""
    for _ in range(2):
        assert await family.move("left", "right", Portion(BTC, 1), Portion(USD, None), id="mine") is None
        family.again()

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
