"""A venue on a disk that lives at random: every operation of an operator, and what customers do of every service."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from bedesten.bootstrap import choose_venue_file, open_store, running_venue
from bedesten.clock import ManualClock
from bedesten.config import Settings
from bedesten.domain.commands import CancelOrder, PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.services.chain_watch import beat
from bedesten.services.customers.codes import Channel
from bedesten.services.customers.kyc_records import BankClaim, Identity
from bedesten.services.customers.login_log import Activity, Visitor
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.errors import Overloaded, ServiceError
from bedesten.services.log import recover
from bedesten.services.money.subaccounts import Portion
from bedesten.services.operator.operation import Effect
from bedesten.services.operator.operations import Operations
from bedesten.services.operator.table import OPERATIONS
from bedesten.services.otc.quotes import Quote
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.services.venue import Venue
from bedesten.services.wallets.fold_addresses import AddressesFold

PEOPLE: Final = ("ann", "ben", "cem", "dilek", "eve")
SECOND: Final = 1_000_000_000
PDF: Final = b"%PDF-1.4 x %%EOF\n"
#: Operations whose arguments are files, or that only take note.
LEFT_OUT: Final = frozenset({"apply_venue_file", "backup"})

Call = Callable[[], Awaitable[object]]


@contextlib.asynccontextmanager
async def opened(data: Path, clock: ManualClock) -> AsyncIterator[Venue]:
    """Yield the packaged demo's venue over a data directory, as a start makes it, and stop it."""
    settings = Settings(data=str(data), ack="written")
    failures: list[BaseException] = []
    with open_store(settings, print) as store:
        state = recover(store.log, store.vault.snapshots)
        start = choose_venue_file(settings, state)
        async with running_venue(settings, store, state, start, clock, failures.append) as venue:
            yield venue
    assert failures == []


