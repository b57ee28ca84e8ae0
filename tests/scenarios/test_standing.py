"""Who may do what: every reason stands by itself, holds for the family, survives a restart, and is asked at the last moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.domain.commands import PlaceOrder, RecordNote, SetAccount, SetIndex
from bedesten.domain.enums import AccountParameter, OrderType, RejectReason, Side, TimeInForce
from bedesten.domain.notes import FlagsKept
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE, Account
from bedesten.services.errors import OperationRefused
from bedesten.services.instruments import Catalogue
from bedesten.services.money.subaccounts import Portion, SubTransferRefusal
from bedesten.services.operator.operations import Operations
from bedesten.services.standing.standing import NOTHING
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

FILE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "all", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "test"
[groups.all]
fees = [{ maker = 0, taker = 0 }]
[customers.levels]
trade = 2
"""
UNIT = 10**8


@dataclass
class House:
    """A venue whose main has two sub-accounts; all have money, and main is nobody's customer yet."""

    store: SqliteStore
    clock: ManualClock
    venue: Venue
    main: Account
    first: Account
    second: Account

    async def crash(self) -> None:
        """Lose the process: nothing but the store is left."""
        await self.venue.sequencer.stop()
        self.venue = await opened(self.store, self.clock)

    async def operator(self, operation: str, **arguments: object) -> list[dict[str, object]]:
        return await Operations(self.venue).call(operation, arguments)

    async def suspend(self, account: Account, is_suspended: bool = True) -> list[dict[str, object]]:
        return await self.operator("suspend_account", account=account.name, is_suspended=is_suspended)

    async def trades(self, account: Account) -> bool:
        """Return whether an order is taken, by the service and by the core alike."""
        command = PlaceOrder(
            account=account.id, instrument=1, side=Side.BUY, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
            price=10, quantity=10,
        )  # fmt: skip
        done = await self.venue.trading.place(command)
        assert done.reject in (None, RejectReason.ACCOUNT_SUSPENDED)
        if not self.venue.standing.is_suspended(account.id):
            return done.reject is None
        events = (await self.venue.sequencer.submit(command)).events
        assert done.reject is not None and [event.reason for event in events] == [RejectReason.ACCOUNT_SUSPENDED]  # type: ignore[union-attr]
        return False

    async def who_trades(self) -> str:
        accounts = {"m": self.main, "1": self.first, "2": self.second}
        return "".join([name for name, each in accounts.items() if await self.trades(each)])


async def opened(store: SqliteStore, clock: ManualClock) -> Venue:
    """Start as the program does."""
    file = parse_venue_file(FILE, source="tests")
    venue = open_venue(
        store, clock, Catalogue(file.assets, file.instruments), otc=file.otc, convert=file.convert, levels=file.levels
    )
    await venue.standing.set_up()
    return venue


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """The house."""
    store, clock = open_memory(), ManualClock()
    venue = await opened(store, clock)
    for command in setup_commands(parse_venue_file(FILE, source="tests")):
        await venue.sequencer.submit(command)
    await venue.sequencer.submit(SetIndex(instrument=1, price=40_000))
    main = await venue.accounts.open("main")
    first, second = [await venue.subaccounts.open(name, main) for name in ("first", "second")]
    for account in (DESK, main.id, first.id, second.id):
        for code in ("USD", "BTC"):
            await venue.accounts.transfer(OUTSIDE, account, code, 1_000 * UNIT)
    house = House(store, clock, venue, main, first, second)
    yield house
    house.venue.sequencer.state.machine.audit()
    await house.venue.sequencer.stop()
    store.close()


async def test_a_suspended_main_account_takes_its_family_along(house: House) -> None:
    """No order of anybody's, no money within the family; lifted, all of it comes back. A restart changes neither."""
    await house.suspend(house.main)
    assert await house.who_trades() == ""
    usd = house.venue.catalogue.asset("USD")
    assert usd is not None
    for asker, source, target in (("main", "first", "second"), ("first", "first", "main"), ("main", "main", "first")):
        account = house.venue.accounts.by_name(asker)
        assert account is not None
        moved = await house.venue.subaccounts.transfer(account.id, source, target, [Portion(usd, 5)])
        assert moved is SubTransferRefusal.SUSPENDED, (asker, source)
    await house.crash()
    assert await house.who_trades() == ""

    await house.suspend(house.main, False)

    assert await house.who_trades() == "m12"
    await house.crash()
    assert await house.who_trades() == "m12"


