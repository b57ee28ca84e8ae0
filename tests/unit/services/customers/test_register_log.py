"""The register as the log knows it: every interleaving of changes ends as their order in the log says."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pyotp
import pytest
from tests.unit.services.market import Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.commands import RecordNote
from bedesten.domain.customers import Status
from bedesten.services.customers.captchas import Captchas
from bedesten.services.customers.fold_register import RegisterFold
from bedesten.services.customers.guesses import Asker
from bedesten.services.customers.login_log import Visitor
from bedesten.services.customers.outcome import CustomerRefused, Refused
from bedesten.services.customers.records import Customer
from bedesten.services.errors import NameTaken, Overloaded
from bedesten.services.log import recover
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.storage.memory import MemorySnapshots


@pytest.fixture(autouse=True)
def everybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Captchas are another matter."""
    monkeypatch.setattr(Captchas, "is_read", lambda self, number, answer: True)


async def signed_up(market: Market, name: str = "carol", email: str = "carol@example.com") -> Customer:
    """Let somebody sign up."""
    return await market.venue.customers.sign_ups.sign_up(name, email, "a good password", Visitor(), captcha=("", ""))


async def behind(store: Pausing, market: Market) -> None:
    """Have the next command wait behind a commit that does not end."""
    store.hold_up()
    market.venue.sequencer.submit(RecordNote())
    await store.held()


async def settled() -> None:
    """Let every task go as far as it can without the disk."""
    for _ in range(10):
        await asyncio.sleep(0)


def digests(market: Market, store: Pausing, snapshots: MemorySnapshots) -> set[str]:
    """Return what folds come to, live, replayed, and behind a snapshot."""
    states = (market.venue.sequencer.state, recover(store.inner), recover(store.inner, snapshots))
    return {state.folds.digest() for state in states}


async def test_the_register_ends_alike_live_replayed_and_behind_a_snapshot(market: Market, store: Pausing) -> None:
    """With a lock, a step of an authenticator, failures at the door and an erasure."""
    register, snapshots = market.venue.customers.register, MemorySnapshots()
    carol = await signed_up(market)
    await register.change(carol.account, totp_step=7, login_failures=3)
    snapshots.save(market.venue.sequencer.state.capture())
    dave = await signed_up(market, "dave", "dave@example.com")
    await register.change(dave.account, status=Status.LOCKED, totp_failures=1)
    await register.erase(carol.account)

    assert len(digests(market, store, snapshots)) == 1
    assert [kept.is_erased for kept in recover(store.inner, snapshots).folds.of(RegisterFold).kept.values()] == [
        True,
        False,
    ]


async def test_an_account_and_whose_it_is_are_one_fact(market: Market, store: Pausing) -> None:
    """They stand beside one command: a crash leaves both, or neither."""
    await signed_up(market)
    told = [[type(note).__name__ for _, note in batch.notes] for batch in store.inner.batches(0)]

    assert ["AccountNamed", "CustomerSaved"] in told


@pytest.mark.parametrize(
    ("second", "refusal"),
    [
        (("CAROL", "other@example.com"), Refused.USERNAME_TAKEN),
        (("carla", "CAROL@example.COM"), Refused.EMAIL_TAKEN),
        (("Carol", "Carol@example.com"), Refused.USERNAME_TAKEN),
    ],
)
async def test_two_sign_ups_that_differ_by_case_are_one_customer(
    market: Market, store: Pausing, second: tuple[str, str], refusal: Refused
) -> None:
    """Also at the same instant; and whoever comes second leaves no account behind."""
    both = await asyncio.gather(signed_up(market), signed_up(market, *second), return_exceptions=True)

    (refused,) = [each for each in both if isinstance(each, CustomerRefused)]
    assert refused.reason in (refusal, *(() if second[0] != "Carol" else (Refused.EMAIL_TAKEN,)))
    assert len(market.venue.customers.register) == 1
    assert len(market.venue.sequencer.state.folds.of(RegisterFold).kept) == 1
    assert len([each for each in market.venue.accounts.all() if each.name.lower() in ("carol", "carla")]) == 1
    await market.venue.sequencer.stop()
    again = await open_market(store, market.venue.clock)
    assert len(again.venue.customers.register) == 1
    await again.venue.sequencer.stop()


async def test_a_name_stays_kept_when_whoever_asked_for_it_went_away(market: Market, store: Pausing) -> None:
    """The command is under way all the same: until it is committed nobody else gets the name."""
    customers = market.venue.customers
    store.hold_up()
    adding = asyncio.ensure_future(customers.introduce(market.alice.id, "shared@example.com", "", level=0))
    await store.held()
    adding.cancel()
    await settled()
    with pytest.raises(NameTaken):
        await customers.introduce(market.bob.id, "SHARED@example.com", "", level=0)
    store.let_go()
    await market.venue.sequencer.submit(RecordNote())

    found = customers.by_email("shared@example.com")
    assert found is not None and found.account == market.alice.id
    with pytest.raises(NameTaken):
        await customers.introduce(market.bob.id, "SHARED@example.com", "", level=0)


