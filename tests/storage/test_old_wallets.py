"""What programs before notes said of withdrawals, and kept of addresses and chains beside the journal, is known to this one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.domain.commands import HoldFunds, Transfer
from bedesten.domain.enums import RejectReason, SendStage, TransferReason
from bedesten.domain.networks import AddressFormat, Network, NetworkAsset
from bedesten.domain.notes import AccountNamed, PaymentCredited, WithdrawalAsked
from bedesten.services.holds.holds import HELD_NS
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.sealing.secrets import WALLET_SEED, drawn
from bedesten.services.sequencing.batch import pack
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Destination, Payment, PaymentState
from bedesten.services.venue import Venue, open_venue
from bedesten.services.wallets.rules import AllowedAddress
from bedesten.services.wallets.withdrawals import WithdrawalState
from bedesten.storage.directory import open_directory
from bedesten.storage.format1 import notes_of
from bedesten.storage.purposes import meta_purpose
from bedesten.storage.sqlite import SqliteStore
from tests.storage.conftest import Open
from tests.storage.old_facts import Said, write_old
from tests.storage.test_old_facts import ALICE, deposits, left_alike
from tests.unit.services.market import BTC, CATALOGUE

SEED: Final = "5eed" * 16
WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)
BITCOIN: Final = Network(
    name="Bitcoin", format=AddressFormat.BITCOIN, block_ns=10 * 10**9, confirmations=3,
    assets=(NetworkAsset(asset=BTC.id, withdraw_min=1, withdraw_fee=1),),
)  # fmt: skip
TO: Final = Destination("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
HOME: Final = Destination("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
OVER_NETWORK: Final = f'{{"address":"{TO.address}","network":"Bitcoin","fee":1'
PAYMENTS: Final = [
    Payment(id="a" * 64, network="Bitcoin", asset=BTC.id, amount=7, to=HOME, height=1, created_ns=1),
    Payment(id="b" * 64, network="Bitcoin", asset=BTC.id, amount=8, to=HOME, height=2, created_ns=2, state=PaymentState.REVERTED),
    Payment(id="c" * 64, network="Bitcoin", asset=BTC.id, amount=19, to=TO, height=3, created_ns=3, reference=1),
]  # fmt: skip


def held(text: str) -> Said:
    """A hold of twenty for a withdrawal, and what an old program said of it."""
    return HoldFunds(account=ALICE, asset=BTC.id, amount=20, reason=WITHDRAWAL), text


def record(kind: str, name: object, value: object) -> tuple[str, str, str]:
    return kind, str(name), msgspec.json.encode(value).decode()


SAID: Final = [
    *deposits(ALICE),
    held(f'{OVER_NETWORK},"id":"mine"}}'),  # 1: sent
    held(f'{OVER_NETWORK},"must_confirm":true}}'),  # 2: waits for its customer
    held(""),  # 3: by hand, of the oldest
    held(f'{{"address":"{TO.address}"}}'),  # 4: by hand
    (Transfer(account=0, to_account=ALICE, asset=BTC.id, amount=7, reason=int(TransferReason.DEPOSIT)),
     f'{{"payment":"{"a" * 64}","network":"Bitcoin"}}'),
]  # fmt: skip
RECORDS: Final = [
    record("withdrawal", 1, {"stage": "sent", "payment": "c" * 64}),
    record("address", 2, {"id": 2, "account": 17, "asset": BTC.id, "network": "Bitcoin", "to": TO, "created_ns": 6}),
    record(
        "address", 1, {"id": 1, "account": ALICE, "asset": BTC.id, "network": "Bitcoin", "to": HOME, "created_ns": 5}
    ),
    record("allow_list", 17, {"account": 17, "addresses": [{"network": "Bitcoin", "to": TO}]}),
    record("allow_list", ALICE, {"account": ALICE, "is_lifted": True}),
    record("forgotten_address", ALICE, {TO.address: 9}),
    *[record("chain", payment.id, payment) for payment in PAYMENTS],
]


async def a_past(home: Path, version: int = 1) -> None:
    """Leave a directory as a former program did."""
    store = open_directory(home).store
    sealed = store.sealing.seal(SEED, meta_purpose("wallet_seed"))
    store.close()
    await write_old(home, SAID, RECORDS, version=version)
    with closing(sqlite3.connect(home / "venue.sqlite3", isolation_level=None)) as old:
        old.execute("INSERT OR REPLACE INTO meta VALUES ('wallet_seed', ?)", (sealed,))


def a_venue(store: SqliteStore, clock: ManualClock) -> Venue:
    """Open a venue with a network over the store."""
    catalogue = Catalogue(CATALOGUE.assets, CATALOGUE.instruments, networks=[BITCOIN])

    def chain(sequencer: Sequencer) -> SimulatedChain:
        return SimulatedChain(sequencer, clock, [BITCOIN], bytes.fromhex(SEED))

    return open_venue(store, clock, catalogue, chain=chain)


@pytest.mark.parametrize("version", [1, 2])
async def test_wallets_of_old_are_as_they_were(opened: Open, home: Path, version: int) -> None:
    """Withdrawals and how far they were, addresses, lists, payments and the seed; a restart finds the same.

    Programs of format 2 had notes, but not yet of networks.
    """
    await a_past(home, version)
    store, clock = opened().store, ManualClock()
    venue = a_venue(store, clock)

    assert drawn(recover(store), store.vault, WALLET_SEED) == SEED
    rows = {row.id: row for row in await venue.withdrawals.list(ALICE)}
    assert {row.id: (row.network, row.stage, row.payment, row.state) for row in rows.values()} == {
        1: ("Bitcoin", SendStage.SENT, "c" * 64, WithdrawalState.REQUESTED),
        2: ("Bitcoin", SendStage.REQUESTED, "", WithdrawalState.REQUESTED),
        3: ("", SendStage.REQUESTED, "", WithdrawalState.REQUESTED),
        4: ("", SendStage.REQUESTED, "", WithdrawalState.REQUESTED),
    }
    assert [(each.id, each.stage, each.payment) for each in venue.network_withdrawals.open()] == [
        (1, SendStage.SENT, "c" * 64), (2, SendStage.REQUESTED, ""),
    ]  # fmt: skip
    assert [each.to for each in await venue.network_deposits.addresses(ALICE, BTC)] == [HOME]
    rules = venue.withdrawals.rules
    assert rules.allow_list(17) == [AllowedAddress("Bitcoin", TO)] and rules.allow_list(ALICE) is None
    assert await venue.forgotten.of(ALICE) == {TO.address: 9}
    shown = await venue.chain_faults.payments(10)
    assert [seen.payment for seen in reversed(shown)] == PAYMENTS
    assert [row.payment.id[0] for row in await venue.network_deposits.deposits(ALICE)] == ["b", "a"]
    await left_alike(venue, store, home, opened)


@pytest.mark.parametrize("version", [1, 2])
async def test_withdrawals_of_old_go_on(opened: Open, home: Path, version: int) -> None:
    """What was sent ends, what nobody confirms is given back, what was credited is not again, and ids and days count on."""
    await a_past(home, version)
    store, clock = opened().store, ManualClock()
    venue = a_venue(store, clock)
    await venue.network_withdrawals.set_up()
    request = venue.network_withdrawals.request

    repeat = await request(ALICE, BTC, BITCOIN, 20, TO, fee_within=True, client_id="mine")
    other = await request(ALICE, BTC, BITCOIN, 21, TO, fee_within=True, client_id="mine")
    assert (repeat.reject, repeat.id, other.reject) == (None, 1, RejectReason.ALREADY_EXISTS)
    counted = {each.hold_id: each.network for each in venue.withdrawals.rules._today(ALICE, BTC.id)}
    assert counted == {1: "Bitcoin", 2: "Bitcoin", 3: "", 4: ""}
    await venue.network_withdrawals.beat()
    await venue.network_deposits.beat()
    assert venue.sequencer.state.machine.balance(ALICE, BTC.id) == (1_007 - 20, 60)
    clock.advance(HELD_NS)
    await venue.accounts.deposit(ALICE, "BTC", 1)

    states = {row.id: row.state for row in await venue.withdrawals.list(ALICE)}
    assert (states[1], states[2]) == (WithdrawalState.SENT, WithdrawalState.CANCELED)
    assert (await venue.withdrawals.cancel(ALICE, 3)).reject is None
    assert len(await venue.chain_faults.payments(10)) == len(PAYMENTS)
    await left_alike(venue, store, home, opened)


def test_texts_stand_behind_notes_of_the_same_command() -> None:
    """A program of format 2 had both in one batch: what a note says is said once, and all stand in the order of commands."""
    rows = b"".join(pack(command) for command, _ in (SAID[-1], SAID[-5], SAID[-5]))
    payment, asked = SAID[-1][1], SAID[-5][1]
    other = AccountNamed("somebody")
    found = notes_of(rows, {0: payment, 1: asked, 2: asked, 9: asked}, [(1, other)])

    assert [(at, type(note)) for at, note in found] == [(0, PaymentCredited), (1, AccountNamed), (2, WithdrawalAsked)]
    assert found[1][1] is other
