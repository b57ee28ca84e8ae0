"""A venue that is killed at every place of the commit path keeps what it promised; one that promises less is found out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bedesten.storage.kill_points import KillPoint, armed
from tests.torture.books import Breach
from tests.torture.clients import CALLS
from tests.torture.matters import STEPS
from tests.torture.stage import Stage
from tests.torture.torture import Kill, every_place, torture


@pytest.fixture(autouse=True)
def given_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator who keeps the key to the secrets in the environment; no process makes one."""
    monkeypatch.setenv("BEDESTEN_KEY", "bm8gc2VjcmV0OiB0aGUga2V5IG9mIG91ciB0ZXN0cy4=")


@pytest.mark.long
def test_a_venue_killed_at_every_place_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """Orders, cancels and every kind of money of four clients: there once, or not at all and known to be so."""
    victim = torture(Stage(tmp_path), every_place(random.Random(5)))

    assert {point.value for point in KillPoint} <= set(victim.reached), "no kill came by a place"
    assert set(victim.moved) == {*CALLS, *(" ".join(row) for row in STEPS)}, "a kind of money did not move"
    assert victim.asked > 100
    assert victim.heard.frames > 20


def test_a_kill_point_is_named_or_refused() -> None:
    """Nothing is armed in everyday life, and a name that is no place is said with those that are."""
    assert armed({}) is None
    assert armed({"BEDESTEN_KILL_POINT": "committed:3"}) is not None
    for text in ("commited", "committed:x", ":3"):
        with pytest.raises(ValueError, match="the names are unwritten, begun,"):
            armed({"BEDESTEN_KILL_POINT": text})


def test_a_venue_that_answers_before_it_writes_is_found_out(tmp_path: Path) -> None:
    """The policy "memory" promises nothing about a killed process: the same checks see what it lost."""
    kills = [Kill(KillPoint.ROWS_WRITTEN, nth) for nth in (20, 35, 50, 65, 80)]

    with pytest.raises(Breach, match="trader|acknowledged|not quoted|heard|journal|went back"):
        torture(Stage(tmp_path, "memory"), kills)
