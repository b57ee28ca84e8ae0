"""What writes each kind of note: a table, one act a kind, on a small venue in which every service has something to do.

A new kind of note without a row here fails `test_killed_notes`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyotp

from bedesten.bootstrap import choose_venue_file, open_store, running_venue
from bedesten.bootstrap.sandboxes import claim
from bedesten.chain.addresses import derive
from bedesten.clock import ManualClock
from bedesten.config import Settings
from bedesten.domain import notes as n
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import AddressFormat
from bedesten.domain.otc import DESK
from bedesten.services.chain_watch import beat
from bedesten.services.customers.codes import Channel
from bedesten.services.customers.guesses import Asker
from bedesten.services.customers.kyc_records import Identity
from bedesten.services.customers.login_log import Activity, Visitor
from bedesten.services.customers.outcome import CustomerRefused
from bedesten.services.errors import ServiceError
from bedesten.services.fiat.withdrawals import FiatWithdrawal
from bedesten.services.log import recover
from bedesten.services.money.confirmed_transfers import ConfirmedTransfer
from bedesten.services.money.subaccounts import Portion
from bedesten.services.operator.operations import Operations
from bedesten.services.otc.quotes import Quote
from bedesten.services.ports import Destination
from bedesten.services.venue import Venue
from bedesten.storage.kill_points import Trap

START_NS: Final = 1_700_000_000_000_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
DEPTH: Final = 2
AWAY: Final = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
VISITOR: Final = Visitor("192.0.2.7", "Browser/7", "192.0.2.0/24")
ASKER: Final = Asker("a key", None)
PASSWORD: Final = "correct horse battery"
FILE: Final = f"""
assets = [
  {{ code = "USD", name = "US Dollar", fiat = true }}, {{ code = "BTC", name = "Bitcoin" }}, {{ code = "ETH", name = "Ether" }},
]
instruments = [{{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.001 }}]
[venue]
name = "notes"
[groups.main]
fees = [{{ maker = 0.001, taker = 0.002 }}]
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
confirmations = {DEPTH}
assets.BTC = {{ deposit_min = 0.0001, withdraw_min = 0.0001, withdraw_fee = 0.00001 }}
[otc]
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.001
spreads = [{{ quantity = 10, spread = 0.001 }}]
[convert]
spread = 0.002
[fiat]
banks = [{{ code = "004", name = "Bank", branches = [{{ code = "0037", name = "Head Office" }}] }}]
[fiat.currencies.USD]
bank = "004"
branch = "0037"
holder = "notes"
account_prefix = "99781"
withdraw_fee = 15
withdraw_min = 1
"""


@dataclass
class Scene:
    """A venue in which ann and ben are customers, ann has a sub-account, an address, a bank account and a key, eve is nobody."""

    venue: Venue
    clock: ManualClock

    @property
    def ann(self) -> int:
        account = self.venue.accounts.by_name("ann")
        assert account is not None
        return account.id

    def asset(self, code: str) -> Asset:
        found = self.venue.catalogue.asset(code)
        assert found is not None
        return found

    async def operate(self, name: str, /, **arguments: Any) -> None:
        """Do an operation as an operator does."""
        await Operations(self.venue).call(name, arguments, "operator of tests")

    def message(self) -> str:
        """Return the body of the newest message."""
        return self.venue.customers.outbox.messages(1)[0].body

    async def blocks(self, count: int) -> None:
        """Let blocks pass, and the venue look at each."""
        for _ in range(count):
            self.clock.advance(10 * SECOND)
            await beat(self.venue)


def settings_of(home: Path, *, is_sandbox: bool = False) -> Settings:
    """Return the settings of the venue in a directory, whose file is beside it."""
    return Settings(data=str(home), config=str(home.with_suffix(".toml")), ack="synced", sandbox=is_sandbox)


@contextlib.asynccontextmanager
async def scene_of(
    home: Path, now_ns: int = START_NS, *, trap: Trap | None = None, is_sandbox: bool = False
) -> AsyncIterator[Scene]:
    """Yield the venue in a directory as a start makes it, and stop it."""
    settings, clock = settings_of(home, is_sandbox=is_sandbox), ManualClock(now_ns)
    failures: list[BaseException] = []
    with open_store(settings, lambda notice: None, trap) as store:
        state = recover(store.log, store.vault.snapshots)
        served, start = claim(settings, state), choose_venue_file(settings, state)
        async with running_venue(settings, store, state, start, clock, failures.append, served=served) as venue:
            yield Scene(venue, clock)
    assert failures == []


async def furnish(home: Path) -> None:
    """Make the venue that the acts need."""
    home.with_suffix(".toml").write_text(FILE)
    async with scene_of(home) as scene:
        venue = scene.venue
        kept = await venue.customers.passwords.hash(PASSWORD)
        for name in ("ann", "ben", "eve"):
            account = await venue.accounts.open(name)
            if name != "eve":
                await venue.customers.introduce(account.id, f"{name}@example.com", kept, level=3)
        ann = venue.accounts.by_name("ann")
        assert ann is not None
        await venue.subaccounts.open("kid", ann)
        for owner in (DESK, ann.id):
            for asset in venue.catalogue.assets:
                await venue.accounts.deposit(owner, asset.code, 10**6 * 10**asset.scale)
        await scene.operate("set_index", instrument="BTC-USD", price="20000")
        await venue.keys.create(ann.id, [], key="known", secret="secret")
        await venue.network_deposits.create_address(ann.id, scene.asset("BTC"), venue.catalogue.networks[0])
        await scene.operate(
            "add_bank_account",
            account="ann",
            bank="004",
            branch="0037",
            number="12345678901",
            holder="Ann",
            asset="USD",
        )


# ── accounts, keys, the venue ──


async def open_account(scene: Scene) -> None:
    await scene.venue.accounts.open("zoe")


async def adopt(scene: Scene) -> None:
    parent = scene.venue.accounts.by_name("ann")
    assert parent is not None
    await scene.venue.subaccounts.open("eve", parent)


async def make_key(scene: Scene) -> None:
    await scene.venue.keys.create(scene.ann, [], key="another", secret="secret")


async def revoke_key(scene: Scene) -> None:
    await scene.venue.keys.revoke("known")


async def change_file(scene: Scene) -> None:
    await scene.operate("set_venue_value", key="convert.spread", value="0.003")


async def suspend(scene: Scene) -> None:
    await scene.venue.standing.suspend(scene.ann)


async def note_act(scene: Scene) -> None:
    await scene.operate("set_fee_tier", account="ann", number=0)


async def nothing(scene: Scene) -> None:
    """Do no more than a start does."""


# ── money ──


async def convert(scene: Scene) -> None:
    await scene.venue.conversions.convert(
        scene.ann, scene.asset("BTC"), scene.asset("USD"), amount=10**6, client_id="c1"
    )


async def send(scene: Scene) -> None:
    await scene.venue.transfers.send(scene.ann, "ben", "ben@example.com", scene.asset("BTC"), 10**6, client_id="s1")


async def family(scene: Scene) -> None:
    portions = [Portion(scene.asset("BTC"), 10**6), Portion(scene.asset("USD"), 10**6)]
    await scene.venue.subaccounts.transfer(scene.ann, "ann", "kid", portions, client_id="f1")


async def deal(scene: Scene) -> None:
    quote = await scene.venue.otc.quote(scene.ann, scene.venue.catalogue.instruments[0], Side.BUY, base=10**6)
    assert isinstance(quote, Quote)
    await scene.venue.otc.accept(scene.ann, quote.id)


async def ask_transfer(scene: Scene) -> ConfirmedTransfer:
    made = await scene.venue.confirmed_transfers.request(scene.ann, "ben", "ben@example.com", scene.asset("BTC"), 10**6)
    assert isinstance(made, ConfirmedTransfer)
    return made


async def try_transfer(scene: Scene) -> None:
    made = await ask_transfer(scene)
    await scene.venue.confirmed_transfers.confirm(scene.ann, f"{made.id}-00")


async def confirm_transfer(scene: Scene) -> None:
    made = await ask_transfer(scene)
    link = re.search(r"code=([0-9a-f-]+)", scene.message())
    assert link is not None
    await scene.venue.confirmed_transfers.confirm(scene.ann, link.group(1))
    await scene.venue.confirmed_transfers.carry_out(scene.ann, made.id)


async def bank_deposit(scene: Scene) -> None:
    await scene.operate("bank_deposit", to="ann", amount="50", reference="R-1", asset="USD")


async def bank_order(scene: Scene) -> None:
    dollar = scene.asset("USD")
    (to,) = scene.venue.fiat.bank_accounts.verified(scene.ann, dollar.id)
    made = await scene.venue.fiat.withdrawals.request(dollar, to, 100 * 10**dollar.scale, must_confirm=False)
    assert isinstance(made, FiatWithdrawal)
    await scene.venue.fiat.withdrawals.begin(made.id)
    await scene.venue.fiat.withdrawals.paid(made.id, "P-1")


async def add_bank_account(scene: Scene) -> None:
    await scene.operate(
        "add_bank_account", account="ann", bank="004", branch="0037", number="98765432101", holder="Ann", asset="USD"
    )


# ── networks ──


async def withdraw(scene: Scene) -> None:
    bitcoin = scene.venue.catalogue.networks[0]
    request = scene.venue.network_withdrawals.request
    await request(scene.ann, scene.asset("BTC"), bitcoin, 10**6, AWAY, fee_within=True, client_id="w1")
    await scene.blocks(DEPTH + 3)


async def fail_payment(scene: Scene) -> None:
    bitcoin = scene.venue.catalogue.networks[0]
    request = scene.venue.network_withdrawals.request
    made = await request(scene.ann, scene.asset("BTC"), bitcoin, 10**6, AWAY, fee_within=True, client_id="w1")
    await scene.blocks(1)
    with contextlib.suppress(ServiceError):  # it failed already where the process was killed behind that
        await scene.venue.chain_faults.fail(made.id)
    await scene.blocks(DEPTH + 3)


async def deposit(scene: Scene) -> None:
    """A payment from outside is credited. It is made once: a second one is another payment."""
    chain, bitcoin = scene.venue.network_deposits, scene.venue.catalogue.networks[0]
    if not await scene.venue.chain_faults.payments(1):
        (address,) = await chain.addresses(scene.ann, scene.asset("BTC"))
        await chain.fund(bitcoin, scene.asset("BTC"), 10**6, address.to)
    await scene.blocks(DEPTH + 2)


async def mine(scene: Scene) -> None:
    await scene.venue.chain_faults.mine("Bitcoin", 7)


async def make_address(scene: Scene) -> None:
    eve = scene.venue.accounts.by_name("eve")
    assert eve is not None
    await scene.venue.network_deposits.create_address(eve.id, scene.asset("BTC"), scene.venue.catalogue.networks[0])


async def allow(scene: Scene) -> None:
    await scene.venue.withdrawals.rules.allow(scene.ann, "Bitcoin", AWAY)


async def forget_address(scene: Scene) -> None:
    await scene.venue.forgotten.forget(scene.ann, AWAY.address)


# ── customers ──


async def become_customer(scene: Scene) -> None:
    eve = scene.venue.accounts.by_name("eve")
    assert eve is not None
    await scene.venue.customers.introduce(eve.id, "eve@example.com", "", level=1)


async def erase(scene: Scene) -> None:
    await scene.operate("erase_customer", name="ben")


async def bind_authenticator(scene: Scene) -> None:
    customers = scene.venue.customers
    customer = customers.of_account(scene.ann)
    assert customer is not None
    secret = customers.authenticators.offer(customer).secret
    code = pyotp.TOTP(secret).at(scene.clock.now_ns() // SECOND)
    await customers.authenticators.bind(scene.ann, secret, code, ASKER)


async def sign_in(scene: Scene) -> None:
    with contextlib.suppress(CustomerRefused):
        await scene.venue.customers.logins.sign_in("ann", "wrong", VISITOR)
    signed_in = await scene.venue.customers.logins.sign_in("ann", PASSWORD, VISITOR)
    scene.clock.advance(2 * MINUTE)
    session = scene.venue.customers.sessions.find(signed_in.token.text)
    assert session is not None
    await scene.venue.customers.sessions.note(session)
    await scene.venue.customers.sessions.prove(session)
    await scene.venue.customers.sessions.end_all(scene.ann)


async def try_strange_name(scene: Scene) -> None:
    with contextlib.suppress(CustomerRefused):
        await scene.venue.customers.logins.sign_in("nobody", "wrong", VISITOR)


async def use_code(scene: Scene) -> None:
    customers = scene.venue.customers
    customer = customers.of_account(scene.ann)
    assert customer is not None
    await customers.codes.send(customer, "ann", Channel.EMAIL, customer.email)
    code = re.search(r"\d{6}", scene.message())
    assert code is not None
    await customers.codes.redeem(customer, "ann", Channel.EMAIL, code.group())


async def tell_identity(scene: Scene) -> None:
    identity = Identity(name="Ann", gender=1, birthday="1990-01-31", number="A123456789")
    account = scene.venue.accounts.by_name("cem") or await scene.venue.accounts.open("cem")
    if scene.venue.customers.of_account(account.id) is None:
        await scene.venue.customers.introduce(account.id, "cem@example.com", "", level=0)
    with contextlib.suppress(CustomerRefused):  # it was told where the process was killed behind that
        await scene.venue.customers.kyc.tell(account.id, identity, VISITOR)


async def log_in_log(scene: Scene) -> None:
    await scene.venue.customers.log.note(scene.ann, Activity.SIGNED_IN, VISITOR)


class Act(NamedTuple):
    """What writes a note. is_once: said again it moves nothing; is_first: on a directory that is not there yet."""

    do: Callable[[Scene], Awaitable[Any]]
    is_once: bool = False
    is_first: bool = False
    is_sandbox: bool = False


ACTS: Final[Mapping[type[n.Note], Act]] = {
    n.AccountNamed: Act(open_account), n.AccountAdopted: Act(adopt), n.KeySaved: Act(make_key), n.KeyRevoked: Act(revoke_key),
    n.VenueFileInForce: Act(change_file), n.SandboxServed: Act(nothing, is_first=True, is_sandbox=True),
    n.SecretDrawn: Act(nothing, is_first=True),
    n.HeldTransferAsked: Act(ask_transfer), n.HeldTransferDone: Act(confirm_transfer),
    n.ConfirmationAsked: Act(ask_transfer), n.ConfirmationTried: Act(try_transfer), n.Confirmed: Act(confirm_transfer),
    n.MessageQueued: Act(ask_transfer),
    n.BankOrderAsked: Act(bank_order), n.BankOrderStep: Act(bank_order), n.BankPaid: Act(bank_deposit, is_once=True),
    n.BankAccountSaved: Act(add_bank_account),
    n.FamilyMoved: Act(family, is_once=True), n.Converted: Act(convert, is_once=True), n.Sent: Act(send, is_once=True),
    n.QuoteSettled: Act(deal),
    n.WithdrawalAsked: Act(withdraw, is_once=True), n.WithdrawalStep: Act(withdraw, is_once=True),
    n.PaymentMade: Act(withdraw, is_once=True), n.PaymentChanged: Act(fail_payment),
    n.PaymentCredited: Act(deposit, is_once=True), n.BlocksMined: Act(mine),
    n.AddressSaved: Act(make_address), n.AllowListSaved: Act(allow), n.AddressForgotten: Act(forget_address),
    n.CustomerSaved: Act(become_customer), n.CustomerErased: Act(erase), n.AuthenticatorUsed: Act(bind_authenticator),
    n.FailuresCounted: Act(sign_in), n.SessionOpened: Act(sign_in), n.SessionSeen: Act(sign_in), n.SessionsEnded: Act(sign_in),
    n.SessionProven: Act(sign_in),
    n.StrangerTried: Act(try_strange_name), n.CodeSent: Act(use_code), n.CodeTried: Act(use_code),
    n.DossierSaved: Act(tell_identity),
    n.ActNoted: Act(note_act), n.AccountSuspended: Act(suspend),
}  # fmt: skip

#: Written in a transaction of a start or of the command line, not by a running venue: test_killed_notes has an own test of each.
WRITTEN_OTHERWISE: Final = frozenset({n.StoreHandled, n.FormerAuditEnded, n.FlagsKept})

#: Said by records of format 1 alone: no program writes it any more.
READ_ONLY: Final = frozenset({n.FamilyReturned})