async def test_a_sub_account_that_is_opened_under_a_suspension_is_suspended(house: House) -> None:
    """By the service and in the core."""
    await house.suspend(house.main)

    third = await house.venue.subaccounts.open("third", house.main)
    await house.venue.accounts.transfer(OUTSIDE, third.id, "USD", UNIT)

    assert not await house.trades(third)
    await house.suspend(house.main, False)
    assert await house.trades(third)


@pytest.mark.parametrize("status", ["suspended", "blocked", "locked", "deleted"])
@pytest.mark.parametrize("restarts", [False, True])
async def test_each_reason_is_lifted_by_itself(house: House, status: str, restarts: bool) -> None:
    """A member's own suspension and the customer's: neither is lost when the other one is lifted."""
    await house.venue.customers.introduce(house.main.id, "main@example.com", "", level=2)
    await house.suspend(house.first)
    assert await house.who_trades() == "m2"
    await house.operator("set_customer", name="main", status=status)
    assert await house.who_trades() == ""

    told = await house.suspend(house.first, False)
    assert told == [{"account": "first", "still": f"its customer main is {status}"}]
    assert await house.who_trades() == ""
    await house.suspend(house.first)
    if restarts:
        await house.crash()
    assert await house.who_trades() == ""

    await house.operator("set_customer", name="main", status="normal")

    assert await house.who_trades() == "m2"
    assert await house.suspend(house.first, False) == []
    assert await house.who_trades() == "m12"


@pytest.mark.parametrize("arguments", [{"status": "normal"}, {"vip": 1}, {"level": 3}])
async def test_what_changes_nothing_of_a_customer_lifts_nothing(house: House, arguments: dict[str, object]) -> None:
    """An account's own suspension is the operator's to lift, by name."""
    await house.venue.customers.introduce(house.main.id, "main@example.com", "", level=2)
    await house.suspend(house.main)

    await house.operator("set_customer", name="main", **arguments)

    assert await house.who_trades() == ""


@pytest.mark.parametrize(("level", "trades"), [(0, ""), (1, ""), (2, "m12"), (3, "m12")])
async def test_book_orders_need_the_level_of_the_venue_file(house: House, level: int, trades: str) -> None:
    """Of the customer, for the whole family; not activated, nobody trades at any level."""
    customers = house.venue.customers
    await customers.introduce(house.main.id, "main@example.com", "", level=level)
    assert await house.who_trades() == trades
    await house.operator("set_customer", name="main", status="not-activated")
    assert await house.who_trades() == ""


async def test_who_is_unknown_or_the_venues_own_may_do_nothing(house: House) -> None:
    """Closed, unless somebody says otherwise."""
    assert {house.venue.standing.allowed(account) for account in (OUTSIDE, 1, 2, DESK, 99_999)} == {NOTHING}


async def test_suspensions_of_an_older_directory_are_kept(house: House) -> None:
    """The core's flag was the only word: what no customer explains is the account's own; the rest is the customer's."""
    await house.venue.customers.introduce(house.main.id, "main@example.com", "", level=2)
    bob = await house.venue.accounts.open("bob")
    await house.venue.accounts.transfer(OUTSIDE, bob.id, "USD", UNIT)
    await house.operator("set_customer", name="main", status="blocked")
    await house.venue.sequencer.submit(SetAccount(account=bob.id, parameter=AccountParameter.SUSPENDED, value=1))
    await house.venue.sequencer.submit(RecordNote(), notes=(FlagsKept(are_kept=False),))
    await house.crash()
    assert not await house.trades(bob)

    await house.operator("set_customer", name="main", status="normal")
    await house.crash()

    assert await house.who_trades() == "m12"
    assert not await house.trades(bob)
    await house.suspend(bob, False)
    assert await house.trades(bob)


async def test_the_core_is_brought_in_step_at_the_start(house: House) -> None:
    """A crash between the record and the core's flag leaves neither behind."""
    await house.suspend(house.first)
    for value, account in ((0, house.first), (1, house.second)):
        command = SetAccount(account=account.id, parameter=AccountParameter.SUSPENDED, value=value)
        await house.venue.sequencer.submit(command)

    await house.crash()

    assert await house.who_trades() == "m2"


async def test_an_unknown_account_is_not_suspended(house: House) -> None:
    """The operator is told."""
    with pytest.raises(OperationRefused):
        await house.operator("suspend_account", account="nobody", is_suspended=True)
