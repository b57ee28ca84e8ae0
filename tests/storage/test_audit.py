"""The audit log: what people did, chained so that nobody can take it back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.services.errors import DamagedJournal
from bedesten.storage.forgetting import AUDIT_KEPT
from bedesten.storage.memory import open_forgetting
from bedesten.storage.verification import verify
from tests.storage.conftest import Open


def three_entries(opened: Open) -> bytes:
    """Write three entries over two runs, and return the last one's checksum."""
    store = opened().store
    store.append_audit(10, "operator", "key created", '{"account":"alice"}')
    store.append_audit(11, "alice", "login", "{}")
    store.close()
    store = opened().store
    last = store.append_audit(12, "alice \ud800", "login refused", '{"reason":"password"}')
    store.close()
    return last.checksum


def test_entries_are_told_in_their_order_and_from_either_end(opened: Open) -> None:
    """A page begins behind a number; -1 asks for the last ones. A restart goes on with the chain."""
    three_entries(opened)
    store = opened().store

    first, second, third = store.audit(0, 10)

    assert [entry.seq for entry in (first, second, third)] == [1, 2, 3]
    assert (first.time_ns, first.actor, first.action, first.detail) == (
        10, "operator", "key created", '{"account":"alice"}',
    )  # fmt: skip
    assert third.actor == "alice ?"  # half a character cannot be written
    assert third.previous == second.checksum
    assert store.audit(1, 1) == [second]
    assert store.audit(-1, 2) == [second, third]
    assert store.audit(3, 10) == []


def test_verify_follows_the_chain_of_the_audit_log(opened: Open, home: Path) -> None:
    """It tells how many there are, and the last checksum."""
    checksum = three_entries(opened)

    verdict = verify(home, print)

    assert (verdict.audit_entries, verdict.audit_checksum) == (3, checksum.hex())


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE audit SET actor = 'bob' WHERE seq = 2", "entry 2 .* does not match its checksum"),
        ("UPDATE audit SET time_ns = 9 WHERE seq = 1", "entry 1 .* does not match its checksum"),
        ("UPDATE audit SET detail = 7 WHERE seq = 3", "entry 3 .* does not match its checksum"),
        ("UPDATE audit SET previous = 'x' WHERE seq = 2", "entry 2 .* values of the wrong type"),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 is missing before"),
        ("DELETE FROM audit WHERE seq = 2", "entry 2 is missing before"),
        ("UPDATE audit SET seq = 7 WHERE seq = 3", "entry 3 is missing before"),
    ],
)
def test_verify_names_the_first_entry_that_was_tampered_with(opened: Open, home: Path, edit: str, said: str) -> None:
    """Altered, dropped or moved: the chain breaks there."""
    three_entries(opened)
    with closing(sqlite3.connect(home / "venue.sqlite3")) as connection, connection:
        connection.execute(edit)

    with pytest.raises(DamagedJournal, match=f"damaged audit log: .*{said}"):
        verify(home, print)


def test_a_store_in_memory_keeps_the_last_entries_alone() -> None:
    """A demo that runs for weeks stays small; the chain goes on over what was let go of."""
    store = open_forgetting()
    for number in range(AUDIT_KEPT + 5):
        store.append_audit(number, "somebody", "did something", "{}")

    assert len(store.audit(0, AUDIT_KEPT * 2)) == AUDIT_KEPT
    assert store.audit(-1, 1)[0].seq == AUDIT_KEPT + 5
    store.close()
