"""services.ports.Vault: data keys that can be thrown away, documents, snapshots."""

from __future__ import annotations

import pytest

from bedesten.services.errors import SealBroken, StoreFailure
from bedesten.services.ports import Store
from bedesten.services.store_types import StateSnapshot
from tests.storage.market import a_market_day
from tests.storage.ports.conftest import HOLDER, Place

OWNER, OTHER = "customer 16", "customer 17"


def test_what_is_sealed_with_an_owners_key_is_lost_with_it(store: Store) -> None:
    """And with nobody else's; a key that was thrown away is never drawn again under that name."""
    vault = store.vault
    for owner in (OWNER, OTHER):
        vault.draw(owner)
    sealed, others = (
        vault.sealing(OWNER).seal("a secret", "of a test"),
        vault.sealing(OTHER).seal("another", "of a test"),
    )
    store.log.commit(a_market_day(1)[0])
    assert vault.has(OWNER)
    assert vault.sealing(OWNER).unseal(sealed, "of a test") == "a secret"

    vault.erase(OWNER)
    vault.draw(OWNER)

    assert not vault.has(OWNER)
    with pytest.raises(SealBroken):
        vault.sealing(OWNER)
    assert vault.sealing(OTHER).unseal(others, "of a test") == "another"


def test_a_key_is_as_durable_as_the_batch_behind_it(place: Place) -> None:
    """What was sealed before a commit opens after it, when the place is opened again; and what was erased stays erased."""
    if not place.keeps:
        pytest.skip("it keeps nothing")
    first = place.open()
    assert first.log.take(HOLDER) is not None
    for owner in (OWNER, OTHER):
        first.vault.draw(owner)
    sealed = first.vault.sealing(OWNER).seal("a secret", "of a test")
    first.log.commit(a_market_day(1)[0])
    first.vault.erase(OTHER)
    first.close()

    second = place.open()

    assert second.vault.sealing(OWNER).unseal(sealed, "of a test") == "a secret"
    assert not second.vault.has(OTHER)
    second.close()


def test_a_mark_is_always_the_same_and_for_one_purpose(store: Store) -> None:
    """So that two texts are known to be equal without either being kept."""
    store.vault.draw(OWNER)
    sealing = store.vault.sealing(OWNER)

    assert sealing.mark("text", "a") == sealing.mark("text", "a")
    assert len({sealing.mark("text", "a"), sealing.mark("text", "b"), sealing.mark("other", "a")}) == 3


def test_a_document_comes_back_until_it_is_deleted(store: Store) -> None:
    """Under its own name."""
    documents = store.vault.documents
    documents.save("passport-1", b"a face")

    assert (documents.load("passport-1"), documents.names()) == (b"a face", ["passport-1"])
    documents.delete("passport-1")
    documents.delete("passport-1")
    with pytest.raises(StoreFailure):
        documents.load("passport-1")


def test_the_newest_snapshot_is_the_last_one_kept(store: Store) -> None:
    """A venue that never made one has none."""
    snapshots = store.vault.snapshots
    assert snapshots.newest() is None

    for seq in (5, 9):
        snapshots.save(StateSnapshot(seq, 0, b"core", {}))

    assert snapshots.newest() == StateSnapshot(9, 0, b"core", {})
