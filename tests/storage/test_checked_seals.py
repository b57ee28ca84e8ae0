"""`verify` opens what is sealed where the operator's key is at hand, and knows accounts by the names in the journal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.clock import ManualClock
from bedesten.services.errors import DamagedJournal
from bedesten.services.store_types import Permission
from bedesten.services.venue import open_venue
from bedesten.storage.directory import VENUE_FILE
from bedesten.storage.verification import verify
from tests.storage.conftest import Open
from tests.unit.services.market import CATALOGUE


async def a_customer(opened: Open) -> None:
    """Let a venue have a customer with a key, and stop it."""
    store = opened().store
    venue = open_venue(store, ManualClock(), CATALOGUE)
    account = (await venue.accounts.open("carol")).id
    await venue.customers.introduce(account, "carol@example.com", "", level=1)
    await venue.keys.create(account, Permission.READ)
    await venue.sequencer.stop()
    store.close()


async def test_everything_opens_with_the_operators_key(
    opened: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without it nothing is tried."""
    await a_customer(opened)
    assert verify(home, print).data_keys == 3  # of edges, of the venue, of carol

    monkeypatch.delenv("BEDESTEN_KEY", raising=False)
    monkeypatch.delenv("BEDESTEN_KEY_FILE", raising=False)
    home.with_name(home.name + ".key").unlink(missing_ok=True)
    assert verify(home, print).data_keys is None


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE data_keys SET sealed = (SELECT sealed FROM data_keys WHERE owner = 'venue') WHERE owner = 'edges'", "edges"),
        ("DELETE FROM data_keys WHERE owner = 'edges'", "no data key of edges"),
        ("UPDATE data_keys SET sealed = '' WHERE owner = 'customer:16'", "no data key of customer:16"),
        ("UPDATE accounts SET name = 'caro1' WHERE id = 16", "account 16 is called 'caro1' in table accounts"),
        ("DELETE FROM accounts", "account 16 is called None in table accounts"),
    ],
)  # fmt: skip
async def test_what_was_tampered_with_is_named(opened: Open, home: Path, edit: str, said: str) -> None:
    """A data key in another's place, one that is gone, a name of another's."""
    await a_customer(opened)
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection, connection:
        connection.execute(edit)

    with pytest.raises(DamagedJournal, match=said):
        verify(home, print)
