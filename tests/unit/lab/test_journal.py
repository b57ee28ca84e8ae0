"""A venue's journal as arrays, read while the venue runs on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedesten import bootstrap
from bedesten.config import Settings
from bedesten.config.profiles import path_of
from bedesten.domain.enums import EventKind
from bedesten.lab import event_dtype
from bedesten.lab.frames import from_parquet, to_parquet
from bedesten.lab.journal import read_events
from bedesten.services.errors import StoreFailure


async def test_a_running_venues_journal_becomes_trades_and_a_parquet_file(tmp_path: Path) -> None:
    """Every trade and every standing order is there; the venue goes on, and what came since is read from there."""
    pytest.importorskip("pyarrow")
    data = tmp_path / "venue"
    settings = Settings(port=0, demo=True, sandbox=True, clock="manual", data=str(data), config=path_of("small"))
    async with bootstrap.serve(settings, lambda said: None) as running:
        assert running.sandbox is not None
        machine = running.venue.sequencer.state.machine
        await running.sandbox.pacer.advance(5 * 10**9)
        await running.venue.sequencer.settled()
        events, seq = read_events(data), machine.seq
        await running.sandbox.pacer.advance(10 * 10**9)
        await running.venue.sequencer.settled()
        later, last_price = read_events(data, after_seq=seq), machine.last_price(1)

    assert events.rows["seq"].max() <= seq < later.rows["seq"].min()
    assert len(events.trades) >= 9 and len(later) > 0
    trades = [each for part in (events, later) for each in part.trades if each["instrument"] == 1]
    assert trades[-1]["price"] == last_price
    to_parquet(events.trades, tmp_path / "trades.parquet")
    read = from_parquet(tmp_path / "trades.parquet", event_dtype(EventKind.TRADED))
    assert (read == events.trades).all()


def test_a_directory_without_a_venue_is_refused(tmp_path: Path) -> None:
    """In words, and nothing is made there."""
    with pytest.raises(StoreFailure, match="no venue"):
        read_events(tmp_path)
    assert list(tmp_path.iterdir()) == []
