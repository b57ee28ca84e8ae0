"""What programs before notes said of money, and kept beside the journal, is known to this one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bedesten.clock import ManualClock
from bedesten.domain.commands import OpenAccount, Transfer
from bedesten.domain.enums import TransferReason
from bedesten.services.log import recover
from bedesten.services.money.subaccounts import Portion, SubTransferRefusal
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.sqlite import SqliteStore
from bedesten.storage.verification import verify
from tests.storage.conftest import Open
from tests.storage.old_facts import Said, write_old
from tests.unit.services.market import BTC, CATALOGUE, USD

DEPOSIT: Final = int(TransferReason.DEPOSIT)
INTERNAL: Final = int(TransferReason.INTERNAL)
ALICE, BOB, CHILD = 16, 17, 18


def deposits(*accounts: int) -> list[Said]:
    """A thousand of BTC and USD for each."""
    return [
        (Transfer(account=0, to_account=account, asset=asset.id, amount=1_000, reason=DEPOSIT), "")
        for account in accounts
        for asset in (BTC, USD)
    ]


def moved(giver: int, taker: int, amount: int, text: str) -> Said:
    """Money that moved between two accounts, and what an old program said of it."""
    return Transfer(account=giver, to_account=taker, asset=BTC.id, amount=amount, reason=INTERNAL), text


async def left_alike(venue: Venue, store: SqliteStore, home: Path, opened: Open) -> None:
    """Stop the venue; what it remembers is what the next start finds, and the directory proves itself."""
    await venue.sequencer.stop()
    digest = venue.sequencer.state.folds.digest()
    store.close()
    assert verify(home, lambda line: None).folds_digest == digest
    assert recover(opened().store).folds.digest() == digest


async def test_a_family_of_old_is_a_family(home: Path, opened: Open) -> None:
    """Who belonged to whom, which ids moved money, and which were free again because it was given back."""
    portions = [Portion(BTC, 5)]
    digest = "f7d0b8a7"  # of another request: what was asked under an id of old is compared by it alone
    family: list[Said] = [
        *deposits(ALICE),
        (OpenAccount(account=CHILD), "child"),
        moved(ALICE, CHILD, 5, f'{{"family":{{"account":16,"id":"used","asked":"{digest}"}}}}'),
        moved(ALICE, CHILD, 7, '{"family":{"account":16,"id":"free","asked":"0"}}'),
        moved(CHILD, ALICE, 7, '{"family":{"account":16,"id":"free","asked":"0","is_return":true}}'),
        moved(ALICE, CHILD, 1, '{"family":{"account":16}}'),
    ]
    await write_old(home, family, [("subaccount", "18", '{"parent":16}')])

    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE)
    subs = venue.subaccounts
    assert subs.family(CHILD) == [ALICE, CHILD]
    used = await subs.transfer(ALICE, "alice", "child", portions, client_id="used")
    assert used is SubTransferRefusal.ID_USED
    assert await subs.transfer(ALICE, "alice", "child", portions, client_id="free") is None
    await left_alike(venue, store, home, opened)