class Life:
    """What happens to one venue."""

    def __init__(self, venue: Venue, clock: ManualClock, chance: random.Random) -> None:
        self.venue, self.clock, self.chance = venue, clock, chance
        self.done: set[str] = set()  # names of what was not refused at least once
        self._operations = Operations(venue)
        self._asked = [each for each in OPERATIONS if each.effect is not Effect.LOOKS and each.name not in LEFT_OUT]

    async def begin(self) -> None:
        """Let everybody have an account, money, and most of them a customer."""
        self.venue.customers.passwords._hasher = None  # type: ignore[attr-defined]  # no password is tried here
        for name in PEOPLE:
            account = await self.venue.accounts.open(name)
            for asset in self.venue.catalogue.assets:
                await self.venue.accounts.deposit(account.id, asset.code, 10**12)
            if name != PEOPLE[-1]:
                await self.venue.customers.introduce(account.id, f"{name}@example.com", "", level=3)
        for instrument in self.venue.catalogue.instruments:
            await self._operation("set_index", {"instrument": instrument.name, "price": "100"})

    async def step(self) -> None:
        """Let one thing happen, or be refused."""
        self.clock.advance(self.chance.choice((0, SECOND, 40 * SECOND, 3_700 * SECOND)))
        if self.chance.random() < 0.5:
            operation = self.chance.choice(self._asked)
            await self._tried(operation.name, lambda: self._operation(operation.name, self._arguments(operation.form)))
        else:
            name, call = self.chance.choice(self._calls())
            await self._tried(name, call)

    async def refused_step(self) -> None:
        """Let one thing be tried while the venue is too busy for anything: nothing that is remembered changes."""
        before = (self.venue.sequencer.state.folds.digest(), self.venue.sequencer.state.machine.digest())
        usual = sequencer_module.WAITING_MAX
        sequencer_module.WAITING_MAX = 0  # type: ignore[misc]
        try:
            await self.step()
        finally:
            sequencer_module.WAITING_MAX = usual  # type: ignore[misc]
        assert (self.venue.sequencer.state.folds.digest(), self.venue.sequencer.state.machine.digest()) == before

    async def _tried(self, name: str, call: Call) -> None:
        try:
            await call()
        except (ServiceError, CustomerRefused, Overloaded, ValueError):
            return
        self.done.add(name)

    async def _operation(self, name: str, arguments: dict[str, Any]) -> object:
        return await self._operations.call(name, arguments, "operator of tests")

    # ── an operator's arguments, by their names ──

    def _arguments(self, form: type[msgspec.Struct]) -> dict[str, Any]:
        return {
            field.name: self._argument(field.name, field.type)
            for field in msgspec.structs.fields(form)
            if field.required or self.chance.random() < 0.5
        }

    def _argument(self, name: str, kind: Any) -> Any:
        catalogue, pick = self.venue.catalogue, self.chance.choice
        pools: dict[str, Callable[[], Any]] = {
            "account": lambda: pick(PEOPLE), "to": lambda: pick(PEOPLE), "parent": lambda: pick(PEOPLE),
            "name": lambda: pick((*PEOPLE, f"new{self.chance.randrange(99)}")), "email": lambda: f"{pick(PEOPLE)}@example.org",
            "asset": lambda: pick(catalogue.assets).code, "amount": lambda: str(self.chance.randint(1, 50)),
            "instrument": lambda: pick(catalogue.instruments).name, "names": lambda: [pick(catalogue.instruments).name],
            "network": lambda: pick(catalogue.networks).name, "price": lambda: str(self.chance.randint(90, 110)),
            "state": lambda: pick(("trading", "trading", "halted", "cancel_only")), "level": lambda: self.chance.randrange(4),
            "status": lambda: pick(("normal", "normal", "blocked", "suspended")), "verdict": lambda: pick(("approve", "reject")),
            "kind": lambda: "id_front", "key": lambda: self._key(), "permissions": lambda: ["read", "trading"],
            "ip_allow_list": list, "expires": lambda: None, "id": lambda: self.chance.randint(1, 40),
            "reference": lambda: f"r{self.chance.randrange(20)}", "bank": lambda: "004", "branch": lambda: "0037",
            "number": lambda: str(self.chance.randrange(10**10, 10**11)), "holder": lambda: "Somebody",
            "address": lambda: self._address(), "tag": lambda: "", "depth": lambda: 1, "since": lambda: None,
        }  # fmt: skip
        if name in pools:
            return pools[name]()
        return self.chance.random() < 0.5 if kind is bool else self.chance.randrange(3) if kind is int else "x"

    def _key(self) -> str:
        account = self.venue.accounts.by_name(self.chance.choice(PEOPLE))
        keys = self.venue.keys.list(account.id) if account is not None else []
        return keys[0].key if keys else "none"

    def _address(self) -> str:
        addresses = self.venue.sequencer.state.folds.of(AddressesFold).of(self._account())
        return self.chance.choice(addresses).address if addresses else "nowhere"

    def _account(self) -> int:
        account = self.venue.accounts.by_name(self.chance.choice(PEOPLE))
        assert account is not None
        return account.id

    # ── what customers do ──

    def _calls(self) -> list[tuple[str, Call]]:
        venue, chance, account = self.venue, self.chance, self._account()
        customers, catalogue = venue.customers, venue.catalogue
        source, target = chance.sample(list(catalogue.assets), 2)
        instrument, name = chance.choice(catalogue.instruments), chance.choice(PEOPLE)
        visitor, amount, used = Visitor("192.0.2.7", "Browser/7"), chance.randint(1, 10**7), f"id{chance.randrange(30)}"
        identity = Identity(name="Al", gender=1, birthday="1990-01-31", number=f"A12345678{chance.randrange(3)}")
        bank = BankClaim(code="004", branch="0037", account="12345678901")
        kyc = customers.kyc
        order = PlaceOrder(
            account=account, instrument=instrument.id, side=chance.choice(list(Side)), order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=chance.randint(90, 110), quantity=chance.randint(1, 9),
        )  # fmt: skip
        return [
            ("order", lambda: venue.sequencer.submit(order, text=used)),
            ("cancel", lambda: venue.sequencer.submit(CancelOrder(account=account, order_id=chance.randint(1, 60)))),
            ("convert", lambda: venue.conversions.convert(account, source, target, amount=amount, client_id=used)),
            ("send", lambda: venue.transfers.send(account, name, f"{name}@example.com", source, amount, client_id=used)),
            ("hold", lambda: venue.confirmed_transfers.request(account, name, f"{name}@example.com", source, amount)),
            ("drop", lambda: venue.confirmed_transfers.cancel(account, chance.randint(1, 40))),
            ("family", lambda: venue.subaccounts.transfer(account, name, PEOPLE[0], [Portion(source, amount)], client_id=used)),
            ("otc", lambda: self._deal(account)),
            ("by bank", lambda: self._by_bank(account, amount)),
            ("address", lambda: self._new_address(account)),
            ("beat", lambda: beat(venue)),
            ("fail", lambda: customers.logins._failed.count(f"{name}?", visitor, Activity.SIGN_IN_FAILED)),
            ("log", lambda: customers.log.note(account, Activity.SIGNED_IN, visitor)),
            ("open", lambda: customers.sessions.open(account, is_proven=True)),
            ("out", lambda: customers.sessions.end_all(account)),
            ("code", lambda: self._code(account)),
            ("tell", lambda: kyc.tell(account, identity, visitor)),
            ("show", lambda: kyc.show(account, 1, "me.pdf", PDF)),
            ("level 3", lambda: kyc.apply_level_3(account, bank, "book.pdf", PDF)),
        ]  # fmt: skip

    async def _deal(self, account: int) -> object:
        instrument = self.chance.choice(self.venue.catalogue.instruments)
        quote = await self.venue.otc.quote(account, instrument, self.chance.choice(list(Side)), base=10**6)
        return await self.venue.otc.accept(account, quote.id) if isinstance(quote, Quote) else quote

    async def _by_bank(self, account: int, amount: int) -> object:
        for asset in self.venue.catalogue.assets:
            for to in self.venue.fiat.bank_accounts.verified(account, asset.id):
                return await self.venue.fiat.withdrawals.request(asset, to, amount * 10**4, must_confirm=True)
        return None

    async def _new_address(self, account: int) -> object:
        asset = self.chance.choice(self.venue.catalogue.assets)
        for network in self.venue.network_deposits.networks(asset):
            return await self.venue.network_deposits.create_address(account, asset, network)
        return None

    async def _code(self, account: int) -> object:
        customer = self.venue.customers.of_account(account)
        if customer is None:
            return None
        return await self.venue.customers.codes.send(customer, customer.username, Channel.EMAIL, customer.email)