@pytest.mark.parametrize("first", ["the lock", "the code"])
async def test_an_operators_lock_is_not_undone_by_a_verification(market: Market, store: Pausing, first: str) -> None:
    """The lock waits for its commit while the code of the sign-up is redeemed, or comes while that waits: it stays."""
    customers = market.venue.customers
    carol = await signed_up(market)
    (digits,) = re.findall(r"(?<!\d)\d{6}(?!\d)", customers.outbox.messages(1)[0].body)
    await behind(store, market)
    changes = {
        "the lock": customers.register.change(carol.account, status=Status.LOCKED),
        "the code": customers.sign_ups.verify("carol", digits),
    }
    tasks = [asyncio.ensure_future(changes.pop(first))]
    await settled()
    tasks += [asyncio.ensure_future(change) for change in changes.values()]
    await settled()
    store.let_go()
    told = await asyncio.gather(*tasks)

    found = customers.of_account(carol.account)
    assert found is not None and found.status is Status.LOCKED
    assert {customer.status for customer in told} == {Status.LOCKED}, "whoever verified hears of the lock"
    assert recover(store.inner).folds.of(RegisterFold).kept[carol.account].saved.status == Status.LOCKED


async def test_two_changes_at_the_same_time_are_both_made(market: Market, store: Pausing) -> None:
    """Each is made on what the one before it leaves, though neither is committed."""
    customers = market.venue.customers
    alice = await customers.introduce(market.alice.id, "alice@example.com", "", level=0)
    await behind(store, market)
    changing = [
        asyncio.ensure_future(work)
        for work in (
            customers.register.change(alice.account, password_hash="new"),
            customers.register.set_email(alice.account, "new@example.com"),
            customers.register.change(alice.account, level=2),
        )
    ]
    await settled()
    store.let_go()
    await asyncio.gather(*changing)

    found = customers.by_email("NEW@example.com")
    assert found is not None and (found.password_hash, found.level) == ("new", 2)
    assert customers.by_email("alice@example.com") is None


async def test_a_code_of_an_authenticator_is_good_once_while_its_use_waits(market: Market, store: Pausing) -> None:
    """Two requests with one code: the second finds the step used, before the first is committed."""
    customers = market.venue.customers
    alice = await customers.introduce(market.alice.id, "alice@example.com", "", level=0)
    offer = customers.authenticators.offer(alice)
    clock = market.venue.clock
    assert isinstance(clock, ManualClock)
    clock.advance(60_000_000_000)
    asker = Asker("key", None)
    code = pyotp.TOTP(offer.secret).generate_otp(clock.now_ns() // 30_000_000_000)
    assert (await customers.authenticators.bind(alice.account, offer.secret, code, asker)).name == "RIGHT"
    clock.advance(60_000_000_000)
    code = pyotp.TOTP(offer.secret).generate_otp(clock.now_ns() // 30_000_000_000)
    await behind(store, market)
    checks = [asyncio.ensure_future(customers.authenticators.check(alice.account, code, asker)) for _ in range(3)]
    await settled()
    store.let_go()

    assert sorted([verdict.name for verdict in await asyncio.gather(*checks)]) == ["RIGHT", "WRONG", "WRONG"]


CHANGES: dict[str, Any] = {
    "a change": lambda market: market.venue.customers.register.change(market.alice.id, level=2),
    "an address": lambda market: market.venue.customers.register.set_email(market.alice.id, "new@example.com"),
    "an erasure": lambda market: market.venue.customers.register.erase(market.alice.id),
    "a customer": lambda market: market.venue.customers.introduce(market.bob.id, "bob@example.com", "", level=0),
    "a sign-up": signed_up,
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
async def test_a_refused_change_leaves_everything_as_it_was(
    market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Overloaded comes before anything changed, in memory as in the log; and names are free again."""
    customers = market.venue.customers
    await customers.introduce(market.alice.id, "alice@example.com", "", level=0)
    before = (list(customers.register), market.venue.sequencer.state.folds.digest())
    with monkeypatch.context() as crowded:
        crowded.setattr(sequencer_module, "WAITING_MAX", 0)
        with pytest.raises(Overloaded):
            await CHANGES[what](market)

    assert (list(customers.register), market.venue.sequencer.state.folds.digest()) == before
    await CHANGES[what](market)


async def test_an_erased_customer_is_nobody_and_the_name_stays_given(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """Live and after a restart: no address, no name, no password; the account and its money are there."""
    customers = market.venue.customers
    await customers.introduce(market.alice.id, "alice@example.com", "hash", level=2)
    money = await market.venue.accounts.balances(market.alice.id)
    await customers.register.erase(market.alice.id)
    await customers.register.change(market.alice.id, level=3)

    def told(venue: Any) -> tuple[object, ...]:
        found = venue.customers.of_account(market.alice.id)
        return (
            found.status, found.level, found.email, found.password_hash, venue.customers.by_email("alice@example.com"),
            venue.customers.by_username("alice"),
        )  # fmt: skip

    expected = (Status.DELETED, 0, "", "", None, None)
    assert told(market.venue) == expected
    assert await market.venue.accounts.balances(market.alice.id) == money
    await market.venue.sequencer.stop()
    again = await open_market(store, clock)
    assert told(again.venue) == expected
    assert await again.venue.accounts.balances(market.alice.id) == money
    await again.venue.sequencer.stop()
