"""Texts that stand beside transfers: found by how they begin, or the last so many."""

from __future__ import annotations

from bedesten.clock import ManualClock
from bedesten.domain.commands import ListAsset, OpenAccount, Transfer
from bedesten.domain.instruments import Asset
from bedesten.services.instruments import Catalogue
from bedesten.services.venue import open_venue
from bedesten.storage.memory import open_memory

BTC = Asset(id=1, code="BTC", name="Bitcoin")


async def test_notes_are_found_by_how_they_begin() -> None:
    """Oldest first, the last so many; a mark is no pattern, and a transfer without a text has none."""
    store = open_memory()
    venue = open_venue(store, ManualClock(), Catalogue([BTC], []))
    await venue.sequencer.submit(ListAsset(asset=1))
    await venue.sequencer.submit(OpenAccount(account=16), text="alice")
    seqs = {}
    for text in ("a1", "b1", "", "a2", "%", "a%", "A3", "a4"):
        command = Transfer(account=0, to_account=16, asset=1, amount=1, reason=1)
        seqs[text] = (await venue.sequencer.submit(command, text=text)).seq
    await venue.sequencer.stop()

    def told(*asked: object) -> list[str]:
        found = store.notes(*asked)  # type: ignore[arg-type]
        assert [seq for seq, _ in found] == [seqs[text] for _, text in found]
        return [text for _, text in found]

    assert told() == ["a1", "b1", "a2", "%", "a%", "A3", "a4"]
    assert told("a") == ["a1", "a2", "a%", "a4"]
    assert told("a", 2) == ["a%", "a4"]
    assert told("a", 0) == []
    assert told("%") == ["%"]
    assert told("c") == []
    store.close()
